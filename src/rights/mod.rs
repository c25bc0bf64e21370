//! Rights in RAM: which action and which resource each operation of ECS is checked for, and policies
//! as documents that are written, composed and judged.
//!
//! Source of all facts: the page "RAM authorization" of ECS ([`PAGE`]) and the page of each operation
//! ([`Right::page`]), as of June 2026. GetCallerIdentity of STS needs no right, and the page lists none
//! for DescribeRegions.

mod compose;
mod denial;
mod judge;
mod need;
mod policy;
mod report;
mod right;

pub use compose::{Composed, POLICY_LENGTH_MAX, Widened, compose};
pub use denial::Denial;
pub use judge::Verdict;
pub use need::{Need, Resource};
pub use policy::{Condition, Effect, OneOrMany, POLICY_VERSION, Policy, Statement};
pub use report::{Because, Purpose, RightsReport, Untold};
pub use right::{PAGE, RIGHTS, ResourceKind, Right, ToldBy, right};
