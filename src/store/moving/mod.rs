//! Moving a state from one store to another, with its lineage and its history.
//!
//! Four things are created, in this order: a marker in the new place, which closes it; the copies
//! below that marker; a marker in the old place, which closes that and is the moment of the move; and
//! the state itself above the marker of the new place, which opens it. So at most one of the two
//! places has a state that a run can go on from, and where none has, the same command goes on.

mod error;
mod ground;

use super::{
    Created, Marker, Store, StoreError,
    create::create,
    listing::{Listing, snapshot_name},
    marker::{ARRIVING_FORMAT, MOVED_FORMAT},
    shelf::ShelfErrorKind,
    snapshot::{self, Content},
};
use crate::{
    model::{Lineage, RunId, Timestamp},
    state::State,
};

pub use error::{MoveError, MoveErrorCode};
use ground::{Ground, Origin, Verdict};

/// Who moves a state, and when.
#[derive(Clone, Debug)]
pub struct Mover {
    /// The run that holds the locks of both places.
    pub run: RunId,
    /// The user's name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// When.
    pub at: Timestamp,
}

/// What moving a state came to.
#[derive(Debug)]
pub struct Moved {
    /// Where it was.
    pub from: String,
    /// Where it is.
    pub to: String,
    /// Its lineage.
    pub lineage: Lineage,
    /// Its serial in the new place.
    pub serial: u64,
    /// How many snapshots there are of its history.
    pub snapshots: usize,
    /// Whether an earlier run of the same command had moved it.
    pub was_moved_before: bool,
    /// What went wrong beside it: a part of the history could not be read, so that it is in the old
    /// place alone, or what is not needed any more could not be removed.
    pub warnings: Vec<StoreError>,
}

impl Store {
    /// Moves the state to another store of the same project. Call it under the locks of both;
    /// `check_locks` fails once one of them is lost. A move that was interrupted goes on.
    ///
    /// # Errors
    /// [`MoveError`]; the state is then in one of the two places, or the same command goes on.
    pub fn move_to(
        &self,
        target: &Self,
        by: &Mover,
        check_locks: &dyn Fn() -> Result<(), StoreError>,
    ) -> Result<Moved, MoveError> {
        let (state, left) = self.departing(&by.run)?;
        let id = left.as_ref().map(|marker| marker.id.clone());
        let origin = Origin { lineage: state.lineage.clone(), serial: state.serial, left: id };
        let (ground, found) = target.ground()?;
        let passage = Passage { from: self, to: target, found, by, state, check_locks };
        match (origin.verdict(&ground), left) {
            (Verdict::Occupied, _) => Err(MoveError::Occupied { place: target.place() }),
            (Verdict::Done, _) => passage.arrived_before(),
            (Verdict::Elsewhere, Some(marker)) => {
                let place = self.place_of(&snapshot_name(marker.serial));
                Err(StoreError::of_marker(place, marker).into())
            }
            (Verdict::Elsewhere, None) => Err(MoveError::Occupied { place: target.place() }),
            (Verdict::Go { arriving }, left) => passage.go(arriving, left.is_some()),
        }
    }

    /// The state that is to be moved, with the marker if it has left already. Its journal is folded
    /// and sealed, so that no other run goes on from it unseen.
    fn departing(&self, run: &RunId) -> Result<(State, Option<Marker>), MoveError> {
        if self.is_vacant()? {
            return Err(MoveError::Nothing { place: self.place() });
        }
        let listing = self.list()?;
        if let Some(marker) = self.newest_marker(&listing)?.filter(Marker::is_moved) {
            let serial = marker.serial.saturating_sub(1);
            return Ok((self.read_snapshot(serial, &snapshot_name(serial))?, Some(marker)));
        }
        loop {
            let newest = self.newest()?;
            let newest = newest.ok_or_else(|| MoveError::Nothing { place: self.place() })?;
            match newest.journals.len() {
                0 => self.seal(newest.state.serial, &newest.state.lineage, run)?,
                1 if newest.is_sealed => return Ok((newest.state, None)),
                _ => drop(self.fold(run)?),
            }
        }
    }

    /// What there is where a state is to be moved to, and the names there. The mark of this checkout
    /// says nothing of it: that is of the place where the state is now.
    fn ground(&self) -> Result<(Ground, Listing), StoreError> {
        let listing = self.list()?;
        let ground = match (listing.newest(), self.newest_marker(&listing)?) {
            (None, _) if listing.journals.is_empty() => Ground::Free,
            (None, _) => Ground::Rest,
            (Some((serial, _)), Some(Marker { lineage, id, format, .. })) => match &*format {
                MOVED_FORMAT => Ground::MovedAway { lineage, serial },
                _ => Ground::Arriving { lineage, serial, id },
            },
            (Some((serial, name)), None) => {
                let lineage = self.read_snapshot(serial, name)?.lineage;
                Ground::State { lineage, serial }
            }
        };
        Ok((ground, listing))
    }

    /// The marker that has the name of the newest snapshot, if one has.
    pub(super) fn newest_marker(&self, listing: &Listing) -> Result<Option<Marker>, StoreError> {
        let Some((_, name)) = listing.newest() else { return Ok(None) };
        self.marker(name)
    }

    /// The marker of this name, if it is one and can be read.
    fn marker(&self, name: &str) -> Result<Option<Marker>, StoreError> {
        let read = self.shelf.read(name).map_err(self.failed("could not read", name))?;
        let content = read.map(|bytes| snapshot::open(&self.place_of(name), &bytes));
        Ok(match content {
            Some(Ok(Content::Marker(marker))) => Some(marker),
            // What is wrong with a snapshot is found where it is read.
            Some(Ok(Content::State(_)) | Err(_)) | None => None,
        })
    }

    /// Creates a marker that no newer snapshot may be above.
    fn mark(&self, marker: &Marker, run: &RunId) -> Result<(), StoreError> {
        let name = snapshot_name(marker.serial);
        let text = snapshot::encode_marker(marker, run);
        let created = create(&*self.shelf, &name, text.as_bytes());
        let created = created.map_err(self.failed("could not write", &name))?;
        let fenced = |name: &str| Err(StoreError::Fenced { place: self.place_of(name) });
        match created {
            Created::Exists => return fenced(&name),
            Created::New => {}
        }
        let listing = self.list()?;
        match listing.newest().filter(|(serial, _)| *serial > marker.serial) {
            Some((_, newest)) => {
                self.remove_all([name.as_str()])?;
                fenced(newest)
            }
            None => Ok(()),
        }
    }

    /// Keeps the copy of a blob, and compares it.
    fn receive(&self, name: &str, content: &[u8]) -> Result<(), MoveError> {
        let _: Created =
            create(&*self.shelf, name, content).map_err(self.failed("could not write", name))?;
        match self.read(name)? == content {
            true => Ok(()),
            false => Err(MoveError::ArrivedChanged { place: self.place_of(name) }),
        }
    }
}

/// A move that may be done.
struct Passage<'a> {
    from: &'a Store,
    to: &'a Store,
    /// What was in the new place when this was decided.
    found: Listing,
    by: &'a Mover,
    /// The state, with its serial in the old place.
    state: State,
    check_locks: &'a dyn Fn() -> Result<(), StoreError>,
}

impl Passage<'_> {
    fn go(&self, arriving: Option<(u64, RunId)>, has_left: bool) -> Result<Moved, MoveError> {
        let Self { from, to, by, state, check_locks, .. } = self;
        let (arriving, id) = match arriving {
            Some(arriving) => arriving,
            None => self.close_target()?,
        };
        let (snapshots, mut warnings) = self.copy()?;
        check_locks()?;
        if !has_left {
            let serial = state.serial + 1;
            let moved = self.marker(MOVED_FORMAT, serial, &id, to.place());
            from.mark(&moved, &by.run)?;
        }
        check_locks()?;
        let arrived = State { serial: arriving + 1, ..state.clone() };
        to.add(&arrived, &by.run)?;
        warnings.extend(self.clear_markers().err());
        Ok(self.outcome(arrived.serial, snapshots, warnings))
    }

    /// What was moved by an earlier run of the same command.
    fn arrived_before(&self) -> Result<Moved, MoveError> {
        // The state, with all that was done since: it is held against the mark of this checkout.
        let loaded = self.to.load()?;
        let serial = loaded.map_or(self.state.serial, |loaded| loaded.state.serial);
        let warnings = self.clear_markers().err().into_iter().collect();
        let listing = self.from.list()?;
        let is_copied = |serial: &u64| *serial <= self.state.serial;
        let snapshots = listing.snapshots.iter().filter(|(serial, _)| is_copied(serial)).count();
        Ok(Moved { was_moved_before: true, ..self.outcome(serial, snapshots, warnings) })
    }

    fn outcome(&self, serial: u64, snapshots: usize, mut warnings: Vec<StoreError>) -> Moved {
        warnings.extend([self.from, self.to].into_iter().flat_map(Store::warnings));
        Moved {
            from: self.from.place(),
            to: self.to.place(),
            lineage: self.state.lineage.clone(),
            serial,
            snapshots,
            was_moved_before: false,
            warnings,
        }
    }

    fn marker(&self, format: &str, serial: u64, id: &RunId, place: String) -> Marker {
        let Mover { user, host, at, .. } = self.by.clone();
        let State { lineage, project, .. } = self.state.clone();
        Marker {
            format: format.to_owned(),
            lineage,
            serial,
            project,
            id: id.clone(),
            place,
            at,
            user,
            host,
        }
    }

    /// Closes the new place, above all that is there: what is copied below is not the state.
    fn close_target(&self) -> Result<(u64, RunId), MoveError> {
        let Self { from, to, by, state, .. } = self;
        let serial = self.found.highest().max(state.serial) + 1;
        to.mark(&self.marker(ARRIVING_FORMAT, serial, &by.run, from.place()), &by.run)?;
        let name = snapshot_name(serial);
        let mut there = to.list()?;
        there.snapshots.retain(|(_, other)| *other != name);
        if there != self.found {
            // A state has begun there after this was decided. One that begins from now on meets the
            // marker.
            to.remove_all([name.as_str()])?;
            return Err(StoreError::Fenced { place: to.place() }.into());
        }
        for (_, name) in &self.found.snapshots {
            // An earlier try of the same move: a snapshot may have its serial by now.
            if to.marker(name)?.is_some_and(|marker| !marker.is_moved()) {
                to.remove_all([name.as_str()])?;
            }
        }
        Ok((serial, by.run.clone()))
    }

    /// Copies the history and the state, byte for byte, the oldest first; answers how many snapshots
    /// there are, and what could not be read.
    fn copy(&self) -> Result<(usize, Vec<StoreError>), MoveError> {
        let listing = self.from.list()?;
        let (mut count, mut left_behind) = (0, Vec::new());
        let is_history = |base: u64| base < self.state.serial;
        let journals = listing.journals.iter().filter(|journal| is_history(journal.base));
        let snapshots = listing.snapshots.iter().filter(|(serial, _)| *serial <= self.state.serial);
        let names = journals.map(|journal| (false, &journal.name));
        for (is_snapshot, name) in names.chain(snapshots.map(|(_, name)| (true, name))) {
            if self.from.marker(name).is_ok_and(|marker| marker.is_some()) {
                continue;
            }
            match self.from.shelf.read(name) {
                Ok(Some(content)) => {
                    self.to.receive(name, &content)?;
                    count += usize::from(is_snapshot);
                }
                Ok(None) => {}
                // What is below the state may be damaged.
                Err(error) if error.kind == ShelfErrorKind::Refused && !self.is_newest(name) => {
                    left_behind.push(self.from.failed("could not read", name)(error));
                }
                Err(error) => return Err(self.from.failed("could not read", name)(error).into()),
            }
        }
        Ok((count, left_behind))
    }

    fn is_newest(&self, name: &str) -> bool {
        name == snapshot_name(self.state.serial)
    }

    /// Removes the markers of the new place, which are below the state by now.
    fn clear_markers(&self) -> Result<(), StoreError> {
        let copied = self.from.list()?;
        let is_copy =
            |serial: u64| serial <= self.state.serial && copied.snapshot(serial).is_some();
        for (serial, name) in self.to.list()?.snapshots {
            if !is_copy(serial) && self.to.marker(&name)?.is_some() {
                self.to.remove_all([name.as_str()])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
