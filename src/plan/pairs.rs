//! Key pairs: which pairs are imported, and which were found.

use std::collections::BTreeMap;

use super::{
    Inputs,
    document::NoteKind,
    generations::WantedGeneration,
    groups,
    keys::{self, KeyFate, key_fate},
    lost::{delete_lost, is_answer_lost},
    order::{Draft, Node},
    ownership::{bound_instances, is_tagged_as_ours, observed_pair, ours, owner},
    reason::{KeyReason, PairReason, Reason},
    step::{Action, Cause, Expectation, PairKey},
    tags::{obstacle, others, tag_steps},
};
use crate::{
    manifest::DesiredGivenKey,
    model::{
        Address, CloudName, Fingerprint, KeyPairName, ObservedPair, Region, Tags, VaultKey,
        ownership::ownership_of,
    },
    state::{Change, RecordPair},
};

/// What becomes of the wanted pairs, by region and manifest name.
pub(super) type Pairs = BTreeMap<(Region, KeyPairName), PairFate>;

/// What becomes of a wanted pair in one region.
#[derive(Clone, Debug)]
pub(super) enum PairFate {
    /// It is there, or will be.
    Ready {
        /// Its name in the cloud.
        name: CloudName,
        /// Its key, unless this plan makes it.
        fingerprint: Option<Fingerprint>,
        /// The step after which it is there.
        made_by: Option<Node>,
        /// The revision of its record; 0 without one.
        revision: u64,
        /// With what one can log on where it is in effect (L3).
        credential: Credential,
    },
    /// It cannot be used.
    Blocked(CloudName),
}

/// With what one can log on where a pair is in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// The vault has its private key, or will have it before the pair is used; or a person gave
    /// its public half, and has the private one.
    Known,
    /// Its private key is recorded, and the key itself was not looked at: apply looks before its first
    /// write.
    Recorded,
    /// Its private key should be in the vault, and is not.
    Missing,
    /// Its key is a certificate, with which nobody can log on.
    Certificate,
}

impl Credential {
    /// Whether one can log on with it, as far as is known.
    pub(super) fn opens(self) -> bool {
        matches!(self, Self::Known | Self::Recorded)
    }

    /// That of a pair whose private key is recorded or a person's.
    pub(super) fn of_recorded(inputs: Inputs<'_>, name: &CloudName) -> Self {
        match inputs.observed.vault.get(name) {
            Some(VaultKey::NotLookedAt | VaultKey::Present { was_read: false, .. })
                if inputs.recorded.keys.contains_key(name) =>
            {
                Self::Recorded
            }
            _ => Self::Known,
        }
    }

    fn of(key: &KeyFate) -> Self {
        match key {
            KeyFate::Given(given) if given.is_certificate => Self::Certificate,
            KeyFate::Held { was_seen: false, .. } => Self::Recorded,
            KeyFate::Given(_) | KeyFate::Held { .. } | KeyFate::Make | KeyFate::Create { .. } => {
                Self::Known
            }
            KeyFate::Missing | KeyFate::Unneeded | KeyFate::Blocked(_) => Self::Missing,
        }
    }
}

/// Decides about every wanted pair, and adds what is done about it.
pub(super) fn add(inputs: Inputs<'_>, draft: &mut Draft) -> Pairs {
    let mut pairs = Pairs::new();
    for target in WantedGeneration::all(inputs.desired) {
        let key = key_fate(inputs, &target);
        let mut made_key = keys::add(inputs, &target, &key, draft);
        for region in creating_first(&target, &key) {
            let wanted = WantedPair { inputs, target: &target, region, key: &key };
            let decision = wanted.decide();
            let made_by = wanted.add(&decision, made_key, draft);
            if key.is_created_in(region) {
                made_key = made_by;
            }
            pairs.insert(wanted.place(), wanted.fate(&decision, made_by));
        }
    }
    pairs
}

/// The regions of a wanted pair; the one first in which the service makes its key, if it does.
fn creating_first<'a>(
    target: &WantedGeneration<'a>,
    key: &KeyFate,
) -> impl Iterator<Item = &'a Region> {
    let mut regions: Vec<_> = target.pair.regions.iter().collect();
    regions.sort_by_key(|region| !key.is_created_in(region));
    regions.into_iter()
}

/// What becomes of every wanted pair, for what adds no step about one.
pub(super) fn fates(inputs: Inputs<'_>) -> Pairs {
    let mut pairs = Pairs::new();
    for target in WantedGeneration::all(inputs.desired) {
        let key = key_fate(inputs, &target);
        for region in &target.pair.regions {
            let wanted = WantedPair { inputs, target: &target, region, key: &key };
            pairs.insert(wanted.place(), wanted.fate(&wanted.decide(), None));
        }
    }
    pairs
}

/// A pair that is wanted in one region, and what becomes of its key.
#[derive(Clone, Copy)]
struct WantedPair<'a> {
    inputs: Inputs<'a>,
    target: &'a WantedGeneration<'a>,
    region: &'a Region,
    key: &'a KeyFate,
}

/// What is done about a wanted pair.
enum Decision<'a> {
    /// It is recorded and there; its tags may change.
    Keep(&'a RecordPair, &'a ObservedPair),
    /// It is imported, or created if the service makes its key in this region.
    Make,
    /// Another project or a person made it, with the very key that is wanted; it is taken over.
    Adopt(&'a ObservedPair, Fingerprint),
    /// An earlier run made it with the wanted key and could not say so: it is written down.
    Record(&'a ObservedPair, Fingerprint),
    /// An earlier run made it with a key that is lost, and nothing is bound to it: it is deleted and
    /// made again.
    MakeAgain(Fingerprint),
    /// It cannot be used, and why; without a reason its key says why.
    Block(Option<Reason>),
}

impl Decision<'_> {
    fn block(reason: impl Into<Reason>) -> Self {
        Self::Block(Some(reason.into()))
    }
}

impl<'a> WantedPair<'a> {
    /// Where it is, and which key pair it is of.
    fn place(self) -> (Region, KeyPairName) {
        (self.region.clone(), self.target.pair.name.clone())
    }

    fn address(self) -> Address {
        Address::Pair(self.region.clone(), self.target.name.clone())
    }

    fn decide(self) -> Decision<'a> {
        let Self { inputs, target, region, key } = self;
        let name = &target.name;
        let observed = observed_pair(inputs, region, name);
        if let (Some(record), Some(observed)) = (ours(inputs, region, name), observed) {
            if let KeyFate::Given(given) = key
                && given.fingerprint != record.fingerprint
            {
                return Decision::block(KeyReason::GivenKeyDiffers);
            }
            return Decision::Keep(record, observed);
        }
        match (observed, key) {
            (_, KeyFate::Blocked(_)) => Decision::Block(None),
            (None, KeyFate::Missing | KeyFate::Unneeded) => {
                Decision::block(KeyReason::KeyMissingForRegion { region: region.clone() })
            }
            (
                None,
                KeyFate::Held { .. } | KeyFate::Given(_) | KeyFate::Make | KeyFate::Create { .. },
            ) => Decision::Make,
            // Whatever is recorded: the pair is the one of which the answer was lost.
            (Some(found), KeyFate::Create { .. }) if is_answer_lost(inputs, region, name) => {
                self.found(found)
            }
            (Some(found), _) if inputs.recorded.pair(region, name).is_some() => {
                let recorded = inputs.recorded.pair(region, name).map(|record| record.fingerprint);
                let is_same = recorded.is_some() && found.fingerprint == recorded;
                Decision::block(if is_same {
                    PairReason::PairTakenOver
                } else {
                    PairReason::PairReplaced { region: region.clone() }
                })
            }
            (Some(found), _) if is_tagged_as_ours(inputs, region, name) => self.found(found),
            (Some(found), _) => self.foreign(found),
        }
    }

    /// A pair of the wanted name that this project did not make. It is taken over only if its
    /// manifest says so, and only with the very key that is wanted.
    fn foreign(self, found: &'a ObservedPair) -> Decision<'a> {
        let region = self.region.clone();
        let wanted = self.key.fingerprint();
        let fingerprint = wanted.filter(|wanted| found.fingerprint == Some(*wanted));
        match (self.target.pair.adopt, fingerprint) {
            (true, Some(fingerprint)) => {
                let others = others(&found.tags, &Tags::new());
                match obstacle(&self.target.pair.tags, &others) {
                    Some(reason) => Decision::block(reason),
                    None => Decision::Adopt(found, fingerprint),
                }
            }
            (true, None) => Decision::block(PairReason::AdoptsOtherKey { region }),
            (false, Some(_)) => Decision::block(PairReason::CanBeAdopted { region }),
            (false, None) => Decision::block(PairReason::NameTaken { region }),
        }
    }

    /// A pair with our tags that is not recorded: an earlier run made it and could not say so.
    fn found(self, found: &'a ObservedPair) -> Decision<'a> {
        let Self { inputs, target, region, key } = self;
        let bound = || bound_instances(inputs, region, &target.name);
        match (found.fingerprint, key) {
            (Some(fingerprint), _) if key.fingerprint() == Some(fingerprint) => {
                Decision::Record(found, fingerprint)
            }
            (_, KeyFate::Missing | KeyFate::Unneeded) => {
                Decision::block(KeyReason::KeyMissingForRegion { region: region.clone() })
            }
            (Some(fingerprint), _) if bound().is_empty() => Decision::MakeAgain(fingerprint),
            _ => Decision::block(KeyReason::KeyLostWhileBound { instances: bound() }),
        }
    }

    /// What comes of a decision for the instances that are to be bound to the pair.
    fn fate(self, decision: &Decision<'_>, made_by: Option<Node>) -> PairFate {
        let name = self.target.name.clone();
        let (fingerprint, revision) = match decision {
            Decision::Block(_) => return PairFate::Blocked(name),
            Decision::Keep(record, _) => (Some(record.fingerprint), record.revision),
            Decision::Adopt(_, fingerprint) | Decision::Record(_, fingerprint) => {
                (Some(*fingerprint), self.inputs.recorded.revision(&self.address()))
            }
            Decision::Make | Decision::MakeAgain(_) => (self.key.fingerprint(), 0),
        };
        PairFate::Ready {
            name,
            fingerprint,
            made_by,
            revision,
            credential: Credential::of(self.key),
        }
    }

    /// Adds what is done about the pair, and what people should know of it; answers the step after
    /// which it is there, if it is not there yet.
    fn add(
        self,
        decision: &Decision<'_>,
        made_key: Option<Node>,
        draft: &mut Draft,
    ) -> Option<Node> {
        match decision {
            Decision::Keep(record, observed) => {
                tag_steps(self.inputs, self.target, self.region, record, observed, draft);
                None
            }
            Decision::Make => Some(self.make(made_key, draft)),
            Decision::Adopt(found, fingerprint) => Some(self.adopt(found, *fingerprint, draft)),
            Decision::Record(found, fingerprint) => {
                self.record(found, *fingerprint, draft);
                None
            }
            Decision::MakeAgain(fingerprint) => {
                Some(self.make_again(*fingerprint, made_key, draft))
            }
            Decision::Block(reason) => {
                if let Some(reason) = reason.clone() {
                    let origin = Some(&self.target.pair.origin);
                    draft.note(NoteKind::Blocked, self.address(), reason, origin);
                }
                None
            }
        }
    }

    fn adopt(self, found: &ObservedPair, fingerprint: Fingerprint, draft: &mut Draft) -> Node {
        let Self { inputs, target, region, .. } = self;
        let WantedGeneration { pair, name } = target;
        let expectations = vec![Expectation::PairForeign {
            region: region.clone(),
            name: name.clone(),
            fingerprint,
            ownership: ownership_of(&found.tags),
            revision: inputs.recorded.revision(&self.address()),
        }];
        let action = Action::AdoptPair {
            region: region.clone(),
            name: name.clone(),
            key_pair: pair.name.clone(),
            generation: pair.generation,
            tags: pair.tags.clone(),
            activation: target.activation(inputs.recorded, region),
            protect: pair.protect,
            resource_group: pair.resource_group.clone().filter(|_| groups::fits(target, found)),
            fingerprint,
            owner: owner(inputs, region, name),
        };
        let adopted = draft.add(action, Cause::Adopted, expectations, Some(pair.origin.clone()));
        let address = self.address();
        let revision = inputs.recorded.revision(&address);
        // Before its tags are changed it is not ours.
        let rests_on = Expectation::Revision { address, revision };
        groups::add(target, region, found, rests_on, Some(adopted), draft).unwrap_or(adopted)
    }

    fn record(self, found: &ObservedPair, fingerprint: Fingerprint, draft: &mut Draft) {
        let Self { inputs, target, region, .. } = self;
        let WantedGeneration { pair, name } = target;
        let record = RecordPair {
            key_pair: pair.name.clone(),
            generation: pair.generation,
            fingerprint,
            tags: pair.tags.clone(),
            activation: target.activation(inputs.recorded, region),
            protect: pair.protect,
            resource_group: pair.resource_group.clone().filter(|_| groups::fits(target, found)),
            made: None,
            revision: 0,
        };
        let address = self.address();
        let revision = inputs.recorded.revision(&address);
        let changes = vec![Change::Pair(region.clone(), name.clone(), record)];
        let expectations = vec![Expectation::Revision { address, revision }];
        let origin = Some(pair.origin.clone());
        let recorded = draft.add(Action::Record { changes }, Cause::Found, expectations, origin);
        let rests_on = Expectation::pair_ours(region, name, fingerprint, revision);
        groups::add(target, region, found, rests_on, Some(recorded), draft);
    }

    fn make_again(
        self,
        fingerprint: Fingerprint,
        made_key: Option<Node>,
        draft: &mut Draft,
    ) -> Node {
        let Self { inputs, target, region, .. } = self;
        let origin = Some(target.pair.origin.clone());
        let deleted = delete_lost(inputs, (region, &target.name), fingerprint, origin, draft);
        let made = self.make(made_key, draft);
        draft.edge(deleted, made);
        made
    }

    /// Adds the step that makes the pair: the service makes its key with it, or it has one already.
    fn make(self, made_key: Option<Node>, draft: &mut Draft) -> Node {
        if self.is_gone() {
            let origin = Some(&self.target.pair.origin);
            let reason = match self.key {
                KeyFate::Create { .. } => PairReason::PairAndKeyGone,
                _ => PairReason::PairDeleted,
            };
            draft.note(NoteKind::Drift, self.address(), reason, origin);
        }
        if self.key.is_created_in(self.region) {
            self.create(draft)
        } else {
            self.import(made_key, draft)
        }
    }

    fn create(self, draft: &mut Draft) -> Node {
        let Self { inputs, target, region, .. } = self;
        let WantedGeneration { pair, name } = target;
        let key = Address::Key(name.clone());
        let expectations = vec![
            Expectation::KeyAbsent { name: name.clone(), revision: inputs.recorded.revision(&key) },
            self.absent(),
        ];
        let action = Action::CreatePair {
            region: region.clone(),
            name: name.clone(),
            key_pair: pair.name.clone(),
            generation: pair.generation,
            tags: pair.tags.clone(),
            activation: target.activation(inputs.recorded, region),
            protect: pair.protect,
            resource_group: pair.resource_group.clone(),
        };
        draft.add(action, self.cause(), expectations, Some(pair.origin.clone()))
    }

    /// That the region has no pair of its name.
    fn absent(self) -> Expectation {
        Expectation::PairAbsent {
            region: self.region.clone(),
            name: self.target.name.clone(),
            revision: self.inputs.recorded.revision(&self.address()),
        }
    }

    /// Whether it was there, and is gone.
    fn is_gone(self) -> bool {
        self.inputs.recorded.pair(self.region, &self.target.name).is_some()
    }

    /// Why it is made.
    fn cause(self) -> Cause {
        if self.is_gone() { Cause::Gone } else { Cause::Declared }
    }

    fn import(self, made_key: Option<Node>, draft: &mut Draft) -> Node {
        let Self { inputs, target, region, key } = self;
        let WantedGeneration { pair, name } = target;
        let mut expectations = vec![self.absent()];
        let key = match key {
            KeyFate::Held { fingerprint, public_key, .. } => {
                let (name, fingerprint) = (name.clone(), *fingerprint);
                expectations.push(Expectation::KeyHeld { name, fingerprint });
                PairKey::Held { public_key: public_key.clone() }
            }
            KeyFate::Given(DesiredGivenKey { line, fingerprint, summary, .. }) => PairKey::Given {
                public_key: line.clone(),
                fingerprint: *fingerprint,
                summary: summary.clone(),
            },
            KeyFate::Make
            | KeyFate::Create { .. }
            | KeyFate::Missing
            | KeyFate::Unneeded
            | KeyFate::Blocked(_) => PairKey::Made,
        };
        let action = Action::ImportPair {
            region: region.clone(),
            name: name.clone(),
            key_pair: pair.name.clone(),
            generation: pair.generation,
            tags: pair.tags.clone(),
            activation: target.activation(inputs.recorded, region),
            protect: pair.protect,
            resource_group: pair.resource_group.clone(),
            key,
        };
        let node = draft.add(action, self.cause(), expectations, Some(pair.origin.clone()));
        if let Some(made_key) = made_key {
            draft.edge(made_key, node);
        }
        node
    }
}
