//! Reading the newest state.

use super::{
    Recovery, Store, StoreError, error,
    journal::{self, Part},
    listing::{JournalName, Listing},
    seen::{self, Seen},
    snapshot,
};
use crate::{
    model::RunId,
    state::{State, fold},
    visible,
};

/// A state as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedState {
    /// The newest snapshot, with the journals that continue it.
    pub state: State,
    /// Whether there were such journals: an earlier run did not come to its end.
    pub has_journals: bool,
}

/// The newest state, and how the journal ends that continues its snapshot.
#[derive(Debug)]
pub(super) struct Newest {
    pub(super) state: State,
    pub(super) journals: Vec<JournalName>,
    /// The run that wrote the parts of the journal, if it has any but a seal.
    pub(super) writer: Option<RunId>,
    /// Whether the journal is sealed, so that nothing can be added to it.
    pub(super) is_sealed: bool,
}

impl Store {
    /// Reads the newest state, or none. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// [`StoreError`] for everything that is not a whole state of this project; never "no state".
    pub fn load(&self) -> Result<Option<LoadedState>, StoreError> {
        let newest = self.newest()?;
        Ok(newest.map(|Newest { state, journals, .. }| LoadedState {
            state,
            has_journals: !journals.is_empty(),
        }))
    }

    pub(super) fn newest(&self) -> Result<Option<Newest>, StoreError> {
        let mut listing = self.list()?;
        loop {
            let error = match self.load_from(&listing) {
                Err(error) => error,
                loaded => return loaded,
            };
            // A run may have folded and cleared away what is being read.
            let now = self.list()?;
            if now == listing {
                return Err(error);
            }
            listing = now;
        }
    }

    pub(super) fn load_from(&self, listing: &Listing) -> Result<Option<Newest>, StoreError> {
        let seen = self.seen()?;
        let Some((serial, name)) = listing.newest() else { return self.without(listing, seen) };
        let state = self
            .read_snapshot(serial, name)
            .map_err(|error| error.with_recovery(self.way_out(listing)))?;
        if let Some(seen) = seen {
            self.check_seen(&state, name, &seen, listing)?;
        }
        if let Some(journal) = listing.journals.last().filter(|journal| journal.base > serial) {
            return Err(self.snapshot_missing(journal, listing));
        }
        let journals = listing.journals_of(serial).cloned().collect();
        let mut newest = Newest { state, journals, writer: None, is_sealed: false };
        self.fold_journals(&mut newest)
            .map_err(|error| error.with_recovery(Recovery::RestoreWithoutJournal(serial)))?;
        Ok(Some(newest))
    }

    pub(super) fn seen(&self) -> Result<Option<Seen>, StoreError> {
        seen::read(&*self.disk, &self.local)
    }

    /// Fails if there was a state here and there is none now. The lock of a directory lies in it, so
    /// that taking the lock would make a directory that a person is to put back.
    ///
    /// # Errors
    /// [`StoreError::Gone`], and as [`Store::load`].
    pub fn refuse_if_gone(&self) -> Result<(), StoreError> {
        let listing = self.list()?;
        match listing.newest() {
            Some(_) => Ok(()),
            None => self.without(&listing, self.seen()?).map(|_| ()),
        }
    }

    /// No snapshot is there: either there never was one, or something is wrong.
    pub(super) fn without(
        &self,
        listing: &Listing,
        seen: Option<Seen>,
    ) -> Result<Option<Newest>, StoreError> {
        if let Some(seen) = seen {
            let (place, mark) = (self.shelf.place(), seen::path(&self.local));
            return Err(StoreError::Gone { place, seen: seen.serial, mark });
        }
        match listing.journals.last() {
            Some(journal) => Err(self.snapshot_missing(journal, listing)),
            None if self.is_begun_by_hand => {
                Err(StoreError::NotBegun { place: self.shelf.place() })
            }
            None => Ok(None),
        }
    }

    /// The serial of the state that is there, or none where one can be begun.
    ///
    /// # Errors
    /// As [`Store::load`], but for [`StoreError::NotBegun`].
    pub fn serial(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.newest_if_begun()?.map(|newest| newest.state.serial))
    }

    /// The newest state, or none where one can be begun.
    pub(super) fn newest_if_begun(&self) -> Result<Option<Newest>, StoreError> {
        match self.newest() {
            Err(StoreError::NotBegun { .. }) => Ok(None),
            newest => newest,
        }
    }

    /// Holds the newest snapshot against the one that was used here before.
    fn check_seen(
        &self,
        state: &State,
        name: &str,
        seen: &Seen,
        listing: &Listing,
    ) -> Result<(), StoreError> {
        if seen.lineage != state.lineage {
            return Err(StoreError::ForeignLineage {
                place: self.place_of(name),
                found: visible::line(&state.lineage.to_string()).into_owned(),
                wanted: visible::line(&seen.lineage.to_string()).into_owned(),
                mark: seen::path(&self.local),
            });
        }
        if state.serial < seen.serial {
            return Err(StoreError::Older {
                place: self.shelf.place(),
                found: state.serial,
                seen: seen.serial,
                way_out: self.way_out(listing),
            });
        }
        Ok(())
    }

    fn snapshot_missing(&self, journal: &JournalName, listing: &Listing) -> StoreError {
        let (place, way_out) = (self.place_of(&journal.name), self.way_out(listing));
        StoreError::SnapshotMissing { place, base: journal.base, way_out }
    }

    pub(super) fn read_snapshot(&self, serial: u64, name: &str) -> Result<State, StoreError> {
        let place = self.place_of(name);
        let state = snapshot::decode(&place, &self.read(name)?)?;
        if state.serial != serial {
            let reason = format!("its name says {serial}, and its serial is {}", state.serial);
            return Err(StoreError::damaged(&place, reason));
        }
        if state.project != self.project {
            return Err(StoreError::ForeignProject {
                place,
                found: visible::line(&state.project.to_string()).into_owned(),
                wanted: self.project.to_string(),
            });
        }
        Ok(state)
    }

    /// Folds the journals into the snapshot that they continue. One without a whole line is the
    /// beginning of a run that has done nothing.
    fn fold_journals(&self, newest: &mut Newest) -> Result<(), StoreError> {
        let mut part_before = 0;
        for journal in &newest.journals {
            let place = self.place_of(&journal.name);
            if let Some(part) = journal.part {
                if part != part_before + 1 {
                    let reason = format!("part {} before it is missing", part_before + 1);
                    return Err(StoreError::damaged(&place, reason));
                }
                part_before = part;
            }
            let Some(part) = journal::decode(&place, &self.read(&journal.name)?)? else { continue };
            check_place(&place, journal, &part, newest)?;
            let Part { header, entries } = part;
            match header.digest {
                Some(digest) => {
                    newest.writer = header.run;
                    let (run, revision) = ((&*digest, header.begun), newest.state.serial + 1);
                    fold(&mut newest.state.recorded, run, &entries, revision);
                }
                None => newest.is_sealed = true,
            }
        }
        Ok(())
    }

    /// Reads a blob that was listed.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let read = self.shelf.read(name).map_err(self.failed("could not read", name))?;
        read.ok_or_else(|| StoreError::damaged(&self.place_of(name), "it is not there any more"))
    }

    pub(super) fn list(&self) -> Result<Listing, StoreError> {
        Listing::read(&*self.shelf).map_err(error::of_whole(&*self.shelf, "could not list"))
    }
}

/// Checks that a part continues this snapshot and what was read of the journal before it.
fn check_place(
    place: &str,
    journal: &JournalName,
    part: &Part,
    newest: &Newest,
) -> Result<(), StoreError> {
    let Part { header, entries } = part;
    let damaged = |reason: &str| Err(StoreError::damaged(place, reason));
    if header.lineage != newest.state.lineage || header.base != newest.state.serial {
        return damaged("it belongs to another state");
    }
    if header.part != journal.part {
        return damaged("its name says another part than its first line");
    }
    if newest.is_sealed {
        return damaged("the journal was sealed before it");
    }
    match (&header.digest, &newest.writer) {
        (None, _) if !entries.is_empty() => damaged("it is a seal, and has entries"),
        (Some(_), Some(writer)) if header.run.as_ref() != Some(writer) => {
            damaged("another run wrote the part before it")
        }
        _ => Ok(()),
    }
}
