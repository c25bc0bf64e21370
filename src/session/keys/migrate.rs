//! Moving all private keys from one vault to that which the manifests choose now.
//!
//! Each key is put, read back and compared before the old one goes. A move that was interrupted goes
//! on with the same command: what has arrived is only compared.

use std::sync::Arc;

use super::{Keys, KeysError};
use crate::{
    disk::{Disk, FileKind, TEMPORARY_SUFFIX},
    keys::PrivateKey,
    session::{
        backends,
        lock::take_lock,
        migration::{MigrationError, MigrationSource, Moving, earlier},
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
                Ok(Arc::new(backends::directory_vault(&self.context, directory)))
            }
            MigrationSource::Project { path, text } => {
                let earlier = earlier(&self.desired, path, text)?;
                if earlier.project.private_keys == self.desired.project.private_keys {
                    return Err(MigrationError::ToItself(Moving::PrivateKeys).into());
                }
                Ok(backends::vault(&earlier, &self.directory, &self.context))
            }
        }
    }

    /// Refuses a source that is also a goal: the key would be removed where it was just put. A path
    /// tells little where there are links, so that a file is looked for that only one of both has.
    fn refuse_the_same(&self, from: &dyn Vault) -> Result<(), KeysError> {
        let disk = &*self.context.disk;
        let goals = self.vault.directories();
        for source in from.directories() {
            if disk.kind(&source).ok().flatten() != Some(FileKind::Directory) {
                continue;
            }
            let unwritten =
                |cause| KeysError::File { path: source.clone(), what: "written to", source: cause };
            let number = disk.random_suffix().map_err(unwritten)?;
            let name = format!(".migrate.{number:08x}{TEMPORARY_SUFFIX}");
            disk.create_file(&source.join(&name), b"").map_err(unwritten)?;
            let is_seen = goals.iter().any(|goal| is_there(disk, &goal.join(&name)));
            disk.remove_file(&source.join(&name)).map_err(unwritten)?;
            if is_seen {
                return Err(MigrationError::ToItself(Moving::PrivateKeys).into());
            }
        }
        Ok(())
    }
}

fn is_there(disk: &dyn Disk, path: &std::path::Path) -> bool {
    matches!(disk.kind(path), Ok(Some(_)))
}
