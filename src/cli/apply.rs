//! `keyform apply`.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{
    Exit,
    arguments::{ApplyOptions, Format, RunOptions},
    events,
    project::{self, RunSettings},
    stopping, terminal,
};
use crate::{
    disk::RealDisk,
    model::CloudName,
    plan::Targets,
    render,
    session::{self, Applied, PlanOptions, Planned, Wish},
};

pub(super) fn run(directory: &Path, options: &ApplyOptions) -> anyhow::Result<Exit> {
    let wish = match &options.plan {
        Some(path) => match session::read_plan(&RealDisk, path) {
            Ok(plan) => Ok(Wish::Saved(Box::new(plan))),
            Err(error) => Err(error.into()),
        },
        None => Ok(fresh(&options.run, false)),
    };
    apply(directory, wish, &options.run, "Do this?")
}

/// A plan that is made now, as these options say.
pub(super) fn fresh(options: &RunOptions, destroy: bool) -> Wish {
    Wish::Fresh(PlanOptions {
        destroy,
        accept_missing: options.accept_missing,
        targets: Targets::new(options.target.targets.clone()),
    })
}

/// Applies a wish, unless there is an error instead of one: shows, asks where that is wanted, and
/// tells what became of it.
pub(super) fn apply(
    directory: &Path,
    wish: anyhow::Result<Wish>,
    options: &RunOptions,
    question: &str,
) -> anyhow::Result<Exit> {
    match options.format {
        Format::Text => for_people(directory, wish?, options, question),
        Format::Json => events::apply(directory, wish, options),
    }
}

fn for_people(
    directory: &Path,
    wish: Wish,
    options: &RunOptions,
    question: &str,
) -> anyhow::Result<Exit> {
    let saved = matches!(wish, Wish::Saved(_));
    let unapproved = !saved && !options.auto_approve;
    if unapproved && !terminal::can_ask() {
        terminal::tell(
            "Not approved: there is no terminal to ask on. Pass --auto-approve, or make a plan \
             with `keyform plan -o FILE`, have it reviewed, and pass that.",
        );
        return Ok(Exit::NotApproved);
    }
    let before_run = if unapproved { Exit::NotApproved } else { Exit::Stopped };
    let session = project::open_with(directory, settings(options, before_run)?)?;
    let mut approve = |planned: &Planned| {
        // What cannot be shown is not approved.
        let shown = terminal::print(&render::plan::text(&planned.plan)).is_ok();
        let approved = shown && (options.auto_approve || terminal::ask(question));
        // A blank line between the plan and what goes on.
        terminal::tell("");
        approved
    };
    let applied = session.apply(wish, &mut approve, &mut |plan, progress| {
        if let Some(line) = render::progress::line(plan, progress) {
            terminal::tell(&line);
        }
    })?;
    match &applied {
        Applied::Nothing(plan) => terminal::print(&render::plan::text(plan))?,
        Applied::Declined => terminal::tell("Not approved, so nothing was done."),
        Applied::Ran { plan, report } => {
            let key_file = |name: &CloudName| session.private_key_file(name).map(tidy);
            let text = render::report::text(plan, report, &key_file);
            terminal::print(&format!("\n{text}"))?;
        }
    }
    Ok(exit_of(&applied))
}

/// How a run goes on; before it begins a signal ends the program with `before_run`.
pub(super) fn settings(options: &RunOptions, before_run: Exit) -> io::Result<RunSettings> {
    Ok(RunSettings {
        threads: usize::from(options.parallelism),
        stop: stopping::on_signals(before_run)?,
        deadline: options.deadline,
        lock_timeout: options.lock.timeout,
        private_keys: options.keys.private_keys.clone(),
    })
}

/// The exit code for what became of an apply.
pub(super) fn exit_of(applied: &Applied) -> Exit {
    let is_done = match applied {
        Applied::Declined => return Exit::NotApproved,
        Applied::Nothing(plan) => !plan.is_blocked(),
        Applied::Ran { report, .. } if report.stopped.is_some() => return Exit::Stopped,
        Applied::Ran { plan, report } => report.is_complete() && !plan.is_blocked(),
    };
    if is_done { Exit::Done } else { Exit::Partly }
}

/// A path without a leading `./`.
fn tidy(path: PathBuf) -> PathBuf {
    path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
}
