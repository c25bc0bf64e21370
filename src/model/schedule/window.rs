//! Windows: when restarts may begin, week by week.

use std::fmt;

use jiff::civil::{Date, DateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::Timestamp;

use super::{
    Day, Days, Span, Zone,
    text::{self, FromText},
};

/// The form of a time of the day, as a regular expression.
pub const CLOCK_TIME_PATTERN: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]$";

const DAY_SECONDS: u64 = 24 * 60 * 60;
/// How many days are looked at besides those of a window: the one of the moment, those beside it,
/// since clocks can be set to another day, and one more, since a zone has left out a day once.
const DAYS_BESIDE: u64 = 4;

/// A time that comes again every week, in which restarts may run. See [the rules](super).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Window {
    /// The days on which it starts; every day without this.
    #[serde(default, skip_serializing_if = "Days::is_all")]
    pub days: Days,
    /// When it starts, by the wall clock of the zone.
    pub start: ClockTime,
    /// How long it lasts.
    pub duration: Span,
    /// The zone of its days and of its start.
    pub time_zone: Zone,
}

impl Window {
    /// The shortest one.
    pub const DURATION_MIN: Span = Span::minutes(1);
    /// The longest one: a week.
    pub const DURATION_MAX: Span = Span::minutes(7 * 24 * 60);

    /// The end of the time that is open by this window at a moment; `None` if it is closed then.
    pub(super) fn end_at(&self, moment: Timestamp) -> Option<Timestamp> {
        // What started on an earlier day is over.
        let days = self.duration.duration().as_secs() / DAY_SECONDS + DAYS_BESIDE;
        let earlier = |day: &Date| day.yesterday().ok();
        let mut starts = self.starts(self.today(moment).tomorrow().ok(), earlier, days);
        let end = starts.find(|start| *start <= moment)?.plus(self.duration.duration());
        (moment < end).then_some(end)
    }

    /// Its first start after a moment.
    pub(super) fn next_start(&self, moment: Timestamp) -> Option<Timestamp> {
        let later = |day: &Date| day.tomorrow().ok();
        let mut starts = self.starts(self.today(moment).yesterday().ok(), later, 7 + DAYS_BESIDE);
        starts.find(|start| *start > moment)
    }

    fn today(&self, moment: Timestamp) -> Date {
        self.time_zone.wall(moment).date()
    }

    /// Its starts on those of so many days that are its own.
    fn starts(
        &self,
        first: Option<Date>,
        next: impl Fn(&Date) -> Option<Date>,
        days: u64,
    ) -> impl Iterator<Item = Timestamp> {
        std::iter::successors(first, next)
            .zip(0..days)
            .filter(|(day, _)| self.days.contains(Day::of(day.weekday())))
            .map(|(day, _)| self.time_zone.first(self.start.on(day)))
    }
}

impl fmt::Display for Window {
    /// `Sat 02:00-05:00 Asia/Shanghai`; one that ends by the clock at its start or later tells how
    /// long it lasts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { days, start, duration, time_zone } = self;
        write!(f, "{days} {start}")?;
        match start.after(*duration) {
            Some(end) => write!(f, "-{end} {time_zone}"),
            None => write!(f, " for {duration} {time_zone}"),
        }
    }
}

/// A time of the day, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String", extend("pattern" = CLOCK_TIME_PATTERN, "examples" = ["02:00"]))]
pub struct ClockTime {
    hour: u8,
    minute: u8,
}

impl ClockTime {
    /// Reads `00:00` to `23:59`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let two = |text: &str| match text.as_bytes() {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
            _ => None,
        };
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute) = (two(hour)?, two(minute)?);
        (hour < 24 && minute < 60).then_some(Self { hour, minute })
    }

    fn on(self, day: Date) -> DateTime {
        // Both are checked and less than 60.
        day.at(self.hour.cast_signed(), self.minute.cast_signed(), 0, 0)
    }

    /// The time of the day after less than a day, in whole minutes, by a clock that nobody sets.
    fn after(self, span: Span) -> Option<Self> {
        let seconds = span.duration().as_secs();
        let minutes = u16::try_from(seconds / 60).ok()?;
        if minutes >= 24 * 60 || span != Span::minutes(minutes.into()) {
            return None;
        }
        let end = (u16::from(self.hour) * 60 + u16::from(self.minute) + minutes) % (24 * 60);
        Some(Self { hour: u8::try_from(end / 60).ok()?, minute: u8::try_from(end % 60).ok()? })
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl Serialize for ClockTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}

impl FromText for ClockTime {
    const EXPECTED: &'static str = "a time of the day such as \"02:00\"";
    const WRONG: &'static str =
        "a time of the day: write hours and minutes with two digits each, \"00:00\" to \"23:59\"";

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_day_have_two_digits_each() {
        for text in ["00:00", "02:05", "23:59"] {
            assert_eq!(ClockTime::parse(text).map(|time| time.to_string()).as_deref(), Some(text));
        }
        for bad in ["", "24:00", "25:00", "12:60", "2:00", "02:0", "02.00", "02:00:00", "0é:00"] {
            assert_eq!(ClockTime::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn windows_are_told_in_a_few_words() {
        for (days, start, duration, text) in [
            (Days::new([Day::Sat]), "02:00", "3h", "Sat 02:00-05:00 Asia/Shanghai"),
            (Days::new([Day::Fri]), "23:00", "3h", "Fri 23:00-02:00 Asia/Shanghai"),
            (Days::default(), "22:30", "90m", "daily 22:30-00:00 Asia/Shanghai"),
            (Days::new([Day::Sat]), "00:00", "48h", "Sat 00:00 for 2d Asia/Shanghai"),
            (Days::new([Day::Sat]), "02:00", "90s", "Sat 02:00 for 90s Asia/Shanghai"),
        ] {
            let window = Window {
                days,
                start: ClockTime::parse(start).expect(start),
                duration: Span::parse(duration).expect(duration),
                time_zone: Zone::new("Asia/Shanghai").expect("a zone"),
            };
            assert_eq!(window.to_string(), text);
            let written = serde_json::to_value(&window).expect("JSON");
            assert_eq!(written.get("days").is_none(), window.days.is_all());
            assert_eq!(serde_json::from_value::<Window>(written).expect("a window"), window);
        }
    }
}
