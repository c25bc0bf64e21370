//! The blast radius of a plan.

use std::fmt::Write as _;

use crate::{
    model::RestartWhen,
    plan::{Fleet, Plan, Summary, Waves},
    render::{paint::Paint, words::count},
};

pub(super) fn write(out: &mut String, plan: &Plan) {
    let summary = &plan.summary;
    let _ = writeln!(out, "{}", Paint::Title.on("Summary"));
    let mut line = |number: usize, text: String| {
        if number > 0 {
            let _ = writeln!(out, "  {text}");
        }
    };
    let Summary {
        keys_made,
        keys_retired,
        pairs_made,
        pairs_adopted,
        pairs_tagged,
        pairs_deleted,
        instances_bound,
        instances_replaced,
        instances_taken,
        instances_unbound,
        instances_restarted,
        records,
        blocked,
        waiting,
        waves,
    } = summary;
    line(*keys_made, format!("{} made", count(*keys_made, "private key")));
    line(*pairs_made, format!("{} made", count(*pairs_made, "key pair")));
    line(*pairs_adopted, format!("{} taken over", count(*pairs_adopted, "key pair")));
    line(*pairs_tagged, format!("{} with other tags", count(*pairs_tagged, "key pair")));
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
    for waves in waves {
        let text = format!(
            "  {} in {}: {}, at most {} down at once{}",
            waves.binding,
            waves.region,
            count(waves.count, "wave"),
            waves.unavailable_max,
            windows(plan, waves)
        );
        line(waves.count, text);
    }
    line(
        *pairs_deleted,
        Paint::Danger.on(format!("{} deleted", count(*pairs_deleted, "key pair"))),
    );
    line(*keys_retired, format!("{} put aside", count(*keys_retired, "private key")));
    line(*records, format!("{} only written down", count(*records, "fact")));
    line(*blocked, Paint::Danger.on(format!("{blocked} blocked")));
    line(*waiting, format!("{waiting} waiting"));
}

/// When the waves of a binding run, if that is not at any time.
fn windows(plan: &Plan, waves: &Waves) -> String {
    let of = |fleet: &&Fleet| fleet.binding == waves.binding && fleet.region == waves.region;
    let fleet = plan.fleets.iter().find(of);
    let Some(fleet) = fleet.filter(|fleet| fleet.restart.when == RestartWhen::Window) else {
        return String::new();
    };
    if fleet.urgent {
        return ", urgent: not only in its windows".to_owned();
    }
    let windows: Vec<_> = fleet.restart.windows.iter().map(ToString::to_string).collect();
    format!(", {}", windows.join(" and "))
}
