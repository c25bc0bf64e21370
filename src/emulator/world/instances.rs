//! DescribeInstances.

use std::collections::BTreeSet;

use md5::{Digest, Md5};

use super::{
    Decision, FIRST_START, World,
    filters::{self, numbered, zone_of},
    life::Life,
    refusal::Refusal,
};
use crate::{
    ecs::{
        self, Code, DescribeInstances, InstanceFilters, InstancePage, NumberedPage, Response,
        limits::DESCRIBE_INSTANCES_MAX,
    },
    model::{
        InstanceId, InstanceStatus, Region, ServiceTime, Timestamp, inventory::InventoryInstance,
    },
};

/// The smallest page; a smaller one that is asked for becomes this, as documented.
const PAGE_MIN: usize = 10;

/// A page of the instances that pass all filters, by id. An empty list of ids is a filter that
/// nothing passes; an empty name of a pair is none.
pub(super) fn describe(world: &World, now: Timestamp, request: &DescribeInstances) -> Decision {
    let DescribeInstances { region, instance_ids, key_pair_name, next_token, filters, .. } =
        request;
    if request.dry_run {
        return Err(dry_run_passed());
    }
    let named = instance_ids.iter().flatten();
    if world.switches.malformed_id_refuses && named.into_iter().any(|id| !has_form(id)) {
        return Err(malformed_ids());
    }
    let after = match next_token.as_deref() {
        None | Some("") => None,
        Some(token) => Some(read_token(region, token).ok_or_else(bad_token)?),
    };
    let here = world.region(region);
    let pair = key_pair_name.as_ref().filter(|name| !name.as_str().is_empty());
    let has_filters = *filters != InstanceFilters::default();
    let passes = |(inventory, life): &(&InventoryInstance, &Life)| {
        pair.is_none_or(|name| here.bound(life).is_some_and(|bound| bound.name == *name))
            && (!has_filters || filters::passes(filters, now, (inventory, life)))
    };
    if let Some(page) = request.page.filter(|_| after.is_none()) {
        return numbered_page(world, now, request, page, passes);
    }
    let size = request.max_results.clamp(PAGE_MIN, DESCRIBE_INSTANCES_MAX);
    // One more than the page tells whether another one follows.
    let mut found: Vec<_> = match instance_ids {
        None => here.instances(after.as_ref()).filter(passes).take(size + 1).collect(),
        Some(ids) if ids.len() > DESCRIBE_INSTANCES_MAX => return Err(too_many_ids()),
        Some(ids) => {
            let ids: BTreeSet<_> = ids.iter().filter(|id| after.as_ref() < Some(*id)).collect();
            let known = ids.into_iter().filter_map(|id| here.instance(id));
            known.filter(passes).take(size + 1).collect()
        }
    };
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().filter(|_| more);
    let next_token = last.map(|(inventory, _)| write_token(region, &inventory.id));
    let instances = found.iter().map(|(inventory, life)| view(world, now, inventory, life));
    let page = InstancePage { total_count: None, instances: instances.collect(), next_token };
    Ok((Response::Instances(page), None))
}

/// A page by its number, as older clients ask for it.
fn numbered_page(
    world: &World,
    now: Timestamp,
    request: &DescribeInstances,
    page: NumberedPage,
    passes: impl Fn(&(&InventoryInstance, &Life)) -> bool,
) -> Decision {
    if page.number == 0 {
        return Err(Refusal::out_of_range("PageNumber"));
    }
    if !(1..=DESCRIBE_INSTANCES_MAX).contains(&page.size) {
        return Err(Refusal::out_of_range("PageSize"));
    }
    let ids: Option<BTreeSet<_>> = request.instance_ids.as_ref().map(|ids| ids.iter().collect());
    if ids.as_ref().is_some_and(|ids| ids.len() > DESCRIBE_INSTANCES_MAX) {
        return Err(too_many_ids());
    }
    let is_named =
        |instance: &InventoryInstance| ids.as_ref().is_none_or(|ids| ids.contains(&instance.id));
    let all = || {
        let here = world.region(&request.region).instances(None);
        here.filter(|found| is_named(found.0) && passes(found))
    };
    let total = all().count();
    let told = numbered(all(), page).map(|(inventory, life)| view(world, now, inventory, life));
    let instances: Vec<_> = told.collect();
    // Whoever asks for no page at all can go on in the newer form.
    let is_last = page.number.saturating_mul(page.size) >= total;
    let last = instances.last().filter(|_| !is_last);
    let next_token = last.map(|instance| write_token(&request.region, &instance.instance_id));
    let page = InstancePage { total_count: Some(total), instances, next_token };
    Ok((Response::Instances(page), None))
}

/// The status as it is shown: there are two readings of what a restart looks like.
pub(super) fn shown_status(
    world: &World,
    now: Timestamp,
    inventory: &InventoryInstance,
    life: &Life,
) -> InstanceStatus {
    if world.switches.reboot_shows_starting && life.is_rebooting(now) {
        return InstanceStatus::Starting;
    }
    life.status(now, inventory.status)
}

fn view(
    world: &World,
    now: Timestamp,
    inventory: &InventoryInstance,
    life: &Life,
) -> ecs::Instance {
    let bound = world.region(&inventory.region).bound(life);
    let started = life.start_time(now).unwrap_or(FIRST_START);
    ecs::Instance {
        instance_id: inventory.id.clone(),
        instance_name: inventory.name.clone(),
        status: shown_status(world, now, inventory, life),
        os_type: inventory.os_type.clone(),
        instance_type: inventory.instance_type.clone(),
        zone_id: zone_of(&inventory.region),
        instance_type_family: inventory.instance_type_family.clone(),
        io_optimized: inventory.io_optimized,
        key_pair_name: bound.map_or_else(String::new, |pair| pair.name.as_str().to_owned()),
        start_time: Some(ServiceTime::new(started, world.time_precision)),
        tags: life.tags(&inventory.tags),
        lock_reasons: Vec::new(),
        private_address: inventory.private_address.clone(),
        public_address: inventory.public_address.clone(),
    }
}

/// A token is the last id of its page and a check, both in hexadecimal digits, so that nobody takes
/// it for an id.
fn write_token(region: &Region, last: &InstanceId) -> String {
    let bytes = token_check(region, last.as_str()).into_iter().chain(last.as_str().bytes());
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn read_token(region: &Region, token: &str) -> Option<InstanceId> {
    if !token.len().is_multiple_of(2) || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let digits = token.as_bytes().chunks_exact(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes = digits.map(byte).collect::<Option<Vec<u8>>>()?;
    let (check, id) = bytes.split_at_checked(4)?;
    let id = std::str::from_utf8(id).ok()?;
    (check == token_check(region, id)).then(|| InstanceId::new(id))
}

fn token_check(region: &Region, id: &str) -> [u8; 4] {
    let digest = Md5::digest(format!("{region} {id}"));
    [digest[0], digest[1], digest[2], digest[3]]
}

fn bad_token() -> Refusal {
    Refusal::new(403, Code::NEXT_TOKEN, "The specified NextToken is invalid.")
}

/// Everybody may read everything here.
fn dry_run_passed() -> Refusal {
    let message = "Request validation has been passed with DryRun flag set.";
    Refusal::new(400, Code::DRY_RUN, message)
}

/// Whether an id has the form of the service's own: `i-`, and then small letters, digits and hyphens.
fn has_form(id: &InstanceId) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let rest = id.as_str().strip_prefix("i-").unwrap_or_default();
    !rest.is_empty() && rest.bytes().all(is_fine)
}

/// The code is that of sibling operations.
fn malformed_ids() -> Refusal {
    let message = "The specified parameter InstanceIds is not valid.";
    Refusal::new(400, Code::INSTANCE_IDS_MALFORMED, message)
}

/// That 100 is the most is documented, the code is not.
fn too_many_ids() -> Refusal {
    let message = "The specified parameter InstanceIds is not valid.";
    Refusal::new(400, Code::INSTANCE_IDS_MALFORMED, message)
}
