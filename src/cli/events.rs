//! `keyform apply --format json`: a run as events, one on each line of standard output.

use std::path::Path;

use super::{
    Exit,
    apply::{exit_of, settings},
    arguments::RunOptions,
    project, terminal,
};
use crate::{
    apply::Report,
    render::events::{Event, Finished},
    session::{Applied, Planned, Wish},
};

/// Applies a wish and prints what happens; the last event says how it ended, whatever it was.
pub(super) fn apply(
    directory: &Path,
    wish: anyhow::Result<Wish>,
    options: &RunOptions,
) -> anyhow::Result<Exit> {
    let ended = run(directory, wish, options);
    let (exit, error) = match &ended {
        Ok((exit, _)) => (*exit, None),
        Err(error) => (Exit::of(error), Some(format!("{error:#}"))),
    };
    let finished =
        Finished { exit_code: exit as u8, meaning: exit.meaning(), error, ..Finished::default() };
    let finished = match &ended {
        Ok((_, Some(report))) => finished.with_report(report),
        _ => finished,
    };
    print(Event::Finished(finished))?;
    ended.map(|(exit, _)| exit)
}

fn run(
    directory: &Path,
    wish: anyhow::Result<Wish>,
    options: &RunOptions,
) -> anyhow::Result<(Exit, Option<Report>)> {
    let wish = wish?;
    let saved = matches!(wish, Wish::Saved(_));
    if !saved && !options.auto_approve {
        terminal::tell(
            "Not approved: with --format json nobody is asked. Pass --auto-approve, or make a plan \
             with `keyform plan -o FILE`, have it reviewed, and pass that.",
        );
        return Ok((Exit::NotApproved, None));
    }
    let session = project::open_with(directory, settings(options, Exit::Stopped)?)?;
    if let Wish::Saved(plan) = &wish {
        print(Event::Plan { plan })?;
    }
    // What cannot be shown is not approved.
    let mut approve = |planned: &Planned| print(Event::Plan { plan: &planned.plan }).is_ok();
    let applied = session.apply(wish, &mut approve, &mut |_, progress| {
        // The run goes on although nobody hears of it; the last event will fail too, and say so.
        let _ = print(progress.into());
    })?;
    let exit = exit_of(&applied);
    match applied {
        Applied::Nothing(plan) if !saved => print(Event::Plan { plan: &plan })?,
        Applied::Ran { report, .. } => return Ok((exit, Some(report))),
        Applied::Nothing(_) | Applied::Declined => {}
    }
    Ok((exit, None))
}

fn print(event: Event<'_>) -> anyhow::Result<()> {
    Ok(terminal::print(&event.line())?)
}
