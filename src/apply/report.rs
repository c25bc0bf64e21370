//! What a run tells while it goes on, and at its end.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    call::{CallFailure, Purpose},
    failure::{Failure, LeftOut},
    why_not::{StopReason, WhyNot},
};
use crate::model::{BindingName, CloudName, InstanceId, Region, StepId};

/// Something worth showing while a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The run begins.
    Begun {
        /// What is recorded of earlier restarts, for each binding whose instances it restarts.
        restarts: Vec<KnownRestart>,
    },
    /// A step begins.
    Started {
        /// Which step.
        step: StepId,
        /// The instances that it changes or looks at, without those that are left out.
        instances: Vec<InstanceId>,
    },
    /// Instances are prepared for their restart.
    Preparing {
        /// Which step.
        step: StepId,
        /// Which instances.
        instances: Vec<InstanceId>,
    },
    /// The service has answered that it restarts instances.
    Accepted {
        /// Which step.
        step: StepId,
        /// Which instances.
        instances: Vec<InstanceId>,
    },
    /// The service has not answered whether it restarts instances: they are watched all the same.
    Unanswered {
        /// Which step.
        step: StepId,
        /// Which instances.
        instances: Vec<InstanceId>,
        /// What happened to the call, if it failed; else its answer left these instances out.
        failure: Option<CallFailure>,
    },
    /// The restart of several instances at once was refused as such: from here on each has a call
    /// of its own. Told once for a run.
    OneByOne {
        /// Which step.
        step: StepId,
        /// How it was refused.
        failure: CallFailure,
    },
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
    /// Something is still awaited; told every half minute.
    Still {
        /// Which step.
        step: StepId,
        /// What is awaited.
        awaited: Awaited,
        /// Of which instances; none for a step without instances.
        instances: Vec<InstanceId>,
        /// For how many seconds.
        seconds: u64,
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
    Ended {
        /// Which step.
        step: StepId,
        /// What became of it.
        report: StepReport,
    },
    /// The service does not show pairs that the run has written a minute ago or longer.
    Unshown {
        /// Where.
        region: Region,
        /// Which pairs.
        pairs: Vec<CloudName>,
    },
    /// The run was asked to stop: what runs is finished, and nothing new is begun.
    Stopping,
}

impl Progress {
    /// The step that it is about, if it is about one.
    #[must_use]
    pub fn step(&self) -> Option<StepId> {
        match self {
            Self::Started { step, .. }
            | Self::Preparing { step, .. }
            | Self::Accepted { step, .. }
            | Self::Unanswered { step, .. }
            | Self::OneByOne { step, .. }
            | Self::Back { step, .. }
            | Self::Retrying { step, .. }
            | Self::WaitingForOthers { step, .. }
            | Self::Still { step, .. }
            | Self::Printed { step, .. }
            | Self::Proven { step, .. }
            | Self::Ended { step, .. } => Some(*step),
            Self::Begun { .. } | Self::Unshown { .. } | Self::Stopping => None,
        }
    }
}

/// How long a restart of the instances of a binding took, as far as that is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KnownRestart {
    /// Where.
    pub region: Region,
    /// Of which binding.
    pub binding: BindingName,
    /// The longest one in seconds; null before the first one.
    pub seconds: Option<u32>,
}

/// What a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Awaited {
    /// The answer to its call that changes something.
    Answer,
    /// The answer to its call that reads.
    Look,
    /// The service has taken a change, until a read shows it.
    Shown,
    /// Instances that restart, until they are back.
    Restart,
    /// Instances that may restart: the service has not answered.
    UnansweredRestart,
    /// Instances that are back, until they have settled.
    Settling,
    /// Other instances that are down, before any more may be restarted.
    Others,
    /// The hook `before`.
    HookBefore,
    /// The hook `after`.
    HookAfter,
    /// The proof.
    Proof,
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
    /// What the service said, if that stopped the run.
    pub stopped_by: Option<CallFailure>,
    /// How long the run took.
    pub took: Duration,
}

impl Report {
    /// Whether every step is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.end, StepEnd::Done | StepEnd::Skipped))
    }
}
