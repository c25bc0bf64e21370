//! AttachKeyPair, DetachKeyPair and RebootInstances: a result for each instance.

use std::collections::BTreeSet;

use super::{Decision, World, life::Life, refusal::Refusal};
use crate::{
    ecs::{
        BatchItem, Code, ItemResult, Response,
        limits::{ATTACH_INSTANCES_MAX, REBOOT_INSTANCES_MAX},
    },
    emulator::event::{Actor, Fact},
    model::{
        CloudName, InstanceId, InstanceStatus, Region, Timestamp, inventory::InventoryInstance,
    },
};

/// AttachKeyPair: binds, in the place of what was bound before. That errors of an instance are
/// answered for its item is documented; that an unknown instance and a wrong status are among them
/// is not.
pub(super) fn attach(
    world: &World,
    now: Timestamp,
    region: &Region,
    name: &CloudName,
    ids: &[InstanceId],
) -> Decision {
    check_pair_call(world, region, name, ids)?;
    let here = world.region(region);
    let (items, instance_ids) = each(world, region, ids, |inventory, life| {
        check_windows(inventory)?;
        if !inventory.io_optimized {
            let message = "The specified parameter InstanceIds is not valid.";
            return Err(Refusal::new(400, Code::IO_OPTIMIZED, message));
        }
        check_settled(inventory, life, now)?;
        Ok(here.bound(life).is_none_or(|pair| pair.name != *name))
    });
    let (region, key_pair_name) = (region.clone(), name.clone());
    let changes = !instance_ids.is_empty();
    let fact = Fact::Bound { region, key_pair_name, instance_ids };
    Ok((Response::Items(items), changes.then_some(fact)))
}

/// DetachKeyPair. What the service does with an instance that is not bound to this pair is unknown;
/// here that is a success, and nothing changes.
pub(super) fn detach(
    world: &World,
    now: Timestamp,
    region: &Region,
    name: &CloudName,
    ids: &[InstanceId],
) -> Decision {
    check_pair_call(world, region, name, ids)?;
    let here = world.region(region);
    let (items, instance_ids) = each(world, region, ids, |inventory, life| {
        check_windows(inventory)?;
        check_settled(inventory, life, now)?;
        Ok(here.bound(life).is_some_and(|pair| pair.name == *name))
    });
    let (region, key_pair_name) = (region.clone(), name.clone());
    let changes = !instance_ids.is_empty();
    let fact = Fact::Unbound { region, key_pair_name, instance_ids };
    Ok((Response::Items(items), changes.then_some(fact)))
}

/// RebootInstances with `BatchOptimization=SuccessFirst`: restarts those that are Running.
pub(super) fn reboot(
    world: &World,
    now: Timestamp,
    region: &Region,
    ids: &[InstanceId],
) -> Decision {
    if ids.is_empty() {
        return Err(Refusal::missing("InstanceId"));
    }
    if ids.len() > REBOOT_INSTANCES_MAX {
        let message = "The number of InstanceIds exceeds the limit.";
        return Err(Refusal::new(403, Code::TOO_MANY_INSTANCES, message));
    }
    let (items, instance_ids) =
        each(world, region, ids, |inventory, life| match life.status(now, inventory.status) {
            InstanceStatus::Running => Ok(true),
            _ => Err(Refusal::wrong_status()),
        });
    let changes = !instance_ids.is_empty();
    let fact = Fact::Restarted {
        region: region.clone(),
        instance_ids,
        milliseconds: u64::try_from(world.restart_time.as_millis()).unwrap_or(u64::MAX),
        moves_start_time: world.reboot_moves_start_time,
        by: Actor::Api,
    };
    Ok((Response::Items(items), changes.then_some(fact)))
}

/// What refuses a whole AttachKeyPair or DetachKeyPair.
fn check_pair_call(
    world: &World,
    region: &Region,
    name: &CloudName,
    ids: &[InstanceId],
) -> Result<(), Refusal> {
    if ids.is_empty() {
        let message = "The specified parameter InstanceIds is not valid.";
        return Err(Refusal::new(400, Code::INSTANCE_IDS_UNSUPPORTED, message));
    }
    if ids.len() > ATTACH_INSTANCES_MAX {
        let message = "The specified instances are beyond the permitted range.";
        return Err(Refusal::new(403, Code::KEY_PAIR_LIMIT, message));
    }
    world.region(region).pair_named(name).map(|_| ()).ok_or_else(Refusal::no_such_pair)
}

fn check_windows(inventory: &InventoryInstance) -> Result<(), Refusal> {
    if inventory.os_type == "windows" { Err(Refusal::windows()) } else { Ok(()) }
}

/// A pair is bound and unbound while an instance is up or down, not on its way.
fn check_settled(
    inventory: &InventoryInstance,
    life: &Life,
    now: Timestamp,
) -> Result<(), Refusal> {
    match life.status(now, inventory.status) {
        InstanceStatus::Running | InstanceStatus::Stopped => Ok(()),
        _ => Err(Refusal::wrong_status()),
    }
}

/// The result of each instance, and those that change. An id that is named twice is one item.
fn each(
    world: &World,
    region: &Region,
    ids: &[InstanceId],
    check: impl Fn(&InventoryInstance, &Life) -> Result<bool, Refusal>,
) -> (Vec<BatchItem>, Vec<InstanceId>) {
    let here = world.region(region);
    let mut seen = BTreeSet::new();
    let mut changed = Vec::new();
    let mut items = Vec::with_capacity(ids.len());
    for id in ids.iter().filter(|id| seen.insert(*id)) {
        let checked = match here.instance(id) {
            Some((inventory, life)) => check(inventory, life),
            None => Err(Refusal::no_such_instance()),
        };
        let result = match checked {
            Ok(changes) => {
                changed.extend(changes.then(|| id.clone()));
                ItemResult::Success
            }
            Err(refusal) => refusal.into_item(),
        };
        items.push(BatchItem { instance_id: id.clone(), result });
    }
    (items, changed)
}
