//! The lock of a project in a database of PostgreSQL: a lease by the server's clock.

use std::{sync::Arc, time::Duration};

use super::{Contention, HeldBy, Holder, Lease, Lock, Renewed, StoreError, Taken, Unlocked};
use crate::{
    model::{RunId, Timestamp},
    store::{Claim, ClaimedBy, PostgresLeases, ShelfError, error::server_error},
};

/// The lock of a project in a database.
#[derive(Clone, Debug)]
pub struct PostgresLock(Arc<PostgresLeases>);

impl PostgresLock {
    /// The lock that these leases are of.
    #[must_use]
    pub fn new(leases: PostgresLeases) -> Self {
        Self(Arc::new(leases))
    }

    fn failed(&self, what: &'static str) -> impl FnOnce(ShelfError) -> StoreError {
        server_error(what, self.place())
    }
}

/// Who holds a lease, as the row says.
fn holder(by: &ClaimedBy) -> HeldBy {
    HeldBy::read(serde_json::from_str(&by.holder).ok())
}

fn as_text(holder: &Holder) -> String {
    serde_json::to_string(holder).expect("texts and numbers can be written")
}

impl Lock for PostgresLock {
    fn contend(&self, holder: &Holder) -> Box<dyn Contention> {
        let (lock, holder) = (self.clone(), holder.clone());
        Box::new(PostgresContention { lock, holder, seen: None, has_seen_renewal: false })
    }

    fn held_by(&self) -> Result<Option<HeldBy>, StoreError> {
        let by = self.0.held_by().map_err(self.failed("could not read"))?;
        Ok(by.as_ref().map(holder))
    }

    fn place(&self) -> String {
        format!("{}/lease", self.0.place())
    }

    fn time_to_live(&self) -> Option<Duration> {
        Some(self.0.time_to_live())
    }

    fn unlock(&self, id: &RunId, by: &Holder) -> Result<Unlocked, StoreError> {
        let freed = self.0.free(id.as_str(), (by.run.as_str(), &as_text(by)));
        if freed.map_err(self.failed("could not unlock"))? {
            return Ok(Unlocked::Free);
        }
        let by = Box::new(self.held_by()?);
        Err(StoreError::NotUnlocked { place: self.place(), id: id.clone(), by })
    }
}

#[derive(Debug)]
struct PostgresContention {
    lock: PostgresLock,
    holder: Holder,
    /// The token that was seen, and until when it was held.
    seen: Option<(u64, i64)>,
    has_seen_renewal: bool,
}

impl Contention for PostgresContention {
    /// Whether it is free says the server's clock, and no other.
    fn try_take(&mut self, _: Timestamp) -> Result<Taken, StoreError> {
        let claim = self.lock.0.claim(self.holder.run.as_str(), &as_text(&self.holder));
        match claim.map_err(self.lock.failed("could not lock"))? {
            Claim::Ours { token, takes_over } => {
                let lock = self.lock.clone();
                Ok(Taken::Ours(Box::new(PostgresLease { lock, token, takes_over })))
            }
            Claim::Held(by) => {
                let now = (by.token, by.expires);
                self.has_seen_renewal |= self.seen.is_some_and(|seen| seen != now);
                self.seen = Some(now);
                Ok(Taken::Held { by: holder(&by), may_be_dead: !self.has_seen_renewal })
            }
        }
    }
}

/// The lease of a run.
#[derive(Debug)]
struct PostgresLease {
    lock: PostgresLock,
    token: u64,
    takes_over: bool,
}

impl Lease for PostgresLease {
    fn time_to_live(&self) -> Option<Duration> {
        Some(self.lock.0.time_to_live())
    }

    fn token(&self) -> Option<u64> {
        Some(self.token)
    }

    fn is_taken_over(&self) -> bool {
        self.takes_over
    }

    fn renew(&self) -> Result<Renewed, StoreError> {
        let renewed = self.lock.0.renew(self.token).map_err(self.lock.failed("could not renew"))?;
        Ok(if renewed { Renewed::Held } else { Renewed::Lost })
    }

    fn release(&self) -> Result<(), StoreError> {
        self.lock.0.release(self.token).map_err(self.lock.failed("could not release"))
    }
}
