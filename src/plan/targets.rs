//! What people restrict a plan to.

use wildmatch::WildMatch;

/// What a plan is restricted to: everything, if nothing is named.
///
/// A target is an address with `*` and `?`, such as `binding/web-*`, `pair/cn-hangzhou/web`,
/// `key/web` or `instance/*/i-bp1a0001`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    patterns: Vec<String>,
}

impl Targets {
    /// Takes what a person named.
    #[must_use]
    pub fn new(patterns: Vec<String>) -> Self {
        Self { patterns }
    }

    /// The targets as they were named.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether one of them is this address.
    pub(super) fn matches(&self, text: &str) -> bool {
        self.patterns.iter().any(|pattern| WildMatch::new(pattern).matches(text))
    }
}
