//! Whether an instance can be bound and restarted at all, and whether it may be now.

use std::time::Duration;

use crate::{
    manifest::DesiredBinding,
    model::{
        ObservedInstance, RestartPolicy, Timestamp,
        instance::{GENERATION_ONE_FAMILIES, HOLD_TAG, MANAGED_TAGS},
    },
    plan::{document::NoteKind, reason::Reason},
};

/// The longest time for which a tag on an instance holds it.
const HOLD_MAX: Duration = Duration::from_secs(7 * 86_400);

/// Why an instance cannot be bound, whatever it is bound to.
pub(super) fn ineligible(observed: &ObservedInstance, binding: &DesiredBinding) -> Option<Reason> {
    if observed.os_type.eq_ignore_ascii_case("windows") {
        return Some(Reason::Windows);
    }
    let family = observed.instance_type_family.as_str();
    if GENERATION_ONE_FAMILIES.contains(&family) {
        // The overview page leaves out those that are I/O optimized, the API all others.
        if !observed.io_optimized {
            return Some(Reason::GenerationOne(family.to_owned()));
        }
        if !binding.allow_generation_one {
            return Some(Reason::GenerationOneOptimized(family.to_owned()));
        }
    }
    managed(observed, &binding.restart)
}

/// Whether Auto Scaling or ACK made an instance, which replace one that is not Running (R13), and
/// its binding does not include it all the same.
pub(super) fn managed(observed: &ObservedInstance, restart: &RestartPolicy) -> Option<Reason> {
    let mut tags = MANAGED_TAGS.iter().filter(|_| !restart.include_managed);
    let tag = tags.find(|tag| observed.tags.contains_key(**tag));
    tag.map(|tag| Reason::Managed((*tag).to_owned()))
}

/// Why nothing is done to an instance now: the service has locked it, or somebody holds it.
pub(in crate::plan) fn kept_from(
    observed: &ObservedInstance,
    now: Timestamp,
) -> Option<(NoteKind, Reason)> {
    if !observed.locks.is_empty() {
        return Some((NoteKind::Waiting, Reason::Locked(observed.locks.clone())));
    }
    let text = observed.tags.get(HOLD_TAG)?;
    let Some(until) = Timestamp::parse(text) else {
        return Some((NoteKind::Blocked, Reason::HoldUnreadable(text.clone())));
    };
    if until > now.plus(HOLD_MAX) {
        return Some((NoteKind::Blocked, Reason::HoldTooLong(until)));
    }
    (until > now).then_some((NoteKind::Waiting, Reason::Held(until)))
}
