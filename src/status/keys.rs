//! The private keys of a project, as a document.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{CloudName, Fingerprint};

/// The format of the document, with its version.
pub const KEYS_FORMAT: &str = "keyform.keys/1";

/// The private keys of a project. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeysDocument {
    /// The name of this format, with its version.
    #[schemars(extend("const" = KEYS_FORMAT))]
    pub format: &'static str,
    /// The keys, by their names.
    pub keys: Vec<KeyRow>,
}

impl KeysDocument {
    /// The document of these keys.
    #[must_use]
    pub fn new(keys: Vec<KeyRow>) -> Self {
        Self { format: KEYS_FORMAT, keys }
    }
}

/// How a private key is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
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
