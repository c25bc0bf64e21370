//! The parameters that several operations share.

use serde::{Deserialize, Serialize};

use crate::model::{InstanceStatus, Tags};

/// A page by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedPage {
    /// From 1.
    pub number: usize,
    /// The most rows of the page.
    pub size: usize,
}

/// How a batch of instances is treated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchOptions {
    /// `BatchOptimization=AllTogether`: one instance that is refused refuses the whole call. Else it
    /// is `SuccessFirst`, and each instance has its own result. The service's default is the former;
    /// keyform asks for the latter, which is the default here.
    pub all_together: bool,
    /// Only asks whether it could be done.
    pub dry_run: bool,
}

/// A tag that something must have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagFilter {
    /// Its key.
    pub key: String,
    /// Its value; `None` for any.
    pub value: Option<String>,
}

impl TagFilter {
    /// Whether something with these tags passes.
    #[must_use]
    pub fn passes(&self, tags: &Tags) -> bool {
        let found = tags.get(&self.key);
        found.is_some_and(|found| self.value.as_ref().is_none_or(|value| value == found))
    }
}

/// What DescribeKeyPairs is asked beside the name; all must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairOptions {
    /// Only pairs with this fingerprint, in any of its forms.
    pub fingerprint: Option<String>,
    /// Only pairs of this resource group.
    pub resource_group_id: Option<String>,
    /// Only pairs with all of these tags.
    pub tags: Vec<TagFilter>,
    /// Whether the public keys are answered too.
    pub include_public_key: bool,
}

/// What DescribeInstances can filter by beside ids and the pair; all must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceFilters {
    /// The status.
    pub status: Option<InstanceStatus>,
    /// The name; a `*` at either end is a wildcard.
    pub instance_name: Option<String>,
    /// Such as `ecs.g7.large`.
    pub instance_type: Option<String>,
    /// Such as `ecs.g7`.
    pub instance_type_family: Option<String>,
    /// Whether it is I/O optimized.
    pub io_optimized: Option<bool>,
    /// Such as `cn-hangzhou-a`.
    pub zone_id: Option<String>,
    /// The resource group.
    pub resource_group_id: Option<String>,
    /// One of these addresses in a private network; none for any.
    pub private_addresses: Vec<String>,
    /// One of these addresses in the internet; none for any.
    pub public_addresses: Vec<String>,
    /// These tags.
    pub tags: Vec<TagFilter>,
}
