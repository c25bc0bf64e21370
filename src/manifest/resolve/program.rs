//! Programs of the user: what runs for an instance.

use std::ops::RangeInclusive;

use std::collections::BTreeMap;

use crate::{
    diagnostic::{Diagnostic, PolicyCode},
    manifest::{
        raw::{RawProgram, RawTags, Text},
        shown::shown,
        tree::At,
    },
    model::{Program, schedule::Span},
    visible,
};

use super::{
    fields::{Scope, given},
    restart::span,
};

/// The most items of a command.
pub(in crate::manifest) const ARGUMENTS_MAX: usize = 100;
/// What the variables begin with by which keyform tells a program of its instance.
const OWN_VARIABLES: &str = "KEYFORM_";

/// A program as it is written, on its own or as a part of something else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'a> {
    pub(super) command: Option<&'a [Text]>,
    pub(super) timeout: Option<Span>,
    pub(super) environment: Option<&'a RawTags>,
    pub(super) pass_environment: Option<&'a [Text]>,
}

impl<'a> From<&'a RawProgram> for Written<'a> {
    fn from(raw: &'a RawProgram) -> Self {
        Self {
            command: raw.command.as_deref(),
            timeout: raw.timeout,
            environment: raw.environment.as_ref(),
            pass_environment: raw.pass_environment.as_deref(),
        }
    }
}

/// The program at `at`, which is the field `path`; all of it is looked at, so that all problems are
/// found in one run.
pub(super) fn program(
    scope: &mut Scope<'_>,
    raw: Written<'_>,
    at: At<'_>,
    path: &str,
    timeout: RangeInclusive<Span>,
) -> Option<Program> {
    let passed = format!("{path}.passEnvironment");
    let path = format!("{path}.command");
    if raw.command.is_none() {
        let help =
            "add the program and its arguments as a list, such as `command: [drain, --wait]`";
        scope.missing(at, "command", &path, help);
    }
    let command = given(raw.command, at, "command")
        .read(|items| command(scope, items, at.key("command"), &path));
    let timeout = span(scope, raw.timeout, at, "timeout", timeout);
    let environment = given(raw.environment, at, "environment")
        .read(|raw| environment(scope, raw, at.key("environment")));
    let pass_environment = pass_environment(scope, raw.pass_environment, at, &passed);
    Some(Program {
        command: command.value()?,
        timeout: timeout.or(Program::TIMEOUT)?,
        environment: environment.or(BTreeMap::new())?,
        pass_environment: pass_environment?,
    })
}

/// The names of variables of keyform's environment that a program gets too; `path` is the field.
pub(super) fn pass_environment(
    scope: &mut Scope<'_>,
    raw: Option<&[Text]>,
    at: At<'_>,
    path: &str,
) -> Option<Vec<String>> {
    given(raw, at, "passEnvironment")
        .read(|names| passed(scope, names, at.key("passEnvironment"), path))
        .or(Vec::new())
}

fn passed(scope: &mut Scope<'_>, names: &[Text], at: At<'_>, path: &str) -> Option<Vec<String>> {
    let before = scope.problems.len();
    for (index, Text(name)) in names.iter().enumerate() {
        if let Err((code, problem, help)) = check_variable(name) {
            let message = format!("{}: the variable {} {problem}", scope.subject, shown(name));
            let problem = Diagnostic::error(code, at.item(index).place(), message);
            scope.problem(problem.field(path).found(name).help(help));
        }
    }
    if names.len() > ARGUMENTS_MAX {
        let count = names.len();
        let message =
            format!("{}: `{path}` has {count} names, and may have {ARGUMENTS_MAX}", scope.subject);
        scope.problem(
            Diagnostic::error(PolicyCode::InvalidVariable, at.place(), message)
                .field(path)
                .help("name the variables that the program needs"),
        );
    }
    let texts = || names.iter().map(|Text(name)| name.clone()).collect();
    (scope.problems.len() == before).then(texts)
}

/// A program and its arguments, which are the field `path`.
pub(super) fn command(
    scope: &mut Scope<'_>,
    items: &[Text],
    at: At<'_>,
    path: &str,
) -> Option<Vec<String>> {
    let before = scope.problems.len();
    for (index, Text(item)) in items.iter().enumerate() {
        let (what, help) = if item.is_empty() {
            ("is empty", "write the program, then each of its arguments, or take the item out")
        } else if item.contains(visible::is_unseen) {
            (
                "has a line break, or another character that is not visible",
                "put a script of several lines into a file of its own, and write its path here",
            )
        } else {
            continue;
        };
        // The item itself is not shown: an argument may be a secret (L4).
        let message = format!("{}: an item of `{path}` {what}", scope.subject);
        scope.problem(
            Diagnostic::error(PolicyCode::InvalidArgument, at.item(index).place(), message)
                .field(path)
                .help(help),
        );
    }
    if items.is_empty() {
        let message = format!("{} has an empty `{path}`", scope.subject);
        scope.problem(
            Diagnostic::error(PolicyCode::EmptyCommand, at.place(), message)
                .field(path)
                .help("write the program, then each of its arguments, such as `[drain, --wait]`"),
        );
    }
    if items.len() > ARGUMENTS_MAX {
        let message = format!(
            "{}: `{path}` has {} items, and may have {ARGUMENTS_MAX}",
            scope.subject,
            items.len()
        );
        scope.problem(
            Diagnostic::error(PolicyCode::CommandTooLong, at.place(), message)
                .field(path)
                .help("put the arguments into a script, and write its path here"),
        );
    }
    // With a problem there is no command at all: one without the bad item would do something else.
    let texts = || items.iter().map(|Text(item)| item.clone()).collect();
    (scope.problems.len() == before).then(texts)
}

fn environment(
    scope: &mut Scope<'_>,
    RawTags(variables): &RawTags,
    at: At<'_>,
) -> Option<BTreeMap<String, String>> {
    let before = scope.problems.len();
    for (name, value) in variables {
        let at = at.key(name);
        if let Err((code, problem, help)) = check_variable(name) {
            let message = format!("{}: the variable {} {problem}", scope.subject, shown(name));
            scope.problem(Diagnostic::error(code, at.key_place(), message).found(name).help(help));
        }
        if value.contains('\0') {
            let message =
                format!("{}: the variable {} has a NUL in its value", scope.subject, shown(name));
            scope.problem(
                Diagnostic::error(PolicyCode::InvalidVariable, at.place(), message)
                    .help("take the `\\0` out: the system ends a value there"),
            );
        }
    }
    (scope.problems.len() == before).then(|| variables.clone())
}

/// Whether a variable may be called so; else what is wrong and what to do.
fn check_variable(name: &str) -> Result<(), (PolicyCode, &'static str, &'static str)> {
    let rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if name.is_empty() || !rest.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err((
            PolicyCode::InvalidVariable,
            "cannot be called so",
            "a name has a letter or `_` first, then letters, digits and `_`",
        ));
    }
    if name.starts_with(OWN_VARIABLES) {
        return Err((
            PolicyCode::ReservedVariable,
            "is one of keyform's own",
            "names that begin with `KEYFORM_` tell the program of its instance: choose another",
        ));
    }
    Ok(())
}
