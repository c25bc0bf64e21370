//! What became of a run: what failed and why, then what was done.

#[cfg(test)]
mod tests;
mod work;

use std::{
    fmt::{Display, Write as _},
    path::PathBuf,
};

use super::{paint::Paint, words::count};
use crate::{
    apply::{Report, StepEnd, StepReport, StopReason, WhyNot},
    model::CloudName,
    plan::{Action, Plan, Step},
    visible,
};
use work::Work;

/// More new private keys than this are not listed one by one.
const KEYS_LISTED: usize = 8;

/// The closing report. `key_file` knows where the private key of a pair is kept.
#[must_use]
pub fn text(
    plan: &Plan,
    report: &Report,
    key_file: &dyn Fn(&CloudName) -> Option<PathBuf>,
) -> String {
    let mut out = String::new();
    for (step, end) in plan.steps.iter().zip(&report.steps) {
        if !is_left_for_later(report, end) {
            write_step(&mut out, step, end);
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    // What failed stands first and the totals last, next to the prompt, where people look.
    let work = Work::of(plan, report);
    let title = if report.is_complete() {
        Paint::Make.on(format!("Applied: {}.", work.text("nothing was left to do")))
    } else {
        let begin = match report.stopped {
            Some(StopReason::Signal) => "Stopped by a signal",
            Some(StopReason::Deadline) => "Stopped, since the deadline would pass",
            Some(StopReason::Window) => "Stopped, since a window would close before the end",
            Some(StopReason::Unrecorded) => "Stopped, since nothing can be written down any more",
            Some(StopReason::LeaseLost) => "Stopped, since the lock of the project was lost",
            None => "Partly applied",
        };
        Paint::Danger.on(format!("{begin}: {}.", work.text("nothing was done")))
    };
    let _ = writeln!(out, "{title}");
    write_keys(&mut out, &work, key_file);
    if report.stopped.is_some() {
        // A gate does nothing that a person would count.
        let left = plan.steps.iter().zip(&report.steps).filter(|(step, end)| {
            !matches!(step.action, Action::Gate { .. }) && is_left_for_later(report, end)
        });
        let left = count(left.count(), "step");
        let when = match report.stopped {
            Some(StopReason::Window) => "in the next window",
            Some(
                StopReason::Signal
                | StopReason::Deadline
                | StopReason::Unrecorded
                | StopReason::LeaseLost,
            )
            | None => "again",
        };
        let _ = writeln!(out, "{left} not started. The same command {when} goes on from here.");
    } else if !report.is_complete() {
        let _ =
            writeln!(out, "Mend what failed and run the same command again: it goes on from here.");
    }
    // What is blocked was so before the run: without this line a complete run would look as if
    // nothing were left.
    let blocked = plan.summary.blocked;
    if blocked > 0 {
        let text =
            format!("{blocked} blocked: `keyform plan` shows by what. Mend that and apply again.");
        let _ = writeln!(out, "{}", Paint::Danger.on(text));
    }
    out
}

/// Whether a step did not begin because the run stopped: these are only counted.
fn is_left_for_later(report: &Report, end: &StepReport) -> bool {
    let stopped = report.stopped.map(|reason| StepEnd::NotStarted(WhyNot::Stopped { reason }));
    stopped.as_ref() == Some(&end.end) && end.failed.is_empty()
}

/// What a reader must know of a step: why it was not done, or not for all its instances.
fn write_step(out: &mut String, step: &Step, end: &StepReport) {
    let is_gate = matches!(step.action, Action::Gate { .. });
    match &end.end {
        StepEnd::Failed(reason) => {
            let _ = writeln!(out, "{} {}", Paint::Danger.on("failed"), shown(&name(step)));
            if end.failed.is_empty() {
                let _ = writeln!(out, "    {}", shown(reason));
            }
        }
        StepEnd::Partly if !is_gate => {
            let _ = writeln!(out, "{} {}", Paint::Danger.on("partly"), shown(&name(step)));
        }
        StepEnd::NotStarted(reason) if !is_gate => {
            let _ = writeln!(out, "{} {}", Paint::Change.on("not started"), shown(&name(step)));
            let _ = writeln!(out, "    {}", shown(reason));
        }
        StepEnd::NotStarted(_) | StepEnd::Partly | StepEnd::Done | StepEnd::Skipped => {}
    }
    for (id, reason) in &end.failed {
        let _ = writeln!(out, "    {}: {}", shown(id), shown(reason));
    }
    if !end.left_out.is_empty() {
        let _ = writeln!(out, "left out of {}", shown(&name(step)));
    }
    for (id, reason) in &end.left_out {
        let _ = writeln!(out, "    {}: {}", shown(id), shown(reason));
    }
}

/// Where the new private keys are.
fn write_keys(out: &mut String, work: &Work<'_>, key_file: &dyn Fn(&CloudName) -> Option<PathBuf>) {
    for name in work.keys.iter().take(KEYS_LISTED) {
        if let Some(path) = key_file(name) {
            let _ = writeln!(out, "The private key of {} is {}", shown(name), visible::path(&path));
        }
    }
    if let Some(more) = work.keys.len().checked_sub(KEYS_LISTED).filter(|more| *more > 0) {
        let _ = writeln!(out, "and {} beside them", count(more, "more private key"));
    }
}

/// A text on one line: nothing in it passes for a line of the report.
fn shown(text: &dyn Display) -> String {
    visible::line(&text.to_string()).into_owned()
}

fn name(step: &Step) -> String {
    let items = || count(step.action.items().len(), "instance");
    match &step.action {
        Action::MakeKey { name, .. } => format!("make private key {name}"),
        Action::ImportPair { region, name, .. } => format!("import key pair {name} in {region}"),
        Action::AdoptPair { region, name, .. } => format!("take over key pair {name} in {region}"),
        Action::TagPair { region, name, .. } => format!("tag {name} in {region}"),
        Action::UntagPair { region, name, .. } => format!("untag {name} in {region}"),
        Action::Attach { name, binding, wave, .. } => {
            format!("bind {} of {binding} to {name} (wave {wave})", items())
        }
        Action::Detach { name, binding, wave, .. } => {
            format!("unbind {} of {binding} from {name} (wave {wave})", items())
        }
        Action::Restart { binding, wave, .. } => {
            format!("restart {} of {binding} (wave {wave})", items())
        }
        Action::Prove { binding, wave, .. } => {
            format!("prove the log-on to {} of {binding} (wave {wave})", items())
        }
        Action::Defer { binding, .. } => {
            format!("record deferred work for {} of {binding}", items())
        }
        Action::Gate { binding, wave, .. } => format!("end wave {wave} of {binding}"),
        Action::DeletePair { region, name } => format!("delete key pair {name} in {region}"),
        Action::RetireKey { name, .. } => format!("put private key {name} aside"),
        Action::Record { changes } => format!("write down {}", count(changes.len(), "fact")),
    }
}
