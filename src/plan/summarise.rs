//! Counting what a plan does.

use std::collections::BTreeSet;

use super::{
    document::{Fleet, Note, NoteKind, Plan},
    step::{Action, Step},
    summary::{Deferred, Summary, Waves},
};
use crate::model::Address;

impl Plan {
    /// Counts what the plan does to a part of its objects: of a step with several instances, those
    /// of the part.
    #[must_use]
    pub fn summary_of(&self, covers: impl Fn(&Address) -> bool) -> Summary {
        let steps: Vec<Step> =
            self.steps.iter().filter_map(|step| part_of(step, &covers)).collect();
        let is_covered = |fleet: &&Fleet| {
            let mut instances = fleet.instances.iter();
            instances.any(|id| covers(&Address::Instance(id.in_region(&fleet.region))))
        };
        let fleets: Vec<Fleet> = self.fleets.iter().filter(is_covered).cloned().collect();
        let notes: Vec<Note> =
            self.notes.iter().filter(|note| covers(&note.address)).cloned().collect();
        let deferred = self.summary.deferred.iter().filter_map(|one| counted(one, &steps));
        summarise(&steps, &fleets, &notes, deferred.collect())
    }
}

/// A step with what is covered of it; none if that is nothing.
fn part_of(step: &Step, covers: impl Fn(&Address) -> bool) -> Option<Step> {
    let mut step = step.clone();
    let is_covered = match &mut step.action {
        Action::Attach { region, items, .. }
        | Action::Detach { region, items, .. }
        | Action::Restart { region, items, .. }
        | Action::Prove { region, items, .. }
        | Action::Defer { region, items, .. } => {
            items.retain(|item| covers(&Address::Instance(item.id.in_region(region))));
            !items.is_empty()
        }
        Action::Record { changes } => {
            changes.retain(|change| covers(&change.address()));
            !changes.is_empty()
        }
        Action::MakeKey { name, .. } | Action::RetireKey { name, .. } => {
            covers(&Address::Key(name.clone()))
        }
        Action::CreatePair { region, name, .. } => {
            covers(&Address::Pair(region.clone(), name.clone()))
                || covers(&Address::Key(name.clone()))
        }
        Action::ImportPair { region, name, .. }
        | Action::AdoptPair { region, name, .. }
        | Action::TagPair { region, name, .. }
        | Action::UntagPair { region, name, .. }
        | Action::GroupPair { region, name, .. }
        | Action::DeletePair { region, name } => {
            covers(&Address::Pair(region.clone(), name.clone()))
        }
        Action::Gate { .. } => false,
    };
    is_covered.then_some(step)
}

/// What is deferred of a binding, with the instances of these steps; none if there are none.
fn counted(deferred: &Deferred, steps: &[Step]) -> Option<Deferred> {
    let (mut instances, mut unbound) = (0, 0);
    for step in steps {
        let fleet = step.action.fleet();
        if let Action::Defer { name, items, .. } = &step.action
            && fleet == Some((&deferred.region, &deferred.binding))
        {
            instances += items.len();
            unbound += if name.is_none() { items.len() } else { 0 };
        }
    }
    (instances > 0).then(|| Deferred { instances, unbound, ..deferred.clone() })
}

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
    let noted = |kind| notes.iter().filter(|note| note.kind == kind).count();
    let mut summary = Summary {
        // A gate does nothing that a person would count.
        steps: steps.iter().filter(|step| !matches!(step.action, Action::Gate { .. })).count(),
        blocked: noted(NoteKind::Blocked),
        waiting: noted(NoteKind::Waiting),
        rotations_due: noted(NoteKind::Due),
        deferred,
        ..Summary::default()
    };
    let mut tagged = BTreeSet::new();
    for step in steps {
        match &step.action {
            Action::MakeKey { .. } => summary.keys_made += 1,
            Action::ImportPair { .. } => summary.pairs_made += 1,
            Action::CreatePair { .. } => {
                summary.keys_made += 1;
                summary.pairs_made += 1;
            }
            Action::AdoptPair { .. } => summary.pairs_adopted += 1,
            Action::GroupPair { .. } => summary.pairs_grouped += 1,
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
