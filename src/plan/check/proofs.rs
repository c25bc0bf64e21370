//! That what takes effect is proven where its binding asks for that, and before its wave ends.

use std::collections::BTreeMap;

use super::Flaw;
use crate::plan::{document::Plan, step::Action};

/// Every instance of a binding with a proof that is restarted, and is bound to something then, is
/// proven after that. The end of its wave waits for all proofs of the wave, as `waves` verifies.
pub(super) fn check(plan: &Plan, problems: &mut Vec<Flaw>) {
    let mut proven = BTreeMap::new();
    for (id, step) in plan.numbered() {
        if let Action::Prove { region, items, .. } = &step.action {
            proven.extend(items.iter().map(|item| (item.id.in_region(region), (id, &item.bound))));
        }
    }
    for (id, step) in plan.numbered() {
        let Action::Restart { region, binding, items, .. } = &step.action else { continue };
        if plan.fleet(region, binding).is_none_or(|fleet| fleet.proof.is_none()) {
            continue;
        }
        for item in items.iter().filter(|item| item.bound.is_some()) {
            let is_proven = proven.get(&item.id.in_region(region)).is_some_and(|(proof, bound)| {
                plan.steps[*proof].after.contains(&id) && **bound == item.bound
            });
            if !is_proven {
                let instance = item.id.clone();
                problems.push(Flaw::TakesEffectUnproven { instance, step: id });
            }
        }
    }
}
