//! Values as YAML that every reader reads the same: one of YAML 1.1 takes a plain `NO` for false and
//! a plain `15:00` for the number 900.

use std::fmt::Write as _;

use serde_json::Value;

/// A value as a YAML document, with its line feed.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(fields) if !fields.is_empty() => block(&mut out, value, 0, false),
        Value::Array(items) if !items.is_empty() => block(&mut out, value, 0, false),
        scalar => {
            let _ = writeln!(out, "{}", flow(scalar));
        }
    }
    out
}

/// Writes what is in a mapping or a list. Its first line stands behind the dash of a list, if it is
/// an item of one.
fn block(out: &mut String, value: &Value, depth: usize, is_item: bool) {
    let mut is_first = is_item;
    let mut indent = |out: &mut String| {
        if !std::mem::take(&mut is_first) {
            out.push_str(&"  ".repeat(depth));
        }
    };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                indent(out);
                let _ = write!(out, "{}:", scalar(key));
                // A list in a mapping is not indented.
                nested(out, value, depth + usize::from(value.is_object()));
            }
        }
        Value::Array(items) => {
            for item in items {
                indent(out);
                out.push('-');
                if is_block(item) {
                    out.push(' ');
                    block(out, item, depth + 1, true);
                } else {
                    nested(out, item, depth);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Writes what stands behind a key or a dash.
fn nested(out: &mut String, value: &Value, depth: usize) {
    if is_block(value) {
        out.push('\n');
        block(out, value, depth, false);
    } else {
        let _ = writeln!(out, " {}", flow(value));
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        // What is empty, and what is no text, is written as in JSON.
        other => other.to_string(),
    }
}

fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// Whether a text is a text to every reader without its quotes: it begins as a word or is a number
/// with a unit, and is no word that means something else.
fn is_plain(text: &str) -> bool {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _-./@+=%:".contains(c))
        && !text.ends_with([' ', ':'])
        && !text.contains(": ");
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_quantity = unit.len() < text.len() && ["ms", "s", "m", "h", "d", "%"].contains(&unit);
    (is_word && !is_reserved(text)) || is_quantity
}

/// Words that readers of YAML 1.1 or 1.2 take for a truth value or for nothing.
fn is_reserved(text: &str) -> bool {
    let reserved = ["y", "yes", "n", "no", "true", "false", "on", "off", "null"];
    reserved.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // Readers differ in what they take for a line break, and no text shows the others.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_readers_would_take_for_something_else_is_in_quotes() {
        for text in [
            "NO",
            "no",
            "y",
            "On",
            "OFF",
            "yes",
            "True",
            "null",
            "~",
            "",
            "15:00",
            "1:30:00",
            "0o7",
            "010",
            "0x1F",
            "1_000",
            "1e3",
            ".5",
            ".inf",
            "-1",
            "2026-12-20",
            "2001-12-14 21:59:43",
            "<<",
            "=",
            "- a",
            "a: b",
            "a:",
            "#a",
            "a\nb",
            "*x",
            "&x",
            "!x",
            "%a",
            "@a",
            "`a",
        ] {
            let written = super::text(&json!({ "field": text }));
            assert_eq!(written, format!("field: {}\n", quoted(text)), "{text:?}");
        }
        for text in ["web", "cn-hangzhou", "30s", "200ms", "20%", "https://ecs.example", "a b"] {
            assert_eq!(super::text(&json!([text])), format!("- {text}\n"));
        }
        assert_eq!(super::text(&json!({"on": 1})), "\"on\": 1\n");
    }

    #[test]
    fn mappings_and_lists_stand_in_blocks() {
        let value = json!({
            "spec": {"list": [{"a": 1, "b": [2]}, [], [[3], 4]], "none": {}, "off": null},
        });
        let text = super::text(&value);
        assert_eq!(
            text,
            "spec:\n  list:\n  - a: 1\n    b:\n    - 2\n  - []\n  - - - 3\n    - 4\n  none: {}\n  \
             \"off\": null\n"
        );
        assert_eq!(serde_yaml::from_str::<Value>(&text).unwrap(), value);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text in ".*", key in "[a-zA-Z0-9:. -]{0,6}") {
            let value = json!({ key: [text] });
            let written = super::text(&value);
            prop_assert_eq!(serde_yaml::from_str::<Value>(&written).ok(), Some(value), "{}", written);
        }
    }
}
