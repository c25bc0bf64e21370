//! The links of the chain, and what each answered.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::CredentialCode;

/// A place where credentials may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Link {
    /// An access key in the environment.
    Environment,
    /// A token of OpenID Connect, as CI jobs and pods have one.
    Oidc,
    /// The file of the vendor's command line, `~/.aliyun/config.json`.
    ConfigFile,
    /// The file of the vendor's SDKs, `~/.alibabacloud/credentials.ini`.
    IniFile,
    /// The RAM role of the instance that this runs on.
    InstanceRole,
    /// The service at ALIBABA_CLOUD_CREDENTIALS_URI.
    CredentialsUri,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "the environment",
            Self::Oidc => "OIDC",
            Self::ConfigFile => "config.json",
            Self::IniFile => "the credentials file",
            Self::InstanceRole => "the RAM role of this instance",
            Self::CredentialsUri => "the credentials URI",
        })
    }
}

/// Which links were tried, in their order, and what each answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Trace(pub Vec<Tried>);

impl Trace {
    /// The link that gave the credentials, and where it has them from.
    #[must_use]
    pub fn used(&self) -> Option<(Link, &str)> {
        self.0.iter().find_map(|tried| match &tried.outcome {
            Outcome::Used { origin } => Some((tried.link, origin.as_str())),
            Outcome::NotConfigured { .. } | Outcome::Failed { .. } => None,
        })
    }
}

/// What one link answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tried {
    /// Which link.
    pub link: Link,
    /// What it answered.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What a link answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    /// It has no credentials, and none are expected of it: the next one is tried.
    NotConfigured {
        /// Why.
        reason: String,
    },
    /// It should have credentials and gives none: no other one is tried.
    Failed {
        /// What `keyform explain` explains.
        code: CredentialCode,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// Its credentials are used.
    Used {
        /// Where it has them from.
        origin: String,
    },
}

/// Why a link has no credentials, where none are expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Absence {
    /// Variables are not set.
    #[error("{names} not set")]
    Unset {
        /// The names, with a verb behind them.
        names: &'static str,
    },
    /// A variable turns it off.
    #[error("{variable} turns it off")]
    TurnedOff {
        /// The variable.
        variable: &'static str,
    },
    /// Its files are not there.
    #[error("there is no {files}")]
    NoFile {
        /// The files.
        files: String,
    },
    /// Its file has no profile.
    #[error("{file} has no profile with credentials")]
    NoProfiles {
        /// The file.
        file: String,
    },
    /// Its file has no profile of the name.
    #[error("{file} has no profile `{profile}`; it has {known}")]
    NoSuchProfile {
        /// The file.
        file: String,
        /// The name.
        profile: String,
        /// The names of the others.
        known: String,
    },
    /// The home directory is not known.
    #[error("HOME is not set")]
    NoHome,
    /// No metadata service answers: this is no instance.
    #[error("no metadata service answers at {host}, so this is no instance of ECS")]
    NoService {
        /// Where it was asked.
        host: String,
    },
    /// The instance has no role.
    #[error("the instance has no RAM role")]
    NoRole,
}
