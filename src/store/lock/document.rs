//! The lock of a document, which its server keeps until it is freed by its id.

use std::{sync::Arc, time::Duration};

use super::{
    Contention, HeldBy, Holder, Lease, Lock, LockEnd, Renewed, StoreError, Taken, Unlocked,
};
use crate::{
    model::{RunId, Timestamp},
    store::{KeptDocument, ShelfError, error::server_error},
};

/// The lock of a document.
#[derive(Clone, Debug)]
pub struct DocumentLock(Arc<KeptDocument>);

impl DocumentLock {
    /// The lock of a document.
    #[must_use]
    pub fn new(document: Arc<KeptDocument>) -> Self {
        Self(document)
    }

    fn failed(&self, what: &'static str) -> impl FnOnce(ShelfError) -> StoreError {
        server_error(what, self.place())
    }

    fn lease(&self) -> Box<dyn Lease> {
        Box::new(DocumentLease(self.clone()))
    }

    fn not_unlocked(&self, id: &RunId, by: Option<HeldBy>) -> StoreError {
        StoreError::NotUnlocked { place: self.place(), id: id.clone(), by: Box::new(by) }
    }
}

impl Lock for DocumentLock {
    fn contend(&self, holder: &Holder) -> Box<dyn Contention> {
        Box::new(DocumentContention { lock: self.clone(), holder: holder.clone() })
    }

    /// Only whoever asks for the lock hears from the server who holds it. So this is what the document
    /// says, into which each run writes itself; of other programs it says nothing.
    fn held_by(&self) -> Result<Option<HeldBy>, StoreError> {
        let holder = self.0.holder().map_err(self.failed("could not read"))?;
        Ok(holder.map(HeldBy::Run))
    }

    fn place(&self) -> String {
        self.0.lock_place()
    }

    fn time_to_live(&self) -> Option<Duration> {
        None
    }

    fn end(&self) -> LockEnd {
        LockEnd::ByHand
    }

    /// The lock is asked for first, since its server alone knows who holds it.
    fn unlock(&self, id: &RunId, by: &Holder) -> Result<Unlocked, StoreError> {
        let take = || self.0.take(by).map_err(self.failed("could not unlock"));
        let Some(record) = take()? else {
            self.0.release().map_err(self.failed("could not release"))?;
            return Err(self.not_unlocked(id, None));
        };
        if record.id != id.as_str() {
            return Err(self.not_unlocked(id, Some(self.0.held_by(&record))));
        }
        self.0.free(&record).map_err(self.failed("could not unlock"))?;
        Ok(match take()? {
            None => Unlocked::Ours(self.lease()),
            Some(_) => Unlocked::Taken,
        })
    }
}

#[derive(Debug)]
struct DocumentContention {
    lock: DocumentLock,
    holder: Holder,
}

impl Contention for DocumentContention {
    fn try_take(&mut self, _: Timestamp) -> Result<Taken, StoreError> {
        let document = &self.lock.0;
        let taken = document.take(&self.holder).map_err(self.lock.failed("could not lock"))?;
        Ok(match taken {
            None => Taken::Ours(self.lock.lease()),
            Some(record) => Taken::Held { by: document.held_by(&record), may_be_dead: false },
        })
    }
}

/// The lock of a run, which it keeps until it gives it up.
#[derive(Debug)]
struct DocumentLease(DocumentLock);

impl Lease for DocumentLease {
    fn time_to_live(&self) -> Option<Duration> {
        None
    }

    fn token(&self) -> Option<u64> {
        None
    }

    fn is_taken_over(&self) -> bool {
        false
    }

    /// Nothing is renewed, and a person may have freed it.
    fn renew(&self) -> Result<Renewed, StoreError> {
        let DocumentLease(lock) = self;
        let is_held = lock.0.is_held().map_err(lock.failed("could not read"))?;
        Ok(if is_held { Renewed::Held } else { Renewed::Lost })
    }

    fn release(&self) -> Result<(), StoreError> {
        let DocumentLease(lock) = self;
        lock.0.release().map_err(lock.failed("could not release"))
    }
}
