//! Time zones.

use std::{fmt, sync::LazyLock};

use jiff::{
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{model::Timestamp, visible};

/// The form of a zone's name, as a regular expression.
pub const ZONE_PATTERN: &str = "^[A-Za-z][A-Za-z0-9_+/-]{0,63}$";

/// The zones in the program. Those of the machine are never asked: a plan that is applied on
/// another one must mean the same there.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Zones by which people mean an abbreviation, a city or an offset, the likeliest first.
const MAJOR: [&str; 30] = [
    "Asia/Shanghai",
    "America/Chicago",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "America/Denver",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Hong_Kong",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Jakarta",
    "Asia/Bangkok",
    "Asia/Manila",
    "Asia/Dubai",
    "Asia/Jerusalem",
    "Europe/Lisbon",
    "Europe/Dublin",
    "Europe/Athens",
    "Europe/Moscow",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Australia/Perth",
    "Pacific/Auckland",
    "Pacific/Honolulu",
    "America/Anchorage",
    "America/Halifax",
    "America/Sao_Paulo",
    "Africa/Johannesburg",
];
/// The most zones that are told for one text.
const MEANT_MAX: usize = 4;
/// A winter and a summer.
const SEASONS: [i64; 2] = [1_768_435_200_000, 1_784_073_600_000];

/// A time zone of the IANA database, such as `Asia/Shanghai`.
#[derive(Clone, JsonSchema)]
#[schemars(with = "String", extend("pattern" = ZONE_PATTERN, "examples" = ["Asia/Shanghai"]))]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of this name, which is written as the database writes it.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let zone = DATABASE.get(name).ok()?;
        // The database does not mind capitals; two spellings would be two policies.
        (zone.iana_name() == Some(name)).then_some(Self(zone))
    }

    /// The names of all zones.
    #[must_use]
    pub fn names() -> Vec<String> {
        DATABASE.available().map(|name| name.to_string()).collect()
    }

    /// The zones that a text may mean which names none: one whose clocks have this abbreviation or
    /// this offset, or a city. The likeliest come first.
    #[must_use]
    pub fn meant(text: &str) -> Vec<String> {
        if ["UTC", "GMT", "Z"].iter().any(|utc| utc.eq_ignore_ascii_case(text)) {
            return vec!["UTC".to_owned()];
        }
        let offset = offset_minutes(text);
        let clocks_say = |name: &&str| {
            Self::new(name).is_some_and(|zone| {
                let mut clocks = SEASONS.into_iter().map(|season| zone.clock_signs(season));
                clocks.any(|(abbreviation, minutes)| {
                    abbreviation.eq_ignore_ascii_case(text) || offset == Some(minutes)
                })
            })
        };
        let found: Vec<String> =
            MAJOR.into_iter().filter(clocks_say).take(MEANT_MAX).map(str::to_owned).collect();
        if found.is_empty() { of_city(text) } else { found }
    }

    /// The abbreviation and the offset that clocks have at a moment.
    fn clock_signs(&self, moment: i64) -> (String, i32) {
        let moment = jiff_timestamp(Timestamp::from_milliseconds(moment));
        let info = self.0.to_offset_info(moment);
        (info.abbreviation().to_owned(), info.offset().seconds() / 60)
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.iana_name().unwrap_or_default()
    }

    /// A moment as people of this zone tell it: `Sat 2026-12-19 02:00 Asia/Shanghai`.
    #[must_use]
    pub fn local(&self, moment: Timestamp) -> String {
        format!("{} {self}", self.clock(moment))
    }

    /// The same without the zone, where that is said beside it.
    #[must_use]
    pub fn clock(&self, moment: Timestamp) -> String {
        self.wall(moment).strftime("%a %Y-%m-%d %H:%M").to_string()
    }

    /// What a clock on the wall shows at a moment. Beyond the years of the calendar it stands
    /// still.
    pub(super) fn wall(&self, moment: Timestamp) -> DateTime {
        self.0.to_datetime(jiff_timestamp(moment))
    }

    /// The first moment at which a clock on the wall shows this time, or a later one where clocks
    /// are set forward over it.
    pub(super) fn first(&self, wall: DateTime) -> Timestamp {
        let moment = match self.0.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(wall),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(wall),
            // With the offset of before, a time in the gap is as long after the change as after
            // the beginning of the gap: the change is the last one until then.
            AmbiguousOffset::Gap { before, .. } => before.to_timestamp(wall).map(|inside| {
                let until = inside.saturating_add(jiff::SignedDuration::from_nanos(1));
                let changes = until.map(|until| self.0.preceding(until).next());
                changes.ok().flatten().map_or(inside, |change| change.timestamp())
            }),
        };
        let moment = moment.unwrap_or(jiff::Timestamp::MAX);
        Timestamp::from_milliseconds(moment.as_millisecond())
    }
}

/// The zones of a city, which is the last part of their names.
fn of_city(text: &str) -> Vec<String> {
    let city = text.trim().replace([' ', '-'], "_");
    let is_of = |name: &String| {
        name.rsplit_once('/').is_some_and(|(_, last)| last.eq_ignore_ascii_case(&city))
    };
    Zone::names().into_iter().filter(is_of).take(MEANT_MAX).collect()
}

/// The minutes of an offset such as `UTC+8`, `GMT-03:30` or `+08:00`.
fn offset_minutes(text: &str) -> Option<i32> {
    let text = text.to_ascii_uppercase();
    let offset = ["UTC", "GMT"].iter().find_map(|utc| text.strip_prefix(utc)).unwrap_or(&text);
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let is_offset = (0..=14).contains(&hours) && (0..60).contains(&minutes);
    is_offset.then_some(sign * (hours * 60 + minutes))
}

fn jiff_timestamp(moment: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(moment.milliseconds()).unwrap_or_else(|_| {
        if moment.milliseconds() < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX }
    })
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Zone {}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::new(&name).ok_or_else(|| {
            D::Error::custom(format!("this keyform knows no time zone {}", visible::line(&name)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(zone: &str, wall: &str) -> String {
        let zone = Zone::new(zone).expect(zone);
        zone.first(wall.parse().expect(wall)).to_string()
    }

    #[test]
    fn a_time_that_clocks_skip_is_the_first_moment_after_the_gap() {
        for (zone, wall, moment) in [
            ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00:00.000Z"),
            ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00.000Z"),
            ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00.000Z"),
            ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30:00.000Z"),
            ("Asia/Beirut", "2026-03-29T00:00", "2026-03-28T22:00:00.000Z"),
            // A whole day was left out.
            ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00.000Z"),
        ] {
            assert_eq!(first(zone, wall), moment, "{wall} in {zone}");
        }
    }

    #[test]
    fn a_time_that_is_there_twice_is_the_first_of_the_two() {
        for (zone, wall, moment) in [
            ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"),
            ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30:00.000Z"),
            ("Asia/Shanghai", "2026-12-19T02:00", "2026-12-18T18:00:00.000Z"),
        ] {
            assert_eq!(first(zone, wall), moment, "{wall} in {zone}");
        }
    }

    #[test]
    fn an_abbreviation_an_offset_and_a_city_find_the_zones_that_may_be_meant() {
        for (text, zones) in [
            ("CST", &["Asia/Shanghai", "America/Chicago"][..]),
            ("cdt", &["America/Chicago"]),
            ("IST", &["Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"]),
            ("BST", &["Europe/London"]),
            ("PST", &["America/Los_Angeles", "Asia/Manila"]),
            ("CEST", &["Europe/Berlin"]),
            ("UTC+8", &["Asia/Shanghai", "Asia/Singapore", "Asia/Hong_Kong", "Asia/Manila"]),
            ("+05:30", &["Asia/Kolkata"]),
            ("gmt-0300", &["America/Halifax", "America/Sao_Paulo"]),
            ("utc", &["UTC"]),
            ("Shanghai", &["Asia/Shanghai"]),
            ("new york", &["America/New_York"]),
            ("XYZ", &[]),
            ("+", &[]),
            ("+99:00", &[]),
            ("", &[]),
        ] {
            assert_eq!(Zone::meant(text), zones, "{text}");
        }
        for name in MAJOR {
            assert!(Zone::new(name).is_some(), "{name}");
        }
    }

    #[test]
    fn zones_are_known_without_the_machine_and_written_in_one_way_only() {
        assert!(Zone::names().len() > 400);
        for name in ["Asia/Shanghai", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+8"] {
            assert_eq!(Zone::new(name).expect(name).as_str(), name);
        }
        for name in ["", "asia/shanghai", "utc", "Etc/Unknown", "+08:00", "Mars/Olympus"] {
            assert_eq!(Zone::new(name), None, "{name}");
        }
        let shanghai = Zone::new("Asia/Shanghai").expect("a zone");
        let moment = Timestamp::parse("2026-12-18T18:00:00Z").expect("a time");
        assert_eq!(shanghai.local(moment), "Sat 2026-12-19 02:00 Asia/Shanghai");
        let never = Timestamp::from_milliseconds(i64::MAX);
        assert!(shanghai.local(never).starts_with("Fri 9999-12-31"));
    }
}
