//! What became of the instances of a step.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    failure::{Failure, LeftOut},
    report::{StepEnd, StepReport},
};
use crate::model::InstanceId;

/// The instances of one step, as far as something became of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    /// Those for which it failed, and why.
    pub(super) failed: BTreeMap<InstanceId, Failure>,
    /// Those that were left out, and why.
    pub(super) left_out: BTreeMap<InstanceId, LeftOut>,
    /// Those for which it was done.
    pub(super) done: BTreeSet<InstanceId>,
}

impl Items {
    /// Whether an instance is still to be worked on.
    pub(super) fn is_left(&self, id: &InstanceId) -> bool {
        !self.left_out.contains_key(id) && !self.failed.contains_key(id)
    }

    /// What became of the step, which ends so.
    pub(super) fn report(&self, end: StepEnd) -> StepReport {
        StepReport {
            end,
            done: self.done.iter().cloned().collect(),
            failed: self.failed.clone().into_iter().collect(),
            left_out: self.left_out.clone().into_iter().collect(),
        }
    }

    /// How the step ends by what became of its instances.
    pub(super) fn end(&self) -> StepEnd {
        let not_begun = |reason: &Failure| matches!(reason, Failure::NotReached { .. });
        // What was tried says more than what was never begun.
        let tried = self.failed.values().find(|reason| !not_begun(reason));
        match (tried.or(self.failed.values().next()), self.done.is_empty()) {
            (None, true) => StepEnd::Skipped,
            (None, false) => StepEnd::Done,
            (Some(Failure::NotReached { why }), true) => StepEnd::NotStarted(*why),
            (Some(reason), true) => StepEnd::Failed(reason.clone()),
            (Some(_), false) => StepEnd::Partly,
        }
    }
}
