//! Why something is not done: the reasons, each with its code, its fields and its sentence.
//!
//! A reason without a code or a sentence does not compile: no match here has a wildcard.

mod claim;
mod code;
mod instance;
mod key;
mod pair;
mod schedule;
mod unwanted;
mod words;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use claim::ClaimReason;
pub use code::ReasonCode;
pub use instance::InstanceReason;
pub use key::KeyReason;
pub use pair::PairReason;
pub use schedule::ScheduleReason;
pub use unwanted::UnwantedReason;

/// Why something is not done. Its `code` says which fields it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Reason {
    /// What the instance is, or does.
    Instance(InstanceReason),
    /// When the instance is restarted.
    Schedule(ScheduleReason),
    /// Who may do what to the instance.
    Claim(ClaimReason),
    /// What is wrong with the pair.
    Pair(PairReason),
    /// What is wrong with the key.
    Key(KeyReason),
    /// Why a pair that is no longer wanted stays.
    Unwanted(UnwantedReason),
}

impl Reason {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> ReasonCode {
        match self {
            Self::Instance(reason) => reason.code(),
            Self::Schedule(reason) => reason.code(),
            Self::Claim(reason) => reason.code(),
            Self::Pair(reason) => reason.code(),
            Self::Key(reason) => reason.code(),
            Self::Unwanted(reason) => reason.code(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance(reason) => reason.fmt(f),
            Self::Schedule(reason) => reason.fmt(f),
            Self::Claim(reason) => reason.fmt(f),
            Self::Pair(reason) => reason.fmt(f),
            Self::Key(reason) => reason.fmt(f),
            Self::Unwanted(reason) => reason.fmt(f),
        }
    }
}

impl From<InstanceReason> for Reason {
    fn from(reason: InstanceReason) -> Self {
        Self::Instance(reason)
    }
}

impl From<ScheduleReason> for Reason {
    fn from(reason: ScheduleReason) -> Self {
        Self::Schedule(reason)
    }
}

impl From<ClaimReason> for Reason {
    fn from(reason: ClaimReason) -> Self {
        Self::Claim(reason)
    }
}

impl From<PairReason> for Reason {
    fn from(reason: PairReason) -> Self {
        Self::Pair(reason)
    }
}

impl From<KeyReason> for Reason {
    fn from(reason: KeyReason) -> Self {
        Self::Key(reason)
    }
}

impl From<UnwantedReason> for Reason {
    fn from(reason: UnwantedReason) -> Self {
        Self::Unwanted(reason)
    }
}
