//! Opening a project.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    backends::{Backends, call_timeout, connect},
    context::{Context, RightsCheck},
    error::OpenError,
};
use crate::{
    apply::Budget,
    cloud::Cloud,
    diagnostic::Diagnostic,
    driver::{Retrying, Traced},
    ecs::{CallCount, Counted, Tally, Transport},
    manifest::{self, Desired, LoadedManifests},
    model::CloudName,
    store::{HeldBy, Store, StoreError},
    vault::{Place, Vault},
    visible,
};

/// A project that is open.
pub struct Session {
    pub(super) context: Context,
    pub(super) directory: PathBuf,
    pub(super) desired: Desired,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) tally: Tally,
    pub(super) vault: Arc<dyn Vault>,
    pub(super) store: Store,
    /// The longest time that a call of the cloud may take.
    pub(super) call_timeout: Duration,
    /// How often the cloud may be called, for all that read outside of a run.
    pub(super) budget: Arc<Mutex<Budget>>,
    /// Whether an apply looks at the caller's rights first.
    pub(super) rights_check: Option<RightsCheck>,
}

impl Session {
    /// Opens the project in a directory; answers its warnings too.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(context: Context, directory: &Path) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let loaded = manifest::files::load_project(directory, &context.machine.trusted_hosts);
        if let (Some(keys), Some(desired)) = (&context.machine.private_keys, &loaded.desired) {
            let state = desired.project.state.directory().map(|state| directory.join(state));
            let overlap = state.and_then(|state| manifest::files::overlap(directory, &state, keys));
            if let Some(problem) = overlap {
                return Err(OpenError::KeysOverlap { problem });
            }
        }
        Self::assemble(context, directory, loaded, |transport| transport)
    }

    /// Opens a project of which the manifests are loaded. `wrap` can put something between the
    /// session and the cloud.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn assemble(
        context: Context,
        directory: &Path,
        loaded: LoadedManifests,
        wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let LoadedManifests { desired, inventory, diagnostics } = loaded;
        let Some(desired) = desired else {
            return Err(OpenError::Manifests(diagnostics));
        };
        let inventory = inventory.ok_or_else(|| OpenError::Manifests(diagnostics.clone()));
        let Backends { transport, store, vault, budget, ends } =
            connect(&desired, inventory, directory, &context)?;
        // A run that outlived its credentials could not bring back what it has taken down.
        let deadline = context.deadline.into_iter().chain(ends).min();
        let context = Context { deadline, ..context };
        let tally = Tally::default();
        let session = Self {
            transport: Arc::new(Counted::new(
                Traced::new(wrap(transport), context.clock.clone()),
                tally.clone(),
            )),
            tally,
            vault,
            call_timeout: call_timeout(&store),
            store,
            budget: Arc::new(Mutex::new(budget)),
            directory: directory.to_owned(),
            context,
            desired,
            rights_check: None,
        };
        Ok((session, diagnostics))
    }

    /// The same project with its state in another store.
    #[must_use]
    pub fn with_store(self, store: Store) -> Self {
        Self { call_timeout: call_timeout(&store), store, ..self }
    }

    /// The same project with its private keys in another vault.
    #[must_use]
    pub fn with_vault(self, vault: Arc<dyn Vault>) -> Self {
        Self { vault, ..self }
    }

    /// What the manifests mean.
    #[must_use]
    pub fn desired(&self) -> &Desired {
        &self.desired
    }

    /// How often the cloud was called so far, by region and operation.
    #[must_use]
    pub fn calls(&self) -> Vec<CallCount> {
        self.tally.counts()
    }

    /// Who holds the lock of the project, if a run goes on. Writes nothing and waits for nobody.
    #[must_use]
    pub fn locked_by(&self) -> Option<HeldBy> {
        self.store.locked_by()
    }

    /// What went wrong in the store beside what was asked of it, since the last time that this was
    /// asked.
    #[must_use]
    pub fn store_warnings(&self) -> Vec<StoreError> {
        self.store.warnings()
    }

    /// The directories that hold private keys as files, whether they exist or not.
    #[must_use]
    pub fn private_keys(&self) -> Vec<PathBuf> {
        self.vault.directories()
    }

    /// Where the private key of a pair is kept, for people: a file, or in a vault.
    #[must_use]
    pub fn private_key_place(&self, name: &CloudName) -> String {
        match self.vault.place(name) {
            Place::File(path) => visible::path(path.strip_prefix(".").unwrap_or(&path)),
            place @ (Place::Command { .. } | Place::Memory) => format!("in {place}"),
            place @ Place::Object { .. } => place.to_string(),
        }
    }

    /// The service for reading: reads are tried again.
    pub(super) fn reader(&self) -> Cloud {
        let clock = self.context.clock.clone();
        let retrying = Retrying::new(self.transport.clone(), clock, self.budget.clone());
        Cloud::new(Arc::new(retrying))
    }
}
