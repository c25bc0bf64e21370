//! The work that an apply has deferred: whether it is waited for, and what the exit code says of it.

use super::{exit_code::Exit, mode::ApplyMode};
use crate::{
    apply::StopReason,
    model::Timestamp,
    session::{Applied, PlanOptions, Session},
    state::DeferredItem,
};

/// Whether nothing is to be told or waited for after an apply: it has failed, or was stopped by
/// something else than the end of a window.
pub(super) fn is_over(applied: &Applied, mode: ApplyMode<'_>) -> bool {
    let goes_on = mode.wait && is_stopped_by_window(applied);
    !goes_on && Exit::of_applied(applied) != Exit::Done
}

fn is_stopped_by_window(applied: &Applied) -> bool {
    matches!(applied, Applied::Ran { report, .. } if report.stopped == Some(StopReason::Window))
}

/// The exit code of an apply after which others have done the work that it deferred, but for what is
/// left now. If the end of a window stopped it, it may have left more than these do.
pub(super) fn exit_after(
    session: &Session,
    mode: ApplyMode<'_>,
    first: &Applied,
    left: &[DeferredItem],
) -> anyhow::Result<Exit> {
    if mode.detailed && !left.is_empty() {
        return Ok(Exit::Changes);
    }
    if !is_stopped_by_window(first) {
        return Ok(Exit::Done);
    }
    let is_done = session.plan(PlanOptions::default())?.plan.is_empty();
    Ok(if is_done { Exit::Done } else { Exit::Stopped })
}

/// The moment to wait for, if that is wanted and one comes. What may be done now and is not done
/// waits for something else.
pub(super) fn next(
    session: &Session,
    mode: ApplyMode<'_>,
    left: &[DeferredItem],
) -> Option<Timestamp> {
    let now = session.now();
    let later = left.iter().filter_map(|deferred| deferred.from).filter(|from| *from > now);
    later.min().filter(|_| mode.wait)
}
