//! Lengths of time.

use std::{fmt, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::parse_duration;

use super::text::{self, FromText};

/// The form of a length of time, as a regular expression.
pub const SPAN_PATTERN: &str = "^[0-9]{1,9}(ms|s|m|h|d)$";

/// The units, the longest first, with their milliseconds.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A length of time that passes, such as `30s` or `3h`. A day is 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String", extend("pattern" = SPAN_PATTERN, "examples" = ["30s", "3h"]))]
pub struct Span {
    /// Not a duration, which is twice as large: policies are in the record of each instance.
    milliseconds: u64,
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self { milliseconds: 0 };

    /// A number of seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self { milliseconds: seconds * 1_000 }
    }

    /// A number of minutes.
    #[must_use]
    pub const fn minutes(minutes: u64) -> Self {
        Self::seconds(minutes * 60)
    }

    /// A number of days of 24 hours.
    #[must_use]
    pub const fn days(days: u64) -> Self {
        Self::minutes(days * 24 * 60)
    }

    /// A length of time, to the millisecond.
    #[must_use]
    pub fn of(duration: Duration) -> Self {
        Self { milliseconds: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX) }
    }

    /// Reads a whole number and its unit: `200ms`, `30s`, `2m`, `1h` or `1d`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let milliseconds = parse_duration(text)?.as_millis();
        u64::try_from(milliseconds).ok().map(|milliseconds| Self { milliseconds })
    }

    /// The time itself.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }

    /// Whether it is no time at all.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.milliseconds == 0
    }
}

impl fmt::Display for Span {
    /// In the longest unit of which it is a whole number, so that `60m` and `1h` are the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.milliseconds;
        let whole = |(_, unit): &&(&str, u64)| milliseconds.is_multiple_of(*unit);
        match UNITS.iter().find(whole) {
            Some((name, unit)) if milliseconds > 0 => write!(f, "{}{name}", milliseconds / unit),
            _ => f.write_str("0s"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}

impl FromText for Span {
    const EXPECTED: &'static str = "a duration such as \"30s\"";
    const WRONG: &'static str =
        "a duration: write a whole number and its unit, such as \"30s\", \"2m\", \"1h\" or \"1d\"";

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_in_the_longest_unit() {
        for (text, written) in [
            ("0ms", "0s"),
            ("1500ms", "1500ms"),
            ("2000ms", "2s"),
            ("90s", "90s"),
            ("60m", "1h"),
            ("36h", "36h"),
            ("48h", "2d"),
        ] {
            let span = Span::parse(text).expect(text);
            assert_eq!(span.to_string(), written, "{text}");
            assert_eq!(Span::parse(written), Some(span), "{written}");
        }
    }
}
