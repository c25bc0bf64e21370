//! `keyform apply`.

use std::path::{Path, PathBuf};

use super::{
    Exit,
    arguments::{ApplyOptions, RunOptions},
    project::{self, RunSettings},
    stopping, terminal,
};
use crate::{
    disk::RealDisk,
    model::CloudName,
    render,
    session::{self, Applied, PlanOptions, Planned, Wish},
};

pub(super) fn run(directory: &Path, options: &ApplyOptions) -> anyhow::Result<Exit> {
    let wish = match &options.plan {
        Some(path) => Wish::Saved(Box::new(session::read_plan(&RealDisk, path)?)),
        None => {
            Wish::Fresh(PlanOptions { destroy: false, accept_missing: options.run.accept_missing })
        }
    };
    apply(directory, wish, &options.run, "Do this?")
}

/// Applies a wish: shows, asks where that is wanted, and tells what became of it.
pub(super) fn apply(
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
    let run = RunSettings {
        threads: usize::from(options.parallelism),
        stop: stopping::on_signals(if unapproved { Exit::NotApproved } else { Exit::Stopped })?,
        deadline: options.deadline,
        lock_timeout: options.lock.timeout,
        private_keys: options.keys.private_keys.clone(),
    };
    let session = project::open_with(directory, run)?;
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
    match applied {
        Applied::Nothing(plan) => {
            terminal::print(&render::plan::text(&plan))?;
            Ok(if plan.is_blocked() { Exit::Partly } else { Exit::Done })
        }
        Applied::Declined => {
            terminal::tell("Not approved, so nothing was done.");
            Ok(Exit::NotApproved)
        }
        Applied::Ran { plan, report } => {
            let key_file = |name: &CloudName| session.private_key_file(name).map(tidy);
            let text = render::report::text(&plan, &report, &key_file);
            terminal::print(&format!("\n{text}"))?;
            if report.stopped.is_some() {
                return Ok(Exit::Stopped);
            }
            let done = report.is_complete() && !plan.is_blocked();
            Ok(if done { Exit::Done } else { Exit::Partly })
        }
    }
}

/// A path without a leading `./`.
fn tidy(path: PathBuf) -> PathBuf {
    path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
}
