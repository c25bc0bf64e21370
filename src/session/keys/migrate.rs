//! Moving all private keys from one vault to that which the manifests choose now.
//!
//! Each key is put, read back and compared before the old one goes. A move that was interrupted goes
//! on with the same command: what has arrived is only compared.

use std::sync::Arc;

use super::{Keys, KeysError};
use crate::{
    keys::PrivateKey,
    session::{
        lock::take_lock,
        migration::{MigrationError, MigrationSource, Moving, earlier},
        vaults,
    },
    vault::{Listed, Place, Vault},
};

/// A private key that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// Which key.
    pub key: Listed,
    /// Where it is now.
    pub to: Place,
}

impl Keys {
    /// Moves all private keys of another vault into the vaults of this project, those that were put
    /// aside too. `moved` hears of each. Under the lock.
    ///
    /// # Errors
    /// [`KeysError`]; what was moved before stays moved, and nothing is lost.
    pub fn migrate(
        &self,
        source: &MigrationSource,
        moved: &mut dyn FnMut(&Migrated),
    ) -> Result<(), KeysError> {
        let _lock = take_lock(&self.store, &self.context, None)?;
        let from = self.source(source)?;
        self.refuse_the_same(&*from)?;
        let mut listed = from.list()?;
        // A key that is put aside has the name for a moment, so that it goes before the one that keeps
        // the name.
        listed.sort_by_key(|one| !one.is_retired);
        for one in listed {
            let key = from.get_listed(&one)?;
            self.receive(&one, &key)?;
            from.give_up(&one)?;
            let to = self.vault.place(&one.name);
            moved(&Migrated { key: one, to });
        }
        Ok(())
    }

    /// Keeps a key as it was kept elsewhere, and compares it.
    fn receive(&self, listed: &Listed, key: &PrivateKey) -> Result<(), KeysError> {
        if listed.is_retired {
            // A move that was interrupted may have left it under its name.
            let current = self.vault.get(&listed.name)?;
            let is_current = current.is_some_and(|there| there.public_key() == key.public_key());
            if is_current || self.vault.get_listed(listed).is_err() {
                self.vault.put(&listed.name, key)?;
                self.vault.retire(&listed.name, listed.fingerprint)?;
            }
        } else {
            self.vault.put(&listed.name, key)?;
        }
        let arrived = self.vault.get_listed(listed)?;
        if *arrived.pem() == *key.pem() {
            return Ok(());
        }
        let (place, name) = (self.vault.place(&listed.name), listed.name.clone());
        Err(KeysError::ArrivedChanged { place, name })
    }

    fn source(&self, source: &MigrationSource) -> Result<Arc<dyn Vault>, KeysError> {
        match source {
            MigrationSource::Directory(directory) => {
                let directory = directory.clone();
                Ok(Arc::new(vaults::directory_vault(&self.context, directory)))
            }
            MigrationSource::Project { path, text } => {
                let earlier = earlier(&self.desired, path, text)?;
                if earlier.project.private_keys == self.desired.project.private_keys {
                    return Err(MigrationError::ToItself(Moving::PrivateKeys).into());
                }
                let earlier = vaults::vault(&earlier, &self.directory, &self.context);
                earlier.map_err(|error| KeysError::NotOpened(Box::new(error)))
            }
        }
    }

    /// Refuses a source that is also a goal: the key would be removed where it was just put. The name
    /// of a place tells little where there are links and several names of a host, so that a mark is
    /// left in the one and looked for in the other.
    fn refuse_the_same(&self, from: &dyn Vault) -> Result<(), KeysError> {
        let number = self.context.disk.random_suffix().map_err(KeysError::NoMark)?;
        let mark = format!("{number:08x}");
        from.mark(&mark)?;
        let is_seen = self.vault.has_mark(&mark);
        from.unmark(&mark)?;
        if is_seen? {
            return Err(MigrationError::ToItself(Moving::PrivateKeys).into());
        }
        Ok(())
    }
}
