//! How a private key is, as a row of a document.

use serde::Serialize;

use crate::{
    model::{CloudName, Fingerprint, VaultKey},
    state::Records,
    vault::Listed,
};

/// How a private key is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRow {
    /// Its name in the cloud and in the vault.
    pub name: CloudName,
    /// Which key it is; that of the record, if the vault has none.
    pub fingerprint: Option<Fingerprint>,
    /// How it is.
    pub state: HeldState,
    /// What is wrong with what the vault has, if something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// How a private key is in its vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HeldState {
    /// The vault has it, and it is the recorded one.
    Held,
    /// The vault has it, and nothing is recorded of it.
    Unrecorded,
    /// It is recorded, and the vault does not have it.
    Missing,
    /// The vault has another key than the recorded one.
    OtherKey,
    /// What the vault has is no private key that can be used, or others can read it.
    Unusable,
    /// It was put aside.
    Retired,
}

impl HeldState {
    /// It in a word or two.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Unrecorded => "held, not recorded",
            Self::Missing => "missing",
            Self::OtherKey => "another key",
            Self::Unusable => "unusable",
            Self::Retired => "put aside",
        }
    }

    /// Whether a person should look at it.
    #[must_use]
    pub fn is_wrong(self) -> bool {
        matches!(self, Self::Missing | Self::OtherKey | Self::Unusable)
    }
}

impl KeyRow {
    /// A key that a vault has named.
    pub(super) fn of_listed(listed: Listed, recorded: &Records) -> Self {
        let record = recorded.keys.get(&listed.name).map(|record| record.fingerprint);
        let state = match (listed.is_retired, record) {
            (true, _) => HeldState::Retired,
            (false, None) => HeldState::Unrecorded,
            (false, Some(record)) if record == listed.fingerprint => HeldState::Held,
            (false, Some(_)) => HeldState::OtherKey,
        };
        Self { name: listed.name, fingerprint: Some(listed.fingerprint), state, problem: None }
    }

    /// What a vault has under a name.
    pub(super) fn of_looked_at(
        name: &CloudName,
        found: VaultKey,
        recorded: &Records,
    ) -> Option<Self> {
        let record = recorded.keys.get(name).map(|record| record.fingerprint);
        let row = |fingerprint, state, problem| {
            Some(Self { name: name.clone(), fingerprint, state, problem })
        };
        match found {
            VaultKey::Absent | VaultKey::NotLookedAt => {
                record.and_then(|record| row(Some(record), HeldState::Missing, None))
            }
            VaultKey::Present { exposed: Some(exposed), fingerprint, .. } => {
                row(Some(fingerprint), HeldState::Unusable, Some(exposed.to_string()))
            }
            VaultKey::Present { fingerprint, .. } => match record {
                Some(record) if record == fingerprint => {
                    row(Some(fingerprint), HeldState::Held, None)
                }
                Some(_) => row(Some(fingerprint), HeldState::OtherKey, None),
                None => row(Some(fingerprint), HeldState::Unrecorded, None),
            },
            VaultKey::Unusable { problem } => {
                row(record, HeldState::Unusable, Some(problem.to_string()))
            }
        }
    }

    /// By which rows are sorted.
    pub(super) fn order(&self) -> (&CloudName, HeldState, Option<Fingerprint>) {
        (&self.name, self.state, self.fingerprint)
    }
}
