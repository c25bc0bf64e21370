//! A plan for what is owed: what applied plans left to their time, and nothing else.
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
    owned::ours,
    pairs::{self, Credential, PairFate, Pairs},
    quota,
    reason::{ClaimReason, InstanceReason, KeyReason},
    schedule, select,
    step::Cause,
    waves,
};
use crate::{
    model::{
        Address, CloudName, InstanceId, InstanceStatus, KeyPairName, Presence, Region, VaultKey,
    },
    state::{Effect, InFlight, RecordDeferred},
};

/// Makes the plan for what is owed and can be done now.
///
/// # Errors
/// [`PlanError`], as for any plan.
pub fn due(inputs: Inputs<'_>) -> Result<Plan, PlanError> {
    quota::missing(inputs)?;
    quota::contradictions(inputs)?;
    let mut draft = Draft::default();
    let mut groups = members(inputs)?;
    let mut pairs = Pairs::new();
    for (region, obligations) in &inputs.facts.obligations {
        for (id, owed) in obligations {
            pairs.extend(pair(inputs, region, owed));
            let group = group_of(&mut groups, region, owed);
            group.instances.insert(id.clone());
            if group.needs.iter().all(|need| need.id != *id) {
                decide(inputs, id, owed, group, &mut draft);
            }
        }
    }
    for group in &mut groups {
        group.needs.sort_by(|a, b| a.id.cmp(&b.id));
    }
    bindings::tell_left_stopped(&groups, &mut draft);
    schedule::hold(inputs, &mut groups, &mut draft);
    limits::restarts(inputs, &mut groups, &mut draft);
    let limits = limits::unavailable(inputs, &groups);
    waves::add(&groups, &pairs, &limits, &mut draft);
    deferral::add(inputs, &mut groups, &pairs, &mut draft);
    finish(inputs, limits, draft)
}

/// The instances of all bindings, which count when one of them is restarted. Of what they need only
/// that is left which was begun: a return that is watched for, and a proof.
fn members(inputs: Inputs<'_>) -> Result<Vec<DraftFleet>, PlanError> {
    let mut unused = Draft::default();
    let pairs = pairs::decide(inputs, &mut unused);
    let claims = select::claims(inputs)?;
    let mut groups = bindings::decide(inputs, &claims, &pairs, &mut unused);
    for group in &mut groups {
        group.needs.retain(|need| need.kind == NeedKind::Prove || need.is_begun);
    }
    Ok(groups)
}

/// The group of an obligation, with the policy that was approved.
fn group_of<'a>(
    groups: &'a mut Vec<DraftFleet>,
    region: &Region,
    owed: &RecordDeferred,
) -> &'a mut DraftFleet {
    let is_own = |group: &DraftFleet| group.region == *region && group.binding == owed.binding;
    let index = groups.iter().position(is_own).unwrap_or_else(|| {
        groups.push(DraftFleet::new(&owed.binding, region, &owed.restart));
        groups.len() - 1
    });
    let group = &mut groups[index];
    group.restart.clone_from(&owed.restart);
    group.proof.clone_from(&owed.proof);
    group
}

/// The pair that an instance is owed to be bound to.
fn pair(
    inputs: Inputs<'_>,
    region: &Region,
    owed: &RecordDeferred,
) -> Option<((Region, KeyPairName), PairFate)> {
    let bound = owed.to.as_ref()?;
    let record = ours(inputs, region, &bound.name)?;
    let fate = PairFate::Ready {
        name: bound.name.clone(),
        fingerprint: Some(record.fingerprint),
        made_by: None,
        revision: record.revision,
        credential: Credential::Known,
    };
    // Two generations of one key pair may be owed; each is found by its name in the cloud.
    Some(((region.clone(), KeyPairName::new(bound.name.as_str())), fate))
}

fn decide(
    inputs: Inputs<'_>,
    id: &InstanceId,
    owed: &RecordDeferred,
    group: &mut DraftFleet,
    draft: &mut Draft,
) {
    let region = group.region.clone();
    let address = Address::Instance(region.clone(), id.clone());
    let seen = inputs.observed.regions.get(&region).and_then(|seen| seen.instances.get(id));
    let observed = match seen {
        Some(Presence::Seen(observed)) => observed,
        Some(Presence::Gone) => return deferral::forget(&region, id, owed, draft),
        Some(Presence::Unseen) | None => {
            return draft.note(NoteKind::Waiting, address, InstanceReason::InstanceUnseen, None);
        }
    };
    let subject = InstanceView::new(inputs, &region, observed, None);
    if subject.in_flight == InFlight::LeftStopped {
        group.left_stopped.insert(id.clone());
    } else if observed.status == InstanceStatus::Stopped {
        group.stopped.insert(id.clone());
    }
    let to = owed.to.as_ref().map(|bound| &bound.name);
    let is_there = observed.bound.as_ref() == to;
    if let Some(reason) = moved(inputs, &region, owed, observed.bound.as_ref()) {
        draft.note(NoteKind::Warning, address, reason, None);
        return deferral::forget(&region, id, owed, draft);
    }
    if is_there && !matches!(subject.effect(inputs, owed.to.as_ref()), Effect::Pending { .. }) {
        return deferral::forget(&region, id, owed, draft);
    }
    if let Some((kind, reason)) = kept_from(observed, inputs.now) {
        return draft.note(kind, address, reason, None);
    }
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
    group.need(draft, &subject, kind, cause, owed.foreign.clone());
}

/// Why what is owed to an instance does not hold any more, if so.
fn moved(
    inputs: Inputs<'_>,
    region: &Region,
    owed: &RecordDeferred,
    bound: Option<&CloudName>,
) -> Option<ClaimReason> {
    if let Some(to) = &owed.to {
        let record = ours(inputs, region, &to.name);
        if record.is_none_or(|record| record.fingerprint != to.fingerprint) {
            return Some(ClaimReason::ApprovedPairGone { pair: to.name.clone() });
        }
    }
    let to = owed.to.as_ref().map(|bound| &bound.name);
    let holds = bound == owed.from.as_ref() || bound == to;
    (!holds)
        .then(|| ClaimReason::ApprovalOutdated { before: owed.from.clone(), now: bound.cloned() })
}

/// Whether one can log on with a pair: the vault has its private key, or a person does (L3).
fn is_key_there(inputs: Inputs<'_>, name: &CloudName) -> bool {
    let Some(record) = inputs.facts.keys.get(name) else { return true };
    matches!(inputs.observed.vault.get(name),
        Some(VaultKey::Present { fingerprint, .. }) if *fingerprint == record.fingerprint)
}
