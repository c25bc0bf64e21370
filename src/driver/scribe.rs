//! Writes the journal of a run, and knows when nothing may be done any more: what cannot be written
//! down before is not done.

use super::{codes::DriverErrorCode, error::DriverError, failure::refused};
use crate::{
    apply::{Call, CallFailure, Event, Report, StopReason},
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
    /// What only reads is no reason to.
    pub(super) fn refusal(&self, call: &Call) -> Option<CallFailure> {
        let failure = self.failure.as_ref().filter(|_| !matches!(call, Call::Read(_)));
        failure.map(|_| {
            let message = "what the run does could not be written down".to_owned();
            refused(message, DriverErrorCode::Journal.as_str())
        })
    }

    /// What the run came to. Where it lost its lease the report says so, and a journal that another
    /// run has sealed is no news.
    pub(super) fn end(self, report: Report) -> Result<Report, DriverError> {
        let failure = self.failure.filter(|_| report.stopped != Some(StopReason::LeaseLost));
        failure.map_or(Ok(report), |failure| Err(DriverError::Journal(failure)))
    }
}
