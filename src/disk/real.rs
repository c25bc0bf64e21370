//! The real disk.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

use zeroize::Zeroizing;

use super::{Disk, FileKind, LockGuard};

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

/// `O_NOFOLLOW` of Linux and of macOS: opening a symlink fails. The standard library has no name
/// for it, and one constant is no reason for the libc crate.
#[cfg(target_os = "macos")]
const NO_FOLLOW: i32 = 0x0100;
#[cfg(all(target_os = "linux", any(target_arch = "aarch64", target_arch = "arm")))]
const NO_FOLLOW: i32 = 0o100_000;
#[cfg(all(not(target_os = "macos"), not(any(target_arch = "aarch64", target_arch = "arm"))))]
const NO_FOLLOW: i32 = 0o400_000;

/// `O_NONBLOCK`, likewise: opening a FIFO does not wait for its other end.
#[cfg(target_os = "macos")]
const NON_BLOCKING: i32 = 0x0004;
#[cfg(not(target_os = "macos"))]
const NON_BLOCKING: i32 = 0o4000;

#[expect(clippy::disallowed_methods, reason = "this is the one place that opens files to write")]
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(NO_FOLLOW | NON_BLOCKING).mode(0o600);
    options
}

/// Opens a regular file itself. A FIFO would wait for ever, a device has no end, and a symlink leads
/// elsewhere: what is in the place of a file is said in other words than those of the operating
/// system, such as "too many levels of symbolic links".
fn open(options: &OpenOptions, path: &Path) -> io::Result<File> {
    let found = options.open(path).and_then(|file| {
        // What was opened counts, not what the path leads to by now.
        let kind = kind_of(&file.metadata()?);
        Ok((file, kind))
    });
    match found {
        Ok((file, FileKind::File)) => Ok(file),
        Ok((_, FileKind::Directory)) => {
            Err(not_a_file(FileKind::Directory, io::ErrorKind::IsADirectory))
        }
        Ok((_, other)) => Err(not_a_file(other, io::ErrorKind::InvalidInput)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(error) => match fs::symlink_metadata(path).map(|metadata| kind_of(&metadata)) {
            Ok(FileKind::File) | Err(_) => Err(error),
            Ok(other) => Err(not_a_file(other, error.kind())),
        },
    }
}

fn kind_of(metadata: &fs::Metadata) -> FileKind {
    match metadata.file_type() {
        kind if kind.is_symlink() => FileKind::Symlink,
        kind if kind.is_dir() => FileKind::Directory,
        kind if kind.is_file() => FileKind::File,
        _ => FileKind::Other,
    }
}

fn not_a_file(found: FileKind, kind: io::ErrorKind) -> io::Error {
    let text = match found {
        FileKind::Symlink => "it is a symlink; put the file itself in its place",
        FileKind::Directory => "it is a directory in the place of a file; move it away",
        FileKind::File | FileKind::Other => {
            "it is a pipe, a device or the like in the place of a file; move it away"
        }
    };
    io::Error::new(kind, text)
}

impl RealDisk {
    /// Reads a whole file of at most `max` bytes that is not of a project: a symlink is followed, as
    /// the user has put it there.
    ///
    /// # Errors
    /// As the operating system says; what is no regular file, or longer, is an error.
    pub fn read_following(&self, path: &Path, max: u64) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut file = options().read(true).custom_flags(NON_BLOCKING).open(path)?;
        let metadata = file.metadata()?;
        match kind_of(&metadata) {
            FileKind::File if metadata.len() <= max => {
                read_all(&mut file, metadata.len()).map(Zeroizing::new)
            }
            FileKind::File => {
                let text = format!("it is longer than {max} bytes");
                Err(io::Error::new(io::ErrorKind::FileTooLarge, text))
            }
            other => Err(not_a_file(other, io::ErrorKind::InvalidInput)),
        }
    }
}

impl Disk for RealDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let file = open(options().read(true), path)?;
        let length = file.metadata()?.len();
        read_all(file, length)
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Vec<u8>> {
        let mut file = open(options().read(true), path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(directory)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn kind(&self, path: &Path) -> io::Result<Option<FileKind>> {
        match fs::symlink_metadata(path) {
            Ok(metadata) => Ok(Some(kind_of(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        Ok(fs::symlink_metadata(path)?.mode() & 0o7777)
    }

    fn is_own(&self, path: &Path) -> io::Result<bool> {
        let owner = fs::symlink_metadata(path)?.uid();
        Ok(owner == rustix::process::geteuid().as_raw())
    }

    fn link_count(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::symlink_metadata(path)?.nlink())
    }

    fn random_suffix(&self) -> io::Result<u32> {
        getrandom::u32().map_err(io::Error::other)
    }

    fn create_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        open(options().write(true).create_new(true), path)?.write_all(bytes)
    }

    fn share_file(&self, path: &Path) -> io::Result<()> {
        open(options().write(true), path)?.set_permissions(fs::Permissions::from_mode(0o644))
    }

    fn append_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        open(options().append(true), path)?.write_all(bytes)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the disk")]
    fn write_stream(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        OpenOptions::new().write(true).custom_flags(NO_FOLLOW).open(path)?.write_all(bytes)
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        open(options().write(true), path)?.set_len(length)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        open(options().read(true), path)?.sync_all()
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        File::open(directory)?.sync_all()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the disk")]
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the disk")]
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the disk")]
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        fs::DirBuilder::new().mode(0o700).create(directory)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<LockGuard>> {
        let file = lock_file(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(LockGuard(Box::new(file)))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    fn lock(&self, path: &Path) -> io::Result<LockGuard> {
        let file = lock_file(path)?;
        file.lock()?;
        Ok(LockGuard(Box::new(file)))
    }
}

/// Reads to the end of a file of which the length is known, or nearly.
///
/// What is read may be a private key, and a buffer that grows by itself leaves copies of its content
/// in memory. This one has room for all of it from the start; if the file is longer than it was said
/// to be, the buffers that became too small are zeroized.
fn read_all(mut file: impl Read, length: u64) -> io::Result<Vec<u8>> {
    // One byte more, in which the end is seen without growing.
    let mut bytes = buffer(usize::try_from(length).unwrap_or(usize::MAX).saturating_add(1))?;
    let mut filled = 0;
    loop {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if filled == bytes.len() {
            let mut larger = buffer(filled.saturating_mul(2))?;
            larger[..filled].copy_from_slice(&bytes);
            bytes = larger;
        }
    }
    bytes.truncate(filled);
    Ok(std::mem::take(&mut *bytes))
}

/// So many zeros, which are zeroized again when they are dropped; no more than there is memory for.
fn buffer(length: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    bytes.try_reserve_exact(length).map_err(|_| io::ErrorKind::OutOfMemory)?;
    bytes.resize(length, 0);
    Ok(bytes)
}

fn lock_file(path: &Path) -> io::Result<File> {
    open(options().read(true).write(true).create(true).truncate(false), path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, with an interruption before each of them.
    struct Drops<'a> {
        rest: &'a [u8],
        interrupted: bool,
    }

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.interrupted = !self.interrupted;
            if self.interrupted {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = buffer.len().min(3);
            (&mut self.rest).take(count as u64).read(buffer)
        }
    }

    #[test]
    fn a_file_is_read_to_its_end_whatever_its_length_was_said_to_be() {
        let content: Vec<u8> = (0..100).collect();
        for length in [0, 1, 99, 100, 101, 1_000] {
            let read = read_all(Drops { rest: &content, interrupted: false }, length).unwrap();
            assert_eq!(read, content, "{length}");
            assert_eq!(read_all(&content[..], length).unwrap(), content, "{length}");
        }
        assert_eq!(read_all(&content[..], 100).unwrap().capacity(), 101, "it did not grow");
        assert!(read_all(io::empty(), 0).unwrap().is_empty());
        let refused = read_all(&content[..], u64::MAX).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::OutOfMemory);
    }
}
