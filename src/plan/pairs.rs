//! Key pairs: which pairs are imported, and which were found.

use std::collections::BTreeMap;

use super::{
    Inputs,
    document::NoteKind,
    generations::WantedGeneration,
    keys::{KeyFate, key_fate},
    order::{Draft, Node},
    ownership::{bound_instances, is_tagged_as_ours, observed_pair, ours, owner},
    reason::{KeyReason, PairReason, Reason},
    step::{Action, Cause, Expectation, PairKey},
    tags::tag_steps,
};
use crate::{
    manifest::GivenKey,
    model::{
        Address, CloudName, Fingerprint, KeyPairName, ObservedPair, Region, ownership::ownership_of,
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
    /// Its private key should be in the vault, and is not.
    Missing,
    /// Its key is a certificate, with which nobody can log on.
    Certificate,
}

impl Credential {
    fn of(key: &KeyFate) -> Self {
        match key {
            KeyFate::Given(given) if given.is_certificate => Self::Certificate,
            KeyFate::Given(_) | KeyFate::Held { .. } | KeyFate::Make(_) => Self::Known,
            KeyFate::Missing | KeyFate::Unneeded | KeyFate::Blocked(_) => Self::Missing,
        }
    }
}

/// Decides about every wanted pair.
pub(super) fn decide(inputs: Inputs<'_>, draft: &mut Draft) -> Pairs {
    let mut pairs = Pairs::new();
    for target in WantedGeneration::all(inputs.desired) {
        let WantedGeneration { pair, name } = &target;
        let key = key_fate(inputs, &target, draft);
        match &key {
            KeyFate::Blocked(reason) => {
                let address = Address::Key(name.clone());
                draft.note(NoteKind::Blocked, address, reason.clone(), Some(&pair.origin));
            }
            KeyFate::Missing => {
                let address = Address::Key(name.clone());
                draft.note(NoteKind::Warning, address, KeyReason::KeyMissing, Some(&pair.origin));
            }
            KeyFate::Held { .. } | KeyFate::Given(_) | KeyFate::Make(_) | KeyFate::Unneeded => {}
        }
        for region in &pair.regions {
            let fate = pair_fate(inputs, &target, region, &key, draft);
            pairs.insert((region.clone(), pair.name.clone()), fate);
        }
    }
    pairs
}

fn pair_fate(
    inputs: Inputs<'_>,
    target: &WantedGeneration<'_>,
    region: &Region,
    key: &KeyFate,
    draft: &mut Draft,
) -> PairFate {
    let WantedGeneration { pair, name } = target;
    let blocked = PairFate::Blocked(name.clone());
    let block = |draft: &mut Draft, reason: Reason| {
        let address = Address::Pair(region.clone(), name.clone());
        draft.note(NoteKind::Blocked, address, reason, Some(&pair.origin));
        PairFate::Blocked(name.clone())
    };
    let observed = observed_pair(inputs, region, name);
    if let (Some(record), Some(observed)) = (ours(inputs, region, name), observed) {
        // Guests accept the recorded key; another key is another generation.
        if let KeyFate::Given(given) = key
            && given.fingerprint != record.fingerprint
        {
            return block(draft, KeyReason::GivenKeyDiffers.into());
        }
        tag_steps(inputs, target, region, record, observed, draft);
        let fingerprint = Some(record.fingerprint);
        let revision = record.revision;
        let credential = Credential::of(key);
        return PairFate::Ready {
            name: name.clone(),
            fingerprint,
            made_by: None,
            revision,
            credential,
        };
    }
    match (observed, key) {
        (_, KeyFate::Blocked(_)) => blocked,
        // The pair cannot be made in a further region without the key that it has elsewhere.
        (None, KeyFate::Missing | KeyFate::Unneeded) => {
            block(draft, KeyReason::KeyMissingForRegion { region: region.clone() }.into())
        }
        (None, KeyFate::Held { .. } | KeyFate::Given(_) | KeyFate::Make(_)) => {
            import(inputs, target, region, key, draft)
        }
        // Recorded and not ours any more: it is foreign now, whatever its name says (L6).
        (Some(found), _) if inputs.recorded.pair(region, name).is_some() => {
            let recorded = inputs.recorded.pair(region, name).map(|record| record.fingerprint);
            let is_same = recorded.is_some() && found.fingerprint == recorded;
            let reason = if is_same {
                PairReason::PairTakenOver
            } else {
                PairReason::PairReplaced { region: region.clone() }
            };
            block(draft, reason.into())
        }
        (Some(found), key) if is_tagged_as_ours(inputs, region, name) => {
            found_pair(inputs, target, region, found, key, draft)
        }
        (Some(found), key) => foreign_pair(inputs, target, region, found, key, draft),
    }
}

/// A pair of the wanted name that this project did not make. It is taken over only if its manifest
/// says so, and only with the very key that is wanted.
fn foreign_pair(
    inputs: Inputs<'_>,
    target: &WantedGeneration<'_>,
    region: &Region,
    found: &ObservedPair,
    key: &KeyFate,
    draft: &mut Draft,
) -> PairFate {
    let WantedGeneration { pair, name } = target;
    let wanted = match key {
        KeyFate::Held { fingerprint, .. } | KeyFate::Given(GivenKey { fingerprint, .. }) => {
            Some(*fingerprint)
        }
        // A key that is not there, or is still to be made, is not the key of a pair that exists.
        KeyFate::Make(_) | KeyFate::Missing | KeyFate::Unneeded | KeyFate::Blocked(_) => None,
    };
    let address = Address::Pair(region.clone(), name.clone());
    let fingerprint = wanted.filter(|wanted| found.fingerprint == Some(*wanted));
    let reason = match (pair.adopt, fingerprint) {
        (true, Some(fingerprint)) => {
            let revision = inputs.recorded.revision(&address);
            let ownership = ownership_of(&found.tags);
            // The reviewer has seen whose pair it is, so that the plan rests on its owner, too
            // (L6).
            let expectations = vec![Expectation::PairForeign {
                region: region.clone(),
                name: name.clone(),
                fingerprint,
                ownership,
                revision,
            }];
            let action = Action::AdoptPair {
                region: region.clone(),
                name: name.clone(),
                key_pair: pair.name.clone(),
                generation: pair.generation,
                tags: pair.tags.clone(),
                activation: target.activation(inputs.recorded, region),
                protect: pair.protect,
                fingerprint,
                owner: owner(inputs, region, name),
            };
            let origin = Some(pair.origin.clone());
            let made_by = Some(draft.add(action, Cause::Adopted, expectations, origin));
            let (name, fingerprint) = (name.clone(), Some(fingerprint));
            let credential = Credential::of(key);
            return PairFate::Ready { name, fingerprint, made_by, revision, credential };
        }
        (true, None) => PairReason::AdoptsOtherKey { region: region.clone() },
        (false, Some(_)) => PairReason::CanBeAdopted { region: region.clone() },
        (false, None) => PairReason::NameTaken { region: region.clone() },
    };
    draft.note(NoteKind::Blocked, address, reason, Some(&pair.origin));
    PairFate::Blocked(name.clone())
}

/// A pair with our tags that is not recorded: an earlier run made it and could not say so.
fn found_pair(
    inputs: Inputs<'_>,
    target: &WantedGeneration<'_>,
    region: &Region,
    found: &ObservedPair,
    key: &KeyFate,
    draft: &mut Draft,
) -> PairFate {
    let (pair, name) = (target.pair, target.name.clone());
    match (found.fingerprint, key) {
        (
            Some(print),
            KeyFate::Held { fingerprint, .. } | KeyFate::Given(GivenKey { fingerprint, .. }),
        ) if print == *fingerprint => {
            record_found(inputs, target, region, print, Credential::of(key), draft)
        }
        (_, KeyFate::Missing | KeyFate::Unneeded) => {
            let address = Address::Pair(region.clone(), name.clone());
            let reason = KeyReason::KeyMissingForRegion { region: region.clone() };
            draft.note(NoteKind::Blocked, address, reason, Some(&pair.origin));
            PairFate::Blocked(name)
        }
        (Some(print), _) if bound_instances(inputs, region, &name).is_empty() => {
            make_again(inputs, target, region, print, key, draft)
        }
        _ => {
            let instances = bound_instances(inputs, region, &name);
            let address = Address::Pair(region.clone(), name.clone());
            let reason = KeyReason::KeyLostWhileBound { instances };
            draft.note(NoteKind::Blocked, address, reason, Some(&pair.origin));
            PairFate::Blocked(name)
        }
    }
}

/// A pair that was found with its key is written down.
fn record_found(
    inputs: Inputs<'_>,
    target: &WantedGeneration<'_>,
    region: &Region,
    fingerprint: Fingerprint,
    credential: Credential,
    draft: &mut Draft,
) -> PairFate {
    let (pair, name) = (target.pair, target.name.clone());
    let record = RecordPair {
        key_pair: pair.name.clone(),
        generation: pair.generation,
        fingerprint,
        tags: pair.tags.clone(),
        activation: target.activation(inputs.recorded, region),
        protect: pair.protect,
        revision: 0,
    };
    let address = Address::Pair(region.clone(), name.clone());
    let revision = inputs.recorded.revision(&address);
    let changes = vec![Change::Pair(region.clone(), name.clone(), record)];
    let expectations = vec![Expectation::Revision { address, revision }];
    let origin = Some(pair.origin.clone());
    draft.add(Action::Record { changes }, Cause::Found, expectations, origin);
    let fingerprint = Some(fingerprint);
    PairFate::Ready { name, fingerprint, made_by: None, revision, credential }
}

/// A pair that was found without its key, bound to nothing, is deleted and made again.
fn make_again(
    inputs: Inputs<'_>,
    target: &WantedGeneration<'_>,
    region: &Region,
    fingerprint: Fingerprint,
    key: &KeyFate,
    draft: &mut Draft,
) -> PairFate {
    let (pair, name) = (target.pair, target.name.clone());
    let expectations = vec![
        Expectation::pair_ours(region, &name, fingerprint, 0),
        Expectation::BoundNowhere { region: region.clone(), name: name.clone() },
    ];
    let action = Action::DeletePair { region: region.clone(), name };
    let origin = Some(pair.origin.clone());
    let deleted = draft.add(action, Cause::KeyLost, expectations, origin);
    let fate = import(inputs, target, region, key, draft);
    if let PairFate::Ready { made_by: Some(node), .. } = fate {
        draft.edge(deleted, node);
    }
    fate
}

fn import(
    inputs: Inputs<'_>,
    target: &WantedGeneration<'_>,
    region: &Region,
    fate: &KeyFate,
    draft: &mut Draft,
) -> PairFate {
    let (pair, name) = (target.pair, target.name.clone());
    let address = Address::Pair(region.clone(), name.clone());
    let gone = inputs.recorded.pair(region, &name).is_some();
    let mut expectations = vec![Expectation::PairAbsent {
        region: region.clone(),
        name: name.clone(),
        revision: inputs.recorded.revision(&address),
    }];
    let mut fingerprint = None;
    let key = match fate {
        KeyFate::Held { fingerprint: print, public_key } => {
            fingerprint = Some(*print);
            // Another key under this name would be another pair than the one that was reviewed
            // (L5).
            expectations.push(Expectation::KeyHeld { name: name.clone(), fingerprint: *print });
            PairKey::Held { public_key: public_key.clone() }
        }
        KeyFate::Given(GivenKey { line, fingerprint: print, summary, .. }) => {
            fingerprint = Some(*print);
            let (public_key, summary) = (line.clone(), summary.clone());
            PairKey::Given { public_key, fingerprint: *print, summary }
        }
        KeyFate::Make(_) | KeyFate::Missing | KeyFate::Unneeded | KeyFate::Blocked(_) => {
            PairKey::Made
        }
    };
    let action = Action::ImportPair {
        region: region.clone(),
        name: name.clone(),
        key_pair: pair.name.clone(),
        generation: pair.generation,
        tags: pair.tags.clone(),
        activation: target.activation(inputs.recorded, region),
        protect: pair.protect,
        key,
    };
    if gone {
        draft.note(NoteKind::Drift, address, PairReason::PairDeleted, Some(&pair.origin));
    }
    let cause = if gone { Cause::Gone } else { Cause::Declared };
    let node = draft.add(action, cause, expectations, Some(pair.origin.clone()));
    // The private key is in the vault before the cloud has the pair (L2).
    if let KeyFate::Make(made) = fate {
        draft.edge(*made, node);
    }
    let credential = Credential::of(fate);
    PairFate::Ready { name, fingerprint, made_by: Some(node), revision: 0, credential }
}
