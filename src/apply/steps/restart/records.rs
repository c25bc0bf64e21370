//! What a restart writes down about its instances.

use super::super::super::{context::item, shared::Shared};
use crate::{
    model::{Address, InstanceId, InstanceRef, ObservedInstance},
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
    let at = instance.in_region(&fleet.region);
    let Some(name) = &item(items, instance)?.bound else {
        return Some(Change::Removed(Address::Instance(at)));
    };
    let before = shared.run.recorded.instance(&at);
    let bound = shared.bound(&at.region, name);
    let record = RecordInstance::taken_effect(before, fleet.terms(), bound, evidence, took_seconds);
    Some(Change::Instance(at, record))
}

/// That an instance is put back, if it is recorded as prepared.
pub(super) fn put_back(shared: &Shared<'_>, at: InstanceRef) -> Option<Change> {
    let record = shared.run.recorded.instance(&at);
    let record = record.filter(|record| record.prepared.is_some())?.put_back();
    Some(Change::Instance(at, record))
}

/// That what is recorded as bound was not seen to take effect: the instance was bound to something
/// else when it was back from its restart.
pub(super) fn missed(
    shared: &Shared<'_>,
    at: InstanceRef,
    found: &ObservedInstance,
) -> Option<Change> {
    let record = shared.run.recorded.instance(&at)?.missed(found.start_time);
    Some(Change::Instance(at, record))
}
