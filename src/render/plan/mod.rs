//! A plan as text for a tired reviewer: what is blocked first, then what changes object by object,
//! then the blast radius.

mod bindings;
mod pairs;
mod summary;

use std::fmt::Write as _;

use super::paint::Paint;
use crate::plan::{NoteKind, Plan};

/// The plan as text.
#[must_use]
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    notes(&mut out, plan, NoteKind::Blocked, "Blocked, until somebody mends it:");
    if plan.is_empty() {
        let all = if plan.notes.iter().all(|note| note.kind == NoteKind::Warning) {
            "Nothing to do: everything is as it should be."
        } else {
            "Nothing to do now."
        };
        let _ = writeln!(out, "{}", Paint::Title.on(all));
    } else {
        let short = plan.digest.get(..12).unwrap_or(&plan.digest);
        let title = format!("Plan {short} for the project {}", plan.project);
        let _ = writeln!(out, "{}\n", Paint::Title.on(title));
        pairs::write(&mut out, plan);
        bindings::write(&mut out, plan);
        pairs::write_last(&mut out, plan);
    }
    let gap = if plan.is_empty() && !plan.notes.is_empty() { "\n" } else { "" };
    out.push_str(gap);
    notes(&mut out, plan, NoteKind::Waiting, "Waiting:");
    notes(&mut out, plan, NoteKind::Warning, "Worth knowing:");
    if !plan.is_empty() {
        summary::write(&mut out, &plan.summary);
    }
    out
}

/// The plan as its document, in readable JSON.
#[must_use]
pub fn json(plan: &Plan) -> String {
    let mut text = serde_json::to_string_pretty(plan)
        .unwrap_or_else(|error| format!("{{\"error\": \"{error}\"}}"));
    text.push('\n');
    text
}

fn notes(out: &mut String, plan: &Plan, kind: NoteKind, title: &str) {
    let mut notes = plan.notes.iter().filter(|note| note.kind == kind).peekable();
    if notes.peek().is_none() {
        return;
    }
    let paint = if kind == NoteKind::Blocked { Paint::Danger } else { Paint::Title };
    let _ = writeln!(out, "{}", paint.on(title));
    for note in notes {
        let place = note.origin.as_ref().map(|origin| Paint::Faint.on(format!("  {origin}")));
        let _ = writeln!(out, "  {}{}", note.address, place.unwrap_or_default());
        let _ = writeln!(out, "      {}", note.reason);
    }
    out.push('\n');
}
