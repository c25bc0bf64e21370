//! Storing a private key, so that it outlives a crash at any later moment.

use std::{io, path::Path};

use zeroize::Zeroizing;

use super::{Found, Vault, VaultError};
use crate::{keys::PrivateKey, model::CloudName};

/// How a private key came to be in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Its file was made now.
    Created,
    /// Its file was there already; it was made durable again, because the run that made it may
    /// have died before that.
    AlreadyThere,
}

/// The bytes that a key is given room for: a PEM of 2048 bits has 1,704.
const KEY_BYTES: usize = 2048;

impl Vault {
    /// Makes sure that a key could be stored under a name now: its directory is there and can be
    /// written to, and nothing has its file. For a key that exists before it can be stored.
    ///
    /// # Errors
    /// [`VaultError::Taken`] if a key has the file, and what [`Vault::store`] would say.
    pub fn make_room(&self, name: &CloudName) -> Result<(), VaultError> {
        let path = self.path(name)?;
        self.make_directory(&self.directory)?;
        match self.look(&path)? {
            Found::Nothing => {}
            Found::Key(key) => {
                return Err(VaultError::Taken { path, found: key.public_key().fingerprint() });
            }
            Found::Unusable(problem) => return Err(VaultError::Unusable { problem }),
        }
        self.disk.try_room(&path, KEY_BYTES).map_err(VaultError::io("write beside", &path))
    }

    /// Keeps the private key of a pair: when this returns it is durable and was read back.
    ///
    /// A file that holds the same key is left as it is. After an error the key must not be used:
    /// its file may or may not be there, and [`Vault::inspect`] tells which.
    ///
    /// # Errors
    /// [`VaultError::AnotherKey`] and [`VaultError::Unusable`] if something else has the file;
    /// nothing is ever overwritten. [`VaultError::ReadBack`],
    /// [`VaultError::NotADirectory`], [`VaultError::WritableByOthers`] and
    /// [`VaultError::Io`].
    pub fn store(&self, name: &CloudName, key: &PrivateKey) -> Result<Stored, VaultError> {
        let path = self.path(name)?;
        self.make_directory(&self.directory)?;
        match self.look(&path)? {
            Found::Nothing => self.create(&path, key),
            found => self.keep(&path, &found, key),
        }
    }

    fn create(&self, path: &Path, key: &PrivateKey) -> Result<Stored, VaultError> {
        let pem = key.pem();
        match self.disk.create_durable(path, pem.as_bytes()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return match self.look(path)? {
                    Found::Nothing => Err(VaultError::io("make", path)(error)),
                    found => self.keep(path, &found, key),
                };
            }
            Err(error) => return Err(VaultError::io("make", path)(error)),
        }
        let written = self.disk.read(path).map(Zeroizing::new);
        if *written.map_err(VaultError::io("read back", path))? != pem.as_bytes() {
            return Err(VaultError::ReadBack { path: path.to_owned() });
        }
        Ok(Stored::Created)
    }

    /// Accepts what is there if it is the same key. A file with the same public half that could be
    /// read has the same primes, so it is the same key even if it is encoded in another way.
    fn keep(&self, path: &Path, found: &Found, key: &PrivateKey) -> Result<Stored, VaultError> {
        must_be(path, found, key)?;
        self.disk.sync_file(path).map_err(VaultError::io("sync", path))?;
        self.sync_directory(&self.directory)?;
        Ok(Stored::AlreadyThere)
    }
}

/// Refuses everything but this key.
pub(super) fn must_be(path: &Path, found: &Found, key: &PrivateKey) -> Result<(), VaultError> {
    match found {
        Found::Key(there) if there.public_key() == key.public_key() => Ok(()),
        Found::Key(there) => Err(VaultError::AnotherKey {
            path: path.to_owned(),
            found: there.public_key().fingerprint(),
            expected: key.public_key().fingerprint(),
        }),
        Found::Unusable(problem) => Err(VaultError::Unusable { problem: problem.clone() }),
        Found::Nothing => Err(VaultError::io("find", path)(io::ErrorKind::NotFound.into())),
    }
}
