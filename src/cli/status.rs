//! `keyform status`.

use std::path::Path;

use super::{
    arguments::{Format, StatusOptions},
    exit_code::Exit,
    project, terminal,
};
use crate::{
    model::{InstanceStatus, Timestamp},
    plan::Summary,
    render,
    session::{InstanceRow, ProofState, Status},
    visible,
};

pub(super) fn run(directory: &Path, options: &StatusOptions) -> anyhow::Result<Exit> {
    let session = project::open(directory, &options.keys, options.format.format)?;
    let status = session.status()?;
    match options.format.format {
        Format::Json => terminal::print_json(&format!("{:#}\n", serde_json::to_value(&status)?))?,
        Format::Text => terminal::print(&text(&status, directory, session.now()))?,
    }
    Ok(if options.detailed_exitcode { Exit::of_summary(&status.todo) } else { Exit::Done })
}

fn text(status: &Status, directory: &Path, now: Timestamp) -> String {
    let has_proofs = status.instances.iter().any(|one| one.proof.is_some());
    let pairs = status.pairs.iter().map(|pair| {
        let cloud = if pair.in_cloud { "yes" } else { "no" };
        vec![
            pair.name.to_string(),
            pair.region.to_string(),
            cloud.to_owned(),
            pair.private_key.words().to_owned(),
            pair.instances.to_string(),
        ]
    });
    let instances = status.instances.iter().map(|one| {
        vec![
            one.id.to_string(),
            one.name.clone(),
            one.region.to_string(),
            one.binding.to_string(),
            one.bound.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
            effect(one),
            one.status.map_or_else(|| "not seen".to_owned(), |status| status.to_string()),
        ]
        // The proof is the last column, so that a project without proofs has shorter rows and no
        // gap.
        .into_iter()
        .chain(has_proofs.then(|| proof(one)))
        .collect()
    });
    let mut out = render::plan::first(&status.warnings, directory);
    out.push_str(&format!("Project {}, serial {}\n\n", status.project, status.serial));
    let titles = ["KEY PAIR", "REGION", "IN CLOUD", "PRIVATE KEY", "INSTANCES"];
    out.push_str(&render::table(&titles, &pairs.collect::<Vec<_>>()));
    let titles = ["INSTANCE", "NAME", "REGION", "BINDING", "BOUND TO", "EFFECT", "STATUS", "PROOF"];
    let shown = if has_proofs { &titles[..] } else { &titles[..titles.len() - 1] };
    out.push_str(&render::table(shown, &instances.collect::<Vec<Vec<String>>>()));
    out.push_str(&down(&status.instances));
    out.push_str(&render::deferred::text(&status.deferred, now));
    // Two empty tables would look like a mistake.
    if status.pairs.is_empty() && status.instances.is_empty() {
        out.push_str("Nothing is made yet, or nothing is left of it.\n");
    }
    out.push_str(&last_line(&status.todo));
    out
}

/// How much there is to do, and how much is blocked.
fn last_line(todo: &Summary) -> String {
    if todo.steps == 0 && todo.blocked == 0 {
        return "There is nothing to do.\n".to_owned();
    }
    let steps = render::count(todo.steps, "step");
    format!("There is something to do: {steps}, {} blocked; see `keyform plan`.\n", todo.blocked)
}

/// Whether what an instance is bound to is what its guest accepts, and since when it is not.
fn effect(one: &InstanceRow) -> String {
    let words = one.effect.words();
    match one.pending_since {
        Some(since) => format!("{words} since {}", render::deferred::moment(since)),
        None => words.to_owned(),
    }
}

fn proof(one: &InstanceRow) -> String {
    match one.proof {
        Some(ProofState::Shown(at)) => render::deferred::moment(at),
        Some(ProofState::Pending) => "not yet".to_owned(),
        None => "-".to_owned(),
    }
}

/// Who is down.
fn down(instances: &[InstanceRow]) -> String {
    let is_down =
        |one: &&InstanceRow| one.status.is_some_and(|status| status != InstanceStatus::Running);
    let down: Vec<_> = instances.iter().filter(is_down).map(|one| one.id.to_string()).collect();
    if down.is_empty() {
        String::new()
    } else {
        format!("Down: {}\n", visible::line(&down.join(", ")))
    }
}
