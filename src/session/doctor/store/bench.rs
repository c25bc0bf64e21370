//! What the checks of a store work on: a scratch part of it, opened as often as they need.

use std::time::Duration;

use crate::{
    manifest::StateChoice,
    model::RunId,
    session::{
        context::Context,
        error::OpenError,
        lock::{holder, new_run},
        servers::Kept,
    },
    store::{HeldBy, Holder, Lease, Lock, Shelf, ShelfError, StoreError, Taken},
};

/// The time between tries for the lock.
const PAUSE: Duration = Duration::from_millis(100);
/// For how long a lock of the operating system is tried for.
const GLANCE: Duration = Duration::from_millis(300);

/// What the checks work on.
pub(super) struct Bench<'a> {
    /// Opens the scratch part, over a connection of its own.
    pub(super) open: &'a dyn Fn() -> Result<Kept, OpenError>,
    /// Where the Project keeps its state.
    pub(super) choice: &'a StateChoice,
    pub(super) context: &'a Context,
}

/// What trying for the lock came to.
pub(super) enum Taking {
    Ours { run: RunId, lease: Box<dyn Lease> },
    Held(HeldBy),
}

impl Bench<'_> {
    /// Another contender for the lock.
    pub(super) fn holder(&self) -> Result<Holder, StoreError> {
        let Context { clock, runner, .. } = self.context;
        Ok(holder(runner, clock.now(), &new_run(self.context)?, None))
    }

    /// Takes a lock, once a doctor that was killed cannot hold it any more.
    pub(super) fn take(&self, lock: &dyn Lock) -> Result<Taking, StoreError> {
        let clock = &self.context.clock;
        let holder = self.holder()?;
        let mut contention = lock.contend(&holder);
        let patience = lock.time_to_live().map_or(GLANCE, |lease| lease + PAUSE * 10);
        let mut waited = Duration::ZERO;
        loop {
            match contention.try_take(clock.moment().counted)? {
                Taken::Ours(lease) => return Ok(Taking::Ours { run: holder.run, lease }),
                Taken::Held { by, .. } if waited >= patience => return Ok(Taking::Held(by)),
                Taken::Held { .. } => {}
            }
            clock.sleep(PAUSE);
            waited += PAUSE;
        }
    }
}

/// Whether a file belongs to the lock of the scratch part.
fn is_of_lock(name: &str) -> bool {
    name == "lock" || name.starts_with("lease/")
}

/// Removes what a doctor that was killed has left, but for the lock that this one holds.
pub(super) fn clear_leftovers(shelf: &dyn Shelf) -> Result<(), ShelfError> {
    let names = shelf.list("")?;
    names.iter().filter(|name| !is_of_lock(name)).try_for_each(|name| shelf.remove(name))
}

/// Removes all of the scratch part.
pub(super) fn clear(shelf: &dyn Shelf) -> Result<(), ShelfError> {
    shelf.list("")?.iter().try_for_each(|name| shelf.remove(name))
}
