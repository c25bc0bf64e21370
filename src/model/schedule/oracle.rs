//! The calendar against an oracle that knows no arithmetic of calendars: it walks through two
//! years minute by minute, and only asks what the clocks show.

use std::time::Duration;

use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;

use super::{Calendar, ClockTime, Day, Days, Deny, Span, Window, Zone};
use crate::model::Timestamp;

/// The first minute, 2024-12-18T00:00:00Z: two weeks are before and after the two years 2025 and
/// 2026, for what reaches in or is looked for beyond.
const START: i64 = 1_734_480_000_000;
const DAY: i64 = 24 * 60;
const EDGE: usize = 14 * 24 * 60;
const MINUTES: usize = 2 * 365 * 24 * 60 + 2 * EDGE;

/// Zones whose clocks change, each with a time that they leave out once a year and one that they
/// show twice: by half an hour and by two, at midnight, in a fasting month. Then two whose clocks
/// do not change.
const ZONES: [(&str, &str, &str); 12] = [
    ("Australia/Lord_Howe", "02:15", "01:45"),
    ("Europe/Berlin", "02:30", "02:30"),
    ("America/New_York", "02:00", "01:00"),
    ("America/St_Johns", "02:59", "01:30"),
    ("Pacific/Auckland", "02:30", "02:30"),
    ("Africa/Casablanca", "02:30", "02:30"),
    ("America/Santiago", "00:30", "23:30"),
    ("Asia/Beirut", "00:00", "23:30"),
    ("Europe/Dublin", "01:30", "01:30"),
    ("Antarctica/Troll", "01:30", "02:30"),
    ("Asia/Shanghai", "02:30", "01:30"),
    ("Asia/Kolkata", "02:30", "01:30"),
];

/// What a wave may take, in minutes.
const ESTIMATES: [usize; 4] = [0, 30, 100, 240];

fn moment(minute: usize) -> Timestamp {
    Timestamp::from_milliseconds(START + 60_000 * minute as i64)
}

fn minutes(minutes: usize) -> Duration {
    Duration::from_secs(60 * minutes as u64)
}

pub(super) fn window(days: &[Day], start: &str, duration: &str, zone: &str) -> Window {
    Window {
        days: Days::new(days.iter().copied()),
        start: ClockTime::parse(start).expect(start),
        duration: Span::parse(duration).expect(duration),
        time_zone: Zone::new(zone).expect(zone),
    }
}

/// Windows at the times that are not there or there twice, one over midnight, and two that touch.
fn windows((zone, gap, fold): (&str, &str, &str)) -> Vec<Window> {
    vec![
        window(&Day::ALL, gap, "40m", zone),
        window(&[Day::Sun], fold, "3h", zone),
        window(&[Day::Fri, Day::Sat], "22:30", "5h", zone),
        window(&[Day::Wed], "12:00", "2h", zone),
        window(&[Day::Wed], "14:00", "1h", zone),
    ]
}

/// Times of whole minutes, some within windows and some over many.
fn denials() -> Vec<Deny> {
    [
        ("2025-03-30T00:17:00Z", "2025-03-30T01:05:00Z"),
        ("2025-12-20T00:00:00Z", "2026-01-04T00:00:00Z"),
        ("2026-01-03T18:00:00Z", "2026-01-04T02:31:00Z"),
        ("2026-07-01T06:30:00Z", "2026-07-01T06:31:00Z"),
        ("2026-10-04T13:00:00Z", "2026-10-04T16:45:00Z"),
    ]
    .map(|(from, to)| Deny {
        from: Timestamp::parse(from).expect(from),
        to: Timestamp::parse(to).expect(to),
        reason: "an oracle says so".to_owned(),
    })
    .to_vec()
}

/// What the clocks of a zone show at each minute, in minutes since those of 1970 showed midnight.
fn walls(zone: &str) -> Vec<i64> {
    // Those of this machine may be of another year.
    let zone = TimeZoneDatabase::bundled().get(zone).expect("a zone");
    let show = |minute: usize| {
        let seconds = moment(minute).milliseconds() / 1_000;
        let moment = jiff::Timestamp::from_second(seconds).expect("a time");
        (seconds + i64::from(zone.to_offset(moment).seconds())) / 60
    };
    (0..MINUTES).map(show).collect()
}

/// Marks the minutes at which a window is open. It starts when the clocks show its start on one of
/// its days for the first time, or go beyond it without having shown it.
fn mark(window: &Window, walls: &[i64], is_open: &mut [bool]) {
    let start = window.start.to_string();
    let (hour, minute) = start.split_once(':').expect("a time of the day");
    let number = |text: &str| text.parse::<i64>().expect("a number");
    let start = number(hour) * 60 + number(minute);
    let length = window.duration.duration().as_secs() / 60;
    // 1970 began with a Thursday.
    let is_day = Day::ALL.map(|day| window.days.contains(day));
    let starts_with = |wall: i64| {
        wall % DAY == start && is_day[usize::try_from((wall / DAY + 3) % 7).expect("a day")]
    };
    let mut latest = walls[0];
    let mut left = 0_u64;
    for (minute, shown) in walls.iter().enumerate() {
        left = left.saturating_sub(1);
        while latest < *shown {
            latest += 1;
            if starts_with(latest) {
                left = length;
            }
        }
        is_open[minute] |= left > 0;
    }
}

/// For each minute, how many minutes it is open from then on: 0 where it is closed.
fn open_for(walls: &[i64], windows: &[Window], deny: &[Deny]) -> Vec<usize> {
    let mut is_open = vec![false; MINUTES];
    for window in windows {
        mark(window, walls, &mut is_open);
    }
    let mut open = vec![0; MINUTES + 1];
    for minute in (0..MINUTES).rev() {
        let now = moment(minute);
        let is_denied = deny.iter().any(|deny| deny.from <= now && now < deny.to);
        open[minute] = if is_open[minute] && !is_denied { open[minute + 1] + 1 } else { 0 };
    }
    open
}

/// For each minute, the next at which it is open for so long.
fn next_starts(open: &[usize], estimate: usize) -> Vec<Option<usize>> {
    let mut next = vec![None; open.len()];
    for minute in (0..open.len() - 1).rev() {
        let starts = open[minute] > 0 && open[minute] >= estimate;
        next[minute] = if starts { Some(minute) } else { next[minute + 1] };
    }
    next
}

/// The minutes that are looked at closely: those around every change of the clocks, those around
/// every change from open to closed or back, and some between.
fn close(walls: &[i64], open: &[usize]) -> Vec<bool> {
    let mut close: Vec<bool> = (0..MINUTES).map(|minute| minute % 499 == 0).collect();
    for minute in EDGE..MINUTES - EDGE {
        let around = match () {
            () if walls[minute] - walls[minute - 1] != 1 => 150,
            () if (open[minute] > 0) != (open[minute - 1] > 0) => 1,
            () => continue,
        };
        close[minute - around..=minute + around].fill(true);
    }
    close
}

/// A calendar and what the oracle says of it.
struct Comparison {
    zone: &'static str,
    calendar: Calendar,
    /// For each minute, for how many it is open.
    open: Vec<usize>,
    /// For each estimate, the next start from each minute on.
    next: [(usize, Vec<Option<usize>>); 4],
}

impl Comparison {
    fn is_open(&self, minute: usize) -> bool {
        self.open[minute] > 0
    }

    /// Until which minute the calendar says that it is as at this one: open, or closed.
    fn said_until(&self, minute: usize) -> usize {
        let now = moment(minute);
        let until = match self.calendar.open_at(now) {
            Some(open) => Some(open.until),
            None => self.calendar.next_start(now, Duration::ZERO),
        };
        let until = until.map_or(i64::MAX, Timestamp::milliseconds);
        usize::try_from((until - START) / 60_000).expect("it is later")
    }

    /// Asks for all that there is to ask at a minute.
    fn compare(&self, minute: usize) {
        let (now, zone) = (moment(minute), self.zone);
        let until = self.is_open(minute).then(|| moment(minute + self.open[minute]));
        for moment in [now, now.plus(Duration::from_millis(59_999))] {
            let open = self.calendar.open_at(moment);
            assert_eq!(open.map(|open| open.until), until, "{moment} in {zone}");
        }
        for (index, (estimate, next)) in self.next.iter().enumerate() {
            let starts = self.is_open(minute) && self.open[minute] >= *estimate;
            let estimate = minutes(*estimate);
            assert_eq!(self.calendar.may_start(now, estimate), starts, "{now} in {zone}");
            // That takes a while: another one at each minute.
            if minute % ESTIMATES.len() == index {
                let next = next[minute].map(moment);
                assert_eq!(self.calendar.next_start(now, estimate), next, "{now} in {zone}");
            }
        }
    }
}

/// Compares a calendar with the oracle, in one zone: what it says holds for every minute.
fn compare(zone: (&'static str, &str, &str)) {
    let (windows, deny) = (windows(zone), denials());
    let walls = walls(zone.0);
    let open = open_for(&walls, &windows, &deny);
    let close = close(&walls, &open);
    let comparison = Comparison {
        zone: zone.0,
        calendar: Calendar::of_windows(&windows, &deny),
        next: ESTIMATES.map(|estimate| (estimate, next_starts(&open, estimate))),
        open,
    };
    let (mut is_open, mut until) = (false, 0);
    for (minute, is_close) in close.into_iter().enumerate().take(MINUTES - EDGE).skip(EDGE) {
        if minute >= until || minute % 11 == 0 {
            is_open = comparison.calendar.may_start(moment(minute), Duration::ZERO);
        }
        if minute >= until {
            until = comparison.said_until(minute);
        }
        let is_right = is_open == comparison.is_open(minute);
        assert!(is_right, "{} in {}", moment(minute), zone.0);
        if is_close {
            comparison.compare(minute);
        }
    }
}

#[test]
fn the_oracle_sees_clocks_change() {
    for (zone, ..) in &ZONES[..10] {
        let walls = walls(zone);
        let changes = walls.windows(2).filter(|pair| pair[1] - pair[0] != 1);
        assert!(changes.count() >= 4, "{zone}");
    }
}

macro_rules! compared {
    ($($name:ident: $zones:expr;)*) => {
        $(#[test]
        fn $name() {
            ZONES[$zones].iter().copied().for_each(compare);
        })*
    };
}

// Several tests, for several cores.
compared! {
    the_calendar_is_right_at_every_minute_in_oceania_and_europe: 0..4;
    the_calendar_is_right_at_every_minute_in_africa_and_america: 4..8;
    the_calendar_is_right_at_every_minute_in_antarctica_and_asia: 8..12;
}

fn any_window() -> impl Strategy<Value = Window> {
    let days = prop::sample::subsequence(Day::ALL.to_vec(), 1..=7);
    (days, 0..24_u32, 0..60_u32, 1..=10_080_u64, 0..ZONES.len()).prop_map(
        |(days, hour, minute, duration, zone)| Window {
            duration: Span::minutes(duration),
            ..window(&days, &format!("{hour:02}:{minute:02}"), "1m", ZONES[zone].0)
        },
    )
}

fn any_denial() -> impl Strategy<Value = Deny> {
    (0..200_000_usize, 1..20_000_usize).prop_map(|(from, length)| Deny {
        from: moment(from),
        to: moment(from + length),
        reason: "a guess".to_owned(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_next_start_is_one_and_no_minute_before_it(
        windows in prop::collection::vec(any_window(), 0..4),
        deny in prop::collection::vec(any_denial(), 0..3),
        from in 0..200_000_usize,
        estimate in 0..3_000_usize,
    ) {
        let calendar = Calendar::of_windows(&windows, &deny);
        let (from, estimate) = (moment(from), minutes(estimate));
        let next = calendar.next_start(from, estimate);
        if let Some(next) = next {
            prop_assert!(calendar.may_start(next, estimate), "{next}");
        }
        let before = (0..1_000).map(|minute| from.plus(minutes(minute)));
        for moment in before.take_while(|moment| next.is_none_or(|next| *moment < next)) {
            prop_assert!(!calendar.may_start(moment, estimate), "{moment}");
        }
        for moment in [from, next.unwrap_or(from)] {
            let until = calendar.open_at(moment).map(|open| open.until);
            let fits = until.is_some_and(|until| moment.plus(estimate) <= until);
            prop_assert_eq!(calendar.may_start(moment, estimate), fits);
        }
    }
}
