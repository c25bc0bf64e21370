//! Restarting, starting and stopping instances: one by one, and in batches.

use super::{Decision, World, bindings::each, life::Life, refusal::Refusal, whole};
use crate::{
    ecs::{BatchOptions, Code, Response, limits::REBOOT_INSTANCES_MAX},
    emulator::event::{Actor, Fact},
    model::{InstanceId, InstanceStatus, Region, Timestamp, inventory::InventoryInstance},
};

/// What is done to instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    Reboot,
    Start,
    Stop,
}

impl Power {
    /// The status that an instance must have: documented for each of the operations.
    fn needs(self) -> InstanceStatus {
        match self {
            Self::Reboot | Self::Stop => InstanceStatus::Running,
            Self::Start => InstanceStatus::Stopped,
        }
    }

    /// Refuses an instance that does not have that status, or is about to lose it.
    fn check(
        self,
        now: Timestamp,
        (inventory, life): (&InventoryInstance, &Life),
    ) -> Result<(), Refusal> {
        match life.settled(now, inventory.status) {
            Some(status) if status == self.needs() => Ok(()),
            _ => Err(Refusal::wrong_status()),
        }
    }

    /// A restart takes the time of the inventory; a start and a stop half of it each.
    fn fact(self, world: &World, region: &Region, instance_ids: Vec<InstanceId>) -> Fact {
        let (region, milliseconds) = (region.clone(), whole(world.restart_time / 2));
        match self {
            Self::Reboot => Fact::Restarted {
                region,
                instance_ids,
                milliseconds: whole(world.restart_time),
                lag_milliseconds: whole(world.switches.reboot_lag),
                moves_start_time: world.reboot_moves_start_time,
                by: Actor::Api,
            },
            Self::Start => Fact::Started { region, instance_ids, milliseconds },
            Self::Stop => Fact::StopBegun { region, instance_ids, milliseconds },
        }
    }
}

/// RebootInstances, StartInstances and StopInstances.
pub(super) fn batch(
    world: &World,
    now: Timestamp,
    power: Power,
    (region, ids): (&Region, &[InstanceId]),
    options: BatchOptions,
) -> Decision {
    if ids.is_empty() {
        return Err(Refusal::missing("InstanceId"));
    }
    if ids.len() > REBOOT_INSTANCES_MAX {
        let message = "The number of InstanceIds exceeds the limit.";
        return Err(Refusal::new(403, Code::TOO_MANY_INSTANCES, message));
    }
    if options.all_together {
        check_all(world, now, power, region, ids)?;
    }
    if options.dry_run {
        let message = "Request validation has been passed with DryRun flag set.";
        return Err(Refusal::new(400, Code::DRY_RUN_BATCH, message));
    }
    let (items, changed) = each(world, region, ids, |inventory, life| {
        power.check(now, (inventory, life)).map(|()| true)
    });
    let fact = (!changed.is_empty()).then(|| power.fact(world, region, changed));
    Ok((Response::Items(items), fact))
}

/// `AllTogether`: one instance that does not pass refuses the call. That a wrong status is answered
/// with its own code is not documented.
fn check_all(
    world: &World,
    now: Timestamp,
    power: Power,
    region: &Region,
    ids: &[InstanceId],
) -> Result<(), Refusal> {
    let not_found = || {
        let message = "The specified InstanceIds are not found.";
        Refusal::new(404, Code::INSTANCE_IDS_NOT_FOUND, message)
    };
    let here = world.region(region);
    let found: Vec<_> =
        ids.iter().map(|id| here.instance(id).ok_or_else(not_found)).collect::<Result<_, _>>()?;
    found.into_iter().try_for_each(|instance| power.check(now, instance))
}

/// RebootInstance, StartInstance and StopInstance. The service knows the region by the endpoint that
/// is called; here the instance is looked for in all regions if none is named.
pub(super) fn single(
    world: &World,
    now: Timestamp,
    power: Power,
    (region, id): (Option<&Region>, &InstanceId),
    dry_run: bool,
) -> Decision {
    let region = match region {
        Some(region) => region,
        None => world.region_of(id).ok_or_else(Refusal::no_such_instance)?,
    };
    let found = world.region(region).instance(id).ok_or_else(Refusal::no_such_instance)?;
    power.check(now, found)?;
    if dry_run {
        let message = "Request validation has been passed with DryRun flag set.";
        return Err(Refusal::new(400, Code::DRY_RUN, message));
    }
    Ok((Response::Done, Some(power.fact(world, region, vec![id.clone()]))))
}
