//! Steps that bind and unbind instances: look, move, confirm.

use std::collections::BTreeMap;

use super::{
    call::{Answer, Call, CallFailure, ItemResults},
    keys_and_pairs::{NOT_OURS, UNEXPECTED},
    report::StepEnd,
    scheduler::{Phase, Scheduler},
};
use crate::{
    model::{
        Address, BindingName, CloudName, InstanceId, InstanceStatus, ObservedInstance,
        ObservedPair, Region,
    },
    plan::{Action, Item},
    state::{
        Bound, Change, Effect, Effective, Failure, Intent, RecordInstance, effective, proof_owed,
    },
};

/// Why nothing is done to an instance that a read leaves out.
pub(super) const NOT_FOUND: &str =
    "it was not found now; plan again, which tells whether it still exists";

/// What a step that moves instances is doing.
#[derive(Debug)]
pub(super) enum MovePhase {
    /// The pair is read: it must still be ours.
    LookingAtPair,
    /// The instances are read: what the plan rests on must still be so.
    Looking,
    /// They are being moved; those in `there` were found moved already.
    Moving { there: Vec<InstanceId> },
    /// They are read again: a binding counts when the service shows it.
    Confirming { there: Vec<InstanceId> },
}

/// The parameters of a step that moves instances.
struct Movement<'a> {
    region: &'a Region,
    /// The pair that is bound to or unbound from.
    name: &'a CloudName,
    /// What the instances are bound to afterwards.
    to: Option<&'a CloudName>,
    binding: &'a BindingName,
    items: &'a [Item],
}

fn movement(action: &Action) -> Option<Movement<'_>> {
    match action {
        Action::Attach { region, name, binding, items, .. } => {
            Some(Movement { region, name, to: Some(name), binding, items })
        }
        Action::Detach { region, name, binding, items, .. } => {
            Some(Movement { region, name, to: None, binding, items })
        }
        _ => None,
    }
}

impl Scheduler<'_> {
    pub(super) fn begin_move(&mut self, id: usize) {
        if self.items_left(id).is_empty() {
            return self.end_by_items(id);
        }
        match &self.plan.steps[id].action {
            Action::Attach { region, name, .. } => {
                let call = Call::ReadPair { region: region.clone(), name: name.clone() };
                self.call(id, Phase::Move(MovePhase::LookingAtPair), call);
            }
            _ => self.look(id),
        }
    }

    fn look(&mut self, id: usize) {
        let ids = self.items_left(id);
        self.read_for_move(id, MovePhase::Looking, ids);
    }

    /// Goes on if the pair to bind to is still the one that this project made (L6).
    fn looked_at_pair(&mut self, id: usize, pair: Option<&ObservedPair>) {
        let Some(movement) = movement(&self.plan.steps[id].action) else { return };
        let bound = self.bound(movement.region, movement.name);
        match (pair, bound) {
            (Some(pair), Some(bound)) if self.is_ours(pair, bound.fingerprint) => self.look(id),
            _ => self.end(id, StepEnd::Failed(NOT_OURS.to_owned())),
        }
    }

    fn read_for_move(&mut self, id: usize, phase: MovePhase, ids: Vec<InstanceId>) {
        if let Some(region) = self.plan.steps[id].action.region() {
            let call = Call::ReadInstances { region: region.clone(), ids };
            self.call(id, Phase::Move(phase), call);
        }
    }

    pub(super) fn advance_move(
        &mut self,
        id: usize,
        phase: MovePhase,
        result: Result<Answer, CallFailure>,
    ) {
        match (phase, result) {
            (MovePhase::LookingAtPair, Ok(Answer::Pair(pair))) => {
                self.looked_at_pair(id, pair.as_ref());
            }
            (MovePhase::Looking, Ok(Answer::Instances(seen))) => self.looked(id, seen),
            (MovePhase::Moving { there }, Ok(Answer::Items(results))) => {
                self.moved(id, there, results);
            }
            // After the last try without an answer, what became of them is read.
            (MovePhase::Moving { there }, Err(failure)) if failure.outcome_unknown => {
                let ids = self.items_left(id);
                self.read_for_move(id, MovePhase::Confirming { there }, ids);
            }
            (MovePhase::Moving { there }, Err(failure)) => {
                self.refused(id, there, &failure.message);
            }
            (MovePhase::Confirming { there }, Ok(Answer::Instances(seen))) => {
                self.confirmed(id, &there, seen);
            }
            (_, Err(failure)) => self.end(id, StepEnd::Failed(failure.message)),
            (_, Ok(_)) => {
                self.end(id, StepEnd::Failed(UNEXPECTED.to_owned()));
            }
        }
    }

    /// Sorts out what is as the plan says, what is moved already, and what has changed since.
    fn looked(&mut self, id: usize, seen: Vec<ObservedInstance>) {
        let plan = self.plan;
        let Some(movement) = movement(&plan.steps[id].action) else { return };
        let seen: BTreeMap<_, _> = seen.into_iter().map(|one| (one.id.clone(), one)).collect();
        let mut there = Vec::new();
        let mut to_move = Vec::new();
        for instance in self.items_left(id) {
            let item = movement.items.iter().find(|item| item.id == instance);
            match (seen.get(&instance), item) {
                (Some(found), _) if found.bound.as_ref() == movement.to => there.push(instance),
                (Some(found), Some(item)) if found.bound == item.bound => match found.status {
                    InstanceStatus::Running | InstanceStatus::Stopped => to_move.push(instance),
                    status => self.fail_item(id, &instance, format!("it is {status} now")),
                },
                (Some(found), _) => {
                    let bound = found.bound.as_ref().map_or("nothing", CloudName::as_str);
                    let reason = format!("it is bound to {bound} now, which the plan did not know");
                    self.fail_item(id, &instance, reason);
                }
                (None, _) => self.fail_item(id, &instance, NOT_FOUND.to_owned()),
            }
        }
        if to_move.is_empty() {
            return self.confirmed(id, &there, seen.into_values().collect());
        }
        self.send_move(id, there, to_move);
    }

    fn send_move(&mut self, id: usize, there: Vec<InstanceId>, ids: Vec<InstanceId>) {
        let plan = self.plan;
        let Some(movement) = movement(&plan.steps[id].action) else { return };
        let (region, name) = (movement.region.clone(), movement.name.clone());
        let intent = if movement.to.is_some() {
            Intent::Attach { name: name.clone() }
        } else {
            Intent::Detach { name: name.clone() }
        };
        let address = |id: &InstanceId| Address::Instance(movement.region.clone(), id.clone());
        let intents = ids.iter().map(|one| (address(one), intent.clone())).collect();
        let call = if movement.to.is_some() {
            Call::Attach { region, name, ids }
        } else {
            Call::Detach { region, name, ids }
        };
        self.write(id, intents, Phase::Move(MovePhase::Moving { there }), call);
    }

    /// Takes over the results one by one: an answer of 200 says nothing about an item.
    fn moved(&mut self, id: usize, there: Vec<InstanceId>, results: ItemResults) {
        let mut failures = Vec::new();
        for instance in self.items_left(id) {
            if let Some(Err(reason)) = results.get(&instance)
                && !there.contains(&instance)
            {
                failures.extend(self.failure(id, &instance, reason));
                self.fail_item(id, &instance, reason.clone());
            }
        }
        if !failures.is_empty() {
            self.outcome(id, Vec::new(), failures, false);
        }
        let ids = self.items_left(id);
        if ids.is_empty() {
            return self.end_by_items(id);
        }
        self.read_for_move(id, MovePhase::Confirming { there }, ids);
    }

    /// The whole call was refused; what was moved before stays moved.
    fn refused(&mut self, id: usize, there: Vec<InstanceId>, reason: &str) {
        let refused = self.items_left(id).into_iter().filter(|one| !there.contains(one));
        let results = refused.map(|instance| (instance, Err(reason.to_owned()))).collect();
        self.moved(id, there, results);
    }

    fn failure(&self, id: usize, instance: &InstanceId, reason: &str) -> Option<Failure> {
        let region = self.plan.steps[id].action.region()?;
        let address = Address::Instance(region.clone(), instance.clone());
        Some(Failure { address, reason: reason.to_owned() })
    }

    /// Writes down what the service shows. StartTime now is the baseline of the effect.
    fn confirmed(&mut self, id: usize, there: &[InstanceId], seen: Vec<ObservedInstance>) {
        let plan = self.plan;
        let Some(movement) = movement(&plan.steps[id].action) else { return };
        let left = self.items_left(id);
        let mut changes = Vec::new();
        let seen: BTreeMap<_, _> = seen.into_iter().map(|one| (one.id.clone(), one)).collect();
        for instance in left {
            match seen.get(&instance) {
                Some(found) if found.bound.as_ref() == movement.to => {
                    let is_new = !there.contains(&instance);
                    changes.extend(self.moved_record(&movement, found, is_new));
                    self.slots[id].succeeded += 1;
                }
                Some(_) => {
                    let reason = "the service does not show the change; plan again later";
                    self.fail_item(id, &instance, reason.to_owned());
                }
                None => self.fail_item(id, &instance, NOT_FOUND.to_owned()),
            }
        }
        let done = self.slots[id].failed.is_empty();
        self.outcome(id, changes, Vec::new(), done);
        self.end_by_items(id);
    }

    fn moved_record(
        &self,
        movement: &Movement<'_>,
        found: &ObservedInstance,
        is_new: bool,
    ) -> Option<Change> {
        let fleet = self.fleet(movement.region, movement.binding)?;
        let before = self.run.facts.instance(movement.region, &found.id);
        let bound = movement.to.and_then(|name| self.bound(movement.region, name));
        // What an earlier run of this plan has moved and recorded keeps its baseline. Any other
        // record of the same binding is older than the move.
        let address = Address::Instance(movement.region.clone(), found.id.clone());
        let run = self.run.facts.run(&self.plan.digest);
        let is_own = run.is_some_and(|run| !run.finished && run.touched.contains(&address));
        if let Some(before) = before
            && !is_new
            && is_own
            && before.bound == bound
            && before.binding == *movement.binding
        {
            return Some(Change::Instance(
                movement.region.clone(),
                found.id.clone(),
                before.clone(),
            ));
        }
        let item = movement.items.iter().find(|item| item.id == found.id);
        let is_retaken = is_new && item.is_some_and(|item| item.retaken);
        let record = RecordInstance {
            binding: movement.binding.clone(),
            restart: fleet.restart.clone(),
            bound,
            effect: Effect::Pending {
                baseline: found.start_time,
                effective: before.map_or(Effective::Unknown, effective),
            },
            retaken: if is_retaken { Some(self.now) } else { before.and_then(|b| b.retaken) },
            proof: proof_owed(fleet.proof.is_some() && movement.to.is_some(), before),
            restart_seconds: before.and_then(|before| before.restart_seconds),
            moved: Some(self.now),
            prepared: before.and_then(|before| before.prepared),
            revision: 0,
        };
        Some(Change::Instance(movement.region.clone(), found.id.clone(), record))
    }

    /// A pair as records name it.
    pub(super) fn bound(&self, region: &Region, name: &CloudName) -> Option<Bound> {
        let fingerprint = self.run.facts.pair(region, name)?.fingerprint;
        Some(Bound { name: name.clone(), fingerprint })
    }
}
