//! Private keys as files, for as long as a program needs one.
//!
//! `ssh` opens files alone. A vault without files lends a key as one that lies in the memory of the
//! machine (tmpfs), in a directory of mode 0700, and that is gone when it is given back. Files that
//! a killed run has lent are removed by the next run: whoever lends holds a lock beside its files.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::VaultError;
use crate::{
    disk::{Disk, FileKind, LockGuard},
    keys::PrivateKey,
    model::{CloudName, ExposedKey},
};

/// The lock under which lenders come and dead ones are cleared away.
const DOOR: &str = "lenders.lock";
const LOCK_SUFFIX: &str = ".lock";
const KEY_SUFFIX: &str = ".pem";
/// The permission bits by which others than the owner can use a directory at all.
const OTHERS_USE: u32 = 0o077;

/// A private key as a file, until this is dropped.
pub struct Lent {
    path: PathBuf,
    sha256: String,
    exposed: Option<ExposedKey>,
    /// Removes the file, unless it is the vault's own.
    held: Option<HeldFile>,
}

impl Lent {
    /// The file in which the vault itself keeps the key.
    pub(super) fn own(path: PathBuf, key: &PrivateKey, exposed: Option<ExposedKey>) -> Self {
        Self { path, sha256: key.public_key().sha256(), exposed, held: None }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA256 fingerprint of the key, as ssh shows it.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// That others can read or change the file, if they can.
    #[must_use]
    pub fn exposed(&self) -> Option<&ExposedKey> {
        self.exposed.as_ref()
    }

    /// Whether the file is gone when this is dropped.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.held.is_some()
    }
}

impl fmt::Debug for Lent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").field("path", &self.path).finish_non_exhaustive()
    }
}

struct HeldFile {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    /// Says that the file is of a live process.
    _registered: Arc<Registered>,
}

impl Drop for HeldFile {
    fn drop(&mut self) {
        // If it cannot be removed, the next run tries again.
        let _ = self.disk.remove_file(&self.path);
    }
}

/// Lends keys in one directory, which lies in memory.
pub struct Lender {
    disk: Arc<dyn Disk>,
    /// None where no such directory was found.
    directory: Option<PathBuf>,
    registered: Mutex<Option<Arc<Registered>>>,
}

/// A live lender: it holds a lock, and the names of its files begin like that of the lock.
struct Registered {
    disk: Arc<dyn Disk>,
    lock: PathBuf,
    stem: String,
    /// Held for as long as this lives; the mutex only makes it shareable.
    _guard: Mutex<LockGuard>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        // A lock that stays is cleared away by the next run.
        let _ = self.disk.remove_file(&self.lock);
    }
}

impl Lender {
    /// Lends in this directory, which is made with the first key. The caller knows that it lies in
    /// memory.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, directory: Option<PathBuf>) -> Self {
        Self { disk, directory, registered: Mutex::new(None) }
    }

    /// A key as a file.
    ///
    /// # Errors
    /// [`VaultError::NowhereToLend`] and [`VaultError::Io`].
    pub fn lend(&self, name: &CloudName, key: &PrivateKey) -> Result<Lent, VaultError> {
        let Some(directory) = &self.directory else {
            return Err(VaultError::NowhereToLend { name: name.clone() });
        };
        let registered = self.register(directory)?;
        let number = self.disk.random_suffix().map_err(VaultError::io("lend in", directory))?;
        let path = directory.join(format!("{}-{number:08x}{KEY_SUFFIX}", registered.stem));
        let held =
            HeldFile { disk: self.disk.clone(), path: path.clone(), _registered: registered };
        let pem = key.pem();
        self.disk.create_file(&path, pem.as_bytes()).map_err(VaultError::io("make", &path))?;
        let sha256 = key.public_key().sha256();
        Ok(Lent { path, sha256, exposed: None, held: Some(held) })
    }

    /// Removes the files that dead processes have lent.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn clean(&self) -> Result<(), VaultError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let failed = || VaultError::io("clear away what was lent in", directory);
        if self.disk.kind(directory).map_err(failed())?.is_none() {
            return Ok(());
        }
        self.own_directory(directory)?;
        let _door = self.disk.lock(&directory.join(DOOR)).map_err(failed())?;
        self.sweep(directory).map_err(failed())
    }

    fn register(&self, directory: &Path) -> Result<Arc<Registered>, VaultError> {
        let mut registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(registered) = &*registered {
            return Ok(registered.clone());
        }
        let failed = || VaultError::io("lend in", directory);
        self.disk.ensure_directory(directory).map_err(failed())?;
        self.own_directory(directory)?;
        let _door = self.disk.lock(&directory.join(DOOR)).map_err(failed())?;
        self.sweep(directory).map_err(failed())?;
        let stem = format!("{:08x}", self.disk.random_suffix().map_err(failed())?);
        let lock = directory.join(format!("{stem}{LOCK_SUFFIX}"));
        let guard = self.disk.try_lock(&lock).map_err(failed())?;
        let guard = guard.ok_or_else(|| failed()(io::ErrorKind::AlreadyExists.into()))?;
        let new =
            Arc::new(Registered { disk: self.disk.clone(), lock, stem, _guard: Mutex::new(guard) });
        *registered = Some(new.clone());
        Ok(new)
    }

    /// Refuses a directory in which others could look or put files (L4).
    fn own_directory(&self, directory: &Path) -> Result<(), VaultError> {
        let failed = || VaultError::io("look at", directory);
        let is_plain = self.disk.kind(directory).map_err(failed())? == Some(FileKind::Directory);
        let is_own = is_plain
            && self.disk.is_own(directory).map_err(failed())?
            && self.disk.permissions(directory).map_err(failed())? & OTHERS_USE == 0;
        if is_own {
            Ok(())
        } else {
            Err(VaultError::LendingDirectory { path: directory.to_owned() })
        }
    }

    /// Removes the files of those whose lock is free. The caller holds the door, so that none comes
    /// meanwhile.
    fn sweep(&self, directory: &Path) -> io::Result<()> {
        let names = self.disk.list(directory)?;
        let locks = names.iter().filter(|name| name.as_str() != DOOR);
        for (name, stem) in locks.filter_map(|name| Some((name, name.strip_suffix(LOCK_SUFFIX)?))) {
            let lock = directory.join(name);
            let Some(_guard) = self.disk.try_lock(&lock)? else { continue };
            let is_of_it = |file: &&String| {
                let rest = file.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
                rest.is_some_and(|rest| rest.ends_with(KEY_SUFFIX))
            };
            for file in names.iter().filter(is_of_it) {
                remove(&*self.disk, &directory.join(file))?;
            }
            remove(&*self.disk, &lock)?;
        }
        Ok(())
    }
}

/// Removes a file, which a live process may remove at the same moment.
fn remove(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

impl fmt::Debug for Lender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lender").field("directory", &self.directory).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        disk::MemoryDisk,
        keys::{KeySource, PooledKeys},
    };

    fn files(disk: &MemoryDisk) -> Vec<String> {
        let keys = disk.files().into_keys().map(|path| path.display().to_string());
        keys.filter(|path| path.ends_with(KEY_SUFFIX)).collect()
    }

    fn lender(disk: &MemoryDisk) -> Lender {
        Lender::new(Arc::new(disk.clone()), Some(PathBuf::from("shm/keyform")))
    }

    #[test]
    fn a_lent_key_is_a_file_of_its_own_until_it_is_given_back() {
        let disk = MemoryDisk::new();
        let lender = lender(&disk);
        let key = PooledKeys::new(0).generate().unwrap();
        let name = CloudName::new("web");
        let (one, two) = (lender.lend(&name, &key).unwrap(), lender.lend(&name, &key).unwrap());
        assert_ne!(one.path(), two.path());
        assert!(disk.files()[one.path()] == key.pem().as_bytes(), "it is the key");
        assert!(one.is_temporary());
        drop(one);
        assert_eq!(files(&disk), [two.path().display().to_string()]);
        lender.clean().unwrap();
        assert_eq!(files(&disk).len(), 1, "that of a live process stays");
        drop(two);
        assert_eq!(files(&disk), [""; 0]);
    }

    #[test]
    fn what_a_killed_process_has_lent_is_removed_by_the_next_one() {
        let disk = MemoryDisk::new();
        let key = PooledKeys::new(0).generate().unwrap();
        let dead: &dyn Disk = &disk;
        dead.ensure_directory(Path::new("shm/keyform")).unwrap();
        for file in ["00000001.lock", "00000001-aa.pem", "00000001-bb.pem", "notes.txt"] {
            dead.create_durable(&Path::new("shm/keyform").join(file), b"x").unwrap();
        }
        lender(&disk).clean().unwrap();
        assert_eq!(files(&disk), [""; 0]);
        assert!(disk.files().contains_key(Path::new("shm/keyform/notes.txt")));
        let lent = lender(&disk).lend(&CloudName::new("web"), &key).unwrap();
        assert_eq!(files(&disk), [lent.path().display().to_string()]);
    }

    #[test]
    fn nothing_is_lent_where_others_could_see_it() {
        let key = PooledKeys::new(0).generate().unwrap();
        let name = CloudName::new("web");
        let disk = MemoryDisk::new();
        let nowhere = Lender::new(Arc::new(disk.clone()), None).lend(&name, &key);
        assert!(matches!(nowhere, Err(VaultError::NowhereToLend { .. })));
        let own: &dyn Disk = &disk;
        own.ensure_directory(Path::new("shm/keyform")).unwrap();
        disk.set_permissions(Path::new("shm/keyform"), 0o755);
        for refused in [lender(&disk).lend(&name, &key).map(drop), lender(&disk).clean()] {
            assert!(matches!(refused, Err(VaultError::LendingDirectory { .. })));
        }
        assert_eq!(files(&disk), [""; 0]);
    }
}
