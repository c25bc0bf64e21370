//! The history of a state: its snapshots, whole and damaged, and going back to one of them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    Recovery, Store, StoreError,
    journal::{self, Part},
    listing::{JournalName, Listing, snapshot_name},
};
use crate::{
    model::{Lineage, RunId},
    state::State,
};

/// The snapshots of a state, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// Every serial that a name on the shelf has.
    pub snapshots: Vec<SnapshotRow>,
}

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotRow {
    /// Its serial.
    pub serial: u64,
    /// Where it is.
    pub file: String,
    /// Whether it is the newest one, which is the state together with its journals.
    pub is_newest: bool,
    /// What is wrong with it; `None` if it is whole and can be restored.
    pub damage: Option<String>,
    /// What it records; `None` if it cannot be read.
    pub records: Option<Counts>,
    /// The journals of runs that continued it.
    pub journals: Vec<JournalRow>,
}

/// How many records a snapshot has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Private keys.
    pub keys: usize,
    /// Pairs.
    pub pairs: usize,
    /// Instances.
    pub instances: usize,
}

/// The journal of a run that did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalRow {
    /// Where it is; of one in parts, the first of them.
    pub file: String,
    /// What is wrong with it; `None` if it is whole.
    pub damage: Option<String>,
    /// How many entries it has, without its header; 0 if it cannot be read.
    pub entries: usize,
}

/// What restoring a snapshot came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The new state.
    pub state: State,
    /// Journals that continued the state before: what they recorded is not in the new one.
    pub left_out: Vec<String>,
}

impl Store {
    /// Looks at all snapshots and journals. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// What the shelf refuses, if it cannot be listed, [`StoreError::NotBegun`] where a person
    /// begins a state, and [`StoreError::Moved`]; what is wrong with a blob is part of the answer.
    pub fn history(&self) -> Result<History, StoreError> {
        let listing = self.list()?;
        self.refuse_if_moved(&listing)?;
        if self.is_begun_by_hand && listing.newest().is_none() && listing.journals.is_empty() {
            self.without(&listing, self.seen()?)?;
        }
        let lineage = self.lineage(&listing);
        let newest = listing.newest().map(|(serial, _)| serial);
        let snapshots = listing.snapshots.iter().map(|(serial, _)| *serial);
        let bases = listing.journals.iter().map(|journal| journal.base);
        let serials: BTreeSet<u64> = snapshots.chain(bases).collect();
        let rows = serials.into_iter().map(|serial| {
            let read = self.restorable(&listing, serial, lineage.as_ref());
            SnapshotRow {
                serial,
                file: self.place_of(&snapshot_name(serial)),
                is_newest: newest == Some(serial),
                records: read.as_ref().ok().map(Counts::of),
                damage: read.err().map(|error| error.in_short()),
                journals: self.journal_rows(&listing, serial),
            }
        });
        Ok(History { snapshots: rows.collect() })
    }

    /// A row for each journal of format 1, and one for the parts of the journal that may be there
    /// besides; none for a seal alone.
    fn journal_rows(&self, listing: &Listing, base: u64) -> Vec<JournalRow> {
        let (parts, whole): (Vec<_>, Vec<_>) =
            listing.journals_of(base).partition(|journal| journal.part.is_some());
        let whole = whole.into_iter().filter_map(|journal| self.journal_row(&[journal]));
        whole.chain(self.journal_row(&parts)).collect()
    }

    fn journal_row(&self, parts: &[&JournalName]) -> Option<JournalRow> {
        let file = self.place_of(&parts.first()?.name);
        let mut row = JournalRow { file, damage: None, entries: 0 };
        let mut is_seal_alone = true;
        for part in parts {
            let place = self.place_of(&part.name);
            let read = self.read(&part.name).and_then(|bytes| journal::decode(&place, &bytes));
            match read {
                Ok(Some(Part { header, entries })) => {
                    is_seal_alone &= header.digest.is_none();
                    row.entries += entries.len();
                }
                Ok(None) => is_seal_alone = false,
                Err(error) => {
                    let (file, damage) = (place, Some(error.in_short()));
                    return Some(JournalRow { file, damage, entries: 0 });
                }
            }
        }
        (!is_seal_alone).then_some(row)
    }

    /// Reads one snapshot of the history, without journals.
    ///
    /// # Errors
    /// [`StoreError`] if it is not there, is not whole, or is of another project or lineage.
    pub fn snapshot(&self, serial: u64) -> Result<State, StoreError> {
        let listing = self.list()?;
        self.refuse_if_moved(&listing)?;
        let lineage = self.lineage(&listing);
        self.restorable(&listing, serial, lineage.as_ref())
    }

    /// Writes the content of a snapshot as the next one, above everything that is there and that
    /// was used here. Call it under the lock. Nothing is removed: what was the newest state is
    /// history, whole or damaged. A run that still writes its journal is fenced.
    ///
    /// # Errors
    /// As [`Store::snapshot`]; [`StoreError::Fenced`]; what the shelf refuses.
    pub fn restore(&self, serial: u64, run: &RunId) -> Result<Restored, StoreError> {
        let listing = self.list()?;
        self.refuse_if_moved(&listing)?;
        let seen = self.seen()?.map_or(0, |seen| seen.serial);
        let mut state = self.restorable(&listing, serial, self.lineage(&listing).as_ref())?;
        let newest = listing.newest().map_or(0, |(serial, _)| serial);
        let unfolded: Vec<_> =
            listing.journals.iter().filter(|journal| journal.base >= newest).collect();
        let bases: BTreeSet<_> =
            unfolded.iter().map(|journal| journal.base).chain([newest]).collect();
        for base in bases {
            self.seal(base, &state.lineage, run)?;
        }
        state.serial = listing.highest().max(seen) + 1;
        self.add(&state, run)?;
        let left_out = unfolded.into_iter().filter(|journal| journal.part.is_none_or(|p| p == 1));
        Ok(Restored { state, left_out: left_out.map(|one| self.place_of(&one.name)).collect() })
    }

    /// Fails if the state was moved away, or is on its way here: what is left here is no history
    /// to go on from.
    fn refuse_if_moved(&self, listing: &Listing) -> Result<(), StoreError> {
        let Some(marker) = self.newest_marker(listing)? else { return Ok(()) };
        Err(StoreError::of_marker(self.place_of(&snapshot_name(marker.serial)), marker))
    }

    fn restorable(
        &self,
        listing: &Listing,
        serial: u64,
        lineage: Option<&Lineage>,
    ) -> Result<State, StoreError> {
        let Some(name) = listing.snapshot(serial) else {
            return Err(StoreError::NoSuchSnapshot { place: self.shelf.place(), serial });
        };
        let state = self.read_snapshot(serial, name)?;
        match lineage {
            Some(wanted) if *wanted != state.lineage => Err(StoreError::OtherLineage {
                place: self.place_of(name),
                found: state.lineage.to_string(),
                wanted: wanted.to_string(),
            }),
            _ => Ok(state),
        }
    }

    /// How to go on if the newest files are of no use: from the newest snapshot that can be
    /// restored.
    pub(super) fn way_out(&self, listing: &Listing) -> Recovery {
        let lineage = self.lineage(listing);
        let mut newest_first = listing.snapshots.iter().rev().map(|(serial, _)| *serial);
        newest_first
            .find(|serial| self.restorable(listing, *serial, lineage.as_ref()).is_ok())
            .map_or(Recovery::Backup, Recovery::Restore)
    }

    /// The lineage of the state: the one that was used here, or that of the newest whole snapshot
    /// where the mark does not tell.
    fn lineage(&self, listing: &Listing) -> Option<Lineage> {
        if let Ok(Some(seen)) = self.seen() {
            return Some(seen.lineage);
        }
        let mut newest_first = listing.snapshots.iter().rev();
        newest_first
            .find_map(|(serial, name)| self.read_snapshot(*serial, name).ok())
            .map(|state| state.lineage)
    }
}

impl Counts {
    fn of(state: &State) -> Self {
        Self {
            keys: state.recorded.keys.len(),
            pairs: state.recorded.pairs.values().map(|pairs| pairs.len()).sum(),
            instances: state.recorded.instances.values().map(|instances| instances.len()).sum(),
        }
    }
}
