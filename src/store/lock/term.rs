//! For how long a lease is held.

use std::time::Duration;

use crate::model::Moment;

/// The time that a holder knows itself to hold a lease, from the moment on before it asked for it.
///
/// A clock may be set back, and another one may stand still while a machine sleeps: so the time is
/// over when the first of the two says so, and never comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    since: Moment,
    time_to_live: Duration,
    is_over: bool,
}

impl Term {
    /// The term of a lease that was asked for at `since`.
    #[must_use]
    pub fn new(since: Moment, time_to_live: Duration) -> Self {
        Self { since, time_to_live, is_over: false }
    }

    /// How much of it is left.
    pub fn left(&mut self, now: Moment) -> Duration {
        let left = self.time_to_live.saturating_sub(now.since(self.since));
        self.is_over |= left.is_zero();
        if self.is_over { Duration::ZERO } else { left }
    }

    /// Takes over that the lease was renewed, which was asked for at `since`. What was over by then
    /// stays so: another run may have taken the lock and given it back.
    pub fn renew(&mut self, since: Moment, now: Moment) {
        if !self.left(now).is_zero() {
            self.since = since;
        }
    }

    /// When the lease should be renewed next, from now on: after a third of its time, so that two
    /// tries may fail; after a failed one, sooner.
    #[must_use]
    pub fn pause(&self, has_failed: bool) -> Duration {
        self.time_to_live / if has_failed { 10 } else { 3 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    const TIME_TO_LIVE: Duration = Duration::from_secs(60);

    /// A moment by the clock that counts and by that on the wall, in seconds.
    fn at(counted: i64, wall: i64) -> Moment {
        let timestamp = |seconds| Timestamp::from_milliseconds(seconds * 1_000);
        Moment { counted: timestamp(counted), wall: timestamp(wall) }
    }

    #[test]
    fn a_lease_is_over_when_the_first_clock_says_so() {
        for (counted, wall, left) in [
            (0, 0, 60),
            (59, 59, 1),
            (60, 60, 0),
            // The wall clock was set back, or forward, or the machine has slept.
            (59, -3_600, 1),
            (60, -3_600, 0),
            (1, 3_600, 0),
            (1, 45, 15),
            // The counting clock stood still.
            (0, 60, 0),
        ] {
            let mut term = Term::new(at(0, 0), TIME_TO_LIVE);
            assert_eq!(term.left(at(counted, wall)).as_secs(), left, "{counted} {wall}");
        }
    }

    #[test]
    fn a_renewal_counts_from_before_it_was_asked_for_and_never_comes_too_late() {
        let mut term = Term::new(at(0, 0), TIME_TO_LIVE);
        term.renew(at(20, 20), at(25, 25));
        assert_eq!(term.left(at(30, 30)).as_secs(), 50);
        // The answer comes when the time is over.
        term.renew(at(70, 70), at(80, 80));
        assert_eq!(term.left(at(80, 80)).as_secs(), 0);
        term.renew(at(81, 81), at(82, 82));
        assert_eq!(term.left(at(82, 82)).as_secs(), 0, "what is over does not come back");
        // Also if it was only seen to be over.
        let mut term = Term::new(at(0, 0), TIME_TO_LIVE);
        assert_eq!(term.left(at(0, 90)).as_secs(), 0);
        assert_eq!(term.left(at(1, 1)).as_secs(), 0, "the wall clock was set back again");
    }

    #[test]
    fn two_renewals_may_fail_before_the_time_is_over() {
        let term = Term::new(at(0, 0), TIME_TO_LIVE);
        assert_eq!((term.pause(false).as_secs(), term.pause(true).as_secs()), (20, 6));
    }
}
