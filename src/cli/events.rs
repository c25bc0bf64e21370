//! `keyform apply --format json`: a run as events, one on each line of standard output.

use std::path::Path;

use super::{
    Exit,
    apply::{Wanted, due, settings},
    arguments::RunOptions,
    later, project, terminal,
};
use crate::{
    apply::Report,
    plan::{Told, check::Unsound},
    render::events::{Event, Finished},
    session::{Applied, Planned, Session, SessionError, Wish},
};

/// Applies a wish and prints what happens; the last event says how it ended, whatever it was.
pub(super) fn apply(
    directory: &Path,
    wish: anyhow::Result<Wish>,
    options: &RunOptions,
    wanted: Wanted<'_>,
) -> anyhow::Result<Exit> {
    let ended = run(directory, wish, options, wanted);
    let (exit, error) = match &ended {
        Ok((exit, _)) => (*exit, None),
        Err(error) => (Exit::of(error), Some(format!("{error:#}"))),
    };
    let finished =
        Finished { exit_code: exit as u8, meaning: exit.meaning(), error, ..Finished::default() };
    let finished = match &ended {
        Ok((_, Some(report))) => finished.with_report(report),
        Err(error) => with_error(finished, error),
        _ => finished,
    };
    print(Event::Finished(finished))?;
    ended.map(|(exit, _)| exit)
}

/// With what has a code of its own in an error.
fn with_error<'a>(finished: Finished<'a>, error: &'a anyhow::Error) -> Finished<'a> {
    match error.downcast_ref() {
        Some(SessionError::Plan(error)) => Finished { no_plan: Some(Told::new(error)), ..finished },
        Some(SessionError::Stale(stale)) => {
            Finished { stale: stale.iter().map(Told::new).collect(), ..finished }
        }
        Some(SessionError::Unsound(Unsound(flaws)) | SessionError::Mistake(Unsound(flaws))) => {
            Finished { flaws: flaws.iter().map(Told::new).collect(), ..finished }
        }
        _ => finished,
    }
}

fn run(
    directory: &Path,
    wish: anyhow::Result<Wish>,
    options: &RunOptions,
    wanted: Wanted<'_>,
) -> anyhow::Result<(Exit, Option<Report>)> {
    let wish = wish?;
    if !wanted.is_approved {
        terminal::tell(
            "Not approved: with --format json nobody is asked. Pass --auto-approve, or make a plan \
             with `keyform plan -o FILE`, have it reviewed, and pass that.",
        );
        return Ok((Exit::NotApproved, None));
    }
    let session = project::open_with(directory, settings(options, Exit::Stopped)?)?;
    let first = once(&session, wish)?;
    if later::is_over(&first, wanted) {
        return Ok((Exit::of_applied(&first), report(first)));
    }
    loop {
        let left = session.owed()?;
        let Some(next) = later::next(&session, wanted, &left) else {
            let exit = later::exit_after(&session, &first, later::exit(wanted, &left))?;
            return Ok((exit, report(first)));
        };
        print(Event::Waiting { until: next })?;
        if !session.wait_until(next) {
            return Ok((Exit::Stopped, report(first)));
        }
        let applied = once(&session, due(options))?;
        if later::is_over(&applied, wanted) {
            return Ok((Exit::of_applied(&applied), report(applied)));
        }
    }
}

fn report(applied: Applied) -> Option<Report> {
    match applied {
        Applied::Ran { report, .. } => Some(report),
        Applied::Nothing(_) | Applied::Declined => None,
    }
}

/// Applies one wish and prints what happens.
fn once(session: &Session, wish: Wish) -> anyhow::Result<Applied> {
    let saved = matches!(wish, Wish::Saved(_));
    if let Wish::Saved(plan) = &wish {
        print(Event::Plan { plan })?;
    }
    // What cannot be shown is not approved.
    let mut approve = |planned: &Planned| print(Event::Plan { plan: &planned.plan }).is_ok();
    let applied = session.apply(wish, &mut approve, &mut |_, progress| {
        // The run goes on although nobody hears of it; the last event will fail too, and say so.
        let _ = print(progress.into());
    })?;
    if let Applied::Nothing(plan) = &applied
        && !saved
    {
        print(Event::Plan { plan })?;
    }
    Ok(applied)
}

fn print(event: Event<'_>) -> anyhow::Result<()> {
    Ok(terminal::print(&event.line())?)
}
