//! Whether something may begin at a moment: while the run is not interrupted, before its deadline,
//! inside its window.

use std::{collections::BTreeSet, time::Duration};

use super::{report::KnownRestart, shared::Shared, why_not::StopReason};
use crate::{
    model::{InstanceId, Proof, StepId, Timestamp},
    plan::{Action, Fleet},
};

/// How long a restart takes, as far as a deadline is concerned and none is recorded: from the call
/// until the instance is seen Running, which takes an instance with an ordinary disk a minute or so.
/// An instance that takes longer is watched past the deadline, since its return must be seen.
const RESTART_ESTIMATE_SECONDS: u32 = 120;
/// How long any other step takes: a few calls of a second each, and room for a repetition.
const CALL_ESTIMATE: Duration = Duration::from_secs(30);

/// What a step is about to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Asking {
    /// It only reads what became of a write.
    pub(super) confirms: bool,
    /// It asks for a restart now, and does not only watch those that an earlier run has asked for.
    pub(super) restarts_anew: bool,
}

/// Why a step may not begin something at a moment, if so. Notes that as what stopped the run.
pub(super) fn held_back(
    shared: &mut Shared<'_>,
    id: StepId,
    asking: Asking,
    at: Timestamp,
) -> Option<StopReason> {
    // A gate is no work, and what only confirms was begun before.
    let begins = !matches!(shared.action(id), Action::Gate { .. });
    let is_new = begins && !asking.confirms;
    let is_late = || {
        let deadline = shared.limits.deadline;
        deadline.is_some_and(|deadline| at.plus(estimate(shared, id)) > deadline)
    };
    // What was written is read until it shows, also after a signal.
    let goes_on = |interruption: &StopReason| asking.confirms && interruption.lets_confirm();
    let interruption = shared.interruption.filter(|reason| begins && !goes_on(reason));
    let reason = if let Some(interruption) = interruption {
        interruption
    } else if is_new && is_late() {
        StopReason::Deadline
    } else if is_new && is_outside_window(shared, id, asking, at) {
        StopReason::Window
    } else {
        return None;
    };
    shared.stopped = Some(reason);
    Some(reason)
}

/// Whether a wave may not begin at a moment by the policy of its binding. The wave is what is
/// expected to fit into the window, with its restarts; once its instances are rebound, these follow
/// while the window is open.
fn is_outside_window(shared: &Shared<'_>, id: StepId, asking: Asking, at: Timestamp) -> bool {
    match shared.action(id) {
        // Wave 0 restarts nothing.
        Action::Attach { wave, .. }
        | Action::Detach { wave, .. }
        | Action::Restart { wave, .. }
            if *wave > 0 => {}
        _ => return false,
    }
    let Some(fleet) = shared.fleet_of(id) else { return false };
    if only_watches(shared, id, asking) {
        return false;
    }
    let policy = &fleet.restart;
    let estimate =
        if is_wave_begun(shared, id) { Duration::ZERO } else { wave_estimate(shared, fleet, None) };
    policy.paused_at(at).is_some() || !policy.calendar_if(fleet.urgent).may_start(at, estimate)
}

/// Whether an earlier run has asked for all that a step restarts, or has prepared it, so that it
/// looks for their return first. Should one of them be untouched, it asks again before it restarts
/// that one.
fn only_watches(shared: &Shared<'_>, id: StepId, asking: Asking) -> bool {
    let action = shared.action(id);
    restarts(action)
        && !asking.restarts_anew
        && action.instances().all(|at| shared.is_restart_intended(&at) || shared.is_prepared(&at))
}

/// Whether this run has bound or unbound instances that a step restarts.
fn is_wave_begun(shared: &Shared<'_>, id: StepId) -> bool {
    let step = &shared.plan.steps[id];
    let is_rebound =
        |before: &StepId| rebinds(shared.action(*before)) && !shared.items[*before].done.is_empty();
    restarts(&step.action) && step.after.iter().any(is_rebound)
}

/// How long a step takes, with the restart that it is made for: a wave is begun only if it can be
/// ended.
fn estimate(shared: &Shared<'_>, id: StepId) -> Duration {
    match shared.action(id) {
        Action::Restart { .. } => shared.fleet_of(id).map_or(CALL_ESTIMATE, |fleet| {
            wave_estimate(shared, fleet, Some(RESTART_ESTIMATE_SECONDS))
        }),
        Action::Prove { .. } => {
            let proof = shared.fleet_of(id).and_then(|fleet| fleet.proof.as_ref());
            proof.map_or(CALL_ESTIMATE, Proof::timeout)
        }
        action => {
            let is_restart = |next: &&StepId| restarts(shared.action(**next));
            let restart = shared.dependents[id].iter().find(is_restart);
            let restart = restart.filter(|_| rebinds(action));
            let restart = restart.map_or(Duration::ZERO, |&next| estimate(shared, next));
            CALL_ESTIMATE.saturating_add(restart)
        }
    }
}

/// How long a wave of a fleet takes: by the longest restart of one of its instances that is
/// recorded, also by this run. Else a restart takes `unknown`, or the whole timeout.
fn wave_estimate(shared: &Shared<'_>, fleet: &Fleet, unknown: Option<u32>) -> Duration {
    fleet.restart.estimate(longest_restart(shared, fleet).or(unknown), fleet.proof.as_ref())
}

/// The longest restart of an instance of a fleet that is recorded, also by this run, in seconds.
fn longest_restart(shared: &Shared<'_>, fleet: &Fleet) -> Option<u32> {
    let record = |id: &InstanceId| shared.run.recorded.instance(&id.in_region(&fleet.region));
    let seen = fleet.instances.iter().filter_map(record);
    seen.filter_map(|record| record.restart_seconds).max()
}

/// What is recorded of earlier restarts, for each fleet that has restarts in the plan.
pub(super) fn known_restarts(shared: &Shared<'_>) -> Vec<KnownRestart> {
    let actions = shared.plan.steps.iter().map(|step| &step.action);
    let restarted: BTreeSet<_> =
        actions.filter(|action| restarts(action)).filter_map(Action::fleet).collect();
    let known = restarted.into_iter().map(|(region, binding)| KnownRestart {
        region: region.clone(),
        binding: binding.clone(),
        seconds: shared.fleet(region, binding).and_then(|fleet| longest_restart(shared, fleet)),
    });
    known.collect()
}

/// Whether a step binds or unbinds instances.
pub(super) fn rebinds(action: &Action) -> bool {
    matches!(action, Action::Attach { .. } | Action::Detach { .. })
}

/// Whether a step restarts instances.
pub(super) fn restarts(action: &Action) -> bool {
    matches!(action, Action::Restart { .. })
}
