//! Writing the next snapshot.

use super::{
    Created, Journal, Store, StoreError,
    create::create,
    listing::{Listing, snapshot_name},
    seen, snapshot,
};
use crate::{
    model::{Lineage, RunId, Timestamp},
    state::{Records, STATE_FORMAT, State},
};

impl Store {
    /// Makes the first snapshot of a new state.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if another run was faster; what the shelf refuses.
    pub fn create(&self, lineage: Lineage, run: &RunId) -> Result<State, StoreError> {
        let state = State {
            format: STATE_FORMAT.to_owned(),
            lineage,
            serial: 1,
            project: self.project.clone(),
            recorded: Records::default(),
        };
        self.save(&state, run)?;
        Ok(state)
    }

    /// Writes what was loaded, journals and all, as the next snapshot, if there is anything new.
    ///
    /// The journal of another run is sealed first, and read again: so whatever that run does is
    /// either in what is folded, or it meets the seal and stops.
    ///
    /// # Errors
    /// As [`Store::load`] and [`Store::create`].
    pub fn fold(&self, run: &RunId) -> Result<Option<State>, StoreError> {
        loop {
            let Some(newest) = self.newest()? else { return Ok(None) };
            if newest.journals.is_empty() {
                return Ok(Some(newest.state));
            }
            if !newest.is_sealed && newest.writer.as_ref() != Some(run) {
                self.seal(newest.state.serial, &newest.state.lineage, run)?;
                continue;
            }
            let mut state = newest.state;
            state.serial += 1;
            match self.save(&state, run) {
                // Another run has folded the same journal.
                Err(StoreError::Fenced { .. }) => {}
                saved => {
                    saved?;
                    // In their order: where a part is missing those before it are missing too.
                    let names = newest.journals.iter().map(|journal| journal.name.as_str());
                    self.warn(self.remove_all(names));
                    return Ok(Some(state));
                }
            }
        }
    }

    /// Creates the snapshot of a serial that must not exist, and clears away what is too old.
    pub(super) fn save(&self, state: &State, run: &RunId) -> Result<(), StoreError> {
        let listing = self.add(state, run)?;
        self.warn(self.prune(&listing, state.serial));
        Ok(())
    }

    /// Creates the snapshot of a serial that must not exist.
    pub(super) fn add(&self, state: &State, run: &RunId) -> Result<Listing, StoreError> {
        let name = snapshot_name(state.serial);
        let fenced = |name: &str| StoreError::Fenced { place: self.place_of(name) };
        let created = create(&*self.shelf, &name, snapshot::encode(state, run).as_bytes());
        match created.map_err(self.failed("could not write", &name))? {
            Created::New => {}
            Created::Exists => return Err(fenced(&name)),
        }
        let listing = self.list()?;
        if let Some((_, newest)) = listing.newest().filter(|(serial, _)| *serial > state.serial) {
            self.remove_all([name.as_str()])?;
            return Err(fenced(newest));
        }
        seen::write(&*self.disk, &self.local, state)?;
        Ok(listing)
    }

    /// Removes snapshots of long ago with their journals, and what dead runs left.
    fn prune(&self, listing: &Listing, serial: u64) -> Result<(), StoreError> {
        let kept = self.shelf.snapshots_kept();
        let is_old = |old: u64| old + kept <= serial;
        let snapshots = listing.snapshots.iter().filter(|(old, _)| is_old(*old));
        let journals = listing.journals.iter().filter(|journal| is_old(journal.base));
        let names = snapshots.map(|(_, name)| name).chain(journals.map(|journal| &journal.name));
        self.remove_all(names.map(String::as_str))?;
        self.shelf.clean().map_err(super::error::of_whole(&*self.shelf, "could not clean"))
    }

    pub(super) fn remove_all<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), StoreError> {
        names.into_iter().try_for_each(|name| {
            self.shelf.remove(name).map_err(self.failed("could not remove", name))
        })
    }

    /// The journal of a run that begins now and continues `state`.
    #[must_use]
    pub fn journal(&self, state: &State, digest: &str, run: &RunId, now: Timestamp) -> Journal {
        Journal::new(self.shelf.clone(), state, digest, run, now)
    }
}
