//! What the oracle knows, and how it judges what keyform does.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use keyform::{
    emulator::Local,
    model::{InstanceId, InstanceStatus, RestartWhen, Timestamp},
};

use super::{
    law::{Fleet, Law},
    past::{Past, Sights, look},
    policy::among,
    trouble::Deed,
};

/// What the oracle knows.
pub(super) struct Known {
    pub(super) law: Law,
    pasts: BTreeMap<InstanceId, Past>,
    run: Run,
    pub(super) restarts: usize,
    pub(super) broken: Option<String>,
}

/// What is of one run.
#[derive(Default)]
struct Run {
    /// The instances that were Stopped before its first write.
    stopped: BTreeSet<InstanceId>,
    is_writing: bool,
    /// By the number of the binding, whether its key is urgent.
    urgent: Vec<bool>,
    /// The instances that it has restarted.
    restarted: BTreeSet<InstanceId>,
    /// The instances that were not Running with their wanted pair in effect when it began.
    pending: BTreeSet<InstanceId>,
    /// The bindings that have shown their pair to work: such an instance has come into effect since,
    /// whoever restarted it, or one that this run restarted has come back in effect.
    tried: BTreeSet<usize>,
    restarts: usize,
}

impl Known {
    pub(super) fn new(law: Law) -> Self {
        let pasts = law.ids().map(|id| (id, Past::default())).collect();
        Self { law, pasts, run: Run::default(), restarts: 0, broken: None }
    }

    pub(super) fn past(&mut self, id: &InstanceId) -> &mut Past {
        self.pasts.entry(id.clone()).or_default()
    }

    /// A run begins, of which the machine shows this time.
    pub(super) fn begin_run(&mut self, cloud: &Local, shown: Timestamp) {
        let (_, sights) = self.look(cloud);
        self.pasts.values_mut().for_each(Past::begin_run);
        let law = &self.law;
        let is_urgent = |fleet: &Fleet| law.is_urgent(fleet, shown.milliseconds());
        let urgent = law.fleets.iter().map(is_urgent).collect();
        let (stopped, pending) = (stopped(&sights), self.pending(&sights));
        self.run = Run { stopped, urgent, pending, ..Run::default() };
    }

    /// What was answered is written down.
    pub(super) fn write(&mut self) {
        self.pasts.values_mut().for_each(Past::write);
    }

    pub(super) fn look(&mut self, cloud: &Local) -> (Timestamp, Sights) {
        let (now, sights) = look(cloud, self.law.ids());
        for (id, sight) in &sights {
            self.past(id).look(now, sight);
        }
        let pending = self.pending(&sights);
        // One that was in effect already, and that this run has restarted once more since nothing told
        // so, has shown as much once it is back.
        let is_back = |id: &InstanceId| {
            self.run.restarted.contains(id) && self.pasts.get(id).is_some_and(|past| !past.is_away)
        };
        let tried = |fleet: &Fleet| {
            let is_tried = |id: &InstanceId| self.run.pending.contains(id) || is_back(id);
            fleet.ids().any(|id| !pending.contains(&id) && is_tried(&id))
        };
        let fleets = self.law.fleets.iter().enumerate();
        let tried: Vec<_> = fleets.filter(|(_, fleet)| tried(fleet)).map(|(at, _)| at).collect();
        self.run.tried.extend(tried);
        (now, sights)
    }

    fn pending(&self, sights: &Sights) -> BTreeSet<InstanceId> {
        let of_fleet = |fleet: &Fleet| {
            let wanted = self.law.name(fleet.pair);
            let is_pending = move |id: &InstanceId| {
                let sight = &sights[id];
                let is_bound = sight.bound.as_ref().is_some_and(|name| name.as_str() == wanted);
                !(sight.is_running() && sight.is_in_effect && is_bound)
            };
            fleet.ids().filter(is_pending).collect::<Vec<_>>()
        };
        self.law.fleets.iter().flat_map(of_fleet).collect()
    }

    /// Somebody does something to an instance.
    pub(super) fn disturb(&mut self, cloud: &Local, deed: &Deed) {
        let (now, sights) = self.look(cloud);
        let id = deed.id(&self.law);
        let boots = deed.happen(cloud, &id, sights[&id].status);
        let past = self.past(&id);
        past.disturbed = Some(now);
        if boots {
            past.stir(now);
        }
        let (_, sights) = self.look(cloud);
        if !self.run.is_writing {
            self.run.stopped.extend(stopped(&sights));
        }
    }

    /// The run has made its first write.
    pub(super) fn begin_writing(&mut self) {
        self.run.is_writing = true;
    }

    /// The instances that are away, for people to bring back.
    pub(super) fn away(&self) -> Vec<InstanceId> {
        self.pasts.iter().filter(|(_, past)| past.is_away).map(|(id, _)| id.clone()).collect()
    }

    fn settle_of(&self, id: &InstanceId) -> Duration {
        let fleet = self.law.fleets.iter().find(|fleet| fleet.ids().any(|own| own == *id));
        let seconds = fleet.map_or(0, |fleet| fleet.policy.settle);
        Duration::from_secs(seconds.unsigned_abs())
    }

    /// Whether an instance counts as down. What people did to it at this very moment keyform may
    /// not have seen.
    fn is_down(&self, now: Timestamp, id: &InstanceId, sights: &Sights) -> bool {
        let past = &self.pasts[id];
        let is_settling = past.back.is_some_and(|back| now.since(back) < self.settle_of(id));
        if past.is_away || is_settling {
            return true;
        }
        let status = sights[id].status;
        let is_excepted = status == InstanceStatus::Stopped && self.run.stopped.contains(id);
        status != InstanceStatus::Running && !is_excepted && past.disturbed != Some(now)
    }

    /// L9, of the instances that keyform restarts now.
    pub(super) fn restarts(
        &mut self,
        (now, shown): (Timestamp, Timestamp),
        sights: &Sights,
        ids: &BTreeSet<InstanceId>,
    ) -> Result<(), String> {
        for (name, members, most) in self.law.budgets() {
            if members.iter().any(|id| ids.contains(id)) {
                let is_down = |id: &&InstanceId| ids.contains(*id) || self.is_down(now, id, sights);
                let down: Vec<_> = members.iter().filter(is_down).collect();
                if down.len() > most {
                    return Err(format!("{down:?} of {name} are down, and {most} may be"));
                }
            }
        }
        for id in ids {
            if let Some(reason) = self.pasts[id].needs_no_restart(&sights[id]) {
                return Err(format!("{id} is restarted, and {reason}"));
            }
            let moves_start_time = self.law.moves_start_time;
            self.past(id).restart(now, moves_start_time);
        }
        self.run.restarted.extend(ids.iter().cloned());
        for index in 0..self.law.fleets.len() {
            self.of_fleet(index, shown, ids)?;
        }
        self.restarts += ids.len();
        self.run.restarts += ids.len();
        match self.law.restarts_per_run {
            Some(most) if self.run.restarts > most => Err(format!("more than {most} in one run")),
            _ => Ok(()),
        }
    }

    fn of_fleet(
        &mut self,
        index: usize,
        shown: Timestamp,
        ids: &BTreeSet<InstanceId>,
    ) -> Result<(), String> {
        let fleet = &self.law.fleets[index];
        let count = fleet.ids().filter(|id| ids.contains(id)).count();
        if count == 0 {
            return Ok(());
        }
        if let Some(reason) = self.forbids(index, shown) {
            return Err(format!("fleet-{index} is restarted at {shown:?}, and {reason}"));
        }
        let canary = fleet.policy.canary.map(|canary| among(canary, fleet.count));
        let restarted = fleet.ids().filter(|id| self.run.restarted.contains(id)).count();
        match canary.filter(|_| !self.run.tried.contains(&index)) {
            Some(canary) if restarted > canary => Err(format!(
                "{restarted} of fleet-{index} are restarted before one of its {canary} canaries \
                 came into effect"
            )),
            _ => Ok(()),
        }
    }

    fn forbids(&self, index: usize, shown: Timestamp) -> Option<&'static str> {
        let policy = &self.law.fleets[index].policy;
        policy.forbids(self.law.begin, shown.milliseconds(), self.run.urgent[index])
    }

    /// What is to be restarted after it is bound not outside of its time either.
    pub(super) fn binds(
        &mut self,
        shown: Timestamp,
        sights: &Sights,
        id: &InstanceId,
    ) -> Result<(), String> {
        self.past(id).bind();
        let fleets = self.law.fleets.iter().enumerate();
        let mut own = fleets.filter(|(_, fleet)| fleet.ids().any(|of| of == *id));
        let Some((index, fleet)) = own.next() else { return Ok(()) };
        let is_restarted = sights[id].is_running() && !self.run.stopped.contains(id);
        match self.forbids(index, shown) {
            Some(reason) if is_restarted && fleet.policy.when != RestartWhen::Manual => {
                Err(format!("{id} is bound at {shown:?}, and {reason}"))
            }
            _ => Ok(()),
        }
    }

    /// Nothing that is down is restarted: what is Stopped would be started.
    pub(super) fn asks(
        &self,
        now: Timestamp,
        sights: &Sights,
        mut ids: impl Iterator<Item = InstanceId>,
    ) -> Result<(), String> {
        let is_wrong =
            |id: &InstanceId| !sights[id].is_running() && self.pasts[id].disturbed != Some(now);
        match ids.find(is_wrong) {
            Some(id) => Err(format!("{id} is {} and to be restarted", sights[&id].status)),
            None => Ok(()),
        }
    }
}

fn stopped(sights: &Sights) -> BTreeSet<InstanceId> {
    let is_stopped = |id: &&InstanceId| sights[*id].status == InstanceStatus::Stopped;
    sights.keys().filter(is_stopped).cloned().collect()
}
