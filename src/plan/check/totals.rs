//! What a plan says of itself beside its steps: its summary, and the checksum of the document.

use std::collections::BTreeMap;

use super::Flaw;
use crate::{
    model::{BindingName, Region},
    plan::{checksum, document::Plan, step::Action, summarise},
};

/// What does not fit.
pub(super) fn check(plan: &Plan, problems: &mut Vec<Flaw>) {
    if plan.checksum != checksum::compute(plan) {
        problems.push(Flaw::DocumentDiffers);
    }
    if plan.summary != summarise::again(plan) || !is_deferred(plan) {
        problems.push(Flaw::SummaryDiffers);
    }
}

/// Whether the counts of deferred work are those of its steps.
fn is_deferred(plan: &Plan) -> bool {
    let mut counts: BTreeMap<(&Region, &BindingName), (usize, usize)> = BTreeMap::new();
    for step in &plan.steps {
        if let Action::Defer { region, binding, name, items } = &step.action {
            let (all, unbound) = counts.entry((region, binding)).or_default();
            *all += items.len();
            *unbound += if name.is_none() { items.len() } else { 0 };
        }
    }
    plan.summary.deferred.iter().all(|deferred| {
        let counted = counts.get(&(&deferred.region, &deferred.binding));
        counted == Some(&(deferred.instances, deferred.unbound))
    })
}
