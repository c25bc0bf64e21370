//! The lines of a journal: what a run is about to do, and what became of it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    guest::RecordGuest,
    record::{Effect, Evidence, RecordDeferred, RecordInstance, RecordKey, RecordPair},
};
use crate::model::{
    Address, BindingName, CloudName, Fingerprint, InstanceId, InstanceRef, Lineage, Region,
    RestartPolicy, RunId, ServiceTime, StepId, Timestamp,
};

/// The format that this version writes.
pub const JOURNAL_FORMAT: &str = "keyform.journal/2";
/// The format that versions before runs had ids have written, which is read.
pub const JOURNAL_FORMAT_1: &str = "keyform.journal/1";

/// The first line of a journal, and of each part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Header {
    /// [`JOURNAL_FORMAT`], or [`JOURNAL_FORMAT_1`].
    pub format: String,
    /// The lineage of the state that it belongs to.
    pub lineage: Lineage,
    /// The serial of the snapshot that it continues.
    pub base: u64,
    /// The digest of the plan that runs. A seal has none: it ends a journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// When the run began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Timestamp>,
    /// The run that wrote it; format 1 does not name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// Which part of the journal it is, from 1; in format 1 a journal has no parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u64>,
}

/// A line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Entry {
    /// A call is about to be made.
    #[serde(rename_all = "camelCase")]
    Intent {
        /// The step that makes it.
        step: StepId,
        /// What it will change.
        intents: Vec<(Address, Intent)>,
    },
    /// What became of a call, or of a part of it.
    #[serde(rename_all = "camelCase")]
    Outcome {
        /// The step that made it.
        step: StepId,
        /// What is so now.
        changes: Vec<Change>,
        /// What was refused, so that it surely did not happen.
        failures: Vec<Refused>,
        /// Whether the whole step is done.
        done: bool,
    },
    /// Every step of the run is done.
    Finished,
}

/// What a call will change at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Intent {
    /// A private key goes into the vault. Only its public half is told here.
    #[serde(rename_all = "camelCase")]
    Make(RecordKey),
    /// A public key becomes a pair.
    #[serde(rename_all = "camelCase")]
    Import {
        /// Which key.
        fingerprint: Fingerprint,
    },
    /// The service makes a pair and its key. Until the answer is in the vault the private key is
    /// nowhere else, so that a pair which is found with another key than the vault's is one of which
    /// the answer was lost.
    Create,
    /// The tags of a pair change.
    Tag,
    /// A pair is put into a resource group.
    Group,
    /// An instance is bound.
    #[serde(rename_all = "camelCase")]
    Attach {
        /// To which pair.
        name: CloudName,
        /// For which binding: a run that is killed before the outcome leaves no other record of it.
        #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
        purpose: Option<Box<IntendedBinding>>,
    },
    /// An instance is unbound.
    #[serde(rename_all = "camelCase")]
    Detach {
        /// From which pair.
        name: CloudName,
    },
    /// An instance is restarted.
    #[serde(rename_all = "camelCase")]
    Restart {
        /// StartTime before: a later one afterwards means that it happened.
        start_time: Option<ServiceTime>,
        /// What it is bound to, which takes effect with that; nothing without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<CloudName>,
        /// When it was asked for.
        at: Timestamp,
        /// When it was first seen down after that. Until it is seen Running again it is away,
        /// whatever StartTime says; then what was bound is in effect.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen_down: Option<Timestamp>,
        /// When it was first seen Running after that. From then on it settles.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen_back: Option<Timestamp>,
    },
    /// An instance is put back by its hook; its restart is known to be over.
    #[serde(rename_all = "camelCase")]
    PutBack {
        /// What it is bound to, which is in effect; nothing without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bound: Option<CloudName>,
        /// Why it is known to be in effect.
        evidence: Evidence,
    },
    /// A pair is deleted.
    Delete,
    /// A private key is put aside in the vault.
    Retire,
}

/// The binding that an instance is bound for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IntendedBinding {
    /// Its name.
    pub binding: BindingName,
    /// Its policy.
    pub restart: RestartPolicy,
}

/// A call whose outcome is unknown, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenCall {
    /// What it will change.
    pub intent: Intent,
    /// The digest of the plan whose run was about to make it. A journal names it once, in its first
    /// line.
    pub run: String,
}

/// What is so now at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Change {
    /// The vault holds this key.
    Key(CloudName, RecordKey),
    /// The cloud has this pair.
    Pair(Region, CloudName, RecordPair),
    /// This is so of an instance.
    #[serde(with = "region_id_record")]
    #[schemars(with = "(Region, InstanceId, RecordInstance)")]
    Instance(InstanceRef, RecordInstance),
    /// The record of an instance is forgotten, and this is what its guest may accept.
    #[serde(with = "region_id_record")]
    #[schemars(with = "(Region, InstanceId, RecordGuest)")]
    Guest(InstanceRef, RecordGuest),
    /// This is deferred for an instance. The digest is set when it is written.
    #[serde(with = "region_id_record")]
    #[schemars(with = "(Region, InstanceId, RecordDeferred)")]
    Deferred(InstanceRef, RecordDeferred),
    /// Nothing is to be known of it any more.
    Removed(Address),
}

impl Change {
    /// Whether it says of an instance that what is bound is not in effect yet.
    pub(super) fn leaves_pending(&self) -> bool {
        matches!(self, Self::Instance(_, record) if matches!(record.effect, Effect::Pending { .. }))
    }

    /// What it is about.
    #[must_use]
    pub fn address(&self) -> Address {
        match self {
            Self::Key(name, _) => Address::Key(name.clone()),
            Self::Pair(region, name, _) => Address::Pair(region.clone(), name.clone()),
            Self::Instance(at, _) | Self::Guest(at, _) => Address::Instance(at.clone()),
            Self::Deferred(at, _) => Address::Deferred(at.clone()),
            Self::Removed(address) => address.clone(),
        }
    }
}

/// The written form of what is so of an instance: one list of its region, its id and the record.
mod region_id_record {
    use super::{
        Deserialize, Deserializer, InstanceId, InstanceRef, Region, Serialize, Serializer,
    };

    pub(super) fn serialize<R: Serialize, S: Serializer>(
        at: &InstanceRef,
        record: &R,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        (&at.region, &at.id, record).serialize(serializer)
    }

    pub(super) fn deserialize<'de, R: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<(InstanceRef, R), D::Error> {
        let (region, id, record) = <(Region, InstanceId, R)>::deserialize(deserializer)?;
        Ok((InstanceRef { region, id }, record))
    }
}

/// What was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refused {
    /// What it is about.
    pub address: Address,
    /// Why, in a sentence.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_so_of_an_instance_is_one_list_of_region_id_and_record() {
        let restart = json!({"when": "now", "maxUnavailable": 1});
        let record = json!({"binding": "web-fleet", "restart": restart, "bound": null,
            "effect": "assumed", "revision": 3});
        let written = json!({"instance": ["cn-hangzhou", "i-bp1a0001", record]});
        let change: Change = serde_json::from_value(written.clone()).expect("it is read");
        assert_eq!(change.address().to_string(), "instance/cn-hangzhou/i-bp1a0001");
        assert_eq!(serde_json::to_value(&change).expect("it is written"), written);
    }
}
