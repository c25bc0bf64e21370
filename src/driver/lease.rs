//! The lease of a run while it goes on: kept by a thread of its own, and asked before each write.

use std::{
    fmt,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use super::{
    clock::{Clock, SystemClock},
    error::LockLost,
};
use crate::{
    ecs::{CallError, Request, Response, Transport},
    model::{Moment, Timestamp},
    store::{Lease, Renewed, StoreError, Term},
};

/// That a run holds the lock of its project; shared by its clones.
#[derive(Clone)]
pub struct HeldLease(Arc<Shared>);

/// The lease of a lock that is needed by one run only.
#[derive(Debug)]
struct Endless;

impl Lease for Endless {
    fn time_to_live(&self) -> Option<Duration> {
        None
    }

    fn token(&self) -> Option<u64> {
        None
    }

    fn is_taken_over(&self) -> bool {
        false
    }

    fn renew(&self) -> Result<Renewed, StoreError> {
        Ok(Renewed::Held)
    }

    fn release(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

struct Shared {
    lease: Box<dyn Lease>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Without one the lease has no end.
    term: Option<Term>,
    is_lost: bool,
    /// Whether the latest renewal failed, so that the next one comes sooner.
    has_failed: bool,
    renews_at: Timestamp,
    /// Whether a thread renews it.
    is_kept: bool,
    /// What hears that it is lost.
    on_lost: Option<Box<dyn Fn() + Send>>,
}

impl State {
    /// How much of it is left; `None` if it has no end. Once nothing is, it is lost.
    fn left(&mut self, now: Moment) -> Option<Duration> {
        if self.is_lost {
            return Some(Duration::ZERO);
        }
        let left = self.term.as_mut()?.left(now);
        if left.is_zero() {
            self.lose();
        }
        Some(left)
    }

    fn lose(&mut self) {
        self.is_lost = true;
        if let Some(on_lost) = self.on_lost.take() {
            on_lost();
        }
    }
}

impl HeldLease {
    /// A lease that was asked for at `asked_at`.
    #[must_use]
    pub fn new(lease: Box<dyn Lease>, asked_at: Moment, clock: Arc<dyn Clock>) -> Self {
        let term = lease.time_to_live().map(|time_to_live| Term::new(asked_at, time_to_live));
        let pause = term.map_or(Duration::ZERO, |term| term.pause(false));
        let state = State {
            term,
            is_lost: false,
            has_failed: false,
            renews_at: asked_at.counted.plus(pause),
            is_kept: false,
            on_lost: None,
        };
        let (state, changed) = (Mutex::new(state), Condvar::new());
        Self(Arc::new(Shared { lease, clock, state, changed }))
    }

    /// A lease without an end, of a run that needs no lock.
    #[must_use]
    pub fn endless() -> Self {
        let clock = SystemClock::new();
        Self::new(Box::new(Endless), clock.moment(), Arc::new(clock))
    }

    /// Whether it was taken over from a run that may still write.
    #[must_use]
    pub fn is_taken_over(&self) -> bool {
        self.0.lease.is_taken_over()
    }

    /// Whether it is still held.
    #[must_use]
    pub fn is_held(&self) -> bool {
        let now = self.0.clock.moment();
        self.state().left(now).is_none_or(|left| !left.is_zero())
    }

    /// Lets something begin that ends within `timeout`, once that is inside the lease: it waits for
    /// a renewal if need be. Answers false if the lease is lost.
    #[must_use]
    pub fn admits(&self, timeout: Duration) -> bool {
        let mut state = self.state();
        loop {
            let Some(left) = state.left(self.0.clock.moment()) else {
                drop(state);
                return self.confirm();
            };
            if left.is_zero() || left >= timeout {
                return !left.is_zero();
            }
            if state.is_kept {
                let waited = self.0.changed.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            } else {
                drop(state);
                self.renew();
                state = self.state();
                if state.has_failed && !state.is_lost {
                    let pause = state.pause();
                    drop(state);
                    self.0.clock.sleep(pause);
                    state = self.state();
                }
            }
        }
    }

    /// Asks whether a lease without an end is still held: a call that is made again has no record of
    /// its own that would meet another run. Without an answer nothing could be recorded either.
    fn confirm(&self) -> bool {
        let is_held = matches!(self.0.lease.renew(), Ok(Renewed::Held));
        if !is_held {
            self.state().lose();
        }
        is_held
    }

    /// From now on `wake` hears if the lease is lost; at once if it is.
    pub(super) fn begin(&self, wake: impl Fn() + Send + 'static) {
        let now = self.0.clock.moment();
        let mut state = self.state();
        state.on_lost = Some(Box::new(wake));
        if state.left(now) == Some(Duration::ZERO) {
            state.lose();
        }
    }

    /// Renews it if that is due: for a run in one thread, whose time passes when all wait.
    pub(super) fn keep(&self) {
        let state = self.state();
        let is_due = state.term.is_some() && !state.is_lost && !state.is_kept;
        if is_due && state.renews_at <= self.0.clock.now() {
            drop(state);
            self.renew();
        }
    }

    /// When it is to be renewed by a run in one thread.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        let state = self.state();
        let is_due = state.term.is_some() && !state.is_lost && !state.is_kept;
        is_due.then_some(state.renews_at)
    }

    /// Asks for another time to live.
    fn renew(&self) {
        let asked_at = self.0.clock.moment();
        let renewed = self.0.lease.renew();
        let now = self.0.clock.moment();
        let mut state = self.state();
        state.has_failed = renewed.is_err();
        match renewed {
            Ok(Renewed::Held) => {
                if let Some(term) = &mut state.term {
                    term.renew(asked_at, now);
                }
            }
            Ok(Renewed::Lost) => state.lose(),
            // It is held until its time is over.
            Err(_) => {}
        }
        state.left(now);
        state.renews_at = now.counted.plus(state.pause());
        self.0.changed.notify_all();
    }

    fn pause(&self) -> Duration {
        self.state().pause()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pause(&self) -> Duration {
        self.term.map_or(Duration::MAX, |term| term.pause(self.has_failed))
    }
}

impl fmt::Debug for HeldLease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HeldLease").field(&self.0.lease).finish()
    }
}

/// Keeps a lease for as long as this is not dropped, and gives it up then.
#[derive(Debug)]
#[must_use]
pub struct LeaseKeeper {
    lease: HeldLease,
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl LeaseKeeper {
    /// Keeps a lease in a thread. If the system starts none the lease is lost when its time is over,
    /// as if no renewal were answered.
    pub fn in_thread(lease: HeldLease) -> Self {
        if lease.0.lease.time_to_live().is_none() {
            return Self::of_run(lease);
        }
        let (end, ended) = mpsc::channel();
        let kept = lease.clone();
        let thread = Builder::new().name("lease".to_owned());
        lease.state().is_kept = true;
        let thread = thread.spawn(move || renew_until(&kept, &ended)).ok();
        Self { lease, thread: thread.map(|thread| (end, thread)) }
    }

    /// Leaves the renewals to a run in one thread, whose clock jumps.
    pub fn of_run(lease: HeldLease) -> Self {
        Self { lease, thread: None }
    }

    /// The lease.
    #[must_use]
    pub fn lease(&self) -> &HeldLease {
        &self.lease
    }
}

/// Renews a lease until it is lost or the run is over.
fn renew_until(lease: &HeldLease, ended: &Receiver<()>) {
    while lease.is_held() {
        match ended.recv_timeout(lease.pause()) {
            Err(RecvTimeoutError::Timeout) => lease.renew(),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.thread.take() {
            drop(end);
            // A panic of that thread is a lease that was not renewed.
            let _ = thread.join();
        }
        if self.lease.is_held() {
            // If this fails others wait until its time is over.
            let _ = self.lease.0.lease.release();
        }
    }
}

/// A transport that sends a write only while the lease is held for as long as the call may take.
#[derive(Debug)]
pub struct Leased<T> {
    inner: T,
    lease: HeldLease,
    /// The longest time that a call may take.
    timeout: Duration,
}

impl<T: Transport> Leased<T> {
    /// Wraps a transport whose calls take at most `timeout`.
    pub fn new(inner: T, lease: HeldLease, timeout: Duration) -> Self {
        Self { inner, lease, timeout }
    }
}

impl<T: Transport> Transport for Leased<T> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if request.writes() && !self.lease.admits(self.timeout) {
            let reason = LockLost.to_string();
            return Err(CallError::NotSent { operation: request.operation(), reason });
        }
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests;
