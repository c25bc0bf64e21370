//! Blobs in memory.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Created, Shelf, ShelfError};

/// Blobs in memory, shared by the clones: for tests and simulations.
#[derive(Clone, Default)]
pub struct MemoryShelf(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl MemoryShelf {
    /// All blobs by their names.
    #[must_use]
    pub fn blobs(&self) -> BTreeMap<String, Vec<u8>> {
        self.inner().clone()
    }

    /// Puts a blob in the place of what has its name, which no session can do.
    pub fn put(&self, name: &str, content: &[u8]) {
        self.inner().insert(name.to_owned(), content.to_vec());
    }

    fn inner(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryShelf {
    /// The length of each blob, and not its content (L4).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        f.debug_map().entries(inner.iter().map(|(name, blob)| (name, blob.len()))).finish()
    }
}

impl Shelf for MemoryShelf {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        let inner = self.inner();
        Ok(inner.keys().filter(|name| name.starts_with(prefix)).cloned().collect())
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        Ok(self.inner().get(name).cloned())
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        let mut inner = self.inner();
        if inner.contains_key(name) {
            return Ok(Created::Exists);
        }
        inner.insert(name.to_owned(), content.to_vec());
        Ok(Created::New)
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.inner().remove(name);
        Ok(())
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}
