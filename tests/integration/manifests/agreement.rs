//! Places come from one parser of YAML and meaning from another: over everything that is here in
//! YAML the two see the same documents with the same nodes and texts.

use std::{fs, path::Path};

use keyform::diagnostic::DocumentCode;
use saphyr_parser::{Event, Parser, StrInput};
use serde::Deserialize;
use serde_yaml::Value;

use super::{broken::files, loaded};
use crate::{fuzz, tidy};

/// What one version of YAML takes for a line break, or for nothing, and another does not.
const INVISIBLE: [char; 3] = ['\u{2028}', '\u{2029}', '\u{feff}'];

/// A document as both parsers can tell it. What a plain scalar means only serde_yaml knows.
#[derive(Debug, PartialEq)]
enum Shape {
    Scalar(String),
    Sequence(Vec<Shape>),
    Mapping(Vec<(Shape, Shape)>),
}

/// The documents that saphyr-parser sees; `None` after a syntax error, or with what is refused
/// before the second parser is asked: invisible characters, anchors, aliases and tags.
fn scanned(text: &str) -> Option<Vec<Shape>> {
    let plain = |c| matches!(c, '\n' | '\t') || !c.is_control() && !INVISIBLE.contains(&c);
    if !text.chars().all(plain) {
        return None;
    }
    let mut documents = Vec::new();
    let mut open: Vec<Vec<Shape>> = Vec::new();
    for event in Parser::new(StrInput::new(text)) {
        match event.ok()?.0 {
            Event::Alias(_) => return None,
            Event::Scalar(_, _, anchor, tag) if anchor != 0 || tag.is_some() => return None,
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag)
                if anchor != 0 || tag.is_some() =>
            {
                return None;
            }
            Event::Scalar(text, ..) => open.last_mut()?.push(Shape::Scalar(text.into_owned())),
            Event::DocumentStart(_) | Event::SequenceStart(..) | Event::MappingStart(..) => {
                open.push(Vec::new());
            }
            Event::DocumentEnd => documents.extend(open.pop()?),
            Event::SequenceEnd => {
                let items = open.pop()?;
                open.last_mut()?.push(Shape::Sequence(items));
            }
            Event::MappingEnd => {
                let mut nodes = open.pop()?.into_iter();
                let mut entries = Vec::new();
                while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
                    entries.push((key, value));
                }
                open.last_mut()?.push(Shape::Mapping(entries));
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd => {}
        }
    }
    Some(documents)
}

/// Whether serde_yaml's value is this document.
fn is_same(value: &Value, shape: &Shape) -> bool {
    match (value, shape) {
        (Value::String(text), Shape::Scalar(scanned)) => text == scanned,
        (Value::Null | Value::Bool(_) | Value::Number(_), Shape::Scalar(_)) => true,
        (Value::Sequence(items), Shape::Sequence(shapes)) => {
            items.len() == shapes.len()
                && items.iter().zip(shapes).all(|(item, shape)| is_same(item, shape))
        }
        (Value::Mapping(map), Shape::Mapping(entries)) => {
            map.len() == entries.len()
                && map.iter().zip(entries).all(|((key, value), (key_shape, value_shape))| {
                    is_same(key, key_shape) && is_same(value, value_shape)
                })
        }
        _ => false,
    }
}

/// All projects of the fixtures, of the examples and of the seeds of the fuzzer, as texts.
fn projects() -> Vec<String> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("seeds are text");
    let mut projects: Vec<_> = fuzz::seeds("manifests").into_iter().map(text).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in tidy::files(&root.join("examples"), &["yaml"]) {
        let content = fs::read_to_string(&path).expect("an example");
        projects.push(format!("==> keyform.yaml <==\n{content}"));
    }
    projects
}

#[test]
fn both_parsers_see_the_same_documents_nodes_and_texts_in_everything_that_is_here() {
    let mut compared = 0;
    for project in projects() {
        for (path, text) in files(&project) {
            let Some(shapes) = scanned(text) else { continue };
            let values: Result<Vec<Value>, _> =
                serde_yaml::Deserializer::from_str(text).map(Value::deserialize).collect();
            // What serde_yaml alone refuses, such as a key that is there twice, is an error.
            let Ok(values) = values else { continue };
            assert_eq!(values.len(), shapes.len(), "documents of {path}:\n{text}");
            for (value, shape) in values.iter().zip(&shapes) {
                assert!(is_same(value, shape), "{value:?}\nis not {shape:?}\nin {path}:\n{text}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 150, "only {compared} documents could be compared");
}

#[test]
fn nothing_that_is_here_means_different_things_to_the_two_parsers() {
    for project in projects() {
        for diagnostic in loaded(&files(&project)).diagnostics {
            assert_ne!(diagnostic.code, DocumentCode::AmbiguousYaml.into(), "{diagnostic:?}");
        }
    }
}

#[test]
fn what_the_parsers_read_differently_is_seen() {
    let differing = [("a: b", "a: c"), ("[a, b]", "[a]"), ("{a: b}", "{b: a}"), ("a", "[a]")];
    for (left, right) in differing {
        let value: Value = serde_yaml::from_str(left).expect("YAML");
        assert!(is_same(&value, &scanned(left).expect("YAML")[0]), "{left}");
        assert!(!is_same(&value, &scanned(right).expect("YAML")[0]), "{left} and {right}");
    }
}
