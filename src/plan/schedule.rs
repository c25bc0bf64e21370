//! When restarts may begin: what a policy lets nobody do now waits, with the reason.

use super::{
    Inputs,
    bindings::{DraftFleet, NeedKind, Rebind},
    order::Draft,
    reason::ScheduleReason,
};
use crate::model::{
    RestartPolicy, RestartWhen, Timestamp,
    schedule::{Calendar, Window, Zone},
};

/// Defers what may not begin now, and leaves the restarts of `when: manual` to people.
///
/// A Stopped instance waits like a Running one: bound outside of its time, whoever starts it would
/// put a key in effect that nothing has proven.
pub(super) fn hold(inputs: Inputs<'_>, fleets: &mut [DraftFleet], draft: &mut Draft) {
    for fleet in fleets.iter_mut().filter(|fleet| !fleet.needs.is_empty()) {
        fleet.urgent = is_urgent(inputs, fleet);
        let obstacle = obstacle(fleet, inputs.now);
        let is_manual = fleet.restart.when == RestartWhen::Manual;
        let mut may_begin = Vec::new();
        for need in std::mem::take(&mut fleet.needs) {
            // Nothing is interrupted by a log-on, and what was restarted is watched to its return.
            if need.is_begun && !need.running {
                fleet.waits(&need, ScheduleReason::StoppedPrepared, draft);
                continue;
            }
            if need.kind == NeedKind::Prove || need.is_begun {
                fleet.needs.push(need);
                continue;
            }
            match &obstacle {
                // What can never be done is not deferred.
                Some(reason @ ScheduleReason::NoWindow { .. }) => {
                    fleet.waits(&need, reason.clone(), draft);
                }
                Some(reason) => fleet.deferred.push((need, reason.clone())),
                None => may_begin.push(need),
            }
        }
        for mut need in may_begin {
            let is_unbound = match &need.kind {
                NeedKind::Rebind(to) => matches!(to, Rebind::Detach(_)),
                NeedKind::Restart | NeedKind::Prove => need.bound.is_none(),
            };
            let reason = match (need.running, is_unbound) {
                (true, false) => ScheduleReason::Manual,
                (true, true) => ScheduleReason::ManualUnbound,
                (false, false) => ScheduleReason::BoundWhileStopped,
                (false, true) => ScheduleReason::UnboundWhileStopped,
            };
            if need.running && !is_manual {
                fleet.needs.push(need);
                continue;
            }
            fleet.waits(&need, reason, draft);
            // It is bound or unbound all the same.
            if need.kind != NeedKind::Restart {
                need.running = false;
                fleet.needs.push(need);
            }
        }
    }
}

/// Whether the restarts of a binding do not wait for windows now, because of its key pair.
fn is_urgent(inputs: Inputs<'_>, fleet: &DraftFleet) -> bool {
    let Some(desired) = inputs.desired else { return false };
    let mut bindings = desired.bindings.iter();
    let binding =
        bindings.find(|binding| binding.name == fleet.binding && binding.region == fleet.region);
    let pair = binding
        .and_then(|binding| desired.key_pairs.iter().find(|pair| pair.name == binding.key_pair));
    let urgent = pair.and_then(|pair| pair.urgent.as_ref());
    urgent.is_some_and(|urgent| urgent.holds_at(inputs.now))
}

/// Why no restart may begin now, if so.
fn obstacle(fleet: &DraftFleet, now: Timestamp) -> Option<ScheduleReason> {
    let (policy, is_urgent) = (&fleet.restart, fleet.urgent);
    if let Some(paused) = policy.paused_at(now) {
        let (until, why) = (paused.until, paused.reason.clone());
        return Some(ScheduleReason::Paused { until, time_zone: time_zone(policy), why });
    }
    let calendar = policy.calendar_if(is_urgent);
    let estimate = policy.estimate(fleet.restart_seconds, fleet.proof.as_ref());
    if calendar.may_start(now, estimate) {
        return None;
    }
    let no_window = ScheduleReason::NoWindow { estimate_seconds: estimate.as_secs() };
    let Some(next) = calendar.next_start(now, estimate) else {
        return Some(no_window);
    };
    // Without what is denied it could begin now: then that is what stands in the way.
    let windows = if is_urgent { &[][..] } else { &policy.windows };
    let is_in_window =
        windows.is_empty() || Calendar::of_windows(windows, &[]).may_start(now, estimate);
    let denial = policy
        .deny
        .iter()
        .find(|deny| is_in_window && deny.from < now.plus(estimate) && now < deny.to);
    if let Some(denial) = denial {
        return Some(ScheduleReason::Denied {
            until: next,
            time_zone: time_zone(policy),
            after_seconds: next.since(now).as_secs(),
            why: denial.reason.clone(),
        });
    }
    let opens = |window: &&Window| {
        let own = Calendar::of_windows(std::slice::from_ref(*window), &[]);
        own.open_at(next).is_some()
    };
    let window = policy.windows.iter().find(opens);
    Some(window.map_or(no_window, |window| ScheduleReason::WaitsForWindow {
        window: window.clone(),
        opens: next,
        after_seconds: next.since(now).as_secs(),
    }))
}

/// The zone in which people tell moments where the windows are.
fn time_zone(policy: &RestartPolicy) -> Option<Zone> {
    policy.windows.first().map(|window| window.time_zone.clone())
}
