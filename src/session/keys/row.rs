//! How a private key is, as a row of a document.

use crate::{
    model::{CloudName, Fingerprint, VaultKey},
    state::Records,
    status::{HeldState, KeyRow},
    vault::Listed,
};

/// A key that a vault has named.
pub(super) fn of_listed(listed: Listed, recorded: &Records) -> KeyRow {
    let record = recorded.keys.get(&listed.name).map(|record| record.fingerprint);
    let state = match (listed.is_retired, record) {
        (true, _) => HeldState::Retired,
        (false, None) => HeldState::Unrecorded,
        (false, Some(record)) if record == listed.fingerprint => HeldState::Held,
        (false, Some(_)) => HeldState::OtherKey,
    };
    KeyRow { name: listed.name, fingerprint: Some(listed.fingerprint), state, problem: None }
}

/// What a vault has under a name.
pub(super) fn of_looked_at(
    name: &CloudName,
    found: VaultKey,
    recorded: &Records,
) -> Option<KeyRow> {
    let record = recorded.keys.get(name).map(|record| record.fingerprint);
    let row = |fingerprint, state, problem| {
        Some(KeyRow { name: name.clone(), fingerprint, state, problem })
    };
    match found {
        VaultKey::Absent | VaultKey::NotLookedAt => {
            record.and_then(|record| row(Some(record), HeldState::Missing, None))
        }
        VaultKey::Present { exposed: Some(exposed), fingerprint, .. } => {
            row(Some(fingerprint), HeldState::Unusable, Some(exposed.to_string()))
        }
        VaultKey::Present { fingerprint, .. } => match record {
            Some(record) if record == fingerprint => row(Some(fingerprint), HeldState::Held, None),
            Some(_) => row(Some(fingerprint), HeldState::OtherKey, None),
            None => row(Some(fingerprint), HeldState::Unrecorded, None),
        },
        VaultKey::Unusable { problem } => {
            row(record, HeldState::Unusable, Some(problem.to_string()))
        }
    }
}

/// By which rows are sorted.
pub(super) fn order(row: &KeyRow) -> (&CloudName, HeldState, Option<Fingerprint>) {
    (&row.name, row.state, row.fingerprint)
}
