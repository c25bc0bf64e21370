//! What a run tells while it goes on, and at its end.

use std::time::Duration;

use super::{
    call::{CallFailure, Purpose},
    failure::{Failure, LeftOut},
    why_not::{StopReason, WhyNot},
};
use crate::model::{BindingName, InstanceId, Region, StepId};

/// Something worth showing while a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A step begins.
    Started(StepId),
    /// Instances of a step have come back.
    Back {
        /// Which step.
        step: StepId,
        /// Which instances.
        instances: Vec<InstanceId>,
    },
    /// A call is tried again.
    Retrying {
        /// Which step.
        step: StepId,
        /// What happened.
        failure: CallFailure,
        /// After how long.
        after: Duration,
    },
    /// A restart waits, since too many instances of its binding are down.
    WaitingForOthers {
        /// Which step.
        step: StepId,
        /// Of which binding.
        binding: BindingName,
        /// Where.
        region: Region,
        /// Which instances are down.
        down: Vec<InstanceId>,
    },
    /// A program of the user's has printed something.
    Printed {
        /// Which step.
        step: StepId,
        /// For which instance.
        instance: InstanceId,
        /// What it is for.
        purpose: Purpose,
        /// What it printed, the end of it if that was much.
        output: String,
    },
    /// It was shown that one can log on to an instance.
    Proven {
        /// Which step.
        step: StepId,
        /// Which instance.
        instance: InstanceId,
    },
    /// A step has ended.
    Ended(StepId),
    /// The run was asked to stop: what runs is finished, and nothing new is begun.
    Stopping,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// It was done.
    Done,
    /// It was done before, or nothing was left of it to do.
    Skipped,
    /// It was done for some of its instances.
    Partly,
    /// It failed.
    Failed(Failure),
    /// It did not begin.
    NotStarted(WhyNot),
}

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepReport {
    /// How it ended.
    pub end: StepEnd,
    /// The instances for which it was done; among them those that were left out since others had
    /// done it during the run.
    pub done: Vec<InstanceId>,
    /// The instances for which it failed, and why.
    pub failed: Vec<(InstanceId, Failure)>,
    /// The instances that were left out, and why.
    pub left_out: Vec<(InstanceId, LeftOut)>,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What became of each step, in the order of the plan.
    pub steps: Vec<StepReport>,
    /// Why something was left for another run, if so.
    pub stopped: Option<StopReason>,
}

impl Report {
    /// Whether every step is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.end, StepEnd::Done | StepEnd::Skipped))
    }
}
