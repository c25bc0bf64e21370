use serde::Deserialize;

use super::*;

fn scanned(text: &str) -> (Scan, Vec<Diagnostic>) {
    let source = Arc::new(Source { path: "web.yaml".to_owned(), text: text.to_owned() });
    let mut problems = Vec::new();
    let scan = scan(&source, &mut problems);
    (scan, problems)
}

/// What makes a document one of ours.
const HEAD: &str = "apiVersion: keyform/v1\n";

/// The nodes as `path line:column+length`, in the order of the document, without its head.
fn positions(node: &Node, path: &str, found: &mut Vec<String>) {
    let Mark { line, column, length } = node.mark;
    let length = if length == Mark::TO_LINE_END { "…".to_owned() } else { length.to_string() };
    found.push(format!("{path} {line}:{column}+{length}"));
    match &node.children {
        Children::Scalar => {}
        Children::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                positions(item, &format!("{path}[{index}]"), found);
            }
        }
        Children::Mapping(entries) => {
            for entry in entries.iter().filter(|entry| &*entry.key != "apiVersion") {
                positions(&entry.value, &format!("{path}.{}", entry.key), found);
            }
        }
    }
}

fn all_positions(text: &str) -> Vec<String> {
    let (scan, problems) = scanned(text);
    assert!(scan.whole && problems.is_empty(), "{problems:?}");
    let mut found = Vec::new();
    for (index, document) in scan.documents.iter().enumerate() {
        let Scanned::Ours(node) = document else { panic!("{document:?}") };
        positions(node, &index.to_string(), &mut found);
    }
    found
}

#[test]
fn flow_style_stands_where_it_is_written() {
    assert_eq!(
        all_positions(&format!("é: {{a: [x, \"yé\"], b: {{c: 'z'}}}}\n{HEAD}")),
        [
            "0 1:1+1",
            "0.é 1:4+1",
            "0.é.a 1:8+1",
            "0.é.a[0] 1:9+1",
            "0.é.a[1] 1:12+4",
            "0.é.b 1:22+1",
            "0.é.b.c 1:26+3",
        ]
    );
}

#[test]
fn nested_sequences_and_block_mappings_stand_where_they_begin() {
    assert_eq!(
        all_positions(&format!("list:\n- - one\n  - two: 2\n    three: 3\n-\n  - four\n{HEAD}")),
        [
            "0 1:1+4",
            "0.list 2:3+0",
            "0.list[0] 2:3+0",
            "0.list[0][0] 2:5+3",
            "0.list[0][1] 3:5+3",
            "0.list[0][1].two 3:10+1",
            "0.list[0][1].three 4:12+1",
            "0.list[1] 6:3+0",
            "0.list[1][0] 6:5+4",
        ]
    );
}

#[test]
fn documents_are_counted_on_in_the_lines_of_their_file() {
    assert_eq!(
        all_positions(&format!(
            "# first\n---\na: 1\n{HEAD}...\n---\n# second\n\nb: 2\n{HEAD}---\nc: one\n  two\n{HEAD}"
        )),
        ["0 3:1+1", "0.a 3:4+1", "1 9:1+1", "1.b 9:4+1", "2 12:1+1", "2.c 12:4+…"]
    );
}

/// The number of documents that serde_yaml sees, up to an error.
fn documents_of_serde(text: &str) -> usize {
    serde_yaml::Deserializer::from_str(text)
        .map(serde_yaml::Value::deserialize)
        .take_while(Result::is_ok)
        .count()
}

#[test]
fn two_parsers_agree_on_the_number_of_documents() {
    for text in [
        "a: 1\n",
        "---\na: 1\n",
        "a: 1\n---\nb: 2\n",
        "a: 1\n---\n---\nb: 2\n",
        "---\n---\n---\n",
        "--- a\n--- b\n",
        "a: 1\n...\n---\nb: 2\n...\n",
        "a: 1\n...\n# comment\n",
        "--- # comment\na: 1\n",
        "a: |\n  ---\n  text\n",
        "a: \"x\n  --- y\"\n",
        "{\"a\": 1}\n",
        "{a: 1}\n---\n[b]\n",
        "--- >\n text\n--- |\n text\n",
    ] {
        let (scan, problems) = scanned(text);
        assert!(scan.whole && problems.is_empty(), "{text:?}: {problems:?}");
        assert_eq!(scan.documents.len(), documents_of_serde(text), "{text:?}");
    }
}

#[test]
fn a_file_without_a_document_has_none() {
    for text in ["", "\n", "# comment\n", "\n\n# a\n  # b\n"] {
        let (scan, problems) = scanned(text);
        assert!(scan.whole && problems.is_empty(), "{text:?}: {problems:?}");
        assert_eq!(scan.documents.len(), 0, "{text:?}");
    }
}

#[test]
fn depth_takes_no_stack_however_it_is_written() {
    for text in
        ["- ".repeat(100_000), "[".repeat(100_000), "{a: ".repeat(100_000), "? ".repeat(50_000)]
    {
        let (scan, problems) = scanned(&format!("{HEAD}spec:\n  {text}"));
        let is_refused = |document| matches!(document, &Scanned::Refused);
        assert!(scan.documents.iter().all(is_refused), "{:?}", &text[..8]);
        assert!(!problems.is_empty(), "{:?}", &text[..8]);
    }
}

#[test]
fn a_text_of_more_than_a_million_bytes_is_refused() {
    let (scan, problems) = scanned(&format!("{HEAD}a: {}\n", "x".repeat(SCALAR_MAX + 1)));
    assert!(matches!(scan.documents.as_slice(), [Scanned::Refused]));
    assert_eq!(problems.len(), 1);
}

#[test]
fn nothing_is_told_of_a_document_that_does_not_say_it_is_ours() {
    for (text, readable) in [
        ("password: hunter2\npassword: hunter3\n", Readable::Yes),
        ("hunter2: &a 1\n", Readable::No),
        ("apiVersion: apps/v1\ndata: {apiVersion: keyform/v1}\n", Readable::Yes),
        ("- apiVersion: keyform/v1\n", Readable::Yes),
        ("apiVersion: [keyform/v1]\n", Readable::Yes),
        ("apiVersion: !x {keyform/v1: y}\n", Readable::No),
    ] {
        let (scan, problems) = scanned(&format!("{HEAD}---\n{text}"));
        let [Scanned::Ours(_), Scanned::Foreign(_, found)] = scan.documents[..] else {
            panic!("{text}: {:?}", scan.documents)
        };
        assert_eq!((found, problems), (readable, Vec::new()), "{text}");
    }
}

#[test]
fn a_file_of_too_many_values_is_refused_before_they_take_memory() {
    let text = format!("{HEAD}spec: [1, 2, {{a: 3}}]\n---\n{HEAD}");
    let source = Arc::new(Source { path: "web.yaml".to_owned(), text });
    for (values_max, is_refused) in [(12, true), (13, false)] {
        let mut problems = Vec::new();
        let scan = scan_up_to(values_max, &source, &mut problems);
        let codes: Vec<_> = problems.iter().map(|problem| problem.code.as_str()).collect();
        assert_eq!(codes == ["fileTooLarge"], is_refused, "{values_max}: {codes:?}");
        assert_eq!((scan.whole, scan.documents.is_empty()), (!is_refused, is_refused));
    }
}
