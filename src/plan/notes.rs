//! Rows for people, as they are thought of: what is not done, and what is worth knowing.

use super::{
    document::{Note, NoteKind},
    reason::{Reason, ReasonCode},
};
use crate::{manifest::Origin, model::Address};

/// Rows for people.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

impl Notes {
    /// Adds a row.
    pub(super) fn add(
        &mut self,
        kind: NoteKind,
        address: Address,
        reason: impl Into<Reason>,
        origin: Option<&Origin>,
    ) {
        let reason = reason.into();
        self.0.push(Note { kind, address, reason, origin: origin.cloned() });
    }

    /// Adds other rows.
    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Leaves these rows.
    pub(super) fn retain(&mut self, is_kept: impl FnMut(&Note) -> bool) {
        self.0.retain(is_kept);
    }

    /// The rows in the order in which people read them.
    pub(super) fn sorted(mut self) -> Vec<Note> {
        // One object has no two notes of one code, but where two places wish for it.
        self.0.sort_by(|one, other| order_of(one).cmp(&order_of(other)));
        self.0
    }
}

fn order_of(note: &Note) -> (NoteKind, &Address, ReasonCode, Option<&Origin>) {
    (note.kind, &note.address, note.reason.code(), note.origin.as_ref())
}
