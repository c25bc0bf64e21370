//! What the scheduler asks of the world outside, and what it hears back.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::Serialize;

use super::why_not::StopReason;
use crate::{
    ecs::{
        CloudRead, CloudWrite, FailureKind, NewPair, ReadAnswer, SingleAnswers, SingleReboots,
        WriteAnswer,
    },
    model::{CloudName, Fingerprint, Program, SshProof, schedule::Span},
};

/// One call of the service or of the vault: one attempt, in a thread of the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Makes a private key and keeps it in memory until it is stored.
    GenerateKey {
        /// Under which name it will be stored.
        name: CloudName,
    },
    /// Puts the generated key into the vault, durably, and reads it back.
    StoreKey {
        /// Under which name.
        name: CloudName,
    },
    /// Lets the service make a pair with its key, and puts the private key into the vault before it
    /// answers. An error with an unknown outcome may have left the pair without its private key.
    CreatePair(NewPair),
    /// Puts the key aside in the vault.
    RetireKey {
        /// Under which name it is.
        name: CloudName,
        /// Which key.
        fingerprint: Fingerprint,
    },
    /// Changes something in the cloud.
    Write(CloudWrite),
    /// Restarts instances one by one.
    RebootSingly(SingleReboots),
    /// Reads something in the cloud.
    Read(CloudRead),
    /// Runs a program of the user's for an instance.
    Run {
        /// Which program.
        program: Program,
        /// What it is told of the instance, by variables of its environment.
        about: BTreeMap<&'static str, String>,
        /// The key of which it is told the file of the private half, if it is told one.
        key: Option<CloudName>,
    },
    /// Logs on to an instance with a key, and looks what else it accepts.
    LogOn {
        /// As whom and how.
        proof: SshProof,
        /// The address, or the name by which the user's configuration knows it.
        host: String,
        /// The key that it must accept, by its name in the vault.
        key: CloudName,
        /// The key that it must refuse, by its name in the vault, if that has one.
        refused: Option<CloudName>,
    },
}

/// What a call answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To GenerateKey and CreatePair: the public half.
    Generated {
        /// Its print.
        fingerprint: Fingerprint,
        /// One OpenSSH line.
        public_key: String,
    },
    /// To a write.
    Wrote(WriteAnswer),
    /// To RebootSingly.
    Singly(SingleAnswers),
    /// To a read.
    Read(ReadAnswer),
    /// To Run: what the program printed, the end of it if that was much; and why it failed, if so.
    Ran {
        /// What happened, if it failed.
        failure: Option<ProgramFailure>,
        /// Its output and its errors, as they came.
        output: String,
    },
    /// To all other calls.
    Done,
}

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallFailure {
    /// What happened, as a sentence.
    pub message: String,
    /// What may be done about it.
    pub kind: FailureKind,
    /// Whether the call may have taken effect all the same.
    pub outcome_unknown: bool,
}

impl CallFailure {
    /// Why the run is over with this, if no call will be answered any more.
    pub(super) fn stops_run(&self) -> Option<StopReason> {
        match self.kind {
            FailureKind::Unauthenticated => Some(StopReason::Credentials),
            FailureKind::WrongClock => Some(StopReason::Clock),
            _ => None,
        }
    }
}

/// Why a program failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ProgramFailure {
    /// It ended with another code than 0.
    Ended {
        /// Which.
        code: i32,
    },
    /// A signal ended it.
    Signalled {
        /// Its number.
        signal: i32,
    },
    /// It took longer than its timeout, and was ended.
    TookTooLong {
        /// Its timeout.
        timeout: Span,
    },
    /// It could not be started.
    NotStarted {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for ProgramFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { code } => write!(f, "it ended with {code}"),
            Self::Signalled { signal } => write!(f, "it was ended by signal {signal}"),
            Self::TookTooLong { timeout } => {
                write!(f, "it took longer than {timeout} and was ended")
            }
            Self::NotStarted { reason } => write!(f, "it could not be started: {reason}"),
        }
    }
}

impl Call {
    /// Whether a second call does no harm if the first took effect unseen.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::Read(_) => true,
            Self::Write(write) => write.is_repeatable(),
            Self::GenerateKey { .. }
            | Self::StoreKey { .. }
            | Self::CreatePair(_)
            | Self::RebootSingly(_)
            | Self::RetireKey { .. }
            | Self::Run { .. }
            | Self::LogOn { .. } => false,
        }
    }

    /// Whether it restarts instances, which are counted before each attempt (L9).
    #[must_use]
    pub fn restarts(&self) -> bool {
        matches!(self, Self::Write(CloudWrite::Reboot { .. }) | Self::RebootSingly(_))
    }
}

/// What a program or a log-on is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// It prepares an instance for its restart.
    Before,
    /// It puts an instance back after its restart.
    After,
    /// It shows that one can log on.
    Proof,
}

impl Purpose {
    /// What people call it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Before => "the hook `before`",
            Self::After => "the hook `after`",
            Self::Proof => "the proof",
        }
    }

    /// What a program is told that it is started for.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Proof => "proof",
        }
    }
}
