//! Windows and denials as the oracle reads them: it only asks what clocks show, minute by minute.

use std::sync::LazyLock;

use jiff::{
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};
use keyform::model::Timestamp;
use proptest::prelude::*;

/// Zones whose clocks change, by an hour or a half, in the north or the south; and two in which
/// they do not.
const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Beirut",
    "Asia/Shanghai",
    "Asia/Kolkata",
];
/// Starts of windows, many of them where clocks are changed.
const STARTS: [&str; 10] =
    ["00:00", "00:30", "01:30", "01:45", "02:00", "02:15", "02:30", "03:00", "11:00", "22:30"];
/// From Monday on, as jiff counts them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The zones in the program, and not those of the machine.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

fn zone(name: &str) -> TimeZone {
    DATABASE.get(name).expect("a time zone")
}

/// A moment as manifests have it.
pub(super) fn written(milliseconds: i64) -> String {
    Timestamp::from_milliseconds(milliseconds).to_string()
}

/// A window of a policy.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// On which days; empty for all.
    days: Vec<usize>,
    start: &'static str,
    hours: i64,
    zone: &'static str,
}

impl Window {
    pub(super) fn any() -> impl Strategy<Value = Self> {
        let days = prop_oneof![
            2 => Just(Vec::new()),
            3 => prop::sample::subsequence((0..7).collect::<Vec<_>>(), 1..4),
        ];
        let names = (prop::sample::select(&STARTS[..]), prop::sample::select(&ZONES[..]));
        (days, names, 1_i64..7).prop_map(|(days, (start, zone), hours)| Self {
            days,
            start,
            hours,
            zone,
        })
    }

    pub(super) fn text(&self) -> String {
        let days: Vec<_> = self.days.iter().map(|&day| DAYS[day]).collect();
        let days = match days[..] {
            [] => String::new(),
            _ => format!("days: [{}], ", days.join(", ")),
        };
        let Self { start, hours, zone, .. } = self;
        format!("{{{days}start: \"{start}\", duration: {hours}h, timeZone: {zone}}}")
    }

    pub(super) fn is_open(&self, now: i64) -> bool {
        !self.starts(now - self.hours * HOUR + 1, now + 1).is_empty()
    }

    /// Its first start after a moment.
    pub(super) fn next_start(&self, now: i64) -> i64 {
        self.starts(now + 1, now + 9 * DAY)[0]
    }

    /// When it starts from one moment on and before another: when the clocks show its start on one
    /// of its days for the first time, or go beyond it without having shown it.
    fn starts(&self, from: i64, before: i64) -> Vec<i64> {
        let zone = zone(self.zone);
        let wall = |minute: i64| {
            let moment = jiff::Timestamp::from_second(minute * 60).expect("a moment");
            minute + i64::from(zone.to_offset(moment).seconds()) / 60
        };
        let (hour, minute) = self.start.split_once(':').expect("a time of the day");
        let number = |text: &str| text.parse::<i64>().expect("a number");
        let start = number(hour) * 60 + number(minute);
        // 1970 began with a Thursday.
        let is_day = |wall: i64| {
            let day = usize::try_from((wall / (24 * 60) + 3) % 7).expect("a day");
            self.days.is_empty() || self.days.contains(&day)
        };
        // Whatever clocks have shown twice, they showed first within the last hours.
        let first = from.div_euclid(MINUTE) - 4 * 60;
        let mut latest = wall(first);
        let mut starts = Vec::new();
        for minute in first..=before.div_euclid(MINUTE) {
            let shown = wall(minute);
            while latest < shown {
                latest += 1;
                if latest % (24 * 60) == start && is_day(latest) {
                    starts.push(minute * MINUTE);
                }
            }
        }
        starts.retain(|start| (from..before).contains(start));
        starts
    }
}

/// A time in which nothing is restarted, from the beginning of the story on.
#[derive(Clone, Debug)]
pub(super) enum Deny {
    /// From an hour on, for so many hours.
    Hours(i64, i64),
    /// From a day on, and so many days after it, by the calendar of a zone.
    Days(i64, i64, &'static str),
}

impl Deny {
    /// Within the first weeks.
    pub(super) fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            (0_i64..1_000, 1_i64..100).prop_map(|(from, long)| Self::Hours(from, long)),
            (0_i64..40, 0_i64..4, prop::sample::select(&ZONES[..]))
                .prop_map(|(from, long, zone)| Self::Days(from, long, zone)),
        ]
    }

    pub(super) fn text(&self, begin: i64) -> String {
        let times = match self {
            Self::Hours(..) => {
                let (from, to) = self.times(begin);
                format!("from: \"{}\", to: \"{}\"", written(from), written(to))
            }
            Self::Days(from, long, zone) => {
                let (from, to) = (day(begin, *from), day(begin, from + long));
                format!("from: {from}, to: {to}, timeZone: {zone}")
            }
        };
        format!("{{{times}, reason: a feast}}")
    }

    pub(super) fn holds(&self, begin: i64, now: i64) -> bool {
        let (from, to) = self.times(begin);
        (from..to).contains(&now)
    }

    fn times(&self, begin: i64) -> (i64, i64) {
        match self {
            Self::Hours(from, long) => (begin + from * HOUR, begin + (from + long) * HOUR),
            Self::Days(from, long, name) => {
                let midnight = |days| {
                    let start = day(begin, days).to_zoned(zone(name)).expect("a day");
                    start.timestamp().as_millisecond()
                };
                (midnight(*from), midnight(from + long + 1))
            }
        }
    }
}

fn day(begin: i64, days: i64) -> Date {
    let moment = jiff::Timestamp::from_millisecond(begin + days * DAY).expect("a moment");
    TimeZone::UTC.to_datetime(moment).date()
}

#[test]
fn the_oracle_knows_what_clocks_leave_out_and_show_twice() {
    let time = |text| Timestamp::parse(text).expect("a time").milliseconds();
    let window = |start, zone| Window { days: vec![6], start, hours: 1, zone };
    for (start, zone, now, first) in [
        ("02:30", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-29T01:00:00Z"),
        ("02:30", "Europe/Berlin", "2026-10-24T00:00:00Z", "2026-10-25T00:30:00Z"),
        ("02:15", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z"),
        ("02:00", "Asia/Shanghai", "2026-10-03T00:00:00Z", "2026-10-03T18:00:00Z"),
    ] {
        let window = window(start, zone);
        let first = time(first);
        assert_eq!(written(window.next_start(time(now))), written(first), "{start} {zone}");
        let open = [first - 1, first, first + HOUR - 1, first + HOUR].map(|at| window.is_open(at));
        assert_eq!(open, [false, true, true, false], "{start} {zone}");
    }
}
