//! The deferred work of applied plans.

use std::time::Duration;

use super::{error::SessionError, open::Session};
use crate::{
    model::Timestamp,
    state::{DeferredItem, deferred_items},
};

/// For how long at most nothing is looked at while a moment is waited for: the clock may be set.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Session {
    /// The deferred work.
    ///
    /// # Errors
    /// [`SessionError`] if the state cannot be read.
    pub fn deferred(&self) -> Result<Vec<DeferredItem>, SessionError> {
        let loaded = self.store.load()?;
        let recorded = loaded.map(|loaded| loaded.state.recorded).unwrap_or_default();
        Ok(deferred_items(&recorded, self.now()))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    /// Waits until a moment, or until the deadline; answers whether the moment has come.
    #[must_use]
    pub fn wait_until(&self, moment: Timestamp) -> bool {
        let clock = &self.context.clock;
        let until = self.context.deadline.map_or(moment, |deadline| deadline.min(moment));
        while clock.now() < until {
            clock.sleep(until.since(clock.now()).min(LOOK_AGAIN));
        }
        until == moment
    }
}
