//! `kind: Removal`.

use std::sync::Arc;

use crate::{
    diagnostic::{Diagnostic, FieldCode, Place},
    manifest::{
        DesiredRemoval, RemovalAction,
        raw::{RawDocument, RawRemoval, Text},
        shown::shown,
        tree::At,
    },
    model::{
        CloudName, KeyPairName, RemovalName,
        names::{NAME_LENGTH_MAX, check_name},
    },
};

use super::{
    Given,
    fields::{Scope, name, word, written_name},
    key_pair::{PAIR_NAME_MAX, generation_ending},
};

/// A Removal as far as it could be resolved.
#[derive(Debug)]
pub(in crate::manifest) struct RemovalDraft {
    /// Such as "Removal `web`".
    pub(in crate::manifest) subject: String,
    /// Its name as it is written.
    pub(in crate::manifest) written: Option<String>,
    /// The key pair's name as it is written, and where; `None` if it has a problem.
    pub(in crate::manifest) key_pair: Option<(String, Place)>,
    /// Where its name was written.
    pub(in crate::manifest) place: Place,
    /// What it means, if nothing is wrong with it.
    pub(in crate::manifest) removal: Option<DesiredRemoval>,
}

/// Resolves a Removal of a project with this prefix of names.
pub(in crate::manifest) fn resolve_removal(
    raw: &RawDocument<RawRemoval>,
    at: At<'_>,
    subject: String,
    prefix: &Given<String>,
    problems: &mut Vec<Diagnostic>,
) -> RemovalDraft {
    let name_at = at.key("metadata").key("name");
    let scope = &mut Scope { subject: subject.clone(), problems };
    let name = name(scope, raw.metadata.as_ref(), at, NAME_LENGTH_MAX);
    let mut draft = RemovalDraft {
        subject,
        written: written_name(raw),
        key_pair: None,
        place: name_at.place(),
        removal: None,
    };
    let Some(spec) = &raw.spec else {
        let help = "write the `keyPair` that is let go of, and the `action`";
        scope.missing(at, "spec", "spec", help);
        return draft;
    };
    let at = at.key("spec");
    draft.key_pair = key_pair(scope, spec.key_pair.as_ref(), at);
    let action = action(scope, spec.action.as_ref(), at);
    // A prefix that is broken gives no name: a guess could be the name of another pair (L6).
    let prefix = match prefix {
        Given::Broken => None,
        Given::Absent => Some(""),
        Given::Value(prefix) => Some(prefix.as_str()),
    };
    if let (Some(name), Some((pair, _)), Some(action), Some(prefix)) =
        (name, &draft.key_pair, action, prefix)
    {
        let file: Arc<str> = at.source.path.as_str().into();
        draft.removal = Some(DesiredRemoval {
            name: RemovalName::new(name),
            key_pair: KeyPairName::new(pair.as_str()),
            cloud_name: CloudName::new(format!("{prefix}{pair}")),
            action,
            origin: name_at.origin(&file),
        });
    }
    draft
}

const NAME_HELP: &str = "write the name that the KeyPair's manifest had, without the Project's `namePrefix` and without a \
     generation";

fn key_pair(scope: &mut Scope<'_>, written: Option<&Text>, at: At<'_>) -> Option<(String, Place)> {
    let Some(Text(name)) = written else {
        scope.missing(at, "keyPair", "spec.keyPair", NAME_HELP);
        return None;
    };
    let place = at.key("keyPair").place();
    let (code, reason) = match (check_name(name, PAIR_NAME_MAX), generation_ending(name)) {
        (Ok(()), None) => return Some((name.clone(), place)),
        (Err(problem), _) => (FieldCode::InvalidName, problem.to_string()),
        (Ok(()), Some(ending)) => (FieldCode::GenerationSuffix, format!("it ends in `{ending}`")),
    };
    let message = format!("{}: no KeyPair was called {}: {reason}", scope.subject, shown(name));
    let problem = Diagnostic::error(code, place, message).field("spec.keyPair").found(name);
    scope.problem(problem.help(NAME_HELP));
    None
}

fn action(scope: &mut Scope<'_>, written: Option<&Text>, at: At<'_>) -> Option<RemovalAction> {
    if written.is_none() {
        scope.missing(
            at,
            "action",
            "spec.action",
            "write `action: forget`, which leaves the pair and what is bound to it as they are, or \
             `action: delete`, which unbinds and deletes it",
        );
    }
    let words = [("forget", RemovalAction::Forget), ("delete", RemovalAction::Delete)];
    word(scope, written, at, "action", &words)
}
