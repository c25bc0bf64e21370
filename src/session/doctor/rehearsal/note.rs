//! The note of what a rehearsal makes: written before, removed when all of it is gone.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::refusal::RehearsalError;
use crate::{
    checkup::{Check, CheckCode},
    model::{CloudName, InstanceId, InstanceRef, Region},
    session::{backends::LOCAL, doctor::opened::Doctor},
    visible,
};

/// How the names of a rehearsal's pairs begin.
pub(super) const PREFIX: &str = "keyform-rehearsal-";
/// The tag that says what such a pair is.
pub(super) const TAG: &str = "keyform:rehearsal";

/// What a rehearsal makes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Note {
    pub(super) region: Region,
    pub(super) instance: InstanceId,
    /// The two that are bound, and the one that the service makes.
    pub(super) pairs: [CloudName; 3],
}

impl Note {
    pub(super) fn new(at: &InstanceRef, pairs: [CloudName; 3]) -> Self {
        Self { region: at.region.clone(), instance: at.id.clone(), pairs }
    }

    /// Writes it, in the place of that of a rehearsal whose leftovers were removed, and removes the
    /// keys of that one.
    pub(super) fn write(&self, doctor: &Doctor) -> Result<(), RehearsalError> {
        let path = path(&doctor.directory);
        let disk = &*doctor.context.disk;
        let failed = |source| RehearsalError::Note { path: visible::path(&path), source };
        let text = serde_json::to_string(self).map_err(|error| failed(error.into()))?;
        disk.ensure_directory(&doctor.directory.join(LOCAL)).map_err(failed)?;
        remove_keys(doctor).map_err(failed)?;
        disk.replace_durable(&path, format!("{text}\n").as_bytes()).map_err(failed)
    }

    /// Removes it, and the keys of the rehearsal.
    pub(super) fn remove(doctor: &Doctor) -> io::Result<()> {
        remove_keys(doctor)?;
        doctor.context.disk.remove_durable(&path(&doctor.directory))
    }
}

/// Removes the private keys of rehearsals, whose pairs are gone.
fn remove_keys(doctor: &Doctor) -> io::Result<()> {
    let (disk, directory) = (&*doctor.context.disk, key_directory(&doctor.directory));
    if disk.kind(&directory)?.is_none() {
        return Ok(());
    }
    let names = disk.list(&directory)?;
    names
        .into_iter()
        .filter(|name| name.starts_with(PREFIX))
        .try_for_each(|name| disk.remove_durable(&directory.join(name)))
}

fn path(project: &Path) -> PathBuf {
    project.join(LOCAL).join("rehearsal.json")
}

/// Where the private keys of a rehearsal are, until its end.
pub(super) fn key_directory(project: &Path) -> PathBuf {
    project.join(LOCAL).join("rehearsal")
}

/// What is left of a rehearsal that did not come to its end.
pub(in crate::session::doctor) fn left(doctor: &Doctor) -> Option<Check> {
    let bytes = doctor.context.disk.read(&path(&doctor.directory)).ok()?;
    let finding = match serde_json::from_slice::<Note>(&bytes) {
        Ok(note) => format!(
            "a rehearsal on {} in {} did not remove its pairs: {}",
            note.instance,
            note.region,
            note.pairs.map(|name| name.to_string()).join(", ")
        ),
        Err(_) => "a rehearsal did not remove its pairs, and its note cannot be read".to_owned(),
    };
    Some(Check::warning(CheckCode::Leftover, finding).advice(
        "`keyform doctor --rehearse` with the same instance removes them, unless a rehearsal goes on",
    ))
}
