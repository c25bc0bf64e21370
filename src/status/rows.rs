//! The rows of the document: how each pair and each instance is.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    model::{
        BindingName, CloudName, Fingerprint, InstanceId, InstanceRef, InstanceStatus, Region,
        Timestamp, schedule::Span,
    },
    state::Evidence,
};

/// How a pair is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PairRow {
    /// Its name in the cloud.
    pub name: CloudName,
    /// Where.
    pub region: Region,
    /// Its key.
    pub fingerprint: Fingerprint,
    /// Whether the service has it, with that key.
    pub in_cloud: bool,
    /// How its private key is.
    pub private_key: KeyState,
    /// How many recorded instances are bound to it.
    pub instances: usize,
    /// Since when its key is there; null if it is not the wanted generation, or if nothing tells that.
    pub made: Option<Timestamp>,
    /// When its rotation is due, if it is the wanted generation and its manifest says so.
    pub rotation: Option<RotationState>,
}

/// When the rotation of a key is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotationState {
    /// How old the key may become.
    pub after: Span,
    /// From when on it is older.
    pub from: Timestamp,
    /// Whether it is older now.
    pub is_due: bool,
}

impl PairRow {
    /// Whether its rotation is due.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.rotation.is_some_and(|rotation| rotation.is_due)
    }
}

/// How a private key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum KeyState {
    /// The vault has it.
    Held,
    /// A person has it, and gave its public half.
    Imported,
    /// It was recorded, and the vault of this machine does not have it.
    Missing,
    /// It is recorded, and its vault is a command, which status does not run.
    NotLookedAt,
    /// Something else has its name in the vault.
    Unusable,
}

impl KeyState {
    /// It in a word.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Imported => "imported",
            Self::Missing => "missing",
            Self::NotLookedAt => "not looked at",
            Self::Unusable => "unusable",
        }
    }
}

/// Whether what an instance is bound to is what its guest accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EffectState {
    /// It is.
    InEffect,
    /// After its next restart.
    Pending,
    /// It was found bound, and its guest is unknown; it is taken for in effect.
    Assumed,
    /// It is not bound as recorded: another tool or person changed that.
    Changed,
}

impl EffectState {
    /// It in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::InEffect => "in effect",
            Self::Pending => "pending",
            Self::Assumed => "assumed",
            Self::Changed => "changed by others",
        }
    }
}

/// Whether a login to an instance was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ProofState {
    /// Not yet.
    Pending,
    /// It was, then.
    Shown(Timestamp),
}

/// How an instance is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct InstanceRow {
    /// Which instance.
    pub id: InstanceId,
    /// What people call it; empty if it was not seen.
    pub name: String,
    /// Where.
    pub region: Region,
    /// Which binding it belongs to.
    pub binding: BindingName,
    /// What the service says that it is bound to.
    pub bound: Option<CloudName>,
    /// Whether that is what the guest accepts; null if keyform has not bound it yet.
    pub effect: Option<EffectState>,
    /// If it is: why that is known.
    pub evidence: Option<Evidence>,
    /// If that is pending: since when, as far as a run has bound or unbound it.
    pub pending_since: Option<Timestamp>,
    /// What an applied plan does to it later.
    pub deferred: Option<DeferredWork>,
    /// Whether a login to it was verified; null if its binding does not ask for that.
    pub proof: Option<ProofState>,
    /// Its status; null if it was not seen.
    pub status: Option<InstanceStatus>,
}

impl InstanceRow {
    /// Which instance, and where.
    #[must_use]
    pub fn at(&self) -> InstanceRef {
        self.id.in_region(&self.region)
    }

    /// Whether something is still to come for it: a restart, deferred work, a proof, or that what
    /// others changed is set right.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.effect, Some(EffectState::Pending | EffectState::Changed))
            || self.deferred.is_some()
            || self.proof == Some(ProofState::Pending)
    }

    /// Whether it was seen, and is not Running.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.status.is_some_and(|status| status != InstanceStatus::Running)
    }
}

/// What an applied plan does to an instance later, without another approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeferredWork {
    /// What it is bound to then; null if it is unbound.
    pub to: Option<CloudName>,
    /// When that may begin; now, if that is not later. Null if no time for it comes within two years.
    pub from: Option<Timestamp>,
    /// The digest of the plan that approved it.
    pub digest: String,
}
