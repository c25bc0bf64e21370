//! The plan as a document: immutable, serialisable, free of secrets.

use std::collections::BTreeMap;
use std::ops::Index;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    coded::{self, Coded},
    reason::{Reason, ReasonCode},
    step::Step,
    summary::Summary,
};
use crate::{
    manifest::Origin,
    model::{
        Address, BindingName, CloudName, GroupName, InstanceId, Lineage, ProjectName, Proof,
        Region, RestartPolicy, StepId, Tags,
    },
    state::BindingTerms,
};

/// The format that this version writes, and the only one that it applies.
pub const PLAN_FORMAT: &str = "keyform.plan/1";

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// The name of this format, with its version.
    #[schemars(extend("const" = PLAN_FORMAT))]
    pub format: String,
    /// SHA-256 over what would be done; names the run.
    pub digest: String,
    /// SHA-256 over all of this document but itself: a document that was changed is refused.
    pub checksum: String,
    /// The project that it is for.
    pub project: ProjectName,
    /// The lineage of the state, if there was a state.
    pub lineage: Option<Lineage>,
    /// The serial of the state that it was made from. Told, not compared.
    pub serial: u64,
    /// What it is restricted to, with what that depends on; everything, if nothing is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// The version of the program that made it. Told, not compared.
    pub program: String,
    /// What a reviewer counts.
    pub summary: Summary,
    /// What would be done, in an order in which it can be done.
    pub steps: Vec<Step>,
    /// The instances that share a budget of restarts.
    pub fleets: Vec<Fleet>,
    /// How many instances may be down together in a region, of all fleets there or of those of a
    /// group; where there is no such limit, only fleets of which something changes are told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<RegionLimit>,
    /// What is not done, and why.
    pub notes: Vec<Note>,
    /// Objects of which something changes, before and after.
    pub changes: Vec<ObjectChange>,
    /// The private keys that only apply looks at, since their vaults are commands; sorted. Told, not
    /// compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys_not_looked_at: Vec<CloudName>,
    /// The host of the server that overwrites the state with each record, if one does: then the lock of
    /// that server alone keeps two runs from losing each other's records. Told, not compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_overwritten_at: Option<String>,
    /// What people call the instances of the steps. Told, not compared.
    pub instance_names: BTreeMap<InstanceId, String>,
}

impl Plan {
    /// A step by its id.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.get(id.place())
    }

    /// The steps with their ids.
    pub fn numbered(&self) -> impl Iterator<Item = (StepId, &Step)> {
        self.steps.iter().enumerate().map(|(place, step)| (StepId::new(place), step))
    }

    /// Whether there is nothing to do. Waiting and blocked rows may remain.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The fleet of a binding in a region.
    #[must_use]
    pub fn fleet(&self, region: &Region, binding: &BindingName) -> Option<&Fleet> {
        self.fleets.iter().find(|fleet| fleet.region == *region && fleet.binding == *binding)
    }

    /// Whether an instance or a pair is blocked, so that a person must mend something.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.notes.iter().any(|note| note.kind == NoteKind::Blocked)
    }
}

/// All instances of a binding: what is counted when one of them is restarted (L9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fleet {
    /// Which binding.
    pub binding: BindingName,
    /// Where its instances are.
    pub region: Region,
    /// Its policy, which is recorded with each of its instances.
    pub restart: RestartPolicy,
    /// Whether its restarts do not wait for the windows of its policy, since its key pair is
    /// urgent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
    /// How it is shown that one can log on to its instances, if that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// The tags by which its selector chooses its instances; none if they are listed. An instance
    /// without them is not bound any more.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub selector: Tags,
    /// How many may be down together.
    pub unavailable_max: usize,
    /// How many waves there are.
    pub waves: usize,
    /// Which wave is the canary, if its policy asks for one and something is restarted. Nothing behind
    /// its gate begins before one of its instances came into effect (L9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_wave: Option<usize>,
    /// All its instances, also those that the plan does not touch, sorted.
    pub instances: Vec<InstanceId>,
    /// Those that were found Stopped; they do not count as down while they stay so.
    pub stopped: Vec<InstanceId>,
}

impl Fleet {
    /// What is recorded of its binding with each of its instances.
    #[must_use]
    pub fn terms(&self) -> BindingTerms<'_> {
        BindingTerms {
            binding: &self.binding,
            restart: &self.restart,
            is_proof_asked: self.proof.is_some(),
        }
    }
}

/// How many instances may be down together in a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegionLimit {
    /// Where.
    pub region: Region,
    /// Of the fleets with which `restart.group`. Without this it is of all fleets there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupName>,
    /// How many, of all these fleets.
    pub unavailable_max: usize,
}

impl RegionLimit {
    /// Whether it counts the instances of a fleet.
    #[must_use]
    pub fn covers(&self, fleet: &Fleet) -> bool {
        self.covers_policy(&fleet.region, &fleet.restart)
    }

    /// Whether it counts the instances of a binding with this policy in a region.
    pub(super) fn covers_policy(&self, region: &Region, restart: &RestartPolicy) -> bool {
        self.region == *region
            && self.group.as_ref().is_none_or(|group| restart.group.as_ref() == Some(group))
    }
}

/// Something that the plan does not do, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Note {
    /// How to take it.
    pub kind: NoteKind,
    /// What it is about.
    pub address: Address,
    /// Why, and what to do.
    #[serde(with = "coded")]
    #[schemars(with = "Coded<Reason>")]
    pub reason: Reason,
    /// Where the wish for it was written.
    pub origin: Option<Origin>,
}

impl Note {
    /// Whether it stands before all others: a login may be lost already.
    #[must_use]
    pub fn stands_first(&self) -> bool {
        self.kind == NoteKind::Warning && self.reason.code() == ReasonCode::KeyMissing
    }
}

/// How to take a note.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum NoteKind {
    /// A person must fix something first.
    Blocked,
    /// It will do so by itself, or when a person does what the reason says.
    Waiting,
    /// Worth knowing; nothing is held up.
    Warning,
    /// Others have changed it since the last run; the plan sets it right.
    Drift,
    /// A selector has found it, and it cannot be bound: it is passed over.
    Skipped,
    /// Its manifest wants it rotated by now, which a person does there.
    Due,
}

/// An object of which something changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectChange {
    /// Which object.
    pub address: Address,
    /// How it is.
    pub before: serde_json::Value,
    /// How it will be.
    pub after: serde_json::Value,
}

impl Index<StepId> for Vec<Step> {
    type Output = Step;

    fn index(&self, id: StepId) -> &Step {
        &self[id.place()]
    }
}
