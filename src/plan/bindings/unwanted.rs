//! Instances that are recorded and that no manifest wants any more.

use super::{
    DraftFleet, NeedKind, Rebind,
    eligible::{kept_from, managed},
    subject::InstanceView,
};
use crate::{
    manifest::OnLeave,
    model::{Address, InstanceRef, Presence},
    plan::{
        Inputs,
        document::NoteKind,
        order::Draft,
        ownership::ours,
        reason::{ClaimReason, InstanceReason, ScheduleReason},
        release::{Undeclared, undeclared},
        select::on_leave,
        step::{Action, Cause, Expectation},
    },
    state::{Change, Effect, RecordInstance},
};

/// Decides about an instance that is recorded and that no manifest wants any more.
pub(super) fn decide(
    inputs: Inputs<'_>,
    at: &InstanceRef,
    record: &RecordInstance,
    fleet: &mut DraftFleet,
    draft: &mut Draft,
) {
    let region = &at.region;
    let address = Address::Instance(at.clone());
    let observed = match inputs.observed.instance(at) {
        Some(Presence::Seen(observed)) => observed,
        Some(Presence::Gone) => return forget(draft, address, record, Cause::InstanceGone),
        Some(Presence::Unseen) | None => {
            return draft.note(NoteKind::Waiting, address, InstanceReason::InstanceUnseen, None);
        }
    };
    let subject = InstanceView::new(inputs, at, observed, None);
    let let_go = |draft: &mut Draft, cause: Cause| {
        if subject.is_half_done(&fleet.restart) {
            draft.note(NoteKind::Warning, subject.address(), ScheduleReason::LeftPrepared, None);
        }
        forget(draft, subject.address(), record, cause);
    };
    if on_leave(inputs, &fleet.binding, region) == Some(OnLeave::Forget) {
        return let_go(draft, Cause::LeftSelector);
    }
    let recorded = record.bound.as_ref().map(|bound| &bound.name);
    match recorded.map(|name| undeclared(inputs, region, name)) {
        Some(Undeclared::Forgotten) => return let_go(draft, Cause::Released),
        Some(Undeclared::Protected) => {
            return draft.note(NoteKind::Waiting, address, ClaimReason::BoundToProtected, None);
        }
        Some(Undeclared::Declared | Undeclared::Removed) | None => {}
    }
    match &observed.bound {
        // Somebody gave it another pair. One that is recorded as unbound is unbound again, if its
        // pair is ours: a reading may lag behind, and a half unbinding is not left alone.
        Some(bound) if recorded.is_some_and(|name| name != bound) => {
            let_go(draft, Cause::LetGo);
        }
        Some(bound) if ours(inputs, region, bound).is_none() => {
            let_go(draft, Cause::LetGo);
        }
        // Its hook that puts it back is pending until a run has seen its restart to the end.
        None if !is_unbinding_pending(inputs, &subject)
            && !subject.is_half_done(&fleet.restart) =>
        {
            forget(draft, address, record, Cause::UnbindingInEffect);
        }
        bound => {
            if let Some((kind, reason)) = kept_from(observed, inputs.now) {
                return draft.note(kind, address, reason, None);
            }
            if let Some(reason) = managed(observed, &fleet.restart) {
                return draft.note(NoteKind::Waiting, address, reason, None);
            }
            let (kind, cause) = match bound {
                Some(bound) => {
                    (NeedKind::Rebind(Rebind::Detach(bound.clone())), Cause::NotDeclared)
                }
                None => (NeedKind::Restart, Cause::NotInEffect),
            };
            fleet.need(draft, &subject, kind, cause, None);
        }
    }
}

fn is_unbinding_pending(inputs: Inputs<'_>, subject: &InstanceView<'_>) -> bool {
    matches!(subject.effect(inputs, None), Effect::Pending { .. })
}

/// Forgets an instance: nothing is done to it.
pub(super) fn forget(draft: &mut Draft, address: Address, record: &RecordInstance, cause: Cause) {
    let expectations =
        vec![Expectation::Revision { address: address.clone(), revision: record.revision }];
    let changes = vec![Change::Removed(address)];
    draft.add(Action::Record { changes }, cause, expectations, None);
}
