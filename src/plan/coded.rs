//! How what has a code is written into a document: the code and the fields, beside the sentence.

use std::fmt;

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error},
};
use serde_json::Value;

/// The field of the sentence.
const TEXT: &str = "text";

/// A code with its fields and its sentence.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Coded<T> {
    /// The code and the fields.
    #[serde(flatten)]
    what: T,
    /// The same as a sentence for people. It may be reworded: decide by the code. It is not read
    /// back but made of the code and the fields, so that it cannot say anything else.
    text: String,
}

impl<T: fmt::Display> Coded<T> {
    /// With its sentence.
    #[must_use]
    pub fn new(what: T) -> Self {
        let text = what.to_string();
        Self { what, text }
    }
}

/// Writes it with its sentence.
pub(super) fn serialize<T, S>(what: &T, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Serialize + fmt::Display,
    S: Serializer,
{
    Coded::new(what).serialize(serializer)
}

/// Reads it back. A field that its code does not have is refused, as everywhere in a plan. The
/// sentence is passed over: another version of the program may word it in another way, and what a
/// reviewer is shown is made of the fields.
pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Serialize + DeserializeOwned,
    D: Deserializer<'de>,
{
    let mut written = Value::deserialize(deserializer)?;
    if let Some(fields) = written.as_object_mut() {
        fields.remove(TEXT);
    }
    let what = serde_json::from_value(written.clone()).map_err(D::Error::custom)?;
    if serde_json::to_value(&what).map_err(D::Error::custom)? == written {
        Ok(what)
    } else {
        Err(D::Error::custom(format!("{written} has fields that its code does not have")))
    }
}
