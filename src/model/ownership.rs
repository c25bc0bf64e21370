//! How keyform knows what it made: lineage and ownership tags.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyPairName, ProjectName, Tags};

/// Tag with the name of the project that made a pair.
pub const TAG_PROJECT: &str = "keyform:project";
/// Tag with the lineage of the state that made a pair.
pub const TAG_LINEAGE: &str = "keyform:lineage";
/// Tag with the name of the key pair in the manifests.
pub const TAG_KEY_PAIR: &str = "keyform:key-pair";
/// Tag with the generation of the key pair.
pub const TAG_GENERATION: &str = "keyform:generation";
/// All tags by which keyform knows what it made.
pub const OWNERSHIP_TAGS: [&str; 4] = [TAG_PROJECT, TAG_LINEAGE, TAG_KEY_PAIR, TAG_GENERATION];
/// Those of a pair's tags by which keyform knows what it made.
#[must_use]
pub fn ownership_of(tags: &Tags) -> Tags {
    let own = tags.iter().filter(|(key, _)| OWNERSHIP_TAGS.contains(&key.as_str()));
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Whose a pair is that this project did not make, as far as its tags tell (L6).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Owner {
    /// It has no tag of keyform.
    WithoutKeyform,
    /// Another project, by its tag, with what could command a terminal escaped.
    Project(String),
    /// This project, with another state.
    OtherState(ProjectName),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithoutKeyform => f.write_str("somebody without keyform"),
            Self::Project(project) => write!(f, "the project {project}"),
            Self::OtherState(project) => write!(f, "the project {project}, with another state"),
        }
    }
}

/// What every tag of keyform's own starts with.
pub const TAG_PREFIX: &str = "keyform:";

/// The identity of a state through its whole life: random, made once.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^[0-9a-f]{32}$"))]
pub struct Lineage(String);

impl Lineage {
    /// Makes a lineage of sixteen random bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads what a tag says: 32 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 32 && digits).then(|| Self(text.to_owned()))
    }

    /// The lineage as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What keyform writes on a pair to know it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ownership {
    /// The project that made the pair.
    pub project: ProjectName,
    /// The key pair's name in the manifests.
    pub key_pair: KeyPairName,
    /// The generation of it that the pair is.
    pub generation: u32,
}

impl Ownership {
    /// The tags that say this in the cloud.
    #[must_use]
    pub fn tags(&self, lineage: &Lineage) -> Tags {
        [
            (TAG_PROJECT, self.project.to_string()),
            (TAG_LINEAGE, lineage.to_string()),
            (TAG_KEY_PAIR, self.key_pair.to_string()),
            (TAG_GENERATION, self.generation.to_string()),
        ]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
    }
}
