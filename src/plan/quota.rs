//! What concerns a whole region: whether its answers can be believed, and its quota.

use super::{Inputs, PlanError, order::Draft, step::Action};
use crate::model::{Presence, limits::KEY_PAIRS_MAX};

/// The share of recorded instances that may be missing before it looks like a lost permission.
const MISSING_SHARE: usize = 10;

/// Refuses to plan when more than a tenth of a region's recorded instances are gone.
pub(super) fn missing(inputs: Inputs<'_>) -> Result<(), PlanError> {
    if inputs.accept_missing {
        return Ok(());
    }
    for (region, records) in &inputs.recorded.instances {
        let Some(observed) = inputs.observed.regions.get(region) else { continue };
        let gone = |id| matches!(observed.instances.get(id), Some(Presence::Gone));
        let missing = records.keys().filter(|id| gone(*id)).count();
        if missing * MISSING_SHARE > records.len() {
            return Err(PlanError::ManyMissing {
                region: region.clone(),
                missing,
                recorded: records.len(),
            });
        }
    }
    Ok(())
}

/// Refuses to plan when a recorded pair is missing that an instance is seen bound to.
pub(super) fn contradictions(inputs: Inputs<'_>) -> Result<(), PlanError> {
    for (region, observed) in &inputs.observed.regions {
        for instance in observed.instances.values().filter_map(Presence::seen) {
            let Some(name) = &instance.bound else { continue };
            let is_known = inputs.recorded.pair(region, name).is_some();
            if is_known && !observed.pairs.contains_key(name) {
                return Err(PlanError::Contradiction {
                    region: region.clone(),
                    instance: instance.id.clone(),
                    name: name.clone(),
                });
            }
        }
    }
    Ok(())
}

/// Refuses a plan that would exceed the quota of pairs (R5).
///
/// Deletes come after imports in a run, but for those of pairs that are made again, so that the peak
/// is what is there plus what is made. Generations that are kept and foreign pairs count too.
pub(super) fn pairs(inputs: Inputs<'_>, draft: &Draft) -> Result<(), PlanError> {
    for (region, observed) in &inputs.observed.regions {
        let imported = draft.actions().filter_map(|action| match action {
            Action::ImportPair { region: of, name, .. }
            | Action::CreatePair { region: of, name, .. }
                if of == region =>
            {
                Some(name)
            }
            _ => None,
        });
        let imported: Vec<_> = imported.collect();
        let new = imported.len();
        // A pair that is made again is deleted before that.
        let made_again = imported.iter().filter(|name| observed.pairs.contains_key(**name)).count();
        let present = observed.pairs.len() - made_again;
        if new > 0 && present + new > KEY_PAIRS_MAX {
            return Err(PlanError::QuotaExceeded {
                region: region.clone(),
                present,
                new,
                maximum: KEY_PAIRS_MAX,
            });
        }
    }
    Ok(())
}
