//! `keyform apply`.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{
    Exit,
    arguments::{ApplyOptions, Format, RunOptions},
    events, later,
    project::{self, RunSettings},
    stopping, terminal,
};
use crate::{
    disk::RealDisk,
    model::CloudName,
    plan::Targets,
    render,
    session::{self, Applied, PlanOptions, Planned, Session, SessionError, Wish},
};

/// What is wanted of an apply, beside how it runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// What people are asked.
    pub(super) question: &'a str,
    /// Whether nobody has to approve it any more.
    pub(super) is_approved: bool,
    /// Whether the windows of what is left to its time are waited for.
    pub(super) wait: bool,
    /// Whether the exit code says that something is left to its time.
    pub(super) detailed: bool,
}

pub(super) fn run(directory: &Path, options: &ApplyOptions) -> anyhow::Result<Exit> {
    let wish = match &options.plan {
        Some(path) => match session::read_plan(&RealDisk, path) {
            Ok(plan) => Ok(Wish::Saved(Box::new(plan))),
            Err(error) => Err(error.into()),
        },
        None if options.due => Ok(due(&options.run)),
        None => Ok(fresh(&options.run, false)),
    };
    let wanted = Wanted {
        question: "Do this?",
        is_approved: options.plan.is_some() || options.due || options.run.auto_approve,
        wait: options.wait,
        detailed: options.detailed_exitcode,
    };
    apply(directory, wish, &options.run, wanted)
}

/// A plan that is made now, as these options say.
pub(super) fn fresh(options: &RunOptions, destroy: bool) -> Wish {
    Wish::Fresh(PlanOptions {
        destroy,
        accept_missing: options.accept_missing,
        targets: Targets::new(options.target.targets.clone()),
        due: false,
        force_restarts: options.force.restarts,
    })
}

/// A plan for what is left to its time, which was approved before.
pub(super) fn due(options: &RunOptions) -> Wish {
    Wish::Fresh(PlanOptions {
        accept_missing: options.accept_missing,
        due: true,
        ..PlanOptions::default()
    })
}

/// Applies a wish, unless there is an error instead of one: shows, asks where that is wanted, and
/// tells what became of it.
pub(super) fn apply(
    directory: &Path,
    wish: anyhow::Result<Wish>,
    options: &RunOptions,
    wanted: Wanted<'_>,
) -> anyhow::Result<Exit> {
    match options.format {
        Format::Text => for_people(directory, wish?, options, wanted),
        Format::Json => events::apply(directory, wish, options, wanted),
    }
}

fn for_people(
    directory: &Path,
    wish: Wish,
    options: &RunOptions,
    wanted: Wanted<'_>,
) -> anyhow::Result<Exit> {
    if !wanted.is_approved && !terminal::can_ask() {
        terminal::tell(
            "Not approved: there is no terminal to ask on. Pass --auto-approve, or make a plan \
             with `keyform plan -o FILE`, have it reviewed, and pass that.",
        );
        return Ok(Exit::NotApproved);
    }
    let before_run = if wanted.is_approved { Exit::Stopped } else { Exit::NotApproved };
    let session = project::open_with(directory, settings(options, before_run)?)?;
    let applied = once(&session, wish, wanted)?;
    if later::is_over(&applied, wanted) {
        return Ok(Exit::of_applied(&applied));
    }
    let ended = later::for_people(&session, wanted, &mut || {
        once(&session, due(options), Wanted { is_approved: true, ..wanted })
    })?;
    later::exit_after(&session, &applied, ended)
}

/// Applies one wish and tells of it.
fn once(session: &Session, wish: Wish, wanted: Wanted<'_>) -> anyhow::Result<Applied> {
    let mut approve = |planned: &Planned| {
        // What cannot be shown is not approved.
        let shown = terminal::print(&render::plan::text(&planned.plan)).is_ok();
        let approved = shown && (wanted.is_approved || terminal::ask(wanted.question));
        // A blank line between the plan and what goes on.
        terminal::tell("");
        approved
    };
    let applied: Result<_, SessionError> =
        session.apply(wish, &mut approve, &mut |plan, progress| {
            if let Some(line) = render::progress::line(plan, progress) {
                terminal::tell(&line);
            }
        });
    let applied = applied?;
    match &applied {
        Applied::Nothing(plan) => terminal::print(&render::plan::text(plan))?,
        Applied::Declined => terminal::tell("Not approved, so nothing was done."),
        Applied::Ran { plan, report } => {
            let key_file = |name: &CloudName| session.private_key_file(name).map(tidy);
            let text = render::report::text(plan, report, &key_file);
            terminal::print(&format!("\n{text}"))?;
        }
    }
    Ok(applied)
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

/// A path without a leading `./`.
fn tidy(path: PathBuf) -> PathBuf {
    path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
}
