//! Why a run stops before its end, and why a step does not begin.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::failure_code::FailureCode;
use crate::model::StepId;

/// Why a run stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StopReason {
    /// It was asked to.
    Signal,
    /// What was left would have ended beyond its deadline.
    Deadline,
    /// What was left would have ended beyond a window, or begun outside of it.
    Window,
    /// What it does could not be written down.
    Unrecorded,
    /// It no longer holds the lock of the project.
    LeaseLost,
    /// The service does not accept the credentials, or there are none any more.
    Credentials,
    /// The service does not accept the time of this machine.
    Clock,
}

impl StopReason {
    /// Why a step did not begin, as a clause.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Signal => "stopped by a signal",
            Self::Deadline => "the deadline would pass",
            Self::Window => "its window would close before its end",
            Self::Unrecorded => "what the run does could not be written down",
            Self::LeaseLost => "the run lost the lock of the project",
            Self::Credentials => "the credentials are not accepted",
            Self::Clock => "the clock of this machine is not accepted",
        }
    }

    /// Whether what was written may still be read. Without a journal nothing is done, and without
    /// credentials nothing is answered.
    pub(super) fn lets_confirm(self) -> bool {
        match self {
            Self::Signal | Self::Deadline | Self::Window | Self::LeaseLost => true,
            Self::Unrecorded | Self::Credentials | Self::Clock => false,
        }
    }
}

/// Why a step did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WhyNot {
    /// The run was kept from it.
    Stopped {
        /// By what.
        reason: StopReason,
    },
    /// A step that it waited for failed.
    After {
        /// Which step.
        step: StepId,
    },
    /// No instance of the canary of its fleet came into effect.
    Canary {
        /// The step that restarts the canary.
        step: StepId,
    },
}

impl WhyNot {
    /// The step that it waited for in vain, if that is why.
    #[must_use]
    pub fn step(self) -> Option<StepId> {
        match self {
            Self::Stopped { .. } => None,
            Self::After { step } | Self::Canary { step } => Some(step),
        }
    }

    /// Its stable code.
    #[must_use]
    pub fn code(self) -> FailureCode {
        match self {
            Self::Stopped { reason: StopReason::Signal } => FailureCode::StoppedBySignal,
            Self::Stopped { reason: StopReason::Deadline } => FailureCode::DeadlineWouldPass,
            Self::Stopped { reason: StopReason::Window } => FailureCode::WindowWouldClose,
            Self::Stopped { reason: StopReason::Unrecorded } => FailureCode::NotRecorded,
            Self::Stopped { reason: StopReason::LeaseLost } => FailureCode::LockLost,
            Self::Stopped { reason: StopReason::Credentials } => {
                FailureCode::CredentialsNotAccepted
            }
            Self::Stopped { reason: StopReason::Clock } => FailureCode::ClockNotAccepted,
            Self::After { .. } => FailureCode::StepBeforeFailed,
            Self::Canary { .. } => FailureCode::CanaryNotInEffect,
        }
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped { reason } => f.write_str(reason.text()),
            Self::After { step } => write!(f, "step {step} failed"),
            Self::Canary { .. } => f.write_str("no instance of the canary came into effect"),
        }
    }
}
