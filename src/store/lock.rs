//! The lock of a checkout: an operating system's lock, which is free when its holder dies. What is
//! written in it only tells others who holds it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{HeldBy, Holder, Store, StoreError, error::io_error};
use crate::disk::{Disk, FileKind, LockGuard};

/// The lock of a run. It is free when this is dropped or its process dies.
#[derive(Debug)]
#[must_use]
pub struct RunLock {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    _guard: LockGuard,
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // What is left in the file after a crash, or if this fails, misleads nobody: it is only
        // read while somebody holds the lock, who has written its own name by then.
        let _ = self.disk.truncate(&self.path, 0);
    }
}

impl Store {
    /// Takes the lock of the checkout; it is free when it is dropped or its process dies.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if another run has it.
    pub fn lock(&self, holder: &Holder) -> Result<RunLock, StoreError> {
        self.disk.ensure_directory(&self.local).map_err(io_error("could not make", &self.local))?;
        take(&self.disk, self.lock_path(), holder)
    }

    /// Who holds the lock of the checkout, if a run does. Writes nothing and waits for no run.
    #[must_use]
    pub fn locked_by(&self) -> Option<HeldBy> {
        held(&*self.disk, &self.lock_path())
    }

    fn lock_path(&self) -> PathBuf {
        self.local.join("lock")
    }
}

/// Takes the lock, and writes who holds it.
fn take(disk: &Arc<dyn Disk>, path: PathBuf, holder: &Holder) -> Result<RunLock, StoreError> {
    let taken = disk.try_lock(&path).map_err(io_error("could not lock", &path))?;
    let Some(guard) = taken else {
        let by = Box::new(read(&**disk, &path));
        let place = path.display().to_string();
        return Err(StoreError::Locked { place, by });
    };
    let mut text = serde_json::to_string(holder).expect("texts and a number can be written");
    text.push('\n');
    // The lock is held whether its content can be written or not.
    let _ = disk.truncate(&path, 0).and_then(|()| disk.append_file(&path, text.as_bytes()));
    Ok(RunLock { disk: disk.clone(), path, _guard: guard })
}

/// Whether somebody holds the lock, and who, if that can be read. Writes nothing, and holds the
/// lock for no longer than a try; what cannot be looked at is taken for free.
fn held(disk: &dyn Disk, path: &Path) -> Option<HeldBy> {
    match disk.kind(path) {
        Ok(Some(FileKind::File)) => {}
        _ => return None,
    }
    disk.try_lock(path).ok()?.is_none().then(|| read(disk, path))
}

fn read(disk: &dyn Disk, path: &Path) -> HeldBy {
    HeldBy(disk.read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
