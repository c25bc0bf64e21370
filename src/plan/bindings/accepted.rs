//! Which keys the guest of an instance may accept.

use std::collections::BTreeSet;

use crate::{
    model::{Fingerprint, InstanceRef, ObservedInstance, Presence},
    plan::{Inputs, ownership::ours},
    state::{Intent, RecordGuest, RecordInstance, effective},
};

/// What is to be known of the guest of an instance whose record is forgotten.
pub(super) fn guest_of(
    inputs: Inputs<'_>,
    at: &InstanceRef,
    record: &RecordInstance,
    observed: &ObservedInstance,
) -> RecordGuest {
    let bound = bound_key(inputs, at, observed);
    let is_restart_asked = inputs.recorded.intent(at).is_some_and(Intent::is_of_restart);
    let mut guest = RecordGuest::of(record, is_restart_asked).seen(observed, bound);
    // It was forgotten before, and what took effect since is not known.
    if !inputs.recorded.is_in_effect(&at.region, observed)
        && let Some(earlier) = inputs.recorded.guest(at)
    {
        guest.accepts.extend(earlier.seen(observed, bound).accepts);
    }
    guest
}

/// The keys that the guest of an instance may accept by what was bound to it earlier or is now, as far
/// as that is recorded or seen. One that is gone accepts nothing.
pub(in crate::plan) fn accepted(inputs: Inputs<'_>, at: &InstanceRef) -> BTreeSet<Fingerprint> {
    let record = inputs.recorded.instance(at);
    let guest = inputs.recorded.guest(at);
    // Until it is proven that a guest has taken another key, it may still accept the one before.
    let unproven = record.and_then(RecordInstance::unproven_key);
    let effective = record.and_then(|record| effective(record).key());
    let recorded = effective.into_iter().chain(unproven);
    let observed = match inputs.observed.instance(at) {
        Some(Presence::Seen(observed)) => observed,
        Some(Presence::Gone) => return BTreeSet::new(),
        Some(Presence::Unseen) | None => {
            return recorded.chain(guest.into_iter().flat_map(RecordGuest::keys)).collect();
        }
    };
    // What others changed counts at the next restart, like a change of ours.
    if inputs.recorded.is_in_effect(&at.region, observed) {
        let bound = record.and_then(|record| record.bound.as_ref());
        return bound.map(|bound| bound.fingerprint).into_iter().chain(unproven).collect();
    }
    // A boot since then took what was bound at that moment, whatever others have bound meanwhile.
    let bound = bound_key(inputs, at, observed);
    let seen = match (record, guest) {
        (Some(record), _) => guest_of(inputs, at, record, observed).accepts,
        (None, Some(guest)) => guest.seen(observed, bound).accepts,
        (None, None) => bound.into_iter().collect(),
    };
    recorded.chain(seen).collect()
}

/// The key of the pair that an instance is bound to, if that is one of this project's.
pub(super) fn bound_key(
    inputs: Inputs<'_>,
    at: &InstanceRef,
    observed: &ObservedInstance,
) -> Option<Fingerprint> {
    let name = observed.bound.as_ref()?;
    ours(inputs, &at.region, name).map(|pair| pair.fingerprint)
}
