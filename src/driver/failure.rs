//! How a call fails, in the words of the scheduler.

use std::error::Error;

use crate::{apply::CallFailure, ecs::CallError};

/// As the service says it.
pub(super) fn remote(error: &CallError) -> CallFailure {
    CallFailure {
        message: error.to_string(),
        transient: error.is_transient(),
        outcome_unknown: error.is_outcome_unknown(),
    }
}

/// Errors of this machine do not mend themselves.
pub(super) fn local(error: &dyn Error) -> CallFailure {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        message = format!("{message}: {source}");
        cause = source.source();
    }
    CallFailure { message, transient: false, outcome_unknown: false }
}
