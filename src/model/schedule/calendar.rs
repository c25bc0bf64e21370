//! When restarts may run, by all windows and denials together.

use std::time::Duration;

use crate::model::Timestamp;

use super::{Deny, Window};

/// How far a calendar looks ahead: what does not come within it does not come.
const HORIZON: Duration = Duration::from_hours(2 * 366 * 24);

/// When restarts may run. See [the rules](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Without any windows, not even none, it is always open.
    windows: Option<Vec<Window>>,
    deny: Vec<Deny>,
}

/// A time in which restarts may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// When it is over; two years ahead, if it is not over then.
    pub until: Timestamp,
}

impl Calendar {
    /// Open in these windows, where nothing denies it.
    #[must_use]
    pub fn of_windows(windows: &[Window], deny: &[Deny]) -> Self {
        Self { windows: Some(windows.to_vec()), deny: deny.to_vec() }
    }

    /// Open whenever nothing denies it.
    #[must_use]
    pub fn without_windows(deny: &[Deny]) -> Self {
        Self { windows: None, deny: deny.to_vec() }
    }

    /// The opening that a moment is in.
    #[must_use]
    pub fn open_at(&self, moment: Timestamp) -> Option<Opening> {
        self.open_until(moment, moment.plus(HORIZON)).map(|until| Opening { until })
    }

    /// Whether what takes `estimate` may begin at a moment: it is open, and until the end of it.
    #[must_use]
    pub fn may_start(&self, moment: Timestamp, estimate: Duration) -> bool {
        let end = moment.plus(estimate);
        self.open_until(moment, end).is_some_and(|until| until >= end)
    }

    /// The first moment, not before `from`, at which what takes `estimate` may begin; `None` if
    /// there is none within two years.
    #[must_use]
    pub fn next_start(&self, from: Timestamp, estimate: Duration) -> Option<Timestamp> {
        let mut moment = from;
        while moment <= from.plus(HORIZON) {
            let end = moment.plus(estimate);
            moment = match self.open_until(moment, end) {
                Some(until) if until >= end => return Some(moment),
                // Whoever begins later in the same opening has even less of it.
                Some(until) => until,
                None => self.reopens(moment)?,
            };
        }
        None
    }

    /// When the opening that a moment is in ends, or `enough` if it does not end before.
    fn open_until(&self, moment: Timestamp, enough: Timestamp) -> Option<Timestamp> {
        if self.deny.iter().any(|deny| deny.holds_at(moment)) {
            return None;
        }
        let denied = self.deny.iter().map(|deny| deny.from).filter(|from| *from > moment).min();
        let limit = denied.map_or(enough, |denied| denied.min(enough));
        let Some(windows) = &self.windows else { return Some(limit) };
        let end_at = |moment| windows.iter().filter_map(|window| window.end_at(moment)).max();
        let mut end = end_at(moment)?;
        while end < limit {
            let Some(later) = end_at(end) else { break };
            end = later;
        }
        Some(end.min(limit))
    }

    /// The first moment after a closed one that may be open.
    fn reopens(&self, closed: Timestamp) -> Option<Timestamp> {
        let denied = self.deny.iter().filter(|deny| deny.holds_at(closed)).map(|deny| deny.to);
        denied.max().or_else(|| {
            let windows = self.windows.iter().flatten();
            windows.filter_map(|window| window.next_start(closed)).min()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schedule::{Day, oracle::window};

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text).expect(text)
    }

    fn hours(hours: u64) -> Duration {
        Duration::from_hours(hours)
    }

    /// Until when a calendar is open at a moment.
    fn until(calendar: &Calendar, moment: &str) -> Option<Timestamp> {
        calendar.open_at(time(moment)).map(|open| open.until)
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_on_which_it_starts() {
        let friday = window(&[Day::Fri], "23:00", "3h", "UTC");
        let calendar = Calendar::of_windows(&[friday], &[]);
        let end = Some(time("2026-12-19T02:00:00Z"));
        for (moment, expected) in [
            ("2026-12-18T22:59:59.999Z", None),
            ("2026-12-18T23:00:00Z", end),
            ("2026-12-19T01:59:59.999Z", end),
            ("2026-12-19T02:00:00Z", None),
            // The night to Friday is Thursday's.
            ("2026-12-18T01:00:00Z", None),
        ] {
            assert_eq!(until(&calendar, moment), expected, "{moment}");
        }
    }

    #[test]
    fn three_hours_are_three_hours_when_clocks_change_within_them() {
        let nightly = window(&Day::ALL, "01:00", "3h", "Europe/Berlin");
        let calendar = Calendar::of_windows(&[nightly], &[]);
        for (start, end) in [
            // From 01:00 to 05:00 by the clock, and from 01:00 to 03:00.
            ("2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z"),
            ("2026-10-24T23:00:00Z", "2026-10-25T02:00:00Z"),
        ] {
            assert_eq!(until(&calendar, start), Some(time(end)), "{start}");
        }
    }

    #[test]
    fn windows_that_touch_are_one_opening_and_a_denial_ends_it() {
        let windows = [
            window(&[Day::Sat], "02:00", "2h", "UTC"),
            window(&[Day::Sat], "04:00", "2h", "UTC"),
            window(&[Day::Sat], "12:00", "2h", "UTC"),
        ];
        let deny = Deny {
            from: time("2026-12-19T05:00:00Z"),
            to: time("2026-12-19T13:00:00Z"),
            reason: "a launch".to_owned(),
        };
        let calendar = Calendar::of_windows(&windows, &[]);
        let start = time("2026-12-19T02:00:00Z");
        assert_eq!(until(&calendar, "2026-12-19T02:00:00Z"), Some(time("2026-12-19T06:00:00Z")));
        assert!(calendar.may_start(start, hours(4)) && !calendar.may_start(start, hours(5)));

        let calendar = Calendar::of_windows(&windows, &[deny]);
        assert_eq!(until(&calendar, "2026-12-19T02:00:00Z"), Some(time("2026-12-19T05:00:00Z")));
        assert_eq!(until(&calendar, "2026-12-19T12:30:00Z"), None);
        assert!(calendar.may_start(start, hours(3)) && !calendar.may_start(start, hours(4)));
        let after = time("2026-12-19T02:30:00Z");
        for (estimate, next) in [
            (0, Some("2026-12-19T02:30:00Z")),
            (1, Some("2026-12-19T02:30:00Z")),
            // The denial leaves an hour of the window at noon.
            (3, Some("2026-12-26T02:00:00Z")),
            (5, None),
        ] {
            assert_eq!(calendar.next_start(after, hours(estimate)), next.map(time), "{estimate} h");
        }
        let denied = time("2026-12-19T06:00:00Z");
        let noon = Some(time("2026-12-19T13:00:00Z"));
        assert_eq!(calendar.next_start(denied, hours(1)), noon);
    }

    #[test]
    fn without_windows_it_is_open_and_with_none_never() {
        let moment = time("2026-12-19T02:00:00Z");
        let always = Calendar::without_windows(&[]);
        assert_eq!(always.next_start(moment, hours(24 * 365)), Some(moment));
        assert_eq!(always.open_at(moment), Some(Opening { until: moment.plus(HORIZON) }));
        let daily = Calendar::of_windows(&[window(&Day::ALL, "05:00", "1d", "UTC")], &[]);
        assert!(daily.open_at(moment).is_some_and(|open| open.until >= moment.plus(HORIZON)));
        let never = Calendar::of_windows(&[], &[]);
        assert_eq!((never.open_at(moment), never.next_start(moment, hours(0))), (None, None));
    }

    #[test]
    fn times_that_no_calendar_has_are_no_panic() {
        let calendar =
            Calendar::of_windows(&[window(&[Day::Sat], "02:00", "7d", "Asia/Shanghai")], &[]);
        for milliseconds in [i64::MIN, i64::MAX] {
            let moment = Timestamp::from_milliseconds(milliseconds);
            assert_eq!(calendar.open_at(moment), None);
            let _ = calendar.next_start(moment, Duration::MAX);
        }
    }
}
