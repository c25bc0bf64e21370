//! Whether a state may be moved to a place, decided by what is there: without a store.

use crate::model::{Lineage, RunId};

/// What there is in the place to which a state is to be moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ground {
    /// Nothing.
    Free,
    /// A state is on its way there.
    Arriving {
        lineage: Lineage,
        /// The serial of the marker.
        serial: u64,
        /// Which move.
        id: RunId,
    },
    /// A state was moved away from there.
    MovedAway {
        lineage: Lineage,
        /// The serial of the marker.
        serial: u64,
    },
    /// A state.
    State { lineage: Lineage, serial: u64 },
    /// Journals without their snapshot.
    Rest,
}

/// What there is in the place from which a state is to be moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) lineage: Lineage,
    /// The serial of the state.
    pub(super) serial: u64,
    /// The move by which it has left, if it has.
    pub(super) left: Option<RunId>,
}

/// How a move goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It begins, or goes on with this marker of its own in the new place.
    Go { arriving: Option<(u64, RunId)> },
    /// The state has left and has arrived: there is nothing to do.
    Done,
    /// The state has left for another place.
    Elsewhere,
    /// There is another state.
    Occupied,
}

impl Origin {
    /// Whether the state may be moved there.
    pub(super) fn verdict(&self, ground: &Ground) -> Verdict {
        match (&self.left, ground) {
            (None, Ground::Free) => Verdict::Go { arriving: None },
            (None, Ground::Arriving { lineage, serial, id }) if *lineage == self.lineage => {
                // A run has gone on since the move was interrupted: its snapshots need the name.
                let is_above = *serial > self.serial;
                Verdict::Go { arriving: is_above.then(|| (*serial, id.clone())) }
            }
            // A state that was moved away has gone on elsewhere: an older one is a copy of then.
            (None, Ground::MovedAway { lineage, serial })
                if *lineage == self.lineage && self.serial > *serial =>
            {
                Verdict::Go { arriving: None }
            }
            (None, _) => Verdict::Occupied,
            (Some(left), Ground::Arriving { serial, id, .. }) if left == id => {
                Verdict::Go { arriving: Some((*serial, id.clone())) }
            }
            (Some(_), Ground::State { lineage, serial })
                if *lineage == self.lineage && *serial > self.serial =>
            {
                Verdict::Done
            }
            (Some(_), _) => Verdict::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage(byte: u8) -> Lineage {
        Lineage::from_random([byte; 16])
    }

    fn id(byte: u8) -> RunId {
        RunId::from_random([byte; 16])
    }

    #[test]
    fn a_state_is_moved_only_where_it_can_be_the_only_one() {
        let arriving =
            |of: u8, serial, by: u8| Ground::Arriving { lineage: lineage(of), serial, id: id(by) };
        let moved = |of: u8, serial| Ground::MovedAway { lineage: lineage(of), serial };
        let state = |of: u8, serial| Ground::State { lineage: lineage(of), serial };
        let go = || Verdict::Go { arriving: None };
        let go_on = |serial, by: u8| Verdict::Go { arriving: Some((serial, id(by))) };
        // The state of lineage 1 has the serial 5; by the move 9 it may have left.
        for (left, ground, wanted) in [
            (None, Ground::Free, go()),
            (None, Ground::Rest, Verdict::Occupied),
            (None, arriving(1, 6, 3), go_on(6, 3)),
            (None, arriving(1, 5, 3), go()),
            (None, arriving(2, 6, 3), Verdict::Occupied),
            (None, moved(1, 4), go()),
            (None, moved(1, 5), Verdict::Occupied),
            (None, moved(2, 4), Verdict::Occupied),
            (None, state(1, 4), Verdict::Occupied),
            (None, state(1, 7), Verdict::Occupied),
            (None, state(2, 1), Verdict::Occupied),
            (Some(9), arriving(1, 6, 9), go_on(6, 9)),
            (Some(9), arriving(1, 6, 3), Verdict::Elsewhere),
            (Some(9), state(1, 7), Verdict::Done),
            (Some(9), state(1, 5), Verdict::Elsewhere),
            (Some(9), state(2, 7), Verdict::Elsewhere),
            (Some(9), moved(1, 4), Verdict::Elsewhere),
            (Some(9), Ground::Free, Verdict::Elsewhere),
            (Some(9), Ground::Rest, Verdict::Elsewhere),
        ] {
            let origin = Origin { lineage: lineage(1), serial: 5, left: left.map(id) };
            assert_eq!(origin.verdict(&ground), wanted, "{left:?} {ground:?}");
        }
    }
}
