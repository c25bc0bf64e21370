//! `keyform key`: looking at private keys, taking one out, putting one back, and moving all of them.
//! The cloud is not asked.

mod error;
mod migrate;
mod row;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

pub use self::{
    error::{KeysError, KeysErrorCode},
    migrate::Migrated,
};
use super::{backends, context::Context, error::OpenError, lock::take_lock, vaults};
use crate::{
    diagnostic::Diagnostic,
    keys::PrivateKey,
    manifest::{self, Desired, DesiredKey},
    model::CloudName,
    state::Records,
    status::{HeldState, KeyRow},
    store::{HeldBy, Store},
    vault::{Stored, Vault, VaultError},
};

/// The private keys of a project.
pub struct Keys {
    context: Context,
    directory: PathBuf,
    desired: Desired,
    store: Store,
    vault: Arc<dyn Vault>,
}

/// All private keys of a project, as far as its vaults can name them.
#[derive(Clone, Debug)]
pub struct KeyList {
    /// In the order of their names.
    pub rows: Vec<KeyRow>,
    /// Whether keys that were put aside are among them: a vault of a command without `list` cannot
    /// name them.
    pub has_retired: bool,
}

impl Keys {
    /// Opens the private keys of the project in a directory; answers its warnings too.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(context: Context, directory: &Path) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let loaded = manifest::files::load_project(directory, &context.machine.trusted_hosts);
        Self::assemble(context, directory, loaded)
    }

    /// Opens the private keys of a project whose manifests are loaded.
    ///
    /// # Errors
    /// As [`Keys::open`].
    pub fn assemble(
        context: Context,
        directory: &Path,
        loaded: manifest::LoadedManifests,
    ) -> Result<(Self, Vec<Diagnostic>), OpenError> {
        let Some(desired) = loaded.desired else {
            return Err(OpenError::Manifests(loaded.diagnostics));
        };
        context.machine.admit_choices(&desired.project)?;
        let store = backends::store(&desired.project, directory, &context)?;
        let vault = vaults::vault(&desired, directory, &context)?;
        let directory = directory.to_owned();
        Ok((Self { context, directory, desired, store, vault }, loaded.diagnostics))
    }

    /// Who holds the lock of the project, if a run goes on.
    #[must_use]
    pub fn locked_by(&self) -> Option<HeldBy> {
        self.store.locked_by()
    }

    /// All keys: those of the vaults, and those that are recorded and missing. It runs the programs of
    /// vaults.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn list(&self) -> Result<KeyList, KeysError> {
        let recorded = self.recorded()?;
        match self.vault.list() {
            Ok(listed) => {
                let mut rows: Vec<_> =
                    listed.into_iter().map(|one| row::of_listed(one, &recorded)).collect();
                let is_there = |rows: &[KeyRow], name: &CloudName| {
                    rows.iter().any(|row| row.name == *name && row.state != HeldState::Retired)
                };
                for name in self.known(&recorded) {
                    if !is_there(&rows, &name) {
                        rows.extend(self.row(&name, &recorded)?);
                    }
                }
                rows.sort_by(|one, other| row::order(one).cmp(&row::order(other)));
                Ok(KeyList { rows, has_retired: true })
            }
            Err(VaultError::NoList { .. }) => {
                Ok(KeyList { rows: self.rows(&recorded)?, has_retired: false })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Looks into the vaults for each key that is recorded, or that a manifest wants: whether it is
    /// there, opens, and is the recorded one.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn check(&self) -> Result<Vec<KeyRow>, KeysError> {
        self.rows(&self.recorded()?)
    }

    /// The private key of a name, as PEM.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn get(&self, name: &CloudName) -> Result<Zeroizing<String>, KeysError> {
        let key = self.vault.get(name)?;
        let key = key.ok_or_else(|| KeysError::NotThere { name: name.clone() })?;
        Ok(key.pem())
    }

    /// Writes the private key of a name to a new file of mode 0600, durably.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn get_to(&self, name: &CloudName, file: &Path) -> Result<(), KeysError> {
        let pem = self.get(name)?;
        let written = self.context.disk.create_durable(file, pem.as_bytes());
        written.map_err(|source| KeysError::File { path: file.to_owned(), what: "written", source })
    }

    /// Keeps the private key in a file under a name, once it is known to be that of the name: the
    /// recorded one, or one of a pair that a manifest makes. Under the lock.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn put(&self, name: &CloudName, file: &Path) -> Result<Stored, KeysError> {
        let unread = |source| KeysError::File { path: file.to_owned(), what: "read", source };
        let bytes = self.context.disk.read(file).map(Zeroizing::new).map_err(unread)?;
        let unusable = |problem| KeysError::NotAKey { path: file.to_owned(), problem };
        let key = PrivateKey::from_pem(&bytes).map_err(unusable)?;
        let _lock = take_lock(&self.store, &self.context, None)?;
        let recorded = self.recorded()?;
        let found = key.public_key().fingerprint();
        match recorded.keys.get(name) {
            Some(record) if record.fingerprint != found => {
                let (name, recorded) = (name.clone(), record.fingerprint);
                return Err(KeysError::OtherKey { name, found, recorded });
            }
            Some(_) => {}
            None if self.known(&recorded).contains(name) => {}
            None => return Err(KeysError::NoSuchPair { name: name.clone() }),
        }
        Ok(self.vault.put(name, &key)?)
    }

    fn recorded(&self) -> Result<Records, KeysError> {
        Ok(self.store.load()?.map(|loaded| loaded.state.recorded).unwrap_or_default())
    }

    /// The names of the keys that are recorded, and of those that the manifests want, sorted.
    fn known(&self, recorded: &Records) -> Vec<CloudName> {
        let made = |key: &DesiredKey| !matches!(key, DesiredKey::Given(_));
        let pairs = self.desired.key_pairs.iter().filter(|pair| made(&pair.key));
        let wanted = pairs.map(|pair| pair.name_of(pair.generation));
        let mut names: Vec<_> = recorded.keys.keys().cloned().chain(wanted).collect();
        names.sort();
        names.dedup();
        names
    }

    fn rows(&self, recorded: &Records) -> Result<Vec<KeyRow>, KeysError> {
        let names = self.known(recorded);
        let rows: Result<Vec<_>, _> = names.iter().map(|name| self.row(name, recorded)).collect();
        Ok(rows?.into_iter().flatten().collect())
    }

    /// How the key of a name is; nothing if there is none and none is recorded.
    fn row(&self, name: &CloudName, recorded: &Records) -> Result<Option<KeyRow>, KeysError> {
        Ok(row::of_looked_at(name, self.vault.inspect(name)?, recorded))
    }
}
