//! The rows, counted.

use schemars::JsonSchema;
use serde::Serialize;

use super::rows::{EffectState, InstanceRow, PairRow, ProofState};

/// How many rows there are, and how they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Key pairs.
    pub pairs: usize,
    /// Key pairs whose rotation is due.
    pub rotations_due: usize,
    /// Instances.
    pub instances: usize,
    /// Instances that accept what they are bound to.
    pub in_effect: usize,
    /// Instances that accept it after their next restart.
    pub pending: usize,
    /// Instances that were found bound, and are taken for in effect.
    pub assumed: usize,
    /// Instances that are not bound as recorded.
    pub changed: usize,
    /// Instances with deferred work.
    pub deferred: usize,
    /// Instances whose login is not verified yet, although their binding asks for that.
    pub unproven: usize,
    /// Instances that were seen, and are not Running.
    pub down: usize,
    /// Instances that were not seen.
    pub not_seen: usize,
}

impl Totals {
    /// Counts rows.
    #[must_use]
    pub fn of(pairs: &[PairRow], instances: &[InstanceRow]) -> Self {
        let count = |is_so: &dyn Fn(&InstanceRow) -> bool| {
            instances.iter().filter(|row| is_so(row)).count()
        };
        let effect = |effect| count(&|row| row.effect == Some(effect));
        Self {
            pairs: pairs.len(),
            rotations_due: pairs.iter().filter(|row| row.is_due()).count(),
            instances: instances.len(),
            in_effect: effect(EffectState::InEffect),
            pending: effect(EffectState::Pending),
            assumed: effect(EffectState::Assumed),
            changed: effect(EffectState::Changed),
            deferred: count(&|row| row.deferred.is_some()),
            unproven: count(&|row| row.proof == Some(ProofState::Pending)),
            down: count(&InstanceRow::is_down),
            not_seen: count(&|row| row.status.is_none()),
        }
    }
}
