//! The operations: what can be asked.

use serde::{Deserialize, Serialize};

use super::parameters::{BatchOptions, InstanceFilters, NumberedPage, PairOptions, TagFilter};
use crate::model::{CloudName, InstanceId, Region, Tags};

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
        /// What else is asked.
        #[serde(default)]
        options: PairOptions,
    },
    /// Makes a pair and its key; the answer has the private key, once (R3).
    CreateKeyPair {
        /// Where.
        region: Region,
        /// Unique in the region.
        key_pair_name: CloudName,
        /// At most 20.
        tags: Tags,
        /// The resource group that it is put into; `None` for the default one.
        #[serde(default)]
        resource_group_id: Option<String>,
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
        /// The resource group that it is put into; `None` for the default one.
        #[serde(default)]
        resource_group_id: Option<String>,
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
    /// Lists the statuses of instances, page by page.
    DescribeInstanceStatus {
        /// Where.
        region: Region,
        /// At most 100; without any, all instances.
        instance_ids: Vec<InstanceId>,
        /// Only those of this zone.
        zone_id: Option<String>,
        /// Which page.
        page: NumberedPage,
    },
    /// Restarts instances.
    RebootInstances {
        /// Where.
        region: Region,
        /// At most 100.
        instance_ids: Vec<InstanceId>,
        /// By a power cut, and not gracefully.
        #[serde(default)]
        force_reboot: bool,
        /// How the batch is treated.
        #[serde(default)]
        batch: BatchOptions,
    },
    /// Starts instances that are Stopped.
    StartInstances {
        /// Where.
        region: Region,
        /// At most 100.
        instance_ids: Vec<InstanceId>,
        /// How the batch is treated.
        batch: BatchOptions,
    },
    /// Stops instances that are Running.
    StopInstances {
        /// Where.
        region: Region,
        /// At most 100.
        instance_ids: Vec<InstanceId>,
        /// How the batch is treated.
        batch: BatchOptions,
    },
    /// Restarts one instance.
    RebootInstance {
        /// Where; the service knows it by the endpoint, and the embedded cloud looks for the id.
        region: Option<Region>,
        /// Which.
        instance_id: InstanceId,
        /// By a power cut, and not gracefully.
        #[serde(default)]
        force_stop: bool,
        /// Only asks whether it could be done.
        dry_run: bool,
    },
    /// Starts one instance that is Stopped.
    StartInstance {
        /// As for RebootInstance.
        region: Option<Region>,
        /// Which.
        instance_id: InstanceId,
        /// Only asks whether it could be done.
        dry_run: bool,
    },
    /// Stops one instance that is Running.
    StopInstance {
        /// As for RebootInstance.
        region: Option<Region>,
        /// Which.
        instance_id: InstanceId,
        /// Only asks whether it could be done.
        dry_run: bool,
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
        /// All tags, if no key is given.
        #[serde(default)]
        all: bool,
    },
    /// Lists the tags of pairs, page by page.
    ListTagResources {
        /// Where.
        region: Region,
        /// At most 50 pairs; the resource id of a pair is its name.
        key_pair_names: Vec<CloudName>,
        /// Only pairs that have all of these.
        tags: Vec<TagFilter>,
        /// From the page before; `None` for the first page.
        next_token: Option<String>,
    },
    /// Puts a pair into a resource group.
    JoinResourceGroup {
        /// Where.
        region: Region,
        /// Which pair.
        key_pair_name: CloudName,
        /// Which group.
        resource_group_id: String,
    },
    /// Lists the regions.
    DescribeRegions,
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
    /// A page by its number, as older clients ask for it; not with a token.
    #[serde(default)]
    pub page: Option<NumberedPage>,
    /// What else must hold.
    #[serde(default)]
    pub filters: InstanceFilters,
}

impl DescribeInstances {
    /// The first page of all instances of a region, in the largest pages.
    #[must_use]
    pub fn all(region: Region) -> Self {
        Self {
            region,
            instance_ids: None,
            key_pair_name: None,
            max_results: super::limits::DESCRIBE_INSTANCES_MAX,
            next_token: None,
            dry_run: false,
            page: None,
            filters: InstanceFilters::default(),
        }
    }
}

impl Request {
    /// The name of the operation, as the API reference writes it.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::DescribeKeyPairs { .. } => "DescribeKeyPairs",
            Self::CreateKeyPair { .. } => "CreateKeyPair",
            Self::ImportKeyPair { .. } => "ImportKeyPair",
            Self::DeleteKeyPairs { .. } => "DeleteKeyPairs",
            Self::AttachKeyPair { .. } => "AttachKeyPair",
            Self::DetachKeyPair { .. } => "DetachKeyPair",
            Self::DescribeInstances(_) => "DescribeInstances",
            Self::DescribeInstanceStatus { .. } => "DescribeInstanceStatus",
            Self::RebootInstances { .. } => "RebootInstances",
            Self::StartInstances { .. } => "StartInstances",
            Self::StopInstances { .. } => "StopInstances",
            Self::RebootInstance { .. } => "RebootInstance",
            Self::StartInstance { .. } => "StartInstance",
            Self::StopInstance { .. } => "StopInstance",
            Self::TagResources { .. } => "TagResources",
            Self::UntagResources { .. } => "UntagResources",
            Self::ListTagResources { .. } => "ListTagResources",
            Self::JoinResourceGroup { .. } => "JoinResourceGroup",
            Self::DescribeRegions => "DescribeRegions",
        }
    }

    /// Whether the call changes something. One that only asks whether it could be done does not.
    #[must_use]
    pub fn writes(&self) -> bool {
        !matches!(
            self,
            Self::RebootInstances { batch: BatchOptions { dry_run: true, .. }, .. }
                | Self::StartInstances { batch: BatchOptions { dry_run: true, .. }, .. }
                | Self::StopInstances { batch: BatchOptions { dry_run: true, .. }, .. }
                | Self::RebootInstance { dry_run: true, .. }
                | Self::StartInstance { dry_run: true, .. }
                | Self::StopInstance { dry_run: true, .. }
                | Self::DescribeKeyPairs { .. }
                | Self::DescribeInstances(_)
                | Self::DescribeInstanceStatus { .. }
                | Self::ListTagResources { .. }
                | Self::DescribeRegions
        )
    }

    /// Where, if the request says so.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::DescribeInstances(DescribeInstances { region, .. })
            | Self::DescribeKeyPairs { region, .. }
            | Self::CreateKeyPair { region, .. }
            | Self::ImportKeyPair { region, .. }
            | Self::DeleteKeyPairs { region, .. }
            | Self::AttachKeyPair { region, .. }
            | Self::DetachKeyPair { region, .. }
            | Self::DescribeInstanceStatus { region, .. }
            | Self::RebootInstances { region, .. }
            | Self::StartInstances { region, .. }
            | Self::StopInstances { region, .. }
            | Self::TagResources { region, .. }
            | Self::UntagResources { region, .. }
            | Self::ListTagResources { region, .. }
            | Self::JoinResourceGroup { region, .. } => Some(region),
            Self::RebootInstance { region, .. }
            | Self::StartInstance { region, .. }
            | Self::StopInstance { region, .. } => region.as_ref(),
            Self::DescribeRegions => None,
        }
    }
}
