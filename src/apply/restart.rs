//! Steps that restart instances: count who is down, restart, and watch until they are back.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    call::{Answer, Call, CallFailure, ItemResults},
    keys_and_pairs::UNEXPECTED,
    moves::NOT_FOUND,
    report::{Progress, StepEnd},
    scheduler::{Phase, Scheduler},
};
use crate::{
    model::{
        Address, BindingName, InstanceId, InstanceStatus, ObservedInstance, Region, ServiceTime,
        Timestamp,
    },
    plan::{Action, Fleet, Item, RegionLimit, expect::Dropped},
    state::{
        Change, Effect, Failure, InstanceFacts, Intent, RecordInstance, effect_of, proof_owed,
    },
};

/// What a step that restarts instances is doing.
#[derive(Debug)]
pub(super) enum RestartPhase {
    /// The whole fleet is read, to count who is down.
    Counting(Counting),
    /// The restart is being asked for; StartTime before, by instance.
    Rebooting { start_times: BTreeMap<InstanceId, Option<ServiceTime>> },
    /// Its instances are being prepared.
    Draining,
    /// Its instances are watched until they are back.
    Watching { left: BTreeSet<InstanceId> },
    /// The instances that were prepared in vain are put back; then the step ends so.
    PuttingBack { end: StepEnd },
}

/// What is known while a fleet is counted again and again.
#[derive(Debug)]
pub(super) struct Counting {
    since: Timestamp,
    /// Whether it was told that others are waited for.
    told: bool,
    /// The instances that an earlier run has restarted and that were seen on their way; and since
    /// when they are seen Running.
    returning: BTreeMap<InstanceId, Option<Timestamp>>,
}

/// For how long an instance must look untouched before it is restarted, if an earlier run may have
/// asked for that already: the service answers a restart before the status shows it.
const UNTOUCHED_MIN: Duration = Duration::from_secs(5);

/// How long to wait before the instances of a binding are counted again.
const COUNT_AGAIN: Duration = Duration::from_secs(2);

impl<'p> Scheduler<'p> {
    pub(super) fn fleet(&self, region: &Region, binding: &BindingName) -> Option<&'p Fleet> {
        let index = self.fleets.get(&(region, binding))?;
        self.plan.fleets.get(*index)
    }

    pub(super) fn restart_of(&self, id: usize) -> Option<(&'p Region, &'p Fleet, &'p [Item])> {
        match &self.plan.steps[id].action {
            Action::Restart { region, binding, items, .. } => {
                Some((region, self.fleet(region, binding)?, items))
            }
            _ => None,
        }
    }

    pub(super) fn begin_restart(&mut self, id: usize) {
        self.record_already_done(id);
        if self.items_left(id).is_empty() {
            return self.end_by_items(id);
        }
        self.begin_counting(id);
    }

    fn begin_counting(&mut self, id: usize) {
        let Some(call) = self.count(id) else { return };
        let counting = Counting { since: self.now, told: false, returning: BTreeMap::new() };
        self.call(id, Phase::Restart(RestartPhase::Counting(counting)), call);
    }

    /// Counts the fleet once more when its instances are prepared: that may have taken its time.
    pub(super) fn count_after_drain(&mut self, id: usize) {
        if self.items_left(id).is_empty() {
            return self.end_restart(id);
        }
        self.begin_counting(id);
    }

    /// Writes down what was found in effect before the first write, so that no later plan has to.
    fn record_already_done(&mut self, id: usize) {
        let dropped = self.run.verdict.dropped.get(&id).into_iter().flatten();
        let already: Vec<_> = dropped
            .filter(|(_, dropped)| **dropped == Dropped::AlreadyDone)
            .map(|(instance, _)| instance.clone())
            .collect();
        let changes: Vec<_> =
            already.into_iter().filter_map(|instance| self.in_effect(id, instance, None)).collect();
        if !changes.is_empty() {
            self.outcome(id, changes, Vec::new(), false);
        }
    }

    /// The read of the whole fleet.
    fn count(&self, id: usize) -> Option<Call> {
        let (region, fleet, _) = self.restart_of(id)?;
        let limits = || self.limits_of(fleet);
        let is_counted =
            |other: &&Fleet| *other == fleet || limits().any(|limit| limit.covers(other));
        let fleets = self.plan.fleets.iter().filter(is_counted);
        let mut ids: Vec<_> = fleets.flat_map(|other| other.instances.iter().cloned()).collect();
        ids.sort();
        ids.dedup();
        Some(Call::ReadInstances { region: region.clone(), ids })
    }

    /// The limits that a fleet shares with others.
    fn limits_of<'a>(&'a self, fleet: &'a Fleet) -> impl Iterator<Item = &'a RegionLimit> {
        self.plan.limits.iter().filter(|limit| limit.covers(fleet))
    }

    pub(super) fn advance_restart(
        &mut self,
        id: usize,
        phase: RestartPhase,
        result: Result<Answer, CallFailure>,
    ) {
        match (phase, result) {
            (RestartPhase::Counting(counting), Ok(Answer::Instances(seen))) => {
                self.counted(id, counting, &seen);
            }
            (RestartPhase::Rebooting { start_times }, Ok(Answer::Items(results))) => {
                self.rebooted(id, start_times, &results);
            }
            // Nobody knows whether the service heard of it: the instances will tell.
            (RestartPhase::Rebooting { start_times }, Err(failure)) if failure.outcome_unknown => {
                self.rebooted(id, start_times, &ItemResults::new());
            }
            (RestartPhase::Rebooting { start_times }, Err(failure)) => {
                self.put_off(id, start_times, &failure);
            }
            (_, Err(failure)) => self.end(id, StepEnd::Failed(failure.message)),
            (_, Ok(_)) => {
                self.end(id, StepEnd::Failed(UNEXPECTED.to_owned()));
            }
        }
    }

    /// Restarts the instances if their binding can bear it now, and waits otherwise (L9).
    fn counted(&mut self, id: usize, mut counting: Counting, seen: &[ObservedInstance]) {
        let seen: BTreeMap<_, _> = seen.iter().map(|one| (&one.id, one)).collect();
        self.sort_out(id, &mut counting, &seen);
        let ids = self.items_left(id);
        let Some((region, fleet, _)) = self.restart_of(id) else { return };
        if ids.is_empty() {
            let left = BTreeSet::new();
            self.slots[id].phase = Some(Phase::Restart(RestartPhase::Watching { left }));
            return self.end_restart_if_idle(id);
        }
        let own: BTreeSet<_> = ids.iter().collect();
        let mut others = self.down(region, fleet, &own, &seen);
        for found in seen.values().filter(|found| self.is_restarted(region, found)) {
            counting.returning.insert(found.id.clone(), None);
        }
        // What an earlier run has restarted is back once it has settled.
        let is_running = |other: &&InstanceId| {
            seen.get(*other).is_some_and(|seen| seen.status == InstanceStatus::Running)
        };
        let running = fleet.instances.iter().filter(|other| !own.contains(other));
        for other in running.filter(is_running) {
            // Hardly any settles, and there may be thousands of others.
            if self.settles(id, &mut counting, other) && !others.contains(other) {
                others.push(other.clone());
            }
        }
        let is_unready = |one: &&InstanceId| {
            counting.returning.contains_key(*one)
                || seen.get(one).is_some_and(|seen| seen.status != InstanceStatus::Running)
        };
        let unready: Vec<_> = ids.iter().filter(is_unready).cloned().collect();
        let waited = self.now.since(counting.since);
        let is_doubtful =
            waited < UNTOUCHED_MIN && ids.iter().any(|one| self.is_restart_intended(region, one));
        let mut fits = unready.is_empty() && ids.len() + others.len() <= fleet.unavailable_max;
        let mut others: BTreeSet<_> = others.into_iter().collect();
        for limit in self.limits_of(fleet) {
            let elsewhere = self.down_elsewhere(limit, &own, &seen);
            fits &= ids.len() + elsewhere.len() <= limit.unavailable_max;
            others.extend(elsewhere);
        }
        if fits && !is_doubtful {
            return self.drain_or_reboot(id, ids, &seen);
        }
        let down: Vec<_> = unready.into_iter().chain(others).collect();
        if waited >= fleet.restart.timeout() {
            let down: Vec<_> = down.iter().map(ToString::to_string).collect();
            let reason = format!(
                "at most {} of {} may be down, and after {} s these still were: {}",
                fleet.unavailable_max,
                fleet.binding,
                fleet.restart.timeout().as_secs(),
                down.join(", ")
            );
            return self.end(id, StepEnd::Failed(reason));
        }
        if !counting.told && !fits {
            counting.told = true;
            self.tell(Progress::WaitingForOthers {
                step: id,
                binding: fleet.binding.clone(),
                region: region.clone(),
                down,
            });
        }
        if let Some(call) = self.count(id) {
            let phase = Phase::Restart(RestartPhase::Counting(counting));
            self.call_at(id, phase, call, self.now.plus(COUNT_AGAIN));
        }
    }

    /// Takes out the instances that are not to be restarted: in effect already, bound to something
    /// else, Stopped, or not found.
    fn sort_out(
        &mut self,
        id: usize,
        counting: &mut Counting,
        seen: &BTreeMap<&InstanceId, &ObservedInstance>,
    ) {
        let Some((region, _, items)) = self.restart_of(id) else { return };
        let mut changes = Vec::new();
        for instance in self.items_left(id) {
            let Some(item) = items.iter().find(|item| item.id == instance) else { continue };
            match seen.get(&instance) {
                None => self.fail_item(id, &instance, NOT_FOUND.to_owned()),
                Some(found) if found.bound != item.bound => {
                    let reason = "its binding has changed, which the plan did not know";
                    self.fail_item(id, &instance, reason.to_owned());
                }
                Some(found) if found.status == InstanceStatus::Stopped => {
                    let reason = "it is Stopped now and is not started";
                    self.fail_item(id, &instance, reason.to_owned());
                }
                Some(found) if self.is_restarted(region, found) => {
                    counting.returning.insert(instance, None);
                }
                Some(_) if self.settles(id, counting, &instance) => {}
                Some(found)
                    if counting.returning.contains_key(&instance)
                        || self.is_in_effect(region, found) =>
                {
                    self.slots[id].left_out.insert(instance, "it is in effect already".to_owned());
                    if self.is_prepared(region, &found.id) && self.has_after(id) {
                        self.programs.saw(region, found);
                        let key = (region.clone(), found.id.clone());
                        self.owe_return(id, &key);
                        self.watch.begin(key, id, None, self.now);
                        self.start_after(id, &found.id);
                        continue;
                    }
                    changes.extend(self.in_effect(id, found.id.clone(), None));
                    self.slots[id].succeeded += 1;
                }
                Some(_) => {}
            }
        }
        if !changes.is_empty() {
            self.outcome(id, changes, Vec::new(), false);
        }
    }

    /// Whether an instance that has returned is still to be seen Running for a while, as one is that
    /// this run has restarted.
    fn settles(&self, id: usize, counting: &mut Counting, instance: &InstanceId) -> bool {
        let settle =
            self.restart_of(id).map_or(Duration::ZERO, |(_, fleet, _)| fleet.restart.settle());
        counting
            .returning
            .get_mut(instance)
            .is_some_and(|since| self.now.since(*since.get_or_insert(self.now)) < settle)
    }

    /// Whether it is down by a restart that an earlier run has asked for: that one was asked for
    /// after its binding, so that it is in effect once the instance is back.
    fn is_restarted(&self, region: &Region, found: &ObservedInstance) -> bool {
        found.status != InstanceStatus::Running && self.is_restart_intended(region, &found.id)
    }

    /// Whether an earlier run was about to restart it, and did not see the end of that.
    pub(super) fn is_restart_intended(&self, region: &Region, id: &InstanceId) -> bool {
        let address = Address::Instance(region.clone(), id.clone());
        let intent = self.run.facts.intents.get(&address);
        matches!(intent, Some(Intent::Restart { .. } | Intent::PutBack { .. }))
    }

    /// Whether somebody else has restarted it since its binding was confirmed.
    fn is_in_effect(&self, region: &Region, found: &ObservedInstance) -> bool {
        let address = Address::Instance(region.clone(), found.id.clone());
        let record = self.run.facts.instance(region, &found.id);
        let bound = record.and_then(|record| record.bound.as_ref());
        found.status == InstanceStatus::Running
            && bound.map(|bound| &bound.name) == found.bound.as_ref()
            && record.is_some()
            && effect_of(InstanceFacts {
                record,
                intent: self.run.facts.intents.get(&address),
                bound,
                is_in_transition: found.status.is_in_transition(),
                start_time: found.start_time,
                pair_creation_time: None,
            }) == Effect::InEffect
    }

    /// The instances of a fleet that are down: seen so, or restarted by this run and not back.
    /// Those that were found Stopped before the run count only once they are not.
    fn down(
        &self,
        region: &Region,
        fleet: &Fleet,
        own: &BTreeSet<&InstanceId>,
        seen: &BTreeMap<&InstanceId, &ObservedInstance>,
    ) -> Vec<InstanceId> {
        let is_down = |id: &&InstanceId| {
            let status = seen.get(*id).map(|found| found.status);
            let seen_down = match status {
                None | Some(InstanceStatus::Running) => false,
                Some(InstanceStatus::Stopped) => fleet.stopped.binary_search(id).is_err(),
                Some(_) => true,
            };
            seen_down || self.watch.holds(&(region.clone(), (*id).clone()))
        };
        let others = fleet.instances.iter().filter(|id| !own.contains(id));
        others.filter(is_down).cloned().collect()
    }

    /// The instances that are down of all fleets that a limit counts together.
    fn down_elsewhere(
        &self,
        limit: &RegionLimit,
        own: &BTreeSet<&InstanceId>,
        seen: &BTreeMap<&InstanceId, &ObservedInstance>,
    ) -> BTreeSet<InstanceId> {
        let covered = self.plan.fleets.iter().filter(|fleet| limit.covers(fleet));
        covered.flat_map(|fleet| self.down(&limit.region, fleet, own, seen)).collect()
    }

    /// Restarts instances that are prepared for it, or prepares them first. What an earlier run has
    /// prepared and this one may not restart is put back.
    fn drain_or_reboot(
        &mut self,
        id: usize,
        ids: Vec<InstanceId>,
        seen: &BTreeMap<&InstanceId, &ObservedInstance>,
    ) {
        let Some((region, fleet, _)) = self.restart_of(id) else { return };
        self.slots[id].is_rebooting = true;
        if let Some(reason) = self.held_back(id, self.now) {
            let prepared = ids.into_iter().filter(|one| self.is_prepared(region, one));
            let prepared: Vec<_> = prepared.filter(|_| self.has_after(id)).collect();
            self.slots[id].drained.extend(prepared);
            return self.withhold(id, reason);
        }
        let drained = &self.slots[id].drained;
        let unprepared: Vec<_> =
            ids.iter().filter(|one| !drained.contains(*one)).cloned().collect();
        if fleet.restart.before.is_none() || unprepared.is_empty() {
            return self.reboot(id, ids, seen);
        }
        for found in seen.values() {
            self.programs.saw(region, found);
        }
        self.drain(id, &unprepared);
    }

    fn reboot(
        &mut self,
        id: usize,
        ids: Vec<InstanceId>,
        seen: &BTreeMap<&InstanceId, &ObservedInstance>,
    ) {
        let Some((region, ..)) = self.restart_of(id) else { return };
        let start_times: BTreeMap<_, _> = ids
            .iter()
            .map(|one| (one.clone(), seen.get(one).and_then(|found| found.start_time)))
            .collect();
        let intents = start_times.iter().map(|(one, &start_time)| {
            let address = Address::Instance(region.clone(), one.clone());
            (address, Intent::Restart { start_time, bound: self.bound_by(id, one) })
        });
        let intents = intents.collect();
        self.mark_prepared(id, start_times.keys());
        // From here on they count as down.
        for (one, &start_time) in &start_times {
            let key = (region.clone(), one.clone());
            self.watch.begin(key, id, start_time, self.now);
        }
        let forced = matches!(self.plan.steps[id].action, Action::Restart { forced: true, .. });
        let call = Call::Reboot { region: region.clone(), ids, forced };
        let phase = Phase::Restart(RestartPhase::Rebooting { start_times });
        self.write(id, intents, phase, call);
        if self.slots[id].phase.is_some() && self.slots[id].tried == 0 {
            self.tell(Progress::Started(id));
        }
    }

    /// The whole call was refused. If it may be made again, the fleet is counted again before.
    fn put_off(
        &mut self,
        id: usize,
        start_times: BTreeMap<InstanceId, Option<ServiceTime>>,
        failure: &CallFailure,
    ) {
        let Some((region, _, _)) = self.restart_of(id) else { return };
        self.slots[id].tried += 1;
        if !self.write_later(id, failure, Self::begin_counting) {
            let refused = |id: &InstanceId| (id.clone(), Err(failure.message.clone()));
            let results = start_times.keys().map(refused).collect();
            return self.rebooted(id, start_times, &results);
        }
        self.watch.end_step(id);
        // What is prepared stays down meanwhile.
        for instance in &self.slots[id].drained {
            self.watch.begin((region.clone(), instance.clone()), id, None, self.now);
        }
        let refused = |instance| {
            let address = Address::Instance(region.clone(), instance);
            Failure { address, reason: failure.message.clone() }
        };
        let failures = start_times.into_keys().map(refused).collect();
        self.outcome(id, Vec::new(), failures, false);
    }

    fn rebooted(
        &mut self,
        id: usize,
        start_times: BTreeMap<InstanceId, Option<ServiceTime>>,
        results: &ItemResults,
    ) {
        let Some((region, _, _)) = self.restart_of(id) else { return };
        let mut left = BTreeSet::new();
        let mut failures = Vec::new();
        let mut changes = Vec::new();
        for instance in start_times.into_keys() {
            let key = (region.clone(), instance.clone());
            match results.get(&instance) {
                Some(Err(reason)) => {
                    self.watch.end(&key);
                    let address = Address::Instance(key.0, key.1);
                    failures.push(Failure { address, reason: reason.clone() });
                    self.fail_item(id, &instance, reason.clone());
                    // What was prepared is put back first.
                    let is_prepared = self.slots[id].drained.contains(&instance);
                    changes.extend(self.put_back_change(id, &instance).filter(|_| !is_prepared));
                }
                result => {
                    self.watch.answered(&key, result.is_some(), self.now);
                    self.slots[id].drained.remove(&instance);
                    left.insert(instance);
                }
            }
        }
        if !failures.is_empty() {
            self.outcome(id, changes, failures, false);
        }
        if left.is_empty() {
            return self.end_restart(id);
        }
        self.watch.look_at(self.now);
        self.slots[id].phase = Some(Phase::Restart(RestartPhase::Watching { left }));
    }

    /// Ends a restart of which the changes are written down.
    pub(super) fn end_restart(&mut self, id: usize) {
        if self.slots[id].failed.is_empty() {
            self.outcome(id, Vec::new(), Vec::new(), true);
        }
        self.end_by_items(id);
    }

    /// Ends a restart once nothing of it is watched, and no program of it runs.
    pub(super) fn end_restart_if_idle(&mut self, id: usize) {
        let is_watched = matches!(&self.slots[id].phase,
            Some(Phase::Restart(RestartPhase::Watching { left })) if !left.is_empty());
        if !is_watched && !self.programs.has(id) {
            self.slots[id].phase = None;
            self.end_restart(id);
        }
    }

    /// What is recorded of an instance when its binding, or unbinding, is in effect.
    pub(super) fn in_effect(
        &self,
        id: usize,
        instance: InstanceId,
        took_seconds: Option<u32>,
    ) -> Option<Change> {
        let (region, fleet, items) = self.restart_of(id)?;
        let item = items.iter().find(|item| item.id == instance)?;
        let Some(name) = &item.bound else {
            return Some(Change::Removed(Address::Instance(region.clone(), instance)));
        };
        let before = self.run.facts.instance(region, &instance);
        let record = RecordInstance {
            binding: fleet.binding.clone(),
            restart: fleet.restart.clone(),
            bound: self.bound(region, name),
            effect: Effect::InEffect,
            retaken: before.and_then(|before| before.retaken),
            proof: proof_owed(fleet.proof.is_some(), before),
            restart_seconds: took_seconds.or(before.and_then(|before| before.restart_seconds)),
            moved: before.and_then(|before| before.moved),
            prepared: None,
            revision: 0,
        };
        Some(Change::Instance(region.clone(), instance, record))
    }
}
