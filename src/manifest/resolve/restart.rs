//! `restart`: when and how instances may be restarted.

use std::ops::RangeInclusive;

use crate::{
    diagnostic::{Diagnostic, FieldCode, PolicyCode},
    manifest::{
        raw::{RawProgram, RawRestart, Text},
        shown::{list, shown},
        suggest::suggest,
        tree::At,
    },
    model::{
        GroupName, MaxUnavailable, Program, RestartPolicy, RestartWhen,
        names::{NAME_LENGTH_MAX, check_name},
        schedule::{Paused, Span},
    },
};

use super::{
    Given,
    fields::{Scope, given},
    program::program,
    schedule::{denials, exception, windows, zones},
};

/// The shortest and the longest time that an instance may take.
const TIMEOUT: RangeInclusive<Span> = Span::seconds(1)..=Span::minutes(24 * 60);
/// The same for the time that is waited when it is back.
const SETTLE: RangeInclusive<Span> = Span::ZERO..=Span::minutes(24 * 60);
/// The same for a program that runs before or after.
const HOOK_TIMEOUT: RangeInclusive<Span> = TIMEOUT;

/// `restart` below `at`, as far as it is written there.
pub(super) fn restart(
    scope: &mut Scope<'_>,
    raw: Option<&RawRestart>,
    at: At<'_>,
) -> Given<RestartPolicy> {
    given(raw, at, "restart").read(|raw| policy(scope, raw, at.key("restart")))
}

/// All of it is looked at, so that all problems are found in one run.
fn policy(scope: &mut Scope<'_>, raw: &RawRestart, at: At<'_>) -> Option<RestartPolicy> {
    let when = when(scope, raw, at);
    let windows = given(raw.windows.as_deref(), at, "windows")
        .read(|raw| windows(scope, raw, at.key("windows")));
    let has_what_it_waits_for = when.is_none_or(|when| waits_for_its_windows(scope, raw, when, at));
    let zones = zones(&windows);
    let deny = given(raw.deny.as_deref(), at, "deny")
        .read(|raw| denials(scope, raw, at.key("deny"), &zones));
    let paused = given(raw.paused.as_ref(), at, "paused")
        .read(|raw| exception(scope, raw, at.key("paused"), "restart.paused", &zones))
        .read(|(reason, until)| Some(Some(Box::new(Paused { reason, until }))));
    let group = given(raw.group.as_ref(), at, "group")
        .read(|name| group(scope, name, at.key("group")).map(Some));
    let settle = span(scope, raw.settle, at, "settle", SETTLE);
    let timeout = span(scope, raw.timeout, at, "timeout", TIMEOUT);
    let max_unavailable = given(raw.max_unavailable, at, "maxUnavailable");
    let canary = given(raw.canary.map(Some), at, "canary");
    let before = hook(scope, raw.before.as_ref(), at, "before");
    let after = hook(scope, raw.after.as_ref(), at, "after");
    let max_failures = given(raw.max_failures, at, "maxFailures").read(|number| Some(number.0));
    has_what_it_waits_for.then_some(())?;
    Some(RestartPolicy {
        when: when?,
        max_unavailable: max_unavailable.or(MaxUnavailable::Number(1))?,
        windows: windows.or(Vec::new())?,
        deny: deny.or(Vec::new())?,
        canary: canary.or(None)?,
        group: group.or(None)?,
        max_failures: max_failures.or(0)?,
        settle: settle.or(Span::ZERO)?,
        timeout: timeout.or(RestartPolicy::TIMEOUT)?,
        paused: paused.or(None)?,
        before: before.or(None)?,
        after: after.or(None)?,
        include_managed: false,
    })
}

/// What `when` means, for those who have none or a wrong one.
pub(super) const WHEN_HELP: &str = "`when: now` restarts the instances during the apply that \
     binds them, at most maxUnavailable at a time: a key pair takes effect only at a restart\n\
     `when: window` restarts them in the `windows` that it has, by that apply or a later one\n\
     `when: manual` leaves the restarts to people";

/// What `when` may be.
const WHEN: [(&str, RestartWhen); 3] =
    [("now", RestartWhen::Now), ("window", RestartWhen::Window), ("manual", RestartWhen::Manual)];

fn when(scope: &mut Scope<'_>, raw: &RawRestart, at: At<'_>) -> Option<RestartWhen> {
    let Some(Text(when)) = &raw.when else {
        let help = format!(
            "add a `when`; a `restart` is taken whole, so nothing of it comes from elsewhere\n\
             {WHEN_HELP}"
        );
        scope.missing(at, "when", "restart.when", &help);
        return None;
    };
    if let Some((_, known)) = WHEN.iter().find(|(word, _)| word == when) {
        return Some(*known);
    }
    let words = WHEN.map(|(word, _)| word);
    let meant = suggest(when, words);
    let guess = meant.map_or_else(String::new, |word| format!("did you mean `{word}`?\n"));
    let message = format!("{}: restart.when cannot be {}", scope.subject, shown(when));
    scope.problem(
        Diagnostic::error(FieldCode::UnknownWord, at.key("when").place(), message)
            .field("restart.when")
            .found(when)
            .expected(words)
            .suggestion(meant)
            .label(format!("it is one of {}", list(&words)))
            .help(format!("{guess}{WHEN_HELP}")),
    );
    None
}

/// Whether there are windows where they are waited for, and nowhere else.
fn waits_for_its_windows(
    scope: &mut Scope<'_>,
    raw: &RawRestart,
    when: RestartWhen,
    at: At<'_>,
) -> bool {
    let waits = when == RestartWhen::Window;
    // What is wrong with the list itself was told where it was read.
    if at.lost("windows") || waits == raw.windows.is_some() {
        return true;
    }
    if waits {
        let message = format!("{} waits for windows, and has none", scope.subject);
        scope.problem(Diagnostic::error(PolicyCode::WindowsMissing, at.key("when").place(), message).help(
            "add `windows: [{days: [sat], start: \"02:00\", duration: 3h, timeZone: Asia/Shanghai}]` \
             beside it",
        ));
    } else {
        let word = WHEN.iter().find(|(_, known)| *known == when).map_or("", |(word, _)| word);
        let message = format!("{} has windows, and does not wait for them", scope.subject);
        scope.problem(
            Diagnostic::error(PolicyCode::WindowsUnused, at.key("windows").key_place(), message)
                .related(at.key("when").place(), format!("because of `when: {word}`"))
                .help("write `when: window`, or leave the windows out"),
        );
    }
    false
}

fn group(scope: &mut Scope<'_>, Text(name): &Text, at: At<'_>) -> Option<GroupName> {
    let problem = match check_name(name, NAME_LENGTH_MAX) {
        Ok(()) => return Some(GroupName::new(name.as_str())),
        Err(problem) => problem,
    };
    let message = format!("{}: a group cannot be called {}: {problem}", scope.subject, shown(name));
    scope.problem(
        Diagnostic::error(FieldCode::InvalidName, at.place(), message)
            .field("restart.group")
            .found(name)
            .help(
                "a group is a name that Bindings share: 2 to 128 characters, a letter first, then \
         letters, digits, `:`, `_` and `-`",
            ),
    );
    None
}

/// What runs for an instance before or after its restart.
fn hook(
    scope: &mut Scope<'_>,
    raw: Option<&RawProgram>,
    at: At<'_>,
    field: &str,
) -> Given<Option<Box<Program>>> {
    let path = format!("restart.{field}");
    given(raw, at, field)
        .read(|raw| program(scope, raw.into(), at.key(field), &path, HOOK_TIMEOUT))
        .read(|program| Some(Some(Box::new(program))))
}

/// A length of time within its limits.
pub(super) fn span(
    scope: &mut Scope<'_>,
    raw: Option<Span>,
    at: At<'_>,
    field: &str,
    within: RangeInclusive<Span>,
) -> Given<Span> {
    let (shortest, longest) = within.into_inner();
    given(raw, at, field).read(|span| {
        if shortest <= span && span <= longest {
            return Some(span);
        }
        let message = format!("{}: its `{field}` cannot be {span}", scope.subject);
        scope.problem(
            Diagnostic::error(FieldCode::DurationOutOfRange, at.key(field).place(), message)
                .field(field)
                .found(&span.to_string())
                .expected([format!("{shortest} to {longest}")])
                .help(format!("write a duration from {shortest} to {longest}")),
        );
        None
    })
}
