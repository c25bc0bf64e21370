//! Pairs and keys that nobody wants any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Inputs,
    bindings::{DraftFleet, accepted},
    document::NoteKind,
    generations::WantedGeneration,
    order::{Draft, Node},
    ownership::{RecordedPair, bound_instances, observed_pair, ours},
    pairs::{PairFate, Pairs},
    reason::{KeyReason, UnwantedReason},
    release::{self, Undeclared, undeclared},
    scope::Scope,
    step::{Action, Cause, Expectation},
    waves::Ends,
};
use crate::{
    model::{Address, CloudName, InstanceId, Region, VaultKey},
    state::{Bound, Change, RecordKey, RecordPair, Records},
};

/// What became of the pairs under one name.
#[derive(Debug, Default)]
struct Names<'a> {
    /// Those of which a pair stays, so that their keys stay too.
    kept: BTreeSet<&'a CloudName>,
    /// Those that are let go of.
    forgotten: BTreeSet<&'a CloudName>,
    /// Those of which pairs are removed: why, and by which steps.
    removed: BTreeMap<&'a CloudName, (Cause, Vec<Node>)>,
}

/// Deletes the recorded pairs that nobody wants any more, once nothing is bound to them, and puts
/// their private keys aside.
pub(super) fn remove(
    inputs: Inputs<'_>,
    pairs: &Pairs,
    fleets: &[DraftFleet],
    ends: &Ends,
    scope: Option<&Scope<'_>>,
    draft: &mut Draft,
) {
    let targets: Vec<_> = WantedGeneration::all(inputs.desired).collect();
    let wanted = wanted(&targets, inputs.recorded);
    let mut names = Names::default();
    let mut deletes_left = inputs.limits.deletes_per_run;
    for (region, records) in &inputs.recorded.pairs {
        for (name, record) in records {
            if wanted.contains(&(region, name)) {
                continue;
            }
            let pair = RecordedPair { region, name, record };
            if undeclared(inputs, region, name) == Undeclared::Forgotten {
                release::forget_pair(inputs, pair, draft);
                names.forgotten.insert(name);
                continue;
            }
            // What is not targeted is cut from the plan, and takes nothing from the limit.
            let counts = scope.is_none_or(|scope| scope.deletes(region, name));
            let cause = cause(inputs, pairs, pair, deletes_left.filter(|_| counts), draft);
            let step = cause.and_then(|cause| {
                let node = remove_pair(inputs, pair, cause.clone(), fleets, ends, draft)?;
                Some((cause, node))
            });
            match step {
                Some((cause, node)) => {
                    names.removed.entry(name).or_insert((cause, Vec::new())).1.push(node);
                    deletes_left = deletes_left.map(|left| left.saturating_sub(counts.into()));
                }
                None => {
                    names.kept.insert(name);
                }
            }
        }
    }
    names.kept.extend(wanted.iter().map(|(_, name)| *name));
    remove_keys(inputs, &names, fleets, ends, draft);
}

/// Why a pair goes; none if it stays, which it is told where that is not plain.
fn cause(
    inputs: Inputs<'_>,
    pairs: &Pairs,
    pair: RecordedPair<'_>,
    deletes_left: Option<usize>,
    draft: &mut Draft,
) -> Option<Cause> {
    let RecordedPair { region, name, record } = pair;
    let waits = |draft: &mut Draft, reason: UnwantedReason| {
        let address = Address::Pair(region.clone(), name.clone());
        draft.note(NoteKind::Waiting, address, reason, None);
    };
    let cause = match undeclared(inputs, region, name) {
        Undeclared::Protected => {
            waits(draft, UnwantedReason::Protected);
            return None;
        }
        // While the wanted generation cannot be made or used, no other one goes.
        Undeclared::Declared if !is_ready(pairs, region, record) => return None,
        Undeclared::Declared => Cause::Superseded,
        Undeclared::Removed | Undeclared::Forgotten => Cause::NotDeclared,
    };
    if deletes_left == Some(0) && ours(inputs, region, name).is_some() {
        waits(draft, UnwantedReason::DeleteLimit);
        return None;
    }
    Some(cause)
}

/// Puts the private keys aside of which no pair stays.
fn remove_keys(
    inputs: Inputs<'_>,
    names: &Names<'_>,
    fleets: &[DraftFleet],
    ends: &Ends,
    draft: &mut Draft,
) {
    let none = (Cause::Unused, Vec::new());
    for (name, record) in &inputs.recorded.keys {
        if names.kept.contains(name) {
            continue;
        }
        if names.forgotten.contains(name) {
            release::forget_key(name, record, draft);
            continue;
        }
        // Others may have deleted a pair that guests still accept (L3).
        let key = Bound { name: name.clone(), fingerprint: record.fingerprint };
        let regions = inputs.observed.regions.keys();
        let using: Vec<_> =
            regions.flat_map(|region| accepting(inputs, region, &key, fleets)).collect();
        if using.is_empty() {
            let (cause, after) = names.removed.get(name).unwrap_or(&none);
            let replaced = ends.replaced.iter().filter(|((_, key), _)| *key == record.fingerprint);
            let replaced = replaced.flat_map(|(_, nodes)| nodes);
            let before = replaced.chain(after).copied().collect();
            retire(inputs, name, record, cause, &before, draft);
        } else {
            let address = Address::Key(name.clone());
            let reason = KeyReason::KeyStillInEffect { instances: using };
            draft.note(NoteKind::Waiting, address, reason, None);
        }
    }
}

/// Whether the wanted generation of a recorded pair's key pair is there, or will be.
fn is_ready(pairs: &Pairs, region: &Region, record: &RecordPair) -> bool {
    let key = (region.clone(), record.key_pair.clone());
    matches!(pairs.get(&key), Some(PairFate::Ready { .. }))
}

/// Whether a pair stays: it is a wanted generation, or one that is kept.
pub(super) fn is_wanted(inputs: Inputs<'_>, pair: &Address) -> bool {
    let Address::Pair(region, name) = pair else { return true };
    let targets: Vec<_> = WantedGeneration::all(inputs.desired).collect();
    wanted(&targets, inputs.recorded).contains(&(region, name))
}

/// The pairs that stay, region by region: the wanted generations and those that are kept.
fn wanted<'a>(
    targets: &'a [WantedGeneration<'a>],
    recorded: &'a Records,
) -> BTreeSet<(&'a Region, &'a CloudName)> {
    let of_region = |target: &'a WantedGeneration<'a>, region: &'a Region| {
        target.names(recorded, region).into_iter().flatten().map(move |name| (region, name))
    };
    targets
        .iter()
        .flat_map(|target| {
            target.pair.regions.iter().flat_map(move |region| of_region(target, region))
        })
        .collect()
}

/// The step that removes one pair, or none while something is bound to it.
fn remove_pair(
    inputs: Inputs<'_>,
    pair: RecordedPair<'_>,
    cause: Cause,
    fleets: &[DraftFleet],
    ends: &Ends,
    draft: &mut Draft,
) -> Option<Node> {
    let RecordedPair { region, name, record } = pair;
    let address = Address::Pair(region.clone(), name.clone());
    let revision = record.revision;
    // A pair of this name that is not ours stays; only the record goes (L6).
    if ours(inputs, region, name).is_none() {
        let cause = if observed_pair(inputs, region, name).is_some() {
            draft.note(NoteKind::Warning, address.clone(), UnwantedReason::NotOurs, None);
            Cause::LetGo
        } else {
            Cause::Gone
        };
        let changes = vec![Change::Removed(address.clone())];
        let expectations = vec![Expectation::Revision { address, revision }];
        return Some(draft.add(Action::Record { changes }, cause, expectations, None));
    }
    let leaving: BTreeSet<_> = fleets
        .iter()
        .filter(|fleet| fleet.region == *region)
        .flat_map(|fleet| fleet.leaving(name))
        .collect();
    let mut staying = bound_instances(inputs, region, name);
    staying.retain(|id| !leaving.contains(id));
    if !staying.is_empty() {
        draft.note(
            NoteKind::Waiting,
            address,
            UnwantedReason::StillBound { instances: staying },
            None,
        );
        return None;
    }
    // Bound to nothing is not enough: without a restart a guest goes on accepting the pair (R7,
    // L3).
    let pair = Bound { name: name.clone(), fingerprint: record.fingerprint };
    let using = accepting(inputs, region, &pair, fleets);
    if !using.is_empty() {
        draft.note(
            NoteKind::Waiting,
            address,
            UnwantedReason::StillInEffect { instances: using },
            None,
        );
        return None;
    }
    let expectations = vec![
        Expectation::pair_ours(region, name, record.fingerprint, revision),
        Expectation::BoundNowhere { region: region.clone(), name: name.clone() },
    ];
    let action = Action::DeletePair { region: region.clone(), name: name.clone() };
    let node = draft.add(action, cause, expectations, None);
    let left = ends.leaving.get(&(region.clone(), name.clone()));
    let replaced = ends.replaced.get(&(region.clone(), record.fingerprint));
    // Those that leave the pair in this plan go first, with the restarts that take it out of effect
    // (L3).
    for &gone in left.into_iter().chain(replaced).flatten() {
        draft.edge(gone, node);
    }
    Some(node)
}

/// The instances whose guests may accept a pair, and go on with that: this plan does not restart
/// them.
fn accepting(
    inputs: Inputs<'_>,
    region: &Region,
    pair: &Bound,
    fleets: &[DraftFleet],
) -> Vec<InstanceId> {
    let restarted: BTreeSet<&InstanceId> = fleets
        .iter()
        .filter(|fleet| fleet.region == *region)
        .flat_map(|fleet| fleet.needs.iter().filter(|need| need.running))
        .map(|need| &need.id)
        .collect();
    let recorded = inputs.recorded.instances.get(region).into_iter().flat_map(BTreeMap::keys);
    let forgotten = inputs.recorded.guests.get(region).into_iter().flat_map(BTreeMap::keys);
    let known: BTreeSet<&InstanceId> = recorded.chain(forgotten).collect();
    // What was found bound to the pair, and is rebound without a restart, may accept it as well.
    let needs =
        fleets.iter().filter(|fleet| fleet.region == *region).flat_map(|fleet| &fleet.needs);
    let found = needs.map(|need| &need.id);
    let is_accepting =
        |id: &&InstanceId| accepted(inputs, &id.in_region(region)).contains(&pair.fingerprint);
    let using: BTreeSet<_> = known.into_iter().chain(found).filter(is_accepting).collect();
    using.into_iter().filter(|id| !restarted.contains(id)).cloned().collect()
}

/// Puts the private key of a pair aside that nobody wants any more. What cannot be read is not
/// known to be gone, so that its record stays.
fn retire(
    inputs: Inputs<'_>,
    name: &CloudName,
    record: &RecordKey,
    cause: &Cause,
    before: &BTreeSet<Node>,
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
        // Apply looks before its first write.
        Some(VaultKey::NotLookedAt) => {
            expectations.push(Expectation::KeyHeld { name: name.clone(), fingerprint });
            (Action::RetireKey { name: name.clone(), fingerprint }, cause.clone())
        }
        Some(VaultKey::Absent) | None => {
            (Action::Record { changes: vec![Change::Removed(address)] }, Cause::Gone)
        }
        Some(VaultKey::Present { .. }) => {
            return draft.note(NoteKind::Blocked, address, KeyReason::KeyDiffers, None);
        }
        Some(VaultKey::Unusable { problem }) => {
            let reason = KeyReason::KeyUnusable { problem: problem.clone() };
            return draft.note(NoteKind::Blocked, address, reason, None);
        }
    };
    let node = draft.add(action, cause, expectations, None);
    for &before in before {
        draft.edge(before, node);
    }
}
