//! The planner: desired, recorded and observed in, a plan out. Pure.
//!
//! The order of thought: [`quota`] asks whether the answers can be believed, [`found`] takes in what
//! is ours and not recorded, and [`intended`] the binds of runs that were killed. [`keys`], [`pairs`] in their [`generations`], [`bindings`] of the
//! instances that [`select`] finds, and [`removal`] compare and decide object by object. [`schedule`]
//! holds back what may not begin now, [`limits`] leaves some of it to later runs, [`waves`] makes
//! steps of the rest, [`rotation`] says which keys are old, [`order`] sorts them, [`check`] verifies the result.

mod about;
mod bindings;
pub mod check;
mod checksum;
mod coded;
mod deferral;
mod digest;
mod document;
mod due;
mod error;
pub mod expect;
mod found;
mod generations;
mod groups;
mod inputs;
mod intended;
mod keys;
mod limits;
mod lost;
mod notes;
mod observe;
mod order;
mod ownership;
mod pairs;
mod quota;
mod reason;
mod release;
mod removal;
mod rotation;
#[cfg(test)]
pub(crate) mod samples;
mod schedule;
mod scope;
mod select;
mod stale;
mod step;
mod summarise;
mod summary;
mod tags;
mod targets;
mod waves;

use std::collections::BTreeMap;

use crate::model::{CloudName, InstanceId, Observed, Presence, VaultKey};

pub use coded::Coded;
pub use document::{Fleet, Note, NoteKind, ObjectChange, PLAN_FORMAT, Plan, RegionLimit};
pub use due::due;
pub use error::{PlanError, PlanErrorCode};
pub use inputs::Inputs;
pub use observe::{Question, orphaned_lineage, question, question_of, unrecorded_pairs};
pub use reason::{
    ClaimReason, InstanceReason, KeyReason, PairReason, Reason, ReasonCode, ScheduleReason,
    UnwantedReason,
};
pub use rotation::{KeyAge, key_ages};
pub use stale::{Stale, StaleCode};
pub use step::{Action, Cause, Expectation, Item, PairKey, Step};
pub use summary::{Deferred, Obstacle, Summary, Waves};
pub use targets::Targets;

/// Makes the plan.
///
/// # Errors
/// [`PlanError`] if the whole cannot be planned. A problem of one object is a blocked row instead.
pub fn plan(inputs: Inputs<'_>) -> Result<Plan, PlanError> {
    quota::missing(inputs)?;
    quota::contradictions(inputs)?;
    let mut draft = order::Draft::default();
    let found = found::find(inputs, &mut draft);
    let recorded = found::merge_found(inputs.recorded, &found);
    // From here on what was found counts as recorded.
    let known = Inputs { recorded: &recorded, ..inputs };
    let pairs = pairs::add(known, &mut draft);
    let claims = select::claims(known)?;
    let intended = intended::merge(known, &claims);
    let known = Inputs { recorded: &intended, ..known };
    let scope = scope::Scope::find(known, &claims)?;
    let mut fleets = bindings::decide(known, &claims, &pairs).add_to(&mut draft);
    if let Some(scope) = &scope {
        scope.restrict(&mut fleets, |pair| !removal::is_wanted(known, pair));
    }
    bindings::note_left_stopped(&fleets, &mut draft);
    schedule::hold(known, &mut fleets, &mut draft);
    limits::restarts(known, &mut fleets, &mut draft);
    let limits = limits::unavailable(known, &fleets);
    let ends = waves::add(&fleets, &pairs, &limits, &mut draft);
    deferral::add(known, &mut fleets, &pairs, &mut draft);
    deferral::release(known, &claims, &pairs, &mut draft);
    removal::remove(known, &pairs, &fleets, &ends, scope.as_ref(), &mut draft);
    found::record(inputs, &found, &mut draft);
    found::record_guests(known, inputs.recorded, &claims, &mut draft);
    rotation::note(known, &mut draft);
    if let Some(scope) = &scope {
        scope.cut(&mut draft);
    }
    quota::pairs(known, &draft)?;
    finish(known, limits, draft)
}

/// Puts a draft in order, and makes a plan of it.
fn finish(
    inputs: Inputs<'_>,
    limits: Vec<RegionLimit>,
    draft: order::Draft,
) -> Result<Plan, PlanError> {
    let order::Finished { steps, fleets, notes, changes, deferred } = draft.finish()?;
    let mut plan = Plan {
        format: PLAN_FORMAT.to_owned(),
        digest: String::new(),
        checksum: String::new(),
        project: inputs.project.clone(),
        lineage: inputs.lineage.cloned(),
        serial: inputs.serial,
        targets: inputs.targets.patterns().to_vec(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        summary: summarise::summarise(&steps, &fleets, &notes, deferred),
        steps,
        fleets,
        limits,
        notes,
        changes,
        keys_not_looked_at: keys_not_looked_at(inputs.observed),
        state_overwritten_at: inputs.state.overwritten_at().map(str::to_owned),
        instance_names: BTreeMap::new(),
    };
    plan.instance_names = instance_names(inputs.observed, &plan.steps);
    plan.digest = digest::compute(&plan);
    plan.checksum = checksum::compute(&plan);
    Ok(plan)
}

fn keys_not_looked_at(observed: &Observed) -> Vec<CloudName> {
    let unseen = observed.vault.iter().filter(|(_, key)| **key == VaultKey::NotLookedAt);
    unseen.map(|(name, _)| name.clone()).collect()
}

fn instance_names(observed: &Observed, steps: &[Step]) -> BTreeMap<InstanceId, String> {
    let mut names = BTreeMap::new();
    for at in steps.iter().flat_map(|step| step.action.instances()) {
        let instance = observed.instance(&at).and_then(Presence::seen);
        if let Some(instance) = instance.filter(|instance| !instance.name.is_empty()) {
            names.insert(at.id, instance.name.clone());
        }
    }
    names
}
