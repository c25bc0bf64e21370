//! What a plan does about keys and pairs.

use std::{fmt::Write as _, path::Path};

use similar::{ChangeTag, TextDiff};

use crate::{
    model::{ResourceGroupId, Tags},
    plan::{Action, Cause, Expectation, ObjectChange, PairKey, Plan, Step},
    render::{paint::Paint, place, words},
    state::Change,
    visible,
};

/// What comes before the bindings: everything that is made, changed or written down.
pub(super) fn write(out: &mut String, plan: &Plan, project: &Path) {
    for step in plan.steps.iter().filter(|step| !comes_last(step)) {
        write_step(out, step, project);
    }
    for change in &plan.changes {
        diff(out, change);
    }
    end(out);
}

/// What comes after the bindings: what is deleted and put aside.
pub(super) fn write_last(out: &mut String, plan: &Plan, project: &Path) {
    for step in plan.steps.iter().filter(|step| comes_last(step)) {
        write_step(out, step, project);
    }
    end(out);
}

/// Whether a step waits for unbinding. A pair whose key is lost is deleted to be made again, before
/// anything is bound to it.
fn comes_last(step: &Step) -> bool {
    let removes = matches!(step.action, Action::DeletePair { .. } | Action::RetireKey { .. });
    removes && !step.cause.is_of_lost_key()
}

fn write_step(out: &mut String, step: &Step, project: &Path) {
    let row = |out: &mut String, paint, sign, what: &str, step| {
        row(out, (paint, sign), what, step, project);
    };
    match &step.action {
        Action::MakeKey { name, .. } => {
            row(out, Paint::Make, "+", &format!("private key {name}"), step);
            let is_unseen = |fact: &Expectation| matches!(fact, Expectation::KeyNotLookedAt { .. });
            let unless = match step.expectations.iter().any(is_unseen) {
                true => ", unless its vault has one already (not looked at)",
                false => "",
            };
            let _ = writeln!(out, "      RSA with 2048 bits, made on this machine{unless}");
        }
        Action::ImportPair { region, name, tags, key, resource_group, .. } => {
            row(out, Paint::Make, "+", &format!("key pair {name} in {region}"), step);
            if let PairKey::Given { summary, .. } = key {
                let _ = writeln!(out, "      public key: {}", visible::line(summary));
            }
            made_with(out, tags, resource_group.as_ref());
        }
        Action::CreatePair { region, name, tags, resource_group, .. } => {
            row(out, Paint::Make, "+", &format!("key pair {name} in {region}"), step);
            let _ = writeln!(
                out,
                "      RSA with 2048 bits, made by the service, which hands the private key out once"
            );
            made_with(out, tags, resource_group.as_ref());
        }
        Action::GroupPair { region, name, resource_group } => {
            let what = format!("resource group of {name} in {region}, to {resource_group}");
            row(out, Paint::Change, "~", &what, step);
        }
        Action::AdoptPair { region, name, owner, .. } => {
            row(out, Paint::Change, "~", &format!("key pair {name} in {region}"), step);
            let _ =
                writeln!(out, "      so far it is a pair of {}", visible::line(&owner.to_string()));
        }
        Action::TagPair { region, name, .. } => {
            row(out, Paint::Change, "~", &format!("tags of {name} in {region}"), step);
        }
        Action::UntagPair { region, name, keys, .. } => {
            let what = format!("tags of {name} in {region}, without {}", keys.join(", "));
            row(out, Paint::Change, "~", &what, step);
        }
        Action::DeletePair { region, name } => {
            row(out, Paint::Danger, "-", &format!("key pair {name} in {region}"), step);
        }
        Action::RetireKey { name, .. } => {
            row(out, Paint::Danger, "-", &format!("private key {name}"), step);
            let _ = writeln!(out, "      its file is put aside, not deleted");
        }
        Action::Record { changes } => record(out, step, changes, project),
        // These are shown by instances, in the section of bindings.
        Action::Attach { .. }
        | Action::Detach { .. }
        | Action::Restart { .. }
        | Action::Prove { .. }
        | Action::Defer { .. }
        | Action::Gate { .. } => {}
    }
}

/// With which tags and in which resource group a pair is made.
fn made_with(out: &mut String, tags: &Tags, resource_group: Option<&ResourceGroupId>) {
    if !tags.is_empty() {
        let _ = writeln!(out, "      tags: {}", visible::line(&tags_text(tags)));
    }
    if let Some(group) = resource_group {
        let _ = writeln!(out, "      resource group: {}", visible::line(group.as_str()));
    }
}

/// Ends a paragraph, if there is one.
fn end(out: &mut String) {
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
}

fn row(out: &mut String, (paint, sign): (Paint, &str), what: &str, step: &Step, project: &Path) {
    let place = step.origin.as_ref().map(|origin| format!("  {}", place::origin(project, origin)));
    let place = place.unwrap_or_default();
    let (what, cause) = (visible::line(what), words::cause(&step.cause));
    let cause = visible::line(&cause);
    let _ = writeln!(out, "  {} {what}: {cause}{}", paint.on(sign), Paint::Faint.on(place));
}

fn record(out: &mut String, step: &Step, changes: &[Change], project: &Path) {
    for change in changes {
        let is_found = step.cause == Cause::Found;
        let is_forgotten = match change {
            Change::Removed(_) => true,
            Change::Guest(..) => !is_found,
            _ => false,
        };
        let verb = if is_forgotten { "forget" } else { "record" };
        row(out, (Paint::Change, "="), &format!("{verb} {}", change.address()), step, project);
    }
}

fn tags_text(tags: &Tags) -> String {
    tags.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(", ")
}

/// What changes of an object, as a difference of its YAML.
fn diff(out: &mut String, change: &ObjectChange) {
    let yaml = |value| serde_yaml::to_string(value).unwrap_or_default();
    let (before, after) = (yaml(&change.before), yaml(&change.after));
    let _ = writeln!(out, "    {}", visible::line(&change.address.to_string()));
    for line in TextDiff::from_lines(&before, &after).iter_all_changes() {
        let text = visible::line(line.value().trim_end());
        let _ = match line.tag() {
            ChangeTag::Delete => writeln!(out, "      {}", Paint::Danger.on(format!("- {text}"))),
            ChangeTag::Insert => writeln!(out, "      {}", Paint::Make.on(format!("+ {text}"))),
            ChangeTag::Equal => writeln!(out, "        {text}"),
        };
    }
}
