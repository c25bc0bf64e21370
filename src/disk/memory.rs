//! A disk in memory that forgets what was not synced when it crashes.

use std::{
    collections::BTreeMap,
    fmt, io,
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
///
/// It is for tests and simulations, whose keys are not secret: it keeps copies of what was removed,
/// and its memory is not zeroized.
#[derive(Clone)]
pub struct MemoryDisk {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    nodes: Vec<Node>,
    /// The names as running programs see them, and as a crash would leave them.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// The locks that are held, each with the number of its holder.
    locks: BTreeMap<PathBuf, u64>,
    lockers: u64,
    operations: u64,
    trouble: Option<(u64, Trouble)>,
    /// What somebody else does before an operation.
    meddler: Option<(u64, Meddler)>,
    dead: bool,
    /// Below these nothing can be changed.
    read_only: Vec<PathBuf>,
    /// The permission bits that are not those with which this program makes things.
    permissions: BTreeMap<PathBuf, u32>,
    numbers_given: u32,
}

type Meddler = Box<dyn FnOnce(&MemoryDisk) + Send>;

#[derive(Clone)]
enum Node {
    Directory,
    Symlink,
    File { content: Vec<u8>, durable: Vec<u8> },
}

/// What happens at the operation that a test picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// The operation fails as on a full disk, half-way if it writes, and later ones succeed.
    Fail,
    /// The operation is done, and its answer is an error, as on a network file system that has
    /// lost the first answer.
    LoseAnswer,
    /// The machine stops before the operation: it and all later ones fail until
    /// [`MemoryDisk::crash`].
    Stop,
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
            permissions: inner.permissions.clone(),
            numbers_given: inner.numbers_given,
            ..Inner::default()
        };
        Self { inner: Arc::new(Mutex::new(fork)) }
    }

    /// How many operations there were.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.inner().operations
    }

    /// Makes the operation with this number, counted from 0 since the disk was made, fail as on a
    /// full disk: what it writes is written half.
    pub fn fail_at(&self, operation: u64) {
        self.inner().trouble = Some((operation, Trouble::Fail));
    }

    /// Makes the operation with this number answer with an error although it was done.
    pub fn lose_answer_at(&self, operation: u64) {
        self.inner().trouble = Some((operation, Trouble::LoseAnswer));
    }

    /// Makes the machine stop before the operation with this number.
    pub fn stop_at(&self, operation: u64) {
        self.inner().trouble = Some((operation, Trouble::Stop));
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
        inner.trouble = None;
        inner.dead = false;
    }

    /// Puts a symlink somewhere, for tests of what must not be followed.
    pub fn put_symlink(&self, path: &Path) {
        let mut inner = self.inner();
        inner.insert(normal(path), Node::Symlink);
    }

    /// Lets somebody else do something right before the operation with this number.
    pub fn meddle_at(&self, operation: u64, act: impl FnOnce(&Self) + Send + 'static) {
        self.inner().meddler = Some((operation, Box::new(act)));
    }

    /// Makes everything below a directory, and the directory, unchangeable.
    pub fn make_read_only(&self, directory: &Path) {
        self.inner().read_only.push(normal(directory));
    }

    /// Makes everything changeable again.
    pub fn make_writable(&self) {
        self.inner().read_only.clear();
    }

    /// Gives a file or directory other permission bits.
    pub fn set_permissions(&self, path: &Path, bits: u32) {
        self.inner().permissions.insert(normal(path), bits);
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

    /// Counts an operation, and does it unless a test wants trouble with it.
    fn operate<R>(&self, work: impl FnOnce(&mut Inner) -> io::Result<R>) -> io::Result<R> {
        self.operate_by_halves(|_| (), work)
    }

    fn be_meddled_with(&self) {
        let mut inner = self.inner();
        let next = inner.operations;
        let meddler = inner.meddler.take_if(|(at, _)| *at == next);
        drop(inner);
        if let Some((_, act)) = meddler {
            act(self);
        }
    }

    /// The same for an operation of which `half` is done when the disk is full.
    fn operate_by_halves<R>(
        &self,
        half: impl FnOnce(&mut Inner),
        work: impl FnOnce(&mut Inner) -> io::Result<R>,
    ) -> io::Result<R> {
        self.be_meddled_with();
        let mut inner = self.inner();
        if inner.dead {
            return Err(stopped());
        }
        let number = inner.operations;
        inner.operations += 1;
        match inner.trouble.take_if(|(at, _)| *at == number) {
            None => work(&mut inner),
            Some((_, Trouble::Stop)) => {
                inner.dead = true;
                Err(stopped())
            }
            Some((_, Trouble::Fail)) => {
                half(&mut inner);
                Err(io::Error::new(io::ErrorKind::StorageFull, "no space left on device"))
            }
            Some((_, Trouble::LoseAnswer)) => {
                let done = work(&mut inner);
                // What was done may be a lock, and giving it back needs the disk.
                drop(inner);
                done.and(Err(io::Error::other("the answer was lost")))
            }
        }
    }
}

impl fmt::Debug for MemoryDisk {
    /// The length of each file, and not its content (L4).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths = self.files().into_iter().map(|(path, content)| (path, content.len()));
        f.debug_map().entries(lengths).finish()
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

    /// Fails if this path must not be changed.
    fn must_be_writable(&self, path: &Path) -> io::Result<()> {
        let path = normal(path);
        if self.read_only.iter().any(|directory| path.starts_with(directory)) {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        Ok(())
    }

    fn create(&mut self, path: &Path, content: Vec<u8>) -> io::Result<()> {
        self.must_be_writable(path)?;
        self.must_be_free(path)?;
        self.insert(normal(path), Node::File { content, durable: Vec::new() });
        Ok(())
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.must_be_writable(path)?;
        self.file(path).map(|(content, _)| content.extend_from_slice(bytes))
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
        self.operate(|inner| inner.file(path).map(|(content, _)| content.clone()))
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Vec<u8>> {
        self.operate(|inner| {
            let (content, _) = inner.file(path)?;
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
            Ok(content[start..].to_vec())
        })
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        self.operate(|inner| {
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
        })
    }

    fn kind(&self, path: &Path) -> io::Result<Option<FileKind>> {
        self.operate(|inner| {
            Ok(inner.names.get(&normal(path)).map(|&index| match inner.nodes[index] {
                Node::Directory => FileKind::Directory,
                Node::Symlink => FileKind::Symlink,
                Node::File { .. } => FileKind::File,
            }))
        })
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        self.operate(|inner| {
            let path = normal(path);
            let index = *inner.names.get(&path).ok_or_else(not_found)?;
            Ok(inner.permissions.get(&path).copied().unwrap_or(match inner.nodes[index] {
                Node::Directory => 0o700,
                Node::File { .. } => 0o600,
                Node::Symlink => 0o777,
            }))
        })
    }

    /// This disk has one user.
    fn is_own(&self, path: &Path) -> io::Result<bool> {
        self.permissions(path).map(|_| true)
    }

    fn link_count(&self, path: &Path) -> io::Result<u64> {
        self.operate(|inner| {
            let index = inner.names.get(&normal(path)).ok_or_else(not_found)?;
            Ok(inner.names.values().filter(|other| *other == index).count() as u64)
        })
    }

    fn random_suffix(&self) -> io::Result<u32> {
        let mut inner = self.inner();
        inner.numbers_given += 1;
        Ok(inner.numbers_given)
    }

    fn create_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.operate_by_halves(
            |inner| {
                let _ = inner.create(path, bytes[..bytes.len() / 2].to_vec());
            },
            |inner| inner.create(path, bytes.to_vec()),
        )
    }

    /// There is no pipe and no device on this disk.
    fn write_stream(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        self.operate(|_| Err(io::ErrorKind::Unsupported.into()))
    }

    fn share_file(&self, path: &Path) -> io::Result<()> {
        self.operate(|inner| {
            inner.file(path)?;
            inner.permissions.insert(normal(path), 0o644);
            Ok(())
        })
    }

    fn append_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.operate_by_halves(
            |inner| {
                let _ = inner.append(path, &bytes[..bytes.len() / 2]);
            },
            |inner| inner.append(path, bytes),
        )
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.operate(|inner| {
            inner.must_be_writable(path)?;
            inner.file(path).map(|(content, _)| content.truncate(length))
        })
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.operate(|inner| inner.file(path).map(|(content, durable)| durable.clone_from(content)))
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        self.operate(|inner| {
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
        })
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operate(|inner| {
            inner.must_be_writable(to)?;
            let index = *inner.names.get(&normal(from)).ok_or_else(not_found)?;
            inner.must_be_free(to)?;
            inner.names.insert(normal(to), index);
            Ok(())
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.operate(|inner| {
            inner.must_be_writable(from)?;
            inner.must_be_writable(to)?;
            let index = inner.names.remove(&normal(from)).ok_or_else(not_found)?;
            inner.names.insert(normal(to), index);
            // They belong to the file, and not to its name.
            match inner.permissions.remove(&normal(from)) {
                Some(bits) => inner.permissions.insert(normal(to), bits),
                None => inner.permissions.remove(&normal(to)),
            };
            Ok(())
        })
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.operate(|inner| {
            inner.must_be_writable(path)?;
            inner.names.remove(&normal(path)).map(|_| ()).ok_or_else(not_found)
        })
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        self.operate(|inner| {
            inner.must_be_writable(directory)?;
            inner.must_be_free(directory)?;
            inner.insert(normal(directory), Node::Directory);
            Ok(())
        })
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<LockGuard>> {
        self.operate(|inner| {
            inner.must_be_writable(path)?;
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
        })
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
