//! A plan as text for a tired reviewer: private keys that are gone and what is blocked first, then what changes object by object,
//! then the blast radius.

mod bindings;
mod notes;
mod pairs;
mod summary;

use std::{fmt::Write as _, path::Path};

use super::paint::Paint;
use crate::{
    plan::{Note, NoteKind, Plan},
    visible,
};

pub use notes::first;

/// The plan as text; places are told by the path of the project's directory.
#[must_use]
pub fn text(plan: &Plan, project: &Path) -> String {
    let notes = &plan.notes;
    let mut out = notes::first(notes, project);
    let write_notes =
        |out: &mut String, kind, title| notes::write(out, notes, (kind, title), project);
    write_notes(&mut out, NoteKind::Blocked, "Blocked, until a person fixes it:");
    write_notes(&mut out, NoteKind::Drift, "Changed by others since the last run:");
    if plan.is_empty() {
        let is_harmless = |note: &Note| {
            matches!(note.kind, NoteKind::Warning | NoteKind::Skipped) && !note.stands_first()
        };
        let all = if notes.iter().all(is_harmless) {
            "Nothing to do: everything is as it should be."
        } else {
            "Nothing to do now."
        };
        let _ = writeln!(out, "{}", Paint::Title.on(all));
    } else {
        let short = plan.digest.get(..12).unwrap_or(&plan.digest);
        let title = format!("Plan {short} for the project {}", plan.project);
        let _ = writeln!(out, "{}", Paint::Title.on(title));
        if !plan.targets.is_empty() {
            let _ = writeln!(
                out,
                "only {}, with what that needs",
                visible::line(&plan.targets.join(", "))
            );
        }
        out.push('\n');
        pairs::write(&mut out, plan, project);
        bindings::write(&mut out, plan, project);
        pairs::write_last(&mut out, plan, project);
    }
    let gap = if plan.is_empty() && !plan.notes.is_empty() { "\n" } else { "" };
    out.push_str(gap);
    write_notes(&mut out, NoteKind::Due, "Due for rotation:");
    write_notes(&mut out, NoteKind::Waiting, "Waiting:");
    write_notes(&mut out, NoteKind::Skipped, "Passed over, although a selector finds it:");
    write_notes(&mut out, NoteKind::Warning, "Worth knowing:");
    notes::write_not_looked_at(&mut out, &plan.keys_not_looked_at);
    notes::write_overwritten(&mut out, plan.state_overwritten_at.as_deref());
    if !plan.is_empty() {
        summary::write(&mut out, plan);
        out.push('\n');
    }
    if !plan.is_empty() || plan.is_blocked() {
        summary::write_last(&mut out, &plan.summary);
    }
    out
}

/// The plan as its document, in readable JSON.
#[must_use]
pub fn json(plan: &Plan) -> String {
    let mut text = serde_json::to_string_pretty(plan)
        .unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"));
    text.push('\n');
    visible::json(&text).into_owned()
}
