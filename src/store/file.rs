//! States in a directory.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    HeldBy, Holder, Recovery, RunLock, StoreError,
    error::io_error,
    journal::{self, Journal},
    listing::{Listing, journal_name, snapshot_name},
    lock,
    seen::{self, Seen},
    snapshot,
};
use crate::{
    disk::Disk,
    model::{Lineage, ProjectName, Timestamp},
    state::{Header, JOURNAL_FORMAT, Records, STATE_FORMAT, State, fold},
    visible,
};

/// How many snapshots are kept.
pub(super) const SNAPSHOTS_KEPT: u64 = 20;

/// The states of one project in a directory.
#[derive(Debug)]
pub struct FileStore {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) directory: PathBuf,
    /// The directory of this checkout: the lock and the mark of the highest serial seen.
    pub(super) local: PathBuf,
    pub(super) project: ProjectName,
}

/// A state as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedState {
    /// The newest snapshot, with the journals that continue it.
    pub state: State,
    /// Whether there were such journals: an earlier run did not come to its end.
    pub has_journals: bool,
}

impl FileStore {
    /// The states of a project in `directory`; `local` is the checkout's `.keyform`.
    #[must_use]
    pub fn new(
        disk: Arc<dyn Disk>,
        directory: PathBuf,
        local: PathBuf,
        project: ProjectName,
    ) -> Self {
        Self { disk, directory, local, project }
    }

    /// Takes the lock of the checkout; it is free when it is dropped or its process dies.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another run has it.
    pub fn lock(&self, holder: &Holder) -> Result<RunLock, StoreError> {
        self.disk.ensure_directory(&self.local).map_err(io_error("could not make", &self.local))?;
        lock::take(&self.disk, self.lock_path(), holder)
    }

    /// Who holds the lock of the checkout, if somebody does. Writes nothing and waits for nobody.
    #[must_use]
    pub fn locked_by(&self) -> Option<HeldBy> {
        lock::held(&*self.disk, &self.lock_path())
    }

    fn lock_path(&self) -> PathBuf {
        self.local.join("lock")
    }

    /// Reads the newest state, or none. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// [`StoreError`] for everything that is not a whole state of this project; never "no state".
    pub fn load(&self) -> Result<Option<LoadedState>, StoreError> {
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

    pub(super) fn load_from(&self, listing: &Listing) -> Result<Option<LoadedState>, StoreError> {
        let seen = self.seen()?;
        let Some((serial, path)) = listing.newest() else { return self.without(listing, seen) };
        let mut state = self
            .read_snapshot(serial, path)
            .map_err(|error| error.with_recovery(self.way_out(listing)))?;
        if let Some(seen) = seen {
            self.check_seen(&state, path, &seen, listing)?;
        }
        if let Some((base, path)) = listing.journals.last().filter(|(base, _)| *base > serial) {
            return Err(self.snapshot_missing(*base, path, listing));
        }
        let mut has_journals = false;
        for path in listing.journals_of(serial) {
            has_journals = true;
            self.fold_journal(&mut state, path)
                .map_err(|error| error.with_recovery(Recovery::RestoreWithoutJournal(serial)))?;
        }
        Ok(Some(LoadedState { state, has_journals }))
    }

    pub(super) fn seen(&self) -> Result<Option<Seen>, StoreError> {
        seen::read(&*self.disk, &self.local)
    }

    /// No snapshot is there: either there never was one, or something is wrong.
    fn without(
        &self,
        listing: &Listing,
        seen: Option<Seen>,
    ) -> Result<Option<LoadedState>, StoreError> {
        if let Some(seen) = seen {
            let (path, mark) = (self.directory.clone(), seen::path(&self.local));
            return Err(StoreError::Gone { path, seen: seen.serial, mark });
        }
        match listing.journals.last() {
            Some((base, path)) => Err(self.snapshot_missing(*base, path, listing)),
            None => Ok(None),
        }
    }

    /// Holds the newest snapshot against the one that was used here before.
    fn check_seen(
        &self,
        state: &State,
        path: &Path,
        seen: &Seen,
        listing: &Listing,
    ) -> Result<(), StoreError> {
        if seen.lineage != state.lineage {
            return Err(StoreError::ForeignLineage {
                path: path.to_owned(),
                found: visible::line(&state.lineage.to_string()).into_owned(),
                wanted: visible::line(&seen.lineage.to_string()).into_owned(),
                mark: seen::path(&self.local),
            });
        }
        if state.serial < seen.serial {
            return Err(StoreError::Older {
                path: self.directory.clone(),
                found: state.serial,
                seen: seen.serial,
                way_out: self.way_out(listing),
            });
        }
        Ok(())
    }

    fn snapshot_missing(&self, base: u64, path: &Path, listing: &Listing) -> StoreError {
        let way_out = self.way_out(listing);
        StoreError::SnapshotMissing { path: path.to_owned(), base, way_out }
    }

    pub(super) fn read_snapshot(&self, serial: u64, path: &Path) -> Result<State, StoreError> {
        let bytes = self.disk.read(path).map_err(io_error("could not read", path))?;
        let state = snapshot::decode(path, &bytes)?;
        if state.serial != serial {
            let reason = format!("its name says {serial}, and its serial is {}", state.serial);
            return Err(StoreError::damaged(path, reason));
        }
        if state.project != self.project {
            return Err(StoreError::ForeignProject {
                path: path.to_owned(),
                found: visible::line(&state.project.to_string()).into_owned(),
                wanted: self.project.to_string(),
            });
        }
        Ok(state)
    }

    /// Folds a journal into the snapshot that it continues. One without a whole line is the
    /// beginning of a run that has done nothing.
    fn fold_journal(&self, state: &mut State, path: &Path) -> Result<(), StoreError> {
        let bytes = self.disk.read(path).map_err(io_error("could not read", path))?;
        let Some((header, entries)) = journal::decode(path, &bytes)? else { return Ok(()) };
        if header.lineage != state.lineage || header.base != state.serial {
            return Err(StoreError::damaged(path, "it belongs to another state"));
        }
        let run = (header.digest.as_str(), header.begun);
        fold(&mut state.recorded, run, &entries, state.serial + 1);
        Ok(())
    }

    /// Makes the first snapshot of a new state.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if another run was faster; [`StoreError::Disk`].
    pub fn create(&self, lineage: Lineage) -> Result<State, StoreError> {
        let state = State {
            format: STATE_FORMAT.to_owned(),
            lineage,
            serial: 1,
            project: self.project.clone(),
            recorded: Records::default(),
        };
        self.save(&state)?;
        Ok(state)
    }

    /// Writes what was loaded, journals and all, as the next snapshot, if there is anything new.
    ///
    /// # Errors
    /// As [`FileStore::load`] and [`FileStore::create`].
    pub fn fold(&self) -> Result<Option<State>, StoreError> {
        let Some(LoadedState { mut state, has_journals }) = self.load()? else { return Ok(None) };
        if has_journals {
            let base = state.serial;
            state.serial += 1;
            let listing = self.save(&state)?;
            listing.journals_of(base).try_for_each(|path| self.remove(path))?;
        }
        Ok(Some(state))
    }

    /// Creates the snapshot of a serial that must not exist, and clears away what is too old.
    pub(super) fn save(&self, state: &State) -> Result<Listing, StoreError> {
        let listing = self.add(state)?;
        self.prune(&listing, state.serial)?;
        Ok(listing)
    }

    /// Creates the snapshot of a serial that must not exist.
    pub(super) fn add(&self, state: &State) -> Result<Listing, StoreError> {
        let path = self.snapshot_path(state.serial);
        let fenced = |path: &Path| StoreError::Fenced { path: path.to_owned() };
        self.disk
            .ensure_directory(&self.directory)
            .map_err(io_error("could not make", &self.directory))?;
        match self.disk.create_durable(&path, snapshot::encode(state).as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(fenced(&path));
            }
            other => other.map_err(io_error("could not write", &path))?,
        }
        let listing = self.list()?;
        if let Some((_, newest)) = listing.newest().filter(|(serial, _)| *serial > state.serial) {
            self.remove(&path)?;
            return Err(fenced(newest));
        }
        seen::write(&*self.disk, &self.local, state)?;
        Ok(listing)
    }

    /// Removes snapshots of long ago with their journals, and what dead runs left.
    fn prune(&self, listing: &Listing, serial: u64) -> Result<(), StoreError> {
        let all = listing.snapshots.iter().chain(&listing.journals);
        for (_, path) in all.filter(|(old, _)| old + SNAPSHOTS_KEPT <= serial) {
            self.remove(path)?;
        }
        self.disk
            .remove_temporaries(&self.directory)
            .map_err(io_error("could not clean", &self.directory))
    }

    fn remove(&self, path: &Path) -> Result<(), StoreError> {
        self.disk.remove_durable(path).map_err(io_error("could not remove", path))
    }

    /// The journal of a run that begins now and continues `state`.
    #[must_use]
    pub fn journal(&self, state: &State, digest: &str, now: Timestamp) -> Journal {
        let header = Header {
            format: JOURNAL_FORMAT.to_owned(),
            lineage: state.lineage.clone(),
            base: state.serial,
            digest: digest.to_owned(),
            begun: Some(now),
        };
        let path = self.directory.join(journal_name(state.serial, digest));
        let next = self.snapshot_path(state.serial + 1);
        Journal::new(self.disk.clone(), path, next, header)
    }

    pub(super) fn snapshot_path(&self, serial: u64) -> PathBuf {
        self.directory.join(snapshot_name(serial))
    }

    pub(super) fn list(&self) -> Result<Listing, StoreError> {
        Listing::read(&*self.disk, &self.directory)
    }
}
