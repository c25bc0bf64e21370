//! Blobs as files of one directory.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Appended, Created, Growing, Shelf, ShelfError, ShelfErrorKind, is_name};
use crate::disk::{Disk, FileKind};

/// The blobs of a directory, each a file in it. A `/` of a name is a `+` there, which no name has:
/// so the directory is listed at once, and has no directories in it.
#[derive(Debug)]
pub struct DiskShelf {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
}

impl DiskShelf {
    /// The blobs in `directory`, which need not exist yet.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>, directory: PathBuf) -> Self {
        Self { disk, directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name.replace('/', "+"))
    }

    fn contains(&self, name: &str) -> Result<bool, ShelfError> {
        let kind: io::Result<Option<FileKind>> = self.disk.kind(&self.path(name));
        kind.map(|kind| kind.is_some()).map_err(|error| self.error(&error))
    }

    /// What the operating system refused was not done, or not whole, and the same again would be
    /// refused as well.
    fn error(&self, error: &io::Error) -> ShelfError {
        let kind = ShelfErrorKind::Refused;
        ShelfError { place: self.place(), reason: error.to_string(), kind }
    }
}

impl Shelf for DiskShelf {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        let files = match self.disk.list(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|error| self.error(&error))?,
        };
        let names = files.into_iter().map(|file| file.replace('+', "/"));
        let mut names: Vec<_> =
            names.filter(|name| is_name(name) && name.starts_with(prefix)).collect();
        names.sort();
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        match self.disk.read(&self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some).map_err(|error| self.error(&error)),
        }
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        self.disk.ensure_directory(&self.directory).map_err(|error| self.error(&error))?;
        match self.disk.create_durable(&self.path(name), content) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Created::Exists),
            other => other.map(|()| Created::New).map_err(|error| self.error(&error)),
        }
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        match self.disk.remove_durable(&self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(|error| self.error(&error)),
        }
    }

    fn place(&self) -> String {
        self.directory.display().to_string()
    }

    fn growing(&self) -> Option<&dyn Growing> {
        Some(self)
    }

    fn are_files(&self) -> bool {
        true
    }

    fn clean(&self) -> Result<(), ShelfError> {
        let directory: &Path = &self.directory;
        self.disk.remove_temporaries(directory).map_err(|error| self.error(&error))
    }
}

impl Growing for DiskShelf {
    fn append(&self, name: &str, end: &str, content: &[u8]) -> Result<Appended, ShelfError> {
        match self.disk.extend_durable(&self.path(name), content) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Appended::Gone),
            other => other.map_err(|error| self.error(&error))?,
        }
        // A run that folds this journal makes the seal, reads, and removes the seal last. In this
        // order one of the two is noticed, or what was added is in what that run has read.
        if self.contains(end)? {
            return Ok(Appended::Ended);
        }
        Ok(if self.contains(name)? { Appended::Done } else { Appended::Gone })
    }
}
