//! A run on a terminal, as it is at a moment: how far it is, what goes on, and what is awaited.
//!
//! What is shown follows from the events of the run, their moments and the size of the terminal;
//! whoever draws it decides nothing.

mod estimate;
mod names;
mod running;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use super::{
    acting::{doing, wave},
    size::Size,
    words::{count, duration},
    wrap::wrapped,
};
use crate::{
    apply::{Awaited, Progress, Purpose, StepEnd},
    model::{StepId, Timestamp},
    plan::{Action, Plan},
};
use estimate::{Estimate, Left};
use running::{INDENT, Running};

/// The display has no more rows than this, however high the terminal is.
const ROWS_MAX: usize = 16;

/// What is known of a run that goes on.
#[derive(Debug)]
pub struct Display {
    began: Timestamp,
    /// The steps that a person would count: a gate does nothing.
    steps: usize,
    done: usize,
    failed: usize,
    not_begun: usize,
    running: BTreeMap<StepId, Running>,
    estimate: Estimate,
    is_stopping: bool,
}

impl Display {
    /// The display of a run that begins now.
    #[must_use]
    pub fn new(plan: &Plan, now: Timestamp) -> Self {
        Self {
            began: now,
            steps: plan.steps.iter().filter(|step| is_counted(&step.action)).count(),
            done: 0,
            failed: 0,
            not_begun: 0,
            running: BTreeMap::new(),
            estimate: Estimate::new(plan),
            is_stopping: false,
        }
    }

    /// Takes over what happened.
    pub fn hear(&mut self, plan: &Plan, now: Timestamp, progress: &Progress) {
        match progress {
            Progress::Begun { restarts } => self.estimate.know(plan, restarts),
            Progress::Stopping => self.is_stopping = true,
            Progress::Ended { step, report } => self.end(plan, *step, &report.end, now),
            _ => {
                let Some(step) = progress.step() else { return };
                let Some(action) = plan.step(step).map(|step| &step.action) else { return };
                if matches!(progress, Progress::Started { .. } | Progress::Preparing { .. }) {
                    self.estimate.begin(plan, step, now);
                }
                self.goes_on(plan, step, action, now, progress);
            }
        }
    }

    fn end(&mut self, plan: &Plan, step: StepId, end: &StepEnd, now: Timestamp) {
        self.running.remove(&step);
        self.estimate.end(plan, step, end, now);
        if plan.step(step).is_none_or(|step| !is_counted(&step.action)) {
            return;
        }
        match end {
            StepEnd::Done | StepEnd::Skipped => self.done += 1,
            StepEnd::Partly | StepEnd::Failed(_) => self.failed += 1,
            StepEnd::NotStarted(_) => self.not_begun += 1,
        }
    }

    fn goes_on(
        &mut self,
        plan: &Plan,
        step: StepId,
        action: &Action,
        now: Timestamp,
        progress: &Progress,
    ) {
        let Some(doing) = doing(action) else { return };
        let running = self.running.entry(step).or_insert_with(|| {
            let place = wave(plan, action).map(|place| of_waves(plan, action, place));
            Running::new(place, doing.clone(), now)
        });
        match progress {
            Progress::Started { instances, .. } => {
                let is_restart = matches!(action, Action::Restart { .. });
                let doing = if is_restart { "asking for the restart".to_owned() } else { doing };
                running.begin(doing, instances, now);
            }
            Progress::Preparing { instances, .. } => {
                running.begin("preparing".to_owned(), instances, now);
            }
            Progress::Accepted { instances, .. } => running.part(doing, instances, now),
            Progress::Unanswered { instances, .. } => {
                running.part(UNANSWERED.to_owned(), instances, now);
            }
            Progress::Back { instances, .. } => running.leave(instances),
            Progress::Proven { instance, .. } => running.leave(std::slice::from_ref(instance)),
            Progress::Retrying { failure, after, .. } => {
                let after = after.as_secs_f64();
                running.retry(format!("{doing}, again in {after:.1} s: {}", failure.message));
            }
            Progress::WaitingForOthers { down, .. } => running.wait_for_others(down, now),
            Progress::Still { awaited: Awaited::Others, instances, seconds, .. } => {
                running.wait_for_others(instances, now.before(*seconds));
            }
            Progress::Still { awaited, instances, seconds, .. } => {
                running.part(awaiting(*awaited, doing), instances, now.before(*seconds));
            }
            _ => {}
        }
    }

    /// The display at a moment, in rows of at most its width where no name is longer.
    #[must_use]
    pub fn rows(&self, now: Timestamp, size: Size) -> Vec<String> {
        let most = ROWS_MAX.min(size.height.saturating_sub(1)).max(1);
        let mut rows = wrapped(&self.title(now), size.width, INDENT);
        let steps: Vec<_> = self.running.values().map(|step| step.rows(now, size.width)).collect();
        let mut hidden = 0;
        for (place, step) in steps.iter().enumerate() {
            // The last row says what does not fit.
            let is_last = place + 1 == steps.len();
            if rows.len() + step.len() + usize::from(!is_last) > most {
                hidden = steps.len() - place;
                break;
            }
            rows.extend(step.iter().cloned());
        }
        if hidden > 0 {
            rows.push(format!("and {} that {}", count(hidden, "more step"), verb(hidden)));
        }
        rows.truncate(most);
        rows
    }

    /// How far the run is, how long it goes on, and when it is likely to end.
    fn title(&self, now: Timestamp) -> String {
        let mut parts = vec![format!("{} of {} done", self.done, count(self.steps, "step"))];
        let others = [(self.failed, "failed"), (self.not_begun, "not begun")];
        for (number, what) in others.into_iter().filter(|(number, _)| *number > 0) {
            parts.push(format!("{number} {what}"));
        }
        if self.is_stopping {
            let ended = self.done + self.failed + self.not_begun;
            let left = self.steps.saturating_sub(ended + self.running.len());
            parts.push(format!("{} being finished", self.running.len()));
            parts.push(format!("{left} left for the next run"));
            parts.push("Ctrl-C again ends it at once".to_owned());
            return format!("stopping: {}", parts.join(", "));
        }
        parts.push(duration(now.since(self.began)));
        parts.extend(end(self.estimate.left(now), now));
        parts.join(", ")
    }
}

/// A gate is the end of a wave, and no work.
fn is_counted(action: &Action) -> bool {
    !matches!(action, Action::Gate { .. })
}

/// With the number of waves that its binding has.
fn of_waves(plan: &Plan, action: &Action, place: String) -> String {
    let fleet = action.fleet().and_then(|(region, binding)| plan.fleet(region, binding));
    match (action.wave(), fleet) {
        (Some(1..), Some(fleet)) => format!("{place} of {}", fleet.waves),
        _ => place,
    }
}

/// What is told of instances whose restart was not answered.
const UNANSWERED: &str = "restart not answered, watching";

/// What a step does that still waits.
fn awaiting(awaited: Awaited, doing: String) -> String {
    let running = |purpose: Purpose| format!("running {}", purpose.words());
    match awaited {
        Awaited::Answer => format!("no answer yet, {doing}"),
        Awaited::Look => "looking".to_owned(),
        Awaited::Shown => format!("not shown by the service yet, {doing}"),
        Awaited::Restart => "restarting".to_owned(),
        Awaited::UnansweredRestart => UNANSWERED.to_owned(),
        Awaited::Settling => "settling".to_owned(),
        Awaited::Others => running::OTHERS.to_owned(),
        Awaited::HookBefore => running(Purpose::Before),
        Awaited::HookAfter => running(Purpose::After),
        Awaited::Proof => running(Purpose::Proof),
    }
}

/// When the run is likely to end, if anything is to be said of that.
fn end(left: Left, now: Timestamp) -> Option<String> {
    match left {
        Left::Nothing => None,
        Left::Unknown => Some("no estimate yet".to_owned()),
        Left::Overdue => Some("longer than estimated".to_owned()),
        Left::About(left) => {
            let at = now.plus(left).to_string();
            // Hours and minutes of a time such as 2026-12-19T02:04:05.000Z.
            let clock = at.get(11..16).unwrap_or_default();
            Some(format!("about {} left (until {clock} UTC)", duration(rounded(left))))
        }
    }
}

/// An estimate is not told more finely than it is known.
fn rounded(left: Duration) -> Duration {
    let unit = if left >= Duration::from_secs(120) { 60 } else { 5 };
    Duration::from_secs(left.as_secs().div_ceil(unit) * unit).max(Duration::from_secs(unit))
}

fn verb(number: usize) -> &'static str {
    if number == 1 { "goes on" } else { "go on" }
}
