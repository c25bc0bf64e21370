//! How things are: totals, then a row for each pair and each instance.

use std::path::Path;

use super::{
    columns::Column, columns::fitted, deferred, deferred::moment, paint::Paint, plan::first,
};
use crate::{
    model::{Timestamp, time::length},
    plan::Summary,
    render::words::count,
    status::{DeferredWork, EffectState, Filter, InstanceRow, PairRow, ProofState, Status, Totals},
    visible,
};

/// The whole, with tables that are at most so wide; without a width, with all there is. Places in
/// files begin with where the project is.
#[must_use]
pub fn text(status: &Status, project: &Path, now: Timestamp, width: Option<usize>) -> String {
    let mut out = first(&status.warnings, project);
    out.push_str(&format!("Project {}, serial {}\n", status.project, status.serial));
    if !status.filters.is_empty() {
        out.push_str(&format!("Only {}\n", visible::line(&filters(&status.filters))));
    }
    let is_nothing = status.pairs.is_empty() && status.instances.is_empty();
    if !is_nothing {
        out.push_str(&totals(&status.totals, width));
    }
    out.push('\n');
    out.push_str(&fitted(pair_columns(&status.pairs), width));
    out.push_str(&fitted(instance_columns(&status.instances, now), width));
    out.push_str(&down(&status.instances));
    out.push_str(&deferred::text(&status.deferred, now));
    // Two empty tables would look like a mistake.
    if is_nothing {
        out.push_str(match status.filters.is_empty() {
            true => "Nothing is made yet, or nothing is left of it.\n",
            false => "Nothing is left by these filters.\n",
        });
    }
    out.push_str(&last_line(&status.todo));
    out
}

/// The filters as the command line has them.
fn filters(filters: &Filter) -> String {
    let Filter { pairs, bindings, regions, pending } = filters;
    let named = |option: &'static str, patterns: &[String]| {
        patterns.iter().map(move |pattern| format!("{option} {pattern}")).collect::<Vec<_>>()
    };
    let mut words = named("--pair", pairs);
    words.extend(named("--binding", bindings));
    words.extend(named("--region", regions));
    words.extend(pending.then(|| "--pending".to_owned()));
    words.join(" ")
}

/// The numbers that are not zero, on lines that are at most so wide.
fn totals(totals: &Totals, width: Option<usize>) -> String {
    let Totals { pairs, instances, in_effect, pending, assumed, changed, .. } = *totals;
    let Totals { deferred, unproven, down, not_seen, rotations_due, .. } = *totals;
    let states = [
        (in_effect, "in effect"),
        (pending, "pending"),
        (assumed, "assumed"),
        (changed, "changed by others"),
        (deferred, "deferred"),
        (unproven, "login not verified"),
        (down, "down"),
        (not_seen, "not seen"),
    ];
    let states = states.iter().filter(|(number, _)| *number > 0);
    let due = match rotations_due {
        0 => String::new(),
        due => format!(" ({due} due for rotation)"),
    };
    let mut line = format!("{}{due}, {}", count(pairs, "key pair"), count(instances, "instance"));
    let mut out = String::new();
    for (at, (number, words)) in states.enumerate() {
        line.push(if at == 0 { ':' } else { ',' });
        let part = format!(" {number} {words}");
        // With room for the comma after it.
        if width.is_some_and(|width| line.chars().count() + part.len() + 1 > width) {
            out.push_str(&format!("{}\n", Paint::Title.on(&line)));
            line = " ".to_owned();
        }
        line.push_str(&part);
    }
    format!("{out}{}\n", Paint::Title.on(line))
}

fn pair_columns(pairs: &[PairRow]) -> Vec<Column> {
    let column = |title, cell: &dyn Fn(&PairRow) -> String| {
        Column::new(title, pairs.iter().map(cell).collect::<Vec<_>>())
    };
    let mut columns = vec![
        column("KEY PAIR", &|pair| pair.name.to_string()).cut_to(20),
        column("REGION", &|pair| pair.region.to_string()).cut_to(12),
        column("IN CLOUD", &|pair| if pair.in_cloud { "yes" } else { "no" }.to_owned()),
        column("PRIVATE KEY", &|pair| pair.private_key.words().to_owned()),
        column("INSTANCES", &|pair| pair.instances.to_string()),
    ];
    if pairs.iter().any(|pair| pair.rotation.is_some()) {
        columns.push(column("ROTATION", &rotation));
    }
    columns
}

/// When the rotation of a pair is due.
fn rotation(pair: &PairRow) -> String {
    match pair.rotation {
        Some(rotation) if rotation.is_due => format!("due since {}", moment(rotation.from)),
        Some(rotation) => format!("due from {}", moment(rotation.from)),
        None => "-".to_owned(),
    }
}

/// The columns of instances. What few projects have stands last and only if there is any, so that
/// others have shorter rows and no gap.
fn instance_columns(instances: &[InstanceRow], now: Timestamp) -> Vec<Column> {
    let cells = |cell: &dyn Fn(&InstanceRow) -> String| -> Vec<String> {
        instances.iter().map(cell).collect()
    };
    let column = |title, cell: &dyn Fn(&InstanceRow) -> String| Column::new(title, cells(cell));
    let mut columns = vec![
        column("INSTANCE", &|one| one.id.to_string()),
        column("NAME", &|one| one.name.clone()).cut_to(10).rank(0),
        column("REGION", &|one| one.region.to_string()).cut_to(10).context().rank(1),
        column("BINDING", &|one| one.binding.to_string()).cut_to(10).context().rank(2),
        column("BOUND TO", &|one| bound(one)).cut_to(10).rank(3),
        column("EFFECT", &effect).or(cells(&|one| effect_briefly(one).to_owned())),
        column("STATUS", &|one| {
            one.status.map_or_else(|| "not seen".to_owned(), |status| status.to_string())
        }),
    ];
    if instances.iter().any(|one| one.deferred.is_some()) {
        let work = |one: &InstanceRow, words: fn(&DeferredWork, Timestamp) -> String| {
            one.deferred.as_ref().map_or_else(|| "-".to_owned(), |work| words(work, now))
        };
        let short = cells(&|one| work(one, deferred_briefly));
        columns.push(column("DEFERRED", &|one| work(one, deferred_fully)).or(short));
    }
    if instances.iter().any(|one| one.proof.is_some()) {
        let short = cells(&|one| proof(one).split('T').next().unwrap_or_default().to_owned());
        columns.push(column("PROOF", &proof).or(short).rank(4));
    }
    columns
}

fn bound(one: &InstanceRow) -> String {
    one.bound.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn effect_words(one: &InstanceRow) -> &'static str {
    one.effect.map_or("-", |effect| effect.words())
}

/// Whether what an instance is bound to is what its guest accepts, and since when it is not.
fn effect(one: &InstanceRow) -> String {
    let words = effect_words(one);
    match one.pending_since {
        Some(since) => format!("{words} since {}", moment(since)),
        None => words.to_owned(),
    }
}

fn effect_briefly(one: &InstanceRow) -> &'static str {
    match one.effect {
        Some(EffectState::Changed) => "changed",
        _ => effect_words(one),
    }
}

/// What is done later, and from when on.
fn deferred_fully(work: &DeferredWork, now: Timestamp) -> String {
    let what =
        work.to.as_ref().map_or_else(|| "unbind".to_owned(), |name| format!("bind to {name}"));
    match work.from {
        Some(from) if from > now => format!("{what} from {}", moment(from)),
        Some(_) => format!("{what} from now on"),
        None => format!("{what}, no time"),
    }
}

/// When that is.
fn deferred_briefly(work: &DeferredWork, now: Timestamp) -> String {
    match work.from {
        Some(from) if from > now => format!("in {}", length(from.since(now))),
        Some(_) => "now".to_owned(),
        None => "no time".to_owned(),
    }
}

fn proof(one: &InstanceRow) -> String {
    match one.proof {
        Some(ProofState::Shown(at)) => moment(at),
        Some(ProofState::Pending) => "not yet".to_owned(),
        None => "-".to_owned(),
    }
}

/// Which instances are down.
fn down(instances: &[InstanceRow]) -> String {
    let down: Vec<_> =
        instances.iter().filter(|one| one.is_down()).map(|one| one.id.to_string()).collect();
    if down.is_empty() {
        return String::new();
    }
    format!("Down: {}\n", visible::line(&down.join(", ")))
}

/// How much there is to do, and how much is blocked.
fn last_line(todo: &Summary) -> String {
    if todo.steps == 0 && todo.blocked == 0 {
        return "There is nothing to do.\n".to_owned();
    }
    let steps = count(todo.steps, "step");
    format!("There is something to do: {steps}, {} blocked; see `keyform plan`.\n", todo.blocked)
}

#[cfg(test)]
mod tests;
