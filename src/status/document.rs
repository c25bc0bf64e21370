//! The document: how things are, pair by pair and instance by instance.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    filter::Filter,
    rows::{InstanceRow, PairRow},
    totals::Totals,
};
use crate::{
    model::{ProjectName, Timestamp},
    plan::{Note, Summary},
    state::DeferredItem,
};

/// The format that this version prints.
pub const STATUS_FORMAT: &str = "keyform.status/1";

/// How things are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The name of this format, with its version.
    #[schemars(extend("const" = STATUS_FORMAT))]
    pub format: &'static str,
    /// The project.
    pub project: ProjectName,
    /// The serial of the state; 0 without one.
    pub serial: u64,
    /// What the document is restricted to: it says nothing about anything else.
    pub filters: Filter,
    /// What may have cost a login already: private keys that are gone.
    pub warnings: Vec<Note>,
    /// The rows below, counted.
    pub totals: Totals,
    /// The pairs that are recorded.
    pub pairs: Vec<PairRow>,
    /// The instances that are recorded, and those with deferred work.
    pub instances: Vec<InstanceRow>,
    /// The deferred work of these instances, by binding.
    pub deferred: Vec<DeferredItem>,
    /// What a plan would do now to what the filters leave.
    pub todo: Summary,
    /// Whether a plan would do nothing to it.
    pub is_settled: bool,
}

impl Status {
    /// It without what passes with time alone, to compare it with a later one.
    #[must_use]
    pub fn without_time(mut self, now: Timestamp) -> Self {
        // What may begin now begins at another moment each time that it is asked for.
        let still = |from: Option<Timestamp>| from.map(|from| from.max(now)).filter(|&t| t > now);
        for item in &mut self.deferred {
            item.from = still(item.from);
        }
        for work in self.instances.iter_mut().filter_map(|row| row.deferred.as_mut()) {
            work.from = still(work.from);
        }
        for deferred in &mut self.todo.deferred {
            deferred.after_seconds = 0;
        }
        self
    }
}
