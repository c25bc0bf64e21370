//! A private key that was pasted into a manifest.

use std::sync::Arc;

use crate::{
    diagnostic::{Diagnostic, DocumentCode, Source},
    keys::{PrivateKeyForm, holds_private_key, private_key_in},
};

use super::tree::Mark;

/// The problem of a file that holds a private key. Nothing else of such a file is looked at, since
/// every message about it could repeat a part of the key.
pub(super) fn pasted_private_key(source: &Arc<Source>) -> Option<Diagnostic> {
    let form = private_key_in(source.text.as_bytes())?;
    let mark = Mark { line: line_of(&source.text), ..Mark::START };
    Some(holds_key(source, mark, &form))
}

/// The problem of one value that is a private key, which only its escapes hid from the above.
pub(super) fn key_in_value(source: &Arc<Source>, mark: Mark, value: &str) -> Option<Diagnostic> {
    Some(holds_key(source, mark, &private_key_in(value.as_bytes())?))
}

fn holds_key(source: &Arc<Source>, mark: Mark, form: &PrivateKeyForm) -> Diagnostic {
    Diagnostic::error(
        DocumentCode::PrivateKeyInManifest,
        mark.place(source),
        format!("{} holds a private key", source.path),
    )
    .withheld()
    .help(format!(
        "take it out of the file; if it got into git, take it out of the history too and make a \
         new key\n\
         keyform keeps private keys in the directory that the Project names; a manifest has the \
         public half of a given key at most\n\
         its public half: {form}"
    ))
}

/// The line at which a text begins to show that it holds a key.
fn line_of(text: &str) -> u32 {
    let ends: Vec<usize> = text.match_indices('\n').map(|(end, _)| end).collect();
    let before = ends.partition_point(|end| !holds_private_key(&text[..*end]));
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}
