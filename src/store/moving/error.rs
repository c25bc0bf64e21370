//! Why a state was not moved.

use crate::{code::codes, store::StoreError};

/// Why a state was not moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// One of the two stores.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no state to move.
    #[error(
        "there is no state in {place}, so nothing was moved. Name with --from where the state is \
         now: its directory, or the earlier keyform.yaml"
    )]
    Nothing {
        /// Where it should be.
        place: String,
    },
    /// There is a state where it should be moved to.
    #[error(
        "there is a state in {place} already, and it is not the one that would be moved there. \
         Nothing was changed. Let the Project name a place without a state"
    )]
    Occupied {
        /// Where.
        place: String,
    },
    /// A file has arrived with another content.
    #[error(
        "{place} has another content than what was copied there, so the move stopped; the state is \
         still where it was. `keyform state doctor` checks what keeps it; then run the same command \
         again"
    )]
    ArrivedChanged {
        /// The copy.
        place: String,
    },
}

impl MoveError {
    /// Its stable code, or that of its cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code().as_str(),
            Self::Nothing { .. } => MoveErrorCode::Nothing.as_str(),
            Self::Occupied { .. } => MoveErrorCode::Occupied.as_str(),
            Self::ArrivedChanged { .. } => MoveErrorCode::ArrivedChanged.as_str(),
        }
    }
}

codes! {
    /// The code of a [`MoveError`] itself.
    pub enum MoveErrorCode {
        Nothing = "noStateToMove" {
            meaning: "There is no state in the place that `--from` names.",
            why: "A wrong path is never taken for a project without a state (L7).",
            fix: "Name the directory where the state is now, or the earlier `keyform.yaml`.",
        }
        Occupied = "stateOccupied" {
            meaning: "There is another state where the state should be moved to.",
            why: "A state is never overwritten, and two are never merged (L7).",
            fix: "Let the Project name a place without a state: another directory, database or prefix.",
        }
        ArrivedChanged = "stateArrivedChanged" {
            meaning: "A file of the state was copied, and reads back with another content.",
            why: "The state leaves its old place only when the copy was compared with it (L7).",
            fix: "Check the new place with `keyform state doctor`, and run the same command again.",
        }
    }
}
