//! What checks belong to.

use schemars::JsonSchema;
use serde::Serialize;

/// What a check belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CheckGroup {
    /// This machine.
    Machine,
    /// What keeps the state of the project.
    Store,
    /// The state of the project.
    State,
    /// Where private keys are kept.
    PrivateKeys,
    /// Whose credentials are used.
    Account,
    /// The regions of the cloud.
    Cloud,
    /// A rehearsal on an instance.
    Rehearsal,
}

impl CheckGroup {
    /// As a title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Machine => "This machine",
            Self::Store => "What keeps the state",
            Self::State => "The state",
            Self::PrivateKeys => "The private keys",
            Self::Account => "The account",
            Self::Cloud => "The cloud",
            Self::Rehearsal => "The rehearsal",
        }
    }
}
