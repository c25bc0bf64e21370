//! What is recorded: the state, and how the journal of a run is folded into it.

mod effect;
mod entry;
mod facts;
mod fold;
mod in_flight;
mod instance;
mod owed;
mod record;

pub use effect::effective;
pub use entry::{Change, Entry, Header, Intent, JOURNAL_FORMAT, OpenCall, Refused};
pub use facts::{Records, STATE_FORMAT, State};
pub use fold::fold;
pub use in_flight::InFlight;
pub use instance::BindingTerms;
pub use owed::{DeferredItem, owed};
pub(crate) use record::is_zero;
pub use record::{
    Bound, Effect, Effective, Evidence, RecordDeferred, RecordInstance, RecordKey, RecordPair,
    RecordProof, RecordRun,
};
