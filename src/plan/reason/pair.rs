//! Reasons that concern pairs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ReasonCode;
use crate::model::{CloudName, Region, tags::USER_TAGS_MAX};

/// What is wrong with a pair, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PairReason {
    /// Its name in the cloud is taken by a pair that is not ours.
    NameTaken {
        /// Where.
        region: Region,
    },
    /// It was replaced behind keyform's back.
    PairReplaced {
        /// Where.
        region: Region,
    },
    /// It is recorded, and has the tag of another lineage.
    PairTakenOver,
    /// A pair of ours that is wanted was deleted behind keyform's back.
    PairDeleted,
    /// A pair of ours that is wanted was deleted behind keyform's back, and its private key is gone.
    PairAndKeyGone,
    /// Tags of a pair of ours were changed behind keyform's back.
    TagsChanged,
    /// A pair of ours was moved to another resource group behind keyform's back.
    GroupChanged,
    /// It has the tags of this project and of another state.
    OfOtherState,
    /// This project made it, and neither its record nor its private key is here.
    Orphaned,
    /// A pair of the wanted name has the wanted key, and could be adopted.
    CanBeAdopted {
        /// Where.
        region: Region,
    },
    /// A tag of its manifest differs only in case from one that others put on it.
    TagClash {
        /// The key in the manifest.
        key: String,
        /// The key on the pair.
        other: String,
    },
    /// The tags of its manifest do not fit beside those that others put on it.
    TagsDoNotFit {
        /// How many others there are.
        others: usize,
    },
    /// It is to be adopted, and has another key.
    AdoptsOtherKey {
        /// Where.
        region: Region,
    },
    /// The wanted generation was deleted after a later one had taken its place.
    GenerationGone {
        /// The later one.
        later: u32,
    },
    /// The wanted generation is still a pair, but its private key is lost, and a later one has taken
    /// its place.
    GenerationLost {
        /// The later one.
        later: u32,
    },
    /// The pair of the binding is blocked.
    PairBlocked {
        /// Which pair.
        pair: CloudName,
    },
}

impl PairReason {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> ReasonCode {
        match self {
            Self::NameTaken { .. } => ReasonCode::NameTaken,
            Self::PairReplaced { .. } => ReasonCode::PairReplaced,
            Self::PairTakenOver => ReasonCode::PairTakenOver,
            Self::PairDeleted => ReasonCode::PairDeleted,
            Self::PairAndKeyGone => ReasonCode::PairAndKeyGone,
            Self::TagsChanged => ReasonCode::TagsChanged,
            Self::GroupChanged => ReasonCode::GroupChanged,
            Self::OfOtherState => ReasonCode::OfOtherState,
            Self::Orphaned => ReasonCode::Orphaned,
            Self::CanBeAdopted { .. } => ReasonCode::CanBeAdopted,
            Self::TagClash { .. } => ReasonCode::TagClash,
            Self::TagsDoNotFit { .. } => ReasonCode::TagsDoNotFit,
            Self::AdoptsOtherKey { .. } => ReasonCode::AdoptsOtherKey,
            Self::GenerationGone { .. } => ReasonCode::GenerationGone,
            Self::GenerationLost { .. } => ReasonCode::GenerationLost,
            Self::PairBlocked { .. } => ReasonCode::PairBlocked,
        }
    }
}

const PAIR_TAKEN_OVER: &str = "it is recorded here, but its tag keyform:lineage is that of another \
     state, and it stays untouched; if it belongs here, remove that tag, and keyform sets its own";
const PAIR_AND_KEY_GONE: &str =
    "it was deleted, and its private key is gone too; it is created again with another key";

impl fmt::Display for PairReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // What is not ours stays untouched (L6). The sentences say so before they say what a
            // person can do, because a reader may fear the opposite.
            Self::NameTaken { region } => write!(
                f,
                "{region} has a pair of this name that this project did not make, and it stays \
                 untouched; choose another name, or delete that pair if nobody needs it"
            ),
            Self::PairReplaced { region } => write!(
                f,
                "the pair in {region} has another key than the recorded one: somebody replaced \
                 it, and it stays untouched; delete it there, and keyform makes ours again"
            ),
            Self::PairTakenOver => f.write_str(PAIR_TAKEN_OVER),
            Self::PairDeleted => {
                f.write_str("somebody else deleted it; it is made again of the same key")
            }
            Self::PairAndKeyGone => f.write_str(PAIR_AND_KEY_GONE),
            Self::TagsChanged => f.write_str("somebody else changed its tags; they are set again"),
            Self::GroupChanged => {
                f.write_str("it was moved to another resource group, and is moved back")
            }
            Self::OfOtherState => f.write_str(
                "it has the tags of this project and of another state, and stays untouched; to take \
                 it over, declare it with its key and `adopt: true`",
            ),
            Self::Orphaned => f.write_str(
                "this project made it, but neither its record nor its private key is here, and it \
                 stays untouched; put the private key back, or delete the pair if nobody needs it",
            ),
            Self::CanBeAdopted { region } => write!(
                f,
                "{region} has a pair of this name with this very key, which this project did not \
                 make; `adopt: true` in its manifest takes it over"
            ),
            Self::TagClash { key, other } => write!(
                f,
                "its manifest has the tag `{key}`, and the pair has `{}` of others, which differs \
                 only in case: the service keeps one of the two; write the key as it is on the \
                 pair, or remove that tag there",
                other.escape_debug()
            ),
            Self::TagsDoNotFit { others } => write!(
                f,
                "the pair has {others} tags of others, beside which those of its manifest do not \
                 fit: {USER_TAGS_MAX} of both is the limit; leave some out, or remove some there"
            ),
            Self::AdoptsOtherKey { region } => write!(
                f,
                "{region} has a pair of this name with another key, so that it cannot be taken \
                 over; choose another name, or give the key that it has"
            ),
            Self::GenerationGone { later } => write!(
                f,
                "this generation was deleted after generation {later} had taken its place, and its \
                 name is not used again; choose generation {later}, or a higher one for a new key"
            ),
            Self::GenerationLost { later } => write!(
                f,
                "generation {later} has taken the place of this one, of which the vault does not \
                 have the private key; put that back, or choose generation {later}, or a higher one \
                 for a new key"
            ),
            Self::PairBlocked { pair } => {
                write!(f, "its key pair {pair} is blocked; mend that first")
            }
        }
    }
}
