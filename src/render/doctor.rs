//! What `keyform doctor` found, for people.

use super::{paint::Paint, wrap::wrapped};
use crate::{
    checkup::{Check, CheckGroup, Checkup, Outcome},
    visible,
};

/// The width of the word in front, and the space after it.
const INDENT: usize = 15;
/// The longest line where no terminal says another width.
const WIDTH: usize = 100;

/// All checks, group by group, and what they came to.
#[must_use]
pub fn text(checkup: &Checkup, width: Option<usize>) -> String {
    let width = width.unwrap_or(WIDTH).max(40);
    let mut out = String::new();
    let mut group: Option<CheckGroup> = None;
    for check in &checkup.checks {
        if group != Some(check.group) {
            let between = if group.is_some() { "\n" } else { "" };
            out.push_str(&format!("{between}{}\n", Paint::Title.on(check.group.title())));
            group = Some(check.group);
        }
        row(&mut out, check, width);
    }
    learned(&mut out, checkup, width);
    out.push_str(&format!("\n{}\n", summary(checkup)));
    out
}

fn row(out: &mut String, check: &Check, width: usize) {
    let word = format!("{:<11}", check.outcome.word());
    let word = match check.outcome {
        Outcome::Ok => Paint::Make.on(word),
        Outcome::Warning => Paint::Change.on(word),
        Outcome::Problem => Paint::Danger.on(word),
        Outcome::NotChecked => Paint::Faint.on(word),
    };
    let about = match check.subject.is_empty() {
        true => check.code.label().to_owned(),
        false => format!("{}, {}", check.code.label(), check.subject),
    };
    let says = visible::line(&format!("{about}: {}", check.finding)).into_owned();
    let says = match check.outcome {
        Outcome::Problem => format!("{says} [{}]", check.code.as_str()),
        _ => says,
    };
    let rows = wrapped(&says, width.saturating_sub(INDENT), 0);
    for (index, line) in rows.iter().enumerate() {
        let front = if index == 0 { format!("  {word}  ") } else { " ".repeat(INDENT) };
        out.push_str(&format!("{front}{line}\n"));
    }
    if let Some(advice) = &check.advice {
        let advice = visible::line(advice).into_owned();
        for (index, line) in
            wrapped(&advice, width.saturating_sub(INDENT + 3), 0).iter().enumerate()
        {
            let front = if index == 0 { "-> " } else { "   " };
            out.push_str(&format!("{}{front}{line}\n", " ".repeat(INDENT)));
        }
    }
}

fn learned(out: &mut String, checkup: &Checkup, width: usize) {
    if checkup.learned.is_empty() {
        return;
    }
    out.push_str(&format!("\n{}\n", Paint::Title.on("What was learned")));
    for one in &checkup.learned {
        let line = visible::line(&format!("{}: {}", one.unknown, one.answer)).into_owned();
        for line in wrapped(&format!("  {line}"), width, 6) {
            out.push_str(&format!("{line}\n"));
        }
    }
}

fn summary(checkup: &Checkup) -> String {
    let totals = checkup.totals;
    let plural = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    format!(
        "{} ok, {}, {}, {} not checked",
        totals.ok,
        plural(totals.warnings, "warning"),
        plural(totals.problems, "problem"),
        totals.not_checked
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checkup::{CheckCode, Learned, Unknown},
        model::ProjectName,
    };

    #[test]
    fn checks_stand_by_group_with_what_to_do_next() {
        let checks = vec![
            Check::skipped(CheckCode::Clock, "no answer has told the time of the service"),
            Check::ok(CheckCode::State, "it can be read; its serial is 2"),
            Check::problem(CheckCode::Key, "it is recorded, and not on this machine")
                .about("web")
                .advice("put the file back from a backup, or rotate: raise the `generation` of its KeyPair"),
            Check::warning(CheckCode::Lock, "a run holds the lock:\u{1b}[2J").advice("wait"),
        ];
        let learned =
            vec![Learned { unknown: Unknown::StartTimeMoves, answer: "it moved".to_owned() }];
        let checkup = Checkup::new(ProjectName::new("acme"), checks, learned);
        insta::assert_snapshot!(anstream::adapter::strip_str(&text(&checkup, Some(60))));
    }
}
