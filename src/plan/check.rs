//! The plan's own checker: every plan passes it in every test and before every apply.
//!
//! It does not trust the planner and knows nothing of how a plan is made.

mod flaw;
mod index;
mod limits;
mod objects;
mod proofs;
mod totals;

use std::collections::{BTreeMap, BTreeSet};

pub use flaw::{Flaw, UnsoundCode};
use index::{FleetKey, Index};

use super::{
    digest,
    document::Plan,
    step::{Action, Expectation, PairKey, Step},
};
use crate::model::{
    InstanceId, RestartWhen, StepId,
    limits::{ATTACH_INSTANCES_MAX, REBOOT_INSTANCES_MAX},
};

/// A plan that must not be applied: a mistake of the planner, or somebody changed the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plan is not sound, so nothing of it is done: {}", list(.0))]
pub struct Unsound(pub Vec<Flaw>);

fn list(flaws: &[Flaw]) -> String {
    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Verifies a plan.
///
/// # Errors
/// [`Unsound`] with everything that is wrong with it.
pub fn check(plan: &Plan) -> Result<(), Unsound> {
    let mut problems = Vec::new();
    if plan.digest != digest::compute(plan) {
        problems.push(Flaw::DigestDiffers);
    }
    totals::check(plan, &mut problems);
    // A key's first line is followed by its second one; a message may well name the first.
    let has_key = |text: String| text.contains(r"PRIVATE KEY-----\n");
    if serde_json::to_string(plan).map_or(true, has_key) {
        problems.push(Flaw::HoldsSecret);
    }
    let forward = |(id, step): (StepId, &Step)| step.after.iter().all(|&before| before < id);
    if !plan.numbered().all(forward) {
        problems.push(Flaw::StepsOutOfOrder);
        return Err(Unsound(problems));
    }
    let index = Index::new(plan);
    for (id, step) in plan.numbered() {
        if !is_batch(step) {
            problems.push(Flaw::BatchSize { step: id });
        }
        if !says_what_it_rests_on(&index, step) {
            problems.push(Flaw::RestsOnNothing { step: id });
        }
        problems.extend(order(&index, id, step));
        objects::check(&index, id, step, &mut problems);
    }
    once(plan, &mut problems);
    manual(plan, &mut problems);
    waves(plan, &index, &mut problems);
    proofs::check(plan, &mut problems);
    limits::check(plan, &index, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(Unsound(problems)) }
}

/// Whether the service takes the instances of a step at once.
fn is_batch(step: &Step) -> bool {
    let maximum = match step.action {
        Action::Attach { .. } | Action::Detach { .. } => ATTACH_INSTANCES_MAX,
        Action::Restart { .. } => REBOOT_INSTANCES_MAX,
        Action::Prove { .. } | Action::Defer { .. } => usize::MAX,
        _ => return true,
    };
    let size = step.action.items().len();
    size > 0 && size <= maximum
}

fn says_what_it_rests_on(index: &Index<'_>, step: &Step) -> bool {
    let has = |wanted: fn(&Expectation) -> bool| step.expectations.iter().any(wanted);
    let pair_ours = has(|e| matches!(e, Expectation::PairOurs { .. }));
    let key_held = has(|e| matches!(e, Expectation::KeyHeld { .. }));
    match &step.action {
        Action::MakeKey { .. } => {
            has(|e| matches!(e, Expectation::KeyAbsent { .. } | Expectation::KeyNotLookedAt { .. }))
        }
        Action::ImportPair { key, .. } => {
            has(|e| matches!(e, Expectation::PairAbsent { .. }))
                && (key_held || !matches!(key, PairKey::Held { .. }))
        }
        Action::CreatePair { .. } => {
            has(|e| matches!(e, Expectation::KeyAbsent { .. }))
                && has(|e| matches!(e, Expectation::PairAbsent { .. }))
        }
        action @ Action::GroupPair { .. } => {
            let made = action.pair().and_then(|pair| index.made_pairs.get(&pair));
            pair_ours || made.is_some_and(|made| step.after.contains(made))
        }
        Action::AdoptPair { .. } => has(|e| matches!(e, Expectation::PairForeign { .. })),
        Action::TagPair { .. } | Action::UntagPair { .. } => pair_ours,
        action @ (Action::Attach { .. } | Action::Defer { .. }) => {
            pair_ours || action.pair().is_none_or(|pair| index.made_pairs.contains_key(&pair))
        }
        Action::DeletePair { .. } => {
            pair_ours && has(|e| matches!(e, Expectation::BoundNowhere { .. }))
        }
        Action::RetireKey { .. } => key_held,
        Action::Record { .. } => !step.expectations.is_empty(),
        Action::Detach { .. }
        | Action::Restart { .. }
        | Action::Prove { .. }
        | Action::Gate { .. } => true,
    }
}

/// What a step comes before, and must not.
fn order(index: &Index<'_>, id: StepId, step: &Step) -> Option<Flaw> {
    let follows = |before: Option<&StepId>| before.is_none_or(|id| step.after.contains(id));
    match &step.action {
        Action::ImportPair { name, key: PairKey::Made, .. }
            if index.made_keys.get(name).is_none_or(|made| !step.after.contains(made)) =>
        {
            Some(Flaw::ImportBeforeKey { step: id })
        }
        Action::Attach { region, name, .. } if !follows(index.made_pairs.get(&(region, name))) => {
            Some(Flaw::BindBeforePair { step: id })
        }
        Action::Defer { region, name: Some(name), .. }
            if !follows(index.made_pairs.get(&(region, name))) =>
        {
            Some(Flaw::DeferBeforePair { step: id })
        }
        action @ Action::Restart { .. }
            if !action.instances().all(|at| follows(index.moves.get(&at))) =>
        {
            Some(Flaw::RestartBeforeMove { step: id })
        }
        Action::DeletePair { region, name } => {
            let before = index.ancestors(id);
            let leaves = |step: &Step| {
                let mut items = step.action.items().iter();
                step.action.is_rebind()
                    && step.action.region() == Some(region)
                    && items.any(|item| item.bound.as_ref() == Some(name))
            };
            let late =
                index.plan.numbered().any(|(other, step)| leaves(step) && !before.contains(&other));
            late.then_some(Flaw::DeleteBeforeLeft { step: id })
        }
        _ => None,
    }
}

/// No instance is moved twice or restarted twice.
fn once(plan: &Plan, problems: &mut Vec<Flaw>) {
    let mut moved = BTreeSet::new();
    let mut restarted = BTreeSet::new();
    let mut proven = BTreeSet::new();
    for step in &plan.steps {
        let (seen, flaw): (_, fn(InstanceId) -> Flaw) = match &step.action {
            // What is deferred is not done too.
            Action::Attach { .. } | Action::Detach { .. } | Action::Defer { .. } => {
                (&mut moved, |instance| Flaw::MovedTwice { instance })
            }
            Action::Restart { .. } => {
                (&mut restarted, |instance| Flaw::RestartedTwice { instance })
            }
            Action::Prove { .. } => (&mut proven, |instance| Flaw::ProvenTwice { instance }),
            _ => continue,
        };
        for at in step.action.instances() {
            if !seen.insert(at.clone()) {
                problems.push(flaw(at.id));
            }
        }
    }
}

/// People restart the instances of `when: manual`.
fn manual(plan: &Plan, problems: &mut Vec<Flaw>) {
    let is_manual = |(region, binding): FleetKey<'_>| {
        let fleet = plan.fleet(region, binding);
        fleet.is_some_and(|fleet| fleet.restart.when == RestartWhen::Manual)
    };
    for (id, step) in plan.numbered() {
        if let Action::Restart { region, binding, .. } = &step.action
            && is_manual((region, binding))
        {
            problems.push(Flaw::RestartsManual { step: id });
        }
    }
}

/// The first wave that restarts anything is the canary of its fleet, if the policy asks for one, and is
/// no larger than that.
fn canaries(plan: &Plan, sizes: &BTreeMap<(FleetKey<'_>, usize), usize>, problems: &mut Vec<Flaw>) {
    for fleet in &plan.fleets {
        let key = (&fleet.region, &fleet.binding);
        let own = sizes.iter().filter(|((of, _), _)| *of == key);
        let first = own.map(|((_, wave), size)| (*wave, *size)).next();
        let allowed = fleet.restart.canary_among(fleet.instances.len()).filter(|most| *most > 0);
        if let Some((wave, size)) = first
            && allowed.is_some_and(|most| size > most || fleet.canary_wave != Some(wave))
        {
            problems.push(Flaw::CanaryMissing { wave, binding: fleet.binding.clone() });
        }
    }
}

/// Waves are chained by their gates, and none is larger than its binding allows.
fn waves(plan: &Plan, index: &Index<'_>, problems: &mut Vec<Flaw>) {
    let mut sizes: BTreeMap<(FleetKey<'_>, usize), usize> = BTreeMap::new();
    for (id, step) in plan.numbered() {
        let Some((fleet, wave)) = step.action.fleet().zip(step.action.wave()) else { continue };
        if matches!(step.action, Action::Gate { .. }) {
            continue;
        }
        let previous = match wave.checked_sub(1) {
            // Wave 0 holds the stopped instances and follows the last wave, if there is one.
            None => index.fleets.get(&fleet).map_or(0, |(waves, _)| *waves),
            Some(previous) => previous,
        };
        let before = index.gates.get(&(fleet, previous));
        if before.is_none_or(|gate| !step.after.contains(gate)) && previous > 0 {
            problems.push(Flaw::WaveTooEarly { step: id });
        }
        if let Action::Restart { items, .. } = &step.action {
            *sizes.entry((fleet, wave)).or_default() += items.len();
        }
        if let Action::Restart { .. } | Action::Prove { .. } = &step.action {
            let gate = index.gates.get(&(fleet, wave));
            if gate.is_none_or(|&gate| !plan.steps[gate].after.contains(&id)) {
                problems.push(Flaw::WaveEndsEarly { step: id });
            }
        }
    }
    canaries(plan, &sizes, problems);
    for ((fleet, wave), size) in sizes {
        let (_, binding) = fleet;
        let allowed = index.fleets.get(&fleet).map_or(0, |(_, allowed)| *allowed);
        if size > allowed {
            let binding = binding.clone();
            problems.push(Flaw::WaveTooLarge { wave, binding, instances: size, allowed });
        }
    }
}
