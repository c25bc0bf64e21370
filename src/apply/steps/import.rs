//! Makes a pair of a public key. An import whose answer was lost is resolved by reading.

use super::super::{
    call::{Answer, Call, CallFailure},
    context::{Again, Context, Next, failed, pair_address},
    failure::Failure,
    fresh::Looks,
    timing::Asking,
};
use crate::{
    ecs::{CloudRead, CloudWrite, Code, ReadAnswer, WriteAnswer},
    model::{
        Address, CloudName, Fingerprint, KeyPairName, ObservedPair, Region, ResourceGroupId, Tags,
    },
    plan::{Action, PairKey},
    state::{Change, Intent, RecordPair},
};

#[derive(Debug)]
pub(in super::super) struct Import<'p> {
    region: &'p Region,
    name: &'p CloudName,
    key_pair: &'p KeyPairName,
    generation: u32,
    tags: &'p Tags,
    activation: u64,
    protect: bool,
    resource_group: Option<&'p ResourceGroupId>,
    key: &'p PairKey,
    /// What an import said that may have happened all the same, while the pair is read.
    resolving: Option<(CallFailure, Looks)>,
    /// How often that was read.
    resolved: u32,
}

impl<'p> Import<'p> {
    /// The step of an action that imports; `None` for any other.
    pub(super) fn new(action: &'p Action) -> Option<Self> {
        let Action::ImportPair {
            region,
            name,
            key_pair,
            generation,
            tags,
            activation,
            protect,
            resource_group,
            key,
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
            key,
            resolving: None,
            resolved: 0,
        })
    }

    pub(super) fn confirms(&self) -> bool {
        self.resolving.is_some()
    }

    pub(super) fn begin(&mut self, cx: &mut Context<'_, '_>) -> Next {
        if cx.shared.run.verdict.effect_present.contains(&cx.id) {
            return self.is_made(cx);
        }
        match self.write(cx) {
            Some((intents, call)) => Next::Write { intents, call, announces: None },
            None => failed(Failure::KeyNotInVault),
        }
    }

    pub(super) fn hear(
        &mut self,
        cx: &mut Context<'_, '_>,
        answer: Result<Answer, CallFailure>,
    ) -> Next {
        match (self.resolving.take(), answer) {
            (None, Ok(Answer::Wrote(WriteAnswer::Imported(fingerprint)))) => {
                self.imported(cx, fingerprint)
            }
            // Whatever it said, the pair may be there: an answer that was lost on the way, or on
            // an earlier try, looks like "exists already".
            (None, Err(failure)) => {
                self.resolving = Some((failure, Looks::since(cx.now())));
                self.resolved += 1;
                Next::Call(self.read())
            }
            (Some((failure, looks)), Ok(Answer::Read(ReadAnswer::Pair(pair)))) => {
                self.resolve(cx, failure, looks, pair.as_ref())
            }
            (Some((failure, _)), _) => failed(failure),
            (None, Ok(_)) => failed(Failure::UnexpectedAnswer),
        }
    }

    fn read(&self) -> Call {
        let (region, name) = (self.region.clone(), self.name.clone());
        Call::Read(CloudRead::Pair { region, name })
    }

    /// The key that the pair is made of.
    fn key(&self, cx: &Context<'_, '_>) -> Option<(Fingerprint, String)> {
        match self.key {
            PairKey::Given { public_key, fingerprint, .. } => {
                Some((*fingerprint, public_key.clone()))
            }
            PairKey::Held { .. } | PairKey::Made => cx.shared.key(self.name),
        }
    }

    fn write(&self, cx: &Context<'_, '_>) -> Option<(Vec<(Address, Intent)>, Call)> {
        let (fingerprint, public_key) = self.key(cx)?;
        let intent = (pair_address(self.region, self.name), Intent::Import { fingerprint });
        let call = Call::Write(CloudWrite::Import {
            region: self.region.clone(),
            name: self.name.clone(),
            public_key,
            tags: cx.shared.all_tags(self.tags, self.key_pair, self.generation),
            resource_group: self.resource_group.cloned(),
        });
        Some((vec![intent], call))
    }

    fn imported(&self, cx: &mut Context<'_, '_>, fingerprint: Option<Fingerprint>) -> Next {
        let ours = self.key(cx).map(|(fingerprint, _)| fingerprint);
        if fingerprint.is_some() && fingerprint != ours {
            return failed(Failure::FingerprintDiffers);
        }
        // Reads show it in their time: the step that binds to it waits for that, or the end of the
        // run does.
        if let Some(ours) = ours {
            cx.shared.wrote_pair(self.region, self.name, |closing| {
                closing.made(self.region, self.name, ours);
            });
        }
        self.is_made(cx)
    }

    fn is_made(&self, cx: &mut Context<'_, '_>) -> Next {
        let Some((fingerprint, _)) = self.key(cx) else { return failed(Failure::KeyNotInVault) };
        let record = RecordPair {
            key_pair: self.key_pair.clone(),
            generation: self.generation,
            fingerprint,
            tags: self.tags.clone(),
            activation: self.activation,
            protect: self.protect,
            resource_group: self.resource_group.cloned(),
            made: Some(cx.shared.made(self.region, self.name, fingerprint)),
            revision: 0,
        };
        cx.change(vec![Change::Pair(self.region.clone(), self.name.clone(), record)])
    }

    /// An import that failed has happened all the same if the pair is there with our key and our
    /// lineage. That it does not show is no evidence yet: whatever took the name must show in time.
    fn resolve(
        &mut self,
        cx: &mut Context<'_, '_>,
        failure: CallFailure,
        looks: Looks,
        pair: Option<&ObservedPair>,
    ) -> Next {
        let ours = self.key(cx).map(|(fingerprint, _)| fingerprint);
        let is_ours = |pair: &ObservedPair| {
            pair.fingerprint == ours && cx.shared.belonging(pair).has_our_lineage()
        };
        match pair {
            Some(pair) if is_ours(pair) => self.is_made(cx),
            Some(_) => failed(failure),
            None if failure.kind.is_code(Code::KEY_PAIR_EXISTS) => {
                self.read_again(cx, failure, looks)
            }
            None => self.import_again(cx, failure, looks),
        }
    }

    fn read_again(&mut self, cx: &Context<'_, '_>, failure: CallFailure, mut looks: Looks) -> Next {
        let Some(at) = looks.next(cx.now()) else { return failed(failure) };
        self.resolving = Some((failure, looks));
        Next::Reread(at, self.read())
    }

    /// An import that does not show is tried again while it may succeed: if it has happened all the
    /// same, the service says that the name is taken. After the last try only reads can tell.
    fn import_again(
        &mut self,
        cx: &mut Context<'_, '_>,
        failure: CallFailure,
        looks: Looks,
    ) -> Next {
        let attempt = self.resolved;
        let Some(at) = cx.again_at(attempt, &failure, Asking::default()) else {
            return match failure.outcome_unknown {
                true => self.read_again(cx, failure, looks),
                false => failed(failure),
            };
        };
        match self.write(cx) {
            Some((intents, call)) => {
                Next::Again(Box::new(Again { at, attempt, failure, intents, call }))
            }
            None => failed(Failure::KeyNotInVault),
        }
    }
}
