//! The history of a project's state. It is looked at and gone back in without the cloud, of which
//! nothing has to be whole.

mod migrate;

use std::path::{Path, PathBuf};

use super::{
    backends,
    context::Context,
    error::OpenError,
    lock::{holder, new_run, take_lock},
};
use crate::{
    diagnostic::Diagnostic,
    manifest::{self, Desired},
    model::RunId,
    state::State,
    store::{HeldBy, History, Restored, Store, StoreError, Unlocked},
};

pub use migrate::StateMigrationError;

/// The states of a project.
pub struct States {
    context: Context,
    directory: PathBuf,
    desired: Desired,
    store: Store,
}

impl States {
    /// Opens the states of the project in a directory; answers its warnings too.
    ///
    /// # Errors
    /// [`OpenError::Manifests`]: they say whose states these are, and where.
    pub fn open(context: Context, directory: &Path) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let loaded = manifest::files::load_project(directory, &context.machine.trusted_hosts);
        Self::assemble(context, directory, loaded)
    }

    /// Opens the states of a project of which the manifests are loaded.
    ///
    /// # Errors
    /// As [`States::open`].
    pub fn assemble(
        context: Context,
        directory: &Path,
        loaded: manifest::LoadedManifests,
    ) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let Some(desired) = loaded.desired else {
            return Err(OpenError::Manifests(loaded.diagnostics));
        };
        let store = backends::store(&desired.project, directory, &context)?;
        let directory = directory.to_owned();
        Ok((Self { context, directory, desired, store }, loaded.diagnostics))
    }

    /// The same project with its state in another store.
    #[must_use]
    pub fn with_store(self, store: Store) -> Self {
        Self { store, ..self }
    }

    /// Who holds the lock of the project, if a run goes on.
    #[must_use]
    pub fn locked_by(&self) -> Option<HeldBy> {
        self.store.locked_by()
    }

    /// Who holds the lock of the project, if a run does; and where the lock is.
    ///
    /// # Errors
    /// [`StoreError`] if that cannot be read.
    pub fn lock(&self) -> Result<(String, Option<HeldBy>), StoreError> {
        let lock = self.store.lock();
        Ok((lock.place(), lock.held_by()?))
    }

    /// Takes the lock from the run with this id, and ends its journal: it stops before its next call.
    ///
    /// # Errors
    /// [`StoreError::FreesItself`] for a lock of the operating system, [`StoreError::NotUnlocked`] if
    /// that run does not hold it.
    pub fn unlock(&self, id: &RunId) -> Result<(), StoreError> {
        let run = new_run(&self.context)?;
        let now = self.context.clock.now();
        let by = holder(&self.context.runner, now, &run, None);
        match self.store.lock().unlock(id, &by)? {
            Unlocked::Free => self.store.seal_newest(&run),
            Unlocked::Ours(lease) => {
                let sealed = self.store.seal_newest(&run);
                let released = lease.release();
                sealed?;
                released
            }
            // That run seals it.
            Unlocked::Taken => Ok(()),
        }
    }

    /// All snapshots, whole and damaged. Takes no lock and writes nothing.
    ///
    /// # Errors
    /// As [`Store::history`].
    pub fn history(&self) -> Result<History, StoreError> {
        self.store.history()
    }

    /// The state, with what an unfinished run has done since its snapshot.
    ///
    /// # Errors
    /// As [`Store::load`].
    pub fn newest(&self) -> Result<Option<State>, StoreError> {
        Ok(self.store.load()?.map(|loaded| loaded.state))
    }

    /// One snapshot, as it was written.
    ///
    /// # Errors
    /// As [`Store::snapshot`].
    pub fn snapshot(&self, serial: u64) -> Result<State, StoreError> {
        self.store.snapshot(serial)
    }

    /// Makes the content of a snapshot the newest one, under the lock.
    ///
    /// # Errors
    /// [`StoreError::Locked`], and as [`Store::restore`].
    pub fn restore(&self, serial: u64) -> Result<Restored, StoreError> {
        // Before the lock, which lies in the directory: one that is gone is not made for it.
        self.store.snapshot(serial)?;
        let holding = take_lock(&self.store, &self.context, None)?;
        let restored = self.store.restore(serial, &holding.run)?;
        Ok(restored)
    }
}
