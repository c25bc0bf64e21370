//! The public key that a KeyPair gives, in the manifest or in a file beside it.

use crate::{
    diagnostic::{Diagnostic, FieldCode},
    keys::{self, PublicKeyProblem},
    manifest::{
        DesiredGivenKey,
        raw::{RawKeyPair, Text},
        reader::Reader,
        shown::shown,
        tree::At,
    },
};

use super::{
    Given,
    fields::{Scope, other_path},
};

/// `publicKey` or `publicKeyFile` below `at`.
pub(super) fn given_key(
    scope: &mut Scope<'_>,
    spec: &RawKeyPair,
    at: At<'_>,
    reader: &dyn Reader,
) -> Given<DesiredGivenKey> {
    match (&spec.public_key, &spec.public_key_file) {
        (None, None) if at.lost("publicKey") || at.lost("publicKeyFile") => Given::Broken,
        (None, None) => Given::Absent,
        (Some(Text(text)), None) => {
            read(scope, text.as_bytes(), "this public key", at.key("publicKey"))
        }
        (None, Some(path)) => from_file(scope, path, at.key("publicKeyFile"), reader),
        (Some(_), Some(_)) => {
            let message = format!("{} has a `publicKey` and a `publicKeyFile`", scope.subject);
            scope.problem(
                Diagnostic::error(
                    FieldCode::TwoPublicKeys,
                    at.key("publicKeyFile").key_place(),
                    message,
                )
                .related(at.key("publicKey").key_place(), "the other is here")
                .help("a pair has one key: keep one of the two"),
            );
            Given::Broken
        }
    }
}

const PATH_HELP: &str = "write the path of a file of the same git work tree, relative to the directory of this manifest, with `/`";

fn from_file(
    scope: &mut Scope<'_>,
    text: &Text,
    at: At<'_>,
    reader: &dyn Reader,
) -> Given<DesiredGivenKey> {
    let Some(path) = other_path(scope, text, at, PATH_HELP) else { return Given::Broken };
    match reader.content(&path) {
        Ok(content) => {
            let what = format!("the public key in {}", shown(&path.to_string_lossy()));
            read(scope, &content, &what, at)
        }
        Err(refused) => {
            let message = format!("{}: {}", scope.subject, refused.reason);
            let problem = Diagnostic::error(refused.code, at.place(), message);
            scope.problem(problem.field("spec.publicKeyFile").found(&text.0).help(
                "write the path of a file with one public key, relative to the directory of this \
                 manifest",
            ));
            Given::Broken
        }
    }
}

/// The fewest characters of base64 that say something of a private key.
const KEY_DATA_MIN: usize = 32;
/// How much of a key in a manifest is underlined: its type.
const UNDERLINED_MAX: usize = 24;

fn read(scope: &mut Scope<'_>, content: &[u8], what: &str, at: At<'_>) -> Given<DesiredGivenKey> {
    let mut place = at.place();
    place.length = place.length.min(UNDERLINED_MAX);
    let given = match keys::GivenKey::parse(content) {
        Ok(given) => given,
        Err(problem) => {
            let message = format!("{} cannot have {what}: {problem}", scope.subject);
            let mut diagnostic = Diagnostic::error(problem.code(), place, message);
            if let Some(line) = problem.line() {
                let help = format!("this is the key as it should be written:\n{line}");
                diagnostic = diagnostic.suggestion(Some(line)).help(help);
            } else if is_path(content) {
                diagnostic = diagnostic.help("a file that has the key is named by `publicKeyFile`");
            }
            let is_private = matches!(problem, PublicKeyProblem::PrivateKeyGiven(_));
            scope.problem(match is_private || may_be_key_data(content) {
                true => diagnostic.withheld(),
                false => diagnostic,
            });
            return Given::Broken;
        }
    };
    for warning in given.warnings() {
        let message = format!("{}: about {what}: {warning}", scope.subject);
        scope.problem(Diagnostic::error(warning.code(), place.clone(), message).warning());
    }
    let key = given.public_key();
    Given::Value(DesiredGivenKey {
        line: given.line(),
        fingerprint: key.fingerprint(),
        summary: format!("{}, {} bits, {}", key.key_type(), key.bits(), key.sha256()),
        is_certificate: key.key_type().is_certificate(),
    })
}

/// Whether a text has key data that does not begin as that of a public key: it may be lines from the
/// middle of a private one, which nothing can tell.
fn may_be_key_data(content: &[u8]) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
    let mut words = content.split(|byte| !is_digit(*byte));
    words.any(|word| word.len() >= KEY_DATA_MIN && !word.starts_with(b"AAAA"))
}

/// Whether a text that is no key looks like the path of a file that has one.
fn is_path(content: &[u8]) -> bool {
    [&b".pub"[..], b".pem"].iter().any(|end| content.ends_with(end))
}
