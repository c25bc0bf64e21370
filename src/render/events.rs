//! A run as events: one JSON document on each line.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    apply::{
        Failure, FailureCode, LeftOut, Progress, Purpose, Report, StepEnd, StepReport, StopReason,
        WhyNot,
    },
    ecs::FailureKind,
    model::{BindingName, InstanceId, Region, StepId, Timestamp},
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
    #[serde(flatten)]
    event: Event<'a>,
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
    /// A step begins.
    Started {
        /// Which step.
        step: StepId,
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
    /// A step has ended. How, the last event says.
    Ended {
        /// Which step.
        step: StepId,
    },
    /// What is left to its time is waited for; another plan follows.
    Waiting {
        /// Until when.
        until: Timestamp,
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

impl Event<'_> {
    /// The event as a line of JSON, with its line feed.
    #[must_use]
    pub fn line(self) -> String {
        let line = Line { format: EVENTS_FORMAT, event: self };
        let text = serde_json::to_string(&line).expect("texts and numbers can be written");
        format!("{}\n", visible::json(&text))
    }
}

impl<'a> From<&'a Progress> for Event<'a> {
    fn from(progress: &'a Progress) -> Self {
        match progress {
            Progress::Started(step) => Self::Started { step: *step },
            Progress::Back { step, instances } => Self::Back { step: *step, instances },
            Progress::Retrying { step, failure, after } => Self::Retrying {
                step: *step,
                reason: &failure.message,
                kind: &failure.kind,
                after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
            },
            Progress::WaitingForOthers { step, binding, region, down } => {
                Self::WaitingForOthers { step: *step, binding, region, down }
            }
            Progress::Printed { step, instance, purpose, output } => {
                Self::Printed { step: *step, instance, purpose: *purpose, output }
            }
            Progress::Proven { step, instance } => Self::Proven { step: *step, instance },
            Progress::Ended(step) => Self::Ended { step: *step },
            Progress::Stopping => Self::Stopping,
        }
    }
}

impl<'a> Finished<'a> {
    /// With what became of a run.
    #[must_use]
    pub fn with_report(self, report: &'a Report) -> Self {
        let stopped = report.stopped;
        Self { stopped, steps: report.steps.iter().map(StepResult::from).collect(), ..self }
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
