//! Private keys as files: `DIRECTORY/<name in the cloud>.pem`, of mode 0600 in a directory of mode
//! 0700, with no `.pub` beside it.
//!
//! Nothing is overwritten, nothing is followed through a symlink, and what is no longer wanted is
//! moved to `DIRECTORY/retired` and not deleted.
mod listing;
mod mark;
mod retire;
mod store;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use super::{Lent, Listed, Place, Retired, Stored, Vault, VaultError, file_name};
use crate::{
    disk::{Disk, FileKind},
    keys::PrivateKey,
    model::{CloudName, ExposedKey, Fingerprint, KeyFileProblem, PathKind, VaultKey},
};

/// The permission bits by which others than the owner can make and remove files in a directory.
/// `ssh` and `sshd` refuse such directories for the same reason.
const OTHERS_WRITE: u32 = 0o022;
/// The permission bits by which others than the owner can use a file at all.
const OTHERS_USE: u32 = 0o077;

/// The private keys in one directory.
#[derive(Clone)]
pub struct Directory {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
}

/// What is at a path where a key is looked for.
enum Found {
    Nothing,
    Key(PrivateKey),
    /// Why it is of no use.
    Unusable(KeyFileProblem),
}

impl Directory {
    /// The vault in this directory, which is made when the first key is stored.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, directory: PathBuf) -> Self {
        Self { disk, directory }
    }

    /// The file that holds the private key of a pair, whether it exists or not.
    fn path(&self, name: &CloudName) -> Result<PathBuf, VaultError> {
        self.file(name).map_err(|problem| VaultError::Unusable { problem })
    }

    fn file(&self, name: &CloudName) -> Result<PathBuf, KeyFileProblem> {
        file_name::check(name)?;
        Ok(self.directory.join(format!("{name}.pem")))
    }

    /// Whether a directory is there; a symlink to one is refused like anything else in its place,
    /// and so is one in which others could put their files.
    fn is_directory(&self, path: &Path) -> Result<bool, VaultError> {
        match self.kind(path)? {
            None => Ok(false),
            Some(FileKind::Directory) if !self.is_own(path)? => {
                Err(VaultError::OfAnotherUser { path: path.to_owned() })
            }
            Some(FileKind::Directory) if self.permissions(path)? & OTHERS_WRITE != 0 => {
                Err(VaultError::WritableByOthers { path: path.to_owned() })
            }
            Some(FileKind::Directory) => Ok(true),
            Some(kind) => {
                Err(VaultError::NotADirectory { path: path.to_owned(), found: path_kind(kind) })
            }
        }
    }

    /// Makes a directory durably, unless it is there already.
    fn make_directory(&self, path: &Path) -> Result<(), VaultError> {
        self.is_directory(path)?;
        self.disk.ensure_directory(path).map_err(VaultError::io("make the directory", path))
    }

    fn look(&self, path: &Path) -> Result<Found, VaultError> {
        match self.kind(path)? {
            None => return Ok(Found::Nothing),
            Some(FileKind::File) => {}
            Some(kind) => {
                let (file, found) = (shown(path), path_kind(kind));
                return Ok(Found::Unusable(KeyFileProblem::NotAFile { file, found }));
            }
        }
        let bytes = match self.disk.read(path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => {
                let (file, cause) = (shown(path), error.to_string());
                return Ok(Found::Unusable(KeyFileProblem::Unreadable { file, cause }));
            }
        };
        Ok(match PrivateKey::from_pem(&bytes) {
            Ok(key) => Found::Key(key),
            Err(problem) => Found::Unusable(KeyFileProblem::NotAKey { file: shown(path), problem }),
        })
    }

    /// Whether others can read or change the file of a private key, which `ssh` refuses.
    fn exposed(&self, path: &Path) -> Result<Option<ExposedKey>, VaultError> {
        let bits = self.permissions(path)?;
        let exposed = || ExposedKey { file: shown(path), mode: format!("{bits:04o}") };
        Ok((bits & OTHERS_USE != 0).then(exposed))
    }

    fn permissions(&self, path: &Path) -> Result<u32, VaultError> {
        self.disk.permissions(path).map_err(VaultError::io("look at", path))
    }

    fn is_own(&self, path: &Path) -> Result<bool, VaultError> {
        self.disk.is_own(path).map_err(VaultError::io("look at", path))
    }

    fn kind(&self, path: &Path) -> Result<Option<FileKind>, VaultError> {
        self.disk.kind(path).map_err(VaultError::io("look at", path))
    }

    fn sync_directory(&self, path: &Path) -> Result<(), VaultError> {
        self.disk.sync_directory(path).map_err(VaultError::io("sync the directory", path))
    }
}

impl Vault for Directory {
    /// A file of its own that cannot be used, or a name that no file can have, is an answer; only
    /// what is wrong with the whole directory is an error.
    fn inspect(&self, name: &CloudName) -> Result<VaultKey, VaultError> {
        let path = match self.file(name) {
            Ok(path) => path,
            Err(problem) => return Ok(VaultKey::Unusable { problem }),
        };
        if !self.is_directory(&self.directory)? {
            return Ok(VaultKey::Absent);
        }
        Ok(match self.look(&path)? {
            Found::Nothing => VaultKey::Absent,
            Found::Key(key) => VaultKey::Present {
                fingerprint: key.public_key().fingerprint(),
                public_key: key.public_key().openssh().to_owned(),
                exposed: self.exposed(&path)?,
                was_read: true,
            },
            Found::Unusable(problem) => VaultKey::Unusable { problem },
        })
    }

    fn make_room(&self, name: &CloudName) -> Result<(), VaultError> {
        self.try_room(name)
    }

    fn put(&self, name: &CloudName, key: &PrivateKey) -> Result<Stored, VaultError> {
        self.store(name, key)
    }

    fn get(&self, name: &CloudName) -> Result<Option<PrivateKey>, VaultError> {
        let path = self.path(name)?;
        if !self.is_directory(&self.directory)? {
            return Ok(None);
        }
        match self.look(&path)? {
            Found::Nothing => Ok(None),
            Found::Key(key) => Ok(Some(key)),
            Found::Unusable(problem) => Err(VaultError::Unusable { problem }),
        }
    }

    fn retire(&self, name: &CloudName, fingerprint: Fingerprint) -> Result<Retired, VaultError> {
        self.put_aside(name, fingerprint)
    }

    /// The temporary file of a live run looks like that of a dead one.
    fn clean(&self) -> Result<(), VaultError> {
        if !self.is_directory(&self.directory)? {
            return Ok(());
        }
        let removed = self.disk.remove_temporaries(&self.directory);
        removed.map_err(VaultError::io("remove the temporary files in", &self.directory))
    }

    /// The file itself, which lies where it was asked for.
    fn lend(&self, name: &CloudName) -> Result<Option<Lent>, VaultError> {
        let Some(key) = self.get(name)? else { return Ok(None) };
        let path = self.path(name)?;
        let exposed = self.exposed(&path)?;
        Ok(Some(Lent::own(path, &key, exposed)))
    }

    fn place(&self, name: &CloudName) -> Place {
        Place::File(self.directory.join(format!("{name}.pem")))
    }

    fn directories(&self) -> Vec<PathBuf> {
        vec![self.directory.clone()]
    }

    fn list(&self) -> Result<Vec<Listed>, VaultError> {
        self.listed()
    }

    fn get_listed(&self, listed: &Listed) -> Result<PrivateKey, VaultError> {
        self.find(listed).map(|(_, key)| key)
    }

    fn mark(&self, mark: &str) -> Result<(), VaultError> {
        self.leave_mark(mark)
    }

    fn has_mark(&self, mark: &str) -> Result<bool, VaultError> {
        self.sees_mark(mark)
    }

    fn unmark(&self, mark: &str) -> Result<(), VaultError> {
        self.remove_mark(mark)
    }

    fn give_up(&self, listed: &Listed) -> Result<(), VaultError> {
        let (path, _) = self.find(listed)?;
        self.disk.remove_durable(&path).map_err(VaultError::io("remove", &path))
    }
}

impl fmt::Debug for Directory {
    /// Without the disk: whatever a disk shows of itself, none of it is a private key (L4).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// A path as people read it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn path_kind(kind: FileKind) -> PathKind {
    match kind {
        FileKind::File => PathKind::File,
        FileKind::Directory => PathKind::Directory,
        FileKind::Symlink => PathKind::Symlink,
        FileKind::Other => PathKind::Other,
    }
}

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod flipping_disk;
#[cfg(test)]
mod tests;
