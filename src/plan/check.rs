//! The plan's own checker: every plan passes it in every test and before every apply.
//!
//! It does not trust the planner and knows nothing of how a plan is made.

mod index;
mod limits;
mod proofs;

use std::collections::{BTreeMap, BTreeSet};

use index::{Fleet, Index};

use super::{
    digest,
    document::Plan,
    step::{Action, Expectation, PairKey, Step},
};
use crate::model::{
    RestartWhen,
    limits::{ATTACH_INSTANCES_MAX, REBOOT_INSTANCES_MAX},
};

/// A plan that must not be applied: a mistake of the planner, or somebody changed the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plan is not sound, so nothing of it is done: {}", .0.join("; "))]
pub struct Unsound(pub Vec<String>);

/// Verifies a plan.
///
/// # Errors
/// [`Unsound`] with everything that is wrong with it.
pub fn check(plan: &Plan) -> Result<(), Unsound> {
    let mut problems = Vec::new();
    if plan.digest != digest::of(plan) {
        problems.push("its digest does not fit its steps".to_owned());
    }
    // A key's first line is followed by its second one; a message may well name the first.
    let has_key = |text: String| text.contains(r"PRIVATE KEY-----\n");
    if serde_json::to_string(plan).map_or(true, has_key) {
        problems.push("it holds a secret".to_owned());
    }
    let forward = |(id, step): (usize, &Step)| step.after.iter().all(|&before| before < id);
    if !plan.steps.iter().enumerate().all(forward) {
        problems.push("a step comes before one that it waits for".to_owned());
        return Err(Unsound(problems));
    }
    let index = Index::new(plan);
    for (id, step) in plan.steps.iter().enumerate() {
        let mut problem = |text: &str| problems.push(format!("step {id} {text}"));
        sizes(step, &mut problem);
        expectations(&index, step, &mut problem);
        order(&index, id, step, &mut problem);
    }
    once(plan, &mut problems);
    manual(plan, &mut problems);
    waves(plan, &index, &mut problems);
    proofs::check(plan, &mut problems);
    limits::check(plan, &index, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(Unsound(problems)) }
}

fn sizes(step: &Step, problem: &mut impl FnMut(&str)) {
    let maximum = match step.action {
        Action::Attach { .. } | Action::Detach { .. } => ATTACH_INSTANCES_MAX,
        Action::Restart { .. } => REBOOT_INSTANCES_MAX,
        Action::Prove { .. } | Action::Defer { .. } => usize::MAX,
        _ => return,
    };
    let size = step.action.items().len();
    if size == 0 || size > maximum {
        problem("has a batch that the service does not take");
    }
}

fn expectations(index: &Index<'_>, step: &Step, problem: &mut impl FnMut(&str)) {
    let has = |wanted: fn(&Expectation) -> bool| step.expectations.iter().any(wanted);
    let pair_ours = has(|e| matches!(e, Expectation::PairOurs { .. }));
    let key_held = has(|e| matches!(e, Expectation::KeyHeld { .. }));
    let complete = match &step.action {
        Action::MakeKey { .. } => has(|e| matches!(e, Expectation::KeyAbsent { .. })),
        Action::ImportPair { key, .. } => {
            has(|e| matches!(e, Expectation::PairAbsent { .. }))
                && (key_held || !matches!(key, PairKey::Held { .. }))
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
    };
    if !complete {
        problem("does not say what it rests on");
    }
}

fn order(index: &Index<'_>, id: usize, step: &Step, problem: &mut impl FnMut(&str)) {
    let follows = |before: Option<&usize>| before.is_none_or(|id| step.after.contains(id));
    match &step.action {
        Action::ImportPair { name, key: PairKey::Made, .. }
            if index.made_keys.get(name).is_none_or(|made| !step.after.contains(made)) =>
        {
            problem("imports a pair before its private key is in the vault (L2)");
        }
        Action::Attach { region, name, .. } if !follows(index.made_pairs.get(&(region, name))) => {
            problem("binds instances before their pair is made");
        }
        Action::Defer { region, name: Some(name), .. }
            if !follows(index.made_pairs.get(&(region, name))) =>
        {
            problem("writes down what is owed before the pair of that is made");
        }
        Action::Restart { region, items, .. }
            if !items.iter().all(|item| follows(index.moves.get(&(region, &item.id)))) =>
        {
            problem("restarts an instance before it is moved");
        }
        Action::DeletePair { region, name } => {
            let before = index.ancestors(id);
            let leaves = |step: &Step| {
                let mut items = step.action.items().iter();
                step.action.is_move()
                    && step.action.region() == Some(region)
                    && items.any(|item| item.bound.as_ref() == Some(name))
            };
            let late = index
                .plan
                .steps
                .iter()
                .enumerate()
                .any(|(other, step)| leaves(step) && !before.contains(&other));
            if late {
                problem("deletes a pair before its instances have left it (L3)");
            }
        }
        _ => {}
    }
}

/// No instance is moved twice or restarted twice.
fn once(plan: &Plan, problems: &mut Vec<String>) {
    let mut moved = BTreeSet::new();
    let mut restarted = BTreeSet::new();
    let mut proven = BTreeSet::new();
    for step in &plan.steps {
        let (seen, word) = match &step.action {
            // What is deferred is not done too.
            Action::Attach { .. } | Action::Detach { .. } | Action::Defer { .. } => {
                (&mut moved, "moved")
            }
            Action::Restart { .. } => (&mut restarted, "restarted"),
            Action::Prove { .. } => (&mut proven, "proven"),
            _ => continue,
        };
        for (region, instance) in step.action.instances() {
            if !seen.insert((region, instance)) {
                problems.push(format!("{instance} is {word} twice (L9)"));
            }
        }
    }
}

/// People restart the instances of `when: manual`.
fn manual(plan: &Plan, problems: &mut Vec<String>) {
    let is_manual = |(region, binding): Fleet<'_>| {
        let fleet = plan.fleet(region, binding);
        fleet.is_some_and(|fleet| fleet.restart.when == RestartWhen::Manual)
    };
    for (id, step) in plan.steps.iter().enumerate() {
        if let Action::Restart { region, binding, .. } = &step.action
            && is_manual((region, binding))
        {
            problems.push(format!("step {id} restarts what people restart"));
        }
    }
}

/// Waves are chained by their gates, and none is larger than its binding allows.
fn waves(plan: &Plan, index: &Index<'_>, problems: &mut Vec<String>) {
    let mut sizes: BTreeMap<(Fleet<'_>, usize), usize> = BTreeMap::new();
    for (id, step) in plan.steps.iter().enumerate() {
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
            problems.push(format!("step {id} does not wait for the wave before it (L9)"));
        }
        if let Action::Restart { items, .. } = &step.action {
            *sizes.entry((fleet, wave)).or_default() += items.len();
        }
        if let Action::Restart { .. } | Action::Prove { .. } = &step.action {
            let gate = index.gates.get(&(fleet, wave));
            if gate.is_none_or(|&gate| !plan.steps[gate].after.contains(&id)) {
                problems.push(format!("the wave of step {id} ends before it (L9)"));
            }
        }
    }
    for ((fleet, wave), size) in sizes {
        let (_, binding) = fleet;
        let allowed = index.fleets.get(&fleet).map_or(0, |(_, allowed)| *allowed);
        if size > allowed {
            problems.push(format!(
                "wave {wave} of {binding} restarts {size} instances, and {allowed} may be down (L9)"
            ));
        }
    }
}
