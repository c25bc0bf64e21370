//! The operations: requests and responses.

use serde::{Deserialize, Serialize};

use crate::model::{CloudName, InstanceId, InstanceStatus, Region, ServiceTime, Tags};

/// A call with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", deny_unknown_fields)]
pub enum Request {
    /// Lists pairs, page by page.
    DescribeKeyPairs {
        /// Where.
        region: Region,
        /// Only the pair of this name. A `*` at either end is a wildcard to the service.
        key_pair_name: Option<CloudName>,
        /// From 1.
        page_number: usize,
        /// 1 to 50.
        page_size: usize,
    },
    /// Makes a pair of a public key.
    ImportKeyPair {
        /// Where.
        region: Region,
        /// Unique in the region.
        key_pair_name: CloudName,
        /// One OpenSSH line.
        public_key_body: String,
        /// At most 20.
        tags: Tags,
    },
    /// Deletes pairs that no instance is bound to.
    DeleteKeyPairs {
        /// Where.
        region: Region,
        /// At most 100.
        key_pair_names: Vec<CloudName>,
    },
    /// Binds instances to a pair; each keeps what it accepts until it restarts (R7).
    AttachKeyPair {
        /// Where.
        region: Region,
        /// The pair.
        key_pair_name: CloudName,
        /// At most 50.
        instance_ids: Vec<InstanceId>,
    },
    /// Unbinds instances from a pair; each keeps what it accepts until it restarts (R7).
    DetachKeyPair {
        /// Where.
        region: Region,
        /// The pair.
        key_pair_name: CloudName,
        /// At most 50.
        instance_ids: Vec<InstanceId>,
    },
    /// Lists instances, page by page.
    DescribeInstances(DescribeInstances),
    /// Restarts instances, each with its own result (`BatchOptimization=SuccessFirst`).
    RebootInstances {
        /// Where.
        region: Region,
        /// At most 100.
        instance_ids: Vec<InstanceId>,
        /// By a power cut, and not gracefully.
        #[serde(default)]
        force_reboot: bool,
    },
    /// Adds tags to pairs, or changes their values.
    TagResources {
        /// Where.
        region: Region,
        /// The resource id of a pair is its name.
        key_pair_names: Vec<CloudName>,
        /// At most 20.
        tags: Tags,
    },
    /// Removes tags from pairs.
    UntagResources {
        /// Where.
        region: Region,
        /// The resource id of a pair is its name.
        key_pair_names: Vec<CloudName>,
        /// At most 20.
        tag_keys: Vec<String>,
    },
}

/// The filters of DescribeInstances that keyform uses; all must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescribeInstances {
    /// Where.
    pub region: Region,
    /// At most 100. An empty list is a filter that nothing passes.
    pub instance_ids: Option<Vec<InstanceId>>,
    /// Only instances that are bound to this pair.
    pub key_pair_name: Option<CloudName>,
    /// 10 to 100.
    pub max_results: usize,
    /// From the page before; `None` for the first page.
    pub next_token: Option<String>,
    /// Only asks whether the caller may: the service refuses with [`super::Code::DRY_RUN`] if so. A
    /// caller who may not read instances is answered an empty list without it.
    #[serde(default)]
    pub dry_run: bool,
}

impl Request {
    /// The name of the operation, as the API reference writes it.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::DescribeKeyPairs { .. } => "DescribeKeyPairs",
            Self::ImportKeyPair { .. } => "ImportKeyPair",
            Self::DeleteKeyPairs { .. } => "DeleteKeyPairs",
            Self::AttachKeyPair { .. } => "AttachKeyPair",
            Self::DetachKeyPair { .. } => "DetachKeyPair",
            Self::DescribeInstances(_) => "DescribeInstances",
            Self::RebootInstances { .. } => "RebootInstances",
            Self::TagResources { .. } => "TagResources",
            Self::UntagResources { .. } => "UntagResources",
        }
    }

    /// Where it is about.
    #[must_use]
    pub fn region(&self) -> &Region {
        match self {
            Self::DescribeKeyPairs { region, .. }
            | Self::ImportKeyPair { region, .. }
            | Self::DeleteKeyPairs { region, .. }
            | Self::AttachKeyPair { region, .. }
            | Self::DetachKeyPair { region, .. }
            | Self::DescribeInstances(DescribeInstances { region, .. })
            | Self::RebootInstances { region, .. }
            | Self::TagResources { region, .. }
            | Self::UntagResources { region, .. } => region,
        }
    }

    /// Whether the call changes something.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(self, Self::DescribeKeyPairs { .. } | Self::DescribeInstances(_))
    }
}

/// What the service answers to a [`Request`] of the same operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// To DescribeKeyPairs.
    KeyPairs(KeyPairPage),
    /// To ImportKeyPair.
    Imported {
        /// The print of the key, as the service computed it; in any of its forms.
        fingerprint: String,
    },
    /// To AttachKeyPair, DetachKeyPair and RebootInstances. HTTP 200 says nothing about an item.
    Items(Vec<BatchItem>),
    /// To DescribeInstances.
    Instances(InstancePage),
    /// To DeleteKeyPairs, TagResources and UntagResources.
    Done,
}

/// A page of pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPairPage {
    /// All that match, on all pages.
    pub total_count: usize,
    /// Those of this page.
    pub key_pairs: Vec<KeyPair>,
}

/// A pair, as DescribeKeyPairs tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPair {
    /// Unique in the region.
    pub key_pair_name: CloudName,
    /// With or without colons.
    pub key_pair_finger_print: String,
    /// By the service's clock; absent on old pairs.
    pub creation_time: Option<ServiceTime>,
    /// All its tags.
    pub tags: Tags,
}

/// A page of instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstancePage {
    /// Those of this page.
    pub instances: Vec<Instance>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

/// An instance, as DescribeInstances tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its id.
    pub instance_id: InstanceId,
    /// What people call it.
    pub instance_name: String,
    /// Its status.
    pub status: InstanceStatus,
    /// `linux` or `windows`.
    pub os_type: String,
    /// Such as `ecs.g7`.
    pub instance_type_family: String,
    /// False for some instances of Generation I.
    pub io_optimized: bool,
    /// Empty when it is bound to none.
    pub key_pair_name: String,
    /// When it was last started.
    pub start_time: Option<ServiceTime>,
    /// All its tags.
    pub tags: Tags,
    /// Such as `security` or `financial`.
    pub lock_reasons: Vec<String>,
    /// The first one in its private network.
    pub private_address: Option<String>,
    /// The one in the internet: its elastic one, or its own.
    pub public_address: Option<String>,
}

/// What became of one instance of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchItem {
    /// Which one.
    pub instance_id: InstanceId,
    /// What became of it.
    pub result: ItemResult,
}

/// The result of one item of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemResult {
    /// It was done.
    Success,
    /// It was refused; nothing was done to it.
    Failure {
        /// Such as `DependencyViolation.WindowsInstance`.
        code: String,
        /// In the service's words.
        message: String,
    },
}
