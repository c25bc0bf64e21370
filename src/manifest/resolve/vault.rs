//! `privateKeys`: where private keys are kept.

use std::ops::RangeInclusive;

use crate::{
    diagnostic::{Diagnostic, FieldCode},
    manifest::{
        raw::{RawPrivateKeys, RawVaultCommands, Text},
        reader::Reader,
        tree::At,
    },
    model::{VaultChoice, VaultCommands, schedule::Span},
};

use super::{
    Given,
    fields::{Scope, given},
    kept::directory,
    program::{command, pass_environment},
    restart::span,
};

/// The shortest and the longest time that a program of a vault may take.
const TIMEOUT: RangeInclusive<Span> = Span::seconds(1)..=Span::minutes(60);
/// What private keys may be kept in, for those who say it in another way.
const HELP: &str = "`privateKeys: {directory: keys}` keeps them as files\n\
     `privateKeys: {command: {put: […], get: […], retire: […]}}` lets programs of yours keep them";

/// `privateKeys` below `at`; without a `directory` of its own it is `default`.
pub(super) fn vault(
    scope: &mut Scope<'_>,
    raw: Option<&RawPrivateKeys>,
    at: At<'_>,
    default: Option<&str>,
    reader: &dyn Reader,
) -> Given<VaultChoice> {
    let here = at.key("privateKeys");
    given(raw, at, "privateKeys").read(|raw| {
        let is_command = raw.command.is_some() || here.lost("command");
        let commands = given(raw.command.as_ref(), here, "command")
            .read(|raw| commands(scope, raw, here.key("command")));
        if is_command {
            let alone = is_alone(scope, raw, here);
            return commands.value().filter(|_| alone).map(VaultChoice::Command);
        }
        let written = raw.directory.as_ref();
        if written.is_none() && default.is_none() {
            let field = "spec.privateKeys.directory";
            scope.missing(here, "directory", field, HELP);
            return None;
        }
        let default = default.unwrap_or_default();
        let directory = directory(scope, written, here.key("directory"), default, reader)?;
        let outlives_runner = raw.outlives_runner.unwrap_or(false);
        Some(VaultChoice::Directory { directory, outlives_runner })
    })
}

/// Whether nothing stands beside `command` that is a directory's.
fn is_alone(scope: &mut Scope<'_>, raw: &RawPrivateKeys, at: At<'_>) -> bool {
    let before = scope.problems.len();
    let others =
        [("directory", raw.directory.is_some()), ("outlivesRunner", raw.outlives_runner.is_some())];
    for (field, _) in others.into_iter().filter(|(_, is_there)| *is_there) {
        let message =
            format!("{}: its `privateKeys` have a `command` and `{field}`", scope.subject);
        scope.problem(
            Diagnostic::error(FieldCode::TwoVaults, at.key(field).key_place(), message)
                .field(format!("spec.privateKeys.{field}"))
                .related(at.key("command").key_place(), "the command is here")
                .help(format!("keep one of the two\n{HELP}")),
        );
    }
    scope.problems.len() == before
}

/// All of it is looked at, so that all problems are found in one run.
fn commands(scope: &mut Scope<'_>, raw: &RawVaultCommands, at: At<'_>) -> Option<VaultCommands> {
    let [put, get, retire] =
        [("put", &raw.put), ("get", &raw.get), ("retire", &raw.retire)].map(|(field, raw)| {
            let path = format!("spec.privateKeys.command.{field}");
            if raw.is_none() {
                let help = format!(
                    "add the program and its arguments, such as `{field}: [vault/age, {field}]`"
                );
                scope.missing(at, field, &path, &help);
            }
            program(scope, raw.as_deref(), at, field)
        });
    let list = program(scope, raw.list.as_deref(), at, "list").read(|list| Some(Some(list)));
    let timeout = span(scope, raw.timeout, at, "timeout", TIMEOUT);
    let passed = "spec.privateKeys.command.passEnvironment";
    let pass_environment = pass_environment(scope, raw.pass_environment.as_deref(), at, passed);
    Some(VaultCommands {
        put: put.value()?,
        get: get.value()?,
        retire: retire.value()?,
        list: list.or(None)?,
        timeout: timeout.or(VaultCommands::TIMEOUT)?,
        pass_environment: pass_environment?,
    })
}

fn program(
    scope: &mut Scope<'_>,
    raw: Option<&[Text]>,
    at: At<'_>,
    field: &str,
) -> Given<Vec<String>> {
    let path = format!("spec.privateKeys.command.{field}");
    given(raw, at, field).read(|items| command(scope, items, at.key(field), &path))
}
