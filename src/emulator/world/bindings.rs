//! AttachKeyPair and DetachKeyPair: a result for each instance.

use std::collections::BTreeSet;

use super::{Decision, World, life::Life, refusal::Refusal};
use crate::{
    ecs::{BatchItem, Code, ItemResult, Response, limits::ATTACH_INSTANCES_MAX},
    emulator::event::Fact,
    model::{CloudName, InstanceId, Region, Timestamp, inventory::InventoryInstance},
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
    let can_be_bound = |inventory: &InventoryInstance, life: &Life| {
        check_windows(inventory)?;
        if !inventory.io_optimized {
            let message = "The specified parameter InstanceIds is not valid.";
            return Err(Refusal::new(400, Code::IO_OPTIMIZED, message));
        }
        check_settled(inventory, life, now)
    };
    check_all(world, region, ids, can_be_bound)?;
    let (items, instance_ids) = each(world, region, ids, |inventory, life| {
        can_be_bound(inventory, life)?;
        Ok(here.bound(life).is_none_or(|pair| pair.name != *name))
    });
    let (region, key_pair_name) = (region.clone(), name.clone());
    let changes = !instance_ids.is_empty();
    let fact = Fact::Bound { region, key_pair_name, instance_ids };
    Ok((Response::Items(items), changes.then_some(fact)))
}

/// DetachKeyPair. What the service does with an instance that is not bound to this pair is unknown;
/// here that is a success, and nothing changes, unless a switch says otherwise.
pub(super) fn detach(
    world: &World,
    now: Timestamp,
    region: &Region,
    name: &CloudName,
    ids: &[InstanceId],
) -> Decision {
    check_pair_call(world, region, name, ids)?;
    let here = world.region(region);
    let can_be_unbound = |inventory: &InventoryInstance, life: &Life| {
        check_windows(inventory)?;
        check_settled(inventory, life, now)
    };
    check_all(world, region, ids, can_be_unbound)?;
    let (items, instance_ids) = each(world, region, ids, |inventory, life| {
        can_be_unbound(inventory, life)?;
        let is_bound = here.bound(life).is_some_and(|pair| pair.name == *name);
        if !is_bound && world.switches.detach_unbound_refuses {
            return Err(Refusal::no_such_pair());
        }
        Ok(is_bound)
    });
    let (region, key_pair_name) = (region.clone(), name.clone());
    let changes = !instance_ids.is_empty();
    let fact = Fact::Unbound { region, key_pair_name, instance_ids };
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
    let here = world.region(region);
    if world.switches.unknown_instance_refuses && ids.iter().any(|id| here.instance(id).is_none()) {
        return Err(Refusal::no_such_instance());
    }
    here.pair_named(name).map(|_| ()).ok_or_else(Refusal::no_such_pair)
}

/// Refuses the whole call for an instance that does not pass, if a switch says so. An instance that
/// does not exist is another question.
fn check_all(
    world: &World,
    region: &Region,
    ids: &[InstanceId],
    check: impl Fn(&InventoryInstance, &Life) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    if !world.switches.instance_problem_refuses {
        return Ok(());
    }
    let mut known = ids.iter().filter_map(|id| world.region(region).instance(id));
    known.try_for_each(|(inventory, life)| check(inventory, life))
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
    life.settled(now, inventory.status).map(|_| ()).ok_or_else(Refusal::wrong_status)
}

/// The result of each instance, and those that change. An id that is named twice is one item.
pub(super) fn each(
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
