//! Keeping the index in step with the keys.

use super::{super::VaultError, BucketVault, Found, index::Index};
use crate::{keys::PublicKey, model::CloudName, objects::PutOutcome};

impl BucketVault {
    /// Writes the index of a key that is there. One that says something else is of a key that is gone.
    pub(super) fn write_index(&self, name: &CloudName, key: &PublicKey) -> Result<(), VaultError> {
        let object = self.index_of(name)?;
        let content = Index::of(name, key).written();
        if self.requests.create(&object, &content, None)? == PutOutcome::New {
            return Ok(());
        }
        if self.requests.get(&object)?.is_some_and(|there| *there == content) {
            return Ok(());
        }
        self.requests.delete(&object)?;
        let _ = self.requests.create(&object, &content, None)?;
        match self.requests.get(&object)? {
            Some(there) if *there == content => Ok(()),
            _ => Err(VaultError::ReadBack { place: self.requests.place(&object) }),
        }
    }

    pub(super) fn remove_index(&self, name: &CloudName) -> Result<(), VaultError> {
        self.requests.delete(&self.index_of(name)?)
    }

    /// Puts right what a killed run left between a key and its index.
    pub(super) fn complete_index(&self) -> Result<(), VaultError> {
        let keys = self.key_names()?;
        let indexed: Vec<_> =
            self.names(super::INDEX, super::JSON)?.into_iter().map(CloudName::new).collect();
        for name in keys.iter().filter(|name| !indexed.contains(name)) {
            if let Found::Key(key) = self.look(&self.key_of(name)?)? {
                self.write_index(name, key.public_key())?;
            }
        }
        for name in indexed.iter().filter(|name| !keys.contains(name)) {
            // A key that was put since the keys were listed has its index by right.
            if matches!(self.look(&self.key_of(name)?)?, Found::Nothing) {
                self.remove_index(name)?;
            }
        }
        Ok(())
    }
}
