//! The parts in which a step restarts its instances, since the service has refused them together.

use std::collections::BTreeSet;

use crate::model::InstanceId;

/// The parts of a step's instances that are left, the next one last. Without any they are restarted
/// together.
#[derive(Debug, Default)]
pub(super) struct Parts(Vec<BTreeSet<InstanceId>>);

impl Parts {
    /// Those of the instances that are restarted next.
    pub(super) fn of(&self, mut ids: Vec<InstanceId>) -> Vec<InstanceId> {
        if let Some(part) = self.0.last() {
            ids.retain(|id| part.contains(id));
        }
        ids
    }

    /// Takes the part that was restarted out; answers whether another one is left.
    pub(super) fn advance(&mut self) -> bool {
        self.0.pop();
        self.has_more()
    }

    /// Whether another part comes after the one that is restarted.
    pub(super) fn has_next(&self) -> bool {
        self.0.len() > 1
    }

    fn has_more(&self) -> bool {
        !self.0.is_empty()
    }

    /// Splits the part that was refused.
    pub(super) fn split(&mut self, ids: &[InstanceId]) {
        self.0.pop();
        let (first, second) = ids.split_at(ids.len() / 2);
        for half in [second, first] {
            self.0.push(half.iter().cloned().collect());
        }
    }
}
