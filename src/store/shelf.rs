//! Where the blobs of a project are kept: the port under [`super::Store`].
//!
//! A shelf can do four things, and each form of it can do them in the same way. One of them carries
//! L7: *create* makes a blob that must not exist, so that of two who create the same name one wins
//! and the other learns of it. Nothing is ever overwritten.

pub mod contract;
mod disk;
#[cfg(feature = "http")]
mod document;
mod faulty;
mod memory;
#[cfg(any(feature = "oss", feature = "s3"))]
mod objects;
#[cfg(feature = "postgres")]
mod postgres;
mod scratch;

use std::fmt;

pub use disk::DiskShelf;
#[cfg(feature = "http")]
pub use document::DocumentShelf;
pub use faulty::{FaultyShelf, Trouble};
pub use memory::MemoryShelf;
#[cfg(any(feature = "oss", feature = "s3"))]
pub use objects::ObjectShelf;
#[cfg(feature = "postgres")]
pub use postgres::PostgresShelf;
pub use scratch::ScratchShelf;

use crate::model::Timestamp;

/// How many snapshots are kept where blobs are cheap.
const SNAPSHOTS_KEPT: u64 = 20;

/// Named immutable blobs of one project.
pub trait Shelf: fmt::Debug + Send + Sync {
    /// The names that begin with `prefix`, sorted. Names are ASCII: letters, digits, `-`, `.`, `/`.
    ///
    /// # Errors
    /// [`ShelfError`].
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError>;

    /// Reads a blob; `None` if there is none under this name.
    ///
    /// # Errors
    /// [`ShelfError`].
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError>;

    /// Creates a blob, durable before the answer; `Exists` if there is one under this name, which
    /// stays as it is.
    ///
    /// # Errors
    /// [`ShelfError`]; only its kind tells whether the blob may be there.
    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError>;

    /// Removes a blob. One that is not there is no error.
    ///
    /// # Errors
    /// [`ShelfError`].
    fn remove(&self, name: &str) -> Result<(), ShelfError>;

    /// Where the blobs are, for messages; without credentials.
    fn place(&self) -> String;

    /// What time it is by the clock of the server, if there is one that tells it.
    ///
    /// # Errors
    /// [`ShelfError`].
    fn server_time(&self) -> Result<Option<Timestamp>, ShelfError> {
        Ok(None)
    }

    /// The same shelf, if blobs on it can grow.
    fn growing(&self) -> Option<&dyn Growing> {
        None
    }

    /// Whether the blobs are files of this machine.
    fn are_files(&self) -> bool {
        false
    }

    /// How many snapshots are kept on it.
    fn snapshots_kept(&self) -> u64 {
        SNAPSHOTS_KEPT
    }

    /// Removes what creations that were cut off have left.
    ///
    /// # Errors
    /// [`ShelfError`].
    fn clean(&self) -> Result<(), ShelfError> {
        Ok(())
    }
}

/// A shelf on which a blob can grow, so that a journal is one of them and not one for each record.
pub trait Growing: Shelf {
    /// Adds to the end of a blob, durable before the answer. It can be ended by another blob, `end`:
    /// whoever creates that, and reads then, has read what was added, or this is told of it.
    ///
    /// # Errors
    /// [`ShelfError`]: then it is unknown what of it was added.
    fn append(&self, name: &str, end: &str, content: &[u8]) -> Result<Appended, ShelfError>;
}

/// What creating a blob came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Created {
    /// It was created.
    New,
    /// There is one under its name, which stays as it is.
    Exists,
}

/// What adding to a blob came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Appended {
    /// It was added.
    Done,
    /// There is no such blob, or not any more.
    Gone,
    /// There is the blob that ends it.
    Ended,
}

/// Why a shelf did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ShelfError {
    /// Where the blobs are; without credentials.
    pub place: String,
    /// What went wrong, in words for people.
    pub reason: String,
    /// What that means for what was asked.
    pub kind: ShelfErrorKind,
}

/// What an error of a shelf means for what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShelfErrorKind {
    /// The shelf was not reached: it surely was not done.
    Unreachable,
    /// The answer was lost: it may have been done.
    Lost,
    /// Credentials, rights, TLS, a wrong answer: no retry helps.
    Refused,
}

/// Whether a blob can have this name on every form of a shelf.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'/');
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.');
    name.bytes().all(is_plain) && name.split('/').all(is_part)
}

/// Where a blob is, for messages.
pub(super) fn place_of(shelf: &dyn Shelf, name: &str) -> String {
    format!("{}/{name}", shelf.place())
}

#[cfg(test)]
mod tests;
