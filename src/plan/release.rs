//! What becomes of recorded pairs that no manifest declares: protection, and letting go of them.

use super::{
    Inputs,
    generations::is_of,
    order::Draft,
    ownership::{RecordedPair, observed_pair, ours},
    step::{Action, Cause, Expectation},
};
use crate::{
    manifest::{Desired, RemovalAction},
    model::{Address, CloudName, Region, ownership::ownership_of},
    state::{Change, RecordKey},
};

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
    let Some(record) = inputs.recorded.pair(region, name) else { return Undeclared::Removed };
    let desired = inputs.desired;
    let declares = |desired: &Desired| {
        desired
            .key_pairs
            .iter()
            .any(|pair| is_of(pair, name, record) && pair.regions.contains(region))
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

/// Lets go of a pair: our tags go, so that nobody takes it for ours, and then its record.
pub(super) fn forget_pair(inputs: Inputs<'_>, pair: RecordedPair<'_>, draft: &mut Draft) {
    let RecordedPair { region, name, record } = pair;
    let address = Address::Pair(region.clone(), name.clone());
    let tags = observed_pair(inputs, region, name).map(|pair| &pair.tags);
    let keys: Vec<_> = tags.map(ownership_of).unwrap_or_default().into_keys().collect();
    let untagged = (!keys.is_empty() && ours(inputs, region, name).is_some()).then(|| {
        let ours = Expectation::pair_ours(region, name, record.fingerprint, record.revision);
        let (expectations, region, name) = (vec![ours], region.clone(), name.clone());
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
pub(super) fn forget_key(name: &CloudName, record: &RecordKey, draft: &mut Draft) {
    let address = Address::Key(name.clone());
    let expectations =
        vec![Expectation::Revision { address: address.clone(), revision: record.revision }];
    let changes = vec![Change::Removed(address)];
    draft.add(Action::Record { changes }, Cause::Released, expectations, None);
}
