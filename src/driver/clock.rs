//! The only clocks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::model::{Moment, Timestamp};

/// What time it is, and how to let it pass.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// Returns when this much time has passed.
    fn sleep(&self, duration: Duration);

    /// The time on the wall, which may be set; [`Clock::now`] only counts on.
    fn wall(&self) -> Timestamp {
        self.now()
    }

    /// The time by both clocks.
    fn moment(&self) -> Moment {
        Moment { counted: self.now(), wall: self.wall() }
    }
}

/// The clock of this machine, as it was at the beginning, and counted on from there: one that is
/// set back while a run waits neither hides that time passes nor prolongs a wait.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    began: Timestamp,
    counter: Instant,
}

impl SystemClock {
    /// Reads the machine's clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn new() -> Self {
        Self { began: on_the_wall(), counter: Instant::now() }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn on_the_wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.began.plus(self.counter.elapsed())
    }

    fn wall(&self) -> Timestamp {
        on_the_wall()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// A clock that stands still until somebody waits; shared by its clones.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    milliseconds: Arc<AtomicI64>,
}

impl VirtualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self { milliseconds: Arc::new(AtomicI64::new(start.milliseconds())) }
    }

    /// Puts the clock forward to a moment; it never goes back.
    pub fn advance_to(&self, moment: Timestamp) {
        self.milliseconds.fetch_max(moment.milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.milliseconds.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) {
        self.advance_to(self.now().plus(duration));
    }
}
