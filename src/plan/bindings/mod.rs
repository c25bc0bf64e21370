//! Bindings: what each instance needs, decided one by one.

mod accepted;
mod decided;
mod eligible;
mod fleet;
mod guests;
mod subject;
mod unwanted;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Inputs, document::NoteKind, order::Draft, pairs::Pairs, reason::ScheduleReason, select::Claims,
};
use crate::{
    manifest::Chosen,
    model::{
        Address, BindingName, InstanceId, InstanceRef, InstanceStatus, ObservedInstance, Region,
    },
    state::InFlight,
};

pub(super) use accepted::accepted;
use decided::{Decided, Findings};
pub(super) use eligible::kept_from;
pub(super) use fleet::{DraftFleet, Need, NeedKind, Rebind};
pub(super) use subject::InstanceView;
use wanted::Wish;

/// Decides about every instance that is wanted or recorded.
pub(super) fn decide(inputs: Inputs<'_>, claims: &Claims<'_>, pairs: &Pairs) -> Decided {
    let mut findings = Findings::default();
    let mut fleets: BTreeMap<(BindingName, Region), DraftFleet> = BTreeMap::new();
    let bindings = inputs.desired.map_or(&[][..], |desired| &desired.bindings);
    for (binding, chosen) in bindings.iter().zip(&claims.chosen) {
        let key = (binding.name.clone(), binding.region.clone());
        let fleet = fleets
            .entry(key)
            .or_insert_with(|| DraftFleet::new(&binding.name, &binding.region, &binding.restart));
        fleet.proof.clone_from(&binding.proof);
        if let Chosen::Selected(selector) = &binding.chosen {
            fleet.selector.clone_from(&selector.tags);
        }
        for &(id, origin) in chosen {
            // An instance for which nothing is to be done counts all the same when others restart
            // (L9).
            fleet.instances.insert(id.clone());
            let at = id.in_region(&binding.region);
            let claimed_by = claims.claimed.get(&at).map_or(&[][..], Vec::as_slice);
            let wish = Wish { binding, at: &at, origin, claimed_by };
            wanted::decide(inputs, wish, pairs, fleet, &mut findings);
        }
    }
    // The Binding of these may be gone, so that the record has its policy: the last one that a person
    // wrote for them.
    let is_unwanted = |at: &InstanceRef| !claims.claimed.contains_key(at);
    for (at, record) in inputs.recorded.all_instances().filter(|(at, _)| is_unwanted(at)) {
        let key = (record.binding.clone(), at.region.clone());
        let fleet = fleets
            .entry(key)
            .or_insert_with(|| DraftFleet::new(&record.binding, &at.region, &record.restart));
        fleet.instances.insert(at.id.clone());
        unwanted::decide(inputs, &at, record, fleet, &mut findings);
    }
    guests::decide(inputs, &fleets, &mut findings);
    for fleet in fleets.values_mut() {
        fleet.forced = inputs.force_restarts;
        (fleet.left_stopped, fleet.stopped) = stopped(inputs, fleet);
        fleet.restart_seconds = longest_restart(inputs, fleet);
        // The order in which manifests name instances decides nothing (L10).
        fleet.needs.sort_by(|a, b| a.id.cmp(&b.id));
    }
    Decided { fleets: fleets.into_values().collect(), findings }
}

fn longest_restart(inputs: Inputs<'_>, fleet: &DraftFleet) -> Option<u32> {
    let records = inputs.recorded.instances.get(&fleet.region)?;
    let of_fleet = fleet.instances.iter().filter_map(|id| records.get(id));
    of_fleet.filter_map(|record| record.restart_seconds).max()
}

/// The instances that are Stopped: first those that an earlier run has taken down.
fn stopped(inputs: Inputs<'_>, fleet: &DraftFleet) -> (BTreeSet<InstanceId>, BTreeSet<InstanceId>) {
    let presence = |id: &InstanceId| inputs.observed.instance(&id.in_region(&fleet.region));
    let seen = fleet.instances.iter().filter_map(|id| presence(id)?.seen());
    let stopped = seen.filter(|instance| instance.status == InstanceStatus::Stopped);
    let is_left = |instance: &&ObservedInstance| {
        inputs.recorded.in_flight(&fleet.region, instance) == InFlight::LeftStopped
    };
    let (left, found): (Vec<_>, Vec<_>) = stopped.partition(is_left);
    let ids = |all: Vec<&ObservedInstance>| all.into_iter().map(|one| one.id.clone()).collect();
    (ids(left), ids(found))
}

/// Tells people to start what is Stopped since an earlier run has restarted it. It keeps others from
/// being restarted, whatever is to be done to itself.
pub(super) fn note_left_stopped(fleets: &[DraftFleet], draft: &mut Draft) {
    let of_fleet = |fleet: &DraftFleet| {
        let ids = fleet.left_stopped.iter();
        ids.map(|id| Address::Instance(id.in_region(&fleet.region))).collect::<Vec<_>>()
    };
    // Several bindings may want one.
    let addresses: BTreeSet<_> = fleets.iter().flat_map(of_fleet).collect();
    for address in addresses {
        draft.note(NoteKind::Waiting, address, ScheduleReason::NotBack, None);
    }
}
