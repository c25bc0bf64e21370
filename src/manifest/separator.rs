//! A `---` that does not separate, and the marks that git leaves in a file: what comes of them to a
//! reader of YAML says nothing about the cause.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, DocumentCode, Source};

use super::tree::Mark;

/// The problems of a file that neither parser could say anything useful about; nothing else of it is
/// looked at then.
pub(super) fn misread(source: &Arc<Source>) -> Vec<Diagnostic> {
    let conflicts = conflicts(source);
    if conflicts.is_empty() { broken_separator(source).into_iter().collect() } else { conflicts }
}

/// The merge conflicts of a file.
fn conflicts(source: &Arc<Source>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut begin: Option<(usize, bool)> = None;
    for (index, line) in source.text.lines().enumerate() {
        if line.starts_with("<<<<<<< ") {
            begin = Some((index, false));
        } else if let Some((first, is_divided)) = begin {
            if line == "=======" {
                begin = Some((first, true));
            } else if line.starts_with(">>>>>>> ") && is_divided {
                found.push(conflict(source, first, index));
                begin = None;
            }
        }
    }
    found
}

fn conflict(source: &Arc<Source>, first: usize, last: usize) -> Diagnostic {
    let message =
        format!("{} has a merge conflict, lines {} to {}", source.path, first + 1, last + 1);
    Diagnostic::error(DocumentCode::MergeConflict, mark(first, 1, 7).place(source), message).help(
        "decide which of the two sides is meant, and remove the other and the lines that begin \
             with `<<<<<<<`, `=======` and `>>>>>>>`",
    )
}

/// The first `---` that is glued to something, if a manifest begins after it and another one before.
fn broken_separator(source: &Arc<Source>) -> Option<Diagnostic> {
    let mut has_head = false;
    for (index, line) in source.text.lines().enumerate() {
        if line.trim_end() == "---" {
            has_head = false;
            continue;
        }
        if has_head && let Some(column) = glued(line) {
            let is_content = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
            let mut below = source.text.lines().skip(index + 1).filter(|line| is_content(line));
            let begins_here = line[column..].trim_start_matches('-').trim_start();
            if is_head(begins_here) || below.next().is_some_and(is_head) {
                return Some(glued_separator(source, index, column));
            }
        }
        has_head |= is_head(line);
    }
    None
}

/// Where `---` begins in a line that has more than that.
fn glued(line: &str) -> Option<usize> {
    if line.starts_with('#') {
        return None;
    }
    let trimmed = line.trim_end();
    let end = trimmed.trim_end_matches('-');
    if trimmed.len() >= end.len() + 3 {
        return Some(end.len());
    }
    let begin = line.len() - line.trim_start().len();
    line[begin..].starts_with("---").then_some(begin)
}

/// Whether a line is one that manifests begin with.
fn is_head(line: &str) -> bool {
    ["apiVersion:", "kind:"].iter().any(|head| line.starts_with(head))
}

fn glued_separator(source: &Arc<Source>, index: usize, column: usize) -> Diagnostic {
    let before = source.text.lines().nth(index).unwrap_or_default();
    let column = before.get(..column).unwrap_or_default().chars().count() + 1;
    let message = "`---` separates two manifests only on a line of its own";
    Diagnostic::error(DocumentCode::SeparatorBroken, mark(index, column, 3).place(source), message)
        .label("not on a line of its own")
        .help("write `---` alone on a line, with nothing before or after it: a file that is joined to another one needs a line feed at its end")
}

/// A place by the index of its line, and its column from 1.
fn mark(index: usize, column: usize, length: u32) -> Mark {
    let position = |number| u32::try_from(number).unwrap_or(u32::MAX - 1);
    Mark { line: position(index + 1), column: position(column), length }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let source = Source { path: "web.yaml".to_owned(), text: text.to_owned() };
        let place = |problem: &Diagnostic| {
            problem.place.as_ref().map(|place| format!("{}:{}", place.line, place.column))
        };
        let told = |problem: Diagnostic| {
            format!("{} {}", problem.code.as_str(), place(&problem).unwrap_or_default())
        };
        misread(&Arc::new(source)).into_iter().map(told).collect()
    }

    #[test]
    fn a_separator_that_is_glued_to_something_is_found() {
        let head = "apiVersion: keyform/v1\nkind: KeyPair\n";
        for (text, expected) in [
            (format!("{head}spec: {{}}---\n{head}"), &["separatorBroken 3:9"][..]),
            (format!("{head}spec: {{}} ----\n# two\n\n{head}"), &["separatorBroken 3:10"]),
            (format!("{head}  ---\n{head}"), &["separatorBroken 3:3"]),
            (format!("{head}--- {head}"), &["separatorBroken 3:1"]),
            (format!("{head}---{head}"), &["separatorBroken 3:1"]),
            (format!("{head}---\n{head}"), &[]),
            (format!("{head}---  \n{head}"), &[]),
            (format!("# one ---\n{head}"), &[]),
            (format!("{head}metadata: {{name: a---}}\n---\n{head}"), &[]),
            (format!("{head}spec: a---\n"), &[]),
        ] {
            assert_eq!(told(&text), expected, "{text}");
        }
    }

    #[test]
    fn merge_conflicts_are_found_with_their_lines() {
        let conflict = "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n";
        assert_eq!(told(conflict), ["mergeConflict 1:1"]);
        assert_eq!(told(&format!("{conflict}b: 1\n{conflict}")).len(), 2);
        for text in ["<<<<<<< HEAD\na: 1\n", "a: |\n  <<<<<<< HEAD\n", "=======\n>>>>>>> other\n"] {
            assert_eq!(told(text), [] as [&str; 0], "{text}");
        }
    }
}
