//! What the guests of forgotten instances may accept: no pair goes that one of them may need (L3).

use std::collections::{BTreeMap, BTreeSet};

use super::{DraftFleet, Findings, accepted::bound_key, subject::InstanceView};
use crate::{
    model::{Address, BindingName, InstanceRef, Presence, Region},
    plan::{Inputs, step::Cause},
    state::{Change, RecordGuest},
};

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
