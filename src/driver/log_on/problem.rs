//! What a log-on did not show: the ways in which a proof fails, with their sentences.

use std::fmt;

use super::LogOnCode;
use crate::model::{CloudName, schedule::Span};

/// What a log-on did not show. The sentences fit after the name of the instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogOnProblem {
    /// There is no ssh on this machine.
    #[error(
        "ssh is not installed here; install the client of OpenSSH, or let a program of yours prove \
         the log-on (proof: {{command: …}})"
    )]
    NoSsh,
    /// ssh could not be started, for this reason.
    #[error("ssh could not be started: {0}")]
    SshNotStarted(String),
    /// Something cannot be an argument of ssh, as this sentence says.
    #[error("{0}")]
    Unfit(String),
    /// The vault does not hold this private key.
    #[error("nobody can log on here: the vault does not hold the private key of {0}")]
    NoKey(CloudName),
    /// A private key cannot be used, as this sentence says.
    #[error("{0}")]
    KeyUnfit(String),
    /// No agent has the keys, for this reason.
    #[error(
        "the vault has no files, this machine has no directory in memory, and no agent of OpenSSH \
         could be given the private key: {0}"
    )]
    NoAgent(String),
    /// It took too long.
    #[error(
        "the log-on took longer than {timeout} and was ended{}{}",
        meanwhile(.said),
        jump_hint(.jumps)
    )]
    TooLong {
        /// How long it could take.
        timeout: Span,
        /// What ssh said.
        said: Option<String>,
        /// Whether there is a jump host.
        jumps: bool,
    },
    /// The host key of a host on the way is not the known one.
    #[error(
        "the host key of a host on the way to it is not the one that ssh knows; log on to that once \
         with ssh, or put its host key into the known hosts of ssh"
    )]
    JumpHostKey,
    /// A name is not known; what ssh said.
    #[error("its name or one on the way to it is not known: {0}")]
    NameUnknown(String),
    /// There was no answer; what ssh said.
    #[error("it did not answer: {0}")]
    NoAnswer(String),
    /// The connection was refused; what ssh said.
    #[error("the connection was refused: {0}")]
    ConnectionRefused(String),
    /// It could not be reached; what ssh said.
    #[error("it could not be reached: {0}")]
    Unreachable(String),
    /// It asks for more than this key.
    #[error(
        "it asks for more than a key, so that no log-on shows whether it accepts the private key of \
         {0}"
    )]
    AsksForMore(CloudName),
    /// It was not seen whether it refuses this key.
    #[error("ssh did not show whether it refuses the private key of {0}")]
    OldKeyNotTried(CloudName),
    /// It was not seen whether it accepts passwords.
    #[error("ssh did not show whether it accepts passwords")]
    PasswordsNotShown,
    /// It accepts passwords, by these methods.
    #[error("it still accepts passwords ({0})")]
    AcceptsPasswords(String),
    /// It runs no command.
    #[error(
        "it accepts the private key of {key}, but runs no command for {user}: `true` ended with \
         {code}{}",
        after(.said)
    )]
    CommandFailed {
        /// The key that it accepts.
        key: CloudName,
        /// For whom.
        user: String,
        /// How the command ended.
        code: i32,
        /// What ssh said.
        said: Option<String>,
    },
    /// The connection broke.
    #[error("it accepts the private key of {key}, but the connection broke{}", after(.said))]
    ConnectionBroke {
        /// The key that it accepts.
        key: CloudName,
        /// What ssh said.
        said: Option<String>,
    },
    /// It lets in whoever asks.
    #[error("it lets in whoever asks, without a key")]
    NoKeyNeeded,
    /// It accepts this key, of the generation before.
    #[error("it still accepts the private key of {0} (the generation before)")]
    AcceptsOldKey(CloudName),
    /// It accepts a key that is none of ours.
    #[error("it {refusal}; it accepts another, which the configuration of ssh adds ({sha256})")]
    AcceptsOtherKey {
        /// What it does with ours.
        refusal: Refusal,
        /// The print of the other.
        sha256: String,
    },
    /// It accepts a certificate for this key.
    #[error(
        "it accepts a certificate for the key of {0}, which does not show that it accepts the key \
         itself"
    )]
    AcceptsCertificate(CloudName),
    /// The host key of this host is another than the known one.
    #[error(
        "its host key is not the one that is known for {0}: it is another machine, or was made anew; \
         then put its new host key in the place of the old one"
    )]
    HostKeyChanged(String),
    /// The file that the proof names does not have the host key.
    #[error("its host key is not known; add a line for {host} to {known_hosts}")]
    HostKeyUnknown {
        /// Of which host.
        host: String,
        /// The file that the proof names.
        known_hosts: String,
    },
    /// ssh does not know the host key of this host.
    #[error(
        "its host key is not known; name a file that has it as `knownHosts` of the proof, or let ssh \
         add those of new hosts: `StrictHostKeyChecking accept-new` for {0} in its configuration"
    )]
    HostKeyUnknownToSsh(String),
    /// It ended the connection early; what ssh said.
    #[error("it ended the connection before a key was tried: {0}")]
    Ended(String),
    /// It does not let us in.
    #[error(
        "it {refusal} for the user {user}{}{}",
        besides(.passwords),
        after(.said)
    )]
    KeyRefused {
        /// What it does with our key.
        refusal: Refusal,
        /// For whom.
        user: String,
        /// Whether it accepts passwords.
        passwords: bool,
        /// What ssh said.
        said: Option<String>,
    },
    /// It still accepts the key before, and what the new one has to show is not shown either.
    #[error("{also}; it still accepts the private key of {old} (the generation before)")]
    Both {
        /// What is not shown of the new one.
        also: Box<LogOnProblem>,
        /// The key before.
        old: CloudName,
    },
}

/// What ssh said, behind a colon.
fn after(said: &Option<String>) -> String {
    said.as_ref().map_or_else(String::new, |said| format!(": {said}"))
}

/// What ssh said before it was ended.
fn meanwhile(said: &Option<String>) -> String {
    said.as_ref().map_or_else(String::new, |said| format!("; ssh said: {said}"))
}

/// ssh asks for what it needs on a jump host, at a terminal that is not its own.
fn jump_hint(jumps: &bool) -> &'static str {
    if *jumps { "; the jump host has to let ssh in without a question" } else { "" }
}

fn besides(passwords: &bool) -> &'static str {
    if *passwords { " and accepts passwords" } else { "" }
}

/// That a key is refused, or that it was not even tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The host refuses this key.
    Refused(CloudName),
    /// The host was not asked about this key.
    NotAsked(CloudName),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(name) => write!(f, "refuses the private key of {name}"),
            Self::NotAsked(name) => {
                write!(f, "was not asked whether it accepts the private key of {name}")
            }
        }
    }
}

impl LogOnProblem {
    /// Its stable code; of two problems that of the key before, which is the graver one.
    #[must_use]
    pub fn code(&self) -> LogOnCode {
        match self {
            Self::NoSsh => LogOnCode::NoSsh,
            Self::SshNotStarted(_) => LogOnCode::SshNotStarted,
            Self::Unfit(_) => LogOnCode::Unfit,
            Self::NoKey(_) => LogOnCode::NoKey,
            Self::KeyUnfit(_) => LogOnCode::KeyUnfit,
            Self::NoAgent(_) => LogOnCode::NoAgent,
            Self::TooLong { .. } => LogOnCode::TooLong,
            Self::JumpHostKey => LogOnCode::JumpHostKey,
            Self::NameUnknown(_) => LogOnCode::NameUnknown,
            Self::NoAnswer(_) => LogOnCode::NoAnswer,
            Self::ConnectionRefused(_) => LogOnCode::ConnectionRefused,
            Self::Unreachable(_) => LogOnCode::Unreachable,
            Self::AsksForMore(_) => LogOnCode::AsksForMore,
            Self::OldKeyNotTried(_) => LogOnCode::OldKeyNotTried,
            Self::PasswordsNotShown => LogOnCode::PasswordsNotShown,
            Self::AcceptsPasswords(_) => LogOnCode::AcceptsPasswords,
            Self::CommandFailed { .. } => LogOnCode::CommandFailed,
            Self::ConnectionBroke { .. } => LogOnCode::ConnectionBroke,
            Self::NoKeyNeeded => LogOnCode::NoKeyNeeded,
            Self::AcceptsOldKey(_) | Self::Both { .. } => LogOnCode::AcceptsOldKey,
            Self::AcceptsOtherKey { .. } => LogOnCode::AcceptsOtherKey,
            Self::AcceptsCertificate(_) => LogOnCode::AcceptsCertificate,
            Self::HostKeyChanged(_) => LogOnCode::HostKeyChanged,
            Self::HostKeyUnknown { .. } | Self::HostKeyUnknownToSsh(_) => LogOnCode::HostKeyUnknown,
            Self::Ended(_) => LogOnCode::Ended,
            Self::KeyRefused { .. } => LogOnCode::KeyRefused,
        }
    }
}
