//! What keeps two runs of one project apart: a lock, and the lease of whoever has it.
//!
//! A lock saves work, and its loss is noticed. What keeps the state right is that blobs are created
//! and never overwritten (L7).

mod contender;
#[cfg(feature = "http")]
mod document;
mod file;
#[cfg(feature = "postgres")]
mod postgres;
mod shelf;
mod term;

use std::{fmt, time::Duration};

pub use contender::{Contender, Look, Sight};
#[cfg(feature = "http")]
pub use document::DocumentLock;
pub use file::FileLock;
#[cfg(feature = "postgres")]
pub use postgres::PostgresLock;
pub use shelf::ShelfLock;
pub use term::Term;

use super::{HeldBy, Holder, StoreError};
use crate::model::{RunId, Timestamp};

/// The shortest time to live of a lease: a renewal takes a moment, and a call at most half of it.
pub const LEASE_MIN: Duration = Duration::from_secs(2);

/// A lock that one run at a time holds.
pub trait Lock: fmt::Debug + Send + Sync {
    /// Begins to try for it.
    fn contend(&self, holder: &Holder) -> Box<dyn Contention>;

    /// Who holds it, if a run does. Writes nothing and waits for no run.
    ///
    /// # Errors
    /// [`StoreError`] if that cannot be read.
    fn held_by(&self) -> Result<Option<HeldBy>, StoreError>;

    /// Where it is, for messages.
    fn place(&self) -> String;

    /// For how long its lease is held without a renewal; without one it is free as soon as its
    /// holder's process has ended.
    fn time_to_live(&self) -> Option<Duration>;

    /// When it is free again whose holder has died.
    fn end(&self) -> LockEnd {
        match self.time_to_live() {
            None => LockEnd::WithProcess,
            Some(_) => LockEnd::WithLease,
        }
    }

    /// Takes it from the run with this id, which is noticed before that run's next call. `by` is
    /// whoever does so.
    ///
    /// # Errors
    /// [`StoreError::NotUnlocked`] if that run does not hold it, or if the lock frees itself.
    fn unlock(&self, id: &RunId, by: &Holder) -> Result<Unlocked, StoreError>;
}

/// When a lock is free whose holder has died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockEnd {
    /// At once, as the operating system does it.
    WithProcess,
    /// When its lease is over.
    WithLease,
    /// When a person frees it.
    ByHand,
}

/// What became of a lock that was taken from a run.
#[derive(Debug)]
#[must_use]
pub enum Unlocked {
    /// It is free. What that run may still write is to be sealed.
    Free,
    /// Whoever took it holds it, to seal what that run may still write.
    Ours(Box<dyn Lease>),
    /// Another run has it already, and goes on from what is there.
    Taken,
}

/// One run's tries for a lock.
pub trait Contention: fmt::Debug + Send {
    /// Tries once; `now` is of a clock that only goes forward.
    ///
    /// # Errors
    /// [`StoreError`] if the lock cannot be looked at or taken.
    fn try_take(&mut self, now: Timestamp) -> Result<Taken, StoreError>;
}

/// What a try came to.
#[derive(Debug)]
#[must_use]
pub enum Taken {
    /// The lock is held by whoever tried.
    Ours(Box<dyn Lease>),
    /// Another run holds it.
    Held {
        /// Which.
        by: HeldBy,
        /// Whether that run may have died: it was not seen to renew its lease yet.
        may_be_dead: bool,
    },
}

/// That a run holds the lock.
pub trait Lease: fmt::Debug + Send + Sync {
    /// For how long it is held from the moment on before it was taken or renewed; without one it is
    /// held for as long as its process lives.
    fn time_to_live(&self) -> Option<Duration>;

    /// A number that is larger than those of all leases before; without one there is no lease of a
    /// run that may still believe that it has it.
    fn token(&self) -> Option<u64>;

    /// Whether it was taken over from a run that has not given it up, and may still write.
    fn is_taken_over(&self) -> bool;

    /// Shows that its holder lives. Without a time to live this only tells whether it is still held.
    ///
    /// # Errors
    /// [`StoreError`]: then the lease is held until its time is over, and may be renewed before.
    fn renew(&self) -> Result<Renewed, StoreError>;

    /// Gives it up.
    ///
    /// # Errors
    /// [`StoreError`]: then others wait until its time is over.
    fn release(&self) -> Result<(), StoreError>;
}

/// What renewing a lease came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Renewed {
    /// It is held for another time to live.
    Held,
    /// Another run has taken the lock over, or a person has freed it.
    Lost,
}
