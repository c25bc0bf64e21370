//! What becomes of a call that the service refuses as a whole: instances of it that are gone are left
//! out, and the others are asked for in halves, until the one to blame is alone (L8).

use super::super::super::{
    call::CallFailure,
    context::{Context, Next},
    failure::Failure,
    timing::Asking,
    why_not::WhyNot,
};
use super::{Phase, Rebind, batches::Batches};
use crate::model::ObservedInstance;

impl Rebind<'_> {
    /// A whole call failed. What was rebound before stays so.
    pub(super) fn refused(
        &mut self,
        cx: &mut Context<'_, '_>,
        mut batches: Batches,
        failure: CallFailure,
    ) -> Next {
        if failure.outcome_unknown {
            // After the last try without an answer, what became of them is read.
            batches.asked.clear();
            batches.give_up(&failure.into());
            return self.rebound(cx, batches);
        }
        if !failure.kind.may_be_of_one() {
            batches.give_up(&failure.into());
            return self.rebound(cx, batches);
        }
        if let [one] = &batches.asked[..] {
            batches.results.insert(one.clone(), Err(failure.into()));
            return self.next_batch(cx, batches);
        }
        let call = self.read(batches.asked.clone());
        self.phase = Phase::Sifting(batches, failure);
        Next::Call(call)
    }

    pub(super) fn sifted(
        &mut self,
        cx: &mut Context<'_, '_>,
        mut batches: Batches,
        seen: &[ObservedInstance],
    ) -> Next {
        batches.sift(seen);
        self.next_batch(cx, batches)
    }

    /// Makes the next call, or goes on with what all have answered.
    pub(super) fn next_batch(&mut self, cx: &mut Context<'_, '_>, mut batches: Batches) -> Next {
        let Some(ids) = batches.later.pop() else { return self.rebound(cx, batches) };
        let now = cx.now();
        if let Some(reason) = cx.held_back(Asking::default(), now) {
            // What was rebound is confirmed all the same.
            batches.asked = ids;
            batches.give_up(&Failure::NotReached { why: WhyNot::Stopped { reason } });
            return self.rebound(cx, batches);
        }
        self.rebind(batches, ids, None)
    }
}
