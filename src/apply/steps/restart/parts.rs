//! What becomes of a restart that the service refuses as a whole: its instances are restarted in
//! halves, one after the other, until the one to blame is alone (L8). The fleet is counted before each
//! part, as before any restart (L9).

use std::collections::BTreeSet;

use super::super::super::{
    call::CallFailure,
    context::{Context, Next},
};
use super::{Phase, Restart, StartTimes, count::Counting};
use crate::{model::InstanceId, state::Refused};

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
    fn split(&mut self, ids: &[InstanceId]) {
        self.0.pop();
        let (first, second) = ids.split_at(ids.len() / 2);
        for half in [second, first] {
            self.0.push(half.iter().cloned().collect());
        }
    }
}

impl<'p> Restart<'p> {
    /// The whole call was refused, perhaps for one of its instances.
    pub(super) fn split(
        &mut self,
        cx: &mut Context<'_, 'p>,
        start_times: StartTimes,
        failure: &CallFailure,
    ) -> Next {
        self.not_asked(cx, &start_times, failure);
        let ids: Vec<_> = start_times.into_keys().collect();
        self.parts.split(&ids);
        self.phase = Phase::Counting(Counting::since(cx.now()));
        Next::Call(self.read_fleet(cx))
    }

    /// Writes down that restarts did not happen that were asked for. What is prepared stays down
    /// meanwhile.
    pub(super) fn not_asked(
        &self,
        cx: &mut Context<'_, 'p>,
        start_times: &StartTimes,
        failure: &CallFailure,
    ) {
        let (now, mut failures) = (cx.now(), Vec::new());
        for instance in start_times.keys() {
            let at = self.at(instance);
            cx.shared.watch.end(&at);
            if self.hooks.prepared.contains(instance) {
                cx.shared.watch.begin(at, cx.id, self.fleet.restart.settle(), now);
            }
            let (address, reason) = (self.address(instance), failure.message.clone());
            failures.push(Refused { address, reason });
        }
        cx.outcome(Vec::new(), failures, false);
    }
}
