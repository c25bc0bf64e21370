//! `proof`: how it is shown that one can log on.

use std::ops::RangeInclusive;

use crate::{
    diagnostic::{Diagnostic, FieldCode, Place, PolicyCode},
    manifest::{
        raw::{RawProof, RawProofFields, RawSsh, Text, Whole},
        reader::Reader,
        shown::shown,
        suggest::suggest,
        tree::At,
    },
    model::{AddressKind, Proof, SshProof, schedule::Span},
};

use super::{
    Given,
    fields::{Scope, given, other_path, word},
    program::{Written, pass_environment, program},
    restart::span,
};

/// The shortest and the longest time that a proof may take.
const TIMEOUT: RangeInclusive<Span> = Span::seconds(1)..=Span::minutes(60);
/// The most characters of a user's name.
const USER_MAX: usize = 32;

/// A proof, and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::manifest) struct WrittenProof {
    pub(in crate::manifest) proof: Proof,
    /// Of the field that says how.
    pub(in crate::manifest) place: Place,
    /// Whether it is the Project's, for all its bindings.
    pub(in crate::manifest) by_default: bool,
}

/// What a proof may be, for those who have none or a wrong one.
pub(in crate::manifest) const PROOF_HELP: &str = "`proof: {ssh: {user: root}}` logs on with OpenSSH's client and the pair's private key\n\
     `proof: {command: [check-logon]}` runs a program of yours, which ends with 0 if one can log on\n\
     `proof: none` asks for no proof, also where the Project's `defaults` do";

/// `proof` below `at`, as far as it is written there: none if it says so.
pub(super) fn proof(
    scope: &mut Scope<'_>,
    raw: Option<&RawProof>,
    at: At<'_>,
    reader: &dyn Reader,
) -> Given<Option<WrittenProof>> {
    let at_proof = at.key("proof");
    given(raw, at, "proof").read(|raw| match raw {
        RawProof::Word(Text(text)) if text == "none" => Some(None),
        RawProof::Word(Text(text)) => {
            no_such_word(scope, text, at_proof);
            None
        }
        RawProof::Fields(raw) => fields(scope, raw, at_proof, reader).map(Some),
    })
}

fn no_such_word(scope: &mut Scope<'_>, text: &str, at: At<'_>) {
    let meant = suggest(text, ["none"]);
    let guess = meant.map_or("", |_| "did you mean `none`?\n");
    let message = format!("{}: its `proof` cannot be {}", scope.subject, shown(text));
    scope.problem(
        Diagnostic::error(FieldCode::UnknownWord, at.place(), message)
            .field("proof")
            .found(text)
            .expected(["none", "a mapping"])
            .suggestion(meant)
            .label("it is a mapping or `none`")
            .help(format!("{guess}{PROOF_HELP}")),
    );
}

/// `ssh` or `command`, of which there is one.
fn fields(
    scope: &mut Scope<'_>,
    raw: &RawProofFields,
    at: At<'_>,
    reader: &dyn Reader,
) -> Option<WrittenProof> {
    let (ssh_at, command_at) = (at.key("ssh"), at.key("command"));
    let ssh = given(raw.ssh.as_ref(), at, "ssh").read(|raw| ssh(scope, raw, ssh_at, reader));
    let (command, timeout, environment) =
        (raw.command.as_deref(), raw.timeout, raw.environment.as_ref());
    let pass_environment = raw.pass_environment.as_deref();
    // What else a command has is looked at also where the command itself has a problem.
    let command = if command.is_some() || at.lost("command") {
        let written = Written { command, timeout, environment, pass_environment };
        program(scope, written, at, "proof", TIMEOUT).map_or(Given::Broken, Given::Value)
    } else {
        Given::Absent
    };
    let written =
        |proof, at: At<'_>| Some(WrittenProof { proof, place: at.key_place(), by_default: false });
    match (ssh, command) {
        (Given::Absent, Given::Absent) => {
            neither(scope, at);
            None
        }
        (Given::Absent, command) => written(Proof::Command(command.value()?), command_at),
        (ssh, Given::Absent) => {
            let nothing_beside = nothing_beside(scope, raw, at);
            written(Proof::Ssh(ssh.value().filter(|_| nothing_beside)?), ssh_at)
        }
        _ => {
            let message = format!("{}: its `proof` has `ssh` and a `command`", scope.subject);
            scope.problem(
                Diagnostic::error(PolicyCode::SshAndCommand, command_at.key_place(), message)
                    .related(ssh_at.key_place(), "the other is here")
                    .help("one of them shows that one can log on: keep one of the two"),
            );
            None
        }
    }
}

fn neither(scope: &mut Scope<'_>, at: At<'_>) {
    // What is wrong with its fields was told where they were read.
    if !at.lost_any() {
        let message = format!("{}: its `proof` has no `ssh` and no `command`", scope.subject);
        let is_empty = !at.has("ssh") && !at.has("command");
        let place = if is_empty { at.place() } else { at.key_place() };
        scope.problem(
            Diagnostic::error(PolicyCode::ProofOfNothing, place, message).help(PROOF_HELP),
        );
    }
}

/// Whether nothing stands beside `ssh` that is a command's.
fn nothing_beside(scope: &mut Scope<'_>, raw: &RawProofFields, at: At<'_>) -> bool {
    let before = scope.problems.len();
    for (field, is_there, help) in [
        (
            "timeout",
            raw.timeout.is_some(),
            "write it into `ssh`, as one of its fields: `proof: {ssh: {user: root, timeout: 30s}}`",
        ),
        (
            "environment",
            raw.environment.is_some(),
            "leave it out: variables are for the program of a `command`; ssh has the configuration \
             of whoever runs keyform",
        ),
        (
            "passEnvironment",
            raw.pass_environment.is_some(),
            "write it into `ssh`, as one of its fields: `proof: {ssh: {user: root, passEnvironment: \
             [BASTION]}}`",
        ),
    ] {
        if is_there {
            let message =
                format!("{}: the `{field}` of its `proof` stands beside `ssh`", scope.subject);
            scope.problem(
                Diagnostic::error(PolicyCode::FieldBesideSsh, at.key(field).key_place(), message)
                    .field(format!("proof.{field}"))
                    .label("it is of a `command` here")
                    .help(help),
            );
        }
    }
    scope.problems.len() == before
}

/// All of it is looked at, so that all problems are found in one run.
fn ssh(scope: &mut Scope<'_>, raw: &RawSsh, at: At<'_>, reader: &dyn Reader) -> Option<SshProof> {
    if raw.user.is_none() {
        scope.missing(at, "user", "proof.ssh.user", "add as whom it logs on, such as `user: root`");
    }
    let user = given(raw.user.as_ref(), at, "user").read(|user| self::user(scope, user, at));
    let addresses = [
        ("private", AddressKind::Private),
        ("public", AddressKind::Public),
        ("name", AddressKind::Name),
    ];
    let address = given(raw.address.as_ref(), at, "address")
        .read(|text| word(scope, Some(text), at, "address", &addresses));
    let port = given(raw.port, at, "port").read(|Whole(port)| u16::try_from(port).ok().map(Some));
    let jump = given(raw.jump.as_ref(), at, "jump").read(|jump| self::jump(scope, jump, at));
    let known_hosts = given(raw.known_hosts.as_ref(), at, "knownHosts")
        .read(|path| known_hosts(scope, path, at.key("knownHosts"), reader));
    let timeout = span(scope, raw.timeout, at, "timeout", TIMEOUT);
    let passed = "proof.ssh.passEnvironment";
    let pass_environment = pass_environment(scope, raw.pass_environment.as_deref(), at, passed);
    Some(SshProof {
        user: user.value()?,
        address: address.or(AddressKind::Private)?,
        port: port.or(None)?,
        jump: jump.or(None)?,
        known_hosts: known_hosts.or(None)?,
        timeout: timeout.or(SshProof::TIMEOUT)?,
        pass_environment: pass_environment?,
    })
}

/// What a user may be called: neither an option of ssh nor part of an address.
fn user(scope: &mut Scope<'_>, Text(user): &Text, at: At<'_>) -> Option<String> {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if user.starts_with(first) && user.chars().all(other) && user.len() <= USER_MAX {
        return Some(user.clone());
    }
    let message = format!("{}: a user cannot be called {}", scope.subject, shown(user));
    scope.problem(Diagnostic::error(PolicyCode::InvalidUser, at.key("user").place(), message)
        .field("proof.ssh.user").found(user).help(
        "a user has 1 to 32 characters, a letter or `_` first, then letters, digits, `.`, `_` and \
         `-`; the host is the instance itself",
    ));
    None
}

/// Hosts to go through, none of which is taken for an option.
fn jump(scope: &mut Scope<'_>, Text(jump): &Text, at: At<'_>) -> Option<Option<String>> {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let other = |c: char| c.is_ascii_alphanumeric() || "_.@:,[]-".contains(c);
    if jump.starts_with(first) && jump.chars().all(other) {
        return Some(Some(jump.clone()));
    }
    let message = format!("{}: its `jump` cannot be {}", scope.subject, shown(jump));
    scope.problem(Diagnostic::error(PolicyCode::InvalidJump, at.key("jump").place(), message)
        .field("proof.ssh.jump").found(jump).help(
        "write hosts as `ssh -J` takes them, such as `ops@bastion.example.com:22`, several with \
         commas and no spaces between",
    ));
    None
}

const KNOWN_HOSTS_HELP: &str = "write the path of a file of the same git work tree, relative to the directory of this manifest, with \
     `/`, such as `known_hosts`; without it the configuration of ssh says which hosts are known";

/// The file need not be there yet.
fn known_hosts(
    scope: &mut Scope<'_>,
    text: &Text,
    at: At<'_>,
    reader: &dyn Reader,
) -> Option<Option<String>> {
    let path = other_path(scope, text, at, KNOWN_HOSTS_HELP)?;
    let Err(refused) = reader.is_inside(&path) else {
        return Some(Some(path.to_string_lossy().into_owned()));
    };
    let tried = shown(&path.to_string_lossy());
    let message = format!("{}: the path {tried} {}", scope.subject, refused.reason);
    let problem = Diagnostic::error(refused.code, at.place(), message);
    scope.problem(problem.field("proof.ssh.knownHosts").found(&text.0).help(KNOWN_HOSTS_HELP));
    None
}
