//! Which instances each binding has: those that it lists, and those that its selector finds.
//!
//! Selectors are evaluated here over a complete listing, never by the service's tag filter, which
//! answers at most 1,000 instances, and none without the permission to read tags.

use std::collections::BTreeMap;

use super::{Inputs, PlanError};
use crate::{
    manifest::{Chosen, DesiredBinding, OnLeave, Origin},
    model::{BindingName, InstanceId, InstanceRef, Presence, Region, tags::has_all},
};

/// The instances of all bindings.
#[derive(Debug, Default)]
pub(super) struct Claims<'a> {
    /// Per binding, in the order of the manifests: its instances, and where the wish was written.
    pub(super) chosen: Vec<Vec<(&'a InstanceId, &'a Origin)>>,
    /// Who claims each instance; one that several claim is left alone (R6).
    pub(super) claimed: BTreeMap<InstanceRef, Vec<&'a BindingName>>,
}

/// Finds the instances of all bindings.
///
/// # Errors
/// [`PlanError::SelectsNothing`] for the first selector that finds nothing and may not.
pub(super) fn claims(inputs: Inputs<'_>) -> Result<Claims<'_>, PlanError> {
    let mut claims = Claims::default();
    for binding in inputs.desired.map_or(&[][..], |desired| &desired.bindings) {
        let chosen = chosen(inputs, binding)?;
        for (id, _) in &chosen {
            let claimed_by = claims.claimed.entry(id.in_region(&binding.region)).or_default();
            claimed_by.push(&binding.name);
        }
        claims.chosen.push(chosen);
    }
    Ok(claims)
}

fn chosen<'a>(
    inputs: Inputs<'a>,
    binding: &'a DesiredBinding,
) -> Result<Vec<(&'a InstanceId, &'a Origin)>, PlanError> {
    let selector = match &binding.chosen {
        Chosen::Listed(instances) => {
            return Ok(instances.iter().map(|one| (&one.id, &one.origin)).collect());
        }
        Chosen::Selected(selector) => selector,
    };
    let region = inputs.observed.regions.get(&binding.region);
    let seen = region.into_iter().flat_map(|region| region.instances.values());
    let found: Vec<_> = seen
        .filter_map(Presence::seen)
        .filter(|instance| has_all(&instance.tags, &selector.tags))
        .map(|instance| (&instance.id, &selector.origin))
        .collect();
    if found.is_empty() && !selector.allow_empty {
        return Err(PlanError::SelectsNothing {
            binding: binding.name.clone(),
            region: binding.region.clone(),
            tags: selector.tags.iter().map(|(key, value)| format!("{key}={value}")).collect(),
            origin: selector.origin.clone(),
        });
    }
    Ok(found)
}

/// What becomes of a recorded instance of a binding that no binding claims any more, if the binding
/// is still there and selects its instances.
pub(super) fn on_leave(
    inputs: Inputs<'_>,
    binding: &BindingName,
    region: &Region,
) -> Option<OnLeave> {
    let desired = inputs.desired?;
    let binding = desired.bindings.iter().find(|one| one.name == *binding && one.region == *region);
    match &binding?.chosen {
        Chosen::Listed(_) => None,
        Chosen::Selected(selector) => Some(selector.on_leave),
    }
}
