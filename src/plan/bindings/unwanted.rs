//! Instances that are recorded and that no manifest wants any more.

use super::{
    DraftFleet, Findings, NeedKind, Rebind, accepted,
    eligible::{kept_from, managed},
    subject::InstanceView,
};
use crate::{
    manifest::OnLeave,
    model::{Address, InstanceRef, Presence},
    plan::{
        Inputs,
        document::NoteKind,
        ownership::ours,
        reason::{ClaimReason, InstanceReason, ScheduleReason},
        release::{Undeclared, undeclared},
        select::on_leave,
        step::Cause,
    },
    state::{Change, Effect, Intent, RecordInstance},
};

/// Decides about an instance that is recorded and that no manifest wants any more.
pub(super) fn decide(
    inputs: Inputs<'_>,
    at: &InstanceRef,
    record: &RecordInstance,
    fleet: &mut DraftFleet,
    findings: &mut Findings,
) {
    let region = &at.region;
    let address = Address::Instance(at.clone());
    let observed = match inputs.observed.instance(at) {
        Some(Presence::Seen(observed)) => observed,
        Some(Presence::Gone) => {
            return findings.forget(address, record.revision, Cause::InstanceGone);
        }
        Some(Presence::Unseen) | None => {
            return findings.notes.add(
                NoteKind::Waiting,
                address,
                InstanceReason::InstanceUnseen,
                None,
            );
        }
    };
    let subject = InstanceView::new(inputs, at, observed, None);
    let let_go = |findings: &mut Findings, cause: Cause| {
        if subject.is_half_done(&fleet.restart) {
            let reason = ScheduleReason::LeftPrepared;
            findings.notes.add(NoteKind::Warning, subject.address(), reason, None);
        }
        // What its guest may accept outlives the record (L3).
        let guest = accepted::guest_of(inputs, at, record, observed);
        findings.record(Change::Guest(at.clone(), guest), cause, record.revision, None);
    };
    if on_leave(inputs, &fleet.binding, region) == Some(OnLeave::Forget) {
        return let_go(findings, Cause::LeftSelector);
    }
    let recorded = record.bound.as_ref().map(|bound| &bound.name);
    match recorded.map(|name| undeclared(inputs, region, name)) {
        Some(Undeclared::Forgotten) => return let_go(findings, Cause::Released),
        Some(Undeclared::Protected) => {
            return findings.notes.add(
                NoteKind::Waiting,
                address,
                ClaimReason::BoundToProtected,
                None,
            );
        }
        Some(Undeclared::Declared | Undeclared::Removed) | None => {}
    }
    match &observed.bound {
        // Somebody gave it another pair. One that is recorded as unbound is unbound again, if its
        // pair is ours: a reading may lag behind, and a half unbinding is not left alone.
        Some(bound)
            if recorded.is_some_and(|name| name != bound) && !subject.is_intended(bound) =>
        {
            let_go(findings, Cause::LetGo);
        }
        Some(bound) if ours(inputs, region, bound).is_none() => {
            let_go(findings, Cause::LetGo);
        }
        // Its hook that puts it back is pending until a run has seen its restart to the end.
        None if !is_unbinding_pending(inputs, &subject)
            && !subject.is_half_done(&fleet.restart) =>
        {
            findings.forget(address, record.revision, Cause::UnbindingInEffect);
        }
        _ => unbind(inputs, &subject, record, fleet, findings),
    }
}

/// Unbinds an instance, or restarts it if it is unbound already and that is not in effect.
fn unbind(
    inputs: Inputs<'_>,
    subject: &InstanceView<'_>,
    record: &RecordInstance,
    fleet: &mut DraftFleet,
    findings: &mut Findings,
) {
    let observed = subject.observed;
    if let Some((kind, reason)) = kept_from(observed, inputs.now) {
        return findings.notes.add(kind, subject.address(), reason, None);
    }
    if let Some(reason) = managed(observed, &fleet.restart) {
        return findings.notes.add(NoteKind::Waiting, subject.address(), reason, None);
    }
    let (kind, cause) = match &observed.bound {
        Some(bound) => (NeedKind::Rebind(Rebind::Detach(bound.clone())), Cause::NotDeclared),
        None => {
            record_unbinding(inputs, subject, record, findings);
            (NeedKind::Restart, Cause::NotInEffect)
        }
    };
    fleet.need(&mut findings.notes, subject, kind, cause, None);
}

/// Writes down that an instance was found unbound, before it is restarted: a run may be killed in
/// between, and the next one must know that what it restarted was unbound.
fn record_unbinding(
    inputs: Inputs<'_>,
    subject: &InstanceView<'_>,
    record: &RecordInstance,
    findings: &mut Findings,
) {
    // The call of a killed run: the intent to restart takes its place, and explains nothing of it.
    if !matches!(subject.intent, Some(Intent::Detach { .. })) {
        return;
    }
    let record = record.found_unbound(subject.effect(inputs, None));
    let change = Change::Instance(subject.at.clone(), record);
    findings.record(change, Cause::Found, subject.revision, None);
}

fn is_unbinding_pending(inputs: Inputs<'_>, subject: &InstanceView<'_>) -> bool {
    matches!(subject.effect(inputs, None), Effect::Pending { .. })
}
