//! A private key that somebody pasted into a manifest.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source};

use super::{shown::PRIVATE_KEY, tree::Mark};

/// The problem of a file that holds a private key. Nothing else of such a file is looked at, since
/// every message about it could repeat a part of the key.
pub(super) fn pasted_private_key(source: &Arc<Source>) -> Option<Diagnostic> {
    if !source.text.contains(PRIVATE_KEY) {
        return None;
    }
    let armour = |line: &str| line.contains(PRIVATE_KEY) && line.contains("----");
    let index = source.text.lines().position(armour)?;
    let mark = Mark { line: u32::try_from(index + 1).unwrap_or(u32::MAX), ..Mark::START };
    Some(
        Diagnostic::error(mark.place(source), format!("{} holds a private key", source.path)).help(
            "take it out of the file and out of git's history, and treat the key as exposed: \
             make a new one\n\
             keyform keeps private keys in the directory that the Project names, never in a \
             manifest",
        ),
    )
}
