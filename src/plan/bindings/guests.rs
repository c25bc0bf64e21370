//! What the guests of forgotten instances may accept: no pair goes that one of them may need (L3).

use std::collections::{BTreeMap, BTreeSet};

use super::{DraftFleet, Findings, subject::bound_key};
use crate::{
    model::{Address, BindingName, InstanceRef, ObservedInstance, Presence, Region},
    plan::{Inputs, step::Cause},
    state::{Bound, Change, Intent, RecordGuest, RecordInstance, effective},
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

/// Whether the guest of an instance accepts the key of a pair by what was bound to it earlier or is
/// now, as far as that is recorded or was. One that is gone accepts nothing.
pub(in crate::plan) fn accepts(inputs: Inputs<'_>, at: &InstanceRef, pair: &Bound) -> bool {
    let record = inputs.recorded.instance(at);
    let key = Some(pair.fingerprint);
    // Until it is proven that a guest has taken another key, it may still accept the one before.
    let unproven = record.and_then(RecordInstance::unproven_key);
    let is_effective = record.and_then(|record| effective(record).key()) == key || unproven == key;
    let guest = inputs.recorded.guest(at);
    let observed = match inputs.observed.instance(at) {
        Some(Presence::Seen(observed)) => observed,
        Some(Presence::Gone) => return false,
        Some(Presence::Unseen) | None => {
            return is_effective
                || guest.is_some_and(|guest| guest.keys().any(|one| Some(one) == key));
        }
    };
    // What others changed counts at the next restart, like a change of ours.
    if inputs.recorded.is_in_effect(&at.region, observed) {
        return record.is_some_and(|record| record.bound.as_ref() == Some(pair)) || unproven == key;
    }
    // A boot since then took what was bound at that moment, whatever others have bound meanwhile.
    let seen = match record {
        Some(record) => Some(of(inputs, at, record, observed)),
        None => guest.map(|guest| guest.seen(observed, bound_key(inputs, at, observed))),
    };
    is_effective || seen.is_some_and(|guest| guest.accepts.contains(&pair.fingerprint))
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
