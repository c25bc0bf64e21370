//! A disk in memory that forgets what was not synced when it crashes.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Disk, FileKind, LockGuard};

/// A disk in memory, shared by its clones.
///
/// It models what a journalling file system promises and no more: the content of a file is durable
/// once the file was synced, a name once its directory was synced, and those above it.
/// [`MemoryDisk::crash`] keeps exactly that. Each primitive operation that changes or reads
/// something counts, so that a test can fail or stop at each one in turn.
#[derive(Clone, Debug)]
pub struct MemoryDisk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    nodes: Vec<Node>,
    /// The names as running programs see them, and as a crash would leave them.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// The locks that are held, each with the number of its holder.
    locks: BTreeMap<PathBuf, u64>,
    lockers: u64,
    operations: u64,
    stop: Option<(u64, Stop)>,
    dead: bool,
}

#[derive(Clone, Debug)]
enum Node {
    Directory,
    Symlink,
    File { content: Vec<u8>, durable: Vec<u8> },
}

/// What happens at the operation that a test picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// The operation fails as on a full disk, and later ones succeed.
    Fail,
    /// The machine stops before the operation: it and all later ones fail until
    /// [`MemoryDisk::crash`].
    Crash,
}

impl MemoryDisk {
    /// An empty disk, on which the directory `.` exists.
    #[must_use]
    pub fn new() -> Self {
        let mut inner = Inner::default();
        inner.insert(PathBuf::from("."), Node::Directory);
        inner.durable_names = inner.names.clone();
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// Another disk with the same content, which nothing that happens to this one changes. Locks
    /// and what a test has picked to fail are not taken over.
    #[must_use]
    pub fn fork(&self) -> Self {
        let inner = self.inner();
        let fork = Inner {
            nodes: inner.nodes.clone(),
            names: inner.names.clone(),
            durable_names: inner.durable_names.clone(),
            operations: inner.operations,
            ..Inner::default()
        };
        Self { inner: Arc::new(Mutex::new(fork)) }
    }

    /// How many operations there were.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.inner().operations
    }

    /// Makes the operation with this number, counted from 0 since the disk was made, fail.
    pub fn fail_at(&self, operation: u64) {
        self.inner().stop = Some((operation, Stop::Fail));
    }

    /// Makes the machine stop before the operation with this number.
    pub fn stop_at(&self, operation: u64) {
        self.inner().stop = Some((operation, Stop::Crash));
    }

    /// Makes the machine stop now: every later operation fails until [`MemoryDisk::crash`].
    pub fn stop_now(&self) {
        self.inner().dead = true;
    }

    /// Whether the machine has stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.inner().dead
    }

    /// Loses what was not synced, frees all locks, and starts the machine again.
    pub fn crash(&self) {
        let mut inner = self.inner();
        let durable = inner.durable_names.clone();
        inner.durable_names.retain(|path, _| above(path).all(|d| durable.contains_key(d)));
        inner.names = inner.durable_names.clone();
        for node in &mut inner.nodes {
            if let Node::File { content, durable } = node {
                content.clone_from(durable);
            }
        }
        inner.locks.clear();
        inner.stop = None;
        inner.dead = false;
    }

    /// Puts a symlink somewhere, for tests of what must not be followed.
    pub fn put_symlink(&self, path: &Path) {
        let mut inner = self.inner();
        inner.insert(normal(path), Node::Symlink);
    }

    /// The paths of all files and their contents, as running programs see them.
    #[must_use]
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let inner = self.inner();
        let file = |(path, &index): (&PathBuf, &usize)| match &inner.nodes[index] {
            Node::File { content, .. } => Some((path.clone(), content.clone())),
            Node::Directory | Node::Symlink => None,
        };
        inner.names.iter().filter_map(file).collect()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation, and stops or fails it if a test wants that.
    fn operate(&self) -> io::Result<MutexGuard<'_, Inner>> {
        let mut inner = self.inner();
        if inner.dead {
            return Err(stopped());
        }
        let number = inner.operations;
        inner.operations += 1;
        match inner.stop {
            Some((at, Stop::Fail)) if at == number => {
                inner.stop = None;
                Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device"))
            }
            Some((at, Stop::Crash)) if at == number => {
                inner.dead = true;
                Err(stopped())
            }
            _ => Ok(inner),
        }
    }
}

impl Default for MemoryDisk {
    fn default() -> Self {
        Self::new()
    }
}

impl Inner {
    fn insert(&mut self, path: PathBuf, node: Node) {
        self.nodes.push(node);
        let index = self.nodes.len() - 1;
        self.names.insert(path, index);
    }

    fn file(&mut self, path: &Path) -> io::Result<(&mut Vec<u8>, &mut Vec<u8>)> {
        let index = *self.names.get(&normal(path)).ok_or_else(not_found)?;
        match &mut self.nodes[index] {
            Node::File { content, durable } => Ok((content, durable)),
            Node::Directory => Err(io::ErrorKind::IsADirectory.into()),
            Node::Symlink => Err(io::Error::other("too many levels of symbolic links")),
        }
    }

    fn must_be_free(&self, path: &Path) -> io::Result<()> {
        let path = normal(path);
        let parent = path.parent().map_or_else(|| PathBuf::from("."), normal);
        match self.names.get(&parent).map(|&index| &self.nodes[index]) {
            Some(Node::Directory) => {}
            Some(_) => return Err(io::ErrorKind::NotADirectory.into()),
            None => return Err(not_found()),
        }
        if self.names.contains_key(&path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(())
    }
}

impl Disk for MemoryDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.operate()?.file(path).map(|(content, _)| content.clone())
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Vec<u8>> {
        let mut inner = self.operate()?;
        let (content, _) = inner.file(path)?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        Ok(content[start..].to_vec())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let inner = self.operate()?;
        let directory = normal(directory);
        if !inner.names.contains_key(&directory) {
            return Err(not_found());
        }
        let here = inner.names.keys().filter(|path| **path != directory);
        let here = here.filter(|path| path.parent().map(normal).as_ref() == Some(&directory));
        Ok(here
            .filter_map(|path| path.file_name())
            .map(|n| n.to_string_lossy().into_owned())
            .collect())
    }

    fn kind(&self, path: &Path) -> io::Result<Option<FileKind>> {
        let inner = self.operate()?;
        Ok(inner.names.get(&normal(path)).map(|&index| match inner.nodes[index] {
            Node::Directory => FileKind::Directory,
            Node::Symlink => FileKind::Symlink,
            Node::File { .. } => FileKind::File,
        }))
    }

    fn create_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.operate()?;
        inner.must_be_free(path)?;
        inner.insert(normal(path), Node::File { content: bytes.to_vec(), durable: Vec::new() });
        Ok(())
    }

    fn append_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.operate()?.file(path).map(|(content, _)| content.extend_from_slice(bytes))
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.operate()?.file(path).map(|(content, _)| content.truncate(length))
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.operate()?.file(path).map(|(content, durable)| durable.clone_from(content))
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        let mut inner = self.operate()?;
        let directory = normal(directory);
        if !inner.names.contains_key(&directory) {
            return Err(not_found());
        }
        let within = |path: &PathBuf| path.parent().map(normal).as_ref() == Some(&directory);
        inner.durable_names.retain(|path, _| !within(path));
        let here: Vec<_> = inner
            .names
            .iter()
            .filter(|(path, _)| within(path))
            .map(|(path, &index)| (path.clone(), index))
            .collect();
        inner.durable_names.extend(here);
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.operate()?;
        let index = *inner.names.get(&normal(from)).ok_or_else(not_found)?;
        inner.must_be_free(to)?;
        inner.names.insert(normal(to), index);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.operate()?;
        let index = inner.names.remove(&normal(from)).ok_or_else(not_found)?;
        inner.names.insert(normal(to), index);
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.operate()?.names.remove(&normal(path)).map(|_| ()).ok_or_else(not_found)
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        let mut inner = self.operate()?;
        inner.must_be_free(directory)?;
        inner.insert(normal(directory), Node::Directory);
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<LockGuard>> {
        let mut inner = self.operate()?;
        let path = normal(path);
        if !inner.names.contains_key(&path) {
            inner.must_be_free(&path)?;
            inner.insert(path.clone(), Node::File { content: Vec::new(), durable: Vec::new() });
        }
        if inner.locks.contains_key(&path) {
            return Ok(None);
        }
        inner.lockers += 1;
        let locker = inner.lockers;
        inner.locks.insert(path.clone(), locker);
        Ok(Some(LockGuard(Box::new(MemoryLock { disk: self.clone(), path, locker }))))
    }

    fn lock(&self, path: &Path) -> io::Result<LockGuard> {
        // Locks that are waited for are held for a moment, by another thread of this process.
        loop {
            if let Some(guard) = self.try_lock(path)? {
                return Ok(guard);
            }
            std::thread::yield_now();
        }
    }
}

struct MemoryLock {
    disk: MemoryDisk,
    path: PathBuf,
    locker: u64,
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        // A lock of before a crash is free already, and may have another holder.
        let mut inner = self.disk.inner();
        if inner.locks.get(&self.path) == Some(&self.locker) {
            inner.locks.remove(&self.path);
        }
    }
}

/// One spelling for each path: `./a`, `a` and `a/` are the same file, and the root is `.`.
fn normal(path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| !matches!(part, std::path::Component::CurDir));
    let normal: PathBuf = parts.collect();
    if normal.as_os_str().is_empty() { PathBuf::from(".") } else { normal }
}

/// The directories that lead to a path, without the root.
fn above(path: &Path) -> impl Iterator<Item = &Path> {
    let is_named = |directory: &&Path| directory.file_name().is_some();
    path.ancestors().skip(1).filter(is_named)
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

fn stopped() -> io::Error {
    io::Error::other("the machine has stopped")
}
