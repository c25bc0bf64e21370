//! Pairs with our tags that are not recorded: an earlier run made them and could not say so, or the
//! state that did is lost.
//!
//! One of which the vault has the private key counts as recorded. Any other is an orphan, which no
//! step touches.

use std::borrow::Cow;

use super::{
    Inputs,
    document::NoteKind,
    generations::WantedGeneration,
    lost::delete_unwanted,
    order::{Draft, Node},
    ownership::{bound_instances, is_tagged_as_ours},
    reason::PairReason,
    select::Claims,
    step::{Action, Cause, Expectation},
};
use crate::{
    model::{
        Address, CloudName, Fingerprint, InstanceRef, KeyPairName, ObservedPair, Presence, Region,
        VaultKey,
        ownership::{Belonging, TAG_GENERATION, TAG_KEY_PAIR, belonging},
    },
    state::{Change, RecordGuest, RecordKey, RecordPair, Records},
};

/// A pair that counts as recorded.
#[derive(Debug)]
pub(super) struct Found {
    region: Region,
    name: CloudName,
    pair: RecordPair,
    key: RecordKey,
}

/// Finds the pairs that are not wanted and not recorded; those that are wanted are decided with
/// their manifests. Orphans get their row.
pub(super) fn find(inputs: Inputs<'_>, draft: &mut Draft) -> Vec<Found> {
    let targets: Vec<_> = WantedGeneration::all(inputs.desired).collect();
    let is_target = |region: &Region, name: &CloudName| {
        targets.iter().any(|one| one.name == *name && one.pair.regions.contains(region))
    };
    let mut found = Vec::new();
    for (region, observed) in &inputs.observed.regions {
        for (name, pair) in &observed.pairs {
            if inputs.recorded.pair(region, name).is_some() || is_target(region, name) {
                continue;
            }
            if !is_tagged_as_ours(inputs, region, name) {
                note_other_state(inputs, region, pair, draft);
                continue;
            }
            match recorded(inputs, region, pair) {
                Some(one) => found.push(one),
                None if delete_unwanted(inputs, region, pair, draft) => {}
                None => {
                    let address = Address::Pair(region.clone(), name.clone());
                    draft.note(NoteKind::Warning, address, PairReason::Orphaned, None);
                }
            }
        }
    }
    found
}

fn note_other_state(inputs: Inputs<'_>, region: &Region, pair: &ObservedPair, draft: &mut Draft) {
    if belonging(pair, inputs.project, inputs.lineage) == Belonging::OtherState {
        let address = Address::Pair(region.clone(), pair.name.clone());
        draft.note(NoteKind::Warning, address, PairReason::OfOtherState, None);
    }
}

/// The records of a pair that was found, if the vault has its private key.
fn recorded(inputs: Inputs<'_>, region: &Region, pair: &ObservedPair) -> Option<Found> {
    let Some(VaultKey::Present { fingerprint, public_key, .. }) =
        inputs.observed.vault.get(&pair.name)
    else {
        return None;
    };
    if pair.fingerprint != Some(*fingerprint) {
        return None;
    }
    let key_pair = KeyPairName::new(pair.tags.get(TAG_KEY_PAIR)?.as_str());
    let generation = pair.tags.get(TAG_GENERATION)?.parse().ok()?;
    let user_tags = pair.tags.iter().filter(|(key, _)| !key.starts_with("keyform:"));
    let address = Address::Pair(region.clone(), pair.name.clone());
    let key_address = Address::Key(pair.name.clone());
    Some(Found {
        region: region.clone(),
        name: pair.name.clone(),
        pair: RecordPair {
            key_pair: key_pair.clone(),
            generation,
            fingerprint: *fingerprint,
            tags: user_tags.map(|(key, value)| (key.clone(), value.clone())).collect(),
            activation: 0,
            protect: false,
            resource_group: None,
            made: None,
            revision: inputs.recorded.revision(&address),
        },
        key: RecordKey {
            key_pair,
            generation,
            fingerprint: *fingerprint,
            public_key: public_key.clone(),
            revision: inputs.recorded.revision(&key_address),
        },
    })
}

/// The records with those of the pairs that were found.
pub(super) fn merge_found<'a>(recorded: &'a Records, found: &[Found]) -> Cow<'a, Records> {
    if found.is_empty() {
        return Cow::Borrowed(recorded);
    }
    let mut recorded = recorded.clone();
    for one in found {
        let pairs = recorded.pairs.entry(one.region.clone()).or_default();
        pairs.insert(one.name.clone(), one.pair.clone());
        recorded.keys.entry(one.name.clone()).or_insert_with(|| one.key.clone());
    }
    Cow::Owned(recorded)
}

/// Writes down the pairs that were found. One that this plan deletes, and that nothing is bound to, needs
/// no record.
pub(super) fn record(inputs: Inputs<'_>, found: &[Found], draft: &mut Draft) {
    for one in found {
        let removals = removals(one, draft);
        if !removals.is_empty() && bound_instances(inputs, &one.region, &one.name).is_empty() {
            continue;
        }
        let pair = Address::Pair(one.region.clone(), one.name.clone());
        let mut changes =
            vec![Change::Pair(one.region.clone(), one.name.clone(), one.pair.clone())];
        let mut expectations =
            vec![Expectation::Revision { address: pair, revision: one.pair.revision }];
        if !inputs.recorded.keys.contains_key(&one.name) {
            let address = Address::Key(one.name.clone());
            expectations.push(Expectation::Revision { address, revision: one.key.revision });
            changes.push(Change::Key(one.name.clone(), one.key.clone()));
        }
        let node = draft.add(Action::Record { changes }, Cause::Found, expectations, None);
        for removal in removals {
            draft.edge(node, removal);
        }
    }
}

/// The steps that delete a pair that was found, or put its private key aside.
fn removals(found: &Found, draft: &Draft) -> Vec<Node> {
    let removes = |action: &Action| match action {
        Action::DeletePair { region, name } => *region == found.region && *name == found.name,
        Action::RetireKey { name, .. } => *name == found.name,
        _ => false,
    };
    draft.steps().filter(|(_, action)| removes(action)).map(|(node, _)| node).collect()
}

/// Writes down which instances that no manifest wants are bound to pairs that no record knew. If
/// others unbind them, nothing else says that their guests may go on accepting those (L3).
pub(super) fn record_guests(
    inputs: Inputs<'_>,
    before: &Records,
    claims: &Claims<'_>,
    draft: &mut Draft,
) {
    let is_known = |at: &InstanceRef| {
        claims.claimed.contains_key(at)
            || inputs.recorded.instance(at).is_some()
            || inputs.recorded.guest(at).is_some()
    };
    let pairs = found_pairs(before, draft);
    for (node, region, name, key) in &pairs {
        for id in bound_instances(inputs, region, name) {
            let at = id.in_region(region);
            let seen = inputs.observed.instance(&at).and_then(Presence::seen);
            let Some(observed) = seen.filter(|_| !is_known(&at)) else { continue };
            let address = Address::Instance(at.clone());
            let revision = inputs.recorded.revision(&address);
            let changes = vec![Change::Guest(at, RecordGuest::of_found(*key, observed))];
            let expectations = vec![Expectation::Revision { address, revision }];
            let step = draft.add(Action::Record { changes }, Cause::Found, expectations, None);
            draft.edge(*node, step);
        }
    }
    // What guests accept is only kept of keys that are recorded.
    let mut edges = Vec::new();
    for (step, changes) in draft.recordings() {
        let mut guests = changes.iter().filter_map(|change| match change {
            Change::Guest(_, guest) => Some(guest),
            _ => None,
        });
        let Some(guest) = guests.next() else { continue };
        let of_guest = pairs.iter().filter(|(.., key)| guest.keys().any(|one| one == *key));
        edges.extend(of_guest.map(|(node, ..)| (*node, step)));
    }
    for (node, step) in edges {
        draft.edge(node, step);
    }
}

/// The pairs that this plan writes down and that no record knew: by which step, and their keys.
fn found_pairs(before: &Records, draft: &Draft) -> Vec<(Node, Region, CloudName, Fingerprint)> {
    let changes = draft
        .recordings()
        .flat_map(|(node, changes)| changes.iter().map(move |change| (node, change)));
    let pairs = changes.filter_map(|(node, change)| match change {
        Change::Pair(region, name, pair) if before.pair(region, name).is_none() => {
            Some((node, region.clone(), name.clone(), pair.fingerprint))
        }
        _ => None,
    });
    pairs.collect()
}
