//! Watching instances that restart, until they are back.

use std::{collections::BTreeMap, time::Duration};

use super::{
    call::{Answer, CallFailure},
    report::Progress,
    restart::RestartPhase,
    scheduler::{Command, Phase, Scheduler},
};
use crate::{
    model::{
        Address, InstanceId, InstanceStatus, ObservedInstance, Region, ServiceTime, Timestamp,
        limits::DESCRIBE_INSTANCES_MAX,
    },
    state::{Entry, Intent},
};

/// The instances that are being restarted.
#[derive(Debug, Default)]
pub(super) struct Watch {
    items: BTreeMap<(Region, InstanceId), Watched>,
    asked: usize,
    next_at: Option<Timestamp>,
    newest: Option<Timestamp>,
}

#[derive(Debug)]
struct Watched {
    step: usize,
    /// StartTime before the restart: a later one means that it happened.
    start_time: Option<ServiceTime>,
    /// Whether this run has seen it not Running.
    has_left: bool,
    /// Whether the service said that it restarts it.
    accepted: bool,
    since: Timestamp,
    status: InstanceStatus,
    /// Since when it is seen Running after its restart.
    running_since: Option<Timestamp>,
    /// Whether it is written down that its restart has happened.
    is_recorded: bool,
}

impl Watch {
    /// From here on the instance counts as down.
    pub(super) fn begin(
        &mut self,
        key: (Region, InstanceId),
        step: usize,
        start_time: Option<ServiceTime>,
        now: Timestamp,
    ) {
        let watched = Watched {
            step,
            start_time,
            has_left: false,
            accepted: false,
            since: now,
            status: InstanceStatus::Running,
            running_since: None,
            is_recorded: false,
        };
        self.items.insert(key, watched);
    }

    /// The instance is not restarted after all.
    pub(super) fn end(&mut self, key: &(Region, InstanceId)) {
        self.items.remove(key);
    }

    /// No instance of a step is restarted after all.
    pub(super) fn end_step(&mut self, step: usize) {
        self.items.retain(|_, watched| watched.step != step);
    }

    /// The service has said that it restarts the instance, or has said nothing.
    pub(super) fn answered(&mut self, key: &(Region, InstanceId), accepted: bool, now: Timestamp) {
        if let Some(watched) = self.items.get_mut(key) {
            watched.accepted = accepted;
            watched.since = now;
        }
    }

    /// Whether the instance is being restarted and was not seen back.
    pub(super) fn holds(&self, key: &(Region, InstanceId)) -> bool {
        self.items.contains_key(key)
    }

    /// How many seconds its restart took, of which the end was seen.
    fn took_seconds(&self, key: &(Region, InstanceId)) -> Option<u32> {
        let watched = self.items.get(key)?;
        let took = watched.running_since?.since(watched.since);
        u32::try_from(took.as_millis().div_ceil(1000)).ok()
    }

    /// Asks for a look at this moment, and for looks that grow rarer from then on.
    pub(super) fn look_at(&mut self, now: Timestamp) {
        self.newest = Some(now);
        self.next_at = Some(now);
    }

    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.next_at.filter(|_| self.asked == 0 && !self.items.is_empty())
    }
}

/// The shortest and the longest time between two looks at instances that restart. The official
/// advice is one to two seconds; the first looks come sooner, to see a quick restart begin.
const LOOK_SHORTEST: Duration = Duration::from_millis(50);
const LOOK_LONGEST: Duration = Duration::from_secs(5);
/// How long a restart that the service may not have heard of may take to begin.
const UNHEARD_MAX: Duration = Duration::from_secs(120);

impl Scheduler<'_> {
    /// Looks at all instances that restart, up to a hundred a call.
    pub(super) fn poll_if_due(&mut self) {
        if self.watch.next_at().is_none_or(|at| at > self.now) {
            return;
        }
        let mut regions: BTreeMap<Region, Vec<InstanceId>> = BTreeMap::new();
        for ((region, id), watched) in &self.watch.items {
            if self.watches(watched.step, id) {
                regions.entry(region.clone()).or_default().push(id.clone());
            }
        }
        for (region, ids) in regions {
            for batch in ids.chunks(DESCRIBE_INSTANCES_MAX) {
                self.watch.asked += 1;
                self.poll(region.clone(), batch.to_vec());
            }
        }
        if self.watch.asked == 0 {
            self.watch.next_at = None;
        }
    }

    /// Hears how the instances are.
    pub(super) fn polled(&mut self, region: &Region, result: Result<Answer, CallFailure>) {
        self.watch.asked -= 1;
        let age = self.watch.newest.map_or(Duration::ZERO, |newest| self.now.since(newest));
        self.watch.next_at = Some(self.now.plus((age / 4).clamp(LOOK_SHORTEST, LOOK_LONGEST)));
        let mut back: BTreeMap<usize, Vec<InstanceId>> = BTreeMap::new();
        // A look that failed says nothing; the next one comes anyway.
        if let Ok(Answer::Instances(seen)) = result {
            for found in seen {
                let key = (region.clone(), found.id.clone());
                let Some(step) = self.watch.items.get(&key).map(|watched| watched.step) else {
                    continue;
                };
                if self.has_after(step) {
                    self.programs.saw(region, &found);
                }
                let settle = self
                    .restart_of(step)
                    .map_or(Duration::ZERO, |(_, fleet, _)| fleet.restart.settle());
                let watched = self.watch.items.get_mut(&key);
                let is_back =
                    watched.is_some_and(|watched| watched.is_back(&found, settle, self.now));
                if !is_back || self.has_after(step) {
                    self.record_while_it_settles(step, &key);
                }
                if is_back {
                    back.entry(step).or_default().push(found.id);
                }
            }
        }
        for (step, instances) in back {
            self.back(step, &instances);
        }
        self.give_up();
    }

    /// Writes down that an instance has restarted before it has settled and is put back: should the
    /// run be killed meanwhile, or that fail, nothing else might tell.
    fn record_while_it_settles(&mut self, step: usize, key: &(Region, InstanceId)) {
        let is_new = self
            .watch
            .items
            .get(key)
            .is_some_and(|watched| watched.running_since.is_some() && !watched.is_recorded);
        if !is_new {
            return;
        }
        if self.has_after(step) {
            self.owe_return(step, key);
        } else {
            let took_seconds = self.watch.took_seconds(key);
            let change = self.in_effect(step, key.1.clone(), took_seconds);
            self.outcome(step, change.into_iter().collect(), Vec::new(), false);
        }
        if let Some(watched) = self.watch.items.get_mut(key) {
            watched.is_recorded = true;
        }
    }

    /// Writes down that an instance is back from its restart, and is still to be put back.
    pub(super) fn owe_return(&mut self, step: usize, key: &(Region, InstanceId)) {
        let address = Address::Instance(key.0.clone(), key.1.clone());
        let intent = Intent::PutBack { bound: self.bound_by(step, &key.1) };
        self.run.facts.intents.insert(address.clone(), intent.clone());
        let intents = vec![(address, intent)];
        self.out.push(Command::Record(vec![Entry::Intent { step, intents }]));
    }

    fn back(&mut self, id: usize, instances: &[InstanceId]) {
        let is_last = self.watched_off(id, instances) && !self.programs.has(id);
        if self.has_after(id) {
            // They count as back when they are put back.
            for instance in instances {
                self.start_after(id, instance);
            }
            return;
        }
        self.came_back(id, instances, is_last && self.slots[id].failed.is_empty());
        if is_last {
            self.end_by_items(id);
        }
    }

    /// Writes down that instances are back from their restart, and whether all of the step is done.
    pub(super) fn came_back(&mut self, id: usize, instances: &[InstanceId], is_done: bool) {
        let Some((region, _, _)) = self.restart_of(id) else { return };
        let mut changes = Vec::new();
        for instance in instances {
            let key = (region.clone(), instance.clone());
            let took_seconds = self.watch.took_seconds(&key);
            let watched = self.watch.items.remove(&key);
            if self.has_after(id) || watched.is_none_or(|watched| !watched.is_recorded) {
                changes.extend(self.in_effect(id, instance.clone(), took_seconds));
            }
            self.slots[id].succeeded += 1;
        }
        self.tell(Progress::Back { step: id, instances: instances.to_vec() });
        self.outcome(id, changes, Vec::new(), is_done);
    }

    /// Takes instances out of those that a step watches; answers whether none is left.
    fn watched_off(&mut self, id: usize, instances: &[InstanceId]) -> bool {
        match &mut self.slots[id].phase {
            Some(Phase::Restart(RestartPhase::Watching { left })) => {
                left.retain(|one| !instances.contains(one));
                left.is_empty()
            }
            _ => false,
        }
    }

    /// Ends the wait for instances that have not come back in time. They stay down and counted.
    fn give_up(&mut self) {
        let late: Vec<_> = self
            .watch
            .items
            .iter()
            .filter_map(|((_, id), watched)| {
                let age = self.now.since(watched.since);
                let policy = &self.restart_of(watched.step)?.1.restart;
                let timeout = policy.timeout();
                if watched.running_since.is_some() {
                    // It came back in time, and then its time to settle must be over by now.
                    let seconds = policy.settle().as_secs();
                    let reason = format!("it was back, and not seen Running for {seconds} s then");
                    let is_late = age >= timeout.saturating_add(policy.settle());
                    return is_late.then(|| (watched.step, id.clone(), reason));
                }
                let reason = if !watched.accepted && !watched.has_left && age >= UNHEARD_MAX {
                    "the call that restarts it was not answered, and it did not restart".to_owned()
                } else if age >= timeout {
                    let seconds = timeout.as_secs();
                    format!("it was not back after {seconds} s: it is {}", watched.status)
                } else {
                    return None;
                };
                Some((watched.step, id.clone(), reason))
            })
            .collect();
        for (step, instance, reason) in late {
            if self.watches(step, &instance) {
                self.fail_item(step, &instance, reason);
                self.watched_off(step, &[instance]);
                self.end_restart_if_idle(step);
            }
        }
    }

    fn watches(&self, id: usize, instance: &InstanceId) -> bool {
        matches!(&self.slots[id].phase,
            Some(Phase::Restart(RestartPhase::Watching { left })) if left.contains(instance))
    }
}

impl Watched {
    /// Whether the restart is over: StartTime has moved, or the run saw it leave Running; and it is
    /// Running again, and has been for as long as it must be.
    fn is_back(&mut self, found: &ObservedInstance, settle: Duration, now: Timestamp) -> bool {
        self.status = found.status;
        if found.status != InstanceStatus::Running {
            self.has_left = true;
            self.running_since = None;
            return false;
        }
        let moved = matches!(
            (found.start_time, self.start_time),
            (Some(now), Some(before)) if now.is_after(before)
        );
        if !moved && !self.has_left {
            return false;
        }
        let since = *self.running_since.get_or_insert(now);
        now.since(since) >= settle
    }
}
