//! Manifests as they are written: every field optional, no meaning yet.
//!
//! What is missing is reported by `resolve`, which can name the object; serde would stop at it.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use crate::model::MaxUnavailable;

/// Any document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawDocument<S> {
    pub(super) api_version: Option<Text>,
    pub(super) kind: Option<Text>,
    pub(super) metadata: Option<RawMetadata>,
    pub(super) spec: Option<S>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawMetadata {
    pub(super) name: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawProject {
    pub(super) regions: Option<Vec<Text>>,
    pub(super) cloud: Option<RawCloud>,
    pub(super) state: Option<RawState>,
    pub(super) private_keys: Option<RawDirectory>,
    pub(super) include: Option<Vec<Text>>,
    pub(super) name_prefix: Option<Text>,
    pub(super) defaults: Option<RawDefaults>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawCloud {
    pub(super) emulator: Option<RawEmulator>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawEmulator {
    pub(super) inventory: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawState {
    pub(super) file: Option<RawDirectory>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawDirectory {
    pub(super) directory: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawDefaults {
    pub(super) tags: Option<RawTags>,
    pub(super) restart: Option<RawRestart>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawRestart {
    pub(super) when: Option<Text>,
    pub(super) max_unavailable: Option<MaxUnavailable>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawKeyPair {
    pub(super) regions: Option<Vec<Text>>,
    pub(super) tags: Option<RawTags>,
    pub(super) bits: Option<u64>,
    pub(super) public_key: Option<Text>,
    pub(super) public_key_file: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawBinding {
    pub(super) key_pair: Option<Text>,
    pub(super) region: Option<Text>,
    pub(super) instances: Option<Vec<Text>>,
    pub(super) restart: Option<RawRestart>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawInventory {
    pub(super) restart_time: Option<Text>,
    pub(super) start_time_precision: Option<Text>,
    pub(super) reboot_moves_start_time: Option<bool>,
    pub(super) instances: Option<Vec<RawInstance>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawInstance {
    pub(super) id: Option<Text>,
    pub(super) region: Option<Text>,
    pub(super) name: Option<Text>,
    pub(super) os_type: Option<Text>,
    pub(super) instance_type: Option<Text>,
    pub(super) instance_type_family: Option<Text>,
    pub(super) io_optimized: Option<bool>,
    pub(super) status: Option<Text>,
    pub(super) tags: Option<RawTags>,
}

/// A text and nothing else: serde_yaml would take `100` and `~` for the texts "100" and "~".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text(pub(super) String);

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

/// Tags, each key once: serde would silently take the last of two.
#[derive(Debug)]
pub(super) struct RawTags(pub(super) BTreeMap<String, String>);

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
