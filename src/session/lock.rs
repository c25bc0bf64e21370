//! Taking the lock of a project, and waiting for it.

use std::time::Duration;

use super::context::{Context, Engine, Invoker};
use crate::{
    driver::{HeldLease, LeaseKeeper},
    model::{RunId, Timestamp},
    store::{Holder, LockEnd, Store, StoreError, Taken},
};

/// For how long a lock is tried for in any case: commands that only read hold it for the moment in
/// which they look whether a run has it.
const GLANCE: Duration = Duration::from_millis(300);
/// The time between tries meanwhile.
const GLANCE_PAUSE: Duration = Duration::from_millis(50);
/// The time between tries while a run is waited for.
const PAUSE: Duration = Duration::from_secs(1);

/// That this run holds the lock of its project, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(super) struct Holding {
    /// The run.
    pub(super) run: RunId,
    keeper: LeaseKeeper,
}

impl Holding {
    /// The lease of the lock.
    pub(super) fn lease(&self) -> &HeldLease {
        self.keeper.lease()
    }

    /// Fails if the lease was lost.
    pub(super) fn check(&self, store: &Store) -> Result<(), StoreError> {
        if self.lease().is_held() {
            return Ok(());
        }
        Err(StoreError::LeaseLost { place: store.lock().place() })
    }
}

/// Takes the lock of a project, as patiently as the context says. `digest` is that of the plan, if
/// it is known already.
///
/// A holder that was not seen to renew its lease may have died: then it is waited for until that is
/// sure, however impatient the context is.
pub(super) fn take_lock(
    store: &Store,
    context: &Context,
    digest: Option<&str>,
) -> Result<Holding, StoreError> {
    let Context { clock, runner, lock_wait, .. } = context;
    let run = new_run(context)?;
    let holder = holder(runner, clock.now(), &run, digest);
    let mut contention = store.lock().contend(&holder);
    // Pauses are added up, so that a clock that is set back prolongs nothing.
    let mut waited = Duration::ZERO;
    let mut is_reported = false;
    loop {
        let asked_at = clock.moment();
        let (by, may_be_dead) = match contention.try_take(asked_at.counted)? {
            Taken::Held { by, may_be_dead } => (by, may_be_dead),
            Taken::Ours(lease) => {
                let lease = HeldLease::new(lease, asked_at, clock.clone());
                let keeper = match context.engine {
                    Engine::Threads(_) => LeaseKeeper::in_thread(lease),
                    Engine::Inline(_) => LeaseKeeper::of_run(lease),
                };
                let holding = Holding { run, keeper };
                if holding.lease().is_taken_over() {
                    store.seal_newest(&holding.run)?;
                }
                return Ok(holding);
            }
        };
        let pause = if waited < GLANCE {
            GLANCE_PAUSE
        } else if waited < lock_wait.timeout {
            PAUSE.min(lock_wait.timeout - waited)
        } else if may_be_dead {
            PAUSE
        } else {
            return Err(locked(store, by));
        };
        if waited >= GLANCE && !is_reported {
            (lock_wait.on_wait)(&by);
            is_reported = true;
        }
        clock.sleep(pause);
        waited += pause;
    }
}

/// The id of a run that begins.
pub(super) fn new_run(context: &Context) -> Result<RunId, StoreError> {
    (context.run_id)().map(RunId::from_random).map_err(StoreError::NoRunId)
}

fn locked(store: &Store, by: crate::store::HeldBy) -> StoreError {
    let (place, by) = (store.lock().place(), Box::new(by));
    match store.lock().end() {
        LockEnd::WithProcess => StoreError::Locked { place, by },
        LockEnd::WithLease => StoreError::Leased { place, by },
        LockEnd::ByHand => StoreError::LockedUntilFreed { place, by },
    }
}

/// What others are told of whoever holds the lock.
pub(super) fn holder(
    runner: &Invoker,
    since: Timestamp,
    run: &RunId,
    digest: Option<&str>,
) -> Holder {
    let Invoker { user, host, pid, command, ci_url, commit, trace_parent: _ } = runner.clone();
    let (run, digest) = (run.clone(), digest.map(str::to_owned));
    Holder { user, host, pid, command, since, ci_url, commit, digest, run }
}
