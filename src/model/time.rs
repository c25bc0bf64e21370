//! Times: of this machine, and of the service with their precision.

use std::{fmt, time::Duration};

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment of this machine's clock: milliseconds since 1970, in UTC. Written as RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema)]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Timestamp(i64);

impl Timestamp {
    /// Milliseconds since the start of 1970.
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the start of 1970.
    #[must_use]
    pub fn milliseconds(self) -> i64 {
        self.0
    }

    /// This moment and a duration later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment so many seconds before this one.
    #[must_use]
    pub fn before(self, seconds: u64) -> Self {
        let milliseconds = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
        Self(self.0.saturating_sub(milliseconds))
    }

    /// The time from `earlier` to this moment; zero if the clock was set back.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads RFC 3339.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|moment| Self(moment.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.0, "%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an RFC 3339 time"))
    }
}

/// A moment by both clocks of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By the clock that counts on and is never set; it may stand still while the machine sleeps.
    pub counted: Timestamp,
    /// By the clock on the wall, which may be set.
    pub wall: Timestamp,
}

impl Moment {
    /// The time from `earlier` to this moment, by the clock that shows more of it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.counted.since(earlier.counted).max(self.wall.since(earlier.wall))
    }
}

/// How finely a time of the service is told.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// To the millisecond; only the embedded cloud does.
    Millisecond,
    /// To the second.
    Second,
    /// To the minute: StartTime and CreationTime of ECS.
    Minute,
}

impl Precision {
    fn milliseconds(self) -> i64 {
        match self {
            Self::Millisecond => 1,
            Self::Second => 1_000,
            Self::Minute => 60_000,
        }
    }
}

/// The form of a time that the service told, as a regular expression.
const SERVICE_TIME_PATTERN: &str =
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{3})?)?Z$";

/// A time that the service told, which is only ever compared with times of the service.
///
/// Written as the service writes it: `2023-09-04T08:33Z` to the minute, with seconds or
/// milliseconds where it is told more finely.
#[derive(Clone, Copy, PartialEq, Eq, Hash, JsonSchema)]
#[schemars(with = "String", extend("pattern" = SERVICE_TIME_PATTERN))]
pub struct ServiceTime {
    milliseconds: i64,
    precision: Precision,
}

impl ServiceTime {
    /// The service's telling of `moment`, cut off at `precision`.
    #[must_use]
    pub fn new(moment: Timestamp, precision: Precision) -> Self {
        let unit = precision.milliseconds();
        Self { milliseconds: moment.0.div_euclid(unit) * unit, precision }
    }

    /// Reads the forms of the service; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_suffix('Z')?;
        let (full, precision) = match body.len() {
            16 => (format!("{body}:00Z"), Precision::Minute),
            19 => (text.to_owned(), Precision::Second),
            23 => (text.to_owned(), Precision::Millisecond),
            _ => return None,
        };
        Timestamp::parse(&full).map(|moment| Self { milliseconds: moment.0, precision })
    }

    /// Whether this time is surely later than `other`: both are cut off at the coarser precision,
    /// so that a doubt is "no".
    #[must_use]
    pub fn is_after(self, other: Self) -> bool {
        let unit = self.precision.max(other.precision).milliseconds();
        self.milliseconds.div_euclid(unit) > other.milliseconds.div_euclid(unit)
    }
}

impl fmt::Display for ServiceTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = match self.precision {
            Precision::Minute => "%Y-%m-%dT%H:%MZ",
            Precision::Second => "%Y-%m-%dT%H:%M:%SZ",
            Precision::Millisecond => "%Y-%m-%dT%H:%M:%S%.3fZ",
        };
        f.write_str(&written(self.milliseconds, format))
    }
}

impl fmt::Debug for ServiceTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ServiceTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ServiceTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a time of the service"))
    }
}

/// Reads a duration as people write it: a whole number and its unit, such as `200ms`, `30s`, `2m`,
/// `1h` or `1d`; `None` for anything else.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    // Nine digits of days are two million years and still far from an overflow.
    if number.len() > 9 {
        return None;
    }
    number.parse::<u64>().ok().map(|number| Duration::from_millis(number * milliseconds))
}

/// Times outside of the calendar's range cannot come from a clock; they are shown as a number.
fn written(milliseconds: i64, format: &str) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).map_or_else(
        |_| milliseconds.to_string(),
        |moment| moment.to_zoned(TimeZone::UTC).strftime(format).to_string(),
    )
}

/// A length of time in its two largest units, from minutes up.
#[must_use]
pub fn length(duration: Duration) -> String {
    let minutes = duration.as_secs().div_ceil(60);
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_times_read_and_write_their_own_form() {
        for text in ["2023-09-04T08:33Z", "2023-09-04T08:33:20Z", "2023-09-04T08:33:20.123Z"] {
            assert_eq!(ServiceTime::parse(text).map(|t| t.to_string()).as_deref(), Some(text));
        }
        for bad in ["", "2023-09-04", "2023-13-04T08:33Z", "2023-09-04T08:33+08:00"] {
            assert_eq!(ServiceTime::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn doubt_about_order_is_not_yet() {
        let time = |text| ServiceTime::parse(text).expect("a time");
        assert!(!time("2023-09-04T08:33:59Z").is_after(time("2023-09-04T08:33Z")));
        assert!(time("2023-09-04T08:34Z").is_after(time("2023-09-04T08:33:59Z")));
        assert!(time("2023-09-04T08:33:21Z").is_after(time("2023-09-04T08:33:20Z")));
    }

    #[test]
    fn durations_have_a_unit() {
        for (text, milliseconds) in
            [("0ms", 0), ("200ms", 200), ("30s", 30_000), ("2m", 120_000), ("1h", 3_600_000)]
        {
            let duration = Duration::from_millis(milliseconds);
            assert_eq!(parse_duration(text), Some(duration), "{text}");
        }
        for bad in ["", "30", "s", "-1s", "+1s", "1.5s", "1 s", "1S", "9999999999s", "1s1s"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn lengths_are_told_in_two_units() {
        for (seconds, text) in [
            (1, "1 min"),
            (90, "2 min"),
            (3600, "1 h"),
            (3660, "1 h 1 min"),
            (86_400, "1 d"),
            (86_400 + 600, "1 d"),
            (5 * 86_400 + 3 * 3600, "5 d 3 h"),
        ] {
            assert_eq!(length(Duration::from_secs(seconds)), text);
        }
    }
}
