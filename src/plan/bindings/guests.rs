//! What the guests of forgotten instances may accept: no pair goes that one of them may need (L3).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DraftFleet, Findings,
    subject::{InstanceView, bound_key},
};
use crate::{
    model::{Address, BindingName, Fingerprint, InstanceRef, ObservedInstance, Presence, Region},
    plan::{Inputs, step::Cause},
    state::{Change, Intent, RecordGuest, RecordInstance, effective},
};

/// What is to be known of the guest of an instance whose record is forgotten.
pub(super) fn of(
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
        (Some(record), _) => of(inputs, at, record, observed).accepts,
        (None, Some(guest)) => guest.seen(observed, bound).accepts,
        (None, None) => bound.into_iter().collect(),
    };
    recorded.chain(seen).collect()
}

/// Writes down that an instance without a record is bound to a pair of this project, before it is bound
/// to another one: until its restart its guest may accept the first.
pub(super) fn found(inputs: Inputs<'_>, subject: &InstanceView<'_>, findings: &mut Findings) {
    if subject.record.is_some() || inputs.recorded.guest(subject.at).is_some() {
        return;
    }
    let Some(key) = bound_key(inputs, subject.at, subject.observed) else { return };
    let guest = RecordGuest::of_found(key, subject.observed);
    let change = Change::Guest(subject.at.clone(), guest);
    findings.record(change, Cause::Found, subject.revision, subject.origin);
}

/// Writes down what was seen of the guests of forgotten instances, as far as it makes a difference.
pub(super) fn decide(
    inputs: Inputs<'_>,
    fleets: &BTreeMap<(BindingName, Region), DraftFleet>,
    findings: &mut Findings,
) {
    let needs = |fleet: &'_ DraftFleet| {
        let ids = fleet.needs.iter().map(|need| need.id.in_region(&fleet.region));
        ids.collect::<Vec<_>>()
    };
    let moved: BTreeSet<InstanceRef> = fleets.values().flat_map(needs).collect();
    let written = findings.addresses();
    for (at, guest) in inputs.recorded.all_guests() {
        let address = Address::Instance(at.clone());
        let is_recorded = inputs.recorded.instance(&at).is_some();
        if is_recorded || moved.contains(&at) || written.contains(&address) {
            continue;
        }
        match inputs.observed.instance(&at) {
            Some(Presence::Gone) => {
                findings.forget(address, guest.revision, Cause::InstanceGone);
            }
            Some(Presence::Seen(observed)) if !observed.status.is_in_transition() => {
                let seen = guest.seen(observed, bound_key(inputs, &at, observed));
                if !seen.is_alike(guest) {
                    let change = Change::Guest(at.clone(), seen);
                    findings.record(change, Cause::GuestChanged, guest.revision, None);
                }
            }
            Some(Presence::Seen(_) | Presence::Unseen) | None => {}
        }
    }
}
