//! How keyform knows what it made: lineage and ownership tags.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyPairName, ObservedPair, ProjectName, Tags};

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

/// Whose a pair is, as far as its tags tell (L6).
///
/// An untagged pair is neither ours nor foreign by itself: a record of it decides that, or a
/// manifest that takes it over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belonging {
    /// It has the tags of this project and of this state.
    Ours,
    /// It has the lineage of this state, and its tag of the project is gone or another one.
    OurLineage,
    /// It has the lineage of another state of this project.
    OtherState,
    /// It has the lineage of another state, and not the tag of this project.
    Foreign,
    /// It has no lineage.
    Untagged,
}

impl Belonging {
    /// Whether this state made the pair: its lineage says so.
    #[must_use]
    pub fn has_our_lineage(self) -> bool {
        matches!(self, Self::Ours | Self::OurLineage)
    }

    /// Whether no other state claims the pair, so that one that is recorded is ours.
    #[must_use]
    pub fn may_be_ours(self) -> bool {
        self.has_our_lineage() || self == Self::Untagged
    }
}

/// Whose a pair is for a project with the state of this lineage. Without a state no pair is ours.
#[must_use]
pub fn belonging(
    pair: &ObservedPair,
    project: &ProjectName,
    lineage: Option<&Lineage>,
) -> Belonging {
    let tag = |key| pair.tags.get(key).map(String::as_str);
    let is_of_project = tag(TAG_PROJECT) == Some(project.as_str());
    match tag(TAG_LINEAGE) {
        None => Belonging::Untagged,
        tagged if tagged == lineage.map(Lineage::as_str) => {
            if is_of_project {
                Belonging::Ours
            } else {
                Belonging::OurLineage
            }
        }
        Some(_) => {
            if is_of_project {
                Belonging::OtherState
            } else {
                Belonging::Foreign
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CloudName;

    #[test]
    fn a_pair_belongs_to_whom_its_tags_name() {
        let lineage = Lineage::from_random([1; 16]);
        let (ours, other) = (lineage.to_string(), Lineage::from_random([2; 16]).to_string());
        let (ours, other) = (Some(ours.as_str()), Some(other.as_str()));
        let (shop, blog) = (Some("shop"), Some("blog"));
        let rows = [
            // Tags: project and lineage. Whose it is, has it our lineage, may it be ours; and whose
            // it is without a state.
            (shop, ours, Belonging::Ours, true, true, Belonging::OtherState),
            (blog, ours, Belonging::OurLineage, true, true, Belonging::Foreign),
            (None, ours, Belonging::OurLineage, true, true, Belonging::Foreign),
            (shop, other, Belonging::OtherState, false, false, Belonging::OtherState),
            (blog, other, Belonging::Foreign, false, false, Belonging::Foreign),
            (None, other, Belonging::Foreign, false, false, Belonging::Foreign),
            (shop, Some(""), Belonging::OtherState, false, false, Belonging::OtherState),
            (shop, None, Belonging::Untagged, false, true, Belonging::Untagged),
            (blog, None, Belonging::Untagged, false, true, Belonging::Untagged),
            (None, None, Belonging::Untagged, false, true, Belonging::Untagged),
        ];
        let project = ProjectName::new("shop");
        for (of_project, of_state, whose, has_our_lineage, may_be_ours, without_state) in rows {
            let tags = [(TAG_PROJECT, of_project), (TAG_LINEAGE, of_state)];
            let tags = tags.into_iter().filter_map(|(key, value)| Some((key, value?)));
            let pair = ObservedPair {
                name: CloudName::new("web"),
                fingerprint: None,
                creation_time: None,
                tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
                resource_group: None,
            };
            let found = belonging(&pair, &project, Some(&lineage));
            assert_eq!(found, whose, "{:?}", pair.tags);
            assert_eq!(found.has_our_lineage(), has_our_lineage, "{:?}", pair.tags);
            assert_eq!(found.may_be_ours(), may_be_ours, "{:?}", pair.tags);
            assert_eq!(belonging(&pair, &project, None), without_state, "{:?}", pair.tags);
        }
    }
}
