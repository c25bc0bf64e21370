//! Why a plan is stale: a fact that it rests on does not hold any more.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::document::PLAN_FORMAT;
use crate::{
    code::codes,
    model::{Address, CloudName, InstanceId, KeyFileProblem, ProjectName},
};

/// A fact that a plan rests on and that does not hold any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Stale {
    /// The plan is of another format.
    PlanOfOtherFormat {
        /// Which one.
        format: String,
    },
    /// The plan is for another project.
    PlanOfOtherProject {
        /// Which one.
        project: ProjectName,
    },
    /// The plan was made from another state.
    PlanOfOtherState,
    /// The vault has a private key under the name of one that is to be made.
    KeyNameTaken {
        /// Which key.
        address: Address,
    },
    /// What the vault holds under the name cannot be used.
    KeyBroken {
        /// Which key.
        address: Address,
        /// What is wrong with it, with a code of its own.
        problem: KeyFileProblem,
    },
    /// The vault does not have the private key any more.
    KeyGone {
        /// Which key.
        address: Address,
    },
    /// There is a pair of the name of one that is to be imported.
    PairNameTaken {
        /// Which pair.
        address: Address,
    },
    /// The pair is gone.
    PairGone {
        /// Which pair.
        address: Address,
    },
    /// The pair has another key.
    PairKeyChanged {
        /// Which pair.
        address: Address,
    },
    /// The pair carries the tags of another state.
    PairOfOtherState {
        /// Which pair.
        address: Address,
    },
    /// A pair that is to be adopted has another owner.
    PairOwnerChanged {
        /// Which pair.
        address: Address,
    },
    /// Instances are bound to a pair that is to be deleted.
    PairBoundMeanwhile {
        /// Which pair.
        address: Address,
        /// Which instances.
        instances: Vec<InstanceId>,
    },
    /// An object is not as it was found.
    NotAsFound {
        /// Which object.
        address: Address,
    },
    /// An instance is bound to something else.
    BindingChanged {
        /// Which instance.
        address: Address,
        /// What it was bound to; nothing without one.
        before: Option<CloudName>,
        /// What it is bound to; nothing without one.
        now: Option<CloudName>,
    },
    /// Another run has changed the record of an object.
    RecordChanged {
        /// Which object.
        address: Address,
    },
}

impl Stale {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> StaleCode {
        match self {
            Self::PlanOfOtherFormat { .. } => StaleCode::PlanOfOtherFormat,
            Self::PlanOfOtherProject { .. } => StaleCode::PlanOfOtherProject,
            Self::PlanOfOtherState => StaleCode::PlanOfOtherState,
            Self::KeyNameTaken { .. } => StaleCode::KeyNameTaken,
            Self::KeyBroken { .. } => StaleCode::KeyBroken,
            Self::KeyGone { .. } => StaleCode::KeyGone,
            Self::PairNameTaken { .. } => StaleCode::PairNameTaken,
            Self::PairGone { .. } => StaleCode::PairGone,
            Self::PairKeyChanged { .. } => StaleCode::PairKeyChanged,
            Self::PairOfOtherState { .. } => StaleCode::PairOfOtherState,
            Self::PairOwnerChanged { .. } => StaleCode::PairOwnerChanged,
            Self::PairBoundMeanwhile { .. } => StaleCode::PairBoundMeanwhile,
            Self::NotAsFound { .. } => StaleCode::NotAsFound,
            Self::BindingChanged { .. } => StaleCode::BindingChanged,
            Self::RecordChanged { .. } => StaleCode::RecordChanged,
        }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Each sentence names the fact that the plan rests on and how it is now, and no remedy:
            // that is always a new plan (L5).
            Self::PlanOfOtherFormat { format } => {
                write!(f, "it is of the format {format}, and this version applies {PLAN_FORMAT}")
            }
            Self::PlanOfOtherProject { project } => write!(f, "it is for the project {project}"),
            Self::PlanOfOtherState => {
                f.write_str("it was made from another state than the one that is here")
            }
            Self::KeyNameTaken { address } => {
                write!(f, "{address}: the vault has a private key of this name now")
            }
            Self::KeyBroken { address, problem } => write!(f, "{address}: {problem}"),
            Self::KeyGone { address } => {
                write!(f, "{address}: the vault does not have its private key any more")
            }
            Self::PairNameTaken { address } => {
                write!(f, "{address}: there is a pair of this name now")
            }
            Self::PairGone { address } => write!(f, "{address}: the pair is gone"),
            Self::PairKeyChanged { address } => {
                write!(f, "{address}: the pair has another key now")
            }
            Self::PairOfOtherState { address } => {
                write!(f, "{address}: the pair carries the tags of another state now")
            }
            Self::PairOwnerChanged { address } => {
                write!(f, "{address}: the pair belongs to somebody else now")
            }
            Self::PairBoundMeanwhile { address, instances } => {
                let ids: Vec<_> = instances.iter().map(InstanceId::as_str).collect();
                write!(f, "{address}: instances are bound to it now: {}", ids.join(", "))
            }
            Self::NotAsFound { address } => write!(f, "{address}: it is not as it was found"),
            Self::BindingChanged { address, before, now } => write!(
                f,
                "{address}: it was bound to {} and is bound to {} now",
                bound(before.as_ref()),
                bound(now.as_ref())
            ),
            Self::RecordChanged { address } => {
                write!(f, "{address}: its record has changed since the plan was made")
            }
        }
    }
}

/// What an instance is bound to, as people read it.
fn bound(name: Option<&CloudName>) -> &str {
    name.map_or("nothing", CloudName::as_str)
}

codes! {
    /// The code of a [`Stale`].
    pub enum StaleCode {
        PlanOfOtherFormat = "planOfOtherFormat" {
            meaning: "The saved plan is of a format that this version does not apply.",
            why: "Another version of keyform wrote it, and what was reviewed is what is done (L5).",
            fix: "Make a new plan with this version, or apply it with the version that made it.",
        }
        PlanOfOtherProject = "planOfOtherProject" {
            meaning: "The saved plan is for another project.",
            why: "Its steps would be recorded in the wrong state (L5).",
            fix: "Apply it in its own project directory.",
        }
        PlanOfOtherState = "planOfOtherState" {
            meaning: "The saved plan was made from another state than the one that is here.",
            why: "What the plan takes for ours is not ours by this state (L5, L6).",
            fix: "Make a new plan.",
        }
        KeyNameTaken = "keyNameTaken" {
            meaning: "The plan makes a private key, and the vault has one of this name now.",
            why: "keyform never overwrites a private key (L2).",
            fix: "Make a new plan: it uses the key that is there, or says why not.",
        }
        KeyBroken = "keyBroken" {
            meaning: "The plan makes a private key, and something unusable has its place in the vault.",
            why: "keyform never overwrites what it finds in the vault (L2).",
            fix: "Do what the message says, then make a new plan.",
        }
        KeyGone = "keyGone" {
            meaning: "The vault does not have a private key any more that the plan uses.",
            why: "Without it a pair would be made that nobody can use (L2, L3).",
            fix: "Put the private key back, or make a new plan.",
        }
        PairNameTaken = "pairNameTaken" {
            meaning: "The plan imports a pair, and there is one of this name now.",
            why: "What is foreign is not touched (L6).",
            fix: "Make a new plan and review what it says about the pair.",
        }
        PairGone = "pairGone" {
            meaning: "A pair that the plan uses is gone.",
            why: "The plan was reviewed with the pair (L5).",
            fix: "Make a new plan.",
        }
        PairKeyChanged = "pairKeyChanged" {
            meaning: "A pair that the plan uses has another key now.",
            why: "It was replaced outside keyform, so it is not ours any more (L5, L6).",
            fix: "Make a new plan.",
        }
        PairOfOtherState = "pairOfOtherState" {
            meaning: "A pair that the plan uses carries the tags of another state now.",
            why: "Another state claims it, and what is foreign is not touched (L6).",
            fix: "Find out who tagged it, then make a new plan.",
        }
        PairOwnerChanged = "pairOwnerChanged" {
            meaning: "A pair that the plan adopts has other ownership tags now.",
            why: "The review was about another owner (L5, L6).",
            fix: "Make a new plan and review whose pair it is.",
        }
        PairBoundMeanwhile = "pairBoundMeanwhile" {
            meaning: "The plan deletes a pair to which instances are bound now.",
            why: "A bound pair cannot be deleted (R12), and its users must not be locked out (L3).",
            fix: "Make a new plan.",
        }
        NotAsFound = "notAsFound" {
            meaning: "What the plan found and would record is not so any more.",
            why: "The state records only what is so (L7).",
            fix: "Make a new plan.",
        }
        BindingChanged = "bindingChanged" {
            meaning: "An instance of the plan is bound to something else than at its review.",
            why: "The review was about another binding (L5).",
            fix: "Make a new plan.",
        }
        RecordChanged = "recordChanged" {
            meaning: "Another run has changed a record that the plan rests on.",
            why: "A plan is done against the records from which it was made (L5, L7).",
            fix: "Make a new plan.",
        }
    }
}
