//! Manifests as they are written: every field optional, no meaning yet.
//!
//! What is missing is reported by `resolve`, which can name the object; serde would stop at it. The
//! attributes `schemars` say the same to editors, and tests hold the two together. The comments of
//! fields are what editors show.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

use super::schema;
use crate::model::{InstanceId, MaxUnavailable, Region, RestartWhen, time::Precision};

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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawProject {
    /// The regions of every KeyPair that names none, by their ids.
    #[schemars(with = "Option<schema::Regions>")]
    pub(super) regions: Option<Vec<Text>>,
    /// The cloud that the project is about.
    #[schemars(required)]
    pub(super) cloud: Option<RawCloud>,
    /// Where the state is kept: what keyform knows of what it made. Without this it is
    /// `.keyform/state`.
    pub(super) state: Option<RawState>,
    /// Where the private keys are kept: the only copy of them. Without this it is `keys`.
    pub(super) private_keys: Option<RawDirectory>,
    /// Other directories of the same git work tree whose manifests belong to this project too,
    /// such as `../teams`. Directories below them are not read.
    #[schemars(with = "Option<schema::OtherDirectories>")]
    pub(super) include: Option<Vec<Text>>,
    /// What the names of all key pairs begin with in the cloud, such as `prod-`. Manifests write
    /// the names without it.
    #[schemars(extend("pattern" = "^[A-Za-z][A-Za-z0-9:_-]{0,125}$", "examples" = ["prod-"]))]
    pub(super) name_prefix: Option<Text>,
    /// What holds for every KeyPair and Binding that says nothing else.
    pub(super) defaults: Option<RawDefaults>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawCloud {
    /// The cloud that is embedded in keyform: nothing of it is outside of the project's directory.
    #[schemars(required)]
    pub(super) emulator: Option<RawEmulator>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawEmulator {
    /// The file of `kind: Inventory` that the embedded cloud starts with, below the project's
    /// directory.
    #[schemars(required, with = "Option<schema::ProjectPath>")]
    pub(super) inventory: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawState {
    /// Keeps the state in files.
    pub(super) file: Option<RawDirectory>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawDirectory {
    /// A directory below the project's, relative to it, with `/`.
    #[schemars(with = "Option<schema::ProjectPath>")]
    pub(super) directory: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawDefaults {
    /// Tags of every KeyPair; its own value of a key counts.
    #[schemars(with = "Option<schema::UserTags>")]
    pub(super) tags: Option<RawTags>,
    /// When and how the instances of every Binding may be restarted that does not say so itself.
    pub(super) restart: Option<RawRestart>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawRestart {
    /// When instances may be restarted: a key pair takes effect only at a restart.
    #[schemars(required, with = "Option<RestartWhen>")]
    pub(super) when: Option<Text>,
    /// How many instances of a Binding may be down together: a number, or a share of them such as
    /// `10%`, rounded down to at least one. Without this it is 1.
    pub(super) max_unavailable: Option<MaxUnavailable>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
#[schemars(extend("not" = schema::two_keys()))]
pub(super) struct RawKeyPair {
    /// The regions that have the pair, by their ids. Without this they are those of the Project.
    #[schemars(with = "Option<schema::Regions>")]
    pub(super) regions: Option<Vec<Text>>,
    /// Tags of the pair, besides those that keyform puts on it to know it again.
    #[schemars(with = "Option<schema::UserTags>")]
    pub(super) tags: Option<RawTags>,
    /// The length of the RSA key that is made: 2048, which is all that the service makes.
    #[schemars(extend("enum" = [2048, null]))]
    pub(super) bits: Option<u64>,
    /// The public key of a pair that somebody has already, in any form in which people have it,
    /// such as the line of an `id_rsa.pub`. No key is made then.
    pub(super) public_key: Option<Text>,
    /// The file with the public key of a pair that somebody has already, relative to the project's
    /// directory. No key is made then.
    #[schemars(with = "Option<schema::OtherPath>", extend("examples" = ["public-keys/ops.pub"]))]
    pub(super) public_key_file: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawBinding {
    /// The KeyPair that the instances are bound to, by its name in the manifests.
    #[schemars(required)]
    pub(super) key_pair: Option<Text>,
    /// Where the instances are. Needed if the pair is in several regions.
    #[schemars(with = "Option<Region>")]
    pub(super) region: Option<Text>,
    /// The ids of the instances, each in one Binding only. `[]` unbinds all.
    #[schemars(required, with = "Option<schema::InstanceIds>")]
    pub(super) instances: Option<Vec<Text>>,
    /// When and how the instances may be restarted. Needed if the Project's `defaults` have none;
    /// it is taken whole, so that nothing of it comes from there.
    pub(super) restart: Option<RawRestart>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawInventory {
    /// How long a restart takes, such as `200ms`. Without this it is 30s.
    #[schemars(extend("pattern" = schema::DURATION_PATTERN, "examples" = ["200ms", "30s"]))]
    pub(super) restart_time: Option<Text>,
    /// How finely times are told. ECS tells the minute, and so is it without this.
    #[schemars(with = "Option<Precision>")]
    pub(super) start_time_precision: Option<Text>,
    /// Whether a reboot moves StartTime, which the documentation of ECS does not say. Without this
    /// it does.
    pub(super) reboot_moves_start_time: Option<bool>,
    /// The instances that there are.
    #[schemars(required)]
    pub(super) instances: Option<Vec<RawInstance>>,
}

/// An instance of the embedded cloud.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(super) struct RawInstance {
    /// Its id, which no other instance has.
    #[schemars(required, with = "Option<InstanceId>")]
    pub(super) id: Option<Text>,
    /// Where it is, by the region's id.
    #[schemars(required, with = "Option<Region>")]
    pub(super) region: Option<Text>,
    /// What people call it.
    #[schemars(length(max = 128))]
    pub(super) name: Option<Text>,
    /// Its operating system, `linux` without this. An instance with `windows` cannot have a key
    /// pair.
    #[schemars(extend("enum" = ["linux", "windows", null]))]
    pub(super) os_type: Option<Text>,
    /// Its type, `ecs.g7.large` without this.
    #[schemars(length(min = 1, max = 128))]
    pub(super) instance_type: Option<Text>,
    /// The family of its type, which is the type's first two parts without this.
    #[schemars(length(min = 1, max = 128))]
    pub(super) instance_type_family: Option<Text>,
    /// Whether it is I/O optimized, as it is without this. Of the families of Generation I, ECS
    /// binds only such instances.
    pub(super) io_optimized: Option<bool>,
    /// Its status when nothing has happened to it yet: `Running` without this.
    #[schemars(extend("enum" = ["Running", "Stopped", null]))]
    pub(super) status: Option<Text>,
    /// Its tags, those of the system among them.
    #[schemars(with = "Option<schema::InstanceTags>")]
    pub(super) tags: Option<RawTags>,
}

/// A text and nothing else: serde_yaml would take `100` and `~` for the texts "100" and "~".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String", description = "")]
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
