//! One vault for a project, and others for some of its pairs.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use super::{Lent, Listed, Place, Retired, Stored, Vault, VaultError};
use crate::{
    keys::PrivateKey,
    model::{CloudName, Fingerprint, VaultKey},
};

/// The vault of each pair: its own, or that of the project.
///
/// A pair has its vault with all its generations: no pair is called as a generation of another one.
#[derive(Clone, Debug)]
pub struct VaultByPair {
    project: Arc<dyn Vault>,
    /// By the name of the first generation.
    own: Vec<(CloudName, Arc<dyn Vault>)>,
}

impl VaultByPair {
    /// The vault of the project, and those of pairs by the names of their first generations.
    #[must_use]
    pub fn new(project: Arc<dyn Vault>, own: Vec<(CloudName, Arc<dyn Vault>)>) -> Self {
        Self { project, own }
    }

    /// The vault that has the key of a name.
    fn of(&self, name: &CloudName) -> &dyn Vault {
        let own = self.own.iter().find(|(pair, _)| name.is_of_pair(pair));
        own.map_or(&*self.project, |(_, vault)| &**vault)
    }

    fn all(&self) -> impl Iterator<Item = &dyn Vault> {
        std::iter::once(&*self.project).chain(self.own.iter().map(|(_, vault)| &**vault))
    }
}

impl Vault for VaultByPair {
    fn glance(&self, name: &CloudName) -> Result<VaultKey, VaultError> {
        self.of(name).glance(name)
    }

    fn inspect(&self, name: &CloudName) -> Result<VaultKey, VaultError> {
        self.of(name).inspect(name)
    }

    fn make_room(&self, name: &CloudName) -> Result<(), VaultError> {
        self.of(name).make_room(name)
    }

    fn put(&self, name: &CloudName, key: &PrivateKey) -> Result<Stored, VaultError> {
        self.of(name).put(name, key)
    }

    fn get(&self, name: &CloudName) -> Result<Option<PrivateKey>, VaultError> {
        self.of(name).get(name)
    }

    fn retire(&self, name: &CloudName, fingerprint: Fingerprint) -> Result<Retired, VaultError> {
        self.of(name).retire(name, fingerprint)
    }

    fn clean(&self) -> Result<(), VaultError> {
        self.all().try_for_each(Vault::clean)
    }

    fn lend(&self, name: &CloudName) -> Result<Option<Lent>, VaultError> {
        self.of(name).lend(name)
    }

    fn place(&self, name: &CloudName) -> Place {
        self.of(name).place(name)
    }

    fn directories(&self) -> Vec<PathBuf> {
        let all: BTreeSet<_> = self.all().flat_map(Vault::directories).collect();
        all.into_iter().collect()
    }

    /// What each vault has of its own pairs. What the others' vaults have of them is not theirs.
    fn list(&self) -> Result<Vec<Listed>, VaultError> {
        let mut listed = self.project.list()?;
        listed.retain(|one| !self.own.iter().any(|(pair, _)| one.name.is_of_pair(pair)));
        for (pair, vault) in &self.own {
            listed.extend(vault.list()?.into_iter().filter(|one| one.name.is_of_pair(pair)));
        }
        listed.sort();
        Ok(listed)
    }

    fn get_listed(&self, listed: &Listed) -> Result<PrivateKey, VaultError> {
        self.of(&listed.name).get_listed(listed)
    }

    fn mark(&self, mark: &str) -> Result<(), VaultError> {
        self.all().try_for_each(|vault| match vault.has_mark(mark)? {
            // Two pairs may have one vault.
            true => Ok(()),
            false => vault.mark(mark),
        })
    }

    fn has_mark(&self, mark: &str) -> Result<bool, VaultError> {
        for vault in self.all() {
            if vault.has_mark(mark)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn unmark(&self, mark: &str) -> Result<(), VaultError> {
        self.all().try_for_each(|vault| vault.unmark(mark))
    }

    fn give_up(&self, listed: &Listed) -> Result<(), VaultError> {
        self.of(&listed.name).give_up(listed)
    }
}
