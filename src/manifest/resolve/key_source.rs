//! Where the key of a KeyPair comes from: made by keyform, made by the service, or given.

use crate::{
    diagnostic::{Diagnostic, FieldCode, Place},
    manifest::{DesiredKey, raw::RawKeyPair, reader::Reader, tree::At},
    model::Region,
};

use super::{Given, fields::Scope, given_key::given_key};

/// The only length of a key that can be made (R2).
const BITS: u64 = 2048;

/// Where a key comes from.
#[derive(Debug)]
pub(super) struct KeySource {
    /// What is meant, if nothing is wrong with it.
    pub(super) key: Option<DesiredKey>,
    /// Where the public key was given, of which a person has the private one.
    pub(super) given: Option<Place>,
}

/// What the fields below `at` say of the key. `order` has the regions as they were written.
pub(super) fn key_source(
    scope: &mut Scope<'_>,
    spec: Option<&RawKeyPair>,
    at: At<'_>,
    reader: &dyn Reader,
    order: Vec<Region>,
) -> KeySource {
    let is_created = spec.and_then(|spec| spec.create_in_cloud).unwrap_or(false);
    let made =
        if is_created { DesiredKey::CreatedInCloud { order } } else { DesiredKey::Generated };
    let mut given = None;
    let key = match spec.map_or(Given::Absent, |spec| given_key(scope, spec, at, reader)) {
        Given::Broken => None,
        Given::Absent => {
            let is_known = !at.lost("createInCloud");
            (bits(scope, spec, at, false) && is_known).then_some(made)
        }
        Given::Value(key) => {
            let in_file = spec.is_some_and(|spec| spec.public_key.is_none());
            let field = if in_file { "publicKeyFile" } else { "publicKey" };
            given = Some(at.key(field).key_place());
            let is_one = !is_created || created_and_given(scope, field, at);
            (bits(scope, spec, at, true) && is_one).then_some(DesiredKey::Given(key))
        }
    };
    KeySource { key, given }
}

/// Reports a key that is given and made by the service too; answers that this is no source.
fn created_and_given(scope: &mut Scope<'_>, field: &str, at: At<'_>) -> bool {
    let message = format!("{} has a `{field}` and `createInCloud: true`", scope.subject);
    let problem =
        Diagnostic::error(FieldCode::CreatedAndGiven, at.key("createInCloud").key_place(), message);
    let problem = problem
        .field("spec.createInCloud")
        .related(at.key(field).key_place(), "the key that is given is here");
    scope.problem(problem.help("a pair has one key: keep one of the two"));
    false
}

/// Whether `bits` is right: it says how a key is made.
fn bits(scope: &mut Scope<'_>, spec: Option<&RawKeyPair>, at: At<'_>, is_given: bool) -> bool {
    let Some(bits) = spec.and_then(|spec| spec.bits) else { return true };
    let (code, message, help) = if is_given {
        (
            FieldCode::BitsOfGivenKey,
            format!("{} has `bits`, and a public key that is there already", scope.subject),
            "`bits` says how a key is made: leave it out",
        )
    } else if bits == BITS {
        return true;
    } else {
        (FieldCode::InvalidBits, format!("{}: bits cannot be {bits}", scope.subject), BITS_HELP)
    };
    let problem = Diagnostic::error(code, at.key("bits").place(), message);
    scope.problem(problem.field("spec.bits").found(&bits.to_string()).help(help));
    false
}

/// How many bits a key has that is made.
pub(in crate::manifest) const BITS_HELP: &str =
    "the service makes RSA keys of 2048 bits: write that, or leave `bits` out";
