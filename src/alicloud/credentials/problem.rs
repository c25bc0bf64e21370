//! What is wrong with credentials: which place it is about, and what to do.

use std::fmt;

use super::{CredentialCode, Link, Outcome, ProgramProblem, Trace};
use crate::{alicloud::http::HttpFailure, model::Timestamp, visible};

/// Why there are no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialError {
    /// No link has any.
    None {
        /// What each answered.
        trace: Trace,
    },
    /// The link that should have them gives none.
    Failed {
        /// Which link.
        link: Link,
        /// What is wrong.
        problem: Problem,
    },
    /// STS does not say whose they are.
    Unidentified {
        /// Which link gave them.
        link: Link,
        /// What is wrong.
        problem: Problem,
    },
    /// They are of another account.
    OtherAccount {
        /// The account that the Project names.
        expected: String,
        /// Theirs.
        found: String,
        /// Whose they are.
        arn: String,
        /// Where they are from.
        origin: String,
    },
}

impl CredentialError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> CredentialCode {
        match self {
            Self::None { .. } => CredentialCode::None,
            Self::Failed { problem, .. } | Self::Unidentified { problem, .. } => problem.code(),
            Self::OtherAccount { .. } => CredentialCode::OtherAccount,
        }
    }

    /// Whether STS may say soon whose they are.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        let Self::Unidentified { problem, .. } = self else { return false };
        match problem {
            Problem::Unreachable { .. } => true,
            Problem::Refused { status, code, .. } => {
                *status >= 500 || *status == 429 || code.starts_with("Throttling")
            }
            _ => false,
        }
    }
}

impl std::error::Error for CredentialError {}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None { trace } => {
                f.write_str("there are no credentials for Alibaba Cloud")?;
                for (index, tried) in trace.0.iter().enumerate() {
                    f.write_str(if index == 0 { ": " } else { "; " })?;
                    write!(f, "{}: ", tried.link)?;
                    match &tried.outcome {
                        Outcome::NotConfigured { reason } | Outcome::Failed { reason, .. } => {
                            f.write_str(&visible::line(reason))?;
                        }
                        Outcome::Used { origin } => f.write_str(&visible::line(origin))?,
                    }
                }
                f.write_str("; configure one of them (docs/credentials.md)")
            }
            Self::Failed { link, problem } => {
                let text = problem.to_string();
                write!(f, "no credentials from {link}: {}", visible::line(&text))
            }
            Self::Unidentified { link, problem } => {
                let text = problem.to_string();
                write!(
                    f,
                    "STS did not say whose the credentials from {link} are: {}",
                    visible::line(&text)
                )
            }
            Self::OtherAccount { expected, found, arn, origin } => write!(
                f,
                "the credentials from {} are those of {} in account {}, and the project is about \
                 account {expected}, so nothing was read; use the credentials of that account, or \
                 correct cloud.alicloud.account",
                visible::line(origin),
                visible::line(arn),
                visible::line(found)
            ),
        }
    }
}

/// What is wrong with the credentials of a link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A part of them is missing.
    #[error("{place} has no {missing}; add it, or remove the rest")]
    Incomplete {
        /// Where the other part is.
        place: String,
        /// What is missing.
        missing: &'static str,
    },
    /// A file cannot be read.
    #[error("{file} cannot be read: {reason}; correct the path or its permissions")]
    Unreadable {
        /// The file.
        file: String,
        /// What the operating system says.
        reason: String,
    },
    /// Something does not have the form that it must have.
    #[error("{what} {flaw}; correct it (its content is not shown)")]
    Malformed {
        /// The file, the token or the variable.
        what: String,
        /// What is wrong with it, with a verb.
        flaw: String,
    },
    /// A profile is not there.
    #[error(
        "{file} has no profile `{profile}`, which {named_by} names; it has {known}: correct the \
         name, or add the profile"
    )]
    NoProfile {
        /// The file.
        file: String,
        /// The profile.
        profile: String,
        /// What names it.
        named_by: String,
        /// The profiles that are there.
        known: String,
    },
    /// Profiles name one another in a circle.
    #[error(
        "the profiles {profiles} of {file} are the sources of one another; let the last one have \
         an access key"
    )]
    ProfileCircle {
        /// The file.
        file: String,
        /// The profiles.
        profiles: String,
    },
    /// A mode is not read.
    #[error(
        "{place} has the mode {mode}, which keyform does not read; use a profile of the mode AK, \
         StsToken, RamRoleArn, EcsRamRole, OIDC, ChainableRamRoleArn, External or CredentialsURI"
    )]
    UnsupportedMode {
        /// The profile.
        place: String,
        /// The mode.
        mode: String,
    },
    /// They have expired.
    #[error("{what} expired at {at}; {fix}")]
    Expired {
        /// The credentials or the token.
        what: String,
        /// When.
        at: Timestamp,
        /// What to do.
        fix: &'static str,
    },
    /// A service refused.
    #[error("{host} refused {action} with status {status}, {code}{}{}", said(.message), fixed(.code))]
    Refused {
        /// Who refused.
        host: String,
        /// What was asked.
        action: &'static str,
        /// The status of HTTP.
        status: u16,
        /// The service's code.
        code: String,
        /// What it says, without anything that may be secret.
        message: String,
    },
    /// There was no answer.
    #[error(
        "{host} did not answer {action}: {failure}; check the network, the proxy and the \
         certificates"
    )]
    Unreachable {
        /// Who was asked.
        host: String,
        /// What was asked.
        action: &'static str,
        /// Why.
        failure: HttpFailure,
    },
    /// The answer took too long.
    #[error(
        "{host} did not answer {action} within {milliseconds} ms; check the network and the \
         proxy, and try again"
    )]
    Slow {
        /// Who was asked.
        host: String,
        /// What was asked.
        action: &'static str,
        /// How long was waited.
        milliseconds: u128,
    },
    /// The answer is something else.
    #[error("the answer of {host} to {action} {flaw}; check what answers at that address")]
    Answer {
        /// Who was asked.
        host: String,
        /// What was asked.
        action: &'static str,
        /// What is wrong with it, with a verb.
        flaw: String,
    },
    /// A program gave nothing.
    #[error("the program of {place} gave no credentials: {problem}; run it by hand to see why")]
    Program {
        /// The profile.
        place: String,
        /// Why.
        problem: ProgramProblem,
    },
    /// Programs are forbidden.
    #[error(
        "{place} has a program, and ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids to run it; use \
         another profile, or unset the variable"
    )]
    ProgramForbidden {
        /// The profile.
        place: String,
    },
    /// An address is not trusted.
    #[error("{what} {flaw}; correct it")]
    Address {
        /// What has the address.
        what: String,
        /// What is wrong with it, with a verb.
        flaw: String,
    },
    /// The operating system gave no random numbers.
    #[error("the operating system gave no random numbers: {reason}; try again")]
    NoRandomness {
        /// What it says.
        reason: String,
    },
}

impl Problem {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> CredentialCode {
        match self {
            Self::Incomplete { .. } => CredentialCode::Incomplete,
            Self::Unreadable { .. } => CredentialCode::Unreadable,
            Self::Malformed { .. } => CredentialCode::Malformed,
            Self::NoProfile { .. } => CredentialCode::NoProfile,
            Self::ProfileCircle { .. } => CredentialCode::ProfileCircle,
            Self::UnsupportedMode { .. } => CredentialCode::UnsupportedMode,
            Self::Expired { .. } => CredentialCode::Expired,
            Self::Refused { .. } => CredentialCode::Refused,
            Self::Unreachable { .. } => CredentialCode::Unreachable,
            Self::Slow { .. } => CredentialCode::Slow,
            Self::Answer { .. } => CredentialCode::Answer,
            Self::Program { .. } => CredentialCode::Program,
            Self::ProgramForbidden { .. } => CredentialCode::ProgramForbidden,
            Self::Address { .. } => CredentialCode::Address,
            Self::NoRandomness { .. } => CredentialCode::NoRandomness,
        }
    }
}

/// What a service said, if it said anything.
fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(" ({message})") }
}

/// What to do about a code of a service.
fn fixed(code: &str) -> &'static str {
    match code {
        "InvalidAccessKeyId.NotFound" | "InvalidAccessKeyId" => {
            "; the access key does not exist: make a new one in RAM"
        }
        "InvalidAccessKeyId.Inactive" | "Forbidden.AccessKeyDisabled" => {
            "; the access key is disabled: enable it in RAM, or make a new one"
        }
        "SignatureDoesNotMatch" | "InvalidAccessKeySecret" => {
            "; the access key secret is not that of the access key id: copy it again"
        }
        "InvalidTimeStamp.Expired" | "InvalidTimestamp" => {
            "; set the clock of this machine, which may differ by 15 minutes"
        }
        code if code.starts_with("InvalidSecurityToken") => {
            "; the temporary credentials have expired or do not belong together: get new ones"
        }
        "AuthenticationFail.OIDCToken.Expired" => {
            "; the token has expired: ask for a longer one, or run the job again"
        }
        code if code.starts_with("AuthenticationFail.OIDCToken") => {
            "; the token is not accepted: compare its issuer and audience with the OIDC provider \
             in RAM"
        }
        "EntityNotExist.Role" => "; the role does not exist: correct its ARN",
        code if code.starts_with("EntityNotExist") => "; correct the ARN",
        "NoPermission" => {
            "; allow it in RAM: the role must trust the caller, who needs sts:AssumeRole"
        }
        _ => "; see the code in the documentation of the service",
    }
}
