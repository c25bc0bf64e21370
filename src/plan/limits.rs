//! What caps a project as a whole: restarts and deletes of one run, and instances that are down.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Inputs, bindings::DraftFleet, document::RegionLimit, order::Draft, reason::ScheduleReason,
};
use crate::model::{GroupName, MaxUnavailable, Region};

/// Leaves restarts beyond the limit of one run to the next one.
pub(super) fn restarts(inputs: Inputs<'_>, fleets: &mut [DraftFleet], draft: &mut Draft) {
    let Some(mut left) = inputs.limits.restarts_per_run else { return };
    for fleet in fleets {
        for need in std::mem::take(&mut fleet.needs) {
            if need.restarts() && left == 0 {
                fleet.waits(&need, ScheduleReason::RestartLimit, draft);
                continue;
            }
            left -= usize::from(need.restarts());
            fleet.needs.push(need);
        }
    }
}

/// How many instances may be down together in each region: of all that the project has there, and
/// of the bindings of each group.
pub(super) fn unavailable(inputs: Inputs<'_>, fleets: &[DraftFleet]) -> Vec<RegionLimit> {
    let project = inputs.limits.unavailable.map(|limit| of_regions(limit, fleets));
    project.into_iter().flatten().chain(of_groups(fleets)).collect()
}

fn of_regions(limit: MaxUnavailable, fleets: &[DraftFleet]) -> Vec<RegionLimit> {
    let mut regions: Vec<&Region> = fleets.iter().map(|fleet| &fleet.region).collect();
    regions.sort();
    regions.dedup();
    let count = |region: &Region| count(fleets.iter().filter(|fleet| fleet.region == *region));
    regions
        .into_iter()
        .map(|region| RegionLimit {
            region: region.clone(),
            group: None,
            unavailable_max: limit.among(count(region)),
        })
        .collect()
}

/// The budgets that several bindings share: the smallest that one of them has for all instances of
/// the group.
fn of_groups(fleets: &[DraftFleet]) -> Vec<RegionLimit> {
    let mut shared: BTreeMap<(&Region, &GroupName), Vec<&DraftFleet>> = BTreeMap::new();
    for fleet in fleets {
        if let Some(name) = &fleet.restart.group {
            shared.entry((&fleet.region, name)).or_default().push(fleet);
        }
    }
    let limit = |((region, name), members): ((&Region, &GroupName), Vec<&DraftFleet>)| {
        let all = count(members.iter().copied());
        let budgets = members.iter().map(|member| member.restart.max_unavailable.among(all));
        budgets.min().filter(|_| members.len() > 1).map(|unavailable_max| RegionLimit {
            region: region.clone(),
            group: Some(name.clone()),
            unavailable_max,
        })
    };
    shared.into_iter().filter_map(limit).collect()
}

/// How many instances these bindings have together. One that several want counts once.
fn count<'a>(fleets: impl Iterator<Item = &'a DraftFleet>) -> usize {
    fleets.flat_map(|fleet| &fleet.instances).collect::<BTreeSet<_>>().len()
}
