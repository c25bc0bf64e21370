//! What caps a project as a whole: restarts and deletes of one run, and instances that are down.

use super::{
    Inputs,
    bindings::Group,
    document::{NoteKind, RegionLimit},
    order::Draft,
    reason::Reason,
};
use crate::{
    manifest::ProjectLimits,
    model::{Address, Region},
};

/// The limits of the project; those of a `destroy` are the recorded policies alone.
pub(super) fn of(inputs: Inputs<'_>) -> ProjectLimits {
    inputs.desired.map(|desired| desired.project.limits.clone()).unwrap_or_default()
}

/// Leaves restarts beyond the limit of one run to the next one.
pub(super) fn restarts(inputs: Inputs<'_>, groups: &mut [Group], draft: &mut Draft) {
    let Some(mut left) = of(inputs).restarts_per_run else { return };
    for group in groups {
        let region = group.region.clone();
        group.needs.retain(|need| {
            if !need.running {
                return true;
            }
            let fits = left > 0;
            left = left.saturating_sub(1);
            if !fits {
                let address = Address::Instance(region.clone(), need.id.clone());
                let origin = need.origin.as_ref();
                draft.note(NoteKind::Waiting, address, &Reason::RestartLimit, origin);
            }
            fits
        });
    }
}

/// How many instances may be down together in each region, of all that the project has there.
pub(super) fn unavailable(inputs: Inputs<'_>, groups: &[Group]) -> Vec<RegionLimit> {
    let Some(limit) = of(inputs).unavailable else { return Vec::new() };
    let mut regions: Vec<&Region> = groups.iter().map(|group| &group.region).collect();
    regions.sort();
    regions.dedup();
    let count = |region: &Region| -> usize {
        let here = groups.iter().filter(|group| group.region == *region);
        here.map(|group| group.instances.len()).sum()
    };
    regions
        .into_iter()
        .map(|region| RegionLimit {
            region: region.clone(),
            unavailable_max: limit.among(count(region)),
        })
        .collect()
}
