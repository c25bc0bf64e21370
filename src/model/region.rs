//! Regions of the cloud.

use std::{fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::visible;

/// A region of the cloud, such as `cn-hangzhou`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^[A-Za-z0-9_-]{1,64}$", "examples" = ["cn-hangzhou"]))]
pub struct Region(Arc<str>);

impl Region {
    /// Accepts `[a-zA-Z0-9_-]+`, the form that the vendor's SDKs put into host names.
    ///
    /// # Errors
    /// Returns the sentence to show when `text` has another form.
    pub fn new(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || text.len() > 64 || !text.chars().all(allowed) {
            return Err(format!(
                "`{}` is not a region: write its id, such as cn-hangzhou",
                visible::line(text)
            ));
        }
        Ok(Self(text.into()))
    }

    /// The region that is meant by the id of one of its zones, such as `cn-hangzhou-b` and
    /// `ap-southeast-1a`, or by an id with a capital letter; none if `text` is neither.
    #[must_use]
    pub fn meant(text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        let before_zone = lower.strip_suffix(|c: char| c.is_ascii_lowercase());
        let region = before_zone.and_then(|before| {
            let is_numbered = before.ends_with(|c: char| c.is_ascii_digit());
            let region = if is_numbered { before } else { before.strip_suffix('-')? };
            // A region has at least two parts.
            region.contains('-').then_some(region)
        });
        let meant = region.unwrap_or(&lower);
        (meant != text && Self::new(text).is_ok()).then(|| meant.to_owned())
    }

    /// The region's id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Region {
    /// Nothing else than [`Region::new`] accepts: it stands in addresses, which are read again.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Arc::<str>::deserialize(deserializer)?;
        Self::new(&text).map_err(D::Error::custom)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_and_a_capital_letter_tell_which_region_is_meant() {
        for (text, meant) in [
            ("cn-hangzhou-b", Some("cn-hangzhou")),
            ("ap-southeast-1a", Some("ap-southeast-1")),
            ("CN-Hangzhou", Some("cn-hangzhou")),
            ("cn-Hangzhou-B", Some("cn-hangzhou")),
            ("cn-hangzhou", None),
            ("ap-southeast-1", None),
            ("cn-heyuan-acdr-1", None),
            ("r", None),
            ("cn-a", None),
            ("cn hangzhou-b", None),
        ] {
            assert_eq!(Region::meant(text).as_deref(), meant, "{text}");
        }
    }

    #[test]
    fn a_record_holds_no_region_that_its_address_could_not_be_read_with_again() {
        let read = |text: &str| serde_json::from_value::<Region>(text.into());
        assert_eq!(read("cn-hangzhou").expect("a region").as_str(), "cn-hangzhou");
        for text in ["", "cn-hangzhou/web", "cn~hangzhou", "cn hangzhou", &"c".repeat(65)] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
