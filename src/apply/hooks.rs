//! Hooks: what prepares an instance for its restart, and what puts it back.
//!
//! From the beginning of `before` to the end of `after` an instance counts as down. What `before`
//! has prepared is put back, also if its restart is not done after all. A run that is killed in
//! between leaves that to the next one: both may run twice for one restart.

use std::collections::BTreeSet;

use super::{
    programs::Purpose,
    report::StepEnd,
    restart::RestartPhase,
    scheduler::{Phase, Scheduler},
};
use crate::{
    model::{InstanceId, Region},
    state::{Change, RecordInstance},
};

impl Scheduler<'_> {
    /// Prepares the instances of a step for their restart.
    pub(super) fn drain(&mut self, id: usize, ids: &[InstanceId]) {
        let Some((region, fleet, _)) = self.restart_of(id) else { return };
        let Some(before) = &fleet.restart.before else { return };
        self.mark_prepared(id, ids);
        for instance in ids {
            let key = (region.clone(), instance.clone());
            self.watch.begin(key, id, None, self.now);
            self.start_program(id, instance, Purpose::Before, before);
        }
        self.slots[id].phase = Some(Phase::Restart(RestartPhase::Draining));
    }

    /// Hears whether an instance is prepared. When all are, the fleet is counted once more.
    pub(super) fn drained(&mut self, id: usize, instance: &InstanceId, failure: Option<String>) {
        let Some((region, ..)) = self.restart_of(id) else { return };
        let key = (region.clone(), instance.clone());
        if let Some(reason) = failure {
            self.watch.end(&key);
            self.fail_item(id, instance, reason);
            // An earlier run may have prepared it all the same.
            if self.slots[id].marked.contains(instance) {
                let change = self.put_back_change(id, instance);
                self.outcome(id, change.into_iter().collect(), Vec::new(), false);
            }
        } else {
            self.slots[id].drained.insert(instance.clone());
        }
        if !self.programs.has(id) {
            self.count_after_drain(id);
        }
    }

    /// What puts an instance back; it is seen back from its restart, or is not restarted after all.
    pub(super) fn start_after(&mut self, id: usize, instance: &InstanceId) {
        let Some((_, fleet, _)) = self.restart_of(id) else { return };
        if let Some(after) = &fleet.restart.after {
            self.start_program(id, instance, Purpose::After, after);
        }
    }

    /// Hears whether an instance was put back.
    pub(super) fn put_back(&mut self, id: usize, instance: &InstanceId, failure: Option<String>) {
        let Some((region, ..)) = self.restart_of(id) else { return };
        let is_restarted = !self.slots[id].drained.remove(instance);
        match failure {
            Some(reason) => {
                let before = self.slots[id].failed.get(instance);
                let reason = before.map_or(reason.clone(), |before| format!("{before}; {reason}"));
                self.fail_item(id, instance, reason);
            }
            None if is_restarted => self.came_back(id, std::slice::from_ref(instance), false),
            None => {
                let change = self.put_back_change(id, instance);
                self.outcome(id, change.into_iter().collect(), Vec::new(), false);
            }
        }
        self.watch.end(&(region.clone(), instance.clone()));
        if self.programs.has(id) {
            return;
        }
        match &self.slots[id].phase {
            Some(Phase::Restart(RestartPhase::PuttingBack { end })) => {
                let end = end.clone();
                self.end(id, end);
            }
            Some(Phase::Restart(RestartPhase::Watching { .. })) => self.end_restart_if_idle(id),
            // It is counted or restarted for its other instances.
            _ => {}
        }
    }

    /// Puts the instances of a step back that were prepared and are not restarted after all; answers
    /// whether the end of the step waits for that.
    pub(super) fn put_back_first(&mut self, id: usize, end: &StepEnd) -> bool {
        let drained: BTreeSet<_> = self.slots[id].drained.iter().cloned().collect();
        for instance in &drained {
            self.start_after(id, instance);
        }
        if !self.programs.has(id) {
            self.slots[id].drained.clear();
            return false;
        }
        let phase = RestartPhase::PuttingBack { end: end.clone() };
        self.slots[id].phase = Some(Phase::Restart(phase));
        true
    }

    /// Writes down that instances may be prepared from here on, so that whatever becomes of this run
    /// they are put back.
    pub(super) fn mark_prepared<'a>(
        &mut self,
        id: usize,
        instances: impl IntoIterator<Item = &'a InstanceId>,
    ) {
        let Some((region, ..)) = self.restart_of(id).filter(|_| self.has_after(id)) else { return };
        let mut changes = Vec::new();
        for instance in instances {
            let record = self.run.facts.instance(region, instance);
            if let Some(record) = record.filter(|record| record.prepared.is_none()) {
                let record = RecordInstance { prepared: Some(self.now), ..record.clone() };
                changes.push(Change::Instance(region.clone(), instance.clone(), record));
                self.slots[id].marked.insert(instance.clone());
            }
        }
        if !changes.is_empty() {
            self.outcome(id, changes, Vec::new(), false);
        }
    }

    /// That an instance is put back, if it is recorded as prepared.
    pub(super) fn put_back_change(&self, id: usize, instance: &InstanceId) -> Option<Change> {
        let (region, ..) = self.restart_of(id)?;
        let record = self.run.facts.instance(region, instance);
        let record = record.filter(|record| record.prepared.is_some())?;
        let record = RecordInstance { prepared: None, ..record.clone() };
        Some(Change::Instance(region.clone(), instance.clone(), record))
    }

    /// Whether an instance may be prepared, by this run or an earlier one.
    pub(super) fn is_prepared(&self, region: &Region, instance: &InstanceId) -> bool {
        let record = self.run.facts.instance(region, instance);
        record.is_some_and(|record| record.prepared.is_some())
    }

    /// Whether something puts the instances of a step back.
    pub(super) fn has_after(&self, id: usize) -> bool {
        self.restart_of(id).is_some_and(|(_, fleet, _)| fleet.restart.after.is_some())
    }
}
