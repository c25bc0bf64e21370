//! What becomes of a call that the service refuses as a whole: instances of it that are gone are left
//! out, and the others are asked for in halves, until the one to blame is alone (L8).

use super::super::super::{
    call::CallFailure,
    context::{Context, Next, Results, all_failed},
    failure::Failure,
    timing::Asking,
    why_not::WhyNot,
};
use super::{Phase, Rebind};
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
    fn sift(&mut self, seen: &[ObservedInstance]) {
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
