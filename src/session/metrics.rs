//! Metrics as a file that a collector reads.

use std::path::{Path, PathBuf};

use super::MetricsErrorCode;
use crate::disk::{Disk, FileKind};

/// What every file of metrics begins with.
const BEGINNING: &[u8] = b"# HELP keyform_";

/// Why metrics cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The operating system refused.
    #[error("the metrics {} cannot be written; fix the cause, or name another file", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Something else has the place.
    #[error(
        "{} is there already and holds no metrics of keyform, so it was not replaced; name another \
         file",
        .0.display()
    )]
    Occupied(PathBuf),
}

impl MetricsError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> MetricsErrorCode {
        match self {
            Self::Disk { .. } => MetricsErrorCode::Disk,
            Self::Occupied(_) => MetricsErrorCode::Occupied,
        }
    }
}

/// Writes the text of metrics in the place of older ones, so that a collector reads the old file or
/// the new one. Nothing but metrics is ever replaced; a pipe or a device is written to.
///
/// # Errors
/// [`MetricsError`].
pub fn write_metrics(disk: &dyn Disk, path: &Path, text: &str) -> Result<(), MetricsError> {
    let failed = |source| MetricsError::Disk { path: path.to_owned(), source };
    let is_ours = match disk.kind(path).map_err(failed)? {
        Some(FileKind::Other) => {
            return disk.write_stream(path, text.as_bytes()).map_err(failed);
        }
        None => true,
        Some(FileKind::File) => disk.read(path).map_err(failed)?.starts_with(BEGINNING),
        Some(FileKind::Directory | FileKind::Symlink) => false,
    };
    if !is_ours {
        return Err(MetricsError::Occupied(path.to_owned()));
    }
    disk.replace_shared(path, text.as_bytes()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::MemoryDisk;

    const OLD: &str = "# HELP keyform_plan_steps Steps.\nkeyform_plan_steps 1\n";
    const NEW: &str = "# HELP keyform_plan_steps Steps.\nkeyform_plan_steps 2\n";

    fn disk(path: &str, text: &str) -> MemoryDisk {
        let disk = MemoryDisk::new();
        disk.create_file(Path::new(path), text.as_bytes()).expect("an empty disk");
        disk
    }

    #[test]
    fn metrics_replace_metrics_and_nothing_else() {
        let path = Path::new("keyform.prom");
        for (there, is_replaced) in [(OLD, true), ("kind: Project\n", false), ("", false)] {
            let disk = disk("keyform.prom", there);
            let written = write_metrics(&disk, path, NEW);
            let code = written.as_ref().err().map(MetricsError::code);
            assert_eq!(code, (!is_replaced).then_some(MetricsErrorCode::Occupied), "{there}");
            let expected = if is_replaced { NEW } else { there };
            assert_eq!(disk.read(path).expect("a file"), expected.as_bytes());
        }
        let linked = MemoryDisk::new();
        linked.put_symlink(path);
        let refused = write_metrics(&linked, path, NEW).expect_err("a symlink is not followed");
        assert_eq!(refused.code(), MetricsErrorCode::Occupied);
    }

    #[test]
    fn a_collector_of_another_user_reads_the_old_file_or_the_new_one() {
        let path = Path::new("keyform.prom");
        let written = disk("keyform.prom", OLD);
        write_metrics(&written, path, NEW).expect("it is written");
        assert_eq!(written.permissions(path).expect("a file"), 0o644);
        let operations = written.operations();
        for operation in 0..operations {
            for disturb in [MemoryDisk::fail_at, MemoryDisk::stop_at] {
                let disk = disk("keyform.prom", OLD);
                disturb(&disk, operation);
                let _ = write_metrics(&disk, path, NEW);
                let there = disk.files().remove(path).expect("it is there at any moment");
                assert!(there == OLD.as_bytes() || there == NEW.as_bytes(), "at {operation}");
            }
        }
    }
}
