//! Tags of a pair that is ours.

use std::collections::BTreeMap;

use super::{
    Inputs,
    document::{NoteKind, ObjectChange},
    generations::WantedGeneration,
    order::{Draft, Node},
    reason::PairReason,
    step::{Action, Cause, Expectation},
};
use crate::{
    manifest::DesiredKeyPair,
    model::{Address, ObservedPair, Ownership, Region},
    state::{Change, RecordPair},
};

/// How the tags of a pair differ from what is wanted.
struct Difference {
    /// Whether a tag of the manifest is missing, or has another value.
    differ: bool,
    /// Whether one by which keyform knows what it made does.
    disowned: bool,
    /// Tags that keyform has set and that nobody wants any more.
    surplus: Vec<String>,
}

/// A pair of ours, as its manifest wants it, as it is recorded and as it was seen.
struct PairTags<'a> {
    target: &'a WantedGeneration<'a>,
    region: &'a Region,
    record: &'a RecordPair,
    observed: &'a ObservedPair,
}

/// Tags are set before others are removed, so that the ownership tags are never missing.
///
/// Only tags that keyform set are removed: what others put on our pair is theirs.
pub(super) fn tag_steps(
    inputs: Inputs<'_>,
    target: &WantedGeneration<'_>,
    region: &Region,
    record: &RecordPair,
    observed: &ObservedPair,
    draft: &mut Draft,
) {
    let subject = PairTags { target, region, record, observed };
    let difference = subject.difference(inputs, draft);
    let Difference { differ, disowned, surplus } = &difference;
    let WantedGeneration { pair, name } = target;
    let (region, name) = (region.clone(), name.clone());
    let tagged = (*differ || *disowned).then(|| {
        let action = Action::TagPair {
            region: region.clone(),
            name: name.clone(),
            key_pair: pair.name.clone(),
            generation: pair.generation,
            tags: pair.tags.clone(),
        };
        let cause = if *differ { Cause::TagsDiffer } else { Cause::OwnershipMissing };
        subject.add(action, cause, None, draft)
    });
    if !surplus.is_empty() {
        let action = Action::UntagPair { region, name, keys: surplus.clone() };
        subject.add(action, Cause::TagsDiffer, tagged, draft);
    }
    subject.show(&difference, draft);
    subject.record(inputs, &difference, tagged, draft);
}

impl PairTags<'_> {
    fn address(&self) -> Address {
        Address::Pair(self.region.clone(), self.target.name.clone())
    }

    /// Adds a step about the pair, behind another one if there is one.
    fn add(&self, action: Action, cause: Cause, after: Option<Node>, draft: &mut Draft) -> Node {
        let Self { target, region, record, .. } = self;
        let ours =
            Expectation::pair_ours(region, &target.name, record.fingerprint, record.revision);
        let node = draft.add(action, cause, vec![ours], Some(target.pair.origin.clone()));
        if let Some(after) = after {
            draft.edge(after, node);
        }
        node
    }

    /// Compares the tags; what somebody else has changed gets its row.
    fn difference(&self, inputs: Inputs<'_>, draft: &mut Draft) -> Difference {
        let Self { target: WantedGeneration { pair, .. }, record, observed, .. } = self;
        let missing = |(key, value): (&String, &String)| observed.tags.get(key) != Some(value);
        let ownership = ownership(inputs, pair);
        let disowned =
            inputs.lineage.is_none_or(|lineage| ownership.tags(lineage).iter().any(missing));
        if (record.tags.iter().any(missing) || disowned) && inputs.lineage.is_some() {
            let origin = Some(&pair.origin);
            draft.note(NoteKind::Drift, self.address(), PairReason::TagsChanged, origin);
        }
        let surplus = record
            .tags
            .keys()
            .filter(|key| !pair.tags.contains_key(*key) && observed.tags.contains_key(*key));
        Difference {
            differ: pair.tags.iter().any(missing),
            disowned,
            surplus: surplus.cloned().collect(),
        }
    }

    /// Shows what changes of the user's tags.
    fn show(&self, difference: &Difference, draft: &mut Draft) {
        let Difference { differ, surplus, disowned: _ } = difference;
        if !differ && surplus.is_empty() {
            return;
        }
        let wanted = &self.target.pair.tags;
        let seen = |key: &String| wanted.contains_key(key) || surplus.contains(key);
        let tags = self.observed.tags.iter();
        let before: BTreeMap<_, _> = tags.filter(|(key, _)| seen(key)).collect();
        draft.changes.push(ObjectChange {
            address: self.address(),
            before: serde_json::json!({ "tags": before }),
            after: serde_json::json!({ "tags": wanted }),
        });
    }

    /// Writes down what no tag step writes down itself.
    fn record(
        &self,
        inputs: Inputs<'_>,
        difference: &Difference,
        tagged: Option<Node>,
        draft: &mut Draft,
    ) {
        let Self { target, region, record, .. } = self;
        let WantedGeneration { pair, name } = target;
        let activation = target.activation(inputs.recorded, region);
        let is_tagged = tagged.is_some() || !difference.surplus.is_empty();
        let tags_differ = record.tags != pair.tags && !is_tagged;
        if !tags_differ && record.activation == activation && record.protect == pair.protect {
            return;
        }
        let cause =
            if record.activation == activation { Cause::RecordDiffers } else { Cause::WantedAgain };
        let (tags, protect) = (pair.tags.clone(), pair.protect);
        let changed = RecordPair { tags, activation, protect, ..(*record).clone() };
        let changes = vec![Change::Pair((*region).clone(), name.clone(), changed)];
        self.add(Action::Record { changes }, cause, tagged, draft);
    }
}

fn ownership(inputs: Inputs<'_>, pair: &DesiredKeyPair) -> Ownership {
    Ownership {
        project: inputs.project.clone(),
        key_pair: pair.name.clone(),
        generation: pair.generation,
    }
}
