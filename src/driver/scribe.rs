//! Writes the journal of a run, and knows when nothing may be done any more: what cannot be written
//! down before is not done.

use std::collections::BTreeSet;

use tracing::debug;

use super::{codes::DriverErrorCode, error::DriverError, failure::refused};
use crate::{
    apply::{Call, CallFailure, Event, Report, StopReason},
    model::Address,
    state::Entry,
    store::{Journal, StoreError},
    telemetry::RECORD,
};

/// The journal of a run, up to its first failure.
#[derive(Debug)]
pub(super) struct Scribe<'a> {
    journal: &'a mut Journal,
    /// What the first append that failed said. It may have left half a line, which only the next
    /// run cuts off, so nothing is written after it.
    failure: Option<StoreError>,
    /// Where something was done or begun, and no record says yet what became of it.
    open: BTreeSet<Address>,
}

impl<'a> Scribe<'a> {
    pub(super) fn new(journal: &'a mut Journal) -> Self {
        Self { journal, failure: None, open: BTreeSet::new() }
    }

    /// Adds entries; when this answers that they are recorded they are durable.
    pub(super) fn record(&mut self, entries: &[Entry]) -> Event {
        if self.failure.is_none() {
            self.failure = self.journal.append(entries).err();
        }
        let is_durable = self.failure.is_none();
        debug!(target: RECORD, entries = entries.len(), is_durable);
        for entry in entries {
            self.note(entry, is_durable);
        }
        if is_durable { Event::Recorded } else { Event::RecordFailed }
    }

    /// Notes what an entry leaves open. A call is made only if its intent is durable, and it is closed
    /// by a durable outcome, or by one that says that it surely did not happen.
    fn note(&mut self, entry: &Entry, is_durable: bool) {
        match entry {
            Entry::Intent { intents, .. } if is_durable => {
                self.open.extend(intents.iter().map(|(address, _)| address.clone()));
            }
            Entry::Outcome { changes, failures, .. } => {
                for change in changes {
                    match is_durable {
                        true => self.open.remove(&change.address()),
                        false => self.open.insert(change.address()),
                    };
                }
                for refused in failures {
                    self.open.remove(&refused.address);
                }
            }
            Entry::Intent { .. } | Entry::Finished => {}
        }
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
        let Some(source) = failure else { return Ok(report) };
        let source = Box::new(source);
        Err(DriverError::Journal { source, open: self.open.into_iter().collect() })
    }
}
