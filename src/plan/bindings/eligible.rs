//! Whether an instance can be bound and restarted at all, and whether it may be now.

use std::time::Duration;

use crate::{
    manifest::DesiredBinding,
    model::{
        ObservedInstance, RestartPolicy, Timestamp,
        instance::{GENERATION_ONE_FAMILIES, HOLD_TAG, MANAGED_TAGS},
    },
    plan::{
        document::NoteKind,
        reason::{ClaimReason, InstanceReason, Reason},
    },
    visible,
};

/// The longest time for which a tag on an instance holds it.
const HOLD_MAX: Duration = Duration::from_secs(7 * 86_400);

/// Why an instance cannot be bound, whatever it is bound to.
pub(super) fn ineligible(
    observed: &ObservedInstance,
    binding: &DesiredBinding,
) -> Option<InstanceReason> {
    if observed.os_type.eq_ignore_ascii_case("windows") {
        return Some(InstanceReason::RunsWindows);
    }
    let family = observed.instance_type_family.as_str();
    if GENERATION_ONE_FAMILIES.contains(&family) {
        // The overview page leaves out those that are I/O optimized, the API all others.
        if !observed.io_optimized {
            return Some(InstanceReason::GenerationOne { family: family.to_owned() });
        }
        if !binding.allow_generation_one {
            return Some(InstanceReason::GenerationOneOptimized { family: family.to_owned() });
        }
    }
    managed(observed, &binding.restart)
}

/// Whether Auto Scaling or ACK made an instance, which replace one that is not Running (R13), and
/// its binding does not include it all the same.
pub(super) fn managed(
    observed: &ObservedInstance,
    restart: &RestartPolicy,
) -> Option<InstanceReason> {
    let mut tags = MANAGED_TAGS.iter().filter(|_| !restart.include_managed);
    let tag = tags.find(|tag| observed.tags.contains_key(**tag));
    tag.map(|tag| InstanceReason::Managed { tag: (*tag).to_owned() })
}

/// Why nothing is done to an instance now: the service has locked it, or somebody holds it.
pub(in crate::plan) fn kept_from(
    observed: &ObservedInstance,
    now: Timestamp,
) -> Option<(NoteKind, Reason)> {
    if !observed.locks.is_empty() {
        return Some((
            NoteKind::Waiting,
            InstanceReason::Locked { reasons: observed.locks.clone() }.into(),
        ));
    }
    let text = observed.tags.get(HOLD_TAG)?;
    let Some(until) = Timestamp::parse(text) else {
        return Some((
            NoteKind::Blocked,
            ClaimReason::HoldUnreadable { tag: visible::line(text).into_owned() }.into(),
        ));
    };
    if until > now.plus(HOLD_MAX) {
        return Some((NoteKind::Blocked, ClaimReason::HoldTooLong { until }.into()));
    }
    (until > now).then_some((NoteKind::Waiting, ClaimReason::Held { until }.into()))
}
