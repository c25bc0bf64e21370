//! The history of a state: its snapshots, whole and damaged, and going back to one of them.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{FileStore, Recovery, StoreError, error::io_error, journal, listing::Listing};
use crate::{model::Lineage, state::State};

/// The snapshots of a state, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// Every serial that a file in the directory names.
    pub snapshots: Vec<SnapshotRow>,
}

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotRow {
    /// Its serial.
    pub serial: u64,
    /// Its file.
    pub file: PathBuf,
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
    /// Its file.
    pub file: PathBuf,
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
    pub left_out: Vec<PathBuf>,
}

impl FileStore {
    /// Looks at all snapshots and journals. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Disk`] if the directory cannot be listed; what is wrong with a file in it is
    /// part of the answer.
    pub fn history(&self) -> Result<History, StoreError> {
        let listing = self.list()?;
        let lineage = self.lineage(&listing);
        let newest = listing.newest().map(|(serial, _)| serial);
        let mut serials: Vec<u64> =
            listing.snapshots.iter().chain(&listing.journals).map(|(serial, _)| *serial).collect();
        serials.sort_unstable();
        serials.dedup();
        let rows = serials.into_iter().map(|serial| {
            let file = self.snapshot_path(serial);
            let read = self.restorable(&listing, serial, lineage.as_ref());
            SnapshotRow {
                serial,
                file,
                is_newest: newest == Some(serial),
                records: read.as_ref().ok().map(Counts::of),
                damage: read.err().map(|error| error.in_short()),
                journals: listing.journals_of(serial).map(|path| self.journal_row(path)).collect(),
            }
        });
        Ok(History { snapshots: rows.collect() })
    }

    fn journal_row(&self, path: &Path) -> JournalRow {
        let bytes = self.disk.read(path).map_err(io_error("could not read", path));
        let read = bytes.and_then(|bytes| journal::decode(path, &bytes));
        let (entries, damage) = match read {
            Ok(decoded) => (decoded.map_or(0, |(_, entries)| entries.len()), None),
            Err(error) => (0, Some(error.in_short())),
        };
        JournalRow { file: path.to_owned(), damage, entries }
    }

    /// Reads one snapshot of the history, without journals.
    ///
    /// # Errors
    /// [`StoreError`] if it is not there, is not whole, or is of another project or lineage.
    pub fn snapshot(&self, serial: u64) -> Result<State, StoreError> {
        let listing = self.list()?;
        let lineage = self.lineage(&listing);
        self.restorable(&listing, serial, lineage.as_ref())
    }

    /// Writes the content of a snapshot as the next one, above everything that is there and that
    /// was used here. Call it under the lock. Nothing is removed: what was the newest state is
    /// history, whole or damaged.
    ///
    /// # Errors
    /// As [`FileStore::snapshot`]; [`StoreError::Fenced`]; [`StoreError::Disk`].
    pub fn restore(&self, serial: u64) -> Result<Restored, StoreError> {
        let listing = self.list()?;
        let seen = self.seen()?.map_or(0, |seen| seen.serial);
        let mut state = self.restorable(&listing, serial, self.lineage(&listing).as_ref())?;
        let newest = listing.newest().map_or(0, |(serial, _)| serial);
        state.serial = listing.highest().max(seen) + 1;
        self.add(&state)?;
        let unfolded = listing.journals.into_iter().filter(|(base, _)| *base >= newest);
        Ok(Restored { state, left_out: unfolded.map(|(_, path)| path).collect() })
    }

    fn restorable(
        &self,
        listing: &Listing,
        serial: u64,
        lineage: Option<&Lineage>,
    ) -> Result<State, StoreError> {
        let Some(path) = listing.snapshot(serial) else {
            return Err(StoreError::NoSuchSnapshot { path: self.directory.clone(), serial });
        };
        let state = self.read_snapshot(serial, path)?;
        match lineage {
            Some(wanted) if *wanted != state.lineage => Err(StoreError::OtherLineage {
                path: path.to_owned(),
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
            .find_map(|(serial, path)| self.read_snapshot(*serial, path).ok())
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
