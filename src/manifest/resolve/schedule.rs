//! Windows, times that are denied, and what somebody decided for a time.

use std::collections::BTreeSet;

use crate::{
    diagnostic::{Diagnostic, FieldCode, PolicyCode},
    manifest::{
        raw::{RawDeny, RawException, RawWindow, Text},
        shown::{list, shown},
        suggest::suggest,
        tree::At,
    },
    model::{
        Timestamp,
        schedule::{Day, Days, Deny, Moment, Window, Zone},
    },
    visible,
};

use super::{
    Given,
    fields::{Scope, given},
    restart::span,
};

/// The most characters of a reason.
pub(in crate::manifest) const REASON_MAX: usize = 200;

/// The windows at `at`, of which there is at least one.
pub(super) fn windows(scope: &mut Scope<'_>, raw: &[RawWindow], at: At<'_>) -> Option<Vec<Window>> {
    if raw.is_empty() {
        let message = format!("{} has an empty list of windows", scope.subject);
        scope.problem(
            Diagnostic::error(FieldCode::EmptyList, at.place(), message)
                .help("write at least one, or leave `windows` out"),
        );
        return None;
    }
    let read = |(index, raw)| window(scope, raw, at.item(index), index);
    // All are read before one counts, so that all problems are found.
    let found: Vec<_> = raw.iter().enumerate().map(read).collect();
    found.into_iter().collect()
}

fn window(scope: &mut Scope<'_>, raw: &RawWindow, at: At<'_>, index: usize) -> Option<Window> {
    let days = given(raw.days.as_deref(), at, "days").read(|raw| days(scope, raw, at.key("days")));
    let path = |field: &str| format!("restart.windows[{index}].{field}");
    if raw.start.is_none() {
        scope.missing(
            at,
            "start",
            &path("start"),
            "add when it starts, such as `start: \"02:00\"`",
        );
    }
    let limits = Window::DURATION_MIN..=Window::DURATION_MAX;
    let duration = span(scope, raw.duration, at, "duration", limits);
    if raw.duration.is_none() {
        let help = "add how long it lasts, such as `duration: 3h`";
        scope.missing(at, "duration", &path("duration"), help);
    }
    let time_zone = zone(scope, raw.time_zone.as_ref(), at);
    if raw.time_zone.is_none() {
        let help = "add the zone of its start and its days, such as `timeZone: Asia/Shanghai`";
        scope.missing(at, "timeZone", &path("timeZone"), help);
    }
    let (Given::Value(duration), Given::Value(time_zone)) = (duration, time_zone) else {
        return None;
    };
    Some(Window { days: days.or(Days::default())?, start: raw.start?, duration, time_zone })
}

fn days(scope: &mut Scope<'_>, raw: &[Text], at: At<'_>) -> Option<Days> {
    let before = scope.problems.len();
    let mut found = BTreeSet::new();
    for (index, Text(text)) in raw.iter().enumerate() {
        let at = at.item(index);
        match Day::ALL.into_iter().find(|day| day.as_str() == text) {
            None => no_day(scope, text, at),
            Some(day) if !found.insert(day) => {
                let message = format!("{} has a window with `{text}` twice", scope.subject);
                scope.problem(
                    Diagnostic::error(FieldCode::DuplicateItem, at.place(), message)
                        .found(text)
                        .help("keep one of the two"),
                );
            }
            Some(_) => {}
        }
    }
    if raw.is_empty() {
        let message = format!("{} has a window on no day", scope.subject);
        scope
            .problem(Diagnostic::error(FieldCode::EmptyList, at.place(), message).help(
                "name at least one day, such as `sat`; without `days` it is there every day",
            ));
    }
    (scope.problems.len() == before).then(|| Days::new(found))
}

fn no_day(scope: &mut Scope<'_>, text: &str, at: At<'_>) {
    let words = Day::ALL.map(Day::as_str);
    // A day that is written in full begins with its word.
    let short = text.get(..3).unwrap_or(text);
    let meant = suggest(text, words)
        .or_else(|| words.into_iter().find(|word| word.eq_ignore_ascii_case(short)));
    let guess = meant.map_or_else(String::new, |word| format!("did you mean `{word}`?\n"));
    let message = format!("{}: {} is not a day of the week", scope.subject, shown(text));
    let days = list(&words);
    scope.problem(
        Diagnostic::error(PolicyCode::UnknownDay, at.place(), message)
            .found(text)
            .expected(words)
            .suggestion(meant)
            .help(format!("{guess}days are {days}; without `days` a window is there every day")),
    );
}

/// `timeZone` below `at`.
fn zone(scope: &mut Scope<'_>, raw: Option<&Text>, at: At<'_>) -> Given<Zone> {
    given(raw, at, "timeZone").read(|Text(name)| {
        let zone = Zone::new(name);
        if zone.is_none() {
            no_zone(scope, name, at.key("timeZone"));
        }
        zone
    })
}

fn no_zone(scope: &mut Scope<'_>, name: &str, at: At<'_>) {
    // An abbreviation stands for several zones, and its neighbours in spelling for other ones.
    let mut meant = Zone::meant(name);
    if meant.is_empty() {
        let names = Zone::names();
        let cities = names.iter().map(String::as_str).filter(|name| name.contains('/'));
        meant.extend(suggest(name, cities).map(str::to_owned));
    }
    let guess = match meant.as_slice() {
        [] => String::new(),
        [name] => format!("did you mean `{name}`?\n"),
        names => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("it may mean one of these: {}\n", list(&names))
        }
    };
    let message = format!("{}: {} is not a time zone", scope.subject, shown(name));
    let suggestion = meant.first().filter(|_| meant.len() == 1);
    scope.problem(
        Diagnostic::error(PolicyCode::UnknownTimeZone, at.place(), message)
            .found(name)
            .expected(&meant)
            .suggestion(suggestion.map(String::as_str))
            .help(format!(
                "{guess}write a name of the IANA database, such as `Asia/Shanghai` or \
                 `Europe/Berlin`, with its capital letters"
            )),
    );
}

/// The zones of some windows, each once: of which dates may be.
pub(super) fn zones(windows: &Given<Vec<Window>>) -> Given<Vec<Zone>> {
    let Given::Value(windows) = windows else {
        return if *windows == Given::Absent { Given::Absent } else { Given::Broken };
    };
    let mut zones: Vec<Zone> = Vec::new();
    for window in windows {
        if !zones.contains(&window.time_zone) {
            zones.push(window.time_zone.clone());
        }
    }
    Given::Value(zones)
}

/// The times that are denied at `at`.
pub(super) fn denials(
    scope: &mut Scope<'_>,
    raw: &[RawDeny],
    at: At<'_>,
    zones: &Given<Vec<Zone>>,
) -> Option<Vec<Deny>> {
    let read = |(index, raw)| denial(scope, raw, at.item(index), index, zones);
    let found: Vec<_> = raw.iter().enumerate().map(read).collect();
    found.into_iter().collect()
}

fn denial(
    scope: &mut Scope<'_>,
    raw: &RawDeny,
    at: At<'_>,
    index: usize,
    zones: &Given<Vec<Zone>>,
) -> Option<Deny> {
    let path = |field: &str| format!("restart.deny[{index}].{field}");
    let reason = reason(scope, raw.reason.as_ref(), at, &path("reason"));
    for (field, moment, help) in [
        ("from", raw.from, "add its first day, or its first moment, such as `from: 2026-12-20`"),
        ("to", raw.to, "add its last day, or the first moment after, such as `to: 2026-12-31`"),
    ] {
        if moment.is_none() {
            scope.missing(at, field, &path(field), help);
        }
    }
    let own = zone(scope, raw.time_zone.as_ref(), at);
    let dates = [("from", raw.from), ("to", raw.to)];
    let zone = date_zone(scope, own, zones, at, &dates)?;
    let (from, to) = (raw.from?.begin(zone.as_ref())?, raw.to?.end(zone.as_ref())?);
    if to <= from {
        let message = format!("{} denies a time that ends before it begins", scope.subject);
        scope.problem(
            Diagnostic::error(PolicyCode::DenyBackwards, at.key("to").place(), message)
                .related(at.key("from").place(), "it begins here")
                .help("`to` is the last day that is denied, or the first moment that is not"),
        );
        return None;
    }
    Some(Deny { from, to, reason: reason? })
}

/// The exception at `at`, which is the field `path`: its reason, and when it is over.
pub(super) fn exception(
    scope: &mut Scope<'_>,
    raw: &RawException,
    at: At<'_>,
    path: &str,
    zones: &Given<Vec<Zone>>,
) -> Option<(String, Timestamp)> {
    let reason = reason(scope, raw.reason.as_ref(), at, &format!("{path}.reason"));
    if raw.until.is_none() {
        let help = "add its last day, or the first moment after, such as `until: \
                    2026-12-20T18:00:00+08:00`";
        scope.missing(at, "until", &format!("{path}.until"), help);
    }
    let own = zone(scope, raw.time_zone.as_ref(), at);
    let zone = date_zone(scope, own, zones, at, &[("until", raw.until)]);
    let until = zone.and_then(|zone| raw.until?.end(zone.as_ref()));
    reason.zip(until)
}

/// Why somebody decided something, in one line.
fn reason(scope: &mut Scope<'_>, raw: Option<&Text>, at: At<'_>, path: &str) -> Option<String> {
    let Some(Text(reason)) = raw else {
        let help = "add why, in one line, for those who wonder later";
        scope.missing(at, "reason", path, help);
        return None;
    };
    let length = reason.chars().count();
    let what = if reason.trim().is_empty() {
        "it is empty".to_owned()
    } else if length > REASON_MAX {
        format!("it has {length} characters")
    } else if reason.contains(visible::is_unseen) {
        "it has a line break, or another character that is not visible".to_owned()
    } else {
        return Some(reason.clone());
    };
    let message = format!("{}: this cannot be a reason: {what}", scope.subject);
    scope.problem(
        Diagnostic::error(PolicyCode::InvalidReason, at.key("reason").place(), message)
            .field("reason")
            .help(format!("write one line of at most {REASON_MAX} characters")),
    );
    None
}

/// The zone in which dates are whole days: the own one, or that of all windows. A date without
/// one is a problem, told once for all the dates; `None` if there is none, or was one before.
fn date_zone(
    scope: &mut Scope<'_>,
    own: Given<Zone>,
    zones: &Given<Vec<Zone>>,
    at: At<'_>,
    dates: &[(&str, Option<Moment>)],
) -> Option<Option<Zone>> {
    let several = match (own, zones) {
        (Given::Value(zone), _) => return Some(Some(zone)),
        (Given::Broken, _) | (Given::Absent, Given::Broken) => return None,
        (Given::Absent, Given::Absent) => false,
        (Given::Absent, Given::Value(zones)) => match &zones[..] {
            [zone] => return Some(Some(zone.clone())),
            _ => true,
        },
    };
    let date = dates.iter().find(|(_, moment)| matches!(moment, Some(Moment::Day(_))));
    let Some((field, Some(Moment::Day(date)))) = date else { return Some(None) };
    let why = if several {
        "the windows have several, and it has none"
    } else {
        "there is no window to take it from"
    };
    let message = format!("{}: the date {date} has no time zone: {why}", scope.subject);
    scope.problem(
        Diagnostic::error(PolicyCode::DateWithoutZone, at.key(field).place(), message).help(
            format!(
                "add `timeZone: Asia/Shanghai` beside it, or write a moment such as \
         {date}T00:00:00+08:00"
            ),
        ),
    );
    None
}
