//! Tags, and the rules for those that people write.

use std::collections::BTreeMap;

use crate::visible;

/// Tags, key to value, in the order of their keys.
pub type Tags = BTreeMap<String, String>;

/// The most tags that the service keeps on one resource.
pub const TAGS_MAX: usize = 20;

/// How many tags a user may put on a pair; keyform's own four make it the service's twenty.
pub const USER_TAGS_MAX: usize = 16;

/// Whether something with these tags has all that a selector selects by.
#[must_use]
pub fn has_all(tags: &Tags, selector: &Tags) -> bool {
    selector.iter().all(|(key, value)| tags.get(key) == Some(value))
}

/// Whether two keys differ only in case: the service does not keep both on one resource.
#[must_use]
pub fn are_alike(one: &str, other: &str) -> bool {
    one != other && one.to_lowercase() == other.to_lowercase()
}

/// Why a tag of a manifest is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagProblem {
    /// The key is empty or too long.
    #[error("a tag's key has 1 to 128 characters, and this one has {0}")]
    KeyLength(usize),
    /// The value is too long.
    #[error("a tag's value has at most 128 characters, and this one has {0}")]
    ValueLength(usize),
    /// The key starts with a prefix that is not the user's.
    #[error("a tag's key must not start with `{0}`: that prefix is reserved")]
    ReservedPrefix(&'static str),
    /// The key or the value has a character that is not seen.
    #[error("a tag must not hold the invisible character U+{:04X}", u32::from(*.0))]
    Unseen(char),
    /// The key or the value holds an address.
    #[error("a tag must not hold `{0}`")]
    Address(&'static str),
}

/// Checks one tag that a person wrote. Sources: TagResources, and `keyform:` for our own tags.
///
/// # Errors
/// Returns the rule that the tag breaks.
pub fn check_tag(key: &str, value: &str) -> Result<(), TagProblem> {
    let key_length = key.chars().count();
    if !(1..=128).contains(&key_length) {
        return Err(TagProblem::KeyLength(key_length));
    }
    let value_length = value.chars().count();
    if value_length > 128 {
        return Err(TagProblem::ValueLength(value_length));
    }
    for prefix in ["acs:", "aliyun", "keyform:"] {
        if key.to_ascii_lowercase().starts_with(prefix) {
            return Err(TagProblem::ReservedPrefix(prefix));
        }
    }
    // CreateKeyPair also forbids a value that starts so.
    if value.starts_with("acs:") {
        return Err(TagProblem::ReservedPrefix("acs:"));
    }
    if let Some(unseen) = key.chars().chain(value.chars()).find(|&c| visible::is_unseen(c)) {
        return Err(TagProblem::Unseen(unseen));
    }
    for scheme in ["http://", "https://"] {
        if key.contains(scheme) || value.contains(scheme) {
            return Err(TagProblem::Address(scheme));
        }
    }
    Ok(())
}
