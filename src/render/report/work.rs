//! What a run did, counted as a reader counts it: by objects, not by steps.

use std::collections::BTreeSet;

use crate::{
    apply::{Report, StepEnd, StepReport},
    model::{CloudName, InstanceId},
    plan::{Action, Item, Plan},
    render::words::count,
};

/// What a run did.
#[derive(Debug, Default)]
pub(super) struct Work<'a> {
    /// The private keys that it made.
    pub(super) keys: Vec<&'a CloudName>,
    pairs_made: usize,
    pairs_adopted: usize,
    pairs_tagged: BTreeSet<&'a CloudName>,
    bound: BTreeSet<&'a InstanceId>,
    in_effect: BTreeSet<&'a InstanceId>,
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
            if matches!(end.end, StepEnd::Done | StepEnd::Partly) {
                work.add(&step.action, end);
            }
        }
        work
    }

    fn add(&mut self, action: &'a Action, end: &StepReport) {
        match action {
            Action::MakeKey { name, .. } => self.keys.push(name),
            Action::ImportPair { .. } => self.pairs_made += 1,
            Action::AdoptPair { .. } => self.pairs_adopted += 1,
            Action::TagPair { name, .. } | Action::UntagPair { name, .. } => {
                self.pairs_tagged.insert(name);
            }
            Action::Attach { items, .. } => self.bound.extend(done(items, end)),
            Action::Detach { items, .. } => self.unbound.extend(done(items, end)),
            Action::Restart { items, .. } => {
                let binds = || items.iter().filter(|item| item.bound.is_some());
                self.in_effect.extend(done(binds(), end));
                // One that this run bound and did not have to restart was restarted by somebody.
                let left_out = binds().map(|item| &item.id).filter(|id| {
                    self.bound.contains(id) && end.left_out.iter().any(|(other, _)| other == *id)
                });
                let left_out: Vec<_> = left_out.collect();
                self.in_effect.extend(left_out);
            }
            Action::Prove { items, .. } => self.proven.extend(done(items, end)),
            Action::Defer { items, .. } => self.deferred.extend(done(items, end)),
            Action::DeletePair { .. } => self.pairs_deleted += 1,
            Action::RetireKey { .. } => self.keys_retired += 1,
            Action::Record { changes } => self.records += changes.len(),
            Action::Gate { .. } => {}
        }
    }

    /// It as a list in words; `nothing` if it is empty.
    pub(super) fn text(&self, nothing: &str) -> String {
        let later = self.bound.difference(&self.in_effect).count();
        let parts = [
            (self.keys.len(), "private key", "made"),
            (self.pairs_made, "key pair", "made"),
            (self.pairs_adopted, "key pair", "taken over"),
            (self.pairs_tagged.len(), "key pair", "tagged anew"),
            (self.in_effect.len(), "instance", "bound and in effect"),
            (later, "instance", "bound, in effect after the next restart"),
            (self.unbound.len(), "instance", "unbound"),
            (self.proven.len(), "log-on", "proven"),
            (self.deferred.len(), "instance", "deferred"),
            (self.pairs_deleted, "key pair", "deleted"),
            (self.keys_retired, "private key", "put aside"),
            (self.records, "fact", "written down"),
        ];
        let parts: Vec<_> = parts
            .into_iter()
            .filter(|(number, ..)| *number > 0)
            .map(|(number, noun, verb)| format!("{} {verb}", count(number, noun)))
            .collect();
        if parts.is_empty() { nothing.to_owned() } else { parts.join(", ") }
    }
}

/// The instances for which a step was done.
fn done<'a>(
    items: impl IntoIterator<Item = &'a Item>,
    end: &StepReport,
) -> impl Iterator<Item = &'a InstanceId> {
    let excluded: BTreeSet<_> =
        end.failed.iter().map(|(id, _)| id).chain(end.left_out.iter().map(|(id, _)| id)).collect();
    let ids = items.into_iter().map(|item| &item.id).filter(|id| !excluded.contains(id));
    ids.collect::<Vec<_>>().into_iter()
}
