//! The mark of the newest state that was used in this checkout, so that an older or another one in
//! its place is noticed.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{StoreError, error::io_error, listing::SERIAL_MAX};
use crate::{disk::Disk, model::Lineage, state::State};

/// The newest state that was used here.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seen {
    pub(super) lineage: Lineage,
    pub(super) serial: u64,
}

/// Where the mark is, in the directory of the checkout.
pub(super) fn path(local: &Path) -> PathBuf {
    local.join("seen.json")
}

/// Reads the mark; `None` where no state was used yet.
pub(super) fn read(disk: &dyn Disk, local: &Path) -> Result<Option<Seen>, StoreError> {
    let path = path(local);
    let bytes = match disk.read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(io_error("could not read", &path))?,
    };
    let damaged = |reason: String| StoreError::mark_damaged(&path, reason);
    if bytes.is_empty() {
        return Err(damaged("it is empty".to_owned()));
    }
    let seen: Seen = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    if seen.serial > SERIAL_MAX {
        return Err(damaged(format!("there is no serial {}", seen.serial)));
    }
    Ok(Some(seen))
}

/// Writes the mark, in the place of the one before.
pub(super) fn write(disk: &dyn Disk, local: &Path, state: &State) -> Result<(), StoreError> {
    let path = path(local);
    let seen = Seen { lineage: state.lineage.clone(), serial: state.serial };
    let text = serde_json::to_string(&seen).expect("a lineage and a number can be written");
    disk.ensure_directory(local).map_err(io_error("could not make", local))?;
    disk.replace_durable(&path, text.as_bytes()).map_err(io_error("could not write", &path))
}
