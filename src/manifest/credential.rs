//! A credential that was written into a manifest, as a field that does not exist.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, FieldCode, Source, names_credential};

use super::{
    shown::shown,
    tree::{Children, Mark, Node},
};

const HELP: &str = "\
take it out of the file and, if it got into git, out of the history too, and change it
credentials belong in the environment (ALIBABA_CLOUD_ACCESS_KEY_ID and \
ALIBABA_CLOUD_ACCESS_KEY_SECRET) or in the vendor's file (~/.alibabacloud/credentials), never in a \
manifest";

/// The problem of an unknown field with this path, if it or a field below it is named like a
/// credential. `key` is where the field stands.
pub(super) fn credential_in_field(
    subject: &str,
    path: &str,
    key: Mark,
    value: Option<&Node>,
    source: &Arc<Source>,
) -> Option<Diagnostic> {
    let name = path.rsplit('.').next().unwrap_or_default();
    let (path, mark) = if names_credential(name) {
        (path.to_owned(), key)
    } else {
        let (below, mark) = below(value?)?;
        (format!("{path}{below}"), mark)
    };
    let message = format!("{subject} has no field {}, and no credentials", shown(&path));
    let problem = Diagnostic::error(FieldCode::CredentialInManifest, mark.place(source), message);
    Some(problem.withheld().field(path).help(HELP))
}

/// The first field below a node that is named like a credential, and where it stands.
fn below(node: &Node) -> Option<(String, Mark)> {
    match &node.children {
        Children::Scalar => None,
        Children::Sequence(items) => items.iter().enumerate().find_map(|(index, item)| {
            below(item).map(|(path, mark)| (format!("[{index}]{path}"), mark))
        }),
        Children::Mapping(entries) => entries.iter().find_map(|entry| {
            if names_credential(&entry.key) {
                return Some((format!(".{}", entry.key), entry.key_mark));
            }
            below(&entry.value).map(|(path, mark)| (format!(".{}{path}", entry.key), mark))
        }),
    }
}
