//! Bindings: what each instance needs, decided one by one.

mod eligible;
mod group;
mod subject;
mod unwanted;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Inputs, document::NoteKind, order::Draft, pairs::Pairs, reason::ScheduleReason, select::Claims,
};
use crate::{
    model::{Address, BindingName, InstanceId, InstanceStatus, ObservedInstance, Region},
    state::InFlight,
};

pub(super) use eligible::kept_from;
pub(super) use group::{DraftFleet, Need, NeedKind, Rebind};
use subject::presence;
pub(super) use subject::{InstanceView, accepts};
use wanted::Wish;

/// Decides about every instance that is wanted or recorded.
pub(super) fn decide(
    inputs: Inputs<'_>,
    claims: &Claims<'_>,
    pairs: &Pairs,
    draft: &mut Draft,
) -> Vec<DraftFleet> {
    let mut groups: BTreeMap<(BindingName, Region), DraftFleet> = BTreeMap::new();
    let bindings = inputs.desired.map_or(&[][..], |desired| &desired.bindings);
    for (binding, chosen) in bindings.iter().zip(&claims.chosen) {
        let key = (binding.name.clone(), binding.region.clone());
        let group = groups
            .entry(key)
            .or_insert_with(|| DraftFleet::new(&binding.name, &binding.region, &binding.restart));
        group.proof.clone_from(&binding.proof);
        for &(id, origin) in chosen {
            group.instances.insert(id.clone());
            let claimed_by = claims.claimed.get(&(&binding.region, id));
            let claimed_by = claimed_by.map_or(&[][..], Vec::as_slice);
            let wish = Wish { binding, id, origin, claimed_by };
            wanted::decide(inputs, wish, pairs, group, draft);
        }
    }
    for (region, records) in &inputs.facts.instances {
        let is_unwanted = |id: &InstanceId| !claims.claimed.contains_key(&(region, id));
        for (id, record) in records.iter().filter(|(id, _)| is_unwanted(id)) {
            let key = (record.binding.clone(), region.clone());
            let group = groups
                .entry(key)
                .or_insert_with(|| DraftFleet::new(&record.binding, region, &record.restart));
            group.instances.insert(id.clone());
            unwanted::decide(inputs, id, record, group, draft);
        }
    }
    for group in groups.values_mut() {
        group.forced = inputs.force_restarts;
        (group.left_stopped, group.stopped) = stopped(inputs, group);
        group.restart_seconds = longest_restart(inputs, group);
        group.needs.sort_by(|a, b| a.id.cmp(&b.id));
    }
    groups.into_values().collect()
}

fn longest_restart(inputs: Inputs<'_>, group: &DraftFleet) -> Option<u32> {
    let records = inputs.facts.instances.get(&group.region)?;
    let of_group = group.instances.iter().filter_map(|id| records.get(id));
    of_group.filter_map(|record| record.restart_seconds).max()
}

/// The instances that are Stopped: first those that an earlier run has taken down.
fn stopped(inputs: Inputs<'_>, group: &DraftFleet) -> (BTreeSet<InstanceId>, BTreeSet<InstanceId>) {
    let seen = group.instances.iter().filter_map(|id| presence(inputs, &group.region, id)?.seen());
    let stopped = seen.filter(|instance| instance.status == InstanceStatus::Stopped);
    let is_left = |instance: &&ObservedInstance| {
        inputs.facts.in_flight(&group.region, instance) == InFlight::LeftStopped
    };
    let (left, found): (Vec<_>, Vec<_>) = stopped.partition(is_left);
    let ids = |all: Vec<&ObservedInstance>| all.into_iter().map(|one| one.id.clone()).collect();
    (ids(left), ids(found))
}

/// Tells people to start what is Stopped since an earlier run has restarted it. It keeps others from
/// being restarted, whatever is to be done to itself.
pub(super) fn tell_left_stopped(groups: &[DraftFleet], draft: &mut Draft) {
    let of_group = |group: &DraftFleet| {
        let ids = group.left_stopped.iter();
        ids.map(|id| Address::Instance(group.region.clone(), id.clone())).collect::<Vec<_>>()
    };
    // Several bindings may want one.
    let addresses: BTreeSet<_> = groups.iter().flat_map(of_group).collect();
    for address in addresses {
        draft.note(NoteKind::Waiting, address, ScheduleReason::NotBack, None);
    }
}
