//! A part of a shelf in which no state can be.

use super::{Created, Shelf, ShelfError};
use crate::model::Timestamp;

/// What the names of the part begin with: no snapshot, journal and lease has such a name.
const PREFIX: &str = "doctor/";

/// The scratch part of a shelf, as a shelf that does not grow.
#[derive(Debug)]
pub struct ScratchShelf<S>(S);

impl<S: Shelf> ScratchShelf<S> {
    /// The scratch part of a shelf.
    pub fn new(shelf: S) -> Self {
        Self(shelf)
    }
}

fn inside(name: &str) -> String {
    format!("{PREFIX}{name}")
}

impl<S: Shelf> Shelf for ScratchShelf<S> {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        let names = self.0.list(&inside(prefix))?;
        Ok(names.iter().filter_map(|name| name.strip_prefix(PREFIX)).map(str::to_owned).collect())
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        self.0.read(&inside(name))
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        self.0.create(&inside(name), content)
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.0.remove(&inside(name))
    }

    fn server_time(&self) -> Result<Option<Timestamp>, ShelfError> {
        self.0.server_time()
    }

    fn place(&self) -> String {
        self.0.place()
    }
}
