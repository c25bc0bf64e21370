//! When and how the instances of a binding may be restarted.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// When and how the instances of a binding may be restarted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestartPolicy {
    /// When restarts may begin.
    pub when: RestartWhen,
    /// How many instances of the binding may be down together.
    pub max_unavailable: MaxUnavailable,
}

/// When restarts may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RestartWhen {
    /// During the apply that binds.
    Now,
}

/// How many instances of a binding may be down together: a number, or a share of all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "serde_json::Value", extend("anyOf" = [
    { "type": "integer", "minimum": 1, "maximum": u32::MAX },
    { "type": "string", "pattern": "^(0*[1-9][0-9]{0,9}|0*([1-9][0-9]?|100)%)$" },
], "examples" = [1, "10%"]))]
pub enum MaxUnavailable {
    /// 1 or more.
    Number(u32),
    /// 1 to 100, of all instances of the binding, rounded down, but at least one instance.
    Percent(u32),
}

impl MaxUnavailable {
    /// Reads `3` or `10%`.
    ///
    /// # Errors
    /// Returns the sentence to show.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (digits, percent) = match text.strip_suffix('%') {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse::<u32>() {
            Ok(number) if plain && percent && (1..=100).contains(&number) => {
                Ok(Self::Percent(number))
            }
            Ok(number) if plain && !percent && number >= 1 => Ok(Self::Number(number)),
            _ => Err(format!(
                "`{}` is not a number of instances: write 1 or more, or a share from \"1%\" to \"100%\"",
                text.escape_default()
            )),
        }
    }

    /// How many instances that is among `count`.
    #[must_use]
    pub fn among(self, count: usize) -> usize {
        match self {
            Self::Number(number) => usize::try_from(number).unwrap_or(usize::MAX),
            Self::Percent(percent) => {
                let share = count.saturating_mul(percent as usize) / 100;
                share.max(1)
            }
        }
    }
}

impl fmt::Display for MaxUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Serialize for MaxUnavailable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u32(*number),
            Self::Percent(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for MaxUnavailable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = MaxUnavailable;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of instances, or a share such as \"10%\"")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<MaxUnavailable, E> {
                MaxUnavailable::parse(&number.to_string()).map_err(E::custom)
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<MaxUnavailable, E> {
                MaxUnavailable::parse(&number.to_string()).map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<MaxUnavailable, E> {
                MaxUnavailable::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_round_down_to_at_least_one() {
        for (text, count, allowed) in [
            ("1", 40, 1),
            ("3", 2, 3),
            ("10%", 40, 4),
            ("10%", 19, 1),
            ("1%", 5, 1),
            ("100%", 7, 7),
        ] {
            let parsed = MaxUnavailable::parse(text).expect(text);
            assert_eq!(parsed.among(count), allowed, "{text} of {count}");
            assert_eq!(parsed.to_string(), text);
        }
        for bad in ["0", "-1", "0%", "101%", "1.5", "", "%", "+1", "all"] {
            assert!(MaxUnavailable::parse(bad).is_err(), "{bad}");
        }
    }
}
