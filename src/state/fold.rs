//! How a journal becomes records.

use std::collections::BTreeSet;

use super::{
    entry::{Change, Entry, Intent, OpenCall},
    facts::Records,
    record::RecordRun,
};
use crate::model::{Address, InstanceId, Region};

/// How many runs are remembered, to refuse a plan that was applied before.
const RUNS_MAX: usize = 100;

/// Folds the entries of one run into the facts. The records that it changes get `revision`, the
/// serial of the snapshot that will hold them.
///
/// Folding is a pure function of its arguments, so that the records which a run keeps in memory
/// and the ones that a later run reads from the journal are equal.
pub fn fold(facts: &mut Records, digest: &str, entries: &[Entry], revision: u64) {
    let mut run = take_run(facts, digest);
    for entry in entries {
        match entry {
            Entry::Intent { step: _, intents } => {
                for (address, intent) in intents {
                    facts.intend(address.clone(), intent.clone(), digest);
                }
            }
            Entry::Outcome { step, changes, failures, done } => {
                for change in changes {
                    let address = change.address();
                    facts.intents.remove(&address);
                    facts.apply(change, revision);
                    run.touched.insert(address);
                }
                for failure in failures {
                    facts.intents.remove(&failure.address);
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
    facts.runs.push(run);
    let surplus = facts.runs.len().saturating_sub(RUNS_MAX);
    facts.runs.drain(..surplus);
}

/// The unfinished run of this plan goes on; a finished one stays, and a new run of the same digest
/// begins, which can only be of a fresh plan.
fn take_run(facts: &mut Records, digest: &str) -> RecordRun {
    let unfinished = facts.runs.iter().position(|run| run.digest == digest && !run.finished);
    unfinished.map_or_else(
        || RecordRun {
            digest: digest.to_owned(),
            finished: false,
            steps: BTreeSet::new(),
            touched: BTreeSet::new(),
        },
        |index| facts.runs.remove(index),
    )
}

impl Records {
    /// Takes over a call that the run of a plan is about to make.
    pub fn intend(&mut self, address: Address, intent: Intent, digest: &str) {
        self.intents.insert(address, OpenCall { intent, run: digest.to_owned() });
    }

    /// Takes over one change; a record that it changes gets `revision`.
    pub fn apply(&mut self, change: &Change, revision: u64) {
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
            Change::Instance(region, id, mut record) => {
                record.revision = revision;
                self.removed.remove(&Address::Instance(region.clone(), id.clone()));
                if self.obligation(&region, &id).is_some_and(|owed| owed.is_met_by(&record)) {
                    self.release(&region, &id, revision);
                }
                self.instances.entry(region).or_default().insert(id, record);
            }
            Change::Obligation(region, id, mut record) => {
                record.revision = revision;
                self.removed.remove(&Address::Obligation(region.clone(), id.clone()));
                self.obligations.entry(region).or_default().insert(id, record);
            }
            Change::Removed(address) => {
                match &address {
                    Address::Key(name) => {
                        self.keys.remove(name);
                    }
                    Address::Pair(region, name) => {
                        self.pairs.entry(region.clone()).or_default().remove(name);
                    }
                    Address::Instance(region, id) => {
                        self.instances.entry(region.clone()).or_default().remove(id);
                        // With its record goes what is owed to it: it is forgotten, or free.
                        self.release(region, id, revision);
                    }
                    Address::Obligation(region, id) => self.release(region, id, revision),
                }
                self.removed.insert(address, revision);
            }
        }
    }

    /// Nothing is owed to an instance any more.
    fn release(&mut self, region: &Region, id: &InstanceId, revision: u64) {
        let Some(owed) = self.obligations.get_mut(region) else { return };
        if owed.remove(id).is_some() {
            let address = Address::Obligation(region.clone(), id.clone());
            self.removed.insert(address, revision);
        }
        if owed.is_empty() {
            self.obligations.remove(region);
        }
    }
}
