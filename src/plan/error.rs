//! Why there is no plan.

use crate::{
    manifest::Origin,
    model::{BindingName, CloudName, InstanceId, Region},
};

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    Quota {
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
         binding/web-fleet, instance/cn-hangzhou/i-bp1a0001, pair/*/web or key/web", .0.escape_default()
    )]
    NothingTargeted(String),
    /// The steps have no order: a mistake of the planner, never of the user.
    #[error("the steps of the plan wait for one another ({0}); please report this")]
    Cycle(String),
}
