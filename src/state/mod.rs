//! What is recorded: the state, and how the journal of a run is folded into it.

mod deferred;
mod effect;
mod entry;
mod fold;
mod guest;
mod in_flight;
mod instance;
mod record;
mod records;

pub use deferred::{DeferredItem, deferred_items};
pub use effect::effective;
pub use entry::{
    Change, Entry, Header, IntendedBinding, Intent, JOURNAL_FORMAT, JOURNAL_FORMAT_1, OpenCall,
    Refused,
};
pub use fold::fold;
pub use guest::RecordGuest;
pub use in_flight::InFlight;
pub use instance::BindingTerms;
pub(crate) use record::is_zero;
pub use record::{
    Bound, Effect, Effective, Evidence, RecordDeferred, RecordInstance, RecordKey, RecordPair,
    RecordProof, RecordRun,
};
pub use records::{Records, STATE_FORMAT, State};
