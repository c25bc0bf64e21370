//! What stands in the place of a snapshot where no run may go on: the state was moved away from
//! here, or is on its way here.

use serde::{Deserialize, Serialize};

use crate::model::{Lineage, ProjectName, RunId, Timestamp};

/// The format of a marker of a state that was moved away.
pub(super) const MOVED_FORMAT: &str = "keyform.moved/1";
/// The format of a marker of a state that is on its way here.
pub(super) const ARRIVING_FORMAT: &str = "keyform.arriving/1";

/// A marker. It has the name of a snapshot, so that it takes part in what snapshots take part in: of
/// it and the snapshot of a run one is created, and versions that do not know it refuse its format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Marker {
    /// Which of the two it is.
    pub(super) format: String,
    /// The lineage of the state.
    pub lineage: Lineage,
    /// The serial of its own name.
    pub serial: u64,
    /// Whose state it is.
    pub project: ProjectName,
    /// Which move: its two markers have the same id.
    pub id: RunId,
    /// Where the state was moved to, or comes from; without credentials.
    pub place: String,
    /// When.
    pub at: Timestamp,
    /// The name of the user who moved it.
    pub user: String,
    /// The name of the machine.
    pub host: String,
}

impl Marker {
    /// Whether the state was moved away; else it is on its way here.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.format == MOVED_FORMAT
    }
}
