//! Keys: whether the private key of a wanted pair is there, is made, or cannot be used.

use super::{
    Inputs,
    document::NoteKind,
    generations::WantedGeneration,
    order::{Draft, Node},
    ownership::{bound_instances, is_tagged_as_ours, observed_pair, ours},
    reason::{KeyReason, PairReason, Reason},
    step::{Action, Cause, Expectation},
};
use crate::{
    manifest::{DesiredGivenKey, DesiredKey},
    model::{Address, CloudName, Fingerprint, Region, VaultKey},
    state::{Change, Intent, RecordKey},
};

/// What becomes of the key of a wanted pair.
pub(super) enum KeyFate {
    /// The vault has it; or it is recorded, and what the vault has was not looked at.
    Held { fingerprint: Fingerprint, public_key: String, was_seen: bool },
    /// A person gave its public half.
    Given(DesiredGivenKey),
    /// It is made.
    Make,
    /// The service makes it with the pair of this region.
    Create { region: Region },
    /// The pair is in use, but the vault does not have the key.
    Missing,
    /// It would be used nowhere: in every region somebody else has the pair's name.
    Unneeded,
    /// It cannot be used.
    Blocked(Reason),
}

impl KeyFate {
    /// Which key it is, unless this plan makes it or it cannot be used.
    pub(super) fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Held { fingerprint, .. } | Self::Given(DesiredGivenKey { fingerprint, .. }) => {
                Some(*fingerprint)
            }
            Self::Make
            | Self::Create { .. }
            | Self::Missing
            | Self::Unneeded
            | Self::Blocked(_) => None,
        }
    }

    /// Whether the service makes it with the pair of a region.
    pub(super) fn is_created_in(&self, wanted: &Region) -> bool {
        matches!(self, Self::Create { region } if region == wanted)
    }
}

/// Decides about the key of a wanted pair.
pub(super) fn key_fate(inputs: Inputs<'_>, target: &WantedGeneration<'_>) -> KeyFate {
    let WantedGeneration { pair, name } = target;
    if let DesiredKey::Given(given) = &pair.key {
        return match target.later_than_gone(inputs.recorded) {
            Some(later) => KeyFate::Blocked(PairReason::GenerationGone { later }.into()),
            None => KeyFate::Given(given.clone()),
        };
    }
    let recorded = inputs.recorded.keys.get(name).or_else(|| intended(inputs, name));
    match inputs.observed.vault.get(name) {
        Some(VaultKey::Present { fingerprint, public_key, was_read, .. }) => {
            if recorded.is_some_and(|record| record.fingerprint != *fingerprint) {
                return KeyFate::Blocked(KeyReason::KeyDiffers.into());
            }
            let (fingerprint, public_key) = (*fingerprint, public_key.clone());
            KeyFate::Held { fingerprint, public_key, was_seen: *was_read }
        }
        Some(VaultKey::NotLookedAt) => key_fate_unseen(inputs, target),
        Some(VaultKey::Unusable { problem }) => {
            KeyFate::Blocked(KeyReason::KeyUnusable { problem: problem.clone() }.into())
        }
        Some(VaultKey::Absent) | None => key_fate_without_key(inputs, target),
    }
}

/// Nothing is known of the vault: what is recorded holds until apply looks. Where a pair is there
/// whose key is not recorded, only a look can tell what becomes of it.
fn key_fate_unseen(inputs: Inputs<'_>, target: &WantedGeneration<'_>) -> KeyFate {
    let name = &target.name;
    if let Some(record) = inputs.recorded.keys.get(name) {
        let (fingerprint, public_key) = (record.fingerprint, record.public_key.clone());
        return KeyFate::Held { fingerprint, public_key, was_seen: false };
    }
    let is_there = |region: &Region| is_tagged_as_ours(inputs, region, name);
    if inputs.observed.regions.keys().any(is_there) {
        return KeyFate::Blocked(KeyReason::KeyNotLookedAt.into());
    }
    key_fate_without_key(inputs, target)
}

/// The vault does not have the key: is it in use somewhere?
fn key_fate_without_key(inputs: Inputs<'_>, target: &WantedGeneration<'_>) -> KeyFate {
    let WantedGeneration { pair, name } = target;
    if let Some(later) = target.later_than_gone(inputs.recorded) {
        // Without its state a project knows its pairs by their tags; with it, those it has deleted.
        let is_there = |region: &Region| is_tagged_as_ours(inputs, region, name);
        let is_lost = inputs.observed.regions.keys().any(is_there);
        let reason = if is_lost {
            PairReason::GenerationLost { later }
        } else {
            PairReason::GenerationGone { later }
        };
        return KeyFate::Blocked(reason.into());
    }
    let in_use = |region: &Region| ours(inputs, region, name).is_some();
    if inputs.observed.regions.keys().any(in_use) {
        return KeyFate::Missing;
    }
    let bound = inputs
        .observed
        .regions
        .iter()
        .filter(|(region, _)| is_tagged_as_ours(inputs, region, name))
        .flat_map(|(region, _)| bound_instances(inputs, region, name));
    let bound: Vec<_> = bound.collect();
    if !bound.is_empty() {
        return KeyFate::Blocked(KeyReason::KeyLostWhileBound { instances: bound }.into());
    }
    let can_be_made = |region: &Region| {
        observed_pair(inputs, region, name).is_none() || is_tagged_as_ours(inputs, region, name)
    };
    match &pair.key {
        DesiredKey::CreatedInCloud { order } => order
            .iter()
            .find(|region| can_be_made(region))
            .map_or(KeyFate::Unneeded, |region| KeyFate::Create { region: region.clone() }),
        _ if pair.regions.iter().any(can_be_made) => KeyFate::Make,
        _ => KeyFate::Unneeded,
    }
}

/// The key that an unfinished run was about to put into the vault.
fn intended<'a>(inputs: Inputs<'a>, name: &CloudName) -> Option<&'a RecordKey> {
    match inputs.recorded.intent_at(&Address::Key(name.clone())) {
        Some(Intent::Make(record)) => Some(record),
        _ => None,
    }
}

/// Adds what is done about the key of a wanted pair, and what people should know of it; answers the
/// step that makes it, if one does.
pub(super) fn add(
    inputs: Inputs<'_>,
    target: &WantedGeneration<'_>,
    fate: &KeyFate,
    draft: &mut Draft,
) -> Option<Node> {
    let WantedGeneration { pair, name } = target;
    let note = |draft: &mut Draft, kind: NoteKind, reason: Reason| {
        draft.note(kind, Address::Key(name.clone()), reason, Some(&pair.origin));
    };
    if !matches!(pair.key, DesiredKey::Given(_))
        && let Some(VaultKey::Present { exposed: Some(problem), .. }) =
            inputs.observed.vault.get(name)
    {
        let reason = KeyReason::KeyExposed(problem.clone());
        note(draft, NoteKind::Warning, reason.into());
    }
    match fate {
        KeyFate::Make => return Some(make(inputs, target, draft)),
        KeyFate::Held { fingerprint, public_key, .. } => {
            if !inputs.recorded.keys.contains_key(name) {
                record_key(inputs, target, *fingerprint, public_key, draft);
            }
        }
        KeyFate::Blocked(reason) => note(draft, NoteKind::Blocked, reason.clone()),
        KeyFate::Missing => note(draft, NoteKind::Warning, KeyReason::KeyMissing.into()),
        // The step that creates the pair makes its key too.
        KeyFate::Given(_) | KeyFate::Create { .. } | KeyFate::Unneeded => {}
    }
    None
}

fn make(inputs: Inputs<'_>, target: &WantedGeneration<'_>, draft: &mut Draft) -> Node {
    let WantedGeneration { pair, name } = target;
    let revision = inputs.recorded.revision(&Address::Key(name.clone()));
    let cause = if inputs.recorded.keys.contains_key(name) { Cause::Gone } else { Cause::Declared };
    let action = Action::MakeKey {
        name: name.clone(),
        key_pair: pair.name.clone(),
        generation: pair.generation,
    };
    let name_of_key = name.clone();
    let expectation = match inputs.observed.vault.get(name) {
        Some(VaultKey::NotLookedAt) => Expectation::KeyNotLookedAt { name: name_of_key, revision },
        _ => Expectation::KeyAbsent { name: name_of_key, revision },
    };
    let expectations = vec![expectation];
    draft.add(action, cause, expectations, Some(pair.origin.clone()))
}

fn record_key(
    inputs: Inputs<'_>,
    WantedGeneration { pair, name }: &WantedGeneration<'_>,
    fingerprint: Fingerprint,
    public_key: &str,
    draft: &mut Draft,
) {
    let name = name.clone();
    let revision = inputs.recorded.revision(&Address::Key(name.clone()));
    let record = RecordKey {
        key_pair: pair.name.clone(),
        generation: pair.generation,
        fingerprint,
        public_key: public_key.to_owned(),
        revision: 0,
    };
    let expectations = vec![
        Expectation::KeyHeld { name: name.clone(), fingerprint },
        Expectation::Revision { address: Address::Key(name.clone()), revision },
    ];
    let action = Action::Record { changes: vec![Change::Key(name, record)] };
    draft.add(action, Cause::Found, expectations, Some(pair.origin.clone()));
}
