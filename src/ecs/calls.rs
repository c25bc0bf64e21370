//! What keyform asks of a cloud, whatever pages and batches the service makes of it.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::Serialize;

use super::{operations::Request, parameters::BatchOptions};
use crate::model::{
    CloudName, Fingerprint, InstanceId, ObservedInstance, ObservedPair, Region, Tags,
};

/// A change, which is one call of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudWrite {
    /// Makes a pair of a public key.
    Import {
        /// Where.
        region: Region,
        /// Its name.
        name: CloudName,
        /// One OpenSSH line.
        public_key: String,
        /// All its tags, the ownership tags among them.
        tags: Tags,
    },
    /// Adds tags to a pair, or changes their values.
    Tag {
        /// Where.
        region: Region,
        /// Which pair.
        name: CloudName,
        /// These tags, the ownership tags among them.
        tags: Tags,
    },
    /// Removes tags from a pair.
    Untag {
        /// Where.
        region: Region,
        /// Which pair.
        name: CloudName,
        /// The keys of these tags.
        keys: Vec<String>,
    },
    /// Binds instances.
    Attach {
        /// Where.
        region: Region,
        /// To which pair.
        name: CloudName,
        /// At most 50.
        ids: Vec<InstanceId>,
    },
    /// Unbinds instances.
    Detach {
        /// Where.
        region: Region,
        /// From which pair.
        name: CloudName,
        /// At most 50.
        ids: Vec<InstanceId>,
    },
    /// Restarts instances.
    Reboot {
        /// Where.
        region: Region,
        /// At most 100.
        ids: Vec<InstanceId>,
        /// By a power cut, and not gracefully.
        forced: bool,
    },
    /// Deletes one pair: it is not known what the service does when one of several is bound.
    Delete {
        /// Where.
        region: Region,
        /// Which pair.
        name: CloudName,
    },
}

impl CloudWrite {
    /// Whether a second call does no harm if the first took effect unseen: changes that say how a
    /// thing shall be.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::Tag { .. } | Self::Untag { .. } | Self::Attach { .. } | Self::Detach { .. } => {
                true
            }
            Self::Import { .. } | Self::Reboot { .. } | Self::Delete { .. } => false,
        }
    }

    /// The call of the service.
    #[must_use]
    pub fn request(&self) -> Request {
        match self.clone() {
            Self::Import { region, name, public_key, tags } => Request::ImportKeyPair {
                region,
                key_pair_name: name,
                public_key_body: public_key,
                tags,
                resource_group_id: None,
            },
            Self::Tag { region, name, tags } => {
                Request::TagResources { region, key_pair_names: vec![name], tags }
            }
            Self::Untag { region, name, keys } => {
                let key_pair_names = vec![name];
                Request::UntagResources { region, key_pair_names, tag_keys: keys, all: false }
            }
            Self::Attach { region, name, ids } => {
                Request::AttachKeyPair { region, key_pair_name: name, instance_ids: ids }
            }
            Self::Detach { region, name, ids } => {
                Request::DetachKeyPair { region, key_pair_name: name, instance_ids: ids }
            }
            Self::Reboot { region, ids, forced } => Request::RebootInstances {
                region,
                instance_ids: ids,
                force_reboot: forced,
                batch: BatchOptions::default(),
            },
            Self::Delete { region, name } => {
                Request::DeleteKeyPairs { region, key_pair_names: vec![name] }
            }
        }
    }
}

/// What became of each instance of a batch; the reason where it was refused. Of one that the answer
/// leaves out nothing is known.
pub type ItemResults = BTreeMap<InstanceId, Result<(), Refusal>>;

/// What the service said of one item of a batch that it refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Such as `IncorrectInstanceStatus`.
    pub code: String,
    /// In the service's words.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// What a [`CloudWrite`] is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteAnswer {
    /// To Import: the fingerprint as the service computed it, if it told one in a form that is known.
    Imported(Option<Fingerprint>),
    /// To Attach, Detach and Reboot.
    Items(ItemResults),
    /// To all others.
    Done,
}

/// A question, which may take several calls of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudRead {
    /// A pair by its name.
    Pair {
        /// Where.
        region: Region,
        /// Which pair.
        name: CloudName,
    },
    /// All pairs of a region.
    Pairs {
        /// Where.
        region: Region,
    },
    /// Those of some instances that exist.
    Instances {
        /// Where.
        region: Region,
        /// Which instances; any number.
        ids: Vec<InstanceId>,
    },
    /// The instances that are bound to a pair.
    Bound {
        /// Where.
        region: Region,
        /// Which pair.
        name: CloudName,
    },
}

/// What a [`CloudRead`] is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadAnswer {
    /// To Pair.
    Pair(Option<ObservedPair>),
    /// To Pairs.
    Pairs(Vec<ObservedPair>),
    /// To Instances and Bound.
    Instances(Vec<ObservedInstance>),
}
