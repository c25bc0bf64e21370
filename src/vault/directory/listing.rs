//! Naming all keys of a directory, and finding each again.

use std::path::{Path, PathBuf};

use super::super::{Listed, Place, VaultError};
use super::{Directory, Found, retire::retired_name};
use crate::{keys::PrivateKey, model::CloudName};

impl Directory {
    /// All keys, in the order of their names. A file that is no key is none of ours.
    pub(super) fn listed(&self) -> Result<Vec<Listed>, VaultError> {
        let mut listed = Vec::new();
        for (directory, is_retired) in [(self.directory.clone(), false), (self.retired(), true)] {
            for (path, name) in self.candidates(&directory, is_retired)? {
                if let Found::Key(key) = self.look(&path)? {
                    let fingerprint = key.public_key().fingerprint();
                    listed.push(Listed { name, is_retired, fingerprint });
                }
            }
        }
        listed.sort();
        // One key that was put aside twice is one key.
        listed.dedup();
        Ok(listed)
    }

    /// The file of a listed key, and the key.
    pub(super) fn find(&self, listed: &Listed) -> Result<(PathBuf, PrivateKey), VaultError> {
        let directory = if listed.is_retired { self.retired() } else { self.directory.clone() };
        let mut other = None;
        for (path, name) in self.candidates(&directory, listed.is_retired)? {
            if name != listed.name {
                continue;
            }
            match self.look(&path)? {
                Found::Key(key) if key.public_key().fingerprint() == listed.fingerprint => {
                    return Ok((path, key));
                }
                Found::Key(key) if !listed.is_retired => {
                    other = Some((path, key.public_key().fingerprint()));
                }
                Found::Unusable(problem) if !listed.is_retired => {
                    return Err(VaultError::Unusable { problem });
                }
                Found::Key(_) | Found::Unusable(_) | Found::Nothing => {}
            }
        }
        match other {
            Some((path, found)) => Err(VaultError::AnotherKey {
                place: Place::File(path),
                found,
                expected: listed.fingerprint,
            }),
            None => {
                Err(VaultError::Gone { name: listed.name.clone(), fingerprint: listed.fingerprint })
            }
        }
    }

    /// The files that have the form of a key's, each with the name of its pair.
    fn candidates(
        &self,
        directory: &Path,
        is_retired: bool,
    ) -> Result<Vec<(PathBuf, CloudName)>, VaultError> {
        if !self.is_directory(directory)? {
            return Ok(Vec::new());
        }
        let files = self.disk.list(directory).map_err(VaultError::io("list", directory))?;
        let candidates = files.iter().filter_map(|file| {
            let name = if is_retired { retired_name(file) } else { file.strip_suffix(".pem") };
            let name = name.filter(|name| !name.is_empty() && !name.starts_with('.'))?;
            Some((directory.join(file), CloudName::new(name)))
        });
        Ok(candidates.collect())
    }
}
