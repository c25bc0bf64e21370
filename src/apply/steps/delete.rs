//! Deletes a pair that nothing is bound to, if it is still the one that the plan saw.

use std::time::Duration;

use super::super::{
    call::{Answer, Call, CallFailure},
    context::{Again, Context, Next, failed, pair_address},
    failure::Failure,
    fresh::Looks,
    timing::Asking,
};
use crate::{
    ecs::{CloudRead, CloudWrite, Code, ReadAnswer},
    model::{Address, CloudName, ObservedInstance, ObservedPair, Region, Timestamp},
    plan::Expectation,
    state::{Change, Intent},
};

/// How long to wait before the next attempt to delete a pair that the service says is bound.
const UNBOUND_AFTER: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(in super::super) struct Delete<'p> {
    region: &'p Region,
    name: &'p CloudName,
    phase: Phase,
    /// How often the outcome of a call was read.
    resolved: u32,
    /// The reads of what does not show yet.
    looks: Option<Looks>,
}

#[derive(Debug, Default)]
enum Phase {
    /// It is being read whether an instance is bound.
    #[default]
    LookingForBound,
    /// The pair is read: it must still be ours.
    LookingAtPair,
    /// The pair is being deleted.
    Deleting,
    /// It is unknown whether it was: the pair is read. Holds what the call said.
    Resolving(CallFailure),
}

impl<'p> Delete<'p> {
    pub(super) fn new(region: &'p Region, name: &'p CloudName) -> Self {
        Self { region, name, phase: Phase::default(), resolved: 0, looks: None }
    }

    pub(super) fn confirms(&self) -> bool {
        matches!(self.phase, Phase::Resolving(_))
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, '_>) -> Next {
        if cx.shared.run.verdict.effect_present.contains(&cx.id) {
            return self.deleted(cx);
        }
        Next::Call(self.read_bound())
    }

    pub(super) fn hear(
        &mut self,
        cx: &mut Context<'_, '_>,
        answer: Result<Answer, CallFailure>,
    ) -> Next {
        match (std::mem::take(&mut self.phase), answer) {
            (Phase::LookingForBound, Ok(Answer::Read(ReadAnswer::Instances(bound))))
                if bound.is_empty() =>
            {
                self.phase = Phase::LookingAtPair;
                Next::Call(self.read())
            }
            // Others have bound them since the plan was made, and rely on the pair (L3, R12).
            (Phase::LookingForBound, Ok(Answer::Read(ReadAnswer::Instances(bound)))) => {
                self.is_still_bound(cx, bound)
            }
            // Others have deleted it, which is the result that the step is for (L5).
            (Phase::LookingAtPair, Ok(Answer::Read(ReadAnswer::Pair(None)))) => self.deleted(cx),
            (Phase::LookingAtPair, Ok(Answer::Read(ReadAnswer::Pair(Some(pair)))))
                if is_expected(cx, &pair) =>
            {
                self.phase = Phase::Deleting;
                let (intents, call) = self.write();
                Next::Write { intents, call, announces: None }
            }
            // Another pair has taken the name, and it is foreign (L6).
            (Phase::LookingAtPair, Ok(Answer::Read(ReadAnswer::Pair(Some(_))))) => {
                failed(Failure::PairNotOurs)
            }
            (Phase::Deleting, Ok(_))
            | (Phase::Resolving(_), Ok(Answer::Read(ReadAnswer::Pair(None)))) => {
                cx.shared.wrote_pair(self.region, self.name, |closing| {
                    closing.deleted(self.region, self.name);
                });
                self.deleted(cx)
            }
            // It may be deleted all the same: only a read tells whether the call may be made again.
            (Phase::Deleting, Err(failure)) => {
                self.resolved += 1;
                self.looks = Some(Looks::since(cx.now()));
                self.phase = Phase::Resolving(failure);
                Next::Call(self.read())
            }
            // Another pair has taken the name meanwhile, and it is foreign (L6).
            (Phase::Resolving(_), Ok(Answer::Read(ReadAnswer::Pair(Some(pair)))))
                if !is_expected(cx, &pair) =>
            {
                failed(Failure::PairNotOurs)
            }
            (Phase::Resolving(failure), Ok(Answer::Read(ReadAnswer::Pair(Some(_))))) => {
                self.still_shows(cx, failure)
            }
            (Phase::Resolving(failure), _) | (_, Err(failure)) => failed(failure),
            (_, Ok(_)) => failed(Failure::UnexpectedAnswer),
        }
    }

    fn read_bound(&self) -> Call {
        Call::Read(CloudRead::Bound { region: self.region.clone(), name: self.name.clone() })
    }

    /// Instances show as bound. Those that this run has rebound a moment ago may show what was.
    fn is_still_bound(&mut self, cx: &mut Context<'_, '_>, bound: Vec<ObservedInstance>) -> Next {
        let now = cx.now();
        let may_be_old = |one: &ObservedInstance| {
            cx.shared.fresh.may_be_old(&one.id.in_region(self.region), Some(&one.bound), now)
        };
        if bound.iter().all(may_be_old)
            && let Some(at) = self.looks.get_or_insert(Looks::since(now)).next(now)
        {
            self.phase = Phase::LookingForBound;
            return Next::Reread(at, self.read_bound());
        }
        let instances = bound.into_iter().map(|one| one.id).collect();
        failed(Failure::PairStillBound { instances })
    }

    /// The pair shows after a deletion that was not answered as done: it is deleted again where that
    /// may help, and else read until it is gone.
    fn still_shows(&mut self, cx: &mut Context<'_, '_>, failure: CallFailure) -> Next {
        let is_gone = [Code::DELETED_PAIR_NOT_FOUND, Code::KEY_PAIR_NOT_FOUND]
            .iter()
            .any(|code| failure.kind.is_code(code));
        let may_be_done = is_gone || failure.outcome_unknown;
        if !is_gone && let Some(again) = self.delete_again(cx, &failure) {
            return again;
        }
        let now = cx.now();
        let later = self.looks.as_mut().and_then(|looks| looks.next(now));
        match later.filter(|_| may_be_done) {
            Some(at) => {
                self.phase = Phase::Resolving(failure);
                Next::Reread(at, self.read())
            }
            None => failed(failure),
        }
    }

    fn read(&self) -> Call {
        Call::Read(CloudRead::Pair { region: self.region.clone(), name: self.name.clone() })
    }

    fn write(&self) -> (Vec<(Address, Intent)>, Call) {
        let (region, name) = (self.region.clone(), self.name.clone());
        (
            vec![(pair_address(&region, &name), Intent::Delete)],
            Call::Write(CloudWrite::Delete { region, name }),
        )
    }

    /// A deletion that does not show is tried again while it may succeed. That instances are bound,
    /// the service may say of those that this run has unbound a moment ago.
    fn delete_again(&mut self, cx: &mut Context<'_, '_>, failure: &CallFailure) -> Option<Next> {
        let attempt = self.resolved;
        let at = match failure.kind.is_code(Code::KEY_PAIR_BOUND) {
            true => self.after_unbinding(cx)?,
            false => cx.again_at(attempt, failure, Asking::default())?,
        };
        self.phase = Phase::Deleting;
        let (intents, call) = self.write();
        Some(Next::Again(Box::new(Again { at, attempt, failure: failure.clone(), intents, call })))
    }

    /// When a pair may be deleted that this run has unbound the instances from a moment ago.
    fn after_unbinding(&self, cx: &mut Context<'_, '_>) -> Option<Timestamp> {
        let now = cx.now();
        let at = now.plus(UNBOUND_AFTER);
        let was_bound = cx.shared.fresh.was_bound(self.region, self.name, now);
        (was_bound && cx.held_back(Asking::default(), at).is_none()).then_some(at)
    }

    fn deleted(&self, cx: &mut Context<'_, '_>) -> Next {
        cx.change(vec![Change::Removed(pair_address(self.region, self.name))])
    }
}

/// Whether a pair is the one that the step's expectations name.
fn is_expected(cx: &Context<'_, '_>, pair: &ObservedPair) -> bool {
    cx.shared.plan.steps[cx.id].expectations.iter().any(|expectation| {
        matches!(expectation, Expectation::PairOurs { fingerprint, .. }
            if cx.shared.is_ours(pair, *fingerprint))
    })
}
