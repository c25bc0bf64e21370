//! The journal of a run: checksummed lines, durable before the call after them.
//!
//! A journal is numbered parts, each made by one creation. On a shelf where blobs grow its first
//! part grows instead: one append and one sync for what is recorded together. The end is the same
//! with both: the next part, made as a seal by whoever takes the run for dead.

use std::sync::Arc;

use serde::Deserialize;

use super::{
    Appended, Created, Growing, Shelf, StoreError,
    create::create,
    error::{of_whole, shelf_error},
    listing::{Listing, part_name, snapshot_name},
    shelf::place_of,
};
use crate::{
    frame,
    model::{Lineage, RunId, Timestamp},
    state::{Entry, Header, JOURNAL_FORMAT, JOURNAL_FORMAT_1, State},
};

/// The journal of the run that goes on.
#[derive(Debug)]
pub struct Journal {
    shelf: Arc<dyn Shelf>,
    lineage: Lineage,
    base: u64,
    digest: String,
    run: RunId,
    begun: Timestamp,
    /// The last part that was written; 0 before the first.
    part: u64,
    /// The content of that part.
    written: String,
}

impl Journal {
    pub(super) fn new(
        shelf: Arc<dyn Shelf>,
        state: &State,
        digest: &str,
        run: &RunId,
        begun: Timestamp,
    ) -> Self {
        Self {
            shelf,
            lineage: state.lineage.clone(),
            base: state.serial,
            digest: digest.to_owned(),
            run: run.clone(),
            begun,
            part: 0,
            written: String::new(),
        }
    }

    /// Adds entries. When this returns they are durable, and no other run has gone on from the
    /// same state before they were.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] if one has, and what the shelf refuses: then it is unknown whether
    /// they are durable.
    pub fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let lines: String = entries.iter().map(|entry| frame::encode(&json(entry))).collect();
        match self.shelf.growing().filter(|_| self.has_begun()) {
            Some(growing) => self.grow(growing, &lines),
            None => self.add_part(&lines),
        }
    }

    fn grow(&self, growing: &dyn Growing, lines: &str) -> Result<(), StoreError> {
        let name = part_name(self.base, self.part);
        let seal = part_name(self.base, self.part + 1);
        let appended = growing.append(&name, &seal, lines.as_bytes());
        match appended.map_err(self.failed("could not write to", &name))? {
            Appended::Done => Ok(()),
            Appended::Gone => Err(self.gone()),
            Appended::Ended => Err(self.fenced(&seal)),
        }
    }

    fn add_part(&mut self, lines: &str) -> Result<(), StoreError> {
        let part = self.part + 1;
        let name = part_name(self.base, part);
        let header = Header {
            format: JOURNAL_FORMAT.to_owned(),
            lineage: self.lineage.clone(),
            base: self.base,
            digest: Some(self.digest.clone()),
            begun: Some(self.begun),
            run: Some(self.run.clone()),
            part: Some(part),
        };
        let text = format!("{}{lines}", frame::encode(&json(&header)));
        let created = create(&*self.shelf, &name, text.as_bytes());
        match created.map_err(self.failed("could not write to", &name))? {
            Created::Exists => return Err(self.fenced(&name)),
            Created::New => {}
        }
        self.part = part;
        let before = std::mem::replace(&mut self.written, text);
        self.check_ground(&before)
    }

    /// Checks that the part was not made where a seal has been: a run that has gone on removes
    /// what it folded, the earlier first. So a part that was made too late has not this run's own part
    /// before it, but none, or a seal that came too late itself.
    fn check_ground(&self, written_before: &str) -> Result<(), StoreError> {
        if self.part == 1 {
            let listing = self.list()?;
            return match listing.newest() {
                Some((serial, _)) if serial == self.base => Ok(()),
                Some((serial, name)) if serial > self.base => Err(self.fenced(name)),
                _ => Err(self.deleted(&snapshot_name(self.base))),
            };
        }
        let before = part_name(self.base, self.part - 1);
        let there = self.shelf.read(&before).map_err(self.failed("could not look at", &before))?;
        match there {
            Some(there) if there == written_before.as_bytes() => Ok(()),
            Some(_) => Err(self.fenced(&before)),
            None => Err(self.gone()),
        }
    }

    /// Why the journal is not there: whoever folds one removes it, once a newer snapshot is there.
    fn gone(&self) -> StoreError {
        let newest = self.list().ok();
        let newest = newest.as_ref().and_then(|listing| listing.newest());
        match newest.filter(|(serial, _)| *serial > self.base) {
            Some((_, name)) => self.fenced(name),
            None => self.deleted(&part_name(self.base, self.part)),
        }
    }

    fn fenced(&self, name: &str) -> StoreError {
        StoreError::Fenced { place: place_of(&*self.shelf, name) }
    }

    fn deleted(&self, name: &str) -> StoreError {
        StoreError::DeletedMeanwhile { place: place_of(&*self.shelf, name) }
    }

    fn list(&self) -> Result<Listing, StoreError> {
        Listing::read(&*self.shelf).map_err(of_whole(&*self.shelf, "could not list"))
    }

    fn failed(
        &self,
        what: &'static str,
        name: &str,
    ) -> impl FnOnce(super::ShelfError) -> StoreError {
        shelf_error(&*self.shelf, what, name)
    }

    /// Whether anything was written.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.part > 0
    }
}

/// The content of a seal, which is a part without a plan and without entries.
pub(super) fn seal(base: u64, lineage: &Lineage, run: &RunId, part: u64) -> String {
    let header = Header {
        format: JOURNAL_FORMAT.to_owned(),
        lineage: lineage.clone(),
        base,
        digest: None,
        begun: None,
        run: Some(run.clone()),
        part: Some(part),
    };
    frame::encode(&json(&header))
}

/// A journal of format 1, or a part of one.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) header: Header,
    pub(super) entries: Vec<Entry>,
}

/// The part of a header that every format has.
#[derive(Deserialize)]
struct Format {
    format: String,
}

/// Reads a journal or a part of one; `None` if it has no whole line. A torn tail is what was never
/// durable.
pub(super) fn decode(place: &str, bytes: &[u8]) -> Result<Option<Part>, StoreError> {
    let damaged = |reason: String| StoreError::damaged(place, reason);
    let frames = frame::decode(bytes).map_err(|corruption| damaged(corruption.to_string()))?;
    let Some(first) = frames.texts.first() else { return Ok(None) };
    let of_line = |index: usize| {
        move |error: serde_json::Error| damaged(format!("line {} is damaged: {error}", index + 1))
    };
    let of: Format = serde_json::from_str(first).map_err(of_line(0))?;
    if of.format != JOURNAL_FORMAT && of.format != JOURNAL_FORMAT_1 {
        return Err(StoreError::Format { place: place.to_owned(), format: of.format });
    }
    let header: Header = serde_json::from_str(first).map_err(of_line(0))?;
    let is_whole = if header.format == JOURNAL_FORMAT {
        header.run.is_some() && header.part.is_some()
    } else {
        header.digest.is_some() && header.run.is_none() && header.part.is_none()
    };
    if !is_whole {
        return Err(damaged(
            "line 1 is damaged: it is not the first line of its format".to_owned(),
        ));
    }
    let entry = |(index, text): (usize, &&str)| serde_json::from_str(text).map_err(of_line(index));
    let entries = frames.texts.iter().enumerate().skip(1).map(entry).collect::<Result<_, _>>()?;
    Ok(Some(Part { header, entries }))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("entries and headers have string keys only")
}
