//! A shelf in one document on a server.

use std::sync::Arc;

use super::{Appended, Created, Growing, Shelf, ShelfError};
use crate::store::KeptDocument;

/// How many snapshots are kept: all of the document is sent with each record.
const SNAPSHOTS_KEPT: u64 = 3;

/// The blobs of the one project that has the document. Only the run that holds its lock writes them.
#[derive(Debug)]
pub struct DocumentShelf(Arc<KeptDocument>);

impl DocumentShelf {
    /// The blobs in a document.
    #[must_use]
    pub fn new(document: Arc<KeptDocument>) -> Self {
        Self(document)
    }
}

impl Shelf for DocumentShelf {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        self.0.names(prefix)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        self.0.blob(name)
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        let is_new = self.0.create(name, content)?;
        Ok(if is_new { Created::New } else { Created::Exists })
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.0.remove(name)
    }

    fn place(&self) -> String {
        self.0.place()
    }

    fn growing(&self) -> Option<&dyn Growing> {
        Some(self)
    }

    fn snapshots_kept(&self) -> u64 {
        SNAPSHOTS_KEPT
    }
}

impl Growing for DocumentShelf {
    fn append(&self, name: &str, end: &str, content: &[u8]) -> Result<Appended, ShelfError> {
        self.0.append(name, end, content)
    }
}
