//! Putting a private key aside when its pair was deleted.

use std::path::{Path, PathBuf};

use super::{Found, Vault, VaultError, store::must_be};
use crate::{
    keys::PrivateKey,
    model::{CloudName, Fingerprint},
};

/// What became of a private key that was to be put aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retired {
    /// It was moved now, or a move that a crash had interrupted was finished.
    Moved,
    /// It had been moved before.
    AlreadyMoved,
    /// The vault holds it neither here nor there.
    NotHere,
}

impl Vault {
    /// Moves `DIRECTORY/<name>.pem` to `DIRECTORY/retired/<name>.<8 of SHA256>.pem`, durably, so
    /// that the name is free for another key and this one is not lost.
    ///
    /// Until the new name is durable the old one stays.
    ///
    /// # Errors
    /// [`VaultError::AnotherKey`] and [`VaultError::Unusable`] if either file is something else;
    /// nothing is ever replaced. [`VaultError::NotADirectory`],
    /// [`VaultError::WritableByOthers`] and [`VaultError::Io`].
    pub fn retire(
        &self,
        name: &CloudName,
        fingerprint: Fingerprint,
    ) -> Result<Retired, VaultError> {
        let source = self.path(name)?;
        if !self.is_directory(&self.directory)? {
            return Ok(Retired::NotHere);
        }
        let there = match self.look(&source)? {
            Found::Unusable(problem) => return Err(VaultError::Unusable { problem }),
            Found::Nothing => None,
            Found::Key(key) if key.public_key().fingerprint() == fingerprint => {
                return self.move_aside(name, &source, &key);
            }
            Found::Key(key) => Some(key.public_key().fingerprint()),
        };
        // The name is free, or has been given to another key since the move.
        if let Some(target) = self.find_retired(name, fingerprint)? {
            self.disk.sync_file(&target).map_err(VaultError::io("sync", &target))?;
            self.sync_directory(&self.retired())?;
            self.sync_directory(&self.directory)?;
            return Ok(Retired::AlreadyMoved);
        }
        match there {
            None => Ok(Retired::NotHere),
            Some(found) => {
                Err(VaultError::AnotherKey { path: source, found, expected: fingerprint })
            }
        }
    }

    fn retired(&self) -> PathBuf {
        self.directory.join("retired")
    }

    fn move_aside(
        &self,
        name: &CloudName,
        source: &Path,
        key: &PrivateKey,
    ) -> Result<Retired, VaultError> {
        let retired = self.retired();
        self.make_directory(&retired)?;
        // A person may have put the file here, and nobody may have synced it.
        self.disk.sync_file(source).map_err(VaultError::io("sync", source))?;
        let target = retired.join(format!("{name}.{}.pem", key.public_key().short_sha256()));
        match self.look(&target)? {
            Found::Nothing => {
                let moved = self.disk.move_durable(source, &target);
                moved.map_err(VaultError::io("move to the retired keys:", source))?;
            }
            found => {
                must_be(&target, &found, key)?;
                self.disk.sync_file(&target).map_err(VaultError::io("sync", &target))?;
                self.sync_directory(&retired)?;
                self.disk.remove_durable(source).map_err(VaultError::io("remove", source))?;
            }
        }
        Ok(Retired::Moved)
    }

    /// The file of a key of this name and print among the retired ones. Their names have a part of
    /// another fingerprint, so that each candidate is read.
    fn find_retired(
        &self,
        name: &CloudName,
        fingerprint: Fingerprint,
    ) -> Result<Option<PathBuf>, VaultError> {
        let retired = self.retired();
        if !self.is_directory(&retired)? {
            return Ok(None);
        }
        let files = self.disk.list(&retired).map_err(VaultError::io("list", &retired))?;
        for file in files.iter().filter(|file| is_file_of(file, name)) {
            let path = retired.join(file);
            if let Found::Key(key) = self.look(&path)?
                && key.public_key().fingerprint() == fingerprint
            {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }
}

/// Whether a file has the name `<name>.<8 of SHA256>.pem`.
fn is_file_of(file: &str, name: &CloudName) -> bool {
    let fingerprint = file
        .strip_prefix(name.as_str())
        .and_then(|rest| rest.strip_prefix('.'))
        .and_then(|rest| rest.strip_suffix(".pem"));
    fingerprint.is_some_and(|fingerprint| {
        fingerprint.len() == 8 && fingerprint.bytes().all(|b| b.is_ascii_hexdigit())
    })
}
