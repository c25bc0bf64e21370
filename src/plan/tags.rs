//! Tags and resource group of a pair that is ours.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Inputs,
    document::{NoteKind, ObjectChange},
    generations::WantedGeneration,
    groups,
    order::{Draft, Node},
    reason::PairReason,
    step::{Action, Cause, Expectation},
};
use crate::{
    manifest::DesiredKeyPair,
    model::{
        Address, ObservedPair, Ownership, Region, Tags,
        ownership::ownership_of,
        tags::{USER_TAGS_MAX, are_alike},
    },
    state::{Change, RecordPair},
};

/// How the tags of a pair differ from what is wanted.
struct Difference {
    /// Whether a tag of the manifest is missing, or has another value.
    differ: bool,
    /// Whether one by which keyform knows what it made does.
    disowned: bool,
    /// Tags that keyform has set and that the manifest does not want any more.
    surplus: Vec<String>,
    /// Whether these go before others are set.
    surplus_first: bool,
}

/// A pair of ours, as its manifest wants it, as it is recorded and as it was seen.
struct PairTags<'a> {
    target: &'a WantedGeneration<'a>,
    region: &'a Region,
    record: &'a RecordPair,
    observed: &'a ObservedPair,
    /// Whether others leave no room for the tags of the manifest.
    is_blocked: bool,
    /// The tags that it gets.
    set: Tags,
    /// What is recorded of its tags once it has them.
    recorded: &'a Tags,
}

/// Tags are set before others are removed. Where a tag that goes would clash in case with one that
/// comes, or where all of them would pass the limit of the service, it is the other way round. The
/// ownership tags are never among those that go, so that no crash leaves the pair without them.
///
/// Only tags that keyform set are removed: what others put on our pair is theirs. Where that leaves no
/// room for the tags of the manifest, they stay as they are, and the plan says why.
pub(super) fn tag_steps(
    inputs: Inputs<'_>,
    target: &WantedGeneration<'_>,
    region: &Region,
    record: &RecordPair,
    observed: &ObservedPair,
    draft: &mut Draft,
) {
    let wanted = &target.pair.tags;
    let others = others(&observed.tags, &record.tags);
    let obstacle = obstacle(wanted, &others);
    let mut set = wanted.clone();
    let mut recorded = wanted;
    if obstacle.is_some() {
        // A tag that is there can be set without a clash.
        recorded = &record.tags;
        set = recorded.clone();
        set.retain(|key, _| observed.tags.contains_key(key));
    }
    let subject = PairTags {
        target,
        region,
        record,
        observed,
        is_blocked: obstacle.is_some(),
        set,
        recorded,
    };
    if let Some(reason) = obstacle {
        draft.note(NoteKind::Blocked, subject.address(), reason, Some(&target.pair.origin));
    }
    let difference = subject.difference(inputs, draft);
    let tagged = subject.add_steps(&difference, draft);
    subject.show(&difference, draft);
    let grouped = subject.group(tagged, draft);
    subject.record(inputs, tagged, grouped, draft);
}

/// The keys of the tags of a pair that others put there, with those that an earlier run has set and
/// could not say so.
pub(super) fn others<'a>(observed: &'a Tags, ours: &Tags) -> BTreeSet<&'a String> {
    let ownership = ownership_of(observed);
    let is_other = |key: &&String| !ours.contains_key(*key) && !ownership.contains_key(*key);
    observed.keys().filter(is_other).collect()
}

/// Why a pair cannot have the wanted tags beside those of others.
pub(super) fn obstacle(wanted: &Tags, others: &BTreeSet<&String>) -> Option<PairReason> {
    let clash = wanted.keys().find_map(|key| {
        let other = others.iter().find(|other| are_alike(key, other))?;
        Some(PairReason::TagClash { key: key.clone(), other: (*other).clone() })
    });
    let more = others.iter().filter(|key| !wanted.contains_key(**key)).count();
    let fits = wanted.len() + more <= USER_TAGS_MAX;
    clash.or_else(|| (!fits).then_some(PairReason::TagsDoNotFit { others: more }))
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
        let Self { target: WantedGeneration { pair, .. }, record, observed, set, .. } = self;
        let missing = |(key, value): (&String, &String)| observed.tags.get(key) != Some(value);
        let ownership = ownership(inputs, pair);
        let disowned =
            inputs.lineage.is_none_or(|lineage| ownership.tags(lineage).iter().any(missing));
        // What others leave no room for is not set again.
        let is_set_again =
            |(key, _): &(&String, &String)| !self.is_blocked || set.contains_key(*key);
        let is_changed = record.tags.iter().filter(is_set_again).any(missing);
        if (is_changed || disowned) && inputs.lineage.is_some() {
            let origin = Some(&pair.origin);
            draft.note(NoteKind::Drift, self.address(), PairReason::TagsChanged, origin);
        }
        let keys = record.tags.keys();
        let is_surplus =
            |key: &&String| !set.contains_key(*key) && observed.tags.contains_key(*key);
        let surplus: Vec<_> = keys.filter(is_surplus).cloned().collect();
        let clashes = |gone: &String| set.keys().any(|key| are_alike(key, gone));
        let all = others(&observed.tags, set).len() + set.len();
        Difference {
            differ: set.iter().any(missing),
            disowned,
            surplus_first: all > USER_TAGS_MAX || surplus.iter().any(clashes),
            surplus,
        }
    }

    /// Adds the steps that set and remove tags, one behind the other; answers the last of them.
    fn add_steps(&self, difference: &Difference, draft: &mut Draft) -> Option<Node> {
        let Difference { differ, disowned, surplus, surplus_first } = difference;
        let WantedGeneration { pair, name } = self.target;
        let tagging = (*differ || *disowned).then(|| {
            let action = Action::TagPair {
                region: self.region.clone(),
                name: name.clone(),
                key_pair: pair.name.clone(),
                generation: pair.generation,
                tags: self.set.clone(),
            };
            let cause = if *differ { Cause::TagsDiffer } else { Cause::OwnershipMissing };
            (action, cause)
        });
        let untagging = (!surplus.is_empty()).then(|| {
            let (region, name) = (self.region.clone(), name.clone());
            (Action::UntagPair { region, name, keys: surplus.clone() }, Cause::TagsDiffer)
        });
        let steps = if *surplus_first { [untagging, tagging] } else { [tagging, untagging] };
        let add = |last, (action, cause)| Some(self.add(action, cause, last, draft));
        steps.into_iter().flatten().fold(None, add)
    }

    /// Shows what changes of the user's tags.
    fn show(&self, difference: &Difference, draft: &mut Draft) {
        let Difference { differ, surplus, disowned: _, surplus_first: _ } = difference;
        if !differ && surplus.is_empty() {
            return;
        }
        let wanted = &self.set;
        let seen = |key: &String| wanted.contains_key(key) || surplus.contains(key);
        let tags = self.observed.tags.iter();
        let before: BTreeMap<_, _> = tags.filter(|(key, _)| seen(key)).collect();
        draft.changes.push(ObjectChange {
            address: self.address(),
            before: serde_json::json!({ "tags": before }),
            after: serde_json::json!({ "tags": wanted }),
        });
    }

    /// Adds the step that puts the pair into its resource group, behind those of its tags: each of
    /// them writes down the whole record.
    fn group(&self, tagged: Option<Node>, draft: &mut Draft) -> Option<Node> {
        let Self { target, region, record, observed, .. } = self;
        let rests_on =
            Expectation::pair_ours(region, &target.name, record.fingerprint, record.revision);
        let grouped = groups::add(target, region, observed, rests_on, tagged, draft);
        let wanted = &target.pair.resource_group;
        if grouped.is_some() && record.resource_group == *wanted {
            let origin = Some(&target.pair.origin);
            draft.note(NoteKind::Drift, self.address(), PairReason::GroupChanged, origin);
        }
        grouped
    }

    /// Writes down what no other step writes down itself, behind the last of them.
    fn record(
        &self,
        inputs: Inputs<'_>,
        tagged: Option<Node>,
        grouped: Option<Node>,
        draft: &mut Draft,
    ) {
        let Self { target, region, record, recorded, .. } = self;
        let WantedGeneration { pair, name } = target;
        let activation = target.activation(inputs.recorded, region);
        let tags_differ = record.tags != **recorded && tagged.is_none();
        let group_differs = record.resource_group != pair.resource_group && grouped.is_none();
        let differs = tags_differ || group_differs || record.protect != pair.protect;
        if !differs && record.activation == activation {
            return;
        }
        let cause =
            if record.activation == activation { Cause::RecordDiffers } else { Cause::WantedAgain };
        let (tags, protect) = ((*recorded).clone(), pair.protect);
        let resource_group = pair.resource_group.clone();
        let changed = RecordPair { tags, activation, protect, resource_group, ..(*record).clone() };
        let changes = vec![Change::Pair((*region).clone(), name.clone(), changed)];
        self.add(Action::Record { changes }, cause, grouped.or(tagged), draft);
    }
}

fn ownership(inputs: Inputs<'_>, pair: &DesiredKeyPair) -> Ownership {
    Ownership {
        project: inputs.project.clone(),
        key_pair: pair.name.clone(),
        generation: pair.generation,
    }
}
