//! Why a run ended before its end.

use std::io;

use super::codes::DriverErrorCode;
use crate::{
    model::{Address, CloudName},
    store::StoreError,
    visible,
};

/// How many objects a message names.
const NAMED_MAX: usize = 20;

/// Why a run ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The journal could not be written: nothing may be done that is not written down before.
    #[error(
        "the run was stopped, since what it does could not be written down; {}",
        not_recorded(open)
    )]
    Journal {
        /// What the store said.
        source: Box<StoreError>,
        /// Where something was done or begun, and nothing durable says what became of it.
        open: Vec<Address>,
    },
    /// The system makes no thread that could make a call.
    #[error(
        "the run could not begin, since the system starts no thread for it; nothing was done, so \
         run the same command again once it does"
    )]
    NoThread(#[source] io::Error),
    /// The scheduler waits for nothing: a mistake of keyform, never of the user.
    #[error("the run waits for nothing and cannot go on; please report this")]
    Stuck,
}

impl DriverError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> DriverErrorCode {
        match self {
            Self::Journal { .. } => DriverErrorCode::Journal,
            Self::NoThread(_) => DriverErrorCode::NoThread,
            Self::Stuck => DriverErrorCode::Stuck,
        }
    }
}

/// What has no record, and how to go on.
fn not_recorded(open: &[Address]) -> String {
    let again = "run the same command again once the state can be written";
    if open.is_empty() {
        return format!("all that it did is recorded, so {again}");
    }
    let named: Vec<_> = open.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let more = match open.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "it has done or begun this without a record of the outcome: {}{more}; {again}: it reads from \
         the cloud and the private keys what was done",
        visible::line(&named.join(", "))
    )
}

/// The run holds the lock of the project no longer, so that a call is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run lost the lock of the project")]
pub struct LockLost;

impl LockLost {
    /// Its stable code.
    #[must_use]
    pub fn code(self) -> DriverErrorCode {
        DriverErrorCode::LeaseLost
    }
}

/// A mistake of keyform that ends one call, and not the run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallMistake {
    /// A private key that was made is not in memory any more.
    #[error("the private key of {name} is not in memory any more; please report this")]
    KeyNotInMemory {
        /// Which key.
        name: CloudName,
    },
    /// The call panicked.
    #[error("keyform made a mistake in this call; please report it")]
    Panicked,
}

impl CallMistake {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> DriverErrorCode {
        match self {
            Self::KeyNotInMemory { .. } => DriverErrorCode::KeyNotInMemory,
            Self::Panicked => DriverErrorCode::CallPanicked,
        }
    }
}
