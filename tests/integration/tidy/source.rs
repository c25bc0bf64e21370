//! Rust source as far as imports need it: without comments, texts and tests.

/// The code of a source: comments, texts and characters are blanked, so that lines and columns stay.
pub(super) fn code(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (length, keep) = match first {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), false),
            '/' if rest.starts_with("/*") => (block_comment(rest), false),
            '"' => (text(rest), false),
            'r' if !follows_word(&out) && raw_text(rest).is_some() => {
                (raw_text(rest).unwrap_or(1), false)
            }
            '\'' => (character(rest), false),
            other => (other.len_utf8(), true),
        };
        let (piece, after) = rest.split_at(length);
        if keep {
            out.push_str(piece);
        } else {
            out.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    out
}

/// Whether what comes next continues a word: the `r` of `super` begins no raw text.
fn follows_word(out: &str) -> bool {
    out.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn text(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a raw text, if one begins here.
fn raw_text(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(1 + hashes + 1 + length)
}

/// The length of a character; 1 for the mark of a lifetime.
fn character(rest: &str) -> usize {
    let mut inner = rest[1..].char_indices();
    match inner.next() {
        Some((_, '\\')) => {
            let end = rest[3..].find('\'');
            end.map_or(rest.len(), |at| 3 + at + 1)
        }
        Some((_, c)) if rest[1 + c.len_utf8()..].starts_with('\'') => 2 + c.len_utf8(),
        _ => 1,
    }
}

/// The code without items that only tests have, and the modules among these that are files.
pub(super) fn without_tests(code: &str) -> (String, Vec<String>) {
    const MARK: &str = "#[cfg(test)]";
    let (mut out, mut modules, mut rest) = (String::new(), Vec::new(), code);
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let length = item_length(item);
        let body = item[MARK.len()..length].trim();
        let name = body.rsplit("mod ").next().and_then(|name| name.strip_suffix(';'));
        if let (Some(name), true) = (name, body.contains("mod ")) {
            modules.push(name.trim().to_owned());
        }
        out.extend(item[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &item[length..];
    }
    out.push_str(rest);
    (out, modules)
}

/// The length of an item: to its `;`, or to the end of its braces.
fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in item.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    item.len()
}

#[test]
fn comments_and_texts_are_no_code() {
    let source = "let a = 'x'; // crate::one\n/* crate::two /* */ crate::three */ let b: &'a str = \
                  \"crate::four \\\" crate::five\"; let c = r#\"crate::six\"#; super::seven()";
    let code = code(source);
    assert_eq!(code.len(), source.len());
    assert_eq!(code.split_whitespace().last(), Some("super::seven()"));
    assert!(!code.contains("crate"), "{code}");
}

#[test]
fn what_only_tests_have_is_no_code_of_the_program() {
    let (code, modules) = without_tests(
        "use a;\n#[cfg(test)]\nmod tests {\n use b { c }\n}\n#[cfg(test)]\nmod other;\nuse d;\n",
    );
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["use", "a;", "use", "d;"]);
    assert_eq!(modules, ["other"]);
    assert_eq!(code.lines().count(), 8);
}
