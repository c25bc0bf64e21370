//! Plans of a few steps, for the tests of what shows plans and runs.

use std::collections::BTreeMap;

use super::{Action, Cause, Fleet, PLAN_FORMAT, Plan, Step, Summary};
use crate::model::ProjectName;

/// A plan with these steps and fleets, and nothing else in it.
pub(crate) fn plan(actions: impl IntoIterator<Item = Action>, fleets: Vec<Fleet>) -> Plan {
    let step = |action| Step {
        action,
        cause: Cause::Declared,
        expectations: Vec::new(),
        after: Vec::new(),
        origin: None,
    };
    Plan {
        format: PLAN_FORMAT.to_owned(),
        digest: String::new(),
        checksum: String::new(),
        project: ProjectName::new("acme"),
        lineage: None,
        serial: 0,
        targets: Vec::new(),
        program: String::new(),
        summary: Summary::default(),
        steps: actions.into_iter().map(step).collect(),
        limits: Vec::new(),
        fleets,
        notes: Vec::new(),
        changes: Vec::new(),
        keys_not_looked_at: Vec::new(),
        state_overwritten_at: None,
        instance_names: BTreeMap::new(),
    }
}
