//! What `keyform status` says: the document, what it counts, and what people filter it by; and what
//! `keyform key list` says. Pure.

mod document;
mod filter;
mod keys;
mod measurement;
mod part;
mod rows;
mod totals;

pub use document::{STATUS_FORMAT, Status};
pub use filter::{Filter, Unmatched};
pub use keys::{HeldState, KEYS_FORMAT, KeyRow, KeysDocument};
pub use measurement::Measurement;
pub use part::{Part, Subject};
pub use rows::{
    DeferredWork, EffectState, InstanceRow, KeyState, PairRow, ProofState, RotationState,
};
pub use totals::Totals;
