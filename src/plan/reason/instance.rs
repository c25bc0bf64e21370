//! Reasons that lie in an instance itself.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ReasonCode;
use crate::model::{InstanceStatus, Region};

/// What an instance is, or does, that keeps something from being done to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum InstanceReason {
    /// It does not exist.
    InstanceNotFound {
        /// Where it was looked for.
        region: Region,
    },
    /// It is in another region of the project.
    InstanceInOtherRegion {
        /// Where its binding has it.
        region: Region,
        /// Where it is.
        found: Region,
    },
    /// It could not be read.
    InstanceUnseen,
    /// It runs Windows (R1).
    RunsWindows,
    /// The API refuses its family (R8).
    GenerationOne {
        /// Its family.
        family: String,
    },
    /// The overview page leaves out its family, and other pages do not (R8).
    GenerationOneOptimized {
        /// Its family.
        family: String,
    },
    /// Auto Scaling or ACK made it (R13).
    Managed {
        /// The tag that says so.
        tag: String,
    },
    /// The service has locked it.
    Locked {
        /// Why, in the words of the service.
        reasons: Vec<String>,
    },
    /// It is neither Running nor Stopped.
    InTransition {
        /// Its status.
        status: InstanceStatus,
    },
    /// A proof of it is due, and it is not Running.
    Unproven {
        /// Its status.
        status: InstanceStatus,
    },
}

impl InstanceReason {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> ReasonCode {
        match self {
            Self::InstanceNotFound { .. } => ReasonCode::InstanceNotFound,
            Self::InstanceInOtherRegion { .. } => ReasonCode::InstanceInOtherRegion,
            Self::InstanceUnseen => ReasonCode::InstanceUnseen,
            Self::RunsWindows => ReasonCode::RunsWindows,
            Self::GenerationOne { .. } => ReasonCode::GenerationOne,
            Self::GenerationOneOptimized { .. } => ReasonCode::GenerationOneOptimized,
            Self::Managed { .. } => ReasonCode::Managed,
            Self::Locked { .. } => ReasonCode::Locked,
            Self::InTransition { .. } => ReasonCode::InTransition,
            Self::Unproven { .. } => ReasonCode::Unproven,
        }
    }
}

impl fmt::Display for InstanceReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A sentence is read behind the address of its instance. Where two pages of ECS
            // contradict one another, it names both, so that a person can decide (R8).
            Self::InstanceNotFound { region } => write!(
                f,
                "there is no such instance in {region}; correct the id or take it out of the \
                 binding"
            ),
            Self::InstanceInOtherRegion { region, found } => write!(
                f,
                "it is in {found}, and its binding is for {region}; move it to a binding for \
                 {found}, or correct the id"
            ),
            Self::InstanceUnseen => f.write_str(
                "it could not be read, so nothing is done to it; plan again, and if it stays so, \
                 see whether this account may read it",
            ),
            Self::RunsWindows => f.write_str(
                "it runs Windows, and key pairs are for Linux instances only; take it out of the \
                 binding",
            ),
            Self::GenerationOne { family } => write!(
                f,
                "it is of {family}, a family of Generation I, and not I/O optimized: ECS does not \
                 bind it; take it out of the binding, or replace the instance"
            ),
            Self::GenerationOneOptimized { family } => write!(
                f,
                "it is of {family}, a family of Generation I, and I/O optimized: by the overview \
                 of key pairs ECS does not bind it, by other pages it does; take it out of the \
                 binding, or say `allowGenerationOne: true` in its Binding to let ECS decide"
            ),
            Self::Managed { tag } => write!(
                f,
                "it was made by Auto Scaling or ACK (tag {tag}), which replace instances that \
                 stop; take it out of the binding and set the key pair in their configuration, or \
                 say `managedInstances: include` in its Binding"
            ),
            Self::Locked { reasons } => write!(
                f,
                "the service has locked it ({}); nothing is done to it until it is unlocked",
                reasons.join(", ")
            ),
            Self::InTransition { status } => {
                write!(f, "it is {status}; plan again once it is Running")
            }
            Self::Unproven { status } => {
                write!(f, "it is {status}; that one can log on to it is shown once it is Running")
            }
        }
    }
}
