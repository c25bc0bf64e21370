//! Instances: their ids and statuses.

use std::{fmt, sync::Arc};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Region;

/// The id of an instance, such as `i-bp1a0001`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(extend("pattern" = "^[A-Za-z0-9-]{1,64}$", "examples" = ["i-bp1a0001"]))]
pub struct InstanceId(Arc<str>);

impl InstanceId {
    /// Wraps a text that was checked where it came in.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instance of this id in a region.
    #[must_use]
    pub fn in_region(&self, region: &Region) -> InstanceRef {
        InstanceRef { region: region.clone(), id: self.clone() }
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which instance: an id means nothing without its region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceRef {
    /// Where.
    pub region: Region,
    /// Its id there.
    pub id: InstanceId,
}

impl fmt::Display for InstanceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.region, self.id)
    }
}

/// The status of an instance, as DescribeInstances names it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum InstanceStatus {
    /// Being made.
    Pending,
    /// Up.
    Running,
    /// On its way up.
    Starting,
    /// On its way down.
    Stopping,
    /// Down.
    Stopped,
    /// A status that this version does not know; it counts as being in transition.
    #[serde(other)]
    Unknown,
}

impl InstanceStatus {
    /// Whether it is on its way from one status to another: neither Running nor Stopped.
    #[must_use]
    pub fn is_in_transition(self) -> bool {
        !matches!(self, Self::Running | Self::Stopped)
    }
}

impl fmt::Display for InstanceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// The families of Generation I, of which the pages of the service say different things: which of
/// their instances take key pairs (R8).
///
/// Source: the instance families page; DescribeInstanceTypeFamilies calls them `ecs-1`.
pub const GENERATION_ONE_FAMILIES: [&str; 8] =
    ["ecs.t1", "ecs.s1", "ecs.s2", "ecs.s3", "ecs.m1", "ecs.m2", "ecs.c1", "ecs.c2"];

/// The system tags of instances that Auto Scaling or ACK made, and replaces when they stop (R13).
pub const MANAGED_TAGS: [&str; 2] = ["acs:autoscaling:scalingGroupId", "ack.aliyun.com"];

/// The tag by which somebody holds an instance: until the time that it says, in RFC 3339 and at most
/// seven days ahead, nothing is done to it.
pub const HOLD_TAG: &str = "keyform:hold";
