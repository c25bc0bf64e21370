//! All that is recorded, and the snapshot that holds it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    entry::{Intent, OpenCall},
    guest::RecordGuest,
    record::{RecordDeferred, RecordInstance, RecordKey, RecordPair, RecordRun},
};
use crate::model::{
    Address, CloudName, Fingerprint, InstanceId, InstanceRef, Lineage, ProjectName, Region,
};

/// The format that this version writes.
pub const STATE_FORMAT: &str = "keyform.state/1";

/// A snapshot: everything that is recorded at one serial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct State {
    /// The name of this format, with its version.
    #[schemars(extend("const" = STATE_FORMAT))]
    pub format: String,
    /// The identity of the state through its whole life.
    pub lineage: Lineage,
    /// Counts the snapshots, from 1.
    pub serial: u64,
    /// The project that it belongs to.
    pub project: ProjectName,
    /// The records.
    pub recorded: Records,
}

/// The records of a state. Every revision is the serial at which its record last changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Records {
    /// Key material that the vault holds, by its name.
    pub keys: BTreeMap<CloudName, RecordKey>,
    /// Pairs in the cloud.
    pub pairs: BTreeMap<Region, BTreeMap<CloudName, RecordPair>>,
    /// Instances that are bound, or whose unbinding is not in effect yet.
    pub instances: BTreeMap<Region, BTreeMap<InstanceId, RecordInstance>>,
    /// What the guests of instances may accept whose records were forgotten.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub guests: BTreeMap<Region, BTreeMap<InstanceId, RecordGuest>>,
    /// Work of applied plans that the policies of instances defer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub deferred: BTreeMap<Region, BTreeMap<InstanceId, RecordDeferred>>,
    /// The revision at which a record was removed, so that a plan for the first making of a thing
    /// differs from a plan for a later one.
    pub removed: BTreeMap<Address, u64>,
    /// Calls of which the outcome is unknown.
    pub intents: BTreeMap<Address, OpenCall>,
    /// The latest runs, the newest last.
    pub runs: Vec<RecordRun>,
}

impl Records {
    /// The record of a pair.
    #[must_use]
    pub fn pair(&self, region: &Region, name: &CloudName) -> Option<&RecordPair> {
        self.pairs.get(region)?.get(name)
    }

    /// The work that is deferred for an instance.
    #[must_use]
    pub fn deferred(&self, at: &InstanceRef) -> Option<&RecordDeferred> {
        self.deferred.get(&at.region)?.get(&at.id)
    }

    /// The work that is deferred, instance by instance.
    pub fn all_deferred(&self) -> impl Iterator<Item = (InstanceRef, &RecordDeferred)> {
        by_instance(&self.deferred)
    }

    /// For how many instances work is deferred.
    #[must_use]
    pub fn deferred_count(&self) -> usize {
        self.deferred.values().map(BTreeMap::len).sum()
    }

    /// The record of an instance.
    #[must_use]
    pub fn instance(&self, at: &InstanceRef) -> Option<&RecordInstance> {
        self.instances.get(&at.region)?.get(&at.id)
    }

    /// The records of all instances.
    pub fn all_instances(&self) -> impl Iterator<Item = (InstanceRef, &RecordInstance)> {
        by_instance(&self.instances)
    }

    /// What the guest of an instance may accept by what was forgotten.
    #[must_use]
    pub fn guest(&self, at: &InstanceRef) -> Option<&RecordGuest> {
        self.guests.get(&at.region)?.get(&at.id)
    }

    /// The keys of all pairs and private keys that are recorded.
    pub(super) fn known_keys(&self) -> BTreeSet<Fingerprint> {
        let pairs = self.pairs.values().flatten().map(|(_, pair)| pair.fingerprint);
        pairs.chain(self.keys.values().map(|key| key.fingerprint)).collect()
    }

    /// What guests may accept by what was forgotten, instance by instance.
    pub fn all_guests(&self) -> impl Iterator<Item = (InstanceRef, &RecordGuest)> {
        by_instance(&self.guests)
    }

    /// When the record at an address last changed or was removed; 0 if there never was one.
    #[must_use]
    pub fn revision(&self, address: &Address) -> u64 {
        let recorded = match address {
            Address::Key(name) => self.keys.get(name).map(|record| record.revision),
            Address::Pair(region, name) => self.pair(region, name).map(|record| record.revision),
            Address::Instance(at) => {
                let record = self.instance(at).map(|record| record.revision);
                record.or_else(|| self.guest(at).map(|guest| guest.revision))
            }
            Address::Deferred(at) => self.deferred(at).map(|record| record.revision),
        };
        recorded.or_else(|| self.removed.get(address).copied()).unwrap_or(0)
    }

    /// What a call at an address will change of which the outcome is unknown.
    #[must_use]
    pub fn intent_at(&self, address: &Address) -> Option<&Intent> {
        self.intents.get(address).map(|call| &call.intent)
    }

    /// The latest run of a plan.
    #[must_use]
    pub fn run(&self, digest: &str) -> Option<&RecordRun> {
        self.runs.iter().rev().find(|run| run.digest == digest)
    }
}

/// What is recorded by region and id, each with its instance.
fn by_instance<R>(
    records: &BTreeMap<Region, BTreeMap<InstanceId, R>>,
) -> impl Iterator<Item = (InstanceRef, &R)> {
    records.iter().flat_map(|(region, of_region)| {
        of_region.iter().map(move |(id, record)| (id.in_region(region), record))
    })
}
