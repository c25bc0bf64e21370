//! Codes of why there are no credentials.

use crate::code::codes;

codes! {
    /// Why there are no credentials, or not the right ones.
    pub enum CredentialCode {
        None = "noCredentials" {
            meaning: "No place where credentials may be has any.",
            why: "keyform looks where the vendor's tools look, and nowhere else.",
            fix: "Configure one of the places that the message lists; docs/credentials.md \
                  describes each.",
        }
        Incomplete = "credentialsIncomplete" {
            meaning: "A part of the credentials is there, and another part is not.",
            why: "keyform does not go on to the next place, which may be another identity.",
            fix: "Add what the message names, or remove the rest.",
        }
        Unreadable = "credentialsUnreadable" {
            meaning: "A file of credentials or of a token cannot be read.",
            why: "keyform does not go on to the next place, which may be another identity.",
            fix: "Correct the path or the permissions of the file.",
        }
        Malformed = "credentialsMalformed" {
            meaning: "A file, a token or a variable for credentials does not have the form that \
                      it must have.",
            why: "What is read halfway could be other credentials.",
            fix: "Correct it; its content is not shown, since it may be secret.",
        }
        NoProfile = "profileNotFound" {
            meaning: "A file names a profile that it does not have.",
            why: "Another profile may be another identity.",
            fix: "Correct `current` or `source_profile`, or add the profile with `aliyun \
                  configure --profile NAME`.",
        }
        ProfileCircle = "profileCircle" {
            meaning: "Profiles name one another as their source in a circle.",
            why: "None of them has credentials of its own.",
            fix: "Let the last one have an access key.",
        }
        UnsupportedMode = "profileModeUnsupported" {
            meaning: "A profile has a mode that keyform does not read.",
            why: "Modes such as CloudSSO need a browser.",
            fix: "Use a profile of another mode, or put temporary credentials into the \
                  environment.",
        }
        Expired = "credentialsExpired" {
            meaning: "The credentials or the token of a job have expired.",
            why: "The service refuses what has expired.",
            fix: "Get new ones; for a job, ask for a longer token or run the job again.",
        }
        Refused = "credentialsRefused" {
            meaning: "STS, the metadata service or the credentials URI refused to give \
                      credentials, or to say whose they are.",
            why: "The message has the service's own code.",
            fix: "Follow the message; RAM decides who may take which role.",
        }
        Unreachable = "credentialsUnreachable" {
            meaning: "There was no connection to what gives the credentials, or it ended.",
            why: "Without an answer there are no credentials.",
            fix: "Check the network, the proxy and the certificates, and run the same command \
                  again.",
        }
        Slow = "credentialsSlow" {
            meaning: "What gives the credentials took too long to answer.",
            why: "keyform waits only a few seconds for it.",
            fix: "Check the network and the proxy, and run the same command again.",
        }
        Answer = "credentialsAnswerUnreadable" {
            meaning: "What gives the credentials answered something else, or leads elsewhere.",
            why: "Redirects are not followed, and credentials that are read halfway are of no use.",
            fix: "Check the address, and what answers there.",
        }
        Program = "credentialsProgramFailed" {
            meaning: "The program of a profile of mode External gave no credentials.",
            why: "What it prints is not shown, since it may be secret.",
            fix: "Run the program by hand and correct it.",
        }
        ProgramForbidden = "credentialsProgramForbidden" {
            meaning: "A profile has a program, and the environment forbids to run it.",
            why: "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS is `true`.",
            fix: "Use another profile, or unset the variable.",
        }
        Address = "credentialsAddressRefused" {
            meaning: "Credentials or a token would go to, or come from, an address that is not \
                      trusted.",
            why: "Credentials are not sent to strangers, and not unencrypted to another machine \
                  (L4).",
            fix: "Correct the address, or name the host in `KEYFORM_TRUSTED_HOSTS`.",
        }
        NoRandomness = "noNonce" {
            meaning: "The operating system gave no random numbers for a request.",
            why: "Each request has a random number, so that it cannot be repeated.",
            fix: "Run the same command again.",
        }
        OtherAccount = "otherAccount" {
            meaning: "The credentials are of another account than the Project names.",
            why: "In another account the same names are other objects, so nothing is read.",
            fix: "Use the credentials of that account, or correct `cloud.alicloud.account`.",
        }
    }
}
