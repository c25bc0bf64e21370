//! Makes a pair of a public key. An import whose answer was lost is resolved by reading.

use super::super::{
    call::{Answer, Call, CallFailure},
    context::{Again, Context, Next, failed, pair_address},
    failure::Failure,
    timing::Asking,
};
use crate::{
    ecs::{CloudRead, CloudWrite, ReadAnswer, WriteAnswer},
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
    resolving: Option<CallFailure>,
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
                self.resolving = Some(failure);
                self.resolved += 1;
                let (region, name) = (self.region.clone(), self.name.clone());
                Next::Call(Call::Read(CloudRead::Pair { region, name }))
            }
            (Some(failure), Ok(Answer::Read(ReadAnswer::Pair(pair)))) => {
                self.resolve(cx, failure, pair.as_ref())
            }
            (Some(failure), _) => failed(failure),
            (None, Ok(_)) => failed(Failure::UnexpectedAnswer),
        }
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
            revision: 0,
        };
        cx.change(vec![Change::Pair(self.region.clone(), self.name.clone(), record)])
    }

    /// An import that failed has happened all the same if the pair is there with our key and our
    /// lineage.
    fn resolve(
        &mut self,
        cx: &mut Context<'_, '_>,
        failure: CallFailure,
        pair: Option<&ObservedPair>,
    ) -> Next {
        let ours = self.key(cx).map(|(fingerprint, _)| fingerprint);
        let is_ours = |pair: &ObservedPair| {
            pair.fingerprint == ours && cx.shared.belonging(pair).has_our_lineage()
        };
        match pair {
            Some(pair) if is_ours(pair) => self.is_made(cx),
            Some(_) => failed(failure),
            None => self.import_again(cx, failure),
        }
    }

    /// An import that surely did not happen is tried again while it may succeed.
    fn import_again(&self, cx: &mut Context<'_, '_>, failure: CallFailure) -> Next {
        let attempt = self.resolved;
        let Some(at) = cx.again_at(attempt, &failure, Asking::default()) else {
            return failed(failure);
        };
        match self.write(cx) {
            Some((intents, call)) => {
                Next::Again(Box::new(Again { at, attempt, failure, intents, call }))
            }
            None => failed(Failure::KeyNotInVault),
        }
    }
}
