//! Which kind a document is of.

use serde_yaml::Value;

use crate::diagnostic::{Diagnostic, DocumentCode};

use super::{
    API_VERSION,
    document::Document,
    inventory::INVENTORY,
    shown::{list, shown},
    suggest::suggest,
    tree::At,
};

/// The kinds that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Project,
    KeyPair,
    Binding,
    Removal,
    Inventory,
}

const KINDS: [(&str, Kind); 5] = [
    ("Project", Kind::Project),
    ("KeyPair", Kind::KeyPair),
    ("Binding", Kind::Binding),
    ("Removal", Kind::Removal),
    (INVENTORY, Kind::Inventory),
];

/// The kind of a document of ours, or what is wrong with its head.
pub(super) fn kind_of(document: &Document) -> Result<Kind, Box<Diagnostic>> {
    let at = At::root(&document.source, &document.tree);
    let written = |field: &str| document.value.get(field).and_then(Value::as_str);
    let version = written("apiVersion").unwrap_or_default();
    if version != API_VERSION {
        return Err(other_version(version, at).into());
    }
    let names = KINDS.map(|(name, _)| name);
    let Some(kind) = written("kind") else {
        let message = "this document does not say which `kind` it is of";
        let at = if at.has("kind") { at.key("kind") } else { at };
        return Err(Diagnostic::error(DocumentCode::MissingKind, at.place(), message)
            .field("kind")
            .expected(names)
            .help(format!("the kinds are {}", list(&names)))
            .into());
    };
    KINDS.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind).ok_or_else(|| {
        let meant = suggest(kind, names);
        let guess = meant.map_or_else(String::new, |name| format!("did you mean `{name}`? "));
        Diagnostic::error(
            DocumentCode::UnknownKind,
            at.key("kind").place(),
            format!("there is no kind {}", shown(kind)),
        )
        .field("kind")
        .found(kind)
        .expected(names)
        .suggestion(meant)
        .help(format!("{guess}The kinds are {}", list(&names)))
        .into()
    })
}

/// A document of ours of another version.
fn other_version(version: &str, at: At<'_>) -> Diagnostic {
    let shown = shown(version);
    let message =
        format!("this document is of version {shown}, and this keyform reads {API_VERSION}");
    Diagnostic::error(DocumentCode::OtherVersion, at.key("apiVersion").place(), message)
        .field("apiVersion")
        .found(version)
        .expected([API_VERSION])
        .help("write `apiVersion: keyform/v1`, or use a keyform that reads this version")
}

/// `metadata.name`, if it is a text.
pub(super) fn written_name(value: &Value) -> Option<&str> {
    value.get("metadata")?.get("name")?.as_str()
}
