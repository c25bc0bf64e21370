//! What metrics are made of.

use super::document::Status;
use crate::{
    model::Timestamp,
    plan::{KeyAge, NoteKind, Plan},
    state::{RecordRun, Records},
};

/// How a whole project is at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// Its status, without any filter.
    pub status: Status,
    /// How many objects others have changed, which a plan would set right.
    pub drifted: usize,
    /// The keys of its wanted pairs.
    pub keys: Vec<KeyAge>,
    /// Its latest run.
    pub last_run: Option<RecordRun>,
    /// The moment.
    pub at: Timestamp,
}

impl Measurement {
    /// What a plan without any restriction, its status and its records say.
    #[must_use]
    pub fn of(
        status: Status,
        plan: &Plan,
        recorded: &Records,
        keys: Vec<KeyAge>,
        at: Timestamp,
    ) -> Self {
        let drifted = plan.notes.iter().filter(|note| note.kind == NoteKind::Drift).count();
        Self { status, drifted, keys, last_run: recorded.runs.last().cloned(), at }
    }
}
