//! What goes on in a run, line by line.

use std::time::Duration;

use super::acting::{doing, few, wave};
use crate::{
    apply::{Awaited, CallFailure, Failure, Progress, Purpose, StepEnd, StepReport},
    model::InstanceId,
    plan::{Action, Plan},
    visible,
};

/// A line for something that goes on, with lines below it for what a program printed; none for what
/// tells people nothing.
#[must_use]
pub fn line(plan: &Plan, progress: &Progress) -> Option<String> {
    let shown = |sentence: String| visible::line(&sentence).into_owned();
    let mut lines: Vec<_> = sentences(plan, progress).into_iter().map(shown).collect();
    if let Progress::Printed { output, .. } = progress {
        let printed = output.trim_end().lines();
        lines.extend(printed.map(|line| format!("  | {}", visible::lines(line))));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The width of the seconds in front of a line.
pub const TIME_WIDTH: usize = 9;

/// The line with the seconds since the run began in front; what is below it keeps its distance.
#[must_use]
pub fn timed(line: &str, elapsed: Duration) -> String {
    let below = format!("\n{:TIME_WIDTH$}", "");
    format!("{:>5} s  {}", elapsed.as_secs(), line.replace('\n', &below))
}

fn sentences(plan: &Plan, progress: &Progress) -> Vec<String> {
    let step = progress.step().and_then(|step| plan.step(step));
    let action = step.map(|step| &step.action);
    if let (Progress::Ended { report, .. }, Some(action)) = (progress, action) {
        return failures(plan, action, report);
    }
    let sentence = match action {
        Some(action) => of_step(plan, action, progress),
        None => of_run(progress),
    };
    sentence.into_iter().collect()
}

fn of_run(progress: &Progress) -> Option<String> {
    let stopping = "stopping: what runs is finished, nothing new is started; a second signal ends \
                    it at once";
    match progress {
        Progress::Stopping => Some(stopping.to_owned()),
        Progress::Unshown { region, pairs } => {
            let pairs: Vec<_> = pairs.iter().map(ToString::to_string).collect();
            let pairs = pairs.join(", ");
            Some(format!(
                "{region}: the service does not show what was done to {pairs}, after a minute: a \
                 plan that is made now may find less than there is"
            ))
        }
        _ => None,
    }
}

fn of_step(plan: &Plan, action: &Action, progress: &Progress) -> Option<String> {
    let place = in_front(plan, action);
    match progress {
        Progress::Started { instances, .. } => started(plan, action, instances),
        Progress::Preparing { instances, .. } => {
            Some(format!("{place}preparing: {}", few(instances)))
        }
        Progress::Unanswered { instances, failure, .. } => {
            Some(format!("{place}{}", unanswered(instances, failure.as_ref())))
        }
        Progress::OneByOne { failure, .. } => Some(format!(
            "{place}the restart of several instances at once is refused, so keyform restarts them \
             one by one: {}",
            failure.message
        )),
        Progress::Back { instances, .. } => Some(format!("{place}back: {}", few(instances))),
        Progress::Retrying { failure, after, .. } => {
            Some(format!("trying again in {:.1} s: {}", after.as_secs_f64(), failure.message))
        }
        Progress::WaitingForOthers { binding, region, down, .. } => {
            Some(format!("{binding} in {region}: waiting, since these are down: {}", few(down)))
        }
        Progress::Still { awaited, instances, seconds, .. } => {
            still(plan, action, *awaited, instances).map(|text| format!("{text}, {seconds} s"))
        }
        Progress::Printed { instance, purpose, .. } => {
            Some(format!("{place}{instance}, {} printed:", purpose.words()))
        }
        Progress::Proven { instance, .. } => Some(format!("{place}one can log on to {instance}")),
        Progress::Begun { .. }
        | Progress::Accepted { .. }
        | Progress::Ended { .. }
        | Progress::Unshown { .. }
        | Progress::Stopping => None,
    }
}

/// A step, and the instances that it works on.
fn started(plan: &Plan, action: &Action, instances: &[InstanceId]) -> Option<String> {
    let place = in_front(plan, action);
    let doing = doing(action)?;
    let shown =
        if action.items().is_empty() { doing } else { format!("{doing}: {}", few(instances)) };
    Some(format!("{place}{shown}"))
}

fn in_front(plan: &Plan, action: &Action) -> String {
    wave(plan, action).map_or_else(String::new, |wave| format!("{wave}: "))
}

fn unanswered(instances: &[InstanceId], failure: Option<&CallFailure>) -> String {
    let why = failure.map_or_else(String::new, |failure| format!(" ({})", failure.message));
    format!("no answer to the restart of {}{why}; keyform watches for the restart", few(instances))
}

/// What a step still waits for.
fn still(
    plan: &Plan,
    action: &Action,
    awaited: Awaited,
    instances: &[InstanceId],
) -> Option<String> {
    let place = in_front(plan, action);
    let running = |purpose: Purpose| format!("still running {} on", purpose.words());
    let waiting = match awaited {
        Awaited::Answer | Awaited::Look | Awaited::Shown if instances.is_empty() => {
            return doing(action).map(|doing| format!("{place}{doing}: not done yet"));
        }
        Awaited::Answer if matches!(action, Action::Restart { .. }) => {
            "no answer yet to the restart of".to_owned()
        }
        Awaited::Answer => format!("{}, no answer yet:", doing(action)?),
        Awaited::Look => "still looking at".to_owned(),
        Awaited::Shown => format!("{}, not shown by the service yet:", doing(action)?),
        Awaited::Restart => "still restarting".to_owned(),
        Awaited::UnansweredRestart => "no answer yet, and no restart seen:".to_owned(),
        Awaited::Settling => "still settling:".to_owned(),
        Awaited::Others => "still waiting, since these are down:".to_owned(),
        Awaited::HookBefore => running(Purpose::Before),
        Awaited::HookAfter => running(Purpose::After),
        Awaited::Proof => running(Purpose::Proof),
    };
    Some(format!("{place}{waiting} {}", few(instances)))
}

/// Why a step failed, or for which instances: each reason once. What it did not reach is in the
/// closing report.
fn failures(plan: &Plan, action: &Action, report: &StepReport) -> Vec<String> {
    let Some(doing) = doing(action) else { return Vec::new() };
    let place = in_front(plan, action);
    let mut reasons: Vec<(String, Vec<InstanceId>)> = Vec::new();
    for (instance, failure) in &report.failed {
        if matches!(failure, Failure::NotReached { .. }) {
            continue;
        }
        let reason = failure.to_string();
        match reasons.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, instances)) => instances.push(instance.clone()),
            None => reasons.push((reason, vec![instance.clone()])),
        }
    }
    if let (true, StepEnd::Failed(reason)) = (reasons.is_empty(), &report.end) {
        return vec![format!("{place}{doing} failed: {reason}")];
    }
    let line = |(reason, instances): (String, Vec<InstanceId>)| {
        format!("{place}{doing} failed for {}: {reason}", few(&instances))
    };
    reasons.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests;
