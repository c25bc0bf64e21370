//! Writes the journal of a run, and knows when nothing may be done any more: what cannot be written
//! down before is not done.

use super::{codes::DriverErrorCode, error::DriverError, failure::refused};
use crate::{
    apply::{CallFailure, Event, Report},
    state::Entry,
    store::{Journal, StoreError},
};

/// The journal of a run, up to its first failure.
#[derive(Debug)]
pub(super) struct Scribe<'a> {
    journal: &'a mut Journal,
    /// What the first append that failed said. It may have left half a line, which only the next
    /// run cuts off, so nothing is written after it.
    failure: Option<StoreError>,
}

impl<'a> Scribe<'a> {
    pub(super) fn new(journal: &'a mut Journal) -> Self {
        Self { journal, failure: None }
    }

    /// Adds entries; when this answers that they are recorded they are durable.
    pub(super) fn record(&mut self, entries: &[Entry]) -> Event {
        if self.failure.is_none() {
            self.failure = self.journal.append(entries).err();
        }
        if self.failure.is_none() { Event::Recorded } else { Event::RecordFailed }
    }

    /// The answer to a call that is not made, since something before it could not be written down.
    pub(super) fn refusal(&self) -> Option<CallFailure> {
        self.failure.as_ref().map(|_| {
            let message = "what the run does could not be written down".to_owned();
            refused(message, DriverErrorCode::Journal.as_str())
        })
    }

    /// What the run came to.
    pub(super) fn end(self, report: Report) -> Result<Report, DriverError> {
        self.failure.map_or(Ok(report), |failure| Err(DriverError::Journal(failure)))
    }
}
