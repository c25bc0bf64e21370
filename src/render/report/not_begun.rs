//! The steps that did not begin: many of them have one reason, which is told once.

use std::{collections::BTreeSet, fmt::Write as _};

use super::step::name;
use crate::{
    apply::{Failure, Report, StepEnd, StepReport, WhyNot},
    model::InstanceId,
    plan::{Action, Plan, Step},
    render::{paint::Paint, words::count},
};

/// Steps that did not begin for one reason.
struct Fold<'a> {
    why: WhyNot,
    steps: usize,
    instances: BTreeSet<&'a InstanceId>,
}

/// Writes a line for each reason, but for what stopped the whole run: that is in the title.
pub(super) fn write(out: &mut String, plan: &Plan, report: &Report) {
    let mut folds: Vec<Fold<'_>> = Vec::new();
    for (step, why) in not_begun(plan, report).filter(|(_, why)| !is_of_run(report, *why)) {
        let place = folds.iter().position(|fold| fold.why == why).unwrap_or_else(|| {
            folds.push(Fold { why, steps: 0, instances: BTreeSet::new() });
            folds.len() - 1
        });
        folds[place].steps += 1;
        folds[place].instances.extend(step.action.items().iter().map(|item| &item.id));
    }
    for fold in folds {
        let _ = writeln!(out, "{} {}", Paint::Change.on("not started"), fold.text(plan));
    }
}

/// How many steps did not begin because the run stopped.
pub(super) fn left_for_later(plan: &Plan, report: &Report) -> usize {
    not_begun(plan, report).filter(|(_, why)| is_of_run(report, *why)).count()
}

/// Whether a step did not begin, and nothing else is to be told of it.
pub(super) fn is_folded(end: &StepReport) -> bool {
    matches!(end.end, StepEnd::NotStarted(_))
        && end.failed.iter().all(|(_, failure)| matches!(failure, Failure::NotReached { .. }))
}

fn is_of_run(report: &Report, why: WhyNot) -> bool {
    report.stopped.is_some_and(|reason| why == WhyNot::Stopped { reason })
}

/// The steps that a person would count: a gate does nothing.
fn not_begun<'a>(
    plan: &'a Plan,
    report: &'a Report,
) -> impl Iterator<Item = (&'a Step, WhyNot)> + use<'a> {
    plan.steps.iter().zip(&report.steps).filter_map(|(step, end)| match end.end {
        StepEnd::NotStarted(why) if is_folded(end) => {
            (!matches!(step.action, Action::Gate { .. })).then_some((step, why))
        }
        _ => None,
    })
}

impl Fold<'_> {
    fn text(&self, plan: &Plan) -> String {
        let Self { why, steps, instances } = self;
        let of = match instances.len() {
            0 => String::new(),
            number => format!(" for {}", count(number, "instance")),
        };
        let step = why.step().and_then(|id| plan.step(id));
        let step = step.map(|step| format!(": {}", name(step))).unwrap_or_default();
        format!("{}{of}: {why}{step}", count(*steps, "step"))
    }
}
