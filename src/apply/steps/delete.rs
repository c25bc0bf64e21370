//! Deletes a pair that nothing is bound to, if it is still the one that the plan saw.

use super::super::{
    call::{Answer, Call, CallFailure},
    context::{Again, Context, Next, failed, pair_address},
    failure::Failure,
    timing::Asking,
};
use crate::{
    ecs::{CloudRead, CloudWrite, ReadAnswer},
    model::{Address, CloudName, ObservedPair, Region},
    plan::Expectation,
    state::{Change, Intent},
};

#[derive(Debug)]
pub(in super::super) struct Delete<'p> {
    region: &'p Region,
    name: &'p CloudName,
    phase: Phase,
    /// How often the outcome of a call was read.
    resolved: u32,
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
        Self { region, name, phase: Phase::default(), resolved: 0 }
    }

    pub(super) fn confirms(&self) -> bool {
        matches!(self.phase, Phase::Resolving(_))
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, '_>) -> Next {
        if cx.shared.run.verdict.effect_present.contains(&cx.id) {
            return self.deleted(cx);
        }
        let (region, name) = (self.region.clone(), self.name.clone());
        Next::Call(Call::Read(CloudRead::Bound { region, name }))
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
                let instances = bound.into_iter().map(|one| one.id).collect();
                failed(Failure::PairStillBound { instances })
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
            | (Phase::Resolving(_), Ok(Answer::Read(ReadAnswer::Pair(None)))) => self.deleted(cx),
            // It may be deleted all the same: only a read tells whether the call may be made again.
            (Phase::Deleting, Err(failure)) => {
                self.resolved += 1;
                self.phase = Phase::Resolving(failure);
                Next::Call(self.read())
            }
            (Phase::Resolving(failure), Ok(Answer::Read(ReadAnswer::Pair(Some(_))))) => {
                self.delete_again(cx, failure)
            }
            (Phase::Resolving(failure), _) | (_, Err(failure)) => failed(failure),
            (_, Ok(_)) => failed(Failure::UnexpectedAnswer),
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

    /// A deletion that surely did not happen is tried again while it may succeed.
    fn delete_again(&mut self, cx: &mut Context<'_, '_>, failure: CallFailure) -> Next {
        let attempt = self.resolved;
        let Some(at) = cx.again_at(attempt, &failure, Asking::default()) else {
            return failed(failure);
        };
        self.phase = Phase::Deleting;
        let (intents, call) = self.write();
        Next::Again(Box::new(Again { at, attempt, failure, intents, call }))
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
