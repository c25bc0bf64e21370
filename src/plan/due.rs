//! A plan for the deferred work of applied plans, and nothing else.
//!
//! It was approved with those plans. So it is done as it was approved, by the recorded policies,
//! while the facts that it rests on hold; what the manifests say meanwhile changes nothing but how
//! many instances count.

use super::{
    Inputs, Plan, PlanError,
    bindings::{self, DraftFleet, InstanceView, NeedKind, Rebind, kept_from},
    deferral,
    document::NoteKind,
    finish, limits,
    order::Draft,
    ownership::ours,
    pairs::{self, Credential, PairFate, Pairs},
    quota,
    reason::{ClaimReason, InstanceReason, KeyReason},
    schedule, select,
    step::Cause,
    waves,
};
use crate::{
    model::{
        Address, CloudName, InstanceRef, InstanceStatus, KeyPairName, ObservedInstance, Presence,
        Region, VaultKey, tags::has_all,
    },
    state::{Effect, InFlight, RecordDeferred},
};

/// Makes the plan for the deferred work that can be done now.
///
/// # Errors
/// [`PlanError`], as for any plan.
pub fn due(inputs: Inputs<'_>) -> Result<Plan, PlanError> {
    quota::missing(inputs)?;
    quota::contradictions(inputs)?;
    let mut draft = Draft::default();
    let mut fleets = members(inputs)?;
    let mut pairs = Pairs::new();
    for (at, deferred) in inputs.recorded.all_deferred() {
        pairs.extend(pair(inputs, &at.region, deferred));
        let fleet = fleet_of(&mut fleets, &at.region, deferred);
        fleet.instances.insert(at.id.clone());
        if fleet.needs.iter().all(|need| need.id != at.id) {
            decide(inputs, &at, deferred, fleet, &mut draft);
        }
    }
    for fleet in &mut fleets {
        fleet.needs.sort_by(|a, b| a.id.cmp(&b.id));
    }
    bindings::note_left_stopped(&fleets, &mut draft);
    schedule::hold(inputs, &mut fleets, &mut draft);
    limits::restarts(inputs, &mut fleets, &mut draft);
    let limits = limits::unavailable(inputs, &fleets);
    waves::add(&fleets, &pairs, &limits, &mut draft);
    deferral::add(inputs, &mut fleets, &pairs, &mut draft);
    finish(inputs, limits, draft)
}

/// The instances of all bindings, which count when one of them is restarted. Of what they need only
/// that is left which was begun: a return that is watched for, and a proof. What else was decided
/// about them was not approved.
fn members(inputs: Inputs<'_>) -> Result<Vec<DraftFleet>, PlanError> {
    let pairs = pairs::fates(inputs);
    let claims = select::claims(inputs)?;
    let mut fleets = bindings::decide(inputs, &claims, &pairs).fleets;
    for fleet in &mut fleets {
        fleet.needs.retain(|need| need.kind == NeedKind::Prove || need.is_begun);
    }
    Ok(fleets)
}

/// The fleet of deferred work, with the policy that was approved.
fn fleet_of<'a>(
    fleets: &'a mut Vec<DraftFleet>,
    region: &Region,
    deferred: &RecordDeferred,
) -> &'a mut DraftFleet {
    let is_own = |fleet: &DraftFleet| fleet.region == *region && fleet.binding == deferred.binding;
    let index = fleets.iter().position(is_own).unwrap_or_else(|| {
        fleets.push(DraftFleet::new(&deferred.binding, region, &deferred.restart));
        fleets.len() - 1
    });
    let fleet = &mut fleets[index];
    fleet.restart.clone_from(&deferred.restart);
    fleet.proof.clone_from(&deferred.proof);
    fleet.selector.clone_from(&deferred.selector);
    fleet
}

/// The pair that deferred work binds an instance to.
fn pair(
    inputs: Inputs<'_>,
    region: &Region,
    deferred: &RecordDeferred,
) -> Option<((Region, KeyPairName), PairFate)> {
    let bound = deferred.to.as_ref()?;
    let record = ours(inputs, region, &bound.name)?;
    let fate = PairFate::Ready {
        name: bound.name.clone(),
        fingerprint: Some(record.fingerprint),
        made_by: None,
        revision: record.revision,
        credential: Credential::of_recorded(inputs, &bound.name),
    };
    // Two generations of one key pair may be deferred; each is found by its name in the cloud.
    Some(((region.clone(), KeyPairName::new(bound.name.as_str())), fate))
}

fn decide(
    inputs: Inputs<'_>,
    at: &InstanceRef,
    deferred: &RecordDeferred,
    fleet: &mut DraftFleet,
    draft: &mut Draft,
) {
    let address = Address::Instance(at.clone());
    let observed = match inputs.observed.instance(at) {
        Some(Presence::Seen(observed)) => observed,
        Some(Presence::Gone) => return deferral::forget(at.clone(), deferred, draft),
        Some(Presence::Unseen) | None => {
            return draft.note(NoteKind::Waiting, address, InstanceReason::InstanceUnseen, None);
        }
    };
    // keyform took it down, so that it counts as down; what people have stopped does not (L9).
    let subject = InstanceView::new(inputs, at, observed, None);
    if subject.in_flight == InFlight::LeftStopped {
        fleet.left_stopped.insert(at.id.clone());
    } else if observed.status == InstanceStatus::Stopped {
        fleet.stopped.insert(at.id.clone());
    }
    let to = deferred.to.as_ref().map(|bound| &bound.name);
    let is_there = observed.bound.as_ref() == to;
    // The approval was for another situation, and a new one needs a new plan (L5).
    if let Some(reason) = moved(inputs, &at.region, deferred, observed) {
        draft.note(NoteKind::Warning, address, reason, None);
        return deferral::forget(at.clone(), deferred, draft);
    }
    // The work is done already, so that a restart would be for nothing (L9).
    if is_there && !matches!(subject.effect(inputs, deferred.to.as_ref()), Effect::Pending { .. }) {
        return deferral::forget(at.clone(), deferred, draft);
    }
    if let Some((kind, reason)) = kept_from(observed, inputs.now) {
        return draft.note(kind, address, reason, None);
    }
    // The private key may have been lost since the approval (L3).
    if let Some(name) = to.filter(|name| !is_key_there(inputs, name)) {
        let reason = KeyReason::KeyMissingForInstance { pair: name.clone() };
        return draft.note(NoteKind::Blocked, address, reason, None);
    }
    let (kind, cause) = match (to, &observed.bound) {
        _ if is_there => (NeedKind::Restart, Cause::NotInEffect),
        (Some(name), Some(from)) => {
            (NeedKind::Rebind(Rebind::Attach(name.clone())), Cause::BoundToOther(from.clone()))
        }
        (Some(name), None) => (NeedKind::Rebind(Rebind::Attach(name.clone())), Cause::Unbound),
        (None, Some(from)) => (NeedKind::Rebind(Rebind::Detach(from.clone())), Cause::NotDeclared),
        (None, None) => return,
    };
    fleet.need(&mut draft.notes, &subject, kind, cause, deferred.foreign.clone());
}

/// Why the deferred work of an instance does not hold any more, if so.
fn moved(
    inputs: Inputs<'_>,
    region: &Region,
    deferred: &RecordDeferred,
    observed: &ObservedInstance,
) -> Option<ClaimReason> {
    let bound = observed.bound.as_ref();
    if let Some(to) = &deferred.to {
        let record = ours(inputs, region, &to.name);
        if record.is_none_or(|record| record.fingerprint != to.fingerprint) {
            return Some(ClaimReason::ApprovedPairGone { pair: to.name.clone() });
        }
    }
    let to = deferred.to.as_ref().map(|bound| &bound.name);
    // What is bound already keeps its restart, whatever its tags are now.
    if bound != to && !has_all(&observed.tags, &deferred.selector) {
        return Some(ClaimReason::LeftSelector { binding: deferred.binding.clone() });
    }
    let holds = bound == deferred.from.as_ref() || bound == to;
    (!holds).then(|| ClaimReason::ApprovalOutdated {
        before: deferred.from.clone(),
        now: bound.cloned(),
    })
}

/// Whether one can log on with a pair: the vault has its private key, or a person does (L3).
fn is_key_there(inputs: Inputs<'_>, name: &CloudName) -> bool {
    let Some(record) = inputs.recorded.keys.get(name) else { return true };
    match inputs.observed.vault.get(name) {
        Some(VaultKey::Present { fingerprint, .. }) => *fingerprint == record.fingerprint,
        // Apply looks before its first write.
        Some(VaultKey::NotLookedAt) => true,
        Some(VaultKey::Absent | VaultKey::Unusable { .. }) | None => false,
    }
}
