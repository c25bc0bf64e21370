//! The blast radius of a plan.

use std::{fmt::Write as _, time::Duration};

use crate::{
    model::{
        RestartWhen, ServiceTime,
        time::{Precision, length},
    },
    plan::{Deferred, Plan, Summary, Waves},
    render::{paint::Paint, words::count},
    visible,
};

pub(super) fn write(out: &mut String, plan: &Plan) {
    let summary = &plan.summary;
    let _ = writeln!(out, "{}", Paint::Title.on("Summary"));
    let mut line = |number: usize, text: String| {
        if number > 0 {
            let _ = writeln!(out, "  {text}");
        }
    };
    // Taken apart field by field, so that a new field does not compile without its line.
    let Summary {
        keys_made,
        keys_retired,
        pairs_made,
        pairs_adopted,
        pairs_tagged,
        pairs_grouped,
        pairs_deleted,
        instances_bound,
        instances_replaced,
        instances_taken,
        instances_unbound,
        instances_restarted,
        instances_proven,
        records,
        // Counted in the last line.
        steps: _,
        blocked: _,
        waiting,
        rotations_due,
        waves,
        deferred,
    } = summary;
    line(*keys_made, format!("{} made", count(*keys_made, "private key")));
    line(*pairs_made, format!("{} made", count(*pairs_made, "key pair")));
    line(*pairs_adopted, format!("{} taken over", count(*pairs_adopted, "key pair")));
    line(*pairs_tagged, format!("{} with other tags", count(*pairs_tagged, "key pair")));
    let grouped = format!("{} in another resource group", count(*pairs_grouped, "key pair"));
    line(*pairs_grouped, grouped);
    line(
        *instances_bound,
        format!("{} bound: a key instead of passwords", count(*instances_bound, "instance")),
    );
    line(
        *instances_replaced,
        format!("{} bound: a key instead of another", count(*instances_replaced, "instance")),
    );
    let taken = format!(
        "  {} from pairs that this project did not make",
        count(*instances_taken, "instance")
    );
    line(*instances_taken, Paint::Danger.on(taken));
    let unbound = format!(
        "{} unbound: passwords are allowed again, but none may be set, and then nobody can log on",
        count(*instances_unbound, "instance")
    );
    line(*instances_unbound, Paint::Danger.on(unbound));
    line(*instances_restarted, format!("{} restarted", count(*instances_restarted, "instance")));
    line(*instances_proven, format!("{} proven", count(*instances_proven, "log-on")));
    for waves in waves {
        line(waves.count, visible::line(&waves_text(plan, waves)).into_owned());
    }
    for (number, text) in deferred.iter().flat_map(|deferred| deferred_texts(plan, deferred)) {
        line(number, text);
    }
    let deleted = format!("{} deleted", count(*pairs_deleted, "key pair"));
    line(*pairs_deleted, Paint::Danger.on(deleted));
    line(*keys_retired, format!("{} put aside", count(*keys_retired, "private key")));
    line(*records, format!("{} only written down", count(*records, "fact")));
    line(*waiting, format!("{waiting} waiting"));
    line(*rotations_due, format!("{} due for rotation", count(*rotations_due, "key pair")));
}

/// The last line: how many steps there are, and how many objects are blocked.
pub(super) fn write_last(out: &mut String, summary: &Summary) {
    let steps = count(summary.steps, "step");
    let blocked = format!("{} blocked", summary.blocked);
    let blocked = if summary.blocked > 0 { Paint::Danger.on(blocked) } else { blocked };
    let _ = writeln!(out, "{steps}, {blocked}");
}

fn waves_text(plan: &Plan, waves: &Waves) -> String {
    let Waves { binding, region, unavailable_max, .. } = waves;
    let (number, when) = (count(waves.count, "wave"), windows(plan, waves));
    // More than there are cannot be down.
    let fleet = plan.fleet(region, binding);
    let most = fleet.map_or(*unavailable_max, |fleet| fleet.instances.len().min(*unavailable_max));
    format!("  {binding} in {region}: {number}, at most {most} down at once{when}")
}

/// What is deferred, and how much of it takes a key away; each with its number.
fn deferred_texts(plan: &Plan, deferred: &Deferred) -> [(usize, String); 2] {
    let Deferred { instances, unbound, .. } = deferred;
    let all =
        format!("{} deferred: {}", count(*instances, "instance"), when_deferred(plan, deferred));
    let without = format!(
        "  {} unbound then: passwords are allowed again, but none may be set, and then nobody can \
         log on",
        count(*unbound, "instance")
    );
    let all = visible::line(&all).into_owned();
    [(*instances, all), (*unbound, Paint::Danger.on(without))]
}

/// When what is deferred is done, and how long that takes.
fn when_deferred(plan: &Plan, deferred: &Deferred) -> String {
    let Deferred { binding, region, waves, about_seconds, from, after_seconds, why, .. } = deferred;
    let after = length(Duration::from_secs(*after_seconds));
    let why = why.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
    let minutes = about_seconds.div_ceil(60);
    let fleet = plan.fleet(region, binding);
    let windows = fleet.map(|fleet| &fleet.restart.windows[..]).unwrap_or_default();
    let open: Vec<_> = windows.iter().map(ToString::to_string).collect();
    let when = match (windows.first(), open.is_empty()) {
        (Some(window), false) => {
            let opens = window.time_zone.clock(*from);
            format!("{} (opens {opens}, in {after})", open.join(" and "))
        }
        _ => format!("from {} (in {after})", ServiceTime::new(*from, Precision::Second)),
    };
    let waves = count(*waves, "wave");
    format!("{binding} in {region}, {waves}, about {minutes} min, {when}{why}")
}

/// When the waves of a binding run, if that is not at any time.
fn windows(plan: &Plan, waves: &Waves) -> String {
    let fleet = plan.fleet(&waves.region, &waves.binding);
    let Some(fleet) = fleet.filter(|fleet| fleet.restart.when == RestartWhen::Window) else {
        return String::new();
    };
    if fleet.urgent {
        return ", urgent: not only in its windows".to_owned();
    }
    let windows: Vec<_> = fleet.restart.windows.iter().map(ToString::to_string).collect();
    format!(", {}", windows.join(" and "))
}
