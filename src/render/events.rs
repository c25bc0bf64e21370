//! A run as events: one JSON document on each line.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    apply::{
        Awaited, CallFailure, Failure, FailureCode, KnownRestart, LeftOut, Progress, Purpose,
        Report, StepEnd, StepReport, StopReason, WhyNot,
    },
    ecs::{CallCount, FailureKind},
    model::{BindingName, CloudName, InstanceId, Region, StepId, Timestamp, TraceParent},
    plan::{Coded, Plan, PlanError, Stale, check::Flaw},
    visible,
};

/// The format of events, with its version.
pub const EVENTS_FORMAT: &str = "keyform.events/1";

/// One line.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line<'a> {
    /// The name of this format, with its version.
    #[schemars(extend("const" = EVENTS_FORMAT))]
    format: &'static str,
    /// When it happened.
    timestamp: Timestamp,
    /// The trace that the run is a part of: `TRACEPARENT` of its environment, as the W3C's Trace
    /// Context writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    /// The object that its step is about, as `--target` names it: `key/NAME`, `pair/REGION/NAME` or
    /// `binding/NAME`. Without it the event is about no step, or about one that only writes down what
    /// was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(flatten)]
    event: Event<'a>,
}

impl<'a> Line<'a> {
    /// The line of an event at its moment.
    #[must_use]
    pub fn new(event: Event<'a>, timestamp: Timestamp) -> Self {
        Self { format: EVENTS_FORMAT, timestamp, traceparent: None, address: None, event }
    }

    /// The line of what happened in the run of a plan.
    #[must_use]
    pub fn of(progress: &'a Progress, plan: &Plan, timestamp: Timestamp) -> Self {
        let step = progress.step().and_then(|step| plan.step(step));
        let address = step.and_then(|step| step.action.address());
        Self { address, ..Self::new(progress.into(), timestamp) }
    }

    /// The same line in a trace, if there is one.
    #[must_use]
    pub fn in_trace(self, parent: Option<&'a TraceParent>) -> Self {
        Self { traceparent: parent.map(TraceParent::as_str), ..self }
    }

    /// It as JSON, with its line feed.
    #[must_use]
    pub fn text(&self) -> String {
        let text = serde_json::to_string(self).expect("texts and numbers can be written");
        format!("{}\n", visible::json(&text))
    }
}

/// Something that happens in a run. Steps are told by their numbers in the plan, from 0.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event<'a> {
    /// The plan that is done from here on.
    Plan {
        /// The same document that `keyform plan --format json` prints.
        plan: &'a Plan,
    },
    /// The run of the plan begins.
    Begun {
        /// How long restarts took before, for each binding whose instances the run restarts.
        restarts: &'a [KnownRestart],
    },
    /// A step begins.
    Started {
        /// Which step.
        step: StepId,
        /// The instances that it works on, without those that are left out.
        instances: &'a [InstanceId],
    },
    /// Instances are prepared for their restart.
    Preparing {
        /// Which step.
        step: StepId,
        /// Which instances.
        instances: &'a [InstanceId],
    },
    /// The service has answered that it restarts instances.
    Accepted {
        /// Which step.
        step: StepId,
        /// Which instances.
        instances: &'a [InstanceId],
    },
    /// The service has not answered whether it restarts instances: they are watched all the same.
    Unanswered {
        /// Which step.
        step: StepId,
        /// Which instances.
        instances: &'a [InstanceId],
        /// The stable code of what comes of it if no restart is seen.
        code: FailureCode,
        /// What happened to the call; null if its answer left these instances out.
        failure: Option<&'a CallFailure>,
    },
    /// The restart of several instances at once was refused as such: from here on each has a call
    /// of its own. Told once for a run.
    OneByOne {
        /// Which step.
        step: StepId,
        /// The stable code of the refusal.
        code: FailureCode,
        /// How it was refused.
        failure: &'a CallFailure,
    },
    /// Instances of a step have come back from their restart.
    Back {
        /// Which step.
        step: StepId,
        /// Which instances.
        instances: &'a [InstanceId],
    },
    /// A call is tried again.
    Retrying {
        /// Which step.
        step: StepId,
        /// What happened.
        reason: &'a str,
        /// What may be done about it.
        kind: &'a FailureKind,
        /// The stable code of what comes of it if no repetition succeeds.
        code: FailureCode,
        /// After how many milliseconds.
        after_ms: u64,
    },
    /// A restart waits, since too many instances of its binding are down.
    WaitingForOthers {
        /// Which step.
        step: StepId,
        /// Of which binding.
        binding: &'a BindingName,
        /// Where.
        region: &'a Region,
        /// Which instances are down.
        down: &'a [InstanceId],
        /// The stable code of what comes of it if they stay down.
        code: FailureCode,
    },
    /// Something is still awaited; told every half minute.
    Still {
        /// Which step.
        step: StepId,
        /// What is awaited.
        awaited: Awaited,
        /// Of which instances; none for a step without instances.
        instances: &'a [InstanceId],
        /// For how many seconds.
        seconds: u64,
    },
    /// A program of the user's has printed something.
    Printed {
        /// Which step.
        step: StepId,
        /// For which instance.
        instance: &'a InstanceId,
        /// What the program is for.
        purpose: Purpose,
        /// What it printed, the end of it if that was much.
        output: &'a str,
    },
    /// It was shown that one can log on to an instance.
    Proven {
        /// Which step.
        step: StepId,
        /// Which instance.
        instance: &'a InstanceId,
    },
    /// A step has ended.
    Ended {
        /// Which step.
        step: StepId,
        /// What became of it; the last event says it again.
        #[serde(flatten)]
        result: StepResult<'a>,
    },
    /// Deferred work is waited for; another plan follows.
    Waiting {
        /// Until when.
        until: Timestamp,
    },
    /// The service does not show pairs that the run has written a minute ago or longer: a plan that
    /// is made now may find less than there is.
    Unshown {
        /// Where.
        region: &'a Region,
        /// Which pairs.
        pairs: &'a [CloudName],
    },
    /// The run was asked to stop: what runs is finished, and nothing new is begun.
    Stopping,
    /// The last event. Without it the program was ended at once.
    Finished(Finished<'a>),
}

/// How a run ended.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finished<'a> {
    /// The exit code of the program.
    pub exit_code: u8,
    /// What that code means.
    pub meaning: &'a str,
    /// What was wrong, if nothing was run for that.
    pub error: Option<String>,
    /// The stable code of that error, which `keyform explain` explains.
    pub code: Option<&'static str>,
    /// Why there is no plan, if that is the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_plan: Option<Coded<&'a PlanError>>,
    /// The facts that do not hold any more, if the plan was stale.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<Coded<&'a Stale>>,
    /// What is wrong with the plan, if it was not sound.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flaws: Vec<Coded<&'a Flaw>>,
    /// Why something was left for another run, if so.
    pub stopped: Option<StopReason>,
    /// What the service said, if that stopped the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<&'a CallFailure>,
    /// How long the run took, in milliseconds; null without a run.
    pub took_ms: Option<u64>,
    /// How often the service was called, by region and operation; only with `--verbose`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<Vec<CallCount>>,
    /// What became of each step, in the order of the plan; nothing if none was begun.
    pub steps: Vec<StepResult<'a>>,
}

/// What became of a step.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepResult<'a> {
    /// How it ended.
    end: End,
    /// Why it failed, if so.
    failure: Option<Coded<&'a Failure>>,
    /// Why it did not begin, if so.
    why_not: Option<NotBegun>,
    /// The instances for which it failed.
    failed: Vec<ItemResult<&'a Failure>>,
    /// The instances that were left out.
    left_out: Vec<ItemResult<LeftOut>>,
}

/// Why a step did not begin.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NotBegun {
    /// The stable code.
    code: FailureCode,
    /// The step before it that failed, if that is why.
    after: Option<StepId>,
    /// The sentence.
    text: String,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum End {
    /// It was done.
    Done,
    /// It was done before, or nothing was left of it to do.
    Skipped,
    /// It was done for some of its instances.
    Partly,
    /// It failed.
    Failed,
    /// It did not begin.
    NotStarted,
}

/// What became of an instance of a step.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ItemResult<T> {
    /// Which instance.
    instance: InstanceId,
    #[serde(flatten)]
    coded: Coded<T>,
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl<'a> From<&'a Progress> for Event<'a> {
    fn from(progress: &'a Progress) -> Self {
        match progress {
            Progress::Begun { restarts } => Self::Begun { restarts },
            Progress::Started { step, instances } => Self::Started { step: *step, instances },
            Progress::Preparing { step, instances } => Self::Preparing { step: *step, instances },
            Progress::Accepted { step, instances } => Self::Accepted { step: *step, instances },
            Progress::Unanswered { step, instances, failure } => Self::Unanswered {
                step: *step,
                instances,
                code: FailureCode::RestartUnheard,
                failure: failure.as_ref(),
            },
            Progress::OneByOne { step, failure } => {
                Self::OneByOne { step: *step, code: FailureCode::CallFailed, failure }
            }
            Progress::Back { step, instances } => Self::Back { step: *step, instances },
            Progress::Retrying { step, failure, after } => Self::Retrying {
                step: *step,
                reason: &failure.message,
                kind: &failure.kind,
                code: FailureCode::CallFailed,
                after_ms: milliseconds(*after),
            },
            Progress::WaitingForOthers { step, binding, region, down } => Self::WaitingForOthers {
                step: *step,
                binding,
                region,
                down,
                code: FailureCode::OthersDown,
            },
            Progress::Still { step, awaited, instances, seconds } => {
                Self::Still { step: *step, awaited: *awaited, instances, seconds: *seconds }
            }
            Progress::Printed { step, instance, purpose, output } => {
                Self::Printed { step: *step, instance, purpose: *purpose, output }
            }
            Progress::Proven { step, instance } => Self::Proven { step: *step, instance },
            Progress::Ended { step, report } => Self::Ended { step: *step, result: report.into() },
            Progress::Unshown { region, pairs } => Self::Unshown { region, pairs },
            Progress::Stopping => Self::Stopping,
        }
    }
}

impl<'a> Finished<'a> {
    /// With what became of a run.
    #[must_use]
    pub fn with_report(self, report: &'a Report) -> Self {
        let stopped = report.stopped;
        let steps = report.steps.iter().map(StepResult::from).collect();
        let stopped_by = report.stopped_by.as_ref();
        Self { stopped, stopped_by, took_ms: Some(milliseconds(report.took)), steps, ..self }
    }
}

impl<'a> From<&'a StepReport> for StepResult<'a> {
    fn from(report: &'a StepReport) -> Self {
        // For which instances a step was done, its events say while it goes on.
        let StepReport { end, done: _, failed, left_out } = report;
        let (end, failure, why_not) = match end {
            StepEnd::Done => (End::Done, None, None),
            StepEnd::Skipped => (End::Skipped, None, None),
            StepEnd::Partly => (End::Partly, None, None),
            StepEnd::Failed(failure) => (End::Failed, Some(Coded::new(failure)), None),
            StepEnd::NotStarted(why) => (End::NotStarted, None, Some(not_begun(*why))),
        };
        let item = |(instance, failure): &'a (InstanceId, Failure)| ItemResult {
            instance: instance.clone(),
            coded: Coded::new(failure),
        };
        let left = |(instance, reason): &(InstanceId, LeftOut)| ItemResult {
            instance: instance.clone(),
            coded: Coded::new(*reason),
        };
        Self {
            end,
            failure,
            why_not,
            failed: failed.iter().map(item).collect(),
            left_out: left_out.iter().map(left).collect(),
        }
    }
}

fn not_begun(why: WhyNot) -> NotBegun {
    NotBegun { code: why.code(), after: why.step(), text: why.to_string() }
}
