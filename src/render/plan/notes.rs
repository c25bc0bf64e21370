//! What a plan does not do, and why: one row for each reason.

use std::{fmt::Write as _, path::Path};

use crate::{
    model::CloudName,
    plan::{Note, NoteKind},
    render::{paint::Paint, place, words},
    visible,
};

/// More objects than this with one reason are counted.
const OBJECTS_LISTED: usize = 8;

/// What may have cost a login already, which stands before all else.
#[must_use]
pub fn first(notes: &[Note], project: &Path) -> String {
    let mut out = String::new();
    let first: Vec<_> = notes.iter().filter(|note| note.stands_first()).collect();
    write_all(&mut out, &first, (Paint::Danger, "Warning, private keys are gone:"), project);
    out
}

/// The notes of one kind, but for those that stand first.
pub(super) fn write(
    out: &mut String,
    notes: &[Note],
    (kind, title): (NoteKind, &str),
    project: &Path,
) {
    let of_kind = |note: &&Note| note.kind == kind && !note.stands_first();
    let notes: Vec<_> = notes.iter().filter(of_kind).collect();
    let paint = if kind == NoteKind::Blocked { Paint::Danger } else { Paint::Title };
    write_all(out, &notes, (paint, title), project);
}

/// The private keys that only apply looks at.
pub(super) fn write_not_looked_at(out: &mut String, names: &[CloudName]) {
    if names.is_empty() {
        return;
    }
    let listed: Vec<_> = names.iter().take(OBJECTS_LISTED).map(CloudName::as_str).collect();
    let more = names.len().saturating_sub(OBJECTS_LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let _ = writeln!(
        out,
        "Private keys not looked at: {}{more}. Programs keep them, which only apply runs, before its \
         first write.\n",
        visible::line(&listed.join(", "))
    );
}

/// What a state that is overwritten promises less than one that is not.
pub(super) fn write_overwritten(out: &mut String, host: Option<&str>) {
    let Some(host) = host else { return };
    let _ = writeln!(
        out,
        "The state is one document at {}, which is overwritten with each record: keyform relies on the \
         lock of that server.\n",
        visible::line(host)
    );
}

fn write_all(out: &mut String, notes: &[&Note], (paint, title): (Paint, &str), project: &Path) {
    let mut reasons: Vec<(String, Vec<&Note>)> = Vec::new();
    for note in notes {
        let text = note.reason.to_string();
        match reasons.iter_mut().find(|(reason, _)| *reason == text) {
            Some((_, notes)) => notes.push(note),
            None => reasons.push((text, vec![note])),
        }
    }
    if reasons.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", paint.on(title));
    for (reason, notes) in reasons {
        for note in notes.iter().take(OBJECTS_LISTED) {
            let place = note
                .origin
                .as_ref()
                .map(|origin| Paint::Faint.on(format!("  {}", place::origin(project, origin))));
            let _ = writeln!(
                out,
                "  {}{}",
                visible::line(&note.address.to_string()),
                place.unwrap_or_default()
            );
        }
        if let Some(more) = notes.len().checked_sub(OBJECTS_LISTED).filter(|more| *more > 0) {
            let text = format!("… and {}", words::count(more, "more object"));
            let _ = writeln!(out, "  {}", Paint::Faint.on(text));
        }
        let _ = writeln!(out, "      {}", visible::line(&reason));
    }
    out.push('\n');
}
