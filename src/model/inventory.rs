//! What the embedded cloud starts with.

use std::time::Duration;

use super::{InstanceId, InstanceStatus, Region, Tags, time::Precision};

/// What the embedded cloud starts with. Read at each open; what happened since is in its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// How long a restart takes from the call to Running.
    pub restart_time: Duration,
    /// How finely StartTime and CreationTime are told. ECS tells the minute.
    pub time_precision: Precision,
    /// Whether a reboot moves StartTime; the service's documentation does not say.
    pub reboot_moves_start_time: bool,
    /// The instances, in the order in which they are written.
    pub instances: Vec<InventoryInstance>,
}

/// One instance of an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InventoryInstance {
    /// Its id, unique in the inventory.
    pub id: InstanceId,
    /// Where it is.
    pub region: Region,
    /// What people call it; may be empty.
    pub name: String,
    /// `linux` or `windows`.
    pub os_type: String,
    /// Such as `ecs.g7.large`.
    pub instance_type: String,
    /// Such as `ecs.g7`.
    pub instance_type_family: String,
    /// False for some instances of Generation I (R8).
    pub io_optimized: bool,
    /// Running or Stopped, when nothing has happened to it.
    pub status: InstanceStatus,
    /// Its tags.
    pub tags: Tags,
    /// Its address in its private network.
    pub private_address: Option<String>,
    /// Its address in the internet.
    pub public_address: Option<String>,
}
