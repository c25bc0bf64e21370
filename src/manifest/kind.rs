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

const HEAD_HELP: &str =
    "a manifest begins with `apiVersion: keyform/v1` and its `kind`; keep other files elsewhere";

/// The kind of a document, or why it is none of ours.
pub(super) fn kind_of(document: &Document) -> Result<Kind, Box<Diagnostic>> {
    let at = At::root(&document.source, &document.tree);
    let Value::Mapping(map) = &document.value else {
        let message = "this document is no manifest: it is not a mapping of fields to values";
        return Err(Diagnostic::error(DocumentCode::NotAManifest, at.place(), message)
            .help(HEAD_HELP)
            .into());
    };
    // The version is looked at before the kind: documents of other programs have kinds, too, and
    // theirs would only be called unknown.
    let version = match map.get("apiVersion") {
        Some(Value::String(version)) => version,
        Some(_) => {
            let message = "this document is no manifest: its `apiVersion` is not a text";
            let place = at.key("apiVersion").place();
            return Err(Diagnostic::error(DocumentCode::NotAManifest, place, message)
                .help(HEAD_HELP)
                .into());
        }
        None => {
            let message = "this document is no manifest: it has no `apiVersion`";
            return Err(Diagnostic::error(DocumentCode::NotAManifest, at.place(), message)
                .help(HEAD_HELP)
                .into());
        }
    };
    if version != API_VERSION {
        return Err(other_version(version, at).into());
    }
    let names = KINDS.map(|(name, _)| name);
    let Some(Value::String(kind)) = map.get("kind") else {
        let message = "this document does not say which `kind` it is of";
        // A kind that is missing has no place of its own.
        let at = if map.contains_key("kind") { at.key("kind") } else { at };
        return Err(Diagnostic::error(DocumentCode::MissingKind, at.place(), message)
            .field("kind")
            .expected(names)
            .help(format!("the kinds are {}", list(&names)))
            .into());
    };
    KINDS.iter().find(|(name, _)| name == kind).map(|(_, kind)| *kind).ok_or_else(|| {
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

/// A document of another version of ours, or of another program.
fn other_version(version: &str, at: At<'_>) -> Diagnostic {
    let version_shown = shown(version);
    let (code, message, help) = if version.starts_with("keyform/") {
        (
            DocumentCode::OtherVersion,
            format!(
                "this document is of version {version_shown}, and this keyform reads {API_VERSION}"
            ),
            "write `apiVersion: keyform/v1`, or use a keyform that reads this version",
        )
    } else {
        let message = "this document is no manifest of keyform: its `apiVersion` is";
        (DocumentCode::NotAManifest, format!("{message} {version_shown}"), HEAD_HELP)
    };
    Diagnostic::error(code, at.key("apiVersion").place(), message)
        .field("apiVersion")
        .found(version)
        .expected([API_VERSION])
        .help(help)
}

/// `metadata.name`, if it is a text.
pub(super) fn written_name(value: &Value) -> Option<&str> {
    value.get("metadata")?.get("name")?.as_str()
}
