//! Values to raw types, with all the problems of a document in one run.
//!
//! serde stops at the first problem. Its node is noted and taken out, and the document is read
//! again, until it can be read.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use serde_yaml::Value;

use crate::diagnostic::{Diagnostic, FieldCode, Place, names_credential};

use super::{
    credential::credential_in_field,
    document::Document,
    raw::A_VALUE,
    resolve::{BITS_HELP, CLOUD_HELP, DURATION_HELP, NAME_HELP, PROOF_HELP},
    shown::{list, sentence, shown},
    suggest::suggest,
    tree::{Children, Mark, Node, Step},
};

/// How many problems of one document are found in one run.
const PROBLEMS_MAX: usize = 100;

/// Reads a document as `T`; what had a problem is taken out of the document's tree as well.
///
/// `None` if nothing could be read. `subject` names the document in messages.
pub(super) fn decode<T: DeserializeOwned>(
    document: &mut Document,
    subject: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<T> {
    for _ in 0..PROBLEMS_MAX {
        let error = match serde_path_to_error::deserialize(&document.value) {
            Ok(raw) => return Some(raw),
            Err(error) => error,
        };
        let path = steps(error.path());
        let failure = Failure { subject, path: &path, reason: Reason::read(error.inner()) };
        problems.push(failure.diagnostic(document));
        if !remove(document, &path) {
            return None;
        }
        // What was meant is not missing as well.
        if let (Some(meant), Some((Step::Key(written), parents))) =
            (failure.meant(), path.split_last())
            && let Some(parent) = document.tree.descend(parents)
        {
            parent.rename(written, meant);
        }
    }
    None
}

/// The steps to a node; where a step has no form here, the node above it.
fn steps(path: &serde_path_to_error::Path) -> Vec<Step> {
    path.iter()
        .map_while(|segment| match segment {
            Segment::Seq { index } => Some(Step::Item(*index)),
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

fn descend<'a>(value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.as_mapping_mut()?.get_mut(key.as_str()),
        Step::Item(index) => value.as_sequence_mut()?.get_mut(*index),
    })
}

/// Takes a node out of the value and of the tree.
fn remove(document: &mut Document, path: &[Step]) -> bool {
    let Some((last, parents)) = path.split_last() else { return false };
    let gone = match (descend(&mut document.value, parents), last) {
        (Some(Value::Mapping(map)), Step::Key(key)) => map.remove(key.as_str()).is_some(),
        (Some(Value::Sequence(items)), Step::Item(index)) if *index < items.len() => {
            items.remove(*index);
            // Of a list that nothing is left of nothing follows: it was not written as an empty one.
            if items.is_empty() && !parents.is_empty() {
                return remove(document, parents);
            }
            true
        }
        _ => false,
    };
    if let Some(parent) = document.tree.descend(parents) {
        parent.remove(last);
    }
    gone
}

/// What serde says is wrong. It has only sentences, so they are read once, here.
#[derive(Debug)]
enum Reason {
    UnknownField { known: Vec<String> },
    WrongType { expected: String },
    Other { sentence: String },
}

impl Reason {
    fn read(error: &serde_yaml::Error) -> Self {
        let said = error.to_string();
        let expected = said.rsplit_once(", expected ").map(|(_, expected)| expected);
        let is_type = ["invalid type: ", "invalid value: "].iter().any(|s| said.starts_with(s));
        match expected {
            _ if said.starts_with("unknown field ") => {
                // The names in "unknown field `x`, expected one of `a`, `b`".
                let names = expected.unwrap_or_default().split('`').skip(1).step_by(2);
                Self::UnknownField { known: names.map(str::to_owned).collect() }
            }
            Some(expected) if is_type => Self::WrongType { expected: in_words(expected) },
            _ => Self::Other { sentence: sentence(&said) },
        }
    }
}

#[derive(Debug)]
struct Failure<'a> {
    subject: &'a str,
    path: &'a [Step],
    reason: Reason,
}

impl Failure<'_> {
    fn diagnostic(&self, document: &mut Document) -> Diagnostic {
        let source = Arc::clone(&document.source);
        let mark = document.tree.descend(self.path).map(|node| node.mark);
        let place = mark.unwrap_or(document.tree.mark).place(&source);
        let written = written_path(self.path);
        let field = format!("{} of {}", path_text(self.path), self.subject);
        let expected = match &self.reason {
            Reason::UnknownField { known } => return self.unknown_field(document, known),
            Reason::WrongType { expected } => expected,
            Reason::Other { sentence } => {
                let message = format!("{field}: {sentence}");
                return Diagnostic::error(FieldCode::InvalidValue, place, message).field(written);
            }
        };
        if self.is_named_like_a_credential() {
            let message = format!("{field} is not {expected}");
            let problem = Diagnostic::error(FieldCode::WrongType, place, message).withheld();
            return problem.field(written).expected([expected]);
        }
        if expected == A_VALUE {
            return self.empty(place);
        }
        let found = descend(&mut document.value, self.path);
        let message = match &found {
            Some(found) => format!("{field} is {}, not {expected}", describe(found)),
            None => format!("{field} is not {expected}"),
        };
        let problem = Diagnostic::error(FieldCode::WrongType, place, message)
            .field(written)
            .expected([expected]);
        let Some(found) = found else { return problem };
        problem
            .found(&describe(found))
            .label(format!("write {expected} here"))
            .help(self.field_help(found).unwrap_or_else(|| type_help(found, expected)))
    }

    /// Whether the value may be a credential: a tag and a pair may have any name.
    fn is_named_like_a_credential(&self) -> bool {
        self.path.iter().any(|step| matches!(step, Step::Key(key) if names_credential(key)))
    }

    /// A field that is there without a value, where leaving it out means something else.
    fn empty(&self, place: Place) -> Diagnostic {
        let help = match self.path.last() {
            Some(Step::Key(key)) if matches!(key.as_str(), "publicKey" | "publicKeyFile") => {
                "give the public key, or leave the field out: then keyform makes a key"
            }
            Some(Step::Key(key)) if matches!(key.as_str(), "instances" | "selector") => {
                "list the instances' ids, where `instances: []` says that none is bound; or select \
                 them by their tags: `selector: {tags: {role: web}}`"
            }
            _ => "write a value, or leave the field out: then its default holds",
        };
        let message = format!("{} of {} has no value", path_text(self.path), self.subject);
        Diagnostic::error(FieldCode::EmptyField, place, message)
            .field(written_path(self.path))
            .label("write a value here")
            .help(help)
    }

    /// What to write into a field of which the type alone says too little.
    fn field_help(&self, found: &Value) -> Option<String> {
        let keys = self.path.iter().map(|step| match step {
            Step::Key(key) => key.as_str(),
            Step::Item(_) => "",
        });
        let path: Vec<&str> = keys.collect();
        // A type says no more than "a mapping" or "a number", and a reader needs something to copy.
        // Where the type says enough, such as for a number in quotes, this answers nothing.
        let help = match path[..] {
            ["spec", "generation"] | ["spec", "generations", _] if !found.is_string() => {
                "the first generation is 1: raise the number to rotate the pair, lower it to the \
                 one before to roll back"
            }
            ["spec", "managedInstances"] => "write `include` or `exclude`",
            ["spec", "selector", "onLeave"] => "write `forget` or `detach`",
            ["spec", "action"] => "write `forget` or `delete`",
            ["spec", "bits"] if found != "2048" => BITS_HELP,
            ["spec", "restartTime"] => DURATION_HELP,
            ["spec", "cloud"] => CLOUD_HELP,
            ["spec", "restart"] | ["spec", "defaults", "restart"] => {
                "write it as `restart: {when: now}`"
            }
            ["spec", "proof"] | ["spec", "defaults", "proof"] => PROOF_HELP,
            ["spec", .., "proof", "ssh"] => "write it as `ssh: {user: root}`",
            ["spec", .., "restart", "before"] => "write it as `before: {command: [drain, --wait]}`",
            ["spec", .., "restart", "after"] => "write it as `after: {command: [undrain]}`",
            ["spec", .., "proof", "command"] => {
                "write it as a list, such as `[check-logon, --quick]`: no shell takes it apart; \
                 where one is wanted, write `[sh, -c, \"…\"]`"
            }
            ["spec", .., "before" | "after", "command"] => {
                "write it as a list, such as `[drain, --wait]`: no shell takes it apart; where one \
                 is wanted, write `[sh, -c, \"…\"]`"
            }
            ["spec", "selector"] | ["spec", "defaults", "selector"] => {
                "write it as `selector: {tags: {role: web}}`"
            }
            ["spec", "tags"] | ["spec", "defaults", "tags"] => "write it as `tags: {team: web}`",
            ["metadata"] => NAME_HELP,
            _ => return None,
        };
        Some(help.to_owned())
    }

    /// The known field that an unknown one was probably meant to be.
    fn meant(&self) -> Option<&str> {
        match (self.path.last()?, &self.reason) {
            (Step::Key(written), Reason::UnknownField { known }) => {
                suggest(written, known.iter().map(String::as_str))
            }
            _ => None,
        }
    }

    /// A field of `ssh` that was written beside it.
    fn beside_ssh(&self) -> Option<&str> {
        let [.., Step::Key(parent), Step::Key(field)] = self.path else { return None };
        let of_ssh = ["user", "address", "port", "jump", "knownHosts"];
        (parent == "proof" && of_ssh.contains(&field.as_str())).then_some(field)
    }

    /// Whether a tag may have been written where a field of a selector stands.
    fn is_in_selector(&self) -> bool {
        matches!(self.path, [.., Step::Key(parent), Step::Key(_)] if &**parent == "selector")
    }

    fn unknown_field(&self, document: &mut Document, known: &[String]) -> Diagnostic {
        let source = Arc::clone(&document.source);
        let mark = key_mark(&mut document.tree, self.path);
        let path = written_path(self.path);
        let value = document.tree.descend(self.path);
        let credential = credential_in_field(self.subject, &path, mark, value.as_deref(), &source);
        if let Some(problem) = credential {
            return problem;
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let help = match self.meant() {
            Some(name) => format!("did you mean `{name}`? Known here: {}", list(&known)),
            None if self.is_in_selector() => {
                format!("tags are written below `tags`; known here: {}", list(&known))
            }
            None if let Some(field) = self.beside_ssh() => {
                format!("it is a field of `ssh`: `proof: {{ssh: {{{field}: …}}}}`")
            }
            None if self.path.len() == 1 => {
                let known = list(&known);
                format!("known here: {known}; the fields of its spec are indented below `spec`")
            }
            None => format!("known here: {}", list(&known)),
        };
        let message = format!("{} has no field {}", self.subject, path_text(self.path));
        Diagnostic::error(FieldCode::UnknownField, mark.place(&source), message)
            .field(path)
            .expected(&known)
            .suggestion(self.meant())
            .label("unknown field")
            .help(help)
    }
}

fn key_mark(tree: &mut Node, path: &[Step]) -> Mark {
    let root = tree.mark;
    let mark = path.split_last().and_then(|(last, parents)| {
        let parent = tree.descend(parents)?;
        match (&parent.children, last) {
            (Children::Mapping(entries), Step::Key(key)) => {
                entries.iter().find(|entry| *entry.key == **key).map(|entry| entry.key_mark)
            }
            _ => Some(parent.mark),
        }
    });
    mark.unwrap_or(root)
}

/// The path as a program reads it; empty for the whole document.
fn written_path(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Step::Item(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

fn path_text(path: &[Step]) -> String {
    let text = written_path(path);
    if text.is_empty() { "the whole".to_owned() } else { shown(&text) }
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(value) => format!("the truth value {value}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text {}", shown(text)),
        Value::Sequence(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
        Value::Tagged(_) => "a tagged value".to_owned(),
    }
}

/// What serde expects, in the words of the documentation.
fn in_words(expected: &str) -> String {
    match expected {
        "a sequence" => "a list".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "u64" => "a whole number".to_owned(),
        other => other.to_owned(),
    }
}

fn type_help(found: &Value, expected: &str) -> String {
    match (found, expected) {
        // Not with the value: the number 1.1 may have been written as 1.10.
        (Value::Number(_) | Value::Bool(_), "a text") => "put it in quotes".to_owned(),
        (Value::Null, "a text") => {
            "write a text, or leave the field out; an empty text is \"\"".to_owned()
        }
        (Value::String(text), "true or false")
            if matches!(text.to_lowercase().as_str(), "yes" | "no" | "on" | "off") =>
        {
            "YAML 1.2 knows only true and false".to_owned()
        }
        (Value::String(text), "true or false") if text == "true" || text == "false" => {
            "leave the quotes out".to_owned()
        }
        (Value::String(text), number)
            if number.starts_with("a whole number") && text.parse::<u64>().is_ok() =>
        {
            "leave the quotes out".to_owned()
        }
        (Value::String(_), "a list") => "write it as a list: [one, another]".to_owned(),
        _ => String::new(),
    }
}
