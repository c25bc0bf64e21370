//! Opening a project.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Machine, Patience, Runner};
use crate::{
    cloud::Cloud,
    diagnostic::Diagnostic,
    disk::Disk,
    driver::{Clock, Retrying, StopSwitch, VirtualClock},
    ecs::Transport,
    emulator::{Local, LogError},
    keys::KeySource,
    manifest::{self, CloudChoice, Desired, Loaded},
    model::{CloudName, Timestamp},
    store::{FileStore, HeldBy},
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
    /// What holds on this machine beyond what the manifests say.
    pub machine: Machine,
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
    pub(super) directory: PathBuf,
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
    /// Credentials would be sent to a stranger.
    #[error(
        "credentials are not sent to {host}, which is no host of Alibaba Cloud; if it is yours, \
         name it in KEYFORM_TRUSTED_HOSTS"
    )]
    UntrustedHost {
        /// Which host.
        host: String,
    },
    /// Private keys would be kept where nobody says that they outlive the job (L2).
    #[error(
        "the private keys would end with this runner of CI, so nothing was done; keep them on a \
         disk that outlives it, and say so in the Project: privateKeys: {{directory: …, \
         outlivesRunner: true}}"
    )]
    KeysEndWithRunner,
    /// The real cloud is not connected in this version.
    #[error(
        "this project is about the account {account} of Alibaba Cloud, to which this version of \
         keyform does not connect yet; nothing was done. `validate` and `state` work; to try the \
         project, give it `cloud: {{emulator: {{inventory: inventory.yaml}}}}`"
    )]
    NotConnected {
        /// Which account.
        account: String,
    },
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
        let loaded = manifest::files::load_project(directory, &surroundings.machine.trusted_hosts);
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
        let Some(desired) = loaded.desired else {
            return Err(OpenError::Manifests(loaded.diagnostics));
        };
        surroundings.machine.admit(&desired.project)?;
        let inventory = match (&desired.project.cloud, loaded.inventory) {
            (CloudChoice::Emulator { .. }, Some(inventory)) => inventory,
            (CloudChoice::Emulator { .. }, None) => {
                return Err(OpenError::Manifests(loaded.diagnostics));
            }
            (CloudChoice::Alicloud { account, .. }, _) => {
                return Err(OpenError::NotConnected { account: account.clone() });
            }
        };
        let local = directory.join(LOCAL);
        let clock = surroundings.clock.clone();
        let now = Arc::new(move || clock.now());
        let disk = surroundings.disk.clone();
        let emulator = Local::open(disk.clone(), &local.join("cloud"), inventory, now)?;
        let store = store_of(disk.clone(), directory, &desired);
        let session = Self {
            transport: wrap(Arc::new(emulator)),
            vault: Vault::new(disk, surroundings.machine.private_keys(directory, &desired.project)),
            store,
            directory: directory.to_owned(),
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

    /// The directory that holds the private keys, whether it exists or not.
    #[must_use]
    pub fn private_keys(&self) -> &Path {
        self.vault.directory()
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
