//! Diagnostics as text for people and as JSON for programs.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Renderer, Snippet, renderer::DEFAULT_TERM_WIDTH,
};
use serde_json::{Value, json};

use super::place;
use crate::{
    diagnostic::{Diagnostic, Place, Severity, Source},
    visible,
};

/// How many problems the text shows; the rest is counted.
const SHOWN_MAX: usize = 50;
/// The most characters of a source line that is shown, before it is fitted to the terminal.
const LINE_MAX: usize = 2_000;

/// The text that people read: the look of rustc, with the code that `keyform explain` explains,
/// and a blank line after each problem. Places are told by the path of the project's directory.
///
/// With `colour`, it has ANSI escapes. Nothing that a source holds reaches the terminal as a
/// control character, and no line of a source that holds a private key is shown.
#[must_use]
pub fn text(diagnostics: &[Diagnostic], project: &Path, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(DEFAULT_TERM_WIDTH);
    let mut text = String::new();
    let first = &diagnostics[..diagnostics.len().min(SHOWN_MAX)];
    let lines = Lines::of(first, diagnostics);
    for diagnostic in first {
        text.push_str(&renderer.render(&[group(diagnostic, project, &lines)]));
        text.push_str("\n\n");
    }
    if let Some(more) = diagnostics.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
        text.push_str(&format!("and {more} more\n"));
    }
    text
}

/// What `validate --format json` prints, and every command that reads manifests if they have
/// problems.
#[must_use]
pub fn document(diagnostics: &[Diagnostic]) -> Value {
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    json!({
        "format": "keyform.validate/1",
        "valid": errors == 0,
        "errorCount": errors,
        "warningCount": warnings,
        "diagnostics": json(diagnostics),
    })
}

/// An array with an object for each problem. It has no source lines.
#[must_use]
pub fn json(diagnostics: &[Diagnostic]) -> Value {
    diagnostics.iter().map(json_of).collect()
}

fn json_of(diagnostic: &Diagnostic) -> Value {
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .map(|(place, label)| json!({"place": place_json(place), "label": label}))
        .collect();
    json!({
        "code": diagnostic.code,
        "field": diagnostic.details.field,
        "found": diagnostic.details.found,
        "expected": diagnostic.details.expected,
        "suggestion": diagnostic.details.suggestion,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "place": diagnostic.place.as_ref().map(place_json),
        "label": diagnostic.label,
        "related": related,
        "help": diagnostic.help,
    })
}

fn place_json(place: &Place) -> Value {
    json!({
        "file": place.source.path,
        "line": place.line,
        "column": place.column,
        "length": place.length,
    })
}

/// The lines that are shown, by their files. Each file is looked at once, since it may be long.
struct Lines<'a>(BTreeMap<(*const Source, usize), &'a str>);

impl<'a> Lines<'a> {
    /// The lines of these problems, without those that may have a secret: no problem shows them.
    fn of(shown: &'a [Diagnostic], all: &'a [Diagnostic]) -> Self {
        let withheld = all.iter().filter(|diagnostic| diagnostic.is_withheld);
        let withheld = withheld.filter_map(|diagnostic| diagnostic.place.as_ref());
        let withheld: BTreeSet<_> =
            withheld.map(|place| (place.source.path.as_str(), place.line)).collect();
        let mut wanted: BTreeMap<*const Source, (&Source, BTreeSet<usize>)> = BTreeMap::new();
        for diagnostic in shown {
            let related = diagnostic.related.iter().map(|(place, _)| place);
            for place in diagnostic.place.iter().chain(related) {
                let file = wanted.entry(Arc::as_ptr(&place.source));
                file.or_insert((&place.source, BTreeSet::new())).1.insert(place.line);
            }
        }
        let lines = wanted.into_iter().flat_map(|(file, (source, numbers))| {
            source
                .lines_to_show(&numbers)
                .into_iter()
                .map(move |(line, text)| (file, source, line, text))
        });
        let lines =
            lines.filter(|(_, source, line, _)| !withheld.contains(&(source.path.as_str(), *line)));
        Self(lines.map(|(file, _, line, text)| ((file, line), text)).collect())
    }

    /// The line of a place, cut off, unless it must not be shown or the place stands too far to the
    /// right.
    fn of_place(&self, place: &Place) -> Option<String> {
        if place.column > LINE_MAX {
            return None;
        }
        let line = self.0.get(&(Arc::as_ptr(&place.source), place.line))?;
        Some(line.chars().take(LINE_MAX).collect())
    }
}

fn group(diagnostic: &Diagnostic, project: &Path, lines: &Lines<'_>) -> Group<'static> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(shown(&diagnostic.message)).id(diagnostic.code.as_str());
    let mut group = Group::with_title(title);
    if let Some(place) = &diagnostic.place {
        let line = lines.of_place(place);
        let path = place::file(project, &place.source.path);
        group = shown_place(group, (path, place), line, &diagnostic.label, AnnotationKind::Primary);
    }
    for (place, label) in &diagnostic.related {
        let line = lines.of_place(place);
        let path = place::file(project, &place.source.path);
        group = shown_place(group, (path, place), line, label, AnnotationKind::Context);
    }
    for line in diagnostic.help.lines() {
        group = group.element(Level::HELP.message(shown(line)));
    }
    group
}

/// Adds the line of a place, underlined; its position alone where the line must not be shown.
fn shown_place(
    group: Group<'static>,
    (path, place): (String, &Place),
    line: Option<String>,
    label: &str,
    kind: AnnotationKind,
) -> Group<'static> {
    let Some(line) = line.as_deref() else {
        let origin = Origin::path(path).line(place.line).char_column(place.column);
        let label = (!label.is_empty()).then(|| Level::NOTE.message(shown(label)));
        return group.element(origin).elements(label);
    };
    // What is written out is longer, so that the place is found part by part.
    let (start, end) =
        (byte_of(line, place.column - 1), byte_of(line, place.column - 1 + place.length));
    let (before, at, after) =
        (shown(&line[..start]), shown(&line[start..end]), shown(&line[end..]));
    let label = (!label.is_empty()).then(|| shown(label));
    let annotation = kind.span(before.len()..before.len() + at.len()).label(label);
    let source = before + &at + &after;
    let snippet = Snippet::source(source).line_start(place.line).path(path).annotation(annotation);
    group.element(snippet)
}

/// A text of one line as it may be shown. A tab is a blank.
fn shown(text: &str) -> String {
    visible::line(&text.replace('\t', " ")).into_owned()
}

/// Where a character of a line begins; the line's end if it has fewer.
fn byte_of(line: &str, characters: usize) -> usize {
    line.char_indices().nth(characters).map_or(line.len(), |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::{DocumentCode, FieldCode, Source};

    const CODE: FieldCode = FieldCode::DuplicateItem;

    /// A manifest with these lines after its first.
    fn source(text: &str) -> Arc<Source> {
        let text = format!("apiVersion: keyform/v1\n{text}");
        Arc::new(Source { path: "web.yaml".to_owned(), text })
    }

    /// A place in a line after the first.
    fn at(source: &Arc<Source>, line: usize, column: usize, length: usize) -> Place {
        Place { source: Arc::clone(source), line: line + 1, column, length }
    }

    #[test]
    fn a_problem_shows_its_line_its_other_places_and_what_to_do() {
        let source = source("name: web\n\nname: wéb # again\n");
        let problem = Diagnostic::error(CODE, at(&source, 3, 7, 3), "two are called so")
            .label("again here")
            .related(at(&source, 1, 7, 3), "first here")
            .help("rename one\nor merge them");
        insta::assert_snapshot!(text(&[problem], Path::new("."), false));
    }

    #[test]
    fn json_has_everything_but_the_source() {
        let source = source("name: web\n");
        let problems = [
            Diagnostic::error(CODE, at(&source, 1, 7, 3), "wrong")
                .field("spec.x")
                .found("web")
                .expected(["one", "two"])
                .suggestion(Some("two"))
                .related(at(&source, 1, 1, 4), "see"),
            Diagnostic::without_place(DocumentCode::ProjectMissing, "no file").warning(),
        ];
        insta::assert_snapshot!(serde_json::to_string_pretty(&json(&problems)).unwrap());
    }

    #[test]
    fn no_control_character_and_no_override_of_direction_reaches_the_terminal() {
        let source = source("a: \u{1b}[2J\u{202e}x\tb\n");
        let problem = Diagnostic::error(CODE, at(&source, 1, 4, 1), "m\u{1b}").help("h\u{7}");
        let shown = text(&[problem], Path::new("."), false);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        assert!(!shown.contains('\u{202e}'), "{shown:?}");
    }

    #[test]
    fn a_source_with_a_private_key_shows_no_line_but_its_position() {
        for key in ["-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBg", "\nb3BlbnNzaC1rZXktdjEAMIIE"] {
            let source = source(&format!("a: 1\n{key}\n"));
            let problem = Diagnostic::error(CODE, at(&source, 3, 2, 1), "wrong").label("here");
            let shown = text(&[problem], Path::new("."), false);
            assert!(shown.contains("web.yaml:4:2") && !shown.contains("MIIE"), "{shown}");
        }
    }

    #[test]
    fn a_line_with_a_secret_is_shown_beside_no_problem() {
        let source = source("a: hunter2\nb: 1\n");
        let secret = Diagnostic::error(CODE, at(&source, 1, 4, 7), "a secret").withheld();
        let other = Diagnostic::error(CODE, at(&source, 2, 1, 1), "other");
        let other = other.related(at(&source, 1, 1, 1), "here");
        let shown = text(&[other, secret], Path::new("."), false);
        assert!(shown.contains("b: 1") && !shown.contains("hunter2"), "{shown}");
        assert_eq!(shown.matches("web.yaml:2:").count(), 2, "{shown}");
    }

    #[test]
    fn long_lines_and_many_problems_do_not_flood() {
        let source = source(&format!("a: {}\n", "x".repeat(1_000_000)));
        let problem = |column| Diagnostic::error(CODE, at(&source, 1, column, 1), "wrong");
        for column in [1, 1_500, 900_000] {
            let shown = text(&[problem(column)], Path::new("."), false);
            assert!(shown.len() < 1_000, "column {column}: {} bytes", shown.len());
            assert!(shown.contains(&format!("web.yaml:2:{column}\n")), "{shown}");
        }
        let many: Vec<_> = (0..62).map(|_| problem(1)).collect();
        let shown = text(&many, Path::new("."), false);
        assert_eq!(shown.matches("error[duplicateItem]: wrong").count(), 50);
        assert!(shown.ends_with("\nand 12 more\n"), "{shown}");
    }

    #[test]
    fn a_place_outside_of_its_source_is_told_all_the_same() {
        let source = source("a: 1\n");
        for (line, column) in [(1, 99), (7, 1)] {
            let shown = text(
                &[Diagnostic::error(CODE, at(&source, line, column, 4), "wrong")],
                Path::new("."),
                false,
            );
            assert!(shown.contains("error[duplicateItem]: wrong"), "{shown}");
        }
    }
}
