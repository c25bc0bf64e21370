//! Why a step may not begin, by how those before it have ended.

use super::{
    report::StepEnd,
    shared::Shared,
    timing::{rebinds, restarts},
    why_not::WhyNot,
};
use crate::{
    model::{PerStep, StepId},
    plan::Action,
};

/// Why a step may not begin. A restart goes on with the instances that were rebound, and the waves of
/// a fleet go on while it may have failures; everything else wants all that came before.
pub(super) fn obstacle(
    shared: &Shared<'_>,
    ends: &PerStep<Option<StepEnd>>,
    id: StepId,
) -> Option<WhyNot> {
    let action = shared.action(id);
    for &before in &shared.plan.steps[id].after {
        let cause = shared.action(before);
        match &ends[before] {
            Some(StepEnd::Done | StepEnd::Skipped) => {}
            // It restarts those that were rebound.
            Some(_) if restarts(action) && rebinds(cause) => {}
            Some(StepEnd::NotStarted(why)) => return Some(*why),
            // It proves those that are back.
            Some(_) if proves(action) && restarts(cause) => {}
            Some(StepEnd::Partly | StepEnd::Failed(_)) if bears_failures(shared, id, before) => {}
            _ => return Some(WhyNot::After { step: before }),
        }
    }
    failed_canary(shared, id).map(|step| WhyNot::Canary { step })
}

/// The restart of a canary that has no instance in effect, if this is the gate behind it. That
/// nothing of it failed is not enough: each instance may be gone, or refused by the service.
fn failed_canary(shared: &Shared<'_>, gate: StepId) -> Option<StepId> {
    let Action::Gate { wave, .. } = shared.action(gate) else { return None };
    let fleet = shared.fleet_of(gate)?;
    if fleet.canary_wave != Some(*wave) {
        return None;
    }
    let before = shared.plan.steps[gate].after.iter().copied();
    let mut canary = before.filter(|step| restarts(shared.action(*step)));
    let first = canary.clone().next()?;
    let is_in_effect = |step: StepId| {
        let items = shared.action(step).items().iter();
        items.into_iter().any(|item| shared.is_recorded_in_effect(&fleet.region, item))
    };
    (!canary.any(is_in_effect)).then_some(first)
}

/// Whether a step may begin although one before it was not done for all its instances: the end of a
/// wave while its fleet may have failures, and what goes on after that. What takes a pair or a key
/// away is no such step: an instance that failed may need it (L3).
fn bears_failures(shared: &Shared<'_>, id: StepId, before: StepId) -> bool {
    let action = shared.action(id);
    if let Action::Gate { .. } = action {
        let Some(fleet) = shared.fleet_of(id) else { return false };
        let failures = u32::try_from(shared.failures(fleet));
        return failures.is_ok_and(|failures| failures <= fleet.restart.max_failures);
    }
    let follows_gate = matches!(shared.action(before), Action::Gate { .. });
    follows_gate && (rebinds(action) || restarts(action) || proves(action))
}

/// Whether a step shows that instances accept a login.
fn proves(action: &Action) -> bool {
    matches!(action, Action::Prove { .. })
}
