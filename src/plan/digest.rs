//! The digest: what names a plan and its run.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::document::{PLAN_FORMAT, Plan};

/// The digest over format, project, lineage, fleets and steps with parameters, causes and
/// expectations.
///
/// Canonical JSON: the keys of every object sorted, no blanks. Files, lines, the serial, the
/// program's version, summaries and notes are not in it: they do not change what is done.
pub(super) fn compute(plan: &Plan) -> String {
    let steps: Vec<Value> = plan
        .steps
        .iter()
        .map(|step| {
            json!({
                "action": step.action,
                "cause": step.cause,
                "expectations": step.expectations,
                "after": step.after,
            })
        })
        .collect();
    let content = json!({
        "format": PLAN_FORMAT,
        "project": plan.project,
        "lineage": plan.lineage,
        "fleets": plan.fleets,
        "limits": plan.limits,
        "steps": steps,
    });
    // serde_json's map is sorted, so that its text is canonical.
    Sha256::digest(content.to_string().as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
}
