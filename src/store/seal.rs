//! The end of a journal that another run may still write.
//!
//! All who write after one snapshot create the same names, part by part. Whoever creates the next
//! one as a seal ends the journal: its writer meets it when it adds its next part, and stops before
//! the call that the part is about.

use super::{
    Created, Store, StoreError,
    create::create,
    journal::{self, Part},
    listing::part_name,
};
use crate::model::{Lineage, RunId};

impl Store {
    /// Ends what the run may still write whose lock was taken over: the next fold goes on from a
    /// state to which that run can add nothing.
    ///
    /// # Errors
    /// As [`Store::load`], and what the shelf refuses.
    pub fn seal_newest(&self, run: &RunId) -> Result<(), StoreError> {
        match self.newest_if_begun() {
            Ok(Some(newest)) => self.seal(newest.state.serial, &newest.state.lineage, run),
            // No run can go on from what is not there, or was moved.
            Ok(None)
            | Err(
                StoreError::Gone { .. } | StoreError::Moved { .. } | StoreError::Arriving { .. },
            ) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Seals the journal that continues a snapshot, however it ends by now; also one that was not
    /// begun.
    pub(super) fn seal(&self, base: u64, lineage: &Lineage, run: &RunId) -> Result<(), StoreError> {
        loop {
            let listing = self.list()?;
            let last = listing.journals_of(base).filter(|journal| journal.part.is_some()).last();
            if let Some(last) = last
                && self.is_seal(&last.name)?
            {
                return Ok(());
            }
            let part = last.and_then(|last| last.part).unwrap_or(0) + 1;
            let (name, seal) = (part_name(base, part), journal::seal(base, lineage, run, part));
            let created = create(&*self.shelf, &name, seal.as_bytes());
            match created.map_err(self.failed("could not write", &name))? {
                Created::New => return Ok(()),
                // The writer was faster, or another run seals it too.
                Created::Exists => {}
            }
        }
    }

    /// A part that is damaged or gone is none: what is wrong with it is found where it is read.
    fn is_seal(&self, name: &str) -> Result<bool, StoreError> {
        let read = self.shelf.read(name).map_err(self.failed("could not read", name))?;
        let part = read.map(|bytes| journal::decode(&self.place_of(name), &bytes));
        Ok(matches!(part, Some(Ok(Some(Part { header, .. }))) if header.digest.is_none()))
    }
}
