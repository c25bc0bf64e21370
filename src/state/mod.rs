//! What is recorded: the state, and how the journal of a run is folded into it.

mod effect;
mod entry;
mod fold;
mod record;

pub use effect::{InstanceFacts, effect_of, effective};
pub use entry::{Change, Entry, Failure, Header, Intent, JOURNAL_FORMAT};
pub use fold::fold;
pub use record::{
    Bound, Effect, Effective, Facts, RecordInstance, RecordKey, RecordPair, RecordRun,
    STATE_FORMAT, State,
};
pub(crate) use record::{is_false, is_zero};
