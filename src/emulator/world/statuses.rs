//! DescribeInstanceStatus.

use std::collections::BTreeSet;

use super::{
    Decision, World,
    filters::{numbered, zone_of},
    instances::shown_status,
    life::Life,
    refusal::Refusal,
};
use crate::{
    ecs::{
        Code, NumberedPage, Response, StatusPage,
        limits::{DESCRIBE_INSTANCES_MAX, DESCRIBE_STATUSES_MAX},
    },
    model::{InstanceId, Region, Timestamp, inventory::InventoryInstance},
};

/// A page of statuses, by id. Ids that do not exist are left out.
pub(super) fn describe(
    world: &World,
    now: Timestamp,
    (region, zone_id): (&Region, Option<&str>),
    ids: &[InstanceId],
    page: NumberedPage,
) -> Decision {
    if page.number == 0 {
        return Err(Refusal::out_of_range("PageNumber"));
    }
    if !(1..=DESCRIBE_STATUSES_MAX).contains(&page.size) {
        return Err(Refusal::out_of_range("PageSize"));
    }
    if ids.len() > DESCRIBE_INSTANCES_MAX {
        return Err(Refusal::out_of_range("InstanceId"));
    }
    if zone_id.is_some_and(|zone| zone != zone_of(region)) {
        let message = "The specified ZoneId does not exist.";
        return Err(Refusal::new(404, Code::ZONE_NOT_FOUND, message));
    }
    let ids: BTreeSet<_> = ids.iter().collect();
    let all = || {
        let here = world.region(region).instances(None);
        here.filter(|(inventory, _)| ids.is_empty() || ids.contains(&inventory.id))
    };
    let told = numbered(all(), page);
    let status = |(inventory, life): (&InventoryInstance, &Life)| {
        (inventory.id.clone(), shown_status(world, now, inventory, life))
    };
    let statuses = told.map(status).collect();
    Ok((Response::Statuses(StatusPage { total_count: all().count(), statuses }), None))
}
