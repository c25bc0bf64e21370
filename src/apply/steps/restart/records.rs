//! What a restart writes down about its instances.

use super::super::super::{
    context::{instance_address, item},
    shared::Shared,
};
use crate::{
    model::{InstanceId, InstanceStatus, ObservedInstance, Region},
    plan::{Fleet, Item},
    state::{Change, Effect, InstanceFacts, RecordInstance, effect_of, proof_owed},
};

/// What is recorded of an instance when its binding, or unbinding, is in effect.
pub(super) fn in_effect(
    shared: &Shared<'_>,
    fleet: &Fleet,
    items: &[Item],
    instance: &InstanceId,
    took_seconds: Option<u32>,
) -> Option<Change> {
    let region = &fleet.region;
    let Some(name) = &item(items, instance)?.bound else {
        return Some(Change::Removed(instance_address(region, instance)));
    };
    let before = shared.run.facts.instance(region, instance);
    let record = RecordInstance {
        binding: fleet.binding.clone(),
        restart: fleet.restart.clone(),
        bound: shared.bound(region, name),
        effect: Effect::InEffect,
        retaken: before.and_then(|before| before.retaken),
        proof: proof_owed(fleet.proof.is_some(), before),
        restart_seconds: took_seconds.or(before.and_then(|before| before.restart_seconds)),
        moved: before.and_then(|before| before.moved),
        prepared: None,
        revision: 0,
    };
    Some(Change::Instance(region.clone(), instance.clone(), record))
}

/// Whether it is known that an instance was restarted since its binding was confirmed, whoever did
/// that.
pub(super) fn is_in_effect(shared: &Shared<'_>, region: &Region, found: &ObservedInstance) -> bool {
    let record = shared.run.facts.instance(region, &found.id);
    let bound = record.and_then(|record| record.bound.as_ref());
    found.status == InstanceStatus::Running
        && bound.map(|bound| &bound.name) == found.bound.as_ref()
        && record.is_some()
        && effect_of(InstanceFacts {
            record,
            intent: shared.intent(region, &found.id),
            bound,
            is_in_transition: found.status.is_in_transition(),
            start_time: found.start_time,
            pair_creation_time: None,
        }) == Effect::InEffect
}

/// That an instance is put back, if it is recorded as prepared.
pub(super) fn put_back(
    shared: &Shared<'_>,
    region: &Region,
    instance: &InstanceId,
) -> Option<Change> {
    let record = shared.run.facts.instance(region, instance);
    let record = record.filter(|record| record.prepared.is_some())?;
    let record = RecordInstance { prepared: None, ..record.clone() };
    Some(Change::Instance(region.clone(), instance.clone(), record))
}
