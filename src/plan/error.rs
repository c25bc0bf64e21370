//! Why there is no plan.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    code::codes,
    manifest::Origin,
    model::{BindingName, CloudName, InstanceId, Region},
    visible,
};

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, JsonSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PlanError {
    /// More than a tenth of the recorded instances are missing, which looks like a lost permission.
    #[error(
        "region {region}: {missing} of {recorded} recorded instances were not found. A lost \
         permission looks just like that, so nothing is planned. If they are really gone, \
         say so with --accept-missing"
    )]
    ManyMissing {
        /// Where.
        region: Region,
        /// How many are missing.
        missing: usize,
        /// How many are recorded.
        recorded: usize,
    },
    /// An instance is bound to a pair that the service does not list.
    #[error(
        "region {region}: the instance {instance} is bound to {name}, which is not among the key \
         pairs that the service lists. Its answers are incomplete, so nothing is planned; try again"
    )]
    Contradiction {
        /// Where.
        region: Region,
        /// Which instance.
        instance: InstanceId,
        /// Which pair.
        name: CloudName,
    },
    /// The region's quota of pairs would be exceeded (R5).
    #[error(
        "region {region}: {present} key pairs are there and {new} more would be made, but ECS \
         keeps at most {maximum} for an account and region. Delete pairs that nobody uses, or \
         declare fewer"
    )]
    QuotaExceeded {
        /// Where.
        region: Region,
        /// Pairs that are there, foreign ones included.
        present: usize,
        /// Pairs that the plan makes.
        new: usize,
        /// The service's limit.
        maximum: usize,
    },
    /// A selector finds nothing.
    #[error(
        "{origin}: the Binding {binding} selects nothing in {region}: no instance has the tags {}. \
         A lost permission looks just like that, so nothing is planned. Correct the tags, or say \
         `allowEmpty: true` if it may be so", .tags.join(", ")
    )]
    SelectsNothing {
        /// Which binding.
        binding: BindingName,
        /// Where.
        region: Region,
        /// The tags that it selects by, each as `key=value`.
        tags: Vec<String>,
        /// Where it was written.
        origin: Origin,
    },
    /// A target matches no object.
    #[error(
        "the target `{}` matches nothing. Targets are addresses with * and ?, such as \
         binding/web-fleet, instance/cn-hangzhou/i-bp1a0001, pair/*/web or key/web", visible::line(.pattern)
    )]
    NothingTargeted {
        /// Which target.
        pattern: String,
    },
    /// The steps have no order: a mistake of the planner, never of the user.
    #[error("the steps of the plan wait for one another ({causes}); please report this")]
    StepsInACircle {
        /// The causes of these steps, in their order.
        causes: String,
    },
}

impl PlanError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> PlanErrorCode {
        match self {
            Self::ManyMissing { .. } => PlanErrorCode::ManyMissing,
            Self::Contradiction { .. } => PlanErrorCode::Contradiction,
            Self::QuotaExceeded { .. } => PlanErrorCode::QuotaExceeded,
            Self::SelectsNothing { .. } => PlanErrorCode::SelectsNothing,
            Self::NothingTargeted { .. } => PlanErrorCode::NothingTargeted,
            Self::StepsInACircle { .. } => PlanErrorCode::StepsInACircle,
        }
    }
}

codes! {
    /// The code of a [`PlanError`].
    pub enum PlanErrorCode {
        ManyMissing = "manyMissing" {
            meaning: "More than a tenth of the recorded instances of a region were not found.",
            why: "A lost permission looks just like that, and a plan would forget what is still \
                  there (L1, L9).",
            fix: "Check the permissions of this account. If the instances are really gone, plan with \
                  `--accept-missing`.",
        }
        Contradiction = "contradiction" {
            meaning: "An instance is bound to a recorded pair that the service does not list.",
            why: "Its answers contradict one another, so they are incomplete, and absence in them is \
                  no evidence.",
            fix: "Plan again. If it stays so, check that this account may list key pairs.",
        }
        QuotaExceeded = "quotaExceeded" {
            meaning: "The plan would exceed the quota of key pairs in a region.",
            why: "ECS keeps at most 500 pairs for an account and region (R5). The plan counts the \
                  peak during the run, with foreign pairs and kept generations.",
            fix: "Delete pairs that are not used, or declare fewer.",
        }
        SelectsNothing = "selectsNothing" {
            meaning: "The selector of a Binding finds no instance.",
            why: "A lost permission looks just like that, and a plan would let all instances of the \
                  Binding go.",
            fix: "Correct the tags, or set `allowEmpty: true` in the Binding.",
        }
        NothingTargeted = "nothingTargeted" {
            meaning: "A target of the command line matches nothing.",
            why: "A mistyped target must not look like a plan without changes.",
            fix: "Give an address with * and ?, such as `binding/web-fleet` or `pair/*/web`.",
        }
        StepsInACircle = "stepsInACircle" {
            meaning: "The steps of the plan wait for one another.",
            why: "This is a mistake of keyform. Nothing was done.",
            fix: "Please report it, with the message.",
        }
    }
}
