//! Where states are kept. One primitive carries it: create the snapshot of the next serial, and
//! fail if it exists. Nothing is ever overwritten (L7).
//!
//! Only the newest snapshot and the journals that continue it are the state; everything below is
//! history, and may be damaged. Restoring a snapshot of the history makes its content the newest
//! snapshot.

mod codes;
mod error;
mod file;
mod history;
mod holder;
mod journal;
mod listing;
mod lock;
mod seen;
mod shelf;
mod snapshot;

#[cfg(test)]
mod tests;

pub use codes::StoreErrorCode;
pub use error::{Recovery, StoreError};
pub use file::{FileStore, LoadedState};
pub use history::{Counts, History, JournalRow, Restored, SnapshotRow};
pub use holder::{HeldBy, Holder};
pub use journal::Journal;
pub use lock::RunLock;
pub use shelf::{
    Appended, Created, DiskShelf, FaultyShelf, Growing, MemoryShelf, Shelf, ShelfError, ShelfErrorKind,
    Trouble, contract, is_name,
};
