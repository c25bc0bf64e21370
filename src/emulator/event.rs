//! What happened in the embedded cloud, as it is kept in the log.

use serde::{Deserialize, Serialize};

use crate::model::{CloudName, Fingerprint, InstanceId, Region, Tags, Timestamp};

/// A fact and when it happened. In the log: `{"at": "…", "event": {"bound": {…}}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedFact {
    /// When, by the clock of the machine that asked.
    pub at: Timestamp,
    /// What.
    #[serde(rename = "event")]
    pub fact: Fact,
}

/// Something that happened: never a wish, so that the log means the same when the inventory has
/// changed since. One call makes at most one fact, so that a torn write never tears a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Fact {
    /// A pair was made.
    Imported {
        /// Where.
        region: Region,
        /// Under which name.
        key_pair_name: CloudName,
        /// The print of its key.
        fingerprint: Fingerprint,
        /// The print that the service tells of it, if that is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<Fingerprint>,
        /// Its public key, as it was sent or made.
        public_key: String,
        /// Its tags.
        tags: Tags,
        /// Its resource group; empty for the default one.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        resource_group_id: String,
    },
    /// Pairs were deleted.
    Deleted {
        /// Where.
        region: Region,
        /// Which.
        key_pair_names: Vec<CloudName>,
    },
    /// Instances were bound to a pair, whatever they were bound to before.
    Bound {
        /// Where.
        region: Region,
        /// To which pair.
        key_pair_name: CloudName,
        /// Which.
        instance_ids: Vec<InstanceId>,
    },
    /// Instances were unbound from a pair.
    Unbound {
        /// Where.
        region: Region,
        /// From which pair.
        key_pair_name: CloudName,
        /// Which.
        instance_ids: Vec<InstanceId>,
    },
    /// Instances began to restart: they go down at once, boot after half of the duration and are
    /// up after all of it.
    Restarted {
        /// Where.
        region: Region,
        /// Which.
        instance_ids: Vec<InstanceId>,
        /// How long it takes from going down to Running, in milliseconds.
        milliseconds: u64,
        /// For how long they still show Running before they go down, in milliseconds.
        #[serde(default, skip_serializing_if = "is_zero")]
        lag_milliseconds: u64,
        /// Whether StartTime is the moment of the boot afterwards.
        moves_start_time: bool,
        /// Who restarted them.
        by: Actor,
    },
    /// Instances began to start: they boot at once and are up after the duration.
    Started {
        /// Where.
        region: Region,
        /// Which.
        instance_ids: Vec<InstanceId>,
        /// How long it takes to Running, in milliseconds.
        milliseconds: u64,
    },
    /// Instances were stopped. They are down from that moment on.
    Stopped {
        /// Where.
        region: Region,
        /// Which.
        instance_ids: Vec<InstanceId>,
    },
    /// Instances began to stop, and are down after the duration.
    StopBegun {
        /// Where.
        region: Region,
        /// Which.
        instance_ids: Vec<InstanceId>,
        /// How long it takes to Stopped, in milliseconds.
        milliseconds: u64,
    },
    /// Instances were released: they do not exist any more.
    Released {
        /// Where.
        region: Region,
        /// Which.
        instance_ids: Vec<InstanceId>,
    },
    /// Tags were added to instances or changed.
    InstanceTagged {
        /// Where.
        region: Region,
        /// Which.
        instance_ids: Vec<InstanceId>,
        /// The tags.
        tags: Tags,
    },
    /// Tags were removed from instances.
    InstanceUntagged {
        /// Where.
        region: Region,
        /// Which.
        instance_ids: Vec<InstanceId>,
        /// The keys of the tags.
        tag_keys: Vec<String>,
    },
    /// A pair was put into a resource group.
    Grouped {
        /// Where.
        region: Region,
        /// Which pair.
        key_pair_name: CloudName,
        /// Which group.
        resource_group_id: String,
    },
    /// Tags were added to pairs or changed.
    Tagged {
        /// Where.
        region: Region,
        /// Which pairs.
        key_pair_names: Vec<CloudName>,
        /// The tags.
        tags: Tags,
    },
    /// Tags were removed from pairs.
    Untagged {
        /// Where.
        region: Region,
        /// Which pairs.
        key_pair_names: Vec<CloudName>,
        /// The keys of the tags.
        tag_keys: Vec<String>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Who did something to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// A call of the API.
    Api,
    /// A person at the console.
    Person,
}

impl Fact {
    /// Where it happened.
    #[must_use]
    pub fn region(&self) -> &Region {
        match self {
            Self::Imported { region, .. }
            | Self::Deleted { region, .. }
            | Self::Bound { region, .. }
            | Self::Unbound { region, .. }
            | Self::Restarted { region, .. }
            | Self::Started { region, .. }
            | Self::Stopped { region, .. }
            | Self::StopBegun { region, .. }
            | Self::Released { region, .. }
            | Self::InstanceTagged { region, .. }
            | Self::InstanceUntagged { region, .. }
            | Self::Grouped { region, .. }
            | Self::Tagged { region, .. }
            | Self::Untagged { region, .. } => region,
        }
    }
}
