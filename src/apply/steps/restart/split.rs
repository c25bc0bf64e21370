//! What becomes of a restart that the service refuses as a whole: its instances are restarted in
//! halves, one after the other, until the one to blame is alone (L8). The fleet is counted before each
//! part, as before any restart (L9).

use super::super::super::{
    call::CallFailure,
    context::{Context, Next},
};
use super::{Phase, Restart, StartTimes, count::Counting};
use crate::state::Refused;

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
