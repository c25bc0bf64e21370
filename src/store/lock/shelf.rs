//! The lock of a shelf that can do nothing but create.
//!
//! A lease is a blob `lease/EPOCH`; whoever creates it holds the lock, and its number is the token.
//! The holder alone adds numbered beats, `lease/EPOCH-BEAT`, while it lives; a release is a beat. A
//! contender that sees no new beat for one time to live creates the next epoch. No run removes the
//! lease of another, but those of long ago.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    Contender, Contention, HeldBy, Holder, LEASE_MIN, Lease, Lock, Look, Renewed, Sight,
    StoreError, Taken, Unlocked,
};
use crate::{
    model::{RunId, Timestamp},
    store::{Created, Shelf, create::create, error::shelf_error, shelf::place_of},
};

const PREFIX: &str = "lease/";
const FORMAT: &str = "keyform.lease/1";
/// How many leases are kept: enough for a contender that was about to create one of them.
const LEASES_KEPT: u64 = 20;

/// The content of a lease.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    format: String,
    holder: Holder,
    time_to_live_milliseconds: u64,
    /// A person has taken the lock from the run that held it, and holds nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_released: bool,
}

/// The content of a beat.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Beat {
    run: RunId,
    is_released: bool,
}

/// The lock of a shelf.
#[derive(Clone, Debug)]
pub struct ShelfLock {
    shelf: Arc<dyn Shelf>,
    time_to_live: Duration,
}

impl ShelfLock {
    /// The lock of a shelf, whose leases are held for this long after a beat, and for no less than
    /// [`LEASE_MIN`].
    #[must_use]
    pub fn new(shelf: Arc<dyn Shelf>, time_to_live: Duration) -> Self {
        Self { shelf, time_to_live: time_to_live.max(LEASE_MIN) }
    }

    /// The names of leases and beats, in the order of their numbers.
    fn names(&self) -> Result<Vec<(u64, u64, String)>, StoreError> {
        let names = self.shelf.list(PREFIX).map_err(self.failed("could not list", PREFIX))?;
        let numbered = names.into_iter().filter_map(|name| {
            let (epoch, beat) = numbers(&name)?;
            Some((epoch, beat, name))
        });
        let mut numbered: Vec<_> = numbered.collect();
        numbered.sort();
        Ok(numbered)
    }

    /// The newest lease, with what its latest beat says.
    fn newest(&self) -> Result<Option<(Sight, Record)>, StoreError> {
        let names = self.names()?;
        let Some((epoch, beat, latest)) = names.last() else { return Ok(None) };
        let lease = lease_name(*epoch);
        let place = || place_of(&*self.shelf, &lease);
        let record: Record =
            self.read(&lease)?.ok_or_else(|| StoreError::LeaseDamaged { place: place() })?;
        if record.format != FORMAT {
            return Err(StoreError::Format { place: place(), format: record.format });
        }
        // A beat that cannot be read is one that was seen to come, and no release.
        let is_released = *beat > 0
            && self.read::<Beat>(latest)?.is_some_and(|beat| beat.is_released)
            || record.is_released;
        let time_to_live = Duration::from_millis(record.time_to_live_milliseconds);
        let sight = Sight { epoch: *epoch, beat: *beat, is_released, time_to_live };
        Ok(Some((sight, record)))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let read = self.shelf.read(name).map_err(self.failed("could not read", name))?;
        Ok(read.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    /// Creates the lease of an epoch; answers whether it is this run's, and the newest.
    fn create(&self, epoch: u64, holder: &Holder, is_released: bool) -> Result<bool, StoreError> {
        let record = Record {
            format: FORMAT.to_owned(),
            holder: holder.clone(),
            time_to_live_milliseconds: u64::try_from(self.time_to_live.as_millis())
                .unwrap_or(u64::MAX),
            is_released,
        };
        if self.write(&lease_name(epoch), &record)? == Created::Exists {
            return Ok(false);
        }
        let names = self.names()?;
        // Whoever slept may have created a lease of long ago, which had been removed.
        if names.last().is_some_and(|(newest, ..)| *newest > epoch) {
            return Ok(false);
        }
        for (_, _, name) in names.iter().filter(|(old, ..)| old + LEASES_KEPT <= epoch) {
            // What stays is removed with the next lease.
            let _ = self.shelf.remove(name);
        }
        Ok(true)
    }

    fn write(&self, name: &str, content: &impl Serialize) -> Result<Created, StoreError> {
        let text = serde_json::to_string(content).expect("texts and numbers can be written");
        let created = create(&*self.shelf, name, text.as_bytes());
        created.map_err(self.failed("could not write", name))
    }

    fn failed(
        &self,
        what: &'static str,
        name: &str,
    ) -> impl FnOnce(crate::store::ShelfError) -> StoreError {
        shelf_error(&*self.shelf, what, name)
    }
}

impl Lock for ShelfLock {
    fn contend(&self, holder: &Holder) -> Box<dyn Contention> {
        let (lock, holder) = (self.clone(), holder.clone());
        Box::new(ShelfContention { lock, holder, contender: Contender::default() })
    }

    fn held_by(&self) -> Result<Option<HeldBy>, StoreError> {
        let newest = self.newest()?.filter(|(sight, _)| !sight.is_released);
        Ok(newest.map(|(_, record)| HeldBy::Run(record.holder)))
    }

    fn place(&self) -> String {
        place_of(&*self.shelf, PREFIX.trim_end_matches('/'))
    }

    fn time_to_live(&self) -> Option<Duration> {
        Some(self.time_to_live)
    }

    fn unlock(&self, id: &RunId, by: &Holder) -> Result<Unlocked, StoreError> {
        let newest = self.newest()?.filter(|(sight, _)| !sight.is_released);
        let holds = |record: &Record| record.holder.run == *id;
        if let Some((sight, _)) = newest.filter(|(_, record)| holds(record))
            && self.create(sight.epoch + 1, by, true)?
        {
            return Ok(Unlocked::Free);
        }
        let by = Box::new(self.held_by()?);
        Err(StoreError::NotUnlocked { place: self.place(), id: id.clone(), by })
    }
}

#[derive(Debug)]
struct ShelfContention {
    lock: ShelfLock,
    holder: Holder,
    contender: Contender,
}

impl Contention for ShelfContention {
    fn try_take(&mut self, now: Timestamp) -> Result<Taken, StoreError> {
        let newest = self.lock.newest()?;
        let (sight, by) = match newest {
            Some((sight, record)) => (Some(sight), HeldBy::Run(record.holder)),
            None => (None, HeldBy::Unknown),
        };
        let (epoch, takes_over) = match self.contender.look(now, sight) {
            Look::Wait { may_be_dead } => return Ok(Taken::Held { by, may_be_dead }),
            Look::Take { epoch, takes_over } => (epoch, takes_over),
        };
        if !self.lock.create(epoch, &self.holder, false)? {
            return Ok(Taken::Held { by, may_be_dead: true });
        }
        Ok(Taken::Ours(Box::new(ShelfLease {
            lock: self.lock.clone(),
            run: self.holder.run.clone(),
            epoch,
            beat: AtomicU64::new(0),
            takes_over,
        })))
    }
}

/// The lease of a run.
#[derive(Debug)]
struct ShelfLease {
    lock: ShelfLock,
    run: RunId,
    epoch: u64,
    /// The number of the latest beat that was asked for.
    beat: AtomicU64,
    takes_over: bool,
}

impl ShelfLease {
    fn beat(&self, is_released: bool) -> Result<Renewed, StoreError> {
        let run = self.run.clone();
        let number = self.beat.fetch_add(1, Ordering::SeqCst) + 1;
        let created =
            self.lock.write(&beat_name(self.epoch, number), &Beat { run, is_released })?;
        if created == Created::Exists {
            return Ok(Renewed::Lost);
        }
        let newest = self.lock.names()?.last().map(|(epoch, ..)| *epoch);
        if newest != Some(self.epoch) {
            return Ok(Renewed::Lost);
        }
        if number > 1 {
            // A contender asks whether there is a new one. What stays is removed with the lease.
            let _ = self.lock.shelf.remove(&beat_name(self.epoch, number - 1));
        }
        Ok(Renewed::Held)
    }
}

impl Lease for ShelfLease {
    fn time_to_live(&self) -> Option<Duration> {
        Some(self.lock.time_to_live)
    }

    fn token(&self) -> Option<u64> {
        Some(self.epoch)
    }

    fn is_taken_over(&self) -> bool {
        self.takes_over
    }

    fn renew(&self) -> Result<Renewed, StoreError> {
        self.beat(false)
    }

    fn release(&self) -> Result<(), StoreError> {
        self.beat(true).map(|_| ())
    }
}

fn lease_name(epoch: u64) -> String {
    format!("{PREFIX}{epoch:010}")
}

fn beat_name(epoch: u64, beat: u64) -> String {
    format!("{}-{beat:06}", lease_name(epoch))
}

/// The numbers of a name of a lease, whose beat is 0, or of a beat.
fn numbers(name: &str) -> Option<(u64, u64)> {
    let rest = name.strip_prefix(PREFIX)?;
    let (epoch, beat) = rest.split_once('-').unwrap_or((rest, "0"));
    let (epoch, beat) = (epoch.parse().ok()?, beat.parse().ok()?);
    let is_written_so = name == lease_name(epoch) && beat == 0 || name == beat_name(epoch, beat);
    is_written_so.then_some((epoch, beat))
}
