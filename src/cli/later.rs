//! What an apply has left to its time: it is told, and waited for if that is wanted.

use super::{Exit, apply::Wanted, terminal};
use crate::{
    apply::StopReason,
    model::Timestamp,
    render,
    session::{Applied, PlanOptions, Session},
    state::Owed,
};

/// Tells what is left to its time, and answers the exit code of an apply that is done. With `wait`
/// its time is waited for, and `due` does what has become due.
pub(super) fn for_people(
    session: &Session,
    wanted: Wanted<'_>,
    due: &mut dyn FnMut() -> anyhow::Result<Applied>,
) -> anyhow::Result<Exit> {
    let mut left = session.owed()?;
    terminal::print(&render::owed::text(&left, session.now()))?;
    while let Some(next) = next(session, wanted, &left) {
        terminal::tell(&format!("Waiting until {}.", render::owed::moment(next)));
        if !session.wait_until(next) {
            terminal::tell("The deadline comes before that, so nothing more is done.");
            return Ok(Exit::Stopped);
        }
        let applied = due()?;
        if is_over(&applied, wanted) {
            return Ok(Exit::of_applied(&applied));
        }
        left = session.owed()?;
        terminal::print(&render::owed::text(&left, session.now()))?;
    }
    Ok(exit(wanted, &left))
}

/// Whether nothing is to be told or waited for after an apply: it has failed, or was stopped by
/// something else than the end of a window.
pub(super) fn is_over(applied: &Applied, wanted: Wanted<'_>) -> bool {
    let goes_on = wanted.wait && is_stopped_by_window(applied);
    !goes_on && Exit::of_applied(applied) != Exit::Done
}

fn is_stopped_by_window(applied: &Applied) -> bool {
    matches!(applied, Applied::Ran { report, .. } if report.stopped == Some(StopReason::Window))
}

/// The exit code of an apply after which others have done what it left to its time. If the end of a
/// window stopped it, it may have left more than these do.
pub(super) fn exit_after(session: &Session, first: &Applied, ended: Exit) -> anyhow::Result<Exit> {
    if ended != Exit::Done || !is_stopped_by_window(first) {
        return Ok(ended);
    }
    let is_done = session.plan(PlanOptions::default())?.plan.is_empty();
    Ok(if is_done { Exit::Done } else { Exit::Stopped })
}

/// The moment to wait for, if that is wanted and one comes. What may be done now and is not done
/// waits for something else.
pub(super) fn next(session: &Session, wanted: Wanted<'_>, left: &[Owed]) -> Option<Timestamp> {
    let now = session.now();
    let later = left.iter().filter_map(|owed| owed.from).filter(|from| *from > now);
    later.min().filter(|_| wanted.wait)
}

/// The exit code of an apply that is done.
pub(super) fn exit(wanted: Wanted<'_>, left: &[Owed]) -> Exit {
    if wanted.detailed && !left.is_empty() { Exit::Changes } else { Exit::Done }
}
