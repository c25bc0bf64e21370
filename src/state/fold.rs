//! How a journal becomes records.

use std::collections::BTreeSet;

use super::{
    entry::{Change, Entry, Intent, OpenCall},
    guest::RecordGuest,
    record::RecordRun,
    records::Records,
};
use crate::model::{Address, InstanceRef, Timestamp};

/// How many runs are remembered, to refuse a plan that was applied before.
const RUNS_MAX: usize = 100;

/// Folds the entries of one run, which has this digest and began then, into the facts. The records that it changes get `revision`, the
/// serial of the snapshot that will hold them.
///
/// Folding is a pure function of its arguments, so that the records which a run keeps in memory
/// and the ones that a later run reads from the journal are equal.
pub fn fold(
    recorded: &mut Records,
    (digest, begun): (&str, Option<Timestamp>),
    entries: &[Entry],
    revision: u64,
) {
    let mut run = take_run(recorded, digest);
    run.begun = begun.or(run.begun);
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
            begun: None,
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
                // Until its own record shows what is in effect, what was forgotten counts too.
                if record.is_sure() {
                    self.forget_guest(&at);
                }
                self.instances.entry(at.region).or_default().insert(at.id, record);
            }
            Change::Guest(at, guest) => self.keep_guest(at, guest, revision),
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
                        self.forget_guest(at);
                        self.forget_instance(at, revision);
                    }
                    Address::Deferred(at) => self.release(at, revision),
                }
                let is_instance = matches!(address, Address::Instance(_) | Address::Deferred(_));
                self.removed.insert(address, revision);
                if !is_instance {
                    self.drop_unknown_keys(revision);
                }
            }
        }
    }

    /// With the record of an instance goes its deferred work: the instance is forgotten, or free.
    fn forget_instance(&mut self, at: &InstanceRef, revision: u64) {
        self.instances.entry(at.region.clone()).or_default().remove(&at.id);
        self.release(at, revision);
    }

    /// Forgets an instance, but for what its guest may accept.
    fn keep_guest(&mut self, at: InstanceRef, mut guest: RecordGuest, revision: u64) {
        self.forget_instance(&at, revision);
        guest.revision = revision;
        guest.retain(&self.known_keys());
        let address = Address::Instance(at.clone());
        if guest.is_empty() {
            self.forget_guest(&at);
            self.removed.insert(address, revision);
        } else {
            self.removed.remove(&address);
            self.guests.entry(at.region).or_default().insert(at.id, guest);
        }
    }

    fn forget_guest(&mut self, at: &InstanceRef) {
        let Some(guests) = self.guests.get_mut(&at.region) else { return };
        guests.remove(&at.id);
        if guests.is_empty() {
            self.guests.remove(&at.region);
        }
    }

    /// What guests accept is only of interest as long as this project has the pair or its private
    /// key.
    fn drop_unknown_keys(&mut self, revision: u64) {
        let known = self.known_keys();
        let mut empty = Vec::new();
        for (region, guests) in &mut self.guests {
            for (id, guest) in guests {
                guest.retain(&known);
                if guest.is_empty() {
                    empty.push(id.in_region(region));
                }
            }
        }
        for at in empty {
            self.forget_guest(&at);
            if self.instance(&at).is_none() {
                self.removed.insert(Address::Instance(at), revision);
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
