//! One file to its documents: the values that serde_yaml reads, and where they stand.

use std::{fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_yaml::{Mapping, Value};

use crate::diagnostic::{Diagnostic, DocumentCode, Source};

use super::{
    foreign::not_a_manifest,
    scan::{Readable, Scanned, scan},
    secrets::pasted_private_key,
    separator::misread,
    shown::{sentence, shown},
    tree::{Children, Mark, Node},
};

/// One document of a file.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) source: Arc<Source>,
    pub(super) value: Value,
    pub(super) tree: Node,
}

/// The documents of a file.
#[derive(Debug)]
pub(super) struct Documents {
    /// Those that could be read, without the empty ones.
    pub(super) documents: Vec<Document>,
    /// Whether every document of the file is among them.
    pub(super) complete: bool,
}

/// Reads the documents of a file.
pub(super) fn read(source: &Arc<Source>, problems: &mut Vec<Diagnostic>) -> Documents {
    if let Some(problem) = pasted_private_key(source) {
        problems.push(problem);
        return Documents { documents: Vec::new(), complete: false };
    }
    let misread = misread(source);
    if !misread.is_empty() {
        problems.extend(misread);
        return Documents { documents: Vec::new(), complete: false };
    }
    let scan = scan(source, problems);
    let mut read = Documents { documents: Vec::new(), complete: scan.whole };
    let mut stream = serde_yaml::Deserializer::from_str(&source.text);
    // Counted by the scan: after a syntax error the stream of serde_yaml never ends.
    for scanned in scan.documents {
        let Some(deserializer) = stream.next() else {
            problems.push(disagreement(source, Mark::START));
            read.complete = false;
            break;
        };
        match document(source, scanned, deserializer, problems) {
            Found::Document(document) => read.documents.push(document),
            Found::Nothing => {}
            Found::Unreadable(problem) => {
                problems.extend(problem.map(|problem| *problem));
                read.complete = false;
            }
        }
    }
    read
}

/// What one document of a file is.
enum Found {
    Document(Document),
    /// It is empty.
    Nothing,
    /// It is not read, for this problem or for some that were reported.
    Unreadable(Option<Box<Diagnostic>>),
}

/// Reads one document. Problems that leave the rest of it readable are reported.
fn document(
    source: &Arc<Source>,
    scanned: Scanned,
    deserializer: serde_yaml::Deserializer<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Found {
    let unreadable = |problem| Found::Unreadable(Some(Box::new(problem)));
    let read = || FirstWins::deserialize(deserializer).map(|FirstWins(value)| value);
    let mut tree = match scanned {
        Scanned::Refused => return Found::Unreadable(None),
        Scanned::Foreign(mark, Readable::No) => {
            return unreadable(not_a_manifest(source, mark, None));
        }
        Scanned::Foreign(mark, Readable::Yes) => {
            return match read() {
                Ok(Value::Null) => Found::Nothing,
                value => unreadable(not_a_manifest(source, mark, value.as_ref().ok())),
            };
        }
        Scanned::Ours(tree) => tree,
    };
    let mut value = match read() {
        Ok(value) => value,
        Err(error) => return unreadable(yaml_problem(source, tree.mark, &error)),
    };
    match compare(source, &mut value, &mut tree, problems) {
        Ok(()) => Found::Document(Document { source: Arc::clone(source), value, tree }),
        Err(mark) => unreadable(disagreement(source, mark)),
    }
}

fn yaml_problem(source: &Arc<Source>, start: Mark, error: &serde_yaml::Error) -> Diagnostic {
    let mark = error.location().map_or(start, |location| Mark {
        line: u32::try_from(location.line()).unwrap_or(1),
        column: u32::try_from(location.column()).unwrap_or(1),
        length: 1,
    });
    Diagnostic::error(
        DocumentCode::InvalidYaml,
        mark.place(source),
        format!("{} is not valid YAML", source.path),
    )
    .label(sentence(&error.to_string()))
    .help("write it more plainly: put the text in quotes, and one field on each line")
}

fn disagreement(source: &Arc<Source>, mark: Mark) -> Diagnostic {
    Diagnostic::error(
        DocumentCode::AmbiguousYaml,
        mark.place(source),
        format!("{} means different things to different readers of YAML", source.path),
    )
    .help("write it more plainly: put the text in quotes, and one field on each line")
}

/// Checks that both parsers saw the same document, and takes out the entries whose key is no text.
fn compare(
    source: &Arc<Source>,
    value: &mut Value,
    node: &mut Node,
    problems: &mut Vec<Diagnostic>,
) -> Result<(), Mark> {
    let mark = node.mark;
    match (value, &mut node.children) {
        (Value::Sequence(items), Children::Sequence(nodes)) if items.len() == nodes.len() => items
            .iter_mut()
            .zip(nodes)
            .try_for_each(|(item, node)| compare(source, item, node, problems)),
        (Value::Mapping(map), Children::Mapping(entries)) if map.len() == entries.len() => {
            for ((key, item), entry) in map.iter_mut().zip(entries.iter_mut()) {
                match key {
                    Value::String(text) if **text == *entry.key => {}
                    Value::String(_) => return Err(entry.key_mark),
                    _ => {
                        entry.removed = true;
                        problems.push(key_problem(source, &entry.key, entry.key_mark));
                    }
                }
                compare(source, item, &mut entry.value, problems)?;
            }
            map.retain(|key, _| key.is_string());
            Ok(())
        }
        (Value::Sequence(_) | Value::Mapping(_), _)
        | (_, Children::Sequence(_) | Children::Mapping(_)) => Err(mark),
        _ => Ok(()),
    }
}

fn key_problem(source: &Arc<Source>, key: &str, mark: Mark) -> Diagnostic {
    Diagnostic::error(
        DocumentCode::KeyNotText,
        mark.place(source),
        format!("the key {} is not a text", shown(key)),
    )
    .help(format!("put it in quotes: \"{}\"", shown(key).trim_matches('`')))
}

/// A value of which the first of two equal keys counts; the scan reports the second.
#[derive(Debug)]
struct FirstWins(Value);

impl<'de> Deserialize<'de> for FirstWins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FirstWinsVisitor).map(Self)
    }
}

struct FirstWinsVisitor;

impl<'de> Visitor<'de> for FirstWinsVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    // No field takes numbers beyond 64 bits. They are read all the same, so that their field and
    // all other problems are told.
    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok((value as f64).into())
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok((value as f64).into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(FirstWins(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Sequence(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Mapping::new();
        while let Some((FirstWins(key), FirstWins(value))) = entries.next_entry()? {
            map.entry(key).or_insert(value);
        }
        Ok(Value::Mapping(map))
    }
}
