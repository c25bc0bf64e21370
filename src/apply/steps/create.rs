//! Lets the service make a pair with its key, which goes into the vault with the same call.
//!
//! Between the answer and the vault the private key is in memory alone, and the pair is bound to nothing:
//! the one bounded exception to L2. A pair that was made so and whose key is lost is deleted, and made
//! again while that may succeed. It is known by the tags of this state, and by the intent that was
//! written down before it was asked for.

use super::super::{
    call::{Answer, Call, CallFailure},
    context::{Again, Context, Next, failed, pair_address},
    failure::Failure,
    timing::Asking,
};
use crate::{
    ecs::{CloudRead, CloudWrite, Code, FailureKind, NewPair, ReadAnswer},
    model::{
        Address, CloudName, Fingerprint, KeyPairName, ObservedPair, Region, ResourceGroupId, Tags,
    },
    plan::Action,
    state::{Change, Intent, RecordKey, RecordPair},
};

/// How often a pair is asked for, at most: each of them may leave one behind that is deleted again.
const ASKED_MAX: u32 = 3;

#[derive(Debug)]
pub(in super::super) struct Create<'p> {
    region: &'p Region,
    name: &'p CloudName,
    key_pair: &'p KeyPairName,
    generation: u32,
    tags: &'p Tags,
    activation: u64,
    protect: bool,
    resource_group: Option<&'p ResourceGroupId>,
    phase: Phase,
    /// How often the pair was asked for in vain.
    asked: u32,
    /// Whether a call that asked for it, in this run or an earlier one, may have made it unheard.
    may_be_there: bool,
}

/// Where the step stands. Each phase after the first one holds what the call came to that asked for the
/// pair; nothing if an earlier run has made it.
#[derive(Debug, Default)]
enum Phase {
    /// The pair is asked for.
    #[default]
    Asking,
    /// It is read whether the pair is there.
    Looking(Option<CallFailure>),
    /// It is there without its key, and it is read whether an instance is bound to it.
    LookingForBound(Option<CallFailure>),
    /// It is being deleted.
    Deleting(Option<CallFailure>),
}

impl<'p> Create<'p> {
    /// The step of an action that creates; `None` for any other.
    pub(super) fn new(action: &'p Action) -> Option<Self> {
        let Action::CreatePair {
            region,
            name,
            key_pair,
            generation,
            tags,
            activation,
            protect,
            resource_group,
        } = action
        else {
            return None;
        };
        Some(Self {
            region,
            name,
            key_pair,
            generation: *generation,
            tags,
            activation: *activation,
            protect: *protect,
            resource_group: resource_group.as_ref(),
            phase: Phase::Asking,
            asked: 0,
            may_be_there: false,
        })
    }

    pub(super) fn confirms(&self) -> bool {
        matches!(self.phase, Phase::Looking(Some(_)) | Phase::LookingForBound(Some(_)))
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, '_>) -> Next {
        if cx.shared.run.verdict.effect_present.contains(&cx.id) {
            return match cx.shared.run.held_keys.get(self.name).cloned() {
                Some((fingerprint, public_key)) => self.is_made(cx, fingerprint, public_key),
                None => failed(Failure::KeyNotInVault),
            };
        }
        // An earlier run was about to ask for it: what became of that is read first.
        let address = pair_address(self.region, self.name);
        if matches!(cx.shared.run.recorded.intent_at(&address), Some(Intent::Create)) {
            self.may_be_there = true;
            return self.look(None);
        }
        self.ask(cx)
    }

    pub(super) fn hear(
        &mut self,
        cx: &mut Context<'_, '_>,
        answer: Result<Answer, CallFailure>,
    ) -> Next {
        match (std::mem::take(&mut self.phase), answer) {
            (Phase::Asking, Ok(Answer::Generated { fingerprint, public_key })) => {
                self.is_made(cx, fingerprint, public_key)
            }
            (Phase::Asking, Err(failure)) => {
                self.asked += 1;
                self.may_be_there |= failure.outcome_unknown;
                self.look(Some(failure))
            }
            (Phase::Looking(said), Ok(Answer::Read(ReadAnswer::Pair(pair)))) => {
                self.looked(cx, said, pair.as_ref())
            }
            (Phase::LookingForBound(said), Ok(Answer::Read(ReadAnswer::Instances(bound))))
                if bound.is_empty() =>
            {
                self.phase = Phase::Deleting(said);
                let (region, name) = (self.region.clone(), self.name.clone());
                let call = Call::Write(CloudWrite::Delete { region, name });
                Next::Write { intents: vec![self.intent()], call, announces: None }
            }
            // Someone relies on it, who cannot know that its private key is nowhere (L3, R12).
            (Phase::LookingForBound(_), Ok(Answer::Read(ReadAnswer::Instances(bound)))) => {
                let instances = bound.into_iter().map(|one| one.id).collect();
                failed(Failure::CreatedKeyLost { instances })
            }
            (Phase::Deleting(said), Ok(_)) => self.ask_again(cx, said),
            (Phase::Looking(Some(said)) | Phase::LookingForBound(Some(said)), Err(_)) => {
                failed(said)
            }
            (_, Err(failure)) => failed(failure),
            (_, Ok(_)) => failed(Failure::UnexpectedAnswer),
        }
    }

    /// Reads whether the pair is there, whatever the call said that asked for it.
    fn look(&mut self, said: Option<CallFailure>) -> Next {
        self.phase = Phase::Looking(said);
        let (region, name) = (self.region.clone(), self.name.clone());
        Next::Call(Call::Read(CloudRead::Pair { region, name }))
    }

    fn looked(
        &mut self,
        cx: &mut Context<'_, '_>,
        said: Option<CallFailure>,
        pair: Option<&ObservedPair>,
    ) -> Next {
        match (pair, said) {
            (None, said) => self.ask_again(cx, said),
            (Some(pair), said) if self.is_lost(cx, said.as_ref(), pair) => {
                self.phase = Phase::LookingForBound(said);
                let (region, name) = (self.region.clone(), self.name.clone());
                Next::Call(Call::Read(CloudRead::Bound { region, name }))
            }
            (Some(_), Some(said)) => failed(said),
            (Some(_), None) => failed(Failure::PairNotOurs),
        }
    }

    /// Whether a pair is one that was asked for, so that its private key is lost. One that was there
    /// before is for a plan to decide about, which is reviewed (L5).
    fn is_lost(
        &self,
        cx: &Context<'_, '_>,
        said: Option<&CallFailure>,
        pair: &ObservedPair,
    ) -> bool {
        let recorded = cx.shared.run.recorded.pair(self.region, self.name);
        let is_recorded =
            recorded.is_some_and(|record| pair.fingerprint == Some(record.fingerprint));
        let fits = said.is_none_or(|failure| failure.outcome_unknown || is_taken(failure));
        self.may_be_there && fits && !is_recorded && cx.shared.belonging(pair).has_our_lineage()
    }

    fn intent(&self) -> (Address, Intent) {
        (pair_address(self.region, self.name), Intent::Create)
    }

    fn call(&self, cx: &Context<'_, '_>) -> Call {
        Call::CreatePair(NewPair {
            region: self.region.clone(),
            name: self.name.clone(),
            tags: cx.shared.all_tags(self.tags, self.key_pair, self.generation),
            resource_group: self.resource_group.cloned(),
        })
    }

    fn ask(&mut self, cx: &Context<'_, '_>) -> Next {
        self.phase = Phase::Asking;
        Next::Write { intents: vec![self.intent()], call: self.call(cx), announces: None }
    }

    /// The pair is not there, or not any more: it is asked for once more while that may succeed.
    fn ask_again(&mut self, cx: &mut Context<'_, '_>, said: Option<CallFailure>) -> Next {
        let Some(failure) = said else { return self.ask(cx) };
        if self.asked >= ASKED_MAX {
            return failed(failure);
        }
        if is_taken(&failure) {
            return self.ask(cx);
        }
        let attempt = self.asked;
        let Some(at) = cx.again_at(attempt, &failure, Asking::default()) else {
            return failed(failure);
        };
        self.phase = Phase::Asking;
        let (intents, call) = (vec![self.intent()], self.call(cx));
        Next::Again(Box::new(Again { at, attempt, failure, intents, call }))
    }

    fn is_made(
        &self,
        cx: &mut Context<'_, '_>,
        fingerprint: Fingerprint,
        public_key: String,
    ) -> Next {
        let (key_pair, generation) = (self.key_pair.clone(), self.generation);
        let tags = cx.shared.all_tags(self.tags, self.key_pair, generation);
        cx.shared.wrote_pair(self.region, self.name, |closing| {
            closing.made(self.region, self.name, fingerprint);
            closing.tagged(self.region, self.name, &tags);
        });
        let pair = RecordPair {
            key_pair: key_pair.clone(),
            generation,
            fingerprint,
            tags: self.tags.clone(),
            activation: self.activation,
            protect: self.protect,
            resource_group: self.resource_group.cloned(),
            made: Some(cx.shared.made(self.region, self.name, fingerprint)),
            revision: 0,
        };
        let key = RecordKey { key_pair, generation, fingerprint, public_key, revision: 0 };
        cx.change(vec![
            Change::Key(self.name.clone(), key),
            Change::Pair(self.region.clone(), self.name.clone(), pair),
        ])
    }
}

/// Whether the service says that the pair is there already, as it does after an answer that was lost.
fn is_taken(failure: &CallFailure) -> bool {
    failure.kind == FailureKind::Refused { code: Code::KEY_PAIR_EXISTS.to_owned() }
}
