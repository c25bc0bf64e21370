//! Where private keys are kept: law L2 lives here and nowhere else.
//!
//! A private key is `DIRECTORY/<name in the cloud>.pem`, a file of mode 0600 in a directory of mode
//! 0700, with no `.pub` beside it. A key that was reported stored was written, synced and read back.
//! Nothing is overwritten, nothing is followed through a symlink, and what is no longer wanted is
//! moved to `DIRECTORY/retired` and not deleted.

mod codes;
mod error;
mod file_name;
mod retire;
mod store;
mod system_keys;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{
    disk::{Disk, FileKind},
    keys::PrivateKey,
    model::{CloudName, VaultKey},
};

pub use codes::VaultErrorCode;
pub use error::VaultError;
pub use file_name::NameDanger;
pub use retire::Retired;
pub use store::Stored;
pub use system_keys::SystemKeys;

/// The permission bits by which others than the owner can make and remove files in a directory.
/// `ssh` and `sshd` refuse such directories for the same reason.
const OTHERS_WRITE: u32 = 0o022;
/// The permission bits by which others than the owner can use a file at all.
const OTHERS_USE: u32 = 0o077;

/// The private keys in one directory.
#[derive(Clone)]
pub struct Vault {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
}

/// What is at a path where a key is looked for.
enum Found {
    Nothing,
    Key(PrivateKey),
    /// Why it is of no use, as a sentence that names the file and says what to do.
    Unusable(String),
}

impl Vault {
    /// The vault in this directory, which is made when the first key is stored.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, directory: PathBuf) -> Self {
        Self { disk, directory }
    }

    /// The directory that holds the private keys, whether it exists or not.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file that holds the private key of a pair, whether it exists or not.
    ///
    /// # Errors
    /// [`VaultError::Name`].
    pub fn path(&self, name: &CloudName) -> Result<PathBuf, VaultError> {
        file_name::check(name).map_err(|danger| VaultError::Name { name: name.clone(), danger })?;
        Ok(self.directory.join(format!("{name}.pem")))
    }

    /// What the vault holds under a name, as a plan sees it. It writes nothing.
    ///
    /// A file of its own that cannot be used, or a name that no file can have, is an answer; only
    /// what is wrong with the whole directory is an error.
    ///
    /// # Errors
    /// [`VaultError::NotADirectory`], [`VaultError::WritableByOthers`] and [`VaultError::Io`].
    pub fn inspect(&self, name: &CloudName) -> Result<VaultKey, VaultError> {
        let path = match self.path(name) {
            Ok(path) => path,
            Err(error) => return Ok(VaultKey::Unusable { reason: error.to_string() }),
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
            },
            Found::Unusable(reason) => VaultKey::Unusable { reason },
        })
    }

    /// Removes the temporary files that dead runs left. Call it under the lock of the project and
    /// before the first key is stored: to it the temporary file of a live run looks like another.
    ///
    /// # Errors
    /// [`VaultError::NotADirectory`], [`VaultError::WritableByOthers`] and [`VaultError::Io`].
    pub fn clean(&self) -> Result<(), VaultError> {
        if !self.is_directory(&self.directory)? {
            return Ok(());
        }
        let removed = self.disk.remove_temporaries(&self.directory);
        removed.map_err(VaultError::io("remove the temporary files in", &self.directory))
    }

    /// Whether a directory is there; a symlink to one is refused like anything else in its place,
    /// and so is one in which others could put their files.
    fn is_directory(&self, path: &Path) -> Result<bool, VaultError> {
        match self.kind(path)? {
            None => Ok(false),
            Some(FileKind::Directory) if self.permissions(path)? & OTHERS_WRITE == 0 => Ok(true),
            Some(FileKind::Directory) => {
                Err(VaultError::WritableByOthers { path: path.to_owned() })
            }
            Some(kind) => {
                Err(VaultError::NotADirectory { path: path.to_owned(), found: kind_name(kind) })
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
                let kind = kind_name(kind);
                return Ok(Found::Unusable(format!(
                    "{} is {kind}, and a private key is only ever read from a file itself; move \
                     it away, or put the key's file in its place",
                    path.display()
                )));
            }
        }
        let bytes = match self.disk.read(path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => {
                return Ok(Found::Unusable(format!(
                    "{} cannot be read ({error}); make it readable for this user, or move it away",
                    path.display()
                )));
            }
        };
        Ok(match PrivateKey::from_pem(&bytes) {
            Ok(key) => Found::Key(key),
            Err(problem) => Found::Unusable(format!(
                "{} is no private key that can be used: {problem}; mend it, or move it away",
                path.display()
            )),
        })
    }

    /// Says so if others can read a private key, which neither `ssh` nor anybody else should bear.
    fn exposed(&self, path: &Path) -> Result<Option<String>, VaultError> {
        let bits = self.permissions(path)?;
        let warning = || {
            format!(
                "others on this machine can read or change {path} (mode {bits:04o}), and ssh \
                 refuses to use it; run `chmod 600 {path}`",
                path = path.display()
            )
        };
        Ok((bits & OTHERS_USE != 0).then(warning))
    }

    fn permissions(&self, path: &Path) -> Result<u32, VaultError> {
        self.disk.permissions(path).map_err(VaultError::io("look at", path))
    }

    fn kind(&self, path: &Path) -> Result<Option<FileKind>, VaultError> {
        self.disk.kind(path).map_err(VaultError::io("look at", path))
    }

    fn sync_directory(&self, path: &Path) -> Result<(), VaultError> {
        self.disk.sync_directory(path).map_err(VaultError::io("sync the directory", path))
    }
}

impl fmt::Debug for Vault {
    /// Without the disk: whatever a disk shows of itself, none of it is a private key (L4).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("directory", &self.directory).finish_non_exhaustive()
    }
}

fn kind_name(kind: FileKind) -> &'static str {
    match kind {
        FileKind::File => "a file",
        FileKind::Directory => "a directory",
        FileKind::Symlink => "a symlink",
        FileKind::Other => "a device or the like",
    }
}

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod flipping_disk;
#[cfg(test)]
mod tests;
