//! Steps are about the objects that they say: what they rest on, what they restart, and what they
//! put aside.

use std::collections::BTreeSet;

use super::{Flaw, Index};
use crate::{
    model::{Address, CloudName, Region, StepId},
    plan::{
        document::Plan,
        step::{Action, Cause, Expectation, Item, Step},
    },
    state::Change,
};

/// What is wrong with the objects of a step.
pub(super) fn check(index: &Index<'_>, id: StepId, step: &Step, problems: &mut Vec<Flaw>) {
    if !rests_on_its_own(step) {
        problems.push(Flaw::RestsOnOther { step: id });
    }
    if let Action::RetireKey { name, .. } = &step.action
        && !is_out_of_use(index, id, step, name)
    {
        problems.push(Flaw::RetireBeforeDelete { step: id });
    }
    if let Action::Restart { items, .. } = &step.action {
        let differs = items.iter().filter(|item| !follows_its_move(index, &step.action, item));
        problems.extend(
            differs.map(|item| Flaw::RestartDiffers { instance: item.id.clone(), step: id }),
        );
    }
}

/// Whether each fact that a step rests on is one about what the step changes.
fn rests_on_its_own(step: &Step) -> bool {
    let own = addresses(&step.action);
    step.expectations.iter().all(|expectation| {
        let is_key = match (expectation, &step.action) {
            (
                Expectation::KeyHeld { fingerprint, .. },
                Action::RetireKey { fingerprint: retired, .. },
            ) => fingerprint == retired,
            (
                Expectation::PairForeign { fingerprint, .. },
                Action::AdoptPair { fingerprint: adopted, .. },
            ) => fingerprint == adopted,
            _ => true,
        };
        is_key && own.contains(&address(expectation))
    })
}

/// What a step changes, or uses to change an instance.
fn addresses(action: &Action) -> BTreeSet<Address> {
    let key = |name: &CloudName| Address::Key(name.clone());
    match action {
        Action::MakeKey { name, .. } | Action::RetireKey { name, .. } => [key(name)].into(),
        Action::Record { changes } => changes.iter().map(Change::address).collect(),
        _ => action
            .pair()
            .map_or_else(BTreeSet::new, |(region, name)| [pair(region, name), key(name)].into()),
    }
}

fn address(expectation: &Expectation) -> Address {
    match expectation {
        Expectation::KeyAbsent { name, .. }
        | Expectation::KeyNotLookedAt { name, .. }
        | Expectation::KeyHeld { name, .. } => Address::Key(name.clone()),
        Expectation::PairAbsent { region, name, .. }
        | Expectation::PairOurs { region, name, .. }
        | Expectation::PairForeign { region, name, .. }
        | Expectation::BoundNowhere { region, name } => pair(region, name),
        Expectation::Revision { address, .. } => address.clone(),
    }
}

fn pair(region: &Region, name: &CloudName) -> Address {
    Address::Pair(region.clone(), name.clone())
}

/// Whether a key is put aside after its pair, or because no pair has it, as its cause says.
fn is_out_of_use(index: &Index<'_>, id: StepId, step: &Step, name: &CloudName) -> bool {
    let removed: BTreeSet<StepId> = removals(index.plan, name).collect();
    if step.cause == Cause::Unused {
        return removed.is_empty();
    }
    !removed.is_empty() && removed.is_subset(&index.ancestors(id))
}

/// The steps that delete a pair of this name, or its record.
fn removals<'a>(plan: &'a Plan, wanted: &'a CloudName) -> impl Iterator<Item = StepId> + 'a {
    let removes = move |step: &Step| match &step.action {
        // A pair whose key is lost is made again under its name.
        Action::DeletePair { name, .. } => name == wanted && !step.cause.is_of_lost_key(),
        Action::Record { changes } => changes.iter().any(
            |change| matches!(change, Change::Removed(Address::Pair(_, name)) if name == wanted),
        ),
        _ => false,
    };
    plan.numbered().filter(move |(_, step)| removes(step)).map(|(id, _)| id)
}

/// Whether what a restart puts in effect is what this plan has bound in the same wave, if it binds.
fn follows_its_move(index: &Index<'_>, restart: &Action, item: &Item) -> bool {
    let Some(region) = restart.region() else { return true };
    let Some(&moved_by) = index.moves.get(&item.id.in_region(region)) else { return true };
    let action = &index.plan.steps[moved_by].action;
    let bound = match action {
        Action::Attach { name, .. } => Some(name),
        _ => None,
    };
    let revision = action.items().iter().find(|moved| moved.id == item.id).map(|one| one.revision);
    item.bound.as_ref() == bound
        && revision == Some(item.revision)
        && (action.binding(), action.wave()) == (restart.binding(), restart.wave())
}
