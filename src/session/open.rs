//! Opening a project.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Patience, Runner};
use crate::{
    cloud::Cloud,
    diagnostic::Diagnostic,
    disk::Disk,
    driver::{Clock, Retrying, StopSwitch, VirtualClock},
    ecs::Transport,
    emulator::{Local, LogError},
    keys::KeySource,
    manifest::{self, Desired, Loaded},
    model::{CloudName, Timestamp},
    state::State,
    store::{FileStore, HeldBy, StoreError},
    vault::Vault,
};

/// Everything that a session takes from outside, so that a test can bring its own.
#[derive(Clone)]
pub struct Surroundings {
    /// Where files are.
    pub disk: Arc<dyn Disk>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where private keys come from.
    pub keys: Arc<dyn KeySource>,
    /// Sixteen random bytes for a new lineage.
    pub random: fn() -> io::Result<[u8; 16]>,
    /// How calls are run.
    pub engine: Engine,
    /// Asks a run to stop.
    pub stop: StopSwitch,
    /// A run begins nothing of which the estimated end lies beyond this.
    pub deadline: Option<Timestamp>,
    /// Who runs the program, for others that meet its lock.
    pub runner: Runner,
    /// How another run's lock is waited for.
    pub patience: Patience,
}

/// How calls are run.
#[derive(Clone, Debug)]
pub enum Engine {
    /// In so many threads.
    Threads(usize),
    /// One after the other, with a clock that jumps.
    Inline(VirtualClock),
}

/// What belongs to one checkout, in the project's directory.
const LOCAL: &str = ".keyform";

/// A project that is open.
pub struct Session {
    pub(super) surroundings: Surroundings,
    pub(super) desired: Desired,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) vault: Vault,
    pub(super) store: FileStore,
}

/// Why a project cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The manifests have problems.
    #[error("the manifests have problems")]
    Manifests(Vec<Diagnostic>),
    /// The embedded cloud cannot be opened.
    #[error("the embedded cloud cannot be opened")]
    Emulator(#[from] LogError),
}

impl Session {
    /// Opens the project in a directory; answers its warnings too.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        surroundings: Surroundings,
        directory: &Path,
    ) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let loaded = manifest::files::load_project(directory);
        Self::assemble(surroundings, directory, loaded, |transport| transport)
    }

    /// Opens a project of which the manifests are loaded. `wrap` can put something between the
    /// session and the cloud.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn assemble(
        surroundings: Surroundings,
        directory: &Path,
        loaded: Loaded,
        wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let (Some(desired), Some(inventory)) = (loaded.desired, loaded.inventory) else {
            return Err(OpenError::Manifests(loaded.diagnostics));
        };
        let local = directory.join(LOCAL);
        let clock = surroundings.clock.clone();
        let now = Arc::new(move || clock.now());
        let disk = surroundings.disk.clone();
        let emulator = Local::open(disk.clone(), &local.join("cloud"), inventory, now)?;
        let store = store_of(disk.clone(), directory, &desired);
        let session = Self {
            transport: wrap(Arc::new(emulator)),
            vault: Vault::new(disk, directory.join(&desired.project.private_keys)),
            store,
            surroundings,
            desired,
        };
        Ok((session, loaded.diagnostics))
    }

    /// What the manifests mean.
    #[must_use]
    pub fn desired(&self) -> &Desired {
        &self.desired
    }

    /// Who holds the lock of the project, if a run goes on. Writes nothing and waits for nobody.
    #[must_use]
    pub fn locked_by(&self) -> Option<HeldBy> {
        self.store.locked_by()
    }

    /// The state, with what an unfinished run has done since its snapshot.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn state(&self) -> Result<Option<State>, StoreError> {
        Ok(self.store.load()?.map(|loaded| loaded.state))
    }

    /// The file that holds the private key of a pair, whether it exists or not; `None` if no file
    /// can have such a name.
    #[must_use]
    pub fn private_key_file(&self, name: &CloudName) -> Option<PathBuf> {
        self.vault.path(name).ok()
    }

    /// The service for reading: reads are tried again.
    pub(super) fn reader(&self) -> Cloud {
        let retrying = Retrying::new(self.transport.clone(), self.surroundings.clock.clone());
        Cloud::new(Arc::new(retrying))
    }
}

/// The states of a project.
pub(super) fn store_of(disk: Arc<dyn Disk>, directory: &Path, desired: &Desired) -> FileStore {
    let project = &desired.project;
    let states = directory.join(&project.state_directory);
    FileStore::new(disk, states, directory.join(LOCAL), project.name.clone())
}
