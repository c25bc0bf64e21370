//! What is owed to instances: a policy does not let it be done now, or not to its end.

use super::{report::StopReason, scheduler::Scheduler};
use crate::{
    model::{BindingName, CloudName, Region},
    plan::{Action, Item},
    state::{Change, RecordObligation},
};

impl Scheduler<'_> {
    /// What a step would do, as what is owed to those of its instances that can still have it.
    pub(super) fn obligations(&self, id: usize) -> Vec<Change> {
        let step = &self.plan.steps[id];
        let (region, binding, items, to): (_, _, _, fn(&Action, &Item) -> Option<CloudName>) =
            match &step.action {
                Action::Defer { region, binding, items, .. }
                | Action::Attach { region, binding, items, .. } => {
                    (region, binding, items, |action, _| name_of(action))
                }
                Action::Detach { region, binding, items, .. } => {
                    (region, binding, items, |_, _| None)
                }
                Action::Restart { region, binding, items, .. } => {
                    (region, binding, items, |_, item| item.bound.clone())
                }
                _ => return Vec::new(),
            };
        let left = self.items_left(id);
        items
            .iter()
            .filter(|item| left.contains(&item.id))
            .filter(|item| !self.failed.contains_key(&(region.clone(), item.id.clone())))
            .filter_map(|item| self.obligation(region, binding, item, to(&step.action, item)))
            .collect()
    }

    fn obligation(
        &self,
        region: &Region,
        binding: &BindingName,
        item: &Item,
        to: Option<CloudName>,
    ) -> Option<Change> {
        let fleet = self.fleet(region, binding)?;
        let to = match to {
            Some(name) => Some(self.bound(region, &name)?),
            None => None,
        };
        let owed = RecordObligation {
            binding: binding.clone(),
            restart: fleet.restart.clone(),
            proof: fleet.proof.clone(),
            from: item.bound.clone(),
            foreign: item.foreign.clone(),
            to,
            digest: self.plan.digest.clone(),
            revision: 0,
        };
        Some(Change::Obligation(region.clone(), item.id.clone(), owed))
    }

    /// Writes down what a step leaves to a later window, so that nobody has to approve it again.
    pub(super) fn owe(&mut self, id: usize, reason: &str) {
        if reason == StopReason::Window.text() {
            let changes = self.obligations(id);
            if !changes.is_empty() {
                self.outcome(id, changes, Vec::new(), false);
            }
        }
    }
}

fn name_of(action: &Action) -> Option<CloudName> {
    match action {
        Action::Attach { name, .. } => Some(name.clone()),
        Action::Defer { name, .. } => name.clone(),
        _ => None,
    }
}
