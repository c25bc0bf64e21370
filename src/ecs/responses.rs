//! The operations: what is answered.

use std::fmt;

use zeroize::Zeroizing;

use crate::model::{CloudName, InstanceId, InstanceStatus, ServiceTime, Tags};

/// What the service answers to a [`Request`](super::Request) of the same operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// To DescribeKeyPairs.
    KeyPairs(KeyPairPage),
    /// To CreateKeyPair.
    Created {
        /// Such as `ssh-bp67acfmxazb4p`.
        key_pair_id: String,
        /// The print of the key, as the service computed it; in any of its forms.
        fingerprint: String,
        /// The private key, which is never answered again.
        private_key: PrivateKeyBody,
    },
    /// To ImportKeyPair.
    Imported {
        /// The print of the key, as the service computed it; in any of its forms.
        fingerprint: String,
    },
    /// To AttachKeyPair, DetachKeyPair and RebootInstances, StartInstances and StopInstances. HTTP
    /// 200 says nothing about an item.
    Items(Vec<BatchItem>),
    /// To DescribeInstances.
    Instances(InstancePage),
    /// To DescribeInstanceStatus.
    Statuses(StatusPage),
    /// To ListTagResources.
    Tags(TagPage),
    /// To DescribeRegions.
    Regions(Vec<RegionRow>),
    /// To all others.
    Done,
}

/// A private key on its way to whoever asked for it: zeroized when it is dropped, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKeyBody(Zeroizing<String>);

impl PrivateKeyBody {
    /// Wraps the text of a key.
    #[must_use]
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The text of the key.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PrivateKeyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKeyBody")
    }
}

/// A page of statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPage {
    /// All that match, on all pages.
    pub total_count: usize,
    /// Those of this page.
    pub statuses: Vec<(InstanceId, InstanceStatus)>,
}

/// A page of tags of pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagPage {
    /// Pair, key and value.
    pub tags: Vec<(CloudName, String, String)>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

/// A region, as DescribeRegions tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionRow {
    /// Such as `cn-hangzhou`.
    pub region_id: String,
    /// What people call it.
    pub local_name: String,
    /// The host of its endpoint.
    pub endpoint: String,
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
    /// Its resource group; empty for the default one.
    pub resource_group_id: String,
    /// Its public key, if that was asked for.
    pub public_key: Option<String>,
}

/// A page of instances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstancePage {
    /// All that match, on all pages; only of a page that was asked for by its number.
    pub total_count: Option<usize>,
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
    /// Such as `ecs.g7.large`.
    pub instance_type: String,
    /// Such as `ecs.g7`.
    pub instance_type_family: String,
    /// Such as `cn-hangzhou-a`.
    pub zone_id: String,
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
