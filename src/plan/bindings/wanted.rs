//! Instances that a binding wants.

use std::time::Duration;

use super::{
    DraftFleet, Findings, NeedKind, Rebind,
    eligible::{ineligible, kept_from},
    guests,
    subject::InstanceView,
};
use crate::{
    manifest::{Chosen, DesiredBinding, Origin},
    model::{
        Address, BindingName, CloudName, Fingerprint, InstanceRef, InstanceStatus,
        ObservedInstance, Presence, Proof,
    },
    plan::{
        Inputs,
        document::NoteKind,
        ownership::owner,
        pairs::{Credential, PairFate, Pairs},
        reason::{ClaimReason, InstanceReason, KeyReason, PairReason, Reason},
        step::Cause,
    },
    state::{Bound, Change, Effect, RecordInstance},
};

/// Somebody who changes a binding of ours again within this time is another tool, with which
/// keyform does not fight.
const RETAKEN_AGAIN: Duration = Duration::from_secs(7 * 86_400);

/// A binding, and everyone who claims the instance that is decided about.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) binding: &'a DesiredBinding,
    pub(super) at: &'a InstanceRef,
    pub(super) origin: &'a Origin,
    pub(super) claimed_by: &'a [&'a BindingName],
}

/// The pair that an instance is to be bound to.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    name: &'a CloudName,
    /// Its key, unless this plan makes it.
    fingerprint: Option<Fingerprint>,
    credential: Credential,
}

impl Wish<'_> {
    fn address(&self) -> Address {
        Address::Instance(self.at.clone())
    }

    fn note(&self, findings: &mut Findings, kind: NoteKind, reason: impl Into<Reason>) {
        findings.notes.add(kind, self.address(), reason, Some(self.origin));
    }
}

/// Decides about an instance that a binding wants.
pub(super) fn decide(
    inputs: Inputs<'_>,
    wish: Wish<'_>,
    pairs: &Pairs,
    fleet: &mut DraftFleet,
    findings: &mut Findings,
) {
    let Some(observed) = bindable(inputs, wish, findings) else { return };
    let key = (wish.binding.region.clone(), wish.binding.key_pair.clone());
    let wanted = match pairs.get(&key) {
        Some(PairFate::Ready { name, fingerprint, credential, .. }) => {
            Wanted { name, fingerprint: *fingerprint, credential: *credential }
        }
        Some(PairFate::Blocked(name)) => {
            return wish.note(
                findings,
                NoteKind::Blocked,
                PairReason::PairBlocked { pair: name.clone() },
            );
        }
        // The manifests were resolved: a binding names a pair of its region.
        None => return wish.note(findings, NoteKind::Blocked, InstanceReason::InstanceUnseen),
    };
    let subject = InstanceView::new(inputs, wish.at, observed, Some(wish.origin));
    if let Some((kind, reason)) = obstacle(inputs, wish, &subject, wanted) {
        return wish.note(findings, kind, reason);
    }
    if observed.bound.as_ref() == Some(wanted.name) {
        return match wanted.fingerprint {
            Some(fingerprint) => {
                let bound = Bound { name: wanted.name.clone(), fingerprint };
                decide_bound(inputs, &subject, bound, wanted.credential, fleet, findings);
            }
            // A pair that is about to be made cannot have instances: another one had its name.
            None => {
                let owner = owner(inputs, &wish.binding.region, wanted.name);
                let reason = ClaimReason::BoundToForeign { pair: wanted.name.clone(), owner };
                wish.note(findings, NoteKind::Blocked, reason);
            }
        };
    }
    let cause = match (&observed.bound, subject.taken_from()) {
        (now, Some(_)) => Cause::Retaken(now.clone()),
        (Some(other), None) => Cause::BoundToOther(other.clone()),
        (None, None) => Cause::Unbound,
    };
    if let Some(before) = subject.taken_from() {
        let reason = ClaimReason::TakenFrom { before: before.clone(), now: observed.bound.clone() };
        wish.note(findings, NoteKind::Drift, reason);
    }
    guests::found(inputs, &subject, findings);
    let foreign = subject.foreign(inputs).map(|name| owner(inputs, &subject.at.region, name));
    let kind = NeedKind::Rebind(Rebind::Attach(wanted.name.clone()));
    fleet.need(&mut findings.notes, &subject, kind, cause, foreign);
}

/// A wanted instance, if it was seen and can be bound at all; else it gets its row. The record of
/// one that is gone goes too, whatever a manifest says.
fn bindable<'a>(
    inputs: Inputs<'a>,
    wish: Wish<'_>,
    findings: &mut Findings,
) -> Option<&'a ObservedInstance> {
    let is_selected = matches!(wish.binding.chosen, Chosen::Selected(_));
    let (kind, reason): (_, Reason) = match inputs.observed.instance(wish.at) {
        Some(Presence::Seen(_)) if wish.claimed_by.len() > 1 => {
            // One row for all who claim it.
            if wish.claimed_by.first() != Some(&&wish.binding.name) {
                return None;
            }
            let claimed_by = wish.claimed_by.iter().map(|name| (*name).clone()).collect();
            (NoteKind::Blocked, ClaimReason::ClaimedTwice { bindings: claimed_by }.into())
        }
        Some(Presence::Seen(observed)) => match ineligible(observed, wish.binding) {
            None => return Some(observed),
            Some(reason) if is_selected => (NoteKind::Skipped, reason.into()),
            Some(reason) => (NoteKind::Blocked, reason.into()),
        },
        Some(Presence::Gone) => {
            if let Some(record) = inputs.recorded.instance(wish.at) {
                findings.forget(wish.address(), record.revision, Cause::InstanceGone);
            }
            (NoteKind::Blocked, not_found(inputs, wish.at).into())
        }
        Some(Presence::Unseen) | None => (NoteKind::Blocked, InstanceReason::InstanceUnseen.into()),
    };
    wish.note(findings, kind, reason);
    None
}

/// Why an instance is not where its binding has it.
fn not_found(inputs: Inputs<'_>, at: &InstanceRef) -> InstanceReason {
    let region = at.region.clone();
    match inputs.observed.elsewhere.get(at) {
        Some(found) => InstanceReason::InstanceInOtherRegion { region, found: found.clone() },
        None => InstanceReason::InstanceNotFound { region },
    }
}

/// Why nothing is done to an instance, if so.
fn obstacle(
    inputs: Inputs<'_>,
    wish: Wish<'_>,
    subject: &InstanceView<'_>,
    wanted: Wanted<'_>,
) -> Option<(NoteKind, Reason)> {
    let observed = subject.observed;
    if let Some(name) = subject.foreign(inputs)
        && !wish.binding.replace_foreign
        && name != wanted.name
    {
        let owner = owner(inputs, &subject.at.region, name);
        return Some((
            NoteKind::Blocked,
            ClaimReason::BoundToForeign { pair: name.clone(), owner }.into(),
        ));
    }
    let is_settled = is_settled(inputs, subject, wanted);
    if !is_settled && let Some(kept) = kept_from(observed, inputs.now) {
        return Some(kept);
    }
    let retaken = subject.record.and_then(|record| record.retaken);
    if let (Some(_), Some(at)) = (subject.taken_from(), retaken)
        && inputs.now.since(at) < RETAKEN_AGAIN
    {
        return Some((
            NoteKind::Blocked,
            ClaimReason::RetakenAgain { at, now: observed.bound.clone() }.into(),
        ));
    }
    let lockout = match wanted.credential {
        Credential::Known | Credential::Recorded => return None,
        Credential::Missing => KeyReason::KeyMissingForInstance { pair: wanted.name.clone() },
        Credential::Certificate => KeyReason::CertificateForInstance { pair: wanted.name.clone() },
    };
    (!is_settled).then_some((NoteKind::Blocked, lockout.into()))
}

/// Whether an instance is on the wanted pair already, so that nothing is to take effect.
fn is_settled(inputs: Inputs<'_>, subject: &InstanceView<'_>, wanted: Wanted<'_>) -> bool {
    let bound =
        wanted.fingerprint.map(|fingerprint| Bound { name: wanted.name.clone(), fingerprint });
    subject.observed.bound.as_ref() == Some(wanted.name)
        && !matches!(subject.effect(inputs, bound.as_ref()), Effect::Pending { .. })
}

/// The proof of an instance is pending: it is made now, if it can be.
fn prove(
    inputs: Inputs<'_>,
    subject: &InstanceView<'_>,
    name: &CloudName,
    credential: Credential,
    fleet: &mut DraftFleet,
    findings: &mut Findings,
) {
    let mut note = |kind: NoteKind, reason: Reason| {
        findings.notes.add(kind, subject.address(), reason, subject.origin);
    };
    let status = subject.observed.status;
    if let Some((kind, reason)) = kept_from(subject.observed, inputs.now) {
        note(kind, reason);
    } else if status != InstanceStatus::Running {
        note(NoteKind::Waiting, InstanceReason::Unproven { status }.into());
    } else if matches!(fleet.proof, Some(Proof::Ssh(_))) && !credential.opens() {
        note(NoteKind::Blocked, KeyReason::KeyMissingForProof { pair: name.clone() }.into());
    } else {
        fleet.need(&mut findings.notes, subject, NeedKind::Prove, Cause::NotProven, None);
    }
}

/// An instance that is bound to the wanted pair: is that in effect, and is it recorded?
fn decide_bound(
    inputs: Inputs<'_>,
    subject: &InstanceView<'_>,
    bound: Bound,
    credential: Credential,
    fleet: &mut DraftFleet,
    findings: &mut Findings,
) {
    let effect = subject.effect(inputs, Some(&bound));
    // The hook that puts an instance back is pending until a run has seen its restart to the end.
    let pending = matches!(effect, Effect::Pending { .. }) || subject.is_half_done(&fleet.restart);
    if pending {
        fleet.need(&mut findings.notes, subject, NeedKind::Restart, Cause::NotInEffect, None);
    } else if fleet.proof.is_some() && subject.is_unproven() {
        prove(inputs, subject, &bound.name, credential, fleet, findings);
    }
    let record = subject.record;
    let unrecorded = record.is_none_or(|record| record.bound.as_ref() != Some(&bound));
    let differs = record.is_none_or(|record| {
        record.binding != fleet.binding
            || record.restart != fleet.restart
            || record.proof.is_some() && fleet.proof.is_none()
            || unrecorded
    });
    if differs {
        let cause = if unrecorded { Cause::Found } else { Cause::RecordDiffers };
        let record = RecordInstance::found(record, fleet.terms(), bound, effect, pending);
        let change = Change::Instance(subject.at.clone(), record);
        // What an earlier run has asked for is to be seen to its end first.
        if pending && subject.in_flight.is_begun() {
            return;
        }
        // Should the run be killed and the binding go, the record tells that it is ours.
        findings.record(change, cause, subject.revision, subject.origin);
    }
}
