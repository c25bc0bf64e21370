//! What a reviewer counts.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{BindingName, Region, Timestamp};

/// The blast radius of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Summary {
    /// Private keys that are made.
    pub keys_made: usize,
    /// Private keys that are put aside.
    pub keys_retired: usize,
    /// Pairs that are imported or created.
    pub pairs_made: usize,
    /// Pairs of others that are taken over.
    #[serde(default, skip_serializing_if = "is_none")]
    pub pairs_adopted: usize,
    /// Pairs whose tags change.
    pub pairs_tagged: usize,
    /// Pairs that are put into another resource group.
    #[serde(default, skip_serializing_if = "is_none")]
    pub pairs_grouped: usize,
    /// Pairs that are deleted.
    pub pairs_deleted: usize,
    /// Instances that were bound to nothing and are bound: from passwords to a key.
    pub instances_bound: usize,
    /// Instances that change from one pair to another: from one key to another.
    pub instances_replaced: usize,
    /// Instances that are taken from pairs that are not ours; among those that are replaced (L6).
    #[serde(default, skip_serializing_if = "is_none")]
    pub instances_taken: usize,
    /// Instances that are unbound: from a key to passwords, of which none may be set (R10).
    pub instances_unbound: usize,
    /// Instances that are restarted.
    pub instances_restarted: usize,
    /// Instances that a login proves to be reachable.
    #[serde(default, skip_serializing_if = "is_none")]
    pub instances_proven: usize,
    /// Records that are only written down.
    pub records: usize,
    /// The steps of the plan, without the gates between waves.
    #[serde(default)]
    pub steps: usize,
    /// Objects that are blocked.
    pub blocked: usize,
    /// Objects that wait.
    pub waiting: usize,
    /// Key pairs whose rotation is due.
    #[serde(default, skip_serializing_if = "is_none")]
    pub rotations_due: usize,
    /// The waves of each binding that has any.
    pub waves: Vec<Waves>,
    /// What the policies of bindings defer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deferred: Vec<Deferred>,
}

/// What the policy of a binding defers, when it is done, and how long that takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deferred {
    /// Which binding.
    pub binding: BindingName,
    /// Where its instances are.
    pub region: Region,
    /// How many instances have deferred work.
    pub instances: usize,
    /// How many of them are unbound then.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unbound: usize,
    /// In how many waves.
    pub waves: usize,
    /// About how many seconds these take, one after the other.
    pub about_seconds: u64,
    /// When they may begin.
    pub from: Timestamp,
    /// How many seconds that is from the moment of the plan.
    pub after_seconds: u64,
    /// What a manifest says that keeps it from being done now, if not its windows alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Obstacle>,
}

/// What a policy says, with its reason, that keeps work from being done now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Obstacle {
    /// Restarts are paused, for this reason.
    Paused(String),
    /// Restarts are denied at this time, for this reason.
    Denied(String),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused(why) => write!(f, "paused: {why}"),
            Self::Denied(why) => write!(f, "denied: {why}"),
        }
    }
}

/// The waves of a binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waves {
    /// Which binding.
    pub binding: BindingName,
    /// Where its instances are.
    pub region: Region,
    /// How many waves.
    pub count: usize,
    /// How many instances may be down together.
    pub unavailable_max: usize,
}

/// Plans that take no instance from others are written without saying so.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(count: &usize) -> bool {
    *count == 0
}
