//! Regions of the cloud.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// A region of the cloud, such as `cn-hangzhou`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
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
                text.escape_default()
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

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
