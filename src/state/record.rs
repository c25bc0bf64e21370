//! Records: what keyform knows of each thing that it made.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Address, BindingName, CloudName, Fingerprint, KeyPairName, Owner, Proof, ResourceGroupId,
    RestartPolicy, ServiceTime, StepId, Tags, Timestamp,
};

/// Key material of one generation, in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordKey {
    /// The key pair's name in the manifests.
    pub key_pair: KeyPairName,
    /// Which generation of it.
    pub generation: u32,
    /// The print of the public half.
    pub fingerprint: Fingerprint,
    /// The public half as one OpenSSH line.
    pub public_key: String,
    /// When this record last changed.
    pub revision: u64,
}

/// A pair in one region of the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordPair {
    /// The key pair's name in the manifests.
    pub key_pair: KeyPairName,
    /// Which generation of it.
    pub generation: u32,
    /// The print of its public key.
    pub fingerprint: Fingerprint,
    /// The user's tags.
    pub tags: Tags,
    /// Counts the generations of a key pair as they became the wanted one: the latest has the
    /// highest number, and the one before it is kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub activation: u64,
    /// Whether it stays although no manifest declares it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// The resource group that its manifest wants it in, if that names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_group: Option<ResourceGroupId>,
    /// When a run made it with this key, as far as a run did: the age of the key counts from then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Timestamp>,
    /// When this record last changed.
    pub revision: u64,
}

/// An instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordInstance {
    /// The binding that it belongs or belonged to.
    pub binding: BindingName,
    /// That binding's policy, which outlives the manifest so that detaches follow it.
    pub restart: RestartPolicy,
    /// What it is bound to.
    pub bound: Option<Bound>,
    /// Whether that is what the guest accepts.
    pub effect: Effect,
    /// When it was bound again after somebody else had changed its binding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retaken: Option<Timestamp>,
    /// Whether it was shown that one can log on to it with what is bound, if its binding asks for
    /// that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<RecordProof>,
    /// How many seconds its last restart took that a run has watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_seconds: Option<u32>,
    /// When a run last bound or unbound it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Timestamp>,
    /// Since when it may be prepared for a restart, or back from one, and its hook has not put it
    /// back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<Timestamp>,
    /// When this record last changed.
    pub revision: u64,
}

/// Whether it was shown that one can log on to an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum RecordProof {
    /// Not yet.
    #[serde(rename_all = "camelCase")]
    Pending {
        /// What the guest accepted before, and must refuse then.
        before: Effective,
    },
    /// It was.
    #[serde(rename_all = "camelCase")]
    Shown {
        /// When.
        at: Timestamp,
    },
}

/// Deferred work of an instance: a plan that was approved and applied wants it bound, unbound or
/// restarted, and its policy did not let that be done then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordDeferred {
    /// The binding that it belongs to, or belonged to when it is unbound.
    pub binding: BindingName,
    /// The policy that defers it.
    pub restart: RestartPolicy,
    /// How it is shown then that one can log on, if that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// The tags by which a selector chose it; none if it was listed, or is unbound. Without them it is
    /// not bound any more.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub selector: Tags,
    /// What it was bound to when that was approved. It is done as long as that is so.
    pub from: Option<CloudName>,
    /// Whose the pair is that it is taken from, if that is not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreign: Option<Owner>,
    /// What it will be bound to; nothing if it is unbound.
    pub to: Option<Bound>,
    /// The digest of the plan that approved it.
    pub digest: String,
    /// When this record last changed.
    pub revision: u64,
}

impl RecordDeferred {
    /// Whether an instance of this record is as its deferred work wants it.
    #[must_use]
    pub fn is_met_by(&self, record: &RecordInstance) -> bool {
        record.bound == self.to && !matches!(record.effect, Effect::Pending { .. })
    }
}

/// A pair that an instance is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bound {
    /// The pair's name in the cloud.
    pub name: CloudName,
    /// Its key material.
    pub fingerprint: Fingerprint,
}

/// Whether what is bound is what the guest accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// Equal.
    #[serde(rename_all = "camelCase")]
    InEffect {
        /// Why that is known.
        evidence: Evidence,
    },
    /// Different, until a restart.
    #[serde(rename_all = "camelCase")]
    Pending {
        /// StartTime when the change was confirmed; a later one means that it is in effect.
        baseline: Option<ServiceTime>,
        /// What the guest accepts meanwhile.
        effective: Effective,
    },
    /// Found bound, effect unknown: treated as in effect, and never restarted for it.
    Assumed,
}

impl Effect {
    /// Why what is bound is known to be in effect, if it is.
    #[must_use]
    pub fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::InEffect { evidence } => Some(*evidence),
            Self::Pending { .. } | Self::Assumed => None,
        }
    }
}

/// Why what is bound is known to be in effect. It decides nothing: what is in effect is so by any
/// evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Evidence {
    /// The service says that it started later.
    #[serde(rename_all = "camelCase")]
    StartTimeMoved {
        /// StartTime when it was bound, or before its restart was asked for.
        from: ServiceTime,
        /// StartTime then.
        to: ServiceTime,
    },
    /// A run saw it down after its restart was asked for, and Running again, while StartTime did not
    /// move.
    #[serde(rename_all = "camelCase")]
    SeenBack {
        /// When it was first seen Running again, or down if only a later run has seen it back.
        at: Timestamp,
    },
}

impl Evidence {
    /// The evidence of two StartTimes; none if the second is not surely later.
    #[must_use]
    pub fn of_start(before: Option<ServiceTime>, now: Option<ServiceTime>) -> Option<Self> {
        let (from, to) = before.zip(now)?;
        to.is_after(from).then_some(Self::StartTimeMoved { from, to })
    }
}

/// What a guest accepts for logging on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Effective {
    /// The private key of the pair with this fingerprint.
    Key(Fingerprint),
    /// A password, if it has one.
    Password,
    /// Not known.
    Unknown,
}

/// A run of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordRun {
    /// The plan's digest, which names the run.
    pub digest: String,
    /// When it began, or last went on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Timestamp>,
    /// Whether every step was done.
    pub finished: bool,
    /// The steps that were done, while it is not finished.
    pub steps: BTreeSet<StepId>,
    /// What it has changed, while it is not finished: a resumed run knows its own changes.
    pub touched: BTreeSet<Address>,
}

/// Records without generations and protection are written as before there were any.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn is_zero(number: &u64) -> bool {
    *number == 0
}
