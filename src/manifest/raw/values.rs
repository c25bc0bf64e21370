//! Values of fields that serde would take more or less for than they are.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Unexpected, Visitor},
};

use crate::model::names::GENERATION_MAX;

/// A text and nothing else: serde_yaml would take `100` and `~` for the texts "100" and "~".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String", description = "")]
pub(in crate::manifest) struct Text(pub(in crate::manifest) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
                Ok(Text(text))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// What serde is told to expect of a field that has no value.
pub(in crate::manifest) const A_VALUE: &str = "a value";

/// A field that has a value if it is there: without one it is not the same as left out.
pub(in crate::manifest) fn written<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = Option::deserialize(deserializer)?;
    if value.is_none() {
        return Err(D::Error::invalid_type(Unexpected::Unit, &A_VALUE));
    }
    Ok(value)
}

/// Tags, each key once: serde would silently take the last of two.
#[derive(Debug)]
pub(in crate::manifest) struct RawTags(pub(in crate::manifest) BTreeMap<String, String>);

impl<'de> Deserialize<'de> for RawTags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagsVisitor;
        impl<'de> Visitor<'de> for TagsVisitor {
            type Value = RawTags;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of keys to texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<RawTags, A::Error> {
                let mut tags = BTreeMap::new();
                while let Some((Text(key), Text(value))) = entries.next_entry()? {
                    if tags.insert(key, value).is_some() {
                        return Err(A::Error::custom("a key is there twice"));
                    }
                }
                Ok(RawTags(tags))
            }
        }
        deserializer.deserialize_any(TagsVisitor)
    }
}

/// A whole number in a range.
#[derive(Clone, Copy, Debug)]
pub(in crate::manifest) struct Whole<const LEAST: u32, const MOST: u32>(
    pub(in crate::manifest) u32,
);

/// A generation of a pair.
pub(in crate::manifest) type Generation = Whole<1, GENERATION_MAX>;
/// A number of at least so many.
pub(in crate::manifest) type AtLeast<const LEAST: u32> = Whole<LEAST, { u32::MAX }>;

impl<'de, const LEAST: u32, const MOST: u32> Deserialize<'de> for Whole<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WholeVisitor<const LEAST: u32, const MOST: u32>;
        impl<const LEAST: u32, const MOST: u32> Visitor<'_> for WholeVisitor<LEAST, MOST> {
            type Value = Whole<LEAST, MOST>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match MOST {
                    u32::MAX => write!(f, "a whole number of {LEAST} or more"),
                    most => write!(f, "a whole number from {LEAST} to {most}"),
                }
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Err(E::invalid_value(Unexpected::Signed(number), &self))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                match u32::try_from(number) {
                    Ok(whole) if (LEAST..=MOST).contains(&whole) => Ok(Whole(whole)),
                    _ => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
                }
            }
        }
        deserializer.deserialize_any(WholeVisitor)
    }
}

impl<const LEAST: u32, const MOST: u32> JsonSchema for Whole<LEAST, MOST> {
    fn schema_name() -> Cow<'static, str> {
        format!("From{LEAST}To{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}
