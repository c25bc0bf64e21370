//! Whether the facts that a plan rests on still hold.
//!
//! A plan is stale if an expectation does not hold; there is no other reason. What is already done
//! or gone is left out and reported.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    document::{PLAN_FORMAT, Plan},
    stale::Stale,
    step::{Action, Cause, Expectation, Item, PairKey, Step},
};
use crate::{
    model::{
        Address, CloudName, Fingerprint, InstanceId, InstanceRef, Lineage, Observed,
        ObservedInstance, ObservedPair, Presence, ProjectName, Region, StepId, Tags, VaultKey,
        ownership::{Belonging, belonging, ownership_of},
        tags::has_all,
    },
    state::{Change, Evidence, Intent, RecordProof, RecordRun, Records},
};

/// The facts as they are now.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// The project that applies.
    pub project: &'a ProjectName,
    /// The lineage of the state; `None` if there is no state.
    pub lineage: Option<&'a Lineage>,
    /// What is recorded.
    pub recorded: &'a Records,
    /// What the cloud and the vault say.
    pub observed: &'a Observed,
}

/// What is left of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Steps that an earlier run of the same plan has done and recorded.
    pub done: BTreeSet<StepId>,
    /// Steps of which the effect is there, so that it is only written down.
    pub effect_present: BTreeSet<StepId>,
    /// Instances that are left out, step by step, with the reason.
    pub dropped: BTreeMap<StepId, BTreeMap<InstanceId, Dropped>>,
    /// Why the plan must not be applied; empty if it may.
    pub stale: Vec<Stale>,
}

/// Why an instance is left out of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// What the step would do is so already.
    AlreadyDone,
    /// What it is bound to is in effect already, without the restart of the step.
    InEffect(Evidence),
    /// The instance does not exist any more.
    Gone,
}

/// The pair that a step rests on.
#[derive(Clone, Copy)]
struct ExpectedPair<'a> {
    region: &'a Region,
    name: &'a CloudName,
    fingerprint: &'a Fingerprint,
    revision: &'a u64,
}

/// Compares the plan with the facts as they are now.
#[must_use]
pub fn verify(plan: &Plan, now: Now<'_>) -> Verdict {
    let run = now.recorded.run(&plan.digest).filter(|run| !run.finished);
    let mut verdict = Verdict::default();
    if let Some(stale) = other_document(plan, now.project) {
        // All that follows would be about other objects.
        verdict.stale.push(stale);
        return verdict;
    }
    let (moved, left) = (moved(plan), left(plan, now.observed));
    let mut judge = StaleCheck { plan, now, run, moved, left, verdict: &mut verdict };
    judge.state();
    for (id, step) in plan.numbered() {
        if run.is_some_and(|run| run.steps.contains(&id)) {
            judge.verdict.done.insert(id);
        } else {
            judge.step(id, step);
        }
    }
    verdict
}

/// Why a plan is none of this version and project, if so, whatever the facts are.
#[must_use]
pub fn other_document(plan: &Plan, project: &ProjectName) -> Option<Stale> {
    if plan.format != PLAN_FORMAT {
        return Some(Stale::PlanOfOtherFormat { format: plan.format.clone() });
    }
    let is_other = plan.project != *project;
    is_other.then(|| Stale::PlanOfOtherProject { project: plan.project.clone() })
}

/// The instances that the plan moves off each pair, or onto another one.
fn moved(plan: &Plan) -> BTreeSet<InstanceRef> {
    let moves = plan.steps.iter().map(|step| &step.action).filter(|action| action.is_rebind());
    moves.flat_map(Action::instances).collect()
}

/// The instances that the plan would bind, and that their selector does not choose any more: apply
/// leaves them out when it comes to them. One that is bound already stays.
fn left(plan: &Plan, observed: &Observed) -> BTreeSet<InstanceRef> {
    let mut left = BTreeSet::new();
    for action in plan.steps.iter().map(|step| &step.action) {
        let Action::Attach { region, name, binding, items, .. } = action else { continue };
        let Some(fleet) = plan.fleet(region, binding) else { continue };
        for at in items.iter().map(|item| item.id.in_region(region)) {
            let seen = observed.instance(&at).and_then(Presence::seen);
            let is_left = |seen: &ObservedInstance| {
                seen.bound.as_ref() != Some(name) && !has_all(&seen.tags, &fleet.selector)
            };
            if seen.is_some_and(is_left) {
                left.insert(at);
            }
        }
    }
    left
}

struct StaleCheck<'a> {
    plan: &'a Plan,
    now: Now<'a>,
    run: Option<&'a RecordRun>,
    moved: BTreeSet<InstanceRef>,
    left: BTreeSet<InstanceRef>,
    verdict: &'a mut Verdict,
}

impl<'a> StaleCheck<'a> {
    fn stale(&mut self, reason: Stale) {
        self.verdict.stale.push(reason);
    }

    fn state(&mut self) {
        // A plan without a lineage was the first one; its run gave the state its lineage, perhaps
        // without coming to its first record.
        let is_new = self.now.recorded.runs.is_empty();
        let first = self.plan.lineage.is_none() && (self.run.is_some() || is_new);
        if !first && self.plan.lineage.as_ref() != self.now.lineage {
            self.stale(Stale::PlanOfOtherState);
        }
    }

    fn step(&mut self, id: StepId, step: &'a Step) {
        for expectation in &step.expectations {
            self.expectation(id, step, expectation);
        }
        match &step.action {
            Action::Attach { region, name, items, .. } => {
                for item in items {
                    self.moving(id, region, item, Some(name));
                }
            }
            Action::Detach { region, items, .. } => {
                for item in items {
                    self.moving(id, region, item, None);
                }
            }
            Action::Restart { region, items, .. } => {
                for item in items {
                    self.restarting(id, region, item);
                }
            }
            Action::Defer { region, items, .. } => {
                for item in items {
                    if let Some(instance) = self.instance(id, region, item) {
                        self.bound_to(region, item, instance, item.bound.as_ref());
                    }
                }
            }
            Action::Prove { region, items, .. } => {
                for item in items {
                    self.proving(id, region, item);
                }
            }
            Action::RetireKey { name, .. } if step.cause == Cause::Unused => self.unused(name),
            Action::Record { changes } => {
                for change in changes {
                    self.recording(change);
                }
            }
            _ => {}
        }
    }

    fn expectation(&mut self, id: StepId, step: &Step, expectation: &Expectation) {
        match expectation {
            Expectation::KeyAbsent { name, revision }
            | Expectation::KeyNotLookedAt { name, revision } => {
                let may_be_there = matches!(expectation, Expectation::KeyNotLookedAt { .. });
                self.key_absent(id, step, (name, may_be_there), *revision);
            }
            Expectation::KeyHeld { name, fingerprint } => self.key_held(step, name, *fingerprint),
            Expectation::PairAbsent { region, name, revision } => {
                self.pair_absent(id, step, region, name, *revision);
            }
            Expectation::PairOurs { region, name, fingerprint, revision } => {
                let expected = ExpectedPair { region, name, fingerprint, revision };
                self.pair_ours(id, step, expected);
            }
            Expectation::PairForeign { region, name, fingerprint, ownership, revision } => {
                let expected = ExpectedPair { region, name, fingerprint, revision };
                self.pair_foreign(id, expected, ownership);
            }
            Expectation::BoundNowhere { region, name } => self.bound_nowhere(region, name),
            Expectation::Revision { address, revision } => self.revision(address, *revision),
        }
    }

    /// The key is to be made: none is there, or that of an earlier run; or any, if the plan has not
    /// looked.
    fn key_absent(
        &mut self,
        id: StepId,
        step: &Step,
        (name, may_be_there): (&CloudName, bool),
        revision: u64,
    ) {
        let address = Address::Key(name.clone());
        match self.now.observed.vault.get(name) {
            None | Some(VaultKey::Absent | VaultKey::NotLookedAt) => {
                self.revision(&address, revision);
            }
            Some(VaultKey::Present { fingerprint, .. }) => {
                let recorded = self.now.recorded.keys.get(name).map(|key| key.fingerprint);
                let intended = match self.now.recorded.intent_at(&address) {
                    Some(Intent::Make(key)) => Some(key.fingerprint),
                    _ => None,
                };
                let created = self.created(step).filter(|created| created == fingerprint);
                let expected = recorded.or(intended).or(created);
                let any = may_be_there.then_some(*fingerprint);
                if expected.or(any) == Some(*fingerprint) {
                    self.verdict.effect_present.insert(id);
                } else {
                    self.stale(Stale::KeyNameTaken { address });
                }
            }
            Some(VaultKey::Unusable { problem }) => {
                self.stale(Stale::KeyBroken { address, problem: problem.clone() });
            }
        }
    }

    /// The key of a pair that an earlier run let the service make for this step, if it did.
    fn created(&self, step: &Step) -> Option<Fingerprint> {
        let Action::CreatePair { region, name, .. } = &step.action else { return None };
        let address = Address::Pair(region.clone(), name.clone());
        let is_asked = matches!(self.now.recorded.intent_at(&address), Some(Intent::Create));
        let pair = self.pair(region, name).filter(|_| is_asked)?;
        pair.fingerprint.filter(|_| self.belonging(pair).has_our_lineage())
    }

    fn key_held(&mut self, step: &Step, name: &CloudName, fingerprint: Fingerprint) {
        match self.now.observed.vault.get(name) {
            Some(VaultKey::Present { fingerprint: held, .. }) if *held == fingerprint => {}
            // A run that stopped in the middle of putting it aside goes on with that.
            None | Some(VaultKey::Absent) if matches!(step.action, Action::RetireKey { .. }) => {}
            _ => {
                let address = Address::Key(name.clone());
                self.stale(Stale::KeyGone { address });
            }
        }
    }

    /// No pair of this name is recorded, so that its private key may be put aside (L2).
    fn unused(&mut self, name: &CloudName) {
        for region in self.now.recorded.pairs.keys() {
            if self.now.recorded.pair(region, name).is_some() {
                self.stale(Stale::RecordChanged {
                    address: Address::Pair(region.clone(), name.clone()),
                });
            }
        }
    }

    fn pair_absent(
        &mut self,
        id: StepId,
        step: &Step,
        region: &Region,
        name: &CloudName,
        revision: u64,
    ) {
        let address = Address::Pair(region.clone(), name.clone());
        let Some(pair) = self.pair(region, name) else {
            return self.revision(&address, revision);
        };
        let key = self.now.observed.vault.get(name);
        let wanted = match (&step.action, key) {
            (Action::ImportPair { key: PairKey::Given { fingerprint, .. }, .. }, _)
            | (_, Some(VaultKey::Present { fingerprint, .. })) => Some(*fingerprint),
            _ => None,
        };
        let same_key = wanted.is_some() && wanted == pair.fingerprint;
        // A step that first deletes a pair without its key, and then imports it again.
        let deleted_before = step.after.iter().any(|&before| {
            matches!(&self.plan.steps[before].action, Action::DeletePair { region: of, name: deleted }
                if of == region && deleted == name)
        });
        if same_key && self.belonging(pair).has_our_lineage() {
            self.verdict.effect_present.insert(id);
        } else if !deleted_before && (wanted.is_some() || self.created(step).is_none()) {
            // A pair of which the answer was lost is deleted and made again by its own step.
            self.stale(Stale::PairNameTaken { address });
        }
    }

    fn pair_ours(&mut self, id: StepId, step: &Step, expected: ExpectedPair<'_>) {
        let ExpectedPair { region, name, fingerprint, revision } = expected;
        let address = Address::Pair(region.clone(), name.clone());
        let deletes = matches!(step.action, Action::DeletePair { .. });
        match self.pair(region, name) {
            None if deletes => {
                self.verdict.effect_present.insert(id);
            }
            None => self.stale(Stale::PairGone { address }),
            Some(pair) if pair.fingerprint != Some(*fingerprint) => {
                self.stale(Stale::PairKeyChanged { address });
            }
            Some(pair) if !self.belonging(pair).may_be_ours() => {
                self.stale(Stale::PairOfOtherState { address });
            }
            Some(_) => self.revision(&address, *revision),
        }
    }

    /// A pair that is taken over must still be as it was reviewed.
    fn pair_foreign(&mut self, id: StepId, expected: ExpectedPair<'_>, ownership: &Tags) {
        let ExpectedPair { region, name, fingerprint, revision } = expected;
        let address = Address::Pair(region.clone(), name.clone());
        match self.pair(region, name) {
            None => self.stale(Stale::PairGone { address }),
            Some(pair) if pair.fingerprint != Some(*fingerprint) => {
                self.stale(Stale::PairKeyChanged { address });
            }
            Some(pair) if self.belonging(pair).has_our_lineage() => {
                self.verdict.effect_present.insert(id);
            }
            Some(pair) if ownership_of(&pair.tags) != *ownership => {
                self.stale(Stale::PairOwnerChanged { address });
            }
            Some(_) => self.revision(&address, *revision),
        }
    }

    fn bound_nowhere(&mut self, region: &Region, name: &CloudName) {
        let Some(observed) = self.now.observed.regions.get(region) else { return };
        let instances: Vec<_> = observed
            .instances
            .values()
            .filter_map(Presence::seen)
            .filter(|instance| instance.bound.as_ref() == Some(name))
            .filter(|instance| {
                let at = instance.id.in_region(region);
                !self.moved.contains(&at) || self.left.contains(&at)
            })
            .map(|instance| instance.id.clone())
            .collect();
        if !instances.is_empty() {
            let address = Address::Pair(region.clone(), name.clone());
            self.stale(Stale::PairBoundMeanwhile { address, instances });
        }
    }

    fn moving(&mut self, id: StepId, region: &Region, item: &Item, to: Option<&CloudName>) {
        let Some(instance) = self.instance(id, region, item) else { return };
        // What is moved already is only confirmed and written down.
        if instance.bound.as_ref() == to || self.left.contains(&item.id.in_region(region)) {
            return;
        }
        self.bound_to(region, item, instance, item.bound.as_ref());
    }

    fn restarting(&mut self, id: StepId, region: &Region, item: &Item) {
        let Some(instance) = self.instance(id, region, item) else { return };
        let may_be_done = instance.bound == item.bound && !self.is_half_done(id, region, item);
        let evidence = self.now.recorded.evidence(region, instance).filter(|_| may_be_done);
        if let Some(evidence) = evidence {
            let dropped = self.verdict.dropped.entry(id).or_default();
            dropped.insert(item.id.clone(), Dropped::InEffect(evidence));
        } else if !self.moved.contains(&item.id.in_region(region)) {
            self.bound_to(region, item, instance, item.bound.as_ref());
        }
    }

    /// Whether an earlier run has prepared an instance, and what puts it back has not run.
    fn is_half_done(&self, id: StepId, region: &Region, item: &Item) -> bool {
        let action = &self.plan.steps[id].action;
        let fleet = action.fleet().and_then(|(of, binding)| self.plan.fleet(of, binding));
        let record = self.now.recorded.instance(&item.id.in_region(region));
        fleet.zip(record).is_some_and(|(fleet, record)| record.is_half_done(&fleet.restart))
    }

    /// What one logs on with must still be bound, unless this plan binds it.
    fn proving(&mut self, id: StepId, region: &Region, item: &Item) {
        let Some(instance) = self.instance(id, region, item) else { return };
        let record = self.now.recorded.instance(&item.id.in_region(region));
        let is_shown = record.is_some_and(|record| {
            record.bound.as_ref().map(|bound| &bound.name) == item.bound.as_ref()
                && matches!(record.proof, Some(RecordProof::Shown { .. }))
        });
        if is_shown
            && self.now.recorded.is_in_effect(region, instance)
            && instance.bound == item.bound
        {
            let dropped = self.verdict.dropped.entry(id).or_default();
            dropped.insert(item.id.clone(), Dropped::AlreadyDone);
        } else if !self.moved.contains(&item.id.in_region(region)) {
            self.bound_to(region, item, instance, item.bound.as_ref());
        }
    }

    /// What was found must still be so when it is written down.
    fn recording(&mut self, change: &Change) {
        let address = change.address();
        let holds = match change {
            Change::Instance(at, record) => {
                let seen = self.now.observed.instance(at).and_then(Presence::seen);
                let bound = record.bound.as_ref().map(|bound| &bound.name);
                seen.is_some_and(|seen| seen.bound.as_ref() == bound)
            }
            Change::Pair(region, name, record) => self
                .pair(region, name)
                .is_some_and(|pair| pair.fingerprint == Some(record.fingerprint)),
            Change::Key(..) | Change::Guest(..) | Change::Deferred(..) | Change::Removed(_) => true,
        };
        if !holds {
            self.stale(Stale::NotAsFound { address });
        }
    }

    fn bound_to(
        &mut self,
        region: &Region,
        item: &Item,
        instance: &ObservedInstance,
        expected: Option<&CloudName>,
    ) {
        let address = Address::Instance(item.id.in_region(region));
        if instance.bound.as_ref() == expected {
            self.revision(&address, item.revision);
        } else {
            let (before, now) = (expected.cloned(), instance.bound.clone());
            self.stale(Stale::BindingChanged { address, before, now });
        }
    }

    fn instance(
        &mut self,
        id: StepId,
        region: &Region,
        item: &Item,
    ) -> Option<&'a ObservedInstance> {
        match self.now.observed.instance(&item.id.in_region(region))? {
            Presence::Seen(instance) => Some(instance),
            Presence::Gone => {
                self.verdict.dropped.entry(id).or_default().insert(item.id.clone(), Dropped::Gone);
                None
            }
            Presence::Unseen => None,
        }
    }

    fn revision(&mut self, address: &Address, expected: u64) {
        let own = self.run.is_some_and(|run| run.touched.contains(address));
        if !own && self.now.recorded.revision(address) != expected {
            self.stale(Stale::RecordChanged { address: address.clone() });
        }
    }

    fn pair(&self, region: &Region, name: &CloudName) -> Option<&'a ObservedPair> {
        self.now.observed.regions.get(region)?.pairs.get(name)
    }

    fn belonging(&self, pair: &ObservedPair) -> Belonging {
        belonging(pair, self.now.project, self.now.lineage)
    }
}
