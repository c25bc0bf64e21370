//! Storing a private key, so that it outlives a crash at any later moment.

use std::{io, path::Path};

use zeroize::Zeroizing;

use super::super::{Place, Stored, VaultError};
use super::{Directory, Found};
use crate::{keys::PrivateKey, model::CloudName};

/// The bytes that a key is given room for: a PEM of 2048 bits has 1,704.
const KEY_BYTES: usize = 2048;

impl Directory {
    /// Its directory is there and can be written to, and nothing has its file.
    pub(super) fn try_room(&self, name: &CloudName) -> Result<(), VaultError> {
        let path = self.path(name)?;
        self.make_directory(&self.directory)?;
        match self.look(&path)? {
            Found::Nothing => {}
            Found::Key(key) => {
                let (place, found) = (Place::File(path), key.public_key().fingerprint());
                return Err(VaultError::Taken { place, found });
            }
            Found::Unusable(problem) => return Err(VaultError::Unusable { problem }),
        }
        self.disk.try_room(&path, KEY_BYTES).map_err(VaultError::io("write beside", &path))
    }

    /// Writes, syncs, links and reads back. A file that holds the same key is left as it is.
    pub(super) fn store(&self, name: &CloudName, key: &PrivateKey) -> Result<Stored, VaultError> {
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
            return Err(VaultError::ReadBack { place: Place::File(path.to_owned()) });
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
            place: Place::File(path.to_owned()),
            found: there.public_key().fingerprint(),
            expected: key.public_key().fingerprint(),
        }),
        Found::Unusable(problem) => Err(VaultError::Unusable { problem: problem.clone() }),
        Found::Nothing => Err(VaultError::io("find", path)(io::ErrorKind::NotFound.into())),
    }
}
