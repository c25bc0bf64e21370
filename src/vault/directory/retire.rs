//! Putting a private key aside when its pair was deleted.

use std::path::{Path, PathBuf};

use super::super::{Place, Retired, VaultError};
use super::{Directory, Found, store::must_be};
use crate::{
    keys::PrivateKey,
    model::{CloudName, Fingerprint},
};

impl Directory {
    /// Moves `DIRECTORY/<name>.pem` to `DIRECTORY/retired/<name>.<8 of SHA256>.pem`, durably. Until
    /// the new name is durable the old one stays; nothing is ever replaced.
    pub(super) fn put_aside(
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
                let place = Place::File(source);
                Err(VaultError::AnotherKey { place, found, expected: fingerprint })
            }
        }
    }

    pub(super) fn retired(&self) -> PathBuf {
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
    retired_name(file) == Some(name.as_str())
}

/// The name of the pair in the name of a file, `<name>.<8 of SHA256>.pem`.
pub(super) fn retired_name(file: &str) -> Option<&str> {
    let (name, digits) = file.strip_suffix(".pem")?.rsplit_once('.')?;
    let is_short = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_short.then_some(name)
}
