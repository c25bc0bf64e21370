//! A date or an instant, as people write one.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::model::Timestamp;

use super::{
    Zone,
    text::{self, FromText},
};

/// The form of a moment, as a regular expression.
pub const MOMENT_PATTERN: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$";

/// A date, which is a whole day of some zone, or an instant, which is the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(
    with = "String",
    extend("pattern" = MOMENT_PATTERN, "examples" = ["2026-12-20", "2026-12-20T02:00:00+08:00"])
)]
pub enum Moment {
    /// `2026-12-20`.
    Day(Date),
    /// `2026-12-20T02:00:00+08:00`.
    Instant(Timestamp),
}

impl Moment {
    /// Reads `2026-12-20`, or RFC 3339, whose seconds may be left out.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if has_shape(text, "0000-00-00") {
            return text.parse().ok().map(Self::Day);
        }
        let (body, offset) = text.split_at_checked(16)?;
        let offset = offset.strip_prefix(':').map_or(Some(offset), after_seconds)?;
        let is_instant = has_shape(body, "0000-00-00T00:00")
            && (offset == "Z" || has_shape(offset, "+00:00") || has_shape(offset, "-00:00"));
        if is_instant { Timestamp::parse(text).map(Self::Instant) } else { None }
    }

    /// Its first moment; `None` for a date without a zone.
    #[must_use]
    pub fn begin(self, zone: Option<&Zone>) -> Option<Timestamp> {
        match self {
            Self::Day(day) => zone.map(|zone| zone.first(day.at(0, 0, 0, 0))),
            Self::Instant(instant) => Some(instant),
        }
    }

    /// When it is over: the end of the day, or the instant itself; `None` for a date without a
    /// zone.
    #[must_use]
    pub fn end(self, zone: Option<&Zone>) -> Option<Timestamp> {
        match self {
            Self::Day(day) => Self::Day(day.tomorrow().unwrap_or(Date::MAX)).begin(zone),
            Self::Instant(instant) => Some(instant),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer)
    }
}

impl FromText for Moment {
    const EXPECTED: &'static str = "a date such as \"2026-12-20\" or a time of RFC 3339";
    const WRONG: &'static str = "a date or a time: write a date such as \"2026-12-20\", or a time \
         with its offset such as \"2026-12-20T02:00:00+08:00\" (RFC 3339)";

    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// What follows `00` or `00.000`.
fn after_seconds(text: &str) -> Option<&str> {
    let (seconds, rest) = text.split_at_checked(2).filter(|(two, _)| has_shape(two, "00"))?;
    let Some(fraction) = rest.strip_prefix('.') else { return Some(rest) };
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    (!seconds.is_empty() && (1..=9).contains(&digits)).then(|| &fraction[digits..])
}

/// Whether a text is a shape with other digits in the place of its zeros.
fn has_shape(text: &str, shape: &str) -> bool {
    let is_like = |(found, like): (u8, u8)| found == like || like == b'0' && found.is_ascii_digit();
    text.len() == shape.len() && text.bytes().zip(shape.bytes()).all(is_like)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str, zone: Option<&str>) -> Option<String> {
        let zone = zone.map(|zone| Zone::new(zone).expect(zone));
        let moment = Moment::parse(text).expect(text);
        let (begin, end) = (moment.begin(zone.as_ref())?, moment.end(zone.as_ref())?);
        Some(format!("{begin} {end}"))
    }

    #[test]
    fn a_date_is_a_whole_day_of_a_zone_and_an_instant_needs_none() {
        assert_eq!(ends("2026-12-20", None), None);
        assert_eq!(
            ends("2026-12-20", Some("Asia/Shanghai")).as_deref(),
            Some("2026-12-19T16:00:00.000Z 2026-12-20T16:00:00.000Z")
        );
        // The day begins at one o'clock, and has 23 hours.
        assert_eq!(
            ends("2026-03-29", Some("Asia/Beirut")).as_deref(),
            Some("2026-03-28T22:00:00.000Z 2026-03-29T21:00:00.000Z")
        );
        for text in ["2026-12-20T02:00+08:00", "2026-12-19T18:00:00Z", "2026-12-19T18:00:00.000Z"] {
            let same = "2026-12-19T18:00:00.000Z 2026-12-19T18:00:00.000Z";
            assert_eq!(ends(text, None).as_deref(), Some(same), "{text}");
        }
        assert!(ends("9999-12-31", Some("Asia/Shanghai")).is_some());
    }

    #[test]
    fn other_forms_are_no_moments() {
        for bad in [
            "",
            "2026-12",
            "2026-02-30",
            "20.12.2026",
            "2026-12-20T02:00:00",
            "2026-12-20 02:00:00Z",
            "2026-12-20T02:00:00.Z",
            "2026-12-20T02:0é:00Z",
            "2026-12-20T25:00:00Z",
            "2026-12-20T02:00:00+0800",
            "2026-12-20T02:00:00Z[UTC]",
            "tomorrow",
        ] {
            assert_eq!(Moment::parse(bad), None, "{bad}");
        }
    }
}
