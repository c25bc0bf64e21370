//! How a call fails, in the words of the scheduler.

use std::error::Error;

use crate::{
    apply::CallFailure,
    ecs::{CallError, FailureKind},
};

/// As the service says it.
pub(super) fn remote(error: &CallError) -> CallFailure {
    CallFailure {
        message: error.to_string(),
        kind: error.kind(),
        outcome_unknown: error.is_outcome_unknown(),
    }
}

/// An error of this machine, which the same call would meet again, with its causes.
pub(super) fn local(error: &dyn Error, code: &str) -> CallFailure {
    refused(with_causes(error), code)
}

/// A call that surely did nothing, and would do nothing again.
pub(super) fn refused(message: String, code: &str) -> CallFailure {
    let kind = FailureKind::Refused { code: code.to_owned() };
    CallFailure { message, kind, outcome_unknown: false }
}

/// The sentence of an error with those of its causes.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        message = format!("{message}: {source}");
        cause = source.source();
    }
    message
}
