//! What a restart writes down about its instances.

use super::super::super::{
    context::{instance_address, item},
    shared::Shared,
};
use crate::{
    model::{InstanceId, ObservedInstance, Region},
    plan::{Fleet, Item},
    state::{Change, Evidence, RecordInstance},
};

/// What is recorded of an instance when its binding, or unbinding, is in effect.
pub(super) fn in_effect(
    shared: &Shared<'_>,
    fleet: &Fleet,
    items: &[Item],
    instance: &InstanceId,
    evidence: Evidence,
    took_seconds: Option<u32>,
) -> Option<Change> {
    let region = &fleet.region;
    let Some(name) = &item(items, instance)?.bound else {
        return Some(Change::Removed(instance_address(region, instance)));
    };
    let before = shared.run.recorded.instance(region, instance);
    let bound = shared.bound(region, name);
    let record = RecordInstance::taken_effect(before, fleet.terms(), bound, evidence, took_seconds);
    Some(Change::Instance(region.clone(), instance.clone(), record))
}

/// That an instance is put back, if it is recorded as prepared.
pub(super) fn put_back(
    shared: &Shared<'_>,
    region: &Region,
    instance: &InstanceId,
) -> Option<Change> {
    let record = shared.run.recorded.instance(region, instance);
    let record = record.filter(|record| record.prepared.is_some())?;
    Some(Change::Instance(region.clone(), instance.clone(), record.put_back()))
}

/// That what is recorded as bound was not seen to take effect: the instance was bound to something
/// else when it was back from its restart.
pub(super) fn missed(
    shared: &Shared<'_>,
    region: &Region,
    found: &ObservedInstance,
) -> Option<Change> {
    let record = shared.run.recorded.instance(region, &found.id)?.missed(found.start_time);
    Some(Change::Instance(region.clone(), found.id.clone(), record))
}
