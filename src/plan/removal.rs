//! Pairs and keys that nobody wants any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Inputs,
    bindings::{Group, accepts},
    document::NoteKind,
    generations::Target,
    limits,
    order::{Draft, Node},
    owned::{bound_instances, observed_pair, ours},
    pairs::{PairFate, Pairs},
    reason::Reason,
    step::{Action, Cause, Expectation},
};
use crate::{
    manifest::{Desired, RemovalAction},
    model::{Address, CloudName, InstanceId, Region, VaultKey, ownership::is_ownership_tag},
    state::{Bound, Change, Facts, RecordKey, RecordPair},
};

/// Deletes the recorded pairs that nobody wants any more, once nothing is bound to them, and puts
/// their private keys aside.
pub(super) fn remove(inputs: Inputs<'_>, pairs: &Pairs, groups: &[Group], draft: &mut Draft) {
    let targets: Vec<_> = Target::all(inputs.desired).collect();
    let wanted = wanted(&targets, inputs.facts);
    let mut kept: BTreeSet<&CloudName> = wanted.iter().map(|(_, name)| *name).collect();
    let mut deletes_left = limits::of(inputs).deletes_per_run;
    let mut forgotten: BTreeSet<&CloudName> = BTreeSet::new();
    let mut removed: BTreeMap<&CloudName, (Cause, Vec<Node>)> = BTreeMap::new();
    for (region, records) in &inputs.facts.pairs {
        for (name, record) in records {
            if wanted.contains(&(region, name)) {
                continue;
            }
            let cause = match undeclared(inputs, region, name) {
                Undeclared::Protected => {
                    let address = Address::Pair(region.clone(), name.clone());
                    draft.note(NoteKind::Waiting, address, &Reason::Protected, None);
                    kept.insert(name);
                    continue;
                }
                Undeclared::Forgotten => {
                    forget_pair(inputs, (region, name, record), draft);
                    forgotten.insert(name);
                    continue;
                }
                // While the wanted generation cannot be made or used, no other one goes.
                Undeclared::Declared if !is_ready(pairs, region, record) => {
                    kept.insert(name);
                    continue;
                }
                Undeclared::Declared => Cause::Superseded,
                Undeclared::Removed => Cause::NotDeclared,
            };
            if deletes_left == Some(0) && ours(inputs, region, name).is_some() {
                let address = Address::Pair(region.clone(), name.clone());
                draft.note(NoteKind::Waiting, address, &Reason::DeleteLimit, None);
                kept.insert(name);
                continue;
            }
            match remove_pair(inputs, (region, name, record), cause.clone(), groups, draft) {
                Some(node) => {
                    let (_, nodes) = removed.entry(name).or_insert((cause, Vec::new()));
                    nodes.push(node);
                    deletes_left = deletes_left.map(|left| left.saturating_sub(1));
                }
                None => {
                    kept.insert(name);
                }
            }
        }
    }
    for (name, record) in &inputs.facts.keys {
        if kept.contains(name) {
            continue;
        }
        if forgotten.contains(name) {
            forget_key(name, record, draft);
        } else {
            let none = (Cause::NotDeclared, Vec::new());
            let (cause, after) = removed.get(name).unwrap_or(&none);
            retire(inputs, (name, record), cause, after, draft);
        }
    }
}

/// Whether the wanted generation of a recorded pair's key pair is there, or will be.
fn is_ready(pairs: &Pairs, region: &Region, record: &RecordPair) -> bool {
    let key = (region.clone(), record.key_pair.clone());
    matches!(pairs.get(&key), Some(PairFate::Ready { .. }))
}

/// Lets go of a pair: our tags go, so that nobody takes it for ours, and then its record.
fn forget_pair(
    inputs: Inputs<'_>,
    (region, name, record): (&Region, &CloudName, &RecordPair),
    draft: &mut Draft,
) {
    let address = Address::Pair(region.clone(), name.clone());
    let tags = observed_pair(inputs, region, name).map(|pair| &pair.tags);
    let own = tags.into_iter().flat_map(BTreeMap::keys).filter(|key| is_ownership_tag(key));
    let keys: Vec<_> = own.cloned().collect();
    let untagged = (!keys.is_empty() && ours(inputs, region, name).is_some()).then(|| {
        let (fingerprint, revision) = (record.fingerprint, record.revision);
        let (region, name) = (region.clone(), name.clone());
        let expectations = vec![Expectation::PairOurs {
            region: region.clone(),
            name: name.clone(),
            fingerprint,
            revision,
        }];
        draft.add(Action::UntagPair { region, name, keys }, Cause::Released, expectations, None)
    });
    let expectations =
        vec![Expectation::Revision { address: address.clone(), revision: record.revision }];
    let changes = vec![Change::Removed(address)];
    let node = draft.add(Action::Record { changes }, Cause::Released, expectations, None);
    if let Some(untagged) = untagged {
        draft.edge(untagged, node);
    }
}

/// Forgets a private key, whose file stays where it is.
fn forget_key(name: &CloudName, record: &RecordKey, draft: &mut Draft) {
    let address = Address::Key(name.clone());
    let expectations =
        vec![Expectation::Revision { address: address.clone(), revision: record.revision }];
    let changes = vec![Change::Removed(address)];
    draft.add(Action::Record { changes }, Cause::Released, expectations, None);
}

/// The pairs that stay, region by region: the wanted generations and those that are kept.
fn wanted<'a>(
    targets: &'a [Target<'a>],
    facts: &'a Facts,
) -> BTreeSet<(&'a Region, &'a CloudName)> {
    let of_region = |target: &'a Target<'a>, region: &'a Region| {
        target.names(facts, region).into_iter().flatten().map(move |name| (region, name))
    };
    targets
        .iter()
        .flat_map(|target| {
            target.pair.regions.iter().flat_map(move |region| of_region(target, region))
        })
        .collect()
}

/// What becomes of a recorded pair that no manifest declares any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undeclared {
    /// A manifest declares its key pair.
    Declared,
    /// It is unbound and deleted.
    Removed,
    /// It stays as it is, and so does what is bound to it.
    Protected,
    /// A Removal says to forget it, with all that is bound to it.
    Forgotten,
}

/// What becomes of a recorded pair, as far as its key pair's manifests say.
pub(super) fn undeclared(inputs: Inputs<'_>, region: &Region, name: &CloudName) -> Undeclared {
    let Some(record) = inputs.facts.pair(region, name) else { return Undeclared::Removed };
    let desired = inputs.desired;
    let declares = |desired: &Desired| {
        desired
            .key_pairs
            .iter()
            .any(|pair| pair.name == record.key_pair && pair.regions.contains(region))
    };
    let removal = desired.into_iter().flat_map(|desired| &desired.removals);
    let mut removal = removal.filter(|removal| removal.key_pair == record.key_pair);
    match removal.next().map(|removal| removal.action) {
        _ if desired.is_some_and(declares) => Undeclared::Declared,
        Some(RemovalAction::Forget) => Undeclared::Forgotten,
        Some(RemovalAction::Delete) => Undeclared::Removed,
        None if record.protect => Undeclared::Protected,
        None => Undeclared::Removed,
    }
}

/// The step that removes one pair, or none while something is bound to it.
fn remove_pair(
    inputs: Inputs<'_>,
    (region, name, record): (&Region, &CloudName, &RecordPair),
    cause: Cause,
    groups: &[Group],
    draft: &mut Draft,
) -> Option<Node> {
    let address = Address::Pair(region.clone(), name.clone());
    let revision = record.revision;
    if ours(inputs, region, name).is_none() {
        let cause = if observed_pair(inputs, region, name).is_some() {
            draft.note(NoteKind::Warning, address.clone(), &Reason::NotOurs, None);
            Cause::LetGo
        } else {
            Cause::Gone
        };
        let changes = vec![Change::Removed(address.clone())];
        let expectations = vec![Expectation::Revision { address, revision }];
        return Some(draft.add(Action::Record { changes }, cause, expectations, None));
    }
    let leaving: BTreeSet<_> = groups
        .iter()
        .filter(|group| group.region == *region)
        .flat_map(|group| group.leaving(name))
        .map(|id| id.to_string())
        .collect();
    let mut staying = bound_instances(inputs, region, name);
    staying.retain(|id| !leaving.contains(id));
    if !staying.is_empty() {
        draft.note(NoteKind::Waiting, address, &Reason::StillBound(staying), None);
        return None;
    }
    let pair = Bound { name: name.clone(), fingerprint: record.fingerprint };
    let using = accepting(inputs, region, &pair, groups);
    if !using.is_empty() {
        draft.note(NoteKind::Waiting, address, &Reason::StillInEffect(using), None);
        return None;
    }
    let expectations = vec![
        Expectation::PairOurs {
            region: region.clone(),
            name: name.clone(),
            fingerprint: record.fingerprint,
            revision,
        },
        Expectation::BoundNowhere { region: region.clone(), name: name.clone() },
    ];
    let action = Action::DeletePair { region: region.clone(), name: name.clone() };
    let node = draft.add(action, cause, expectations, None);
    let before = draft.leaving.get(&(region.clone(), name.clone())).cloned();
    let replaced = draft.replaced.get(&(region.clone(), record.fingerprint)).cloned();
    for gone in before.into_iter().chain(replaced).flatten() {
        draft.edge(gone, node);
    }
    Some(node)
}

/// The instances whose guests accept a pair, and go on with that: this plan does not restart them.
fn accepting(inputs: Inputs<'_>, region: &Region, pair: &Bound, groups: &[Group]) -> Vec<String> {
    let restarted: BTreeSet<&InstanceId> = groups
        .iter()
        .filter(|group| group.region == *region)
        .flat_map(|group| group.needs.iter().filter(|need| need.running))
        .map(|need| &need.id)
        .collect();
    let records = inputs.facts.instances.get(region).into_iter().flatten();
    records
        .filter(|(id, record)| {
            !restarted.contains(id) && accepts(inputs, region, (id, record), pair)
        })
        .map(|(id, _)| id.to_string())
        .collect()
}

/// Puts the private key of a pair aside that nobody wants any more. What cannot be read is not
/// known to be gone, so that its record stays.
fn retire(
    inputs: Inputs<'_>,
    (name, record): (&CloudName, &RecordKey),
    cause: &Cause,
    after: &[Node],
    draft: &mut Draft,
) {
    let fingerprint = record.fingerprint;
    let address = Address::Key(name.clone());
    let mut expectations =
        vec![Expectation::Revision { address: address.clone(), revision: record.revision }];
    let (action, cause) = match inputs.observed.vault.get(name) {
        Some(VaultKey::Present { fingerprint: held, .. }) if *held == fingerprint => {
            expectations.push(Expectation::KeyHeld { name: name.clone(), fingerprint });
            (Action::RetireKey { name: name.clone(), fingerprint }, cause.clone())
        }
        Some(VaultKey::Absent) | None => {
            (Action::Record { changes: vec![Change::Removed(address)] }, Cause::Gone)
        }
        Some(VaultKey::Present { .. }) => {
            return draft.note(NoteKind::Blocked, address, &Reason::KeyDiffers, None);
        }
        Some(VaultKey::Unusable { reason }) => {
            let reason = Reason::KeyUnusable(reason.clone());
            return draft.note(NoteKind::Blocked, address, &reason, None);
        }
    };
    let node = draft.add(action, cause, expectations, None);
    let replaced = draft.replaced.iter().filter(|((_, key), _)| *key == fingerprint);
    let replaced: BTreeSet<Node> = replaced.flat_map(|(_, nodes)| nodes).copied().collect();
    for before in replaced.into_iter().chain(after.iter().copied()) {
        draft.edge(before, node);
    }
}
