//! Key pairs: which pairs are imported, and which were found.

use std::collections::BTreeMap;

use super::{
    Inputs,
    document::NoteKind,
    keys::{KeyFate, key_fate},
    order::{Draft, Node},
    owned::{bound_instances, is_tagged_as_ours, observed_pair, ours},
    reason::Reason,
    step::{Action, Cause, Expectation},
    tags::tag_steps,
};
use crate::{
    manifest::DesiredKeyPair,
    model::{Address, CloudName, Fingerprint, KeyPairName, ObservedPair, Region},
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
        /// Whether the vault has its private key, or will have it before it is used (L3).
        is_held: bool,
    },
    /// It cannot be used.
    Blocked(CloudName),
}

/// Decides about every wanted pair.
pub(super) fn decide(inputs: Inputs<'_>, draft: &mut Draft) -> Pairs {
    let mut pairs = Pairs::new();
    for pair in inputs.desired.map_or(&[][..], |desired| &desired.key_pairs) {
        let key = key_fate(inputs, pair, draft);
        match &key {
            KeyFate::Blocked(reason) => {
                let address = Address::Key(pair.cloud_name.clone());
                draft.note(NoteKind::Blocked, address, reason, Some(&pair.origin));
            }
            KeyFate::Missing => {
                let address = Address::Key(pair.cloud_name.clone());
                draft.note(NoteKind::Warning, address, &Reason::KeyMissing, Some(&pair.origin));
            }
            KeyFate::Held { .. } | KeyFate::Make(_) | KeyFate::Unneeded => {}
        }
        for region in &pair.regions {
            let fate = pair_fate(inputs, pair, region, &key, draft);
            pairs.insert((region.clone(), pair.name.clone()), fate);
        }
    }
    pairs
}

fn pair_fate(
    inputs: Inputs<'_>,
    pair: &DesiredKeyPair,
    region: &Region,
    key: &KeyFate,
    draft: &mut Draft,
) -> PairFate {
    let name = &pair.cloud_name;
    let blocked = PairFate::Blocked(name.clone());
    let block = |draft: &mut Draft, reason: &Reason| {
        let address = Address::Pair(region.clone(), name.clone());
        draft.note(NoteKind::Blocked, address, reason, Some(&pair.origin));
        PairFate::Blocked(name.clone())
    };
    let observed = observed_pair(inputs, region, name);
    if let (Some(record), Some(observed)) = (ours(inputs, region, name), observed) {
        tag_steps(inputs, pair, region, record, observed, draft);
        let fingerprint = Some(record.fingerprint);
        let revision = record.revision;
        let is_held = matches!(key, KeyFate::Held { .. } | KeyFate::Make(_));
        return PairFate::Ready {
            name: name.clone(),
            fingerprint,
            made_by: None,
            revision,
            is_held,
        };
    }
    match (observed, key) {
        (_, KeyFate::Blocked(_)) => blocked,
        (None, KeyFate::Missing | KeyFate::Unneeded) => {
            block(draft, &Reason::KeyMissingForRegion(region.clone()))
        }
        (None, KeyFate::Held { fingerprint, public_key }) => {
            import(inputs, pair, region, Some((*fingerprint, public_key)), None, draft)
        }
        (None, KeyFate::Make(made)) => import(inputs, pair, region, None, Some(*made), draft),
        (Some(_), _) if inputs.facts.pair(region, name).is_some() => {
            block(draft, &Reason::PairReplaced(region.clone()))
        }
        (Some(found), key) if is_tagged_as_ours(inputs, region, name) => {
            found_pair(inputs, pair, region, found, key, draft)
        }
        (Some(_), _) => block(draft, &Reason::NameTaken(region.clone())),
    }
}

/// A pair with our tags that is not recorded: an earlier run made it and could not say so.
fn found_pair(
    inputs: Inputs<'_>,
    pair: &DesiredKeyPair,
    region: &Region,
    found: &ObservedPair,
    key: &KeyFate,
    draft: &mut Draft,
) -> PairFate {
    let name = pair.cloud_name.clone();
    match (found.fingerprint, key) {
        (Some(print), KeyFate::Held { fingerprint, .. }) if print == *fingerprint => {
            record_found(inputs, pair, region, print, draft)
        }
        (_, KeyFate::Missing | KeyFate::Unneeded) => {
            let address = Address::Pair(region.clone(), name.clone());
            let reason = Reason::KeyMissingForRegion(region.clone());
            draft.note(NoteKind::Blocked, address, &reason, Some(&pair.origin));
            PairFate::Blocked(name)
        }
        (Some(print), _) if bound_instances(inputs, region, &name).is_empty() => {
            make_again(inputs, pair, region, print, key, draft)
        }
        _ => {
            let instances = bound_instances(inputs, region, &name);
            let address = Address::Pair(region.clone(), name.clone());
            let reason = Reason::KeyLostWhileBound(instances);
            draft.note(NoteKind::Blocked, address, &reason, Some(&pair.origin));
            PairFate::Blocked(name)
        }
    }
}

/// A pair that was found with its key is written down.
fn record_found(
    inputs: Inputs<'_>,
    pair: &DesiredKeyPair,
    region: &Region,
    fingerprint: Fingerprint,
    draft: &mut Draft,
) -> PairFate {
    let name = pair.cloud_name.clone();
    let record = RecordPair {
        key_pair: pair.name.clone(),
        generation: pair.generation,
        fingerprint,
        tags: pair.tags.clone(),
        revision: 0,
    };
    let address = Address::Pair(region.clone(), name.clone());
    let revision = inputs.facts.revision(&address);
    let changes = vec![Change::Pair(region.clone(), name.clone(), record)];
    let expectations = vec![Expectation::Revision { address, revision }];
    let origin = Some(pair.origin.clone());
    draft.add(Action::Record { changes }, Cause::Found, expectations, origin);
    let fingerprint = Some(fingerprint);
    PairFate::Ready { name, fingerprint, made_by: None, revision, is_held: true }
}

/// A pair that was found without its key, bound to nothing, is deleted and made again.
fn make_again(
    inputs: Inputs<'_>,
    pair: &DesiredKeyPair,
    region: &Region,
    fingerprint: Fingerprint,
    key: &KeyFate,
    draft: &mut Draft,
) -> PairFate {
    let name = pair.cloud_name.clone();
    let (of, named) = (region.clone(), name.clone());
    let expectations = vec![
        Expectation::PairOurs { region: of, name: named, fingerprint, revision: 0 },
        Expectation::BoundNowhere { region: region.clone(), name: name.clone() },
    ];
    let action = Action::DeletePair { region: region.clone(), name };
    let origin = Some(pair.origin.clone());
    let deleted = draft.add(action, Cause::KeyLost, expectations, origin);
    let (held, made) = match key {
        KeyFate::Held { fingerprint, public_key } => (Some((*fingerprint, public_key)), None),
        KeyFate::Make(node) => (None, Some(*node)),
        KeyFate::Missing | KeyFate::Unneeded | KeyFate::Blocked(_) => (None, None),
    };
    let fate = import(inputs, pair, region, held, made, draft);
    if let PairFate::Ready { made_by: Some(node), .. } = fate {
        draft.edge(deleted, node);
    }
    fate
}

fn import(
    inputs: Inputs<'_>,
    pair: &DesiredKeyPair,
    region: &Region,
    held: Option<(Fingerprint, &String)>,
    made: Option<Node>,
    draft: &mut Draft,
) -> PairFate {
    let name = pair.cloud_name.clone();
    let address = Address::Pair(region.clone(), name.clone());
    let gone = inputs.facts.pair(region, &name).is_some();
    let mut expectations = vec![Expectation::PairAbsent {
        region: region.clone(),
        name: name.clone(),
        revision: inputs.facts.revision(&address),
    }];
    if let Some((fingerprint, _)) = held {
        expectations.push(Expectation::KeyHeld { name: name.clone(), fingerprint });
    }
    let action = Action::ImportPair {
        region: region.clone(),
        name: name.clone(),
        key_pair: pair.name.clone(),
        generation: pair.generation,
        tags: pair.tags.clone(),
        public_key: held.map(|(_, public_key)| public_key.clone()),
    };
    let cause = if gone { Cause::Gone } else { Cause::Declared };
    let node = draft.add(action, cause, expectations, Some(pair.origin.clone()));
    if let Some(made) = made {
        draft.edge(made, node);
    }
    let fingerprint = held.map(|(print, _)| print);
    PairFate::Ready { name, fingerprint, made_by: Some(node), revision: 0, is_held: true }
}
