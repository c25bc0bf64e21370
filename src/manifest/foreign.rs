//! A document that is none of ours: that it is there is told, and nothing of what is in it (L4).

use std::sync::Arc;

use serde_yaml::Value;

use crate::diagnostic::{Diagnostic, DocumentCode, Source};

use super::tree::Mark;

/// What the `apiVersion` of all our documents begins with.
pub(super) const OURS: &str = "keyform/";

/// The problem of such a document, which may be another program's and hold its secrets. Without a
/// value it could not be read.
pub(super) fn not_a_manifest(
    source: &Arc<Source>,
    mark: Mark,
    value: Option<&Value>,
) -> Diagnostic {
    let reason = match value {
        Some(Value::Mapping(map)) => match map.get("apiVersion") {
            None => "it has no `apiVersion`",
            Some(Value::String(_)) => "its `apiVersion` is not that of keyform",
            Some(_) => "its `apiVersion` is not a text",
        },
        Some(_) => "it is not a mapping of fields to values",
        None => "it has no `apiVersion` of keyform",
    };
    let message = format!("this document is no manifest: {reason}");
    Diagnostic::error(DocumentCode::NotAManifest, mark.place(source), message).withheld().help(
        "a manifest begins with `apiVersion: keyform/v1` and its `kind`; keep other files elsewhere",
    )
}
