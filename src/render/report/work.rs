//! What a run did, counted as a reader counts it: by objects, not by steps.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    apply::{LeftOut, Report, StepEnd, StepReport},
    model::{CloudName, InstanceId},
    plan::{Action, PairKey, Plan},
    render::words::count,
};

/// Where the private key of a pair is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyPlace {
    /// Where keyform keeps private keys.
    Vault,
    /// Wherever the user keeps it: only its public key was given.
    Elsewhere,
}

/// What a run did.
#[derive(Debug, Default)]
pub(super) struct Work<'a> {
    /// The private keys that it made, and those of the pairs that it made.
    pub(super) keys: BTreeMap<&'a CloudName, KeyPlace>,
    keys_made: usize,
    pairs_made: usize,
    pairs_adopted: usize,
    pairs_tagged: BTreeSet<&'a CloudName>,
    pairs_grouped: usize,
    bound: BTreeSet<&'a InstanceId>,
    /// Those that were restarted or were found to be, so that what they are bound to is in effect.
    in_effect: BTreeSet<&'a InstanceId>,
    restarted: BTreeSet<&'a InstanceId>,
    unbound: BTreeSet<&'a InstanceId>,
    proven: BTreeSet<&'a InstanceId>,
    deferred: BTreeSet<&'a InstanceId>,
    pairs_deleted: usize,
    keys_retired: usize,
    records: usize,
}

impl<'a> Work<'a> {
    /// Counts what was done of a plan in this run.
    pub(super) fn of(plan: &'a Plan, report: &'a Report) -> Self {
        let mut work = Self::default();
        for (step, end) in plan.steps.iter().zip(&report.steps) {
            work.add_instances(&step.action, end);
            if end.end == StepEnd::Done {
                work.add_whole(&step.action);
            }
        }
        work
    }

    /// Adds the instances for which a step was done, however it ended.
    fn add_instances(&mut self, action: &'a Action, end: &'a StepReport) {
        let was_left_out = |id: &&InstanceId| end.left_out.iter().any(|(other, _)| other == *id);
        match action {
            Action::Attach { .. } => self.bound.extend(&end.done),
            Action::Detach { .. } => self.unbound.extend(&end.done),
            Action::Restart { .. } => {
                self.restarted.extend(end.done.iter().filter(|id| !was_left_out(id)));
                self.in_effect.extend(&end.done);
                // One that this run bound and did not have to restart was restarted by others.
                let already = end.left_out.iter().filter(|(_, why)| *why == LeftOut::AlreadyDone);
                let already = already.map(|(id, _)| id).filter(|id| self.bound.contains(id));
                self.in_effect.extend(already.collect::<Vec<_>>());
            }
            Action::Prove { .. } => self.proven.extend(&end.done),
            _ => {}
        }
    }

    /// Adds a step that is done, as far as it is no matter of single instances.
    fn add_whole(&mut self, action: &'a Action) {
        match action {
            Action::MakeKey { name, .. } => {
                self.keys_made += 1;
                self.keys.insert(name, KeyPlace::Vault);
            }
            Action::ImportPair { name, key, .. } => {
                self.pairs_made += 1;
                let place = match key {
                    PairKey::Given { .. } => KeyPlace::Elsewhere,
                    PairKey::Held { .. } | PairKey::Made => KeyPlace::Vault,
                };
                self.keys.insert(name, place);
            }
            Action::CreatePair { name, .. } => {
                self.keys_made += 1;
                self.pairs_made += 1;
                self.keys.insert(name, KeyPlace::Vault);
            }
            Action::GroupPair { .. } => self.pairs_grouped += 1,
            Action::AdoptPair { .. } => self.pairs_adopted += 1,
            Action::TagPair { name, .. } | Action::UntagPair { name, .. } => {
                self.pairs_tagged.insert(name);
            }
            Action::Defer { items, .. } => {
                self.deferred.extend(items.iter().map(|item| &item.id));
            }
            Action::DeletePair { .. } => self.pairs_deleted += 1,
            Action::RetireKey { .. } => self.keys_retired += 1,
            Action::Record { changes } => self.records += changes.len(),
            Action::Attach { .. }
            | Action::Detach { .. }
            | Action::Restart { .. }
            | Action::Prove { .. }
            | Action::Gate { .. } => {}
        }
    }

    /// Whether nothing was done.
    pub(super) fn is_empty(&self) -> bool {
        self.parts().is_empty()
    }

    /// It as a list in words; `nothing` if it is empty.
    pub(super) fn text(&self, nothing: &str) -> String {
        let parts = self.parts();
        if parts.is_empty() { nothing.to_owned() } else { parts.join(", ") }
    }

    fn parts(&self) -> Vec<String> {
        let later = self.bound.difference(&self.in_effect).count();
        let is_earlier =
            |id: &&&InstanceId| !self.bound.contains(**id) && !self.unbound.contains(**id);
        // What an earlier run bound or unbound.
        let restarted = self.restarted.iter().filter(is_earlier).count();
        let found = self.in_effect.difference(&self.restarted).filter(is_earlier).count();
        let parts = [
            (self.keys_made, "private key", "made"),
            (self.pairs_made, "key pair", "made"),
            (self.pairs_adopted, "key pair", "taken over"),
            (self.pairs_tagged.len(), "key pair", "tagged anew"),
            (self.pairs_grouped, "key pair", "put into another resource group"),
            (self.bound.intersection(&self.in_effect).count(), "instance", "bound and in effect"),
            (later, "instance", "bound, in effect after the next restart"),
            (self.unbound.len(), "instance", "unbound"),
            (restarted, "instance", "restarted"),
            (found, "instance", "found restarted"),
            (self.proven.len(), "log-on", "proven"),
            (self.deferred.len(), "instance", "deferred"),
            (self.pairs_deleted, "key pair", "deleted"),
            (self.keys_retired, "private key", "put aside"),
            (self.records, "fact", "written down"),
        ];
        let done = parts.into_iter().filter(|(number, ..)| *number > 0);
        done.map(|(number, noun, verb)| format!("{} {verb}", count(number, noun))).collect()
    }
}
