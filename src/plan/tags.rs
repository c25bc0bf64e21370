//! Tags of a pair that is ours.

use std::collections::BTreeMap;

use super::{
    Inputs,
    document::{NoteKind, ObjectChange},
    generations::Target,
    order::Draft,
    reason::Reason,
    step::{Action, Cause, Expectation},
};
use crate::{
    manifest::DesiredKeyPair,
    model::{Address, ObservedPair, Ownership, Region},
    state::{Change, RecordPair},
};

/// Tags are set before others are removed, so that the ownership tags are never missing.
///
/// Only tags that keyform set are removed: what others put on our pair is theirs.
pub(super) fn tag_steps(
    inputs: Inputs<'_>,
    target: &Target<'_>,
    region: &Region,
    record: &RecordPair,
    observed: &ObservedPair,
    draft: &mut Draft,
) {
    let Target { pair, name } = target;
    let missing = |(key, value): (&String, &String)| observed.tags.get(key) != Some(value);
    let ownership = ownership(inputs, pair);
    let lineage = inputs.lineage;
    let disowned = lineage.is_none_or(|lineage| ownership.tags(lineage).iter().any(missing));
    let differ = pair.tags.iter().any(missing);
    let surplus: Vec<_> = record
        .tags
        .keys()
        .filter(|key| !pair.tags.contains_key(*key) && observed.tags.contains_key(*key))
        .cloned()
        .collect();
    let address = Address::Pair(region.clone(), name.clone());
    let ours = || {
        vec![Expectation::PairOurs {
            region: region.clone(),
            name: name.clone(),
            fingerprint: record.fingerprint,
            revision: record.revision,
        }]
    };
    let origin = Some(pair.origin.clone());
    let changed_by_others = record.tags.iter().any(missing) || disowned;
    if changed_by_others && inputs.lineage.is_some() {
        draft.note(NoteKind::Drift, address.clone(), &Reason::TagsChanged, Some(&pair.origin));
    }
    let tagged = (differ || disowned).then(|| {
        let action = Action::TagPair {
            region: region.clone(),
            name: name.clone(),
            key_pair: pair.name.clone(),
            generation: pair.generation,
            tags: pair.tags.clone(),
        };
        let cause = if differ { Cause::TagsDiffer } else { Cause::OwnershipMissing };
        draft.add(action, cause, ours(), origin.clone())
    });
    if !surplus.is_empty() {
        let action =
            Action::UntagPair { region: region.clone(), name: name.clone(), keys: surplus.clone() };
        let node = draft.add(action, Cause::TagsDiffer, ours(), origin.clone());
        if let Some(tagged) = tagged {
            draft.edge(tagged, node);
        }
    }
    if differ || !surplus.is_empty() {
        let seen = |key: &String| pair.tags.contains_key(key) || surplus.contains(key);
        let before: BTreeMap<_, _> = observed.tags.iter().filter(|(key, _)| seen(key)).collect();
        draft.changes.push(ObjectChange {
            address,
            before: serde_json::json!({ "tags": before }),
            after: serde_json::json!({ "tags": pair.tags }),
        });
    }
    let turn = target.turn(inputs.facts, region);
    let changed =
        RecordPair { tags: pair.tags.clone(), turn, protect: pair.protect, ..record.clone() };
    // A tag step writes the tags down itself.
    let tags_differ = record.tags != pair.tags && tagged.is_none() && surplus.is_empty();
    if tags_differ || record.turn != turn || record.protect != pair.protect {
        let cause = if record.turn == turn { Cause::RecordDiffers } else { Cause::WantedAgain };
        let changes = vec![Change::Pair(region.clone(), name.clone(), changed)];
        let node = draft.add(Action::Record { changes }, cause, ours(), origin);
        if let Some(tagged) = tagged {
            draft.edge(tagged, node);
        }
    }
}

fn ownership(inputs: Inputs<'_>, pair: &DesiredKeyPair) -> Ownership {
    Ownership {
        project: inputs.project.clone(),
        key_pair: pair.name.clone(),
        generation: pair.generation,
    }
}
