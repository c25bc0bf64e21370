//! How a text that somebody wrote is repeated in a message.

use crate::{keys::holds_private_key, visible};

/// The most characters of a written text that a message repeats.
const SHOWN_MAX: usize = 60;
/// The most characters of a sentence that another part made of a written text.
const SENTENCE_MAX: usize = 240;

/// The text between backticks: escaped, cut off, and never part of a private key.
pub(super) fn shown(text: &str) -> String {
    if holds_private_key(text) {
        return "(a private key, not shown)".to_owned();
    }
    let begin: String = text.chars().take(SHOWN_MAX).collect();
    let rest = if text.chars().nth(SHOWN_MAX).is_some() { "…" } else { "" };
    format!("`{}{rest}`", visible::line(&begin))
}

/// A sentence about a written text, cut off, unless it has part of a private key.
pub(super) fn sentence(text: &str) -> String {
    if holds_private_key(text) {
        return "it is a private key, which is not shown".to_owned();
    }
    match text.char_indices().nth(SENTENCE_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Names in a sentence: `a`, `b` and `c`.
pub(super) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| shown(name)).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_text_is_short_escaped_and_no_key() {
        assert_eq!(shown("a\u{1b}[31mé\n"), "`a\\u{1b}[31mé\\n`");
        assert_eq!(shown(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
        for key in ["-----BEGIN RSA PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"] {
            assert_eq!(shown(key), "(a private key, not shown)");
            assert_eq!(sentence(key), "it is a private key, which is not shown");
        }
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
