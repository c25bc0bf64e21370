//! Values that are texts in manifests, states and plans.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{Error, Visitor},
};

use crate::visible;

/// A value that is read from a text.
pub(super) trait FromText: Sized {
    /// What is expected, for whoever wrote no text: "a duration such as \"30s\"".
    const EXPECTED: &'static str;
    /// What a wrong text is not, and what to write: "a duration: write …".
    const WRONG: &'static str;

    fn from_text(text: &str) -> Option<Self>;
}

/// Reads a value whose type is told by its text, so that a number in its place is a problem with a
/// sentence of its own.
pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromText,
    D: Deserializer<'de>,
{
    struct TextVisitor<T>(PhantomData<T>);
    impl<T: FromText> Visitor<'_> for TextVisitor<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            T::from_text(text)
                .ok_or_else(|| E::custom(format!("`{}` is not {}", visible::line(text), T::WRONG)))
        }
    }
    deserializer.deserialize_any(TextVisitor(PhantomData))
}
