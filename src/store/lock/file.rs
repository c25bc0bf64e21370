//! The lock of a directory: an operating system's lock, which is free when its holder dies. What is
//! written in it only says who holds it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{Contention, HeldBy, Holder, Lease, Lock, Renewed, StoreError, Taken, Unlocked};
use crate::{
    disk::{Disk, FileKind, LockGuard},
    model::{RunId, Timestamp},
    store::error::io_error,
};

/// A lock of the operating system on a file beside the state.
#[derive(Clone, Debug)]
pub struct FileLock {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    name: &'static str,
}

impl FileLock {
    /// The lock of a directory.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, directory: PathBuf) -> Self {
        Self { disk, directory, name: "lock" }
    }

    /// A lock in the same directory that no run takes: the file `lock` of its
    /// [`ScratchShelf`](crate::store::ScratchShelf).
    #[must_use]
    pub fn scratch(disk: Arc<dyn Disk>, directory: PathBuf) -> Self {
        Self { disk, directory, name: "doctor+lock" }
    }

    fn path(&self) -> PathBuf {
        self.directory.join(self.name)
    }

    /// Takes the lock, and writes who holds it.
    fn take(&self, holder: &Holder) -> Result<Taken, StoreError> {
        let Self { disk, directory, .. } = self;
        disk.ensure_directory(directory).map_err(io_error("could not make", directory))?;
        let path = self.path();
        let taken = disk.try_lock(&path).map_err(io_error("could not lock", &path))?;
        let Some(guard) = taken else {
            return Ok(Taken::Held { by: read(&**disk, &path), may_be_dead: false });
        };
        let mut text = serde_json::to_string(holder).expect("texts and a number can be written");
        text.push('\n');
        // The lock is held whether its content can be written or not.
        let _ = disk.truncate(&path, 0).and_then(|()| disk.append_file(&path, text.as_bytes()));
        Ok(Taken::Ours(Box::new(FileLease { disk: disk.clone(), path, _guard: guard })))
    }
}

impl Lock for FileLock {
    fn contend(&self, holder: &Holder) -> Box<dyn Contention> {
        Box::new(FileContention { lock: self.clone(), holder: holder.clone() })
    }

    /// Holds the lock for no longer than a try; what cannot be looked at is taken for free.
    fn held_by(&self) -> Result<Option<HeldBy>, StoreError> {
        let path = self.path();
        let is_held = matches!(self.disk.kind(&path), Ok(Some(FileKind::File)))
            && matches!(self.disk.try_lock(&path), Ok(None));
        Ok(is_held.then(|| read(&*self.disk, &path)))
    }

    fn place(&self) -> String {
        self.path().display().to_string()
    }

    fn time_to_live(&self) -> Option<Duration> {
        None
    }

    fn unlock(&self, _: &RunId, _: &Holder) -> Result<Unlocked, StoreError> {
        Err(StoreError::FreesItself { place: self.place() })
    }
}

fn read(disk: &dyn Disk, path: &Path) -> HeldBy {
    HeldBy::read(disk.read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

#[derive(Debug)]
struct FileContention {
    lock: FileLock,
    holder: Holder,
}

impl Contention for FileContention {
    fn try_take(&mut self, _: Timestamp) -> Result<Taken, StoreError> {
        self.lock.take(&self.holder)
    }
}

/// The lock of a run. It is free when this is dropped or its process dies.
#[derive(Debug)]
struct FileLease {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    _guard: LockGuard,
}

impl Lease for FileLease {
    fn time_to_live(&self) -> Option<Duration> {
        None
    }

    fn token(&self) -> Option<u64> {
        None
    }

    fn is_taken_over(&self) -> bool {
        false
    }

    fn renew(&self) -> Result<Renewed, StoreError> {
        Ok(Renewed::Held)
    }

    /// What is left in the file after a crash, or if this fails, misleads no one: it is only read
    /// while a run holds the lock, which has written its own name by then.
    fn release(&self) -> Result<(), StoreError> {
        let _ = self.disk.truncate(&self.path, 0);
        Ok(())
    }
}
