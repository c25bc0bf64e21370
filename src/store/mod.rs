//! Where states are kept. One primitive carries it: create the blob of the next name, and fail if
//! it exists. Nothing is ever overwritten (L7).
//!
//! Only the newest snapshot and the journal that continues it are the state; everything below is
//! history, and may be damaged. Restoring a snapshot of the history makes its content the newest
//! snapshot.

mod codes;
mod create;
#[cfg(feature = "http")]
mod document;
mod error;
mod history;
mod holder;
mod journal;
#[cfg(feature = "postgres")]
mod leases;
mod listing;
mod load;
mod lock;
mod marker;
mod moving;
mod save;
mod seal;
mod seen;
mod shelf;
mod snapshot;
#[cfg(feature = "postgres")]
mod tables;

#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

pub use codes::StoreErrorCode;
#[cfg(feature = "http")]
pub use document::KeptDocument;
pub use error::{Recovery, StoreError};
pub use history::{Counts, History, JournalRow, Restored, SnapshotRow};
pub use holder::{HeldBy, Holder, OtherHolder};
pub use journal::Journal;
#[cfg(feature = "postgres")]
pub use leases::{Claim, ClaimedBy, PostgresLeases};
pub use load::LoadedState;
#[cfg(feature = "http")]
pub use lock::DocumentLock;
#[cfg(feature = "postgres")]
pub use lock::PostgresLock;
pub use lock::{
    Contender, Contention, FileLock, LEASE_MIN, Lease, Lock, LockEnd, Look, Renewed, ShelfLock,
    Sight, Taken, Term, Unlocked,
};
pub use marker::Marker;
pub use moving::{MoveError, MoveErrorCode, Moved, Mover};
#[cfg(feature = "http")]
pub use shelf::DocumentShelf;
#[cfg(any(feature = "oss", feature = "s3"))]
pub use shelf::ObjectShelf;
#[cfg(feature = "postgres")]
pub use shelf::PostgresShelf;
pub use shelf::{
    Appended, Created, DiskShelf, FaultyShelf, Growing, MemoryShelf, ScratchShelf, Shelf,
    ShelfError, ShelfErrorKind, Trouble, contract, is_name,
};

use crate::{disk::Disk, model::ProjectName};

/// The states of one project.
#[derive(Debug)]
pub struct Store {
    shelf: Arc<dyn Shelf>,
    lock: Arc<dyn Lock>,
    disk: Arc<dyn Disk>,
    /// The directory of this checkout: the mark of the highest serial seen.
    local: PathBuf,
    project: ProjectName,
    /// Whether a person begins the state, so that none is an error.
    is_begun_by_hand: bool,
    warnings: Mutex<Vec<StoreError>>,
}

impl Store {
    /// The states of a project in `directory`; `local` is the checkout's `.keyform`.
    #[must_use]
    pub fn in_directory(
        disk: Arc<dyn Disk>,
        directory: PathBuf,
        local: PathBuf,
        project: ProjectName,
    ) -> Self {
        let lock = Arc::new(FileLock::new(disk.clone(), directory.clone()));
        let shelf = Arc::new(DiskShelf::new(disk.clone(), directory));
        Self::on_shelf(shelf, lock, disk, local, project)
    }

    /// The states of a project on a shelf, with its lock; `local` is the checkout's `.keyform` on `disk`.
    #[must_use]
    pub fn on_shelf(
        shelf: Arc<dyn Shelf>,
        lock: Arc<dyn Lock>,
        disk: Arc<dyn Disk>,
        local: PathBuf,
        project: ProjectName,
    ) -> Self {
        let is_begun_by_hand = false;
        Self { shelf, lock, disk, local, project, is_begun_by_hand, warnings: Mutex::default() }
    }

    /// The same store, where a missing state is an error until a person begins one: on a server a
    /// wrong address, or one to which nothing was restored yet, would look like a new project (L7).
    #[must_use]
    pub fn begun_by_hand(self) -> Self {
        Self { is_begun_by_hand: true, ..self }
    }

    /// Where the states are, without credentials.
    #[must_use]
    pub fn place(&self) -> String {
        self.shelf.place()
    }

    /// The lock of the project.
    #[must_use]
    pub fn lock(&self) -> &dyn Lock {
        &*self.lock
    }

    /// Whether there is not one file of a state.
    ///
    /// # Errors
    /// What the shelf refuses.
    pub fn is_vacant(&self) -> Result<bool, StoreError> {
        Ok(self.list()? == listing::Listing::default())
    }

    /// Who holds the lock, if a run does and that can be seen. Writes nothing and waits for no run.
    #[must_use]
    pub fn locked_by(&self) -> Option<HeldBy> {
        self.lock.held_by().ok().flatten()
    }

    /// What went wrong beside what was asked for, since the last time that this was asked: what is
    /// too old could not be cleared away. The next run clears it away.
    #[must_use]
    pub fn warnings(&self) -> Vec<StoreError> {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn warn(&self, problem: Result<(), StoreError>) {
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        warnings.extend(problem.err());
    }

    /// Where a blob is, for messages.
    fn place_of(&self, name: &str) -> String {
        shelf::place_of(&*self.shelf, name)
    }

    /// An error of the shelf as one of the store.
    fn failed(&self, what: &'static str, name: &str) -> impl FnOnce(ShelfError) -> StoreError {
        error::shelf_error(&*self.shelf, what, name)
    }
}
