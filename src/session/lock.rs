//! Taking the lock of a project, and waiting for it.

use std::time::Duration;

use super::context::{Context, Invoker};
use crate::{
    model::{RunId, Timestamp},
    store::{Holder, RunLock, Store, StoreError},
};

/// For how long a lock is tried for in any case: commands that only read hold it for the moment in
/// which they look whether somebody has it.
const GLANCE: Duration = Duration::from_millis(300);
/// The time between tries meanwhile.
const GLANCE_PAUSE: Duration = Duration::from_millis(50);
/// The time between tries while a run is waited for.
const PAUSE: Duration = Duration::from_secs(1);

/// Takes the lock of a project, as patiently as the context say.
pub(super) fn take_lock(store: &Store, context: &Context) -> Result<RunLock, StoreError> {
    let Context { clock, runner, lock_wait, .. } = context;
    // Pauses are added up, so that a clock that is set back prolongs nothing.
    let mut waited = Duration::ZERO;
    let mut is_reported = false;
    loop {
        let (place, by) = match store.lock(&holder(runner, clock.now())) {
            Err(StoreError::Locked { place, by }) => (place, by),
            other => return other,
        };
        let pause = if waited < GLANCE {
            GLANCE_PAUSE
        } else if waited < lock_wait.timeout {
            PAUSE.min(lock_wait.timeout - waited)
        } else {
            return Err(StoreError::Locked { place, by });
        };
        if waited >= GLANCE && !is_reported {
            (lock_wait.on_wait)(&by);
            is_reported = true;
        }
        clock.sleep(pause);
        waited += pause;
    }
}

/// The id of the run that begins.
pub(super) fn new_run(context: &Context) -> Result<RunId, StoreError> {
    (context.run_id)().map(RunId::from_random).map_err(StoreError::NoRunId)
}

fn holder(runner: &Invoker, since: Timestamp) -> Holder {
    let Invoker { user, host, pid, command, ci_url, trace_parent: _ } = runner.clone();
    Holder { user, host, pid, command, since, ci_url }
}
