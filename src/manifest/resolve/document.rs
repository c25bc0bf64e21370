//! `state.http` of a Project: a document on a server.

use crate::{
    diagnostic::{CloudCode, Diagnostic, StateCode, names_credential},
    manifest::{
        raw::{RawHttp, Text},
        shown::shown,
        tree::At,
    },
    model::{
        DocumentAddress, DocumentAddressProblem, DocumentChoice, DocumentMethod, TrustedHosts,
    },
};

use super::fields::Scope;

const ADDRESS_HELP: &str = "write where the document is, such as address: \
                            \"https://gitlab.example/api/v4/projects/7/terraform/state/prod\"";

/// How a server locks a document, if nothing else is written.
struct Habits {
    lock_address: Option<DocumentAddress>,
    lock_method: DocumentMethod,
    unlock_method: DocumentMethod,
}

/// Resolves the `http` at `at`; `None` if something is wrong.
pub(super) fn document(
    scope: &mut Scope<'_>,
    raw: &RawHttp,
    at: At<'_>,
    trusted: &TrustedHosts,
) -> Option<DocumentChoice> {
    if raw.address.is_none() {
        scope.missing(at, "address", "spec.state.http.address", ADDRESS_HELP);
    }
    let [main, lock, unlock] = [
        ("address", &raw.address),
        ("lockAddress", &raw.lock_address),
        ("unlockAddress", &raw.unlock_address),
    ]
    .map(|(name, written)| Some(address(scope, written.as_ref()?, at.key(name), name, trusted)));
    let lock_method = method(scope, raw.lock_method.as_ref(), at, "lockMethod");
    let unlock_method = method(scope, raw.unlock_method.as_ref(), at, "unlockMethod");
    let update_method = update_method(scope, raw.update_method.as_ref(), at);
    let address = main??;
    let habits = habits(scope, raw.preset.as_ref(), &address, at)?;
    let lock_address = lock_address(scope, lock, habits.lock_address, at)?;
    let unlock_address = unlock.unwrap_or_else(|| Some(lock_address.clone()));
    Some(DocumentChoice {
        address,
        lock_address,
        unlock_address: unlock_address?,
        lock_method: lock_method?.unwrap_or(habits.lock_method),
        unlock_method: unlock_method?.unwrap_or(habits.unlock_method),
        update_method: update_method?,
    })
}

fn address(
    scope: &mut Scope<'_>,
    Text(text): &Text,
    at: At<'_>,
    name: &str,
    trusted: &TrustedHosts,
) -> Option<DocumentAddress> {
    let field = format!("spec.state.http.{name}");
    let address = DocumentAddress::parse(text);
    let has_credential = match &address {
        Ok(address) => address.parameters().any(names_credential),
        Err(problem) => *problem == DocumentAddressProblem::User,
    };
    if has_credential {
        let message =
            format!("{}: its `{name}` has a user or a credential, not shown here", scope.subject);
        let problem = Diagnostic::error(StateCode::CredentialInAddress, at.place(), message);
        scope.problem(problem.withheld().help(
            "take it out of the file and out of git's history, and change it: the new one belongs in \
             TF_HTTP_USERNAME and TF_HTTP_PASSWORD",
        ));
        return None;
    }
    match address {
        Ok(address) => {
            warn_of_stranger(scope, &address, at, &field, trusted);
            Some(address)
        }
        Err(problem) => {
            let message = format!("{}: its `{name}` cannot be used: {problem}", scope.subject);
            scope.problem(
                Diagnostic::error(StateCode::InvalidAddress, at.place(), message)
                    .field(field)
                    .help(ADDRESS_HELP),
            );
            None
        }
    }
}

/// No error: the environment that trusts the host may be that of another machine (L4).
fn warn_of_stranger(
    scope: &mut Scope<'_>,
    address: &DocumentAddress,
    at: At<'_>,
    field: &str,
    trusted: &TrustedHosts,
) {
    if trusted.trust_named(address.endpoint()) {
        return;
    }
    let host = address.endpoint().host();
    let message = format!("{}: credentials would be sent to {}", scope.subject, shown(host));
    let warning = Diagnostic::error(CloudCode::UntrustedHost, at.place(), message);
    scope.problem(warning.field(field).found(host).warning().help(
        "a command that connects refuses it, unless KEYFORM_TRUSTED_HOSTS names the host in the \
         environment",
    ));
}

/// What the server does without more words, if its preset is known.
fn habits(
    scope: &mut Scope<'_>,
    preset: Option<&Text>,
    address: &DocumentAddress,
    at: At<'_>,
) -> Option<Habits> {
    match preset.map(|Text(text)| text.as_str()) {
        None => Some(Habits {
            lock_address: None,
            lock_method: DocumentMethod::Lock,
            unlock_method: DocumentMethod::Unlock,
        }),
        Some("gitlab" | "gitea") => Some(Habits {
            lock_address: Some(address.below("lock")),
            lock_method: DocumentMethod::Post,
            unlock_method: DocumentMethod::Delete,
        }),
        Some(other) => {
            unknown(
                scope,
                other,
                at,
                "preset",
                "write preset: gitlab or preset: gitea, or leave it out",
            );
            None
        }
    }
}

fn lock_address(
    scope: &mut Scope<'_>,
    written: Option<Option<DocumentAddress>>,
    usual: Option<DocumentAddress>,
    at: At<'_>,
) -> Option<DocumentAddress> {
    if let Some(written) = written {
        return written;
    }
    if usual.is_none() && !at.lost("lockAddress") {
        let message = format!("{}: its state has no lock", scope.subject);
        scope.problem(
            Diagnostic::error(StateCode::DocumentWithoutLock, at.key_place(), message)
                .field("spec.state.http.lockAddress")
                .help(
                    "write where the server locks the document, lockAddress: \"https://…\", or preset: \
                     gitlab or gitea",
                ),
        );
    }
    usual
}

/// The method, if one is written; `None` if it is wrong.
fn method(
    scope: &mut Scope<'_>,
    written: Option<&Text>,
    at: At<'_>,
    name: &str,
) -> Option<Option<DocumentMethod>> {
    let Some(Text(text)) = written else { return Some(None) };
    let known = DocumentMethod::ALL.into_iter().find(|method| method.as_str() == text);
    if known.is_none() {
        unknown(scope, text, at, name, "write DELETE, LOCK, POST, PUT or UNLOCK, or leave it out");
    }
    known.map(Some)
}

fn update_method(
    scope: &mut Scope<'_>,
    written: Option<&Text>,
    at: At<'_>,
) -> Option<DocumentMethod> {
    match written.map(|Text(text)| text.as_str()) {
        None | Some("POST") => Some(DocumentMethod::Post),
        Some("PUT") => Some(DocumentMethod::Put),
        Some(other) => {
            unknown(scope, other, at, "updateMethod", "write POST or PUT, or leave it out");
            None
        }
    }
}

fn unknown(scope: &mut Scope<'_>, text: &str, at: At<'_>, name: &str, help: &str) {
    let message = format!("{}: its `{name}` cannot be {}", scope.subject, shown(text));
    scope.problem(
        Diagnostic::error(StateCode::UnknownServer, at.key(name).place(), message)
            .field(format!("spec.state.http.{name}"))
            .found(text)
            .help(help),
    );
}
