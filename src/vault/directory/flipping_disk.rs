//! A disk that changes a byte of whatever is read from it.

use std::{io, path::Path};

use crate::disk::{Disk, FileKind, LockGuard, MemoryDisk};

#[derive(Debug, Default)]
pub(super) struct FlippingDisk(MemoryDisk);

impl Disk for FlippingDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = self.0.read(path)?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        Ok(bytes)
    }

    fn read_from(&self, path: &Path, offset: u64) -> io::Result<Vec<u8>> {
        self.0.read_from(path, offset)
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        self.0.list(directory)
    }

    fn kind(&self, path: &Path) -> io::Result<Option<FileKind>> {
        self.0.kind(path)
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        self.0.permissions(path)
    }

    fn is_own(&self, path: &Path) -> io::Result<bool> {
        self.0.is_own(path)
    }

    fn link_count(&self, path: &Path) -> io::Result<u64> {
        self.0.link_count(path)
    }

    fn random_suffix(&self) -> io::Result<u32> {
        self.0.random_suffix()
    }

    fn create_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.0.create_file(path, bytes)
    }

    fn write_stream(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.0.write_stream(path, bytes)
    }

    fn share_file(&self, path: &Path) -> io::Result<()> {
        self.0.share_file(path)
    }

    fn append_file(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.0.append_file(path, bytes)
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        self.0.truncate(path, length)
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        self.0.sync_file(path)
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        self.0.sync_directory(directory)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.0.remove_file(path)
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        self.0.create_directory(directory)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<LockGuard>> {
        self.0.try_lock(path)
    }

    fn lock(&self, path: &Path) -> io::Result<LockGuard> {
        self.0.lock(path)
    }
}
