//! What keyform asks of a cloud, whatever pages and batches the service makes of it.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::Serialize;

use super::{operations::Request, parameters::BatchOptions, responses::PrivateKeyBody};
use crate::model::{
    CloudName, Fingerprint, InstanceId, ObservedInstance, ObservedPair, Region, ResourceGroupId,
    Tags,
};

/// A pair that the service makes with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPair {
    /// Where.
    pub region: Region,
    /// Its name.
    pub name: CloudName,
    /// All its tags, the ownership tags among them.
    pub tags: Tags,
    /// The resource group that it is put into; the service's default without one.
    pub resource_group: Option<ResourceGroupId>,
}

impl NewPair {
    /// The call of the service.
    #[must_use]
    pub fn request(&self) -> Request {
        let Self { region, name, tags, resource_group } = self.clone();
        Request::CreateKeyPair {
            region,
            key_pair_name: name,
            tags,
            resource_group_id: resource_group.map(|group| group.to_string()),
        }
    }
}

/// Restarts of instances by a call for each, one after the other: for a service, or a right, that does
/// not know the call for several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleReboots {
    /// Where.
    pub region: Region,
    /// Which instances.
    pub ids: Vec<InstanceId>,
    /// By a power cut, and not gracefully.
    pub forced: bool,
}

impl SingleReboots {
    /// The call of the service for one of them.
    #[must_use]
    pub fn request(&self, id: &InstanceId) -> Request {
        Request::RebootInstance {
            region: Some(self.region.clone()),
            instance_id: id.clone(),
            force_stop: self.forced,
            dry_run: false,
        }
    }
}

/// What [`SingleReboots`] are answered. Of an instance that is in neither of the two nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SingleAnswers {
    /// What became of those that were asked for.
    pub results: ItemResults,
    /// Those that surely were not restarted, and may be asked for once more: why.
    pub not_asked: BTreeMap<InstanceId, Refusal>,
}

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
        /// The resource group that it is put into; the service's default without one.
        resource_group: Option<ResourceGroupId>,
    },
    /// Puts a pair into a resource group.
    Group {
        /// Where.
        region: Region,
        /// Which pair.
        name: CloudName,
        /// Which group.
        resource_group: ResourceGroupId,
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
            Self::Tag { .. }
            | Self::Untag { .. }
            | Self::Group { .. }
            | Self::Attach { .. }
            | Self::Detach { .. } => true,
            Self::Import { .. } | Self::Reboot { .. } | Self::Delete { .. } => false,
        }
    }

    /// The call of the service.
    #[must_use]
    pub fn request(&self) -> Request {
        match self.clone() {
            Self::Import { region, name, public_key, tags, resource_group } => {
                Request::ImportKeyPair {
                    region,
                    key_pair_name: name,
                    public_key_body: public_key,
                    tags,
                    resource_group_id: resource_group.map(|group| group.to_string()),
                }
            }
            Self::Group { region, name, resource_group } => Request::JoinResourceGroup {
                region,
                key_pair_name: name,
                resource_group_id: resource_group.to_string(),
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

/// What [`NewPair`] is answered. The private key is in here and nowhere else (R3).
#[derive(Debug)]
pub struct CreatedPair {
    /// The fingerprint as the service computed it, if it told one in a form that is known.
    pub fingerprint: Option<Fingerprint>,
    /// The private key as the service hands it out.
    pub private_key: PrivateKeyBody,
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
