//! Pairs with our tags that are not recorded: an earlier run made them and could not say so, or the
//! state that did is lost.
//!
//! One of which the vault has the private key counts as recorded. Any other is an orphan, which no
//! step touches.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    Inputs,
    document::NoteKind,
    generations::WantedGeneration,
    order::Draft,
    ownership::{bound_instances, is_tagged_as_ours},
    reason::PairReason,
    select::Claims,
    step::{Action, Cause, Expectation},
};
use crate::{
    model::{
        Address, CloudName, InstanceRef, KeyPairName, ObservedPair, Presence, Region, VaultKey,
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

/// Writes down the pairs that were found and that this plan does not delete.
pub(super) fn record(inputs: Inputs<'_>, found: &[Found], draft: &mut Draft) {
    for one in found {
        let is_deleted = draft.actions().any(|action| {
            matches!(action, Action::DeletePair { region, name }
                if *region == one.region && *name == one.name)
        });
        if is_deleted {
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
        draft.add(Action::Record { changes }, Cause::Found, expectations, None);
    }
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
    let mut steps = Vec::new();
    for (node, changes) in draft.recordings() {
        for change in changes {
            let Change::Pair(region, name, pair) = change else { continue };
            if before.pair(region, name).is_some() {
                continue;
            }
            let bound = bound_instances(inputs, region, name).into_iter();
            let bound = bound.map(|id| id.in_region(region)).filter(|at| !is_known(at));
            let found = bound.filter_map(|at| Some((guest(inputs, &at, pair)?, at)));
            steps.extend(found.map(|(guest, at)| (node, at, guest)));
        }
    }
    for (node, at, guest) in steps {
        let address = Address::Instance(at.clone());
        let revision = inputs.recorded.revision(&address);
        let changes = vec![Change::Guest(at, guest)];
        let expectations = vec![Expectation::Revision { address, revision }];
        let step = draft.add(Action::Record { changes }, Cause::Found, expectations, None);
        // What guests accept is only kept of pairs that are recorded.
        draft.edge(node, step);
    }
}

/// What the guest of an instance may accept that is found bound to a pair.
fn guest(inputs: Inputs<'_>, at: &InstanceRef, pair: &RecordPair) -> Option<RecordGuest> {
    let observed = inputs.observed.instance(at).and_then(Presence::seen)?;
    Some(RecordGuest {
        accepts: BTreeSet::from([pair.fingerprint]),
        bound: Some(pair.fingerprint),
        start_time: observed.start_time,
        revision: 0,
    })
}
