//! Reasons why a pair that is no longer wanted stays.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ReasonCode, words::list};
use crate::model::InstanceId;

/// Why a pair that is no longer wanted stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum UnwantedReason {
    /// The project's limit of deletes is reached.
    DeleteLimit,
    /// It is protected, and no manifest declares it.
    Protected,
    /// It is still in use.
    StillBound {
        /// The instances that are bound to it.
        instances: Vec<InstanceId>,
    },
    /// It is what guests still accept.
    StillInEffect {
        /// Whose guests.
        instances: Vec<InstanceId>,
    },
    /// It is not ours any more.
    NotOurs,
}

impl UnwantedReason {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> ReasonCode {
        match self {
            Self::DeleteLimit => ReasonCode::DeleteLimit,
            Self::Protected => ReasonCode::Protected,
            Self::StillBound { .. } => ReasonCode::StillBound,
            Self::StillInEffect { .. } => ReasonCode::StillInEffect,
            Self::NotOurs => ReasonCode::NotOurs,
        }
    }
}

impl fmt::Display for UnwantedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeleteLimit => f.write_str(
                "it is no longer wanted, and `limits.deletesPerRun` of the Project leaves its \
                 deletion to a later run; apply again after this one",
            ),
            Self::Protected => f.write_str(
                "it is no longer wanted, but it is protected, so it stays; to keep it, declare it; \
                 to let go of it, write a `kind: Removal` in place of its KeyPair",
            ),
            Self::StillBound { instances } => write!(
                f,
                "it is no longer wanted, but instances are bound to it that this project does \
                 not unbind: {}; it is deleted once they are free",
                list(instances)
            ),
            Self::StillInEffect { instances } => write!(
                f,
                "it is no longer wanted, but these instances may accept its key until they have \
                 restarted: {}; it is deleted after that",
                list(instances)
            ),
            Self::NotOurs => f.write_str(
                "it is no longer wanted, and what is there now is not what keyform made; it \
                 stays untouched and is forgotten",
            ),
        }
    }
}
