//! A private key that somebody pasted into a manifest.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, DocumentCode, Source, may_hold_private_key};

use super::tree::Mark;

/// The problem of a file that holds a private key. Nothing else of such a file is looked at, since
/// every message about it could repeat a part of the key.
pub(super) fn pasted_private_key(source: &Arc<Source>) -> Option<Diagnostic> {
    if !may_hold_private_key(&source.text) {
        return None;
    }
    // Its first line, or base64 without one; not a sentence that speaks of a private key.
    let is_words = |line: &str| line.contains("PRIVATE KEY") && !line.contains("----");
    let holds = |line: &str| may_hold_private_key(line) && !is_words(line);
    let index = source.text.lines().position(holds)?;
    let mark = Mark { line: u32::try_from(index + 1).unwrap_or(u32::MAX), ..Mark::START };
    Some(
        Diagnostic::error(
            DocumentCode::PrivateKeyInManifest,
            mark.place(source),
            format!("{} holds a private key", source.path),
        )
        .help(
            "take it out of the file and out of git's history, and treat the key as exposed: \
             make a new one\n\
             keyform keeps private keys in the directory that the Project names, never in a \
             manifest",
        ),
    )
}
