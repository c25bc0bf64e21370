//! Problems of a Project's cloud.

use crate::code::codes;

codes! {
    /// Codes of the `cloud` of a Project.
    pub enum CloudCode {
        CloudMissing = "cloudMissing" {
            meaning: "The Project does not say which cloud it is about.",
            why: "There is no default: a command must never reach a cloud by accident.",
            fix: "Write `cloud: {emulator: {inventory: inventory.yaml}}`, or `cloud: {alicloud: \
                  {account: …}}`.",
        }
        TwoClouds = "twoClouds" {
            meaning: "The Project is about two clouds.",
            why: "A state records one cloud.",
            fix: "Keep one of the two.",
        }
        InvalidAccount = "invalidAccount" {
            meaning: "A text is not the id of an account of Alibaba Cloud.",
            why: "With the credentials of another account nothing is done, so the id must be \
                  right.",
            fix: "Write its 16 digits in quotes.",
        }
        InvalidProfile = "invalidProfile" {
            meaning: "`profile` is empty or has an invisible character.",
            why: "It names a profile of credentials on this machine.",
            fix: "Write the name of a profile, or leave `profile` out.",
        }
        InvalidEndpoint = "invalidEndpoint" {
            meaning: "A text is not the endpoint of a service.",
            why: "Credentials go to this host, so its form is strict: `https` and a host.",
            fix: "Write `https://` and a host, or leave `endpoint` out.",
        }
        PasswordInEndpoint = "passwordInEndpoint" {
            meaning: "An endpoint has a password in it.",
            why: "A password in a file of the repository is exposed (L4), so keyform does not \
                  show the line.",
            fix: "Remove it from the file and from git's history, and change it; credentials \
                  belong to the `profile`.",
        }
        UntrustedHost = "untrustedHost" {
            meaning: "Credentials would be sent to a host that is not of ECS or STS.",
            why: "A changed manifest must not be enough to collect credentials (L4), and tenants \
                  have hosts below aliyuncs.com; a command that connects refuses it.",
            fix: "Correct the endpoint, or name the host in `KEYFORM_TRUSTED_HOSTS`.",
        }
    }
}
