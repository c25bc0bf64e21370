//! That the fleets of a region together stay below the limits of the project and of groups.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    flaw::Flaw,
    index::{FleetKey, Index},
};
use crate::{
    model::{BindingName, GroupName, Region},
    plan::{
        document::{self, Plan, RegionLimit},
        step::Action,
    },
};

/// Fleets run beside one another, unless the first wave of one waits for the last wave of another:
/// such fleets are a lane, and only the largest wave of each lane counts.
pub(super) fn check(plan: &Plan, index: &Index<'_>, problems: &mut Vec<Flaw>) {
    shared(plan, problems);
    for limit in &plan.limits {
        let sizes = sizes(plan, limit);
        let mut lanes: BTreeMap<FleetKey<'_>, usize> = BTreeMap::new();
        let mut ends: BTreeMap<FleetKey<'_>, FleetKey<'_>> = BTreeMap::new();
        // Fleets are in the order of their steps: what a fleet waits for comes before it.
        for (fleet, size) in sizes {
            let before = ends.keys().copied().find(|before| follows(plan, index, fleet, *before));
            let lane = before.and_then(|before| ends.remove(&before)).unwrap_or(fleet);
            ends.insert(fleet, lane);
            let largest = lanes.entry(lane).or_default();
            *largest = size.max(*largest);
        }
        let together: usize = lanes.values().sum();
        if together > limit.unavailable_max {
            problems.push(Flaw::FleetsTooLarge {
                region: limit.region.clone(),
                group: limit.group.clone(),
                instances: together,
                allowed: limit.unavailable_max,
            });
        }
    }
}

/// Bindings that name one group share the smallest budget that one of them has.
fn shared(plan: &Plan, problems: &mut Vec<Flaw>) {
    let mut groups: BTreeMap<(&Region, &GroupName), Vec<&document::Fleet>> = BTreeMap::new();
    for fleet in &plan.fleets {
        if let Some(group) = &fleet.restart.group {
            groups.entry((&fleet.region, group)).or_default().push(fleet);
        }
    }
    for ((region, group), fleets) in groups.into_iter().filter(|(_, fleets)| fleets.len() > 1) {
        let all: BTreeSet<_> = fleets.iter().flat_map(|fleet| &fleet.instances).collect();
        let budgets = fleets.iter().map(|fleet| fleet.restart.max_unavailable.among(all.len()));
        let least = budgets.min().unwrap_or_default();
        let is_kept = plan.limits.iter().any(|limit| {
            limit.region == *region
                && limit.group.as_ref() == Some(group)
                && limit.unavailable_max <= least
        });
        if !is_kept {
            let (region, group) = (region.clone(), group.clone());
            problems.push(Flaw::GroupUnlimited { region, group, allowed: least });
        }
    }
}

/// The largest wave of each fleet of a limit that restarts instances, in the order of the steps.
fn sizes<'a>(plan: &'a Plan, limit: &RegionLimit) -> Vec<(FleetKey<'a>, usize)> {
    let mut order: Vec<FleetKey<'a>> = Vec::new();
    let mut waves: BTreeMap<(FleetKey<'a>, usize), usize> = BTreeMap::new();
    for step in &plan.steps {
        if let Action::Restart { region, binding, wave, items, .. } = &step.action
            && is_of(plan, limit, region, binding)
        {
            let fleet = (region, binding);
            if !order.contains(&fleet) {
                order.push(fleet);
            }
            *waves.entry((fleet, *wave)).or_default() += items.len();
        }
    }
    let size = |fleet: &FleetKey<'a>| {
        let own = waves.iter().filter(|((of, _), _)| of == fleet);
        own.map(|(_, size)| *size).max().unwrap_or_default()
    };
    order.iter().map(|fleet| (*fleet, size(fleet))).collect()
}

fn is_of(plan: &Plan, limit: &RegionLimit, region: &Region, binding: &BindingName) -> bool {
    plan.fleet(region, binding).is_some_and(|fleet| limit.covers(fleet))
}

/// Whether every step of the first wave of a fleet waits for the end of another one.
fn follows(plan: &Plan, index: &Index<'_>, fleet: FleetKey<'_>, before: FleetKey<'_>) -> bool {
    let last = index.fleets.get(&before).map_or(0, |(waves, _)| *waves);
    let Some(end) = index.gates.get(&(before, last)) else { return false };
    let mut first = plan.numbered().filter(|(_, step)| match &step.action {
        Action::Attach { region, binding, wave: 1, .. }
        | Action::Detach { region, binding, wave: 1, .. }
        | Action::Restart { region, binding, wave: 1, .. }
        | Action::Prove { region, binding, wave: 1, .. } => (region, binding) == fleet,
        _ => false,
    });
    first.all(|(id, _)| index.ancestors(id).contains(end))
}
