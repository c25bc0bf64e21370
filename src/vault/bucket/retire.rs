//! Putting keys aside: a copy is created, then the index goes, then the key.

use super::{
    super::{Listed, Retired, VaultError, file_name},
    BucketVault, Found, PEM, RETIRED,
};
use crate::model::{CloudName, Fingerprint};

impl BucketVault {
    /// The object of a key that was put aside.
    pub(super) fn retired_of(
        &self,
        name: &CloudName,
        fingerprint: Fingerprint,
    ) -> Result<String, VaultError> {
        self.named(RETIRED, name, &format!(".{}{PEM}", fingerprint.hex()))
    }

    /// Puts a key aside.
    pub(super) fn put_aside(
        &self,
        name: &CloudName,
        fingerprint: Fingerprint,
    ) -> Result<Retired, VaultError> {
        let object = self.key_of(name)?;
        let aside = self.retired_of(name, fingerprint)?;
        let there = match self.look(&object)? {
            Found::Key(key) if key.public_key().fingerprint() == fingerprint => {
                self.check()?;
                self.create(&aside, &key)?;
                self.remove_index(name)?;
                self.remove_only(&object, fingerprint)?;
                return Ok(Retired::Moved);
            }
            Found::Unusable(problem) => return Err(VaultError::Unusable { problem }),
            Found::Key(key) => Some(key),
            Found::Nothing => None,
        };
        match (self.look(&aside)?, there) {
            (Found::Key(key), _) if key.public_key().fingerprint() == fingerprint => {
                Ok(Retired::AlreadyMoved)
            }
            (Found::Unusable(problem), _) => Err(VaultError::Unusable { problem }),
            (Found::Key(other), None) => Err(self.another(&aside, &other, fingerprint)),
            (_, Some(there)) => Err(self.another(&object, &there, fingerprint)),
            (Found::Nothing, None) => Ok(Retired::NotHere),
        }
    }

    /// Removes a key that is kept elsewhere now. It is looked at once more: a run that has lost its
    /// lock without noticing must not remove the key of the run after it.
    fn remove_only(&self, object: &str, fingerprint: Fingerprint) -> Result<(), VaultError> {
        match self.look(object)? {
            Found::Key(key) if key.public_key().fingerprint() == fingerprint => {
                self.requests.delete(object)
            }
            Found::Key(there) => Err(self.another(object, &there, fingerprint)),
            Found::Unusable(problem) => Err(VaultError::Unusable { problem }),
            Found::Nothing => Ok(()),
        }
    }

    /// The keys that were put aside, by the names of their objects.
    pub(super) fn listed_as_retired(&self) -> Result<Vec<Listed>, VaultError> {
        let names = self.names(RETIRED, PEM)?;
        let listed = names.iter().filter_map(|name| {
            let (name, print) = name.rsplit_once('.')?;
            let (name, fingerprint) = (CloudName::new(name), Fingerprint::parse(print)?);
            file_name::check(&name).is_ok().then_some(Listed {
                name,
                is_retired: true,
                fingerprint,
            })
        });
        Ok(listed.collect())
    }
}
