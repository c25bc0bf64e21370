//! Days of the week.

use std::{collections::BTreeSet, fmt};

use jiff::civil::Weekday;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A day of the week.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    /// All of them, in the order of a week.
    pub const ALL: [Self; 7] =
        [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// As manifests write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }

    pub(super) fn of(weekday: Weekday) -> Self {
        match weekday {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }
}

impl fmt::Display for Day {
    /// As people are shown it, with a capital letter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Some days of the week, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Days(BTreeSet<Day>);

impl Days {
    /// These days.
    #[must_use]
    pub fn new(days: impl IntoIterator<Item = Day>) -> Self {
        Self(days.into_iter().collect())
    }

    /// Whether they are all that there are.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.len() == Day::ALL.len()
    }

    /// Whether a day is one of them.
    #[must_use]
    pub fn contains(&self, day: Day) -> bool {
        self.0.contains(&day)
    }
}

impl Default for Days {
    /// Every day.
    fn default() -> Self {
        Self::new(Day::ALL)
    }
}

impl fmt::Display for Days {
    /// `Sat, Sun`, `Mon-Fri` where three or more follow one another, `daily` for all.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_all() {
            return f.write_str("daily");
        }
        let days: Vec<Day> = self.0.iter().copied().collect();
        let runs: Vec<String> = days
            .chunk_by(|left, right| *left as u8 + 1 == *right as u8)
            .flat_map(|run| match run {
                [first, _, .., last] => vec![format!("{first}-{last}")],
                few => few.iter().map(ToString::to_string).collect(),
            })
            .collect();
        f.write_str(&runs.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_in_the_order_of_a_week_and_runs_of_them_in_short() {
        use Day::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        for (days, text) in [
            (&[Sun, Sat][..], "Sat, Sun"),
            (&[Mon, Tue, Wed, Thu, Fri], "Mon-Fri"),
            (&[Mon, Wed, Thu, Fri, Sun], "Mon, Wed-Fri, Sun"),
            (&[Sat], "Sat"),
            (&Day::ALL, "daily"),
        ] {
            assert_eq!(Days::new(days.iter().copied()).to_string(), text);
        }
        let written = serde_json::to_string(&Days::new([Sun, Mon])).expect("JSON");
        assert_eq!(written, "[\"mon\",\"sun\"]");
    }

    #[test]
    fn a_day_is_written_as_it_is_read() {
        for day in Day::ALL {
            assert_eq!(serde_json::to_value(day).expect("JSON"), day.as_str());
        }
    }
}
