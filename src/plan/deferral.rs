//! What the policies of bindings defer: it is approved with the plan, written down, and done when
//! its time has come.

use std::{collections::BTreeMap, time::Duration};

use super::{
    Inputs,
    bindings::{DraftFleet, Need},
    order::Draft,
    pairs::{PairFate, Pairs},
    reason::ScheduleReason,
    select::Claims,
    step::{Action, Cause, Expectation},
    summary::{Deferred, Obstacle},
    waves::{item_before, pair_to_bind},
};
use crate::{
    model::{Address, CloudName, InstanceId, Presence, Region, Timestamp},
    state::{Change, RecordDeferred},
};

/// How long a restart takes, as far as nobody has seen one.
const RESTART_SECONDS: u32 = 120;

/// Writes down what is deferred and not owed yet.
pub(super) fn add(inputs: Inputs<'_>, groups: &mut [DraftFleet], pairs: &Pairs, draft: &mut Draft) {
    for group in groups.iter_mut().filter(|group| !group.deferred.is_empty()) {
        let deferred = std::mem::take(&mut group.deferred);
        for (need, reason) in deferred.iter().filter(|(need, _)| is_owed(inputs, group, need)) {
            group.waits(need, reason.clone(), draft);
        }
        let mut alike: BTreeMap<Option<&CloudName>, Vec<&Need>> = BTreeMap::new();
        for (need, _) in deferred.iter().filter(|(need, _)| !is_owed(inputs, group, need)) {
            alike.entry(need.bound_after()).or_default().push(need);
        }
        if alike.is_empty() {
            continue;
        }
        let unbound = alike.get(&None).map_or(0, Vec::len);
        let count = alike.values().map(Vec::len).sum();
        let why = deferred.first().and_then(|(_, reason)| why(reason));
        draft.deferred.extend(told(inputs.now, group, count, unbound, why));
        for (name, needs) in alike {
            defer(group, pairs, name, &needs, draft);
        }
    }
}

/// Whether just this was approved and written down before.
fn is_owed(inputs: Inputs<'_>, group: &DraftFleet, need: &Need) -> bool {
    let to = need.bound_after();
    inputs.facts.obligation(&group.region, &need.id).is_some_and(|owed| {
        let was_moved = need.bound.as_ref() == to;
        owed.binding == group.binding
            && owed.restart == group.restart
            && owed.proof == group.proof
            && owed.to.as_ref().map(|bound| &bound.name) == to
            && (was_moved || owed.from == need.bound && owed.foreign == need.foreign)
    })
}

fn defer(
    group: &DraftFleet,
    pairs: &Pairs,
    name: Option<&CloudName>,
    needs: &[&Need],
    draft: &mut Draft,
) {
    let (expectations, made_by) =
        name.map(|name| pair_to_bind(pairs, &group.region, name)).unwrap_or_default();
    let items = needs.iter().map(|need| item_before(need)).collect();
    let (region, binding) = (group.region.clone(), group.binding.clone());
    let action = Action::Defer { region, name: name.cloned(), binding, items };
    let origin = needs.first().and_then(|need| need.origin.clone());
    let cause = needs.first().map_or(Cause::NotInEffect, |need| need.cause.clone());
    let node = draft.add(action, cause, expectations, origin);
    if let Some(made_by) = made_by {
        draft.edge(made_by, node);
    }
}

/// When it is done, and how long it takes, for people.
fn told(
    now: Timestamp,
    group: &DraftFleet,
    instances: usize,
    unbound: usize,
    why: Option<Obstacle>,
) -> Option<Deferred> {
    let policy = &group.restart;
    let estimate = policy.estimate(group.restart_seconds, group.proof.as_ref());
    let from = policy.paused_at(now).map_or(now, |paused| paused.until.max(now));
    let from = policy.calendar_if(group.urgent).next_start(from, estimate)?;
    let allowed = policy.max_unavailable.among(group.instances.len()).max(1);
    let canary = policy.canary_among(group.instances.len()).unwrap_or(0).min(instances);
    let waves = usize::from(canary > 0) + (instances - canary).div_ceil(allowed);
    let restart = group.restart_seconds.unwrap_or(RESTART_SECONDS);
    let one = Duration::from_secs(restart.into()).saturating_add(policy.settle());
    let about = one.saturating_mul(u32::try_from(waves).unwrap_or(u32::MAX));
    Some(Deferred {
        binding: group.binding.clone(),
        region: group.region.clone(),
        instances,
        unbound,
        waves,
        about_seconds: about.as_secs(),
        from,
        after_seconds: from.since(now).as_secs(),
        why,
    })
}

/// What somebody wrote that keeps it from being done now.
fn why(reason: &ScheduleReason) -> Option<Obstacle> {
    match reason {
        ScheduleReason::Paused { why, .. } => Some(Obstacle::Paused(why.clone())),
        ScheduleReason::Denied { why, .. } => Some(Obstacle::Denied(why.clone())),
        _ => None,
    }
}

/// Forgets what is owed and not wanted any more, or owed to an instance that is gone.
pub(super) fn release(inputs: Inputs<'_>, claims: &Claims<'_>, pairs: &Pairs, draft: &mut Draft) {
    for (region, obligations) in &inputs.facts.obligations {
        for (id, owed) in obligations {
            if is_gone(inputs, region, id) || !is_wanted(inputs, claims, pairs, region, id, owed) {
                forget(region, id, owed, draft);
            }
        }
    }
}

/// Forgets what is owed to an instance.
pub(super) fn forget(region: &Region, id: &InstanceId, owed: &RecordDeferred, draft: &mut Draft) {
    let address = Address::Obligation(region.clone(), id.clone());
    let expectations =
        vec![Expectation::Revision { address: address.clone(), revision: owed.revision }];
    let changes = vec![Change::Removed(address)];
    draft.add(Action::Record { changes }, Cause::NotOwed, expectations, None);
}

pub(super) fn is_gone(inputs: Inputs<'_>, region: &Region, id: &InstanceId) -> bool {
    let seen = inputs.observed.regions.get(region).and_then(|seen| seen.instances.get(id));
    matches!(seen, Some(Presence::Gone))
}

/// Whether the manifests want what is owed to an instance, whatever keeps it from it now.
fn is_wanted(
    inputs: Inputs<'_>,
    claims: &Claims<'_>,
    pairs: &Pairs,
    region: &Region,
    id: &InstanceId,
    owed: &RecordDeferred,
) -> bool {
    let to = owed.to.as_ref().map(|bound| &bound.name);
    let Some(claimed_by) = claims.claimed.get(&(region, id)) else { return to.is_none() };
    let bindings = inputs.desired.map_or(&[][..], |desired| &desired.bindings);
    let mut binding = bindings.iter().filter(|binding| binding.region == *region);
    let binding = binding.find(|binding| claimed_by.contains(&&binding.name));
    let fate = binding.and_then(|one| pairs.get(&(region.clone(), one.key_pair.clone())));
    match fate {
        Some(PairFate::Ready { name, .. } | PairFate::Blocked(name)) => to == Some(name),
        None => false,
    }
}
