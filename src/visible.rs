//! Texts from outside on their way to people: what a terminal would obey, and what no eye can see,
//! is written out.
//!
//! Names and tags come from the cloud, paths from the file system, sentences from other programs;
//! states and plans are files that others can write to. An escape sequence among them could clear
//! the screen, a line feed could forge a line of ours, a change of direction could turn a text
//! around. Every text that is shown goes through this module.

use std::{borrow::Cow, path::Path};

/// A text of one line: everything unseen is written out, line feeds and tabs too.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unseen)
}

/// A text that may have several lines: as [`line()`], but line feeds and tabs stay.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, is_unseen_in_lines)
}

/// A path as a text of one line.
#[must_use]
pub fn path(path: &Path) -> String {
    line(&path.display().to_string()).into_owned()
}

/// A JSON document with the same meaning, in which what is unseen is written as JSON writes it.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unseen_in_lines(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// A text of ours with its colours, the last thing before the terminal: what got past everything
/// else is written out, all but line feeds, tabs, and the sequences that set colours.
#[must_use]
pub fn painted(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        out.push_str(&lines(&rest[..at]));
        let end = at + colour_length(&rest[at..]).unwrap_or(1);
        if end > at + 1 {
            out.push_str(&rest[at..end]);
        } else {
            out.extend('\u{1b}'.escape_default());
        }
        rest = &rest[end..];
    }
    out.push_str(&lines(rest));
    Cow::Owned(out)
}

/// Whether a terminal does something else with a character than to show it, or shows nothing for
/// it: controls, changes of direction, and the characters of Unicode that have no width.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_unseen_in_lines(c: char) -> bool {
    is_unseen(c) && !matches!(c, '\n' | '\t')
}

/// Whether a text has nothing but printable ASCII and line feeds, as nearly all have.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..0x7f).contains(&byte) || byte == b'\n')
}

fn escaped(text: &str, is_escaped: fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_escaped(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// The length of the sequence at the beginning of a text, if it sets a colour.
fn colour_length(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters[end..].starts_with('m').then_some("\u{1b}[".len() + end + "m".len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unseen_is_written_out_and_all_else_stays() {
        let table = [
            ("web é 🔑 \\n", "web é 🔑 \\n"),
            ("a\u{1b}]0;title\u{7}b", "a\\u{1b}]0;title\\u{7}b"),
            ("a\r\n\tSummary", "a\\r\\n\\tSummary"),
            ("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}"),
            ("\u{202e}\u{2066}\u{200f}\u{61c}", "\\u{202e}\\u{2066}\\u{200f}\\u{61c}"),
            ("w\u{200b}e\u{ad}b\u{feff}", "w\\u{200b}e\\u{ad}b\\u{feff}"),
            ("\u{3164}\u{e0041}\u{2028}", "\\u{3164}\\u{e0041}\\u{2028}"),
        ];
        for (text, shown) in table {
            assert_eq!(line(text), shown, "{text:?}");
            assert!(!line(text).contains(is_unseen), "{text:?}");
        }
    }

    #[test]
    fn line_feeds_and_tabs_stay_in_a_text_of_several_lines() {
        assert_eq!(lines("one\n\ttwo\r\u{1b}"), "one\n\ttwo\\r\\u{1b}");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({"a\u{202e}": "\u{9b}2J \u{e0041}\n\u{1b}é"});
        let text = format!("{value:#}");
        assert!(text.contains('\u{9b}'), "serde_json writes out C0 alone");
        assert!(!json(&text).contains(is_unseen_in_lines), "{}", json(&text));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json(&text)).unwrap(), value);
    }

    #[test]
    fn colours_alone_get_past_the_last_gate() {
        let ours = "\u{1b}[1m\u{1b}[38;5;9mred\u{1b}[0m\n\tplain é";
        assert_eq!(painted(ours), ours);
        for (text, shown) in [
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{1b}[0m\u{1b}[1", "\u{1b}[0m\\u{1b}[1"),
            ("\u{1b}\u{1b}[0m\u{202e}", "\\u{1b}\u{1b}[0m\\u{202e}"),
        ] {
            assert_eq!(painted(text), shown);
        }
    }
}
