//! A file that a person wrote, and which lines of it may be shown.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::keys::holds_private_key;

use super::credential::has_credential;

/// A file that a person wrote, as it was read.
///
/// Its `Debug` has no text of it: a private key may have been pasted into it (L4).
#[derive(PartialEq, Eq)]
pub struct Source {
    /// Relative to the project directory, with `/` between its parts.
    pub path: String,
    /// Its text, without a byte order mark and with line feeds only.
    pub text: String,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Source {
    /// Those of the lines with these numbers, from 1, that may be shown (L4).
    ///
    /// One may not if a private key is anywhere in the file, if the line has a credential or goes on
    /// with one, or if no `apiVersion: keyform/` stands above it in its document: the document may
    /// then be of another program. This looks at lines and not at YAML, since it also has to answer
    /// where YAML ends in a syntax error.
    #[must_use]
    pub fn lines_to_show(&self, numbers: &BTreeSet<usize>) -> BTreeMap<usize, &str> {
        let Some(&last) = numbers.last() else { return BTreeMap::new() };
        if holds_private_key(&self.text) {
            return BTreeMap::new();
        }
        let mut document = Document::default();
        let lines = (1..=last).zip(self.text.lines());
        let shown = lines.filter(|(number, line)| {
            document.read(line);
            numbers.contains(number) && document.is_ours && document.credential.is_none()
        });
        shown.collect()
    }
}

/// What is known of a document after some of its lines.
#[derive(Debug, Default)]
struct Document {
    /// Whether it is written in the flow style, as JSON is: its first sign is a brace.
    is_flow: Option<bool>,
    is_ours: bool,
    credential: Option<Credential>,
}

/// How far the credential goes that the last line has or belongs to.
#[derive(Debug)]
enum Credential {
    /// As far as lines are indented more than this.
    Above(usize),
    /// To the end of the document: indentation says nothing in the flow style, nor within quotes.
    Rest,
}

impl Document {
    fn read(&mut self, line: &str) {
        if is_boundary(line) {
            *self = Self::default();
        }
        let content = line.strip_prefix("---").unwrap_or(line).trim_start();
        if content.is_empty() || content.starts_with(['#', '%']) && self.is_flow.is_none() {
            return;
        }
        let is_flow = *self.is_flow.get_or_insert(content.starts_with('{'));
        self.is_ours |= if is_flow {
            content.match_indices("apiVersion").any(|(at, _)| is_head(&content[at..]))
        } else {
            line.starts_with(content) && is_head(content.trim_start_matches(['"', '\'']))
        };
        let indentation = line.len() - content.len();
        let goes_on = match self.credential {
            // A list may stand below its field with no more indentation.
            Some(Credential::Above(above)) => {
                indentation > above || indentation == above && content.starts_with('-')
            }
            Some(Credential::Rest) => true,
            None => false,
        };
        if goes_on {
            return;
        }
        let is_open = |quote: char| content.matches(quote).count() % 2 == 1;
        self.credential = has_credential(content).then(|| {
            let has_no_end = is_flow || is_open('"') || is_open('\'');
            if has_no_end { Credential::Rest } else { Credential::Above(indentation) }
        });
    }
}

/// Whether a line begins or ends a document.
fn is_boundary(line: &str) -> bool {
    let after = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
    after.is_some_and(|after| after.is_empty() || after.starts_with([' ', '\t']))
}

/// Whether a text begins with the field that makes a document one of ours.
fn is_head(text: &str) -> bool {
    let after = text.strip_prefix("apiVersion").map(|after| after.trim_start_matches(['"', '\'']));
    let value = after.and_then(|after| after.trim_start().strip_prefix(':'));
    value.is_some_and(|value| {
        value.trim_start_matches([' ', '\t', '"', '\'']).starts_with("keyform/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text that are shown, by their numbers.
    fn shown(text: &str) -> Vec<usize> {
        let source = Source { path: "web.yaml".to_owned(), text: text.to_owned() };
        let numbers = (0..=text.lines().count() + 1).collect();
        source.lines_to_show(&numbers).into_keys().collect()
    }

    #[test]
    fn lines_are_shown_from_the_head_of_a_manifest_to_the_end_of_its_document() {
        for (text, lines) in [
            ("apiVersion: keyform/v1\nkind: KeyPair\n", &[1, 2][..]),
            ("# ours\n\n--- # first\n\"apiVersion\" : 'keyform/v2'\nkind: KeyPair\n", &[4, 5]),
            ("kind: KeyPair\napiVersion: keyform/v1\nspec: {}\n", &[2, 3]),
            (
                "{\n  \"kind\": \"KeyPair\",\n  \"apiVersion\": \"keyform/v1\",\n  \"spec\": [}\n",
                &[3, 4],
            ),
            ("--- {apiVersion: keyform/v1}\n", &[1]),
            ("databasePassword: x\n", &[]),
            ("apiVersion: v1\ndata:\n  a: |\n    apiVersion: keyform/v1\n    b: 1\n", &[]),
            ("apiVersion: keyform/v1\n---\nhost: db\n...\nhost: db\n", &[1]),
            ("apiVersion: keyform/v1\n--- x\nhost: db\n", &[1]),
            ("xapiVersion: keyform/v1\napiVersions: keyform/v1\napiVersion: keyform\n", &[]),
        ] {
            assert_eq!(shown(text), lines, "{text}");
        }
    }

    #[test]
    fn no_line_is_shown_that_has_a_credential_or_belongs_to_one() {
        for (spec, lines) in [
            ("spec: {bits: 1, accessKeySecret: \"k7V\nand more\n", &[1][..]),
            ("spec:\n  password:\n  - k7V\n  tags: {}\n", &[1, 2, 5]),
            ("spec:\n  bits: 1\n  password:\n    k7V\n\n    more\n  tags: {}\n", &[1, 2, 3, 8]),
            ("spec:\n  \"secretKey\": |-\n    k7V\n  securityToken: x\n  tags: {}\n", &[1, 2, 6]),
            ("spec:\n- token: x\n  bits: 1\n", &[1, 2]),
            ("spec: {endpoint: https://me:k7V@ecs.example}\nkind: x\n", &[1, 3]),
            ("spec: {privateKeys: {directory: keys}}\n", &[1, 2]),
        ] {
            assert_eq!(shown(&format!("apiVersion: keyform/v1\n{spec}")), lines, "{spec}");
        }
    }
}
