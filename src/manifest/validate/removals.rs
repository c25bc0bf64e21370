//! What Removals and KeyPairs say of one another.

use std::collections::HashMap;

use crate::{
    diagnostic::{Diagnostic, Place, ReferenceCode},
    manifest::{
        resolve::{KeyPairDraft, RemovalDraft},
        shown::shown,
    },
};

/// Reports pairs that are let go of although they are declared, or twice.
pub(super) fn removals(
    removals: &[RemovalDraft],
    known: &HashMap<&str, &KeyPairDraft>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut first: HashMap<&str, (&RemovalDraft, &Place)> = HashMap::new();
    for removal in removals {
        let Some((name, place)) = &removal.key_pair else { continue };
        if let Some(pair) = known.get(name.as_str()) {
            let message = format!(
                "{} lets go of KeyPair {}, which the project declares",
                removal.subject,
                shown(name)
            );
            problems.push(
                Diagnostic::error(ReferenceCode::RemovalOfDeclared, place.clone(), message)
                    .found(name)
                    .label("let go of here")
                    .related(pair.place.clone(), "declared here")
                    .help("take the KeyPair out to let go of the pair, or the Removal to keep it"),
            );
        }
        let (other, before) = *first.entry(name).or_insert((removal, place));
        // Two of one name are a problem of their own, and may be one Removal twice.
        if before == place || other.written.is_some() && other.written == removal.written {
            continue;
        }
        let message = format!(
            "KeyPair {} is let go of by {} and by {}",
            shown(name),
            other.subject,
            removal.subject
        );
        problems.push(
            Diagnostic::error(ReferenceCode::RemovedTwice, place.clone(), message)
                .found(name)
                .label("and again here")
                .related(before.clone(), "first here")
                .help("keep one of the two"),
        );
    }
}
