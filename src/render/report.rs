//! What became of a run: what failed and why, then what was done.

mod not_begun;
mod step;
#[cfg(test)]
mod tests;
mod work;

use std::{
    fmt::{Display, Write as _},
    time::Duration,
};

use super::{
    paint::Paint,
    words::{count, duration},
};
use crate::{
    apply::{Report, StepEnd, StepReport, StopReason},
    model::CloudName,
    plan::{Plan, Step},
    visible,
};
use step::heading;
use work::{KeyPlace, Work};

/// The closing report. `key_place` knows where the private key of a pair is kept.
#[must_use]
pub fn text(
    plan: &Plan,
    report: &Report,
    key_place: &dyn Fn(&CloudName) -> Option<String>,
) -> String {
    let mut out = String::new();
    for (step, end) in plan.steps.iter().zip(&report.steps) {
        write_step(&mut out, step, end);
    }
    not_begun::write(&mut out, plan, report);
    if !out.is_empty() {
        out.push('\n');
    }
    // What failed stands first and the totals last, next to the prompt, where people look.
    let work = Work::of(plan, report);
    let _ = writeln!(out, "{}", title(report, &work));
    write_keys(&mut out, &work, key_place);
    if report.stopped.is_some() {
        let left = count(not_begun::left_for_later(plan, report), "step");
        let when = match report.stopped {
            Some(StopReason::Window) => "in the next window",
            Some(
                StopReason::Signal
                | StopReason::Deadline
                | StopReason::Unrecorded
                | StopReason::LeaseLost
                | StopReason::Credentials
                | StopReason::Clock,
            )
            | None => "again",
        };
        let _ = writeln!(out, "{left} not started. The same command {when} goes on from here.");
    } else if !report.is_complete() {
        let _ =
            writeln!(out, "Fix what failed and run the same command again: it goes on from here.");
    }
    if let Some(said) = &report.stopped_by {
        let first = match report.stopped {
            Some(StopReason::Clock) => "Set the clock of this machine first",
            _ => "Renew the credentials first (`keyform whoami` shows which are used)",
        };
        let _ = writeln!(out, "{first}: {}", shown(&said.message));
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

/// What was done in all, and what ended the run.
fn title(report: &Report, work: &Work<'_>) -> String {
    let took = took(report.took);
    if report.is_complete() {
        let done = work.text("nothing was left to do");
        return Paint::Make.on(format!("Applied: {done}, in {took}."));
    }
    let is_failure = |end: &StepReport| matches!(end.end, StepEnd::Failed(_));
    let has_failed = report.steps.iter().any(is_failure);
    let nothing = if has_failed { "no step was completed" } else { "nothing was done" };
    let begin = match report.stopped {
        Some(StopReason::Signal) => "Stopped by a signal",
        Some(StopReason::Deadline) => "Stopped, since the deadline would pass",
        Some(StopReason::Window) => "Stopped, since a window would close before the end",
        Some(StopReason::Unrecorded) => "Stopped, since nothing can be written down any more",
        Some(StopReason::LeaseLost) => "Stopped, since the lock of the project was lost",
        Some(StopReason::Credentials) => "Stopped, since the credentials are not accepted",
        Some(StopReason::Clock) => "Stopped, since the clock of this machine is not accepted",
        None if work.is_empty() => "Failed",
        None => "Partly applied",
    };
    Paint::Danger.on(format!("{begin}: {}, in {took}.", work.text(nothing)))
}

/// How long a run took.
fn took(took: Duration) -> String {
    if took < Duration::from_secs(1) { "less than 1 s".to_owned() } else { duration(took) }
}

/// What a reader must know of a step that began: why it was not done, or not for all its instances.
fn write_step(out: &mut String, step: &Step, end: &StepReport) {
    // Steps that did not begin are told together.
    let is_folded = not_begun::is_folded(end);
    let failed = if is_folded { 0 } else { end.failed.len() };
    match &end.end {
        StepEnd::Failed(reason) => {
            let _ = writeln!(
                out,
                "{} {}",
                Paint::Danger.on("failed"),
                shown(&heading(step, failed, "failed"))
            );
            if end.failed.is_empty() {
                let _ = writeln!(out, "    {}", shown(reason));
            }
        }
        StepEnd::Partly => {
            let _ = writeln!(
                out,
                "{} {}",
                Paint::Danger.on("partly"),
                shown(&heading(step, failed, "failed"))
            );
        }
        StepEnd::NotStarted(reason) if failed > 0 => {
            let name = shown(&heading(step, failed, "failed"));
            let _ = writeln!(out, "{} {name}", Paint::Change.on("not started"));
            let _ = writeln!(out, "    {}", shown(reason));
        }
        StepEnd::NotStarted(_) | StepEnd::Done | StepEnd::Skipped => {}
    }
    for (id, reason) in end.failed.iter().take(failed) {
        let _ = writeln!(out, "    {}: {}", shown(id), shown(reason));
    }
    if !end.left_out.is_empty() {
        let _ =
            writeln!(out, "left out of {}", shown(&heading(step, end.left_out.len(), "left out")));
    }
    for (id, reason) in &end.left_out {
        let _ = writeln!(out, "    {}: {}", shown(id), shown(reason));
    }
}

/// Where the private keys of the new pairs are.
fn write_keys(out: &mut String, work: &Work<'_>, key_place: &dyn Fn(&CloudName) -> Option<String>) {
    for (name, place) in &work.keys {
        let of_vault = key_place(name);
        let name = shown(name);
        let _ = match (place, of_vault) {
            (KeyPlace::Elsewhere, _) => writeln!(
                out,
                "The private key of {name} is where you keep it: keyform has the public key only"
            ),
            (KeyPlace::Vault, Some(of_vault)) => {
                writeln!(out, "The private key of {name} is {}", visible::line(&of_vault))
            }
            (KeyPlace::Vault, None) => Ok(()),
        };
    }
}

/// A text on one line: nothing in it passes for a line of the report.
fn shown(text: &dyn Display) -> String {
    visible::line(&text.to_string()).into_owned()
}
