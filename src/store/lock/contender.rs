//! When a run that waits for a lease may take it: a pure machine, with the time as an argument.

use std::time::Duration;

use crate::model::Timestamp;

/// What a contender sees of the newest lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Its number.
    pub epoch: u64,
    /// The number of its latest beat; 0 before the first.
    pub beat: u64,
    /// Whether its holder has given it up.
    pub is_released: bool,
    /// For how long it is held after a beat, as its holder has written.
    pub time_to_live: Duration,
}

/// What a contender does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// It creates the lease of this number.
    Take {
        /// Which.
        epoch: u64,
        /// Whether the holder of the one before has not given it up.
        takes_over: bool,
    },
    /// It looks again later.
    Wait {
        /// Whether no beat was seen to come yet.
        may_be_dead: bool,
    },
}

/// A run that waits for a lease. It knows nothing of the holder's clock: it waits for one time to
/// live on its own, without a new beat.
#[derive(Debug, Default)]
pub struct Contender {
    /// What was seen, and since when, which the next look tells.
    seen: Option<(Sight, Option<Timestamp>)>,
    has_seen_beat: bool,
}

impl Contender {
    /// Hears what is to be seen. `now` is a moment before that was asked for, of a clock that only
    /// goes forward.
    ///
    /// A beat may be younger than the question that found it. So the time without another one counts
    /// from the next look, which was asked for after the beat was there.
    pub fn look(&mut self, now: Timestamp, sight: Option<Sight>) -> Look {
        let Some(sight) = sight else { return Look::Take { epoch: 1, takes_over: false } };
        let next = sight.epoch + 1;
        if sight.is_released {
            return Look::Take { epoch: next, takes_over: false };
        }
        let since = match self.seen {
            Some((seen, since)) if seen == sight => since.unwrap_or(now),
            seen => {
                self.has_seen_beat |= seen.is_some();
                self.seen = Some((sight, None));
                return Look::Wait { may_be_dead: !self.has_seen_beat };
            }
        };
        self.seen = Some((sight, Some(since)));
        if now.since(since) >= sight.time_to_live {
            return Look::Take { epoch: next, takes_over: true };
        }
        Look::Wait { may_be_dead: !self.has_seen_beat }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(epoch: u64, beat: u64) -> Sight {
        Sight { epoch, beat, is_released: false, time_to_live: Duration::from_secs(60) }
    }

    #[test]
    fn a_contender_waits_one_time_to_live_without_a_new_beat() {
        let take = |epoch, takes_over| Look::Take { epoch, takes_over };
        let (unsure, alive) = (Look::Wait { may_be_dead: true }, Look::Wait { may_be_dead: false });
        let released = Sight { is_released: true, ..sight(3, 4) };
        let table: [&[(i64, Option<Sight>, Look)]; 7] = [
            &[(0, None, take(1, false))],
            &[(0, Some(released), take(4, false))],
            // A dead holder. Its last beat may have come at 1, when the first answer did.
            &[
                (0, Some(sight(3, 4)), unsure),
                (1, Some(sight(3, 4)), unsure),
                (60, Some(sight(3, 4)), unsure),
                (61, Some(sight(3, 4)), take(4, true)),
            ],
            // One that lives; each beat counts from when it was surely there.
            &[
                (0, Some(sight(3, 0)), unsure),
                (20, Some(sight(3, 1)), alive),
                (21, Some(sight(3, 1)), alive),
                (80, Some(sight(3, 1)), alive),
                (81, Some(sight(3, 1)), take(4, true)),
            ],
            // One that ends.
            &[(0, Some(sight(3, 4)), unsure), (1, Some(released), take(4, false))],
            // Another contender was faster.
            &[
                (0, Some(sight(3, 4)), unsure),
                (60, Some(sight(4, 0)), alive),
                (61, Some(sight(4, 0)), alive),
                (120, Some(sight(4, 0)), alive),
                (121, Some(sight(4, 0)), take(5, true)),
            ],
            // A look that comes late: what happened meanwhile was not seen.
            &[(0, Some(sight(3, 4)), unsure), (500, Some(sight(3, 5)), alive)],
        ];
        for row in table {
            let mut contender = Contender::default();
            for (second, sight, wanted) in row {
                let now = Timestamp::from_milliseconds(second * 1_000);
                assert_eq!(contender.look(now, *sight), *wanted, "{row:?} at {second}");
            }
        }
    }
}
