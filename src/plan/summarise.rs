//! Counting what a plan does.

use std::collections::BTreeSet;

use super::{
    document::{Fleet, Note, NoteKind, Plan},
    step::{Action, Step},
    summary::{Deferred, Summary, Waves},
};

/// Counts again what a plan does; when deferred work may begin is told as the plan says it.
pub(super) fn again(plan: &Plan) -> Summary {
    summarise(&plan.steps, &plan.fleets, &plan.notes, plan.summary.deferred.clone())
}

/// Counts what the steps do.
pub(super) fn summarise(
    steps: &[Step],
    fleets: &[Fleet],
    notes: &[Note],
    deferred: Vec<Deferred>,
) -> Summary {
    let mut summary = Summary {
        // A gate does nothing that a person would count.
        steps: steps.iter().filter(|step| !matches!(step.action, Action::Gate { .. })).count(),
        blocked: notes.iter().filter(|note| note.kind == NoteKind::Blocked).count(),
        waiting: notes.iter().filter(|note| note.kind == NoteKind::Waiting).count(),
        deferred,
        ..Summary::default()
    };
    let mut tagged = BTreeSet::new();
    for step in steps {
        match &step.action {
            Action::MakeKey { .. } => summary.keys_made += 1,
            Action::ImportPair { .. } => summary.pairs_made += 1,
            Action::AdoptPair { .. } => summary.pairs_adopted += 1,
            Action::TagPair { region, name, .. } | Action::UntagPair { region, name, .. } => {
                tagged.insert((region, name));
            }
            Action::Attach { items, .. } => {
                let replaced = items.iter().filter(|item| item.bound.is_some()).count();
                summary.instances_replaced += replaced;
                summary.instances_taken +=
                    items.iter().filter(|item| item.foreign.is_some()).count();
                summary.instances_bound += items.len() - replaced;
            }
            // An unbinding counts when it takes effect, also one that somebody else has begun.
            Action::Detach { items, wave, .. } if *wave == 0 => {
                summary.instances_unbound += items.len();
            }
            Action::Restart { items, .. } => {
                summary.instances_restarted += items.len();
                summary.instances_unbound +=
                    items.iter().filter(|item| item.bound.is_none()).count();
            }
            Action::Prove { items, .. } => summary.instances_proven += items.len(),
            Action::DeletePair { .. } => summary.pairs_deleted += 1,
            Action::Record { changes } => summary.records += changes.len(),
            Action::RetireKey { .. } => summary.keys_retired += 1,
            Action::Detach { .. } | Action::Defer { .. } | Action::Gate { .. } => {}
        }
    }
    summary.pairs_tagged = tagged.len();
    summary.waves = fleets
        .iter()
        .filter(|fleet| fleet.waves > 0)
        .map(|fleet| Waves {
            binding: fleet.binding.clone(),
            region: fleet.region.clone(),
            count: fleet.waves,
            unavailable_max: fleet.unavailable_max,
        })
        .collect();
    summary
}
