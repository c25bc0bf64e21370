//! What a plan is made of.

use super::targets::Targets;
use crate::{
    manifest::{Desired, ProjectLimits, StateChoice},
    model::{Lineage, Observed, ProjectName, Timestamp},
    state::Records,
};

/// What a plan is made of.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The project that plans.
    pub project: &'a ProjectName,
    /// What the manifests mean. `None` for `destroy`, which is a plan for nothing desired.
    pub desired: Option<&'a Desired>,
    /// What caps the project as a whole, also where nothing is desired.
    pub limits: &'a ProjectLimits,
    /// Where the state is kept.
    pub state: &'a StateChoice,
    /// The lineage of the state, if there is a state.
    pub lineage: Option<&'a Lineage>,
    /// The serial of the state; 0 without one.
    pub serial: u64,
    /// What is recorded.
    pub recorded: &'a Records,
    /// What the cloud and the vault say.
    pub observed: &'a Observed,
    /// The time now, for holds and for what somebody else has changed.
    pub now: Timestamp,
    /// Take it for granted that many recorded instances are gone.
    pub accept_missing: bool,
    /// What it is restricted to.
    pub targets: &'a Targets,
    /// Restart instances by power cuts.
    pub force_restarts: bool,
}
