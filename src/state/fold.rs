//! How a journal becomes records.

use std::collections::BTreeSet;

use super::{
    entry::{Change, Entry, Intent, OpenCall},
    record::RecordRun,
    records::Records,
};
use crate::model::{Address, InstanceRef};

/// How many runs are remembered, to refuse a plan that was applied before.
const RUNS_MAX: usize = 100;

/// Folds the entries of one run into the facts. The records that it changes get `revision`, the
/// serial of the snapshot that will hold them.
///
/// Folding is a pure function of its arguments, so that the records which a run keeps in memory
/// and the ones that a later run reads from the journal are equal.
pub fn fold(recorded: &mut Records, digest: &str, entries: &[Entry], revision: u64) {
    let mut run = take_run(recorded, digest);
    for entry in entries {
        match entry {
            Entry::Intent { step: _, intents } => {
                for (address, intent) in intents {
                    recorded.intend(address.clone(), intent.clone(), digest);
                }
            }
            Entry::Outcome { step, changes, failures, done } => {
                for change in changes {
                    let address = change.address();
                    recorded.conclude(change, revision);
                    run.touched.insert(address);
                }
                for failure in failures {
                    recorded.intents.remove(&failure.address);
                }
                if *done {
                    run.steps.insert(*step);
                }
            }
            Entry::Finished => {
                run.finished = true;
                run.steps.clear();
                run.touched.clear();
            }
        }
    }
    recorded.runs.push(run);
    let surplus = recorded.runs.len().saturating_sub(RUNS_MAX);
    recorded.runs.drain(..surplus);
}

/// The unfinished run of this plan goes on; a finished one stays, and a new run of the same digest
/// begins, which can only be of a fresh plan.
fn take_run(recorded: &mut Records, digest: &str) -> RecordRun {
    let unfinished = recorded.runs.iter().position(|run| run.digest == digest && !run.finished);
    unfinished.map_or_else(
        || RecordRun {
            digest: digest.to_owned(),
            finished: false,
            steps: BTreeSet::new(),
            touched: BTreeSet::new(),
        },
        |index| recorded.runs.remove(index),
    )
}

impl Records {
    /// Takes over a call that the run of a plan is about to make.
    pub fn intend(&mut self, address: Address, intent: Intent, digest: &str) {
        self.intents.insert(address, OpenCall { intent, run: digest.to_owned() });
    }

    /// Takes over one change, with which the call at its address is over. What leaves an instance
    /// pending ends no restart: an instance that was seen down is away until it is seen back (L9).
    pub fn conclude(&mut self, change: &Change, revision: u64) {
        let address = change.address();
        let is_away = matches!(
            self.intent_at(&address),
            Some(Intent::Restart { seen_down: Some(_), seen_back: None, .. })
        );
        if !(is_away && change.leaves_pending()) {
            self.intents.remove(&address);
        }
        self.apply(change, revision);
    }

    /// Takes over one change; a record that it changes gets `revision`.
    fn apply(&mut self, change: &Change, revision: u64) {
        match change.clone() {
            Change::Key(name, mut record) => {
                record.revision = revision;
                self.removed.remove(&Address::Key(name.clone()));
                self.keys.insert(name, record);
            }
            Change::Pair(region, name, mut record) => {
                record.revision = revision;
                self.removed.remove(&Address::Pair(region.clone(), name.clone()));
                self.pairs.entry(region).or_default().insert(name, record);
            }
            Change::Instance(at, mut record) => {
                record.revision = revision;
                self.removed.remove(&Address::Instance(at.clone()));
                if self.deferred(&at).is_some_and(|deferred| deferred.is_met_by(&record)) {
                    self.release(&at, revision);
                }
                self.instances.entry(at.region).or_default().insert(at.id, record);
            }
            Change::Deferred(at, mut record) => {
                record.revision = revision;
                self.removed.remove(&Address::Deferred(at.clone()));
                self.deferred.entry(at.region).or_default().insert(at.id, record);
            }
            Change::Removed(address) => {
                match &address {
                    Address::Key(name) => {
                        self.keys.remove(name);
                    }
                    Address::Pair(region, name) => {
                        self.pairs.entry(region.clone()).or_default().remove(name);
                    }
                    Address::Instance(at) => {
                        self.instances.entry(at.region.clone()).or_default().remove(&at.id);
                        // With its record goes its deferred work: the instance is forgotten, or free.
                        self.release(at, revision);
                    }
                    Address::Deferred(at) => self.release(at, revision),
                }
                self.removed.insert(address, revision);
            }
        }
    }

    /// Nothing is deferred for an instance any more.
    fn release(&mut self, at: &InstanceRef, revision: u64) {
        let Some(deferred) = self.deferred.get_mut(&at.region) else { return };
        if deferred.remove(&at.id).is_some() {
            self.removed.insert(Address::Deferred(at.clone()), revision);
        }
        if deferred.is_empty() {
            self.deferred.remove(&at.region);
        }
    }
}
