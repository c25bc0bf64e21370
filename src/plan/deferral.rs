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
    model::{Address, CloudName, InstanceRef, Presence, Timestamp},
    state::{Change, RecordDeferred},
};

/// How long a restart takes, as far as nobody has seen one.
const RESTART_SECONDS: u32 = 120;

/// Records what is deferred and not recorded yet.
pub(super) fn add(inputs: Inputs<'_>, fleets: &mut [DraftFleet], pairs: &Pairs, draft: &mut Draft) {
    for fleet in fleets.iter_mut().filter(|fleet| !fleet.deferred.is_empty()) {
        let deferred = std::mem::take(&mut fleet.deferred);
        for (need, reason) in deferred.iter().filter(|(need, _)| is_recorded(inputs, fleet, need)) {
            fleet.waits(need, reason.clone(), draft);
        }
        let mut alike: BTreeMap<Option<&CloudName>, Vec<&Need>> = BTreeMap::new();
        for (need, _) in deferred.iter().filter(|(need, _)| !is_recorded(inputs, fleet, need)) {
            alike.entry(need.bound_after()).or_default().push(need);
        }
        if alike.is_empty() {
            continue;
        }
        let unbound = alike.get(&None).map_or(0, Vec::len);
        let count = alike.values().map(Vec::len).sum();
        let why = deferred.first().and_then(|(_, reason)| why(reason));
        draft.deferred.extend(summarise(inputs.now, fleet, count, unbound, why));
        for (name, needs) in alike {
            defer(fleet, pairs, name, &needs, draft);
        }
    }
}

/// Whether just this was approved and written down before.
fn is_recorded(inputs: Inputs<'_>, fleet: &DraftFleet, need: &Need) -> bool {
    let to = need.bound_after();
    let selector = to.map(|_| &fleet.selector);
    inputs.recorded.deferred(&need.id.in_region(&fleet.region)).is_some_and(|deferred| {
        let was_moved = need.bound.as_ref() == to;
        deferred.binding == fleet.binding
            && deferred.restart == fleet.restart
            && deferred.proof == fleet.proof
            && selector.is_none_or(|selector| deferred.selector == *selector)
            && deferred.to.as_ref().map(|bound| &bound.name) == to
            && (was_moved || deferred.from == need.bound && deferred.foreign == need.foreign)
    })
}

fn defer(
    fleet: &DraftFleet,
    pairs: &Pairs,
    name: Option<&CloudName>,
    needs: &[&Need],
    draft: &mut Draft,
) {
    let (expectations, made_by) =
        name.map(|name| pair_to_bind(pairs, &fleet.region, name)).unwrap_or_default();
    let items = needs.iter().map(|need| item_before(need)).collect();
    let (region, binding) = (fleet.region.clone(), fleet.binding.clone());
    let action = Action::Defer { region, name: name.cloned(), binding, items };
    let origin = needs.first().and_then(|need| need.origin.clone());
    let cause = needs.first().map_or(Cause::NotInEffect, |need| need.cause.clone());
    let node = draft.add(action, cause, expectations, origin);
    if let Some(made_by) = made_by {
        draft.edge(made_by, node);
    }
}

/// When it is done, and how long it takes, for people.
fn summarise(
    now: Timestamp,
    fleet: &DraftFleet,
    instances: usize,
    unbound: usize,
    why: Option<Obstacle>,
) -> Option<Deferred> {
    let policy = &fleet.restart;
    let estimate = policy.estimate(fleet.restart_seconds, fleet.proof.as_ref());
    let from = policy.paused_at(now).map_or(now, |paused| paused.until.max(now));
    let from = policy.calendar_if(fleet.urgent).next_start(from, estimate)?;
    let allowed = policy.max_unavailable.among(fleet.instances.len()).max(1);
    let canary = policy.canary_among(fleet.instances.len()).unwrap_or(0).min(instances);
    let waves = usize::from(canary > 0) + (instances - canary).div_ceil(allowed);
    let restart = fleet.restart_seconds.unwrap_or(RESTART_SECONDS);
    let one = Duration::from_secs(restart.into()).saturating_add(policy.settle());
    let about = one.saturating_mul(u32::try_from(waves).unwrap_or(u32::MAX));
    Some(Deferred {
        binding: fleet.binding.clone(),
        region: fleet.region.clone(),
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

/// Drops deferred work that is not wanted any more, or whose instance is gone.
pub(super) fn release(inputs: Inputs<'_>, claims: &Claims<'_>, pairs: &Pairs, draft: &mut Draft) {
    for (at, deferred) in inputs.recorded.all_deferred() {
        if is_gone(inputs, &at) || !is_wanted(inputs, claims, pairs, &at, deferred) {
            forget(at, deferred, draft);
        }
    }
}

/// Drops the work that is deferred for an instance.
pub(super) fn forget(at: InstanceRef, deferred: &RecordDeferred, draft: &mut Draft) {
    let address = Address::Deferred(at);
    let expectations =
        vec![Expectation::Revision { address: address.clone(), revision: deferred.revision }];
    let changes = vec![Change::Removed(address)];
    draft.add(Action::Record { changes }, Cause::NotDeferred, expectations, None);
}

fn is_gone(inputs: Inputs<'_>, at: &InstanceRef) -> bool {
    matches!(inputs.observed.instance(at), Some(Presence::Gone))
}

/// Whether the manifests want the deferred work of an instance, whatever holds it back now.
fn is_wanted(
    inputs: Inputs<'_>,
    claims: &Claims<'_>,
    pairs: &Pairs,
    at: &InstanceRef,
    deferred: &RecordDeferred,
) -> bool {
    let to = deferred.to.as_ref().map(|bound| &bound.name);
    let Some(claimed_by) = claims.claimed.get(at) else { return to.is_none() };
    let bindings = inputs.desired.map_or(&[][..], |desired| &desired.bindings);
    let mut binding = bindings.iter().filter(|binding| binding.region == at.region);
    let binding = binding.find(|binding| claimed_by.contains(&&binding.name));
    let fate = binding.and_then(|one| pairs.get(&(at.region.clone(), one.key_pair.clone())));
    match fate {
        Some(PairFate::Ready { name, .. } | PairFate::Blocked(name)) => to == Some(name),
        None => false,
    }
}
