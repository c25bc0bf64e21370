//! The lock of a checkout: an operating system's lock, which is free when its holder dies. What is
//! written in it only tells others who holds it.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{StoreError, disk};
use crate::{
    disk::{Disk, FileKind, LockGuard},
    model::Timestamp,
};

/// The most characters of a part of a holder's details that are shown.
const SHOWN_MAX: usize = 200;

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holder {
    /// The user's name.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The number of the process.
    pub pid: u32,
    /// The command line.
    pub command: String,
    /// When it took the lock.
    pub since: Timestamp,
    /// The page of the CI job that it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci_url: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, host, pid, command, since, ci_url } = self;
        let (user, host, command) = (shown(user), shown(host), shown(command));
        write!(f, "{user} on {host} runs `{command}` (pid {pid}) since {since}")?;
        ci_url.as_ref().map_or(Ok(()), |url| write!(f, ", see {}", shown(url)))
    }
}

/// Who holds a lock, as far as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBy(pub Option<Holder>);

impl fmt::Display for HeldBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(holder) => holder.fmt(f),
            None => f.write_str("the lock does not say whose it is"),
        }
    }
}

/// A text of a file that anybody may have written, as a terminal can take it.
fn shown(text: &str) -> String {
    let plain = |c: char| if c.is_control() { '?' } else { c };
    text.chars().take(SHOWN_MAX).map(plain).collect()
}

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

/// Takes the lock, and writes who holds it.
pub(super) fn take(
    disk_of: &Arc<dyn Disk>,
    path: PathBuf,
    holder: &Holder,
) -> Result<RunLock, StoreError> {
    let taken = disk_of.try_lock(&path).map_err(disk("could not lock", &path))?;
    let Some(guard) = taken else {
        let by = Box::new(read(&**disk_of, &path));
        return Err(StoreError::Locked { path, by });
    };
    let mut text = serde_json::to_string(holder).expect("texts and a number can be written");
    text.push('\n');
    // The lock is held whether its content can be written or not.
    let _ = disk_of.truncate(&path, 0).and_then(|()| disk_of.append_file(&path, text.as_bytes()));
    Ok(RunLock { disk: disk_of.clone(), path, _guard: guard })
}

/// Whether somebody holds the lock, and who, if that can be read. Writes nothing, and holds the
/// lock for no longer than a try; what cannot be looked at is taken for free.
pub(super) fn held(disk: &dyn Disk, path: &Path) -> Option<HeldBy> {
    match disk.kind(path) {
        Ok(Some(FileKind::File)) => {}
        _ => return None,
    }
    disk.try_lock(path).ok()?.is_none().then(|| read(disk, path))
}

fn read(disk: &dyn Disk, path: &Path) -> HeldBy {
    HeldBy(disk.read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
