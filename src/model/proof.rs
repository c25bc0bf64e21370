//! Proofs: how it is shown that one can log on to an instance after its restart.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Program, schedule::Span};

/// How it is shown that one can log on to an instance with the key that took effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Proof {
    /// keyform logs on with OpenSSH's client.
    Ssh(SshProof),
    /// A program of the user's shows it, by ending with 0.
    Command(Program),
}

impl Proof {
    /// After how long it has failed.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        match self {
            Self::Ssh(ssh) => ssh.timeout.duration(),
            Self::Command(program) => program.timeout.duration(),
        }
    }
}

/// A log-on with OpenSSH's client, which reads the configuration of whoever runs keyform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SshProof {
    /// As whom.
    pub user: String,
    /// By which of its addresses.
    pub address: AddressKind,
    /// The port of its sshd, unless the user's configuration says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The hosts to go through, as `ssh -J` takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump: Option<String>,
    /// The file with the host keys of the instances, relative to the project's directory. Without
    /// this the user's configuration says which are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_hosts: Option<String>,
    /// After how long the log-on has failed.
    #[serde(default = "default_timeout", skip_serializing_if = "is_default_timeout")]
    pub timeout: Span,
    /// Variables of keyform's environment that ssh gets besides those that all programs get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pass_environment: Vec<String>,
}

impl SshProof {
    /// After how long a log-on has failed unless somebody says otherwise.
    pub const TIMEOUT: Span = Span::seconds(30);
}

fn default_timeout() -> Span {
    SshProof::TIMEOUT
}

fn is_default_timeout(timeout: &Span) -> bool {
    *timeout == SshProof::TIMEOUT
}

/// By which of its addresses an instance is logged on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AddressKind {
    /// The one in its private network.
    Private,
    /// The one in the internet.
    Public,
    /// Its name, which the user's configuration or a name server knows.
    Name,
}
