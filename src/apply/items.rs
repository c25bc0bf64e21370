//! What became of the instances of a step.

use std::collections::BTreeMap;

use super::{
    failure::{Failure, LeftOut},
    report::StepEnd,
};
use crate::model::InstanceId;

/// The instances of one step, as far as something became of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    /// Those for which it failed, and why.
    pub(super) failed: BTreeMap<InstanceId, Failure>,
    /// Those that were left out, and why.
    pub(super) left_out: BTreeMap<InstanceId, LeftOut>,
    /// For how many it was done.
    pub(super) succeeded: usize,
}

impl Items {
    /// Whether an instance is still to be worked on.
    pub(super) fn is_left(&self, id: &InstanceId) -> bool {
        !self.left_out.contains_key(id) && !self.failed.contains_key(id)
    }

    /// How the step ends by what became of its instances.
    pub(super) fn end(&self) -> StepEnd {
        let first = self.failed.values().next().cloned();
        match (first, self.succeeded) {
            (None, 0) => StepEnd::Skipped,
            (None, _) => StepEnd::Done,
            (Some(reason), 0) => StepEnd::Failed(reason),
            (Some(_), _) => StepEnd::Partly,
        }
    }
}
