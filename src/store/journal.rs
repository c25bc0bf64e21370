//! The journal of a run: one file, checksummed lines, each durable before the call after it.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;

use super::{StoreError, error::io_error, listing::Listing};
use crate::{
    disk::Disk,
    frame,
    state::{Entry, Header, JOURNAL_FORMAT},
};

/// The journal of the run that goes on.
#[derive(Debug)]
pub struct Journal {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    /// The snapshot that follows the one which this journal continues: it is made at the end of
    /// the run, or by another run that takes this one for dead.
    next: PathBuf,
    header: Header,
    begun: bool,
}

impl Journal {
    pub(super) fn new(disk: Arc<dyn Disk>, path: PathBuf, next: PathBuf, header: Header) -> Self {
        Self { disk, path, next, header, begun: false }
    }

    /// Adds entries. When this returns they are durable, and no other run has gone on from the
    /// same state before they were.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if one has, and [`StoreError::Disk`]: then it is unknown whether
    /// they are durable.
    pub fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let mut text = String::new();
        if !self.begun {
            text.push_str(&frame::encode(&json(&self.header)));
        }
        for entry in entries {
            text.push_str(&frame::encode(&json(entry)));
        }
        let written = if self.begun {
            self.disk.extend_durable(&self.path, text.as_bytes())
        } else {
            self.disk.append_durable(&self.path, text.as_bytes())
        };
        match written {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(self.gone()),
            other => other.map_err(io_error("could not write to", &self.path))?,
        }
        self.begun = true;
        match self.disk.kind(&self.next).map_err(io_error("could not look at", &self.next))? {
            None => Ok(()),
            Some(_) => Err(self.fenced()),
        }
    }

    /// Why the journal is not there: whoever folds one removes it, once a newer snapshot is there.
    fn gone(&self) -> StoreError {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        let newest = Listing::read(&*self.disk, directory).ok();
        let newest = newest.as_ref().and_then(|listing| listing.newest());
        match newest.filter(|(serial, _)| *serial > self.header.base) {
            Some((_, path)) => StoreError::Fenced { path: path.to_owned() },
            None => StoreError::DeletedMeanwhile { path: self.path.clone() },
        }
    }

    fn fenced(&self) -> StoreError {
        StoreError::Fenced { path: self.next.clone() }
    }

    /// Whether anything was written.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun
    }
}

/// The part of a header that every format has.
#[derive(Deserialize)]
struct Format {
    format: String,
}

/// Reads a journal; `None` if it has no whole line. A torn tail is what was never durable.
pub(super) fn decode(
    path: &Path,
    bytes: &[u8],
) -> Result<Option<(Header, Vec<Entry>)>, StoreError> {
    let damaged = |reason: String| StoreError::damaged(path, reason);
    let frames = frame::decode(bytes).map_err(|corruption| damaged(corruption.to_string()))?;
    let Some(first) = frames.texts.first() else { return Ok(None) };
    let of_line = |index: usize| {
        move |error: serde_json::Error| damaged(format!("line {} is damaged: {error}", index + 1))
    };
    let of: Format = serde_json::from_str(first).map_err(of_line(0))?;
    if of.format != JOURNAL_FORMAT {
        return Err(StoreError::Format { path: path.to_owned(), format: of.format });
    }
    let header: Header = serde_json::from_str(first).map_err(of_line(0))?;
    let entry = |(index, text): (usize, &&str)| serde_json::from_str(text).map_err(of_line(index));
    let entries = frames.texts.iter().enumerate().skip(1).map(entry).collect::<Result<_, _>>()?;
    Ok(Some((header, entries)))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("entries and headers have string keys only")
}
