//! The catalogue of codes as text for people and as a page of the documentation.

use std::fmt::Write as _;

use super::Area;
use crate::code::Explanation;

/// How wide the text is.
const WIDTH: usize = 100;

/// One code with its meaning, why keyform says it, and what to do.
#[must_use]
pub fn one(explanation: &Explanation) -> String {
    let Explanation { code, meaning, why, fix } = explanation;
    let mut text = format!("{code}\n");
    for (label, sentence) in [("meaning", meaning), ("why", why), ("fix", fix)] {
        let lines = wrapped(sentence, WIDTH - 11);
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let _ = writeln!(text, "  {label:<7}  {line}");
        }
    }
    text
}

/// All codes by area, a line each.
#[must_use]
pub fn list(areas: &[Area]) -> String {
    let codes = || areas.iter().flat_map(|area| &area.codes);
    let width = codes().map(|explanation| explanation.code.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (index, area) in areas.iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{}", area.title);
        for Explanation { code, meaning, .. } in &area.codes {
            let _ = writeln!(text, "  {code:<width$}  {meaning}");
        }
    }
    text
}

/// The page of the documentation, in Markdown.
#[must_use]
pub fn page(areas: &[Area]) -> String {
    let mut text = String::from(
        "# Codes\n\n\
         Each thing that keyform says about an object, a manifest or a failure has a code. \
         Sentences may be reworded; a code stays. JSON carries it as `code`, and `keyform explain \
         CODE` prints what stands here. This page is generated: do not edit it.\n",
    );
    for area in areas {
        let _ = write!(text, "\n## {}\n", area.title);
        for Explanation { code, meaning, why, fix } in &area.codes {
            let _ = write!(text, "\n### `{code}`\n\n{meaning}\n\n- Why: {why}\n- Fix: {fix}\n");
        }
    }
    text
}

/// The words of a sentence in lines of at most so many characters.
fn wrapped(sentence: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in sentence.split(' ') {
        let Some(line) = lines.last_mut() else { continue };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
