//! The calls that a step makes one after the other, since the service has refused a whole one.

use super::super::super::{
    context::{Results, all_failed},
    failure::Failure,
};
use crate::model::{InstanceId, ObservedInstance};

/// The calls of a step, one after the other: more than one only if a whole one is refused.
#[derive(Debug, Default)]
pub(super) struct Batches {
    /// The instances that were found rebound already.
    pub(super) there: Vec<InstanceId>,
    /// Those of the call that is being made.
    pub(super) asked: Vec<InstanceId>,
    /// Those of the calls after it, the next one last.
    pub(super) later: Vec<Vec<InstanceId>>,
    /// What the calls before have answered.
    pub(super) results: Results,
}

impl Batches {
    /// Neither this call nor one after it is made any more.
    pub(super) fn give_up(&mut self, failure: &Failure) {
        let asked = std::mem::take(&mut self.asked);
        let left = std::mem::take(&mut self.later).into_iter().flatten().chain(asked);
        self.results.extend(all_failed(left, failure));
    }

    /// Asks for the instances that are there once more: for all, if some are gone and may be to
    /// blame, and else in halves.
    pub(super) fn sift(&mut self, seen: &[ObservedInstance]) {
        let is_seen = |id: &InstanceId| seen.iter().any(|found| found.id == *id);
        let (mut here, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.asked).into_iter().partition(is_seen);
        if gone.is_empty() {
            let second = here.split_off(here.len() / 2);
            self.later.push(second);
        }
        self.later.push(here);
        self.later.retain(|ids| !ids.is_empty());
        self.results.extend(all_failed(gone, &Failure::InstanceNotFoundNow));
    }
}
