//! Which instances pass the filters of a listing.

use super::life::Life;
use crate::{
    ecs::{InstanceFilters, TagFilter},
    model::{Region, Tags, Timestamp, inventory::InventoryInstance},
};

/// Whether an instance passes all filters. Every instance is in the default resource group, by
/// which the service does not filter.
pub(super) fn passes(
    filters: &InstanceFilters,
    now: Timestamp,
    (inventory, life): (&InventoryInstance, &Life),
) -> bool {
    let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
    let has = |wanted: &[String], found: &Option<String>| {
        wanted.is_empty() || found.as_ref().is_some_and(|address| wanted.contains(address))
    };
    filters.status.is_none_or(|status| life.status(now, inventory.status) == status)
        && filters.instance_name.as_deref().is_none_or(|name| matches(name, &inventory.name))
        && is(&filters.instance_type, &inventory.instance_type)
        && is(&filters.instance_type_family, &inventory.instance_type_family)
        && filters.io_optimized.is_none_or(|wanted| inventory.io_optimized == wanted)
        && filters.zone_id.as_deref().is_none_or(|zone| zone == zone_of(&inventory.region))
        && filters.resource_group_id.is_none()
        && has(&filters.private_addresses, &inventory.private_address)
        && has(&filters.public_addresses, &inventory.public_address)
        && (filters.tags.is_empty() || have_all(&filters.tags, &life.tags(&inventory.tags)))
}

/// Whether something has all of these tags.
pub(super) fn have_all(wanted: &[TagFilter], tags: &Tags) -> bool {
    wanted.iter().all(|filter| filter.passes(tags))
}

/// Whether a name matches a pattern with a wildcard `*` at either end. An empty pattern is no
/// filter.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => pattern.is_empty() || name == pattern,
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (Some(_), Some(_)) => name.contains(pattern.trim_matches('*')),
    }
}

/// The zone that all instances of a region are in: an inventory names none.
pub(super) fn zone_of(region: &Region) -> String {
    let is_numbered = region.as_str().ends_with(|c: char| c.is_ascii_digit());
    format!("{region}{}a", if is_numbered { "" } else { "-" })
}

/// The rows of a page.
pub(super) fn numbered<T>(
    rows: impl Iterator<Item = T>,
    page: crate::ecs::NumberedPage,
) -> impl Iterator<Item = T> {
    rows.skip((page.number - 1).saturating_mul(page.size)).take(page.size)
}
