//! Plans as files. They hold no secret and may be published.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::SavedPlanErrorCode;
use crate::{
    disk::{Disk, FileKind},
    plan::{PLAN_FORMAT, Plan},
    visible,
};

/// Why a plan's file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SavedPlanError {
    /// The operating system refused.
    #[error("the plan {} cannot be {what}", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// "read" or "written".
        what: &'static str,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Something else has the place.
    #[error(
        "{} is there already and is no plan of keyform, so it was not replaced; name another file",
        .0.display()
    )]
    Occupied(PathBuf),
    /// It is not a plan.
    #[error(
        "{} is not a plan that keyform wrote; make one with `keyform plan -o FILE`",
        path.display()
    )]
    NotAPlan {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It has characters that are not visible, which a plan of ours writes out.
    #[error(
        "the plan {} has invisible characters, which could hide from you what it does: \
         make a new one with `keyform plan -o {}`",
        .0.display(), .0.display()
    )]
    Invisible(PathBuf),
    /// It is a plan of another version.
    #[error(
        "the plan {} is of the format {format}, and this version applies {PLAN_FORMAT}; make a \
         new one with `keyform plan -o FILE`", path.display()
    )]
    OtherFormat {
        /// Which file.
        path: PathBuf,
        /// Its format.
        format: String,
    },
}

impl SavedPlanError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> SavedPlanErrorCode {
        match self {
            Self::Disk { .. } => SavedPlanErrorCode::Disk,
            Self::Occupied(_) => SavedPlanErrorCode::Occupied,
            Self::NotAPlan { .. } => SavedPlanErrorCode::NotAPlan,
            Self::Invisible(_) => SavedPlanErrorCode::Invisible,
            Self::OtherFormat { .. } => SavedPlanErrorCode::OtherFormat,
        }
    }
}

#[derive(Deserialize)]
struct Format {
    format: String,
}

/// Reads a plan.
///
/// # Errors
/// [`SavedPlanError`].
pub fn read_plan(disk: &dyn Disk, path: &Path) -> Result<Plan, SavedPlanError> {
    let bytes = disk.read(path).map_err(|source| SavedPlanError::Disk {
        path: path.to_owned(),
        what: "read; `keyform plan -o FILE` writes one",
        source,
    })?;
    let not_a_plan = |source| SavedPlanError::NotAPlan { path: path.to_owned(), source };
    let of: Format = serde_json::from_slice(&bytes).map_err(not_a_plan)?;
    if of.format != PLAN_FORMAT {
        return Err(SavedPlanError::OtherFormat { path: path.to_owned(), format: of.format });
    }
    let plan = serde_json::from_slice(&bytes).map_err(not_a_plan)?;
    if has_unseen(&bytes) {
        return Err(SavedPlanError::Invisible(path.to_owned()));
    }
    Ok(plan)
}

/// Whether a file has a character that could command the terminal of whoever reads it, and so hide
/// what the plan does. keyform writes each as an escape of JSON, and shows it written out.
fn has_unseen(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| visible::json(text) != text)
}

/// Writes a plan's text, in the place of an older one. Nothing but a plan is ever replaced; a pipe
/// or a device is written to.
///
/// # Errors
/// [`SavedPlanError::Occupied`] and [`SavedPlanError::Disk`].
pub fn write_plan(disk: &dyn Disk, path: &Path, text: &str) -> Result<(), SavedPlanError> {
    let failed = |source| SavedPlanError::Disk {
        path: path.to_owned(),
        what: "written; fix the cause, or name another file",
        source,
    };
    match disk.kind(path).map_err(failed)? {
        None => disk.create_durable(path, text.as_bytes()).map_err(failed),
        Some(FileKind::File) if is_plan(disk, path).map_err(failed)? => {
            disk.replace_durable(path, text.as_bytes()).map_err(failed)
        }
        Some(FileKind::Other) => disk.write_stream(path, text.as_bytes()).map_err(failed),
        Some(FileKind::File | FileKind::Directory | FileKind::Symlink) => {
            Err(SavedPlanError::Occupied(path.to_owned()))
        }
    }
}

fn is_plan(disk: &dyn Disk, path: &Path) -> std::io::Result<bool> {
    let of: Result<Format, _> = serde_json::from_slice(&disk.read(path)?);
    Ok(of.is_ok_and(|of| of.format.starts_with("keyform.plan/")))
}
