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
    fn a_record_holds_no_region_that_its_address_could_not_be_read_with_again() {
        let read = |text: &str| serde_json::from_value::<Region>(text.into());
        assert_eq!(read("cn-hangzhou").expect("a region").as_str(), "cn-hangzhou");
        for text in ["", "cn-hangzhou/web", "cn~hangzhou", "cn hangzhou", &"c".repeat(65)] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
