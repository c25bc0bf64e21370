//! The instances that an earlier run has restarted, until they have settled.
//!
//! One list for the whole run: an instance that is on its way back, or has not settled yet, counts as
//! down in every fleet and wave (L9).

use std::{collections::BTreeMap, time::Duration};

use crate::model::{InstanceRef, Timestamp};

/// The instances that an earlier run has restarted and that this run has seen on their way, or back;
/// and since when they are Running.
#[derive(Debug, Default)]
pub(super) struct Returning {
    items: BTreeMap<InstanceRef, Option<Timestamp>>,
}

impl Returning {
    /// An instance is down by a restart that an earlier run has asked for.
    pub(super) fn saw_down(&mut self, at: InstanceRef) {
        self.items.insert(at, None);
    }

    /// An instance is Running after such a restart, at least since then.
    pub(super) fn saw_running(&mut self, at: InstanceRef, since: Timestamp) {
        self.items.entry(at).or_default().get_or_insert(since);
    }

    /// Whether this run has seen an instance on its way.
    pub(super) fn knows(&self, at: &InstanceRef) -> bool {
        self.items.contains_key(at)
    }

    /// An instance is bound to something else now, which no earlier restart has put in effect.
    pub(super) fn forget(&mut self, at: &InstanceRef) {
        self.items.remove(at);
    }

    /// Whether an instance is not back, or has not been Running for as long as it must be.
    pub(super) fn is_unsettled(
        &self,
        at: &InstanceRef,
        settle: impl FnOnce() -> Duration,
        now: Timestamp,
    ) -> bool {
        match self.items.get(at) {
            None => false,
            Some(None) => true,
            Some(Some(since)) => now.since(*since) < settle(),
        }
    }
}
