//! The only writer of files, and what durable means.
//!
//! [`Disk`] has the primitive operations, in a real form ([`RealDisk`]) and a memory form
//! ([`MemoryDisk`]) that loses what was not synced when it crashes. The functions on `dyn Disk` are
//! the durable compositions: written once, so that both forms run the same sequence of syncs.

mod memory;
mod real;

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

pub use memory::MemoryDisk;
pub use real::RealDisk;

/// The primitive operations on files. None of them follows a symlink in the last part of a path, and
/// none but `write_stream` opens anything else than a regular file;
/// none but `sync_file` and `sync_directory` makes anything durable.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Reads a whole file. The caller zeroizes what could be a private key; no copy of it is left
    /// behind by the real form.
    ///
    /// # Errors
    /// As the operating system says; a symlink or a directory is an error.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Reads a file from an offset to its end; nothing if it is not longer than that.
    ///
    /// # Errors
    /// As [`Disk::read`].
    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Vec<u8>>;

    /// The names in a directory, sorted.
    ///
    /// # Errors
    /// As the operating system says; a missing directory is an error.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// What a path leads to, without following a symlink; `None` if nothing is there.
    ///
    /// # Errors
    /// As the operating system says, but for "not found".
    fn kind(&self, path: &Path) -> io::Result<Option<FileKind>>;

    /// The permission bits of a file or directory.
    ///
    /// # Errors
    /// As the operating system says; nothing there is an error.
    fn permissions(&self, path: &Path) -> io::Result<u32>;

    /// Whether a file or directory belongs to the user who runs this program.
    ///
    /// # Errors
    /// As the operating system says; nothing there is an error.
    fn is_own(&self, path: &Path) -> io::Result<bool>;

    /// How many names a file has.
    ///
    /// # Errors
    /// As the operating system says; nothing there is an error.
    fn link_count(&self, path: &Path) -> io::Result<u64>;

    /// A number that no other process is likely to be given, for the name of a temporary file.
    ///
    /// # Errors
    /// As the operating system says.
    fn random_suffix(&self) -> io::Result<u32>;

    /// Makes a file of mode 0600 that must not exist, and writes to it.
    ///
    /// # Errors
    /// As the operating system says; `AlreadyExists` if anything is there.
    fn create_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Adds to the end of a file that exists.
    ///
    /// # Errors
    /// As the operating system says.
    fn append_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Writes to a pipe or a device, which is waited for.
    ///
    /// # Errors
    /// As the operating system says.
    fn write_stream(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Cuts a file off.
    ///
    /// # Errors
    /// As the operating system says.
    fn truncate(&self, path: &Path, length: u64) -> io::Result<()>;

    /// Makes the content of a file durable, not its name.
    ///
    /// # Errors
    /// As the operating system says.
    fn sync_file(&self, path: &Path) -> io::Result<()>;

    /// Makes the names in a directory durable.
    ///
    /// # Errors
    /// As the operating system says.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;

    /// Gives a file a second name, which must not exist.
    ///
    /// # Errors
    /// As the operating system says; `AlreadyExists` if anything is there.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives a file another name, in the place of what has it.
    ///
    /// # Errors
    /// As the operating system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a name.
    ///
    /// # Errors
    /// As the operating system says.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Makes one directory of mode 0700 that must not exist.
    ///
    /// # Errors
    /// As the operating system says; `AlreadyExists` if anything is there.
    fn create_directory(&self, directory: &Path) -> io::Result<()>;

    /// Takes the lock of the operating system on a file, which is made if it is missing; `None` if
    /// another holder has it. The lock is free when the guard is dropped or its process dies.
    ///
    /// # Errors
    /// As the operating system says.
    fn try_lock(&self, path: &Path) -> io::Result<Option<LockGuard>>;

    /// Takes the lock and waits for it. For locks that are only ever held for a moment.
    ///
    /// # Errors
    /// As the operating system says.
    fn lock(&self, path: &Path) -> io::Result<LockGuard>;
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symlink, whatever it leads to.
    Symlink,
    /// A socket, a device or the like.
    Other,
}

/// A lock that is held until this is dropped.
#[must_use]
pub struct LockGuard(
    #[expect(dead_code, reason = "held for what its drop does")] Box<dyn Send + Sync>,
);

impl fmt::Debug for LockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockGuard")
    }
}

/// The end of the names of files that are being made: `.NAME.NUMBER.keyform-tmp`. A crash can leave
/// them behind; whoever holds the lock that guards their directory may remove them.
pub const TEMPORARY_SUFFIX: &str = ".keyform-tmp";

/// How many bytes the name of a temporary file has beside the name that the file is to have.
pub const TEMPORARY_NAME_ADDS: usize = ".".len() + ".01234567".len() + TEMPORARY_SUFFIX.len();

/// How often a file is made whose temporary file somebody else removes.
const ATTEMPTS: usize = 3;

impl dyn Disk + '_ {
    /// Makes a directory and those above it that are missing, each durable in the one above.
    ///
    /// The name of a directory that is there is made durable too: the process that made it may have
    /// died before it did so.
    ///
    /// # Errors
    /// As the operating system says; a file or a symlink in the place of the directory is an error.
    pub fn ensure_directory(&self, directory: &Path) -> io::Result<()> {
        if directory.as_os_str().is_empty() {
            return Ok(());
        }
        match self.kind(directory)? {
            Some(FileKind::Directory) => return self.sync_above(directory),
            Some(kind) => return Err(not_a_directory(directory, kind)),
            None => {}
        }
        let parent = parent(directory);
        self.ensure_directory(parent)?;
        match self.create_directory(directory) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
        self.sync_directory(parent)
    }

    /// Makes the name of a directory that exists durable. A directory above that this user may not
    /// read, such as `/home` on many machines, can as a rule not be written to either: what is in
    /// it was made by somebody else, long ago.
    fn sync_above(&self, directory: &Path) -> io::Result<()> {
        match self.sync_directory(parent(directory)) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            other => other,
        }
    }

    /// Makes a file with this content, or none: when this returns the file is durable, and at no
    /// moment is there a part of it under `path`. Fails with `AlreadyExists` if `path` is taken.
    ///
    /// The content goes to a temporary file, which gets its name by `link`: unlike `rename` it
    /// never replaces what is there. A run of another checkout that shares the directory can take
    /// the temporary file for one of a dead run and remove it: then it is made again.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn create_durable(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        for _ in 0..ATTEMPTS {
            if self.try_create_durable(path, bytes)? {
                return Ok(());
            }
        }
        Err(io::Error::other("another run removes its temporary files; wait for its end"))
    }

    /// Answers whether the temporary file was there to the end.
    fn try_create_durable(&self, path: &Path, bytes: &[u8]) -> io::Result<bool> {
        let temporary = self.create_temporary(path, bytes)?;
        let linked = self
            .sync_file(&temporary)
            .and_then(|()| self.link_surely(&temporary, path))
            .and_then(|()| self.sync_directory(parent(path)));
        match (linked, self.remove_file(&temporary)) {
            (Err(error), Err(other)) if is_not_found(&error) && is_not_found(&other) => Ok(false),
            (Ok(()), Err(error)) if is_not_found(&error) => Ok(true),
            (linked, removed) => linked.and(removed).map(|()| true),
        }
    }

    /// Gives a temporary file, of which nobody else knows, its name. A network file system can lose
    /// the answer, ask again by itself, and then say that the name is taken: a second name of the
    /// file shows that it was this link that took it.
    fn link_surely(&self, temporary: &Path, path: &Path) -> io::Result<()> {
        match self.link(temporary, path) {
            Err(_) if self.link_count(temporary).is_ok_and(|names| names > 1) => Ok(()),
            other => other,
        }
    }

    /// Gives a file this content, durably: after a crash it has the old content or the new one.
    /// Only for what may be replaced; nothing of a state and no key may.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn replace_durable(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.create_temporary(path, bytes)?;
        let renamed =
            self.sync_file(&temporary).and_then(|()| self.rename_surely(&temporary, path, bytes));
        if let Err(error) = renamed {
            // What is wrong is said already; a file that stays is removed with those of dead runs.
            let _ = self.remove_file(&temporary);
            return Err(error);
        }
        self.sync_directory(parent(path))
    }

    /// Gives a temporary file the name of another, whatever becomes of the answer.
    fn rename_surely(&self, temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let error = match self.rename(temporary, path) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let is_done = matches!(self.kind(temporary), Ok(None))
            && self.read(path).is_ok_and(|there| there == bytes);
        if is_done { Ok(()) } else { Err(error) }
    }

    fn create_temporary(&self, path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
        let temporary = temporary_path(path, self.random_suffix()?);
        match self.create_file(&temporary, bytes) {
            Ok(()) => Ok(temporary),
            // That `path` is taken would be something else.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(io::Error::other(
                format!("{} is there already; run the same command again", temporary.display()),
            )),
            Err(error) => {
                // A full disk leaves the half of a file, and has no room for it.
                let _ = self.remove_file(&temporary);
                Err(error)
            }
        }
    }

    /// Whether a file of this length could be made beside `path`: one is, made durable, and removed.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn try_room(&self, path: &Path, length: usize) -> io::Result<()> {
        let temporary = self.create_temporary(path, &vec![0; length])?;
        let synced = self.sync_file(&temporary);
        synced.and(self.remove_file(&temporary))
    }

    /// Adds to the end of a file, which is made if it is missing, and makes it durable.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn append_durable(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        match self.append_file(path, bytes) {
            Err(error) if is_not_found(&error) => {
                self.create_file(path, bytes)?;
                self.sync_file(path)?;
                self.sync_directory(parent(path))
            }
            other => other.and_then(|()| self.sync_file(path)),
        }
    }

    /// Adds to the end of a file that must exist, and makes it durable.
    ///
    /// # Errors
    /// As the operating system says; `NotFound` if the file is not there, or not any more.
    pub fn extend_durable(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.append_file(path, bytes)?;
        self.sync_file(path)
    }

    /// Gives a file another name, durably, without ever replacing what has that name.
    ///
    /// # Errors
    /// As the operating system says; `AlreadyExists` if `to` is taken.
    pub fn move_durable(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.link(from, to)?;
        self.sync_directory(parent(to))?;
        self.remove_file(from)?;
        self.sync_directory(parent(from))
    }

    /// Tries whether files can be made and linked in a directory, and leaves none there.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn try_links(&self, directory: &Path) -> io::Result<()> {
        let first = self.create_temporary(&directory.join("doctor"), b"keyform doctor\n")?;
        let second = temporary_path(&directory.join("doctor-link"), self.random_suffix()?);
        let linked = self.sync_file(&first).and_then(|()| self.link(&first, &second));
        let removed = linked.as_ref().map_or(Ok(()), |()| self.remove_file(&second));
        linked.and(removed).and(self.remove_file(&first))
    }

    /// Removes a name, durably.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn remove_durable(&self, path: &Path) -> io::Result<()> {
        self.remove_file(path)?;
        self.sync_directory(parent(path))
    }

    /// Cuts a file off, durably.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn truncate_durable(&self, path: &Path, length: u64) -> io::Result<()> {
        self.truncate(path, length)?;
        self.sync_file(path)
    }

    /// Removes the temporary files that dead runs left in a directory. Call it under the lock that
    /// guards the directory.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn remove_temporaries(&self, directory: &Path) -> io::Result<()> {
        for name in self.list(directory)? {
            if name.ends_with(TEMPORARY_SUFFIX) {
                match self.remove_file(&directory.join(name)) {
                    // It was of a live run, which is done with it.
                    Err(error) if is_not_found(&error) => {}
                    other => other?,
                }
            }
        }
        Ok(())
    }
}

/// The directory that holds a path; `.` for a bare name.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn temporary_path(path: &Path, number: u32) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{number:08x}{TEMPORARY_SUFFIX}"));
    path.with_file_name(name)
}

fn is_not_found(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn not_a_directory(path: &Path, kind: FileKind) -> io::Error {
    let found = match kind {
        FileKind::File => "a file",
        FileKind::Symlink => "a symlink",
        FileKind::Directory | FileKind::Other => "something else",
    };
    io::Error::new(
        io::ErrorKind::NotADirectory,
        format!(
            "{} is {found}, not a directory; move it away, or put a directory in its place",
            path.display()
        ),
    )
}

#[cfg(test)]
mod tests;
