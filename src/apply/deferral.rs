//! Deferred work: what a policy does not let a step do now, or not to its end.

use super::shared::Shared;
use crate::{
    model::{BindingName, CloudName, Region, StepId},
    plan::{Action, Item},
    state::{Change, RecordDeferred},
};

/// What a step would do, as deferred work of those of its instances that can still have it.
pub(super) fn deferred(shared: &Shared<'_>, id: StepId) -> Vec<Change> {
    let action = shared.action(id);
    let (region, binding, items, to): (_, _, _, fn(&Action, &Item) -> Option<CloudName>) =
        match action {
            Action::Defer { region, binding, items, .. }
            | Action::Attach { region, binding, items, .. } => {
                (region, binding, items, |action, _| name_of(action))
            }
            Action::Detach { region, binding, items, .. } => (region, binding, items, |_, _| None),
            Action::Restart { region, binding, items, .. } => {
                (region, binding, items, |_, item| item.bound.clone())
            }
            _ => return Vec::new(),
        };
    let left = shared.items_left(id);
    items
        .iter()
        .filter(|item| left.contains(&item.id) && !shared.items[id].done.contains(&item.id))
        .filter(|item| !shared.failed.contains_key(&item.id.in_region(region)))
        .filter_map(|item| record_of(shared, region, binding, item, to(action, item)))
        .collect()
}

fn record_of(
    shared: &Shared<'_>,
    region: &Region,
    binding: &BindingName,
    item: &Item,
    to: Option<CloudName>,
) -> Option<Change> {
    let fleet = shared.fleet(region, binding)?;
    let to = match to {
        Some(name) => Some(shared.bound(region, &name)?),
        None => None,
    };
    let deferred = RecordDeferred {
        binding: binding.clone(),
        restart: fleet.restart.clone(),
        proof: fleet.proof.clone(),
        selector: to.as_ref().map(|_| fleet.selector.clone()).unwrap_or_default(),
        from: item.bound.clone(),
        foreign: item.foreign.clone(),
        to,
        digest: shared.plan.digest.clone(),
        revision: 0,
    };
    Some(Change::Deferred(item.id.in_region(region), deferred))
}

fn name_of(action: &Action) -> Option<CloudName> {
    match action {
        Action::Attach { name, .. } => Some(name.clone()),
        Action::Defer { name, .. } => name.clone(),
        _ => None,
    }
}
