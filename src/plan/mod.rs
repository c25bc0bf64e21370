//! The planner: desired, recorded and observed in, a plan out. Pure.
//!
//! The order of thought: [`quota`] asks whether the answers can be believed, [`found`] takes in what
//! is ours and not recorded. [`keys`], [`pairs`] in their [`generations`], [`bindings`] of the
//! instances that [`select`] finds, and [`removal`] compare and decide object by object. [`schedule`]
//! holds back what may not begin now, [`limits`] leaves some of it to later runs, [`waves`] makes
//! steps of the rest, [`order`] sorts them, [`check`] verifies the result.

mod bindings;
pub mod check;
mod deferral;
mod digest;
mod document;
mod due;
mod error;
pub mod expect;
mod found;
mod generations;
mod keys;
mod limits;
mod observe;
mod order;
mod owned;
mod pairs;
mod quota;
mod reason;
mod release;
mod removal;
mod schedule;
mod select;
mod stale;
mod step;
mod summary;
mod tags;
mod target;
mod told;
mod waves;

use std::collections::BTreeMap;

use crate::{
    manifest::Desired,
    model::{InstanceId, Lineage, Observed, Presence, ProjectName, Timestamp},
    state::Facts,
};

pub use document::{Fleet, Note, NoteKind, ObjectChange, PLAN_FORMAT, Plan, RegionLimit};
pub use due::due;
pub use error::{PlanError, PlanErrorCode};
pub use observe::{Question, orphaned_lineage, question, question_of, unrecorded_pairs};
pub use reason::{
    ClaimReason, InstanceReason, KeyReason, PairReason, Reason, ReasonCode, ScheduleReason,
    UnwantedReason,
};
pub use stale::{Stale, StaleCode};
pub use step::{Action, Cause, Expectation, Item, PairKey, Step};
pub use summary::{Deferred, Obstacle, Summary, Waves};
pub use target::Targets;
pub use told::Told;

/// What a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The project that plans.
    pub project: &'a ProjectName,
    /// What the manifests mean. `None` for `destroy`, which is a plan for nothing desired.
    pub desired: Option<&'a Desired>,
    /// The lineage of the state, if there is a state.
    pub lineage: Option<&'a Lineage>,
    /// The serial of the state; 0 without one.
    pub serial: u64,
    /// What is recorded.
    pub facts: &'a Facts,
    /// What the cloud and the vault say.
    pub observed: &'a Observed,
    /// The time now, for holds and for what somebody else has changed.
    pub now: Timestamp,
    /// Take it for granted that many recorded instances are gone.
    pub accept_missing: bool,
    /// What it is restricted to.
    pub targets: &'a Targets,
    /// Restart instances by power cuts.
    pub force_restarts: bool,
}

/// Makes the plan.
///
/// # Errors
/// [`PlanError`] if the whole cannot be planned. A problem of one object is a blocked row instead.
pub fn plan(inputs: Inputs<'_>) -> Result<Plan, PlanError> {
    quota::missing(inputs)?;
    quota::contradictions(inputs)?;
    let mut draft = order::Draft::default();
    let found = found::find(inputs, &mut draft);
    let known = found::with(inputs.facts, &found);
    let (recorded, inputs) = (inputs, Inputs { facts: &known, ..inputs });
    let pairs = pairs::decide(inputs, &mut draft);
    let claims = select::claims(inputs)?;
    let scope = target::Scope::find(inputs, &claims)?;
    let mut groups = bindings::decide(inputs, &claims, &pairs, &mut draft);
    if let Some(scope) = &scope {
        scope.restrict(&mut groups, |pair| !removal::is_wanted(inputs, pair));
    }
    bindings::tell_left_stopped(&groups, &mut draft);
    schedule::hold(inputs, &mut groups, &mut draft);
    limits::restarts(inputs, &mut groups, &mut draft);
    let limits = limits::unavailable(inputs, &groups);
    waves::add(&groups, &pairs, &limits, &mut draft);
    deferral::add(inputs, &mut groups, &pairs, &mut draft);
    deferral::release(inputs, &claims, &pairs, &mut draft);
    removal::remove(inputs, (&pairs, &groups), scope.as_ref(), &mut draft);
    found::record(recorded, &found, &mut draft);
    if let Some(scope) = &scope {
        scope.cut(&mut draft);
    }
    quota::pairs(inputs, &draft)?;
    finish(inputs, limits, draft)
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
        project: inputs.project.clone(),
        lineage: inputs.lineage.cloned(),
        serial: inputs.serial,
        targets: inputs.targets.patterns().to_vec(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        summary: summary::summarise(&steps, &fleets, &notes, deferred),
        steps,
        fleets,
        limits,
        notes,
        changes,
        instance_names: BTreeMap::new(),
    };
    plan.instance_names = instance_names(inputs.observed, &plan.steps);
    plan.digest = digest::of(&plan);
    Ok(plan)
}

fn instance_names(observed: &Observed, steps: &[Step]) -> BTreeMap<InstanceId, String> {
    let mut names = BTreeMap::new();
    for step in steps {
        let Some(region) = step.action.region().and_then(|region| observed.regions.get(region))
        else {
            continue;
        };
        for item in step.action.items() {
            let instance = region.instances.get(&item.id).and_then(Presence::seen);
            if let Some(instance) = instance.filter(|instance| !instance.name.is_empty()) {
                names.insert(item.id.clone(), instance.name.clone());
            }
        }
    }
    names
}
