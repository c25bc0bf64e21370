//! Marks, by which a directory is found again under another name.

use std::path::PathBuf;

use super::{super::VaultError, Directory};
use crate::disk::{FileKind, TEMPORARY_SUFFIX};

impl Directory {
    /// The file of a mark, which counts as a temporary one.
    fn mark_of(&self, mark: &str) -> PathBuf {
        self.directory.join(format!(".migrate.{mark}{TEMPORARY_SUFFIX}"))
    }

    /// Leaves a mark, if there is a directory.
    pub(super) fn leave_mark(&self, mark: &str) -> Result<(), VaultError> {
        if self.kind(&self.directory)? != Some(FileKind::Directory) {
            return Ok(());
        }
        let path = self.mark_of(mark);
        self.disk.create_file(&path, b"").map_err(VaultError::io("make", &path))
    }

    /// Whether a mark is there. It is looked for through whatever leads to the directory.
    pub(super) fn sees_mark(&self, mark: &str) -> Result<bool, VaultError> {
        Ok(self.kind(&self.mark_of(mark))?.is_some())
    }

    /// Removes a mark, if there is one.
    pub(super) fn remove_mark(&self, mark: &str) -> Result<(), VaultError> {
        if !self.sees_mark(mark)? {
            return Ok(());
        }
        let path = self.mark_of(mark);
        self.disk.remove_file(&path).map_err(VaultError::io("remove", &path))
    }
}
