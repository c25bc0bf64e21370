//! Stopping early: what runs is finished, and nothing new is begun.

use std::time::Duration;

use super::{
    keys_and_pairs::PairPhase,
    moves::MovePhase,
    programs::{Purpose, Running},
    report::{Progress, StepEnd, StopReason},
    scheduler::{Phase, Scheduler, Ticket, moves, restarts},
};
use crate::{
    model::{Proof, Timestamp},
    plan::{Action, Fleet},
    state::Failure,
};

/// How long a restart takes, as far as a deadline is concerned and none is recorded: from the call
/// until the instance is seen Running, which takes an instance with an ordinary disk a minute or so.
/// An instance that takes longer is watched past the deadline, since somebody has to see it back.
const RESTART_ESTIMATE_SECONDS: u32 = 120;
/// How long any other step takes: a few calls of a second each, and room for a repetition.
const CALL_ESTIMATE: Duration = Duration::from_secs(30);

impl Scheduler<'_> {
    /// Hears that the run is to stop: calls in flight are waited for, with the reads that confirm
    /// them, and restarts that were asked for are watched. Calls that wait are not made.
    pub(super) fn stop(&mut self) {
        if self.is_interrupted {
            return;
        }
        self.is_interrupted = true;
        self.tell(Progress::Stopping);
        for (ticket, call) in std::mem::take(&mut self.calls) {
            match ticket {
                Ticket::Step(id) if !self.confirms(id) => self.drop_call(id),
                Ticket::Program(number) if self.begins(number) => self.drop_program(number),
                Ticket::Step(_) | Ticket::Poll(_) | Ticket::Program(_) => {
                    self.calls.push_back((ticket, call));
                }
            }
        }
        for (_, id) in std::mem::take(&mut self.later) {
            self.drop_call(id);
        }
    }

    /// Does not make a call that waits. If it was made before, its last failure is final.
    fn drop_call(&mut self, id: usize) {
        if let Some(failure) = self.slots[id].failure.take() {
            self.stopped = Some(StopReason::Signal);
            return self.advance(id, Err(failure));
        }
        // What was never sent surely did not happen.
        let never_sent = std::mem::take(&mut self.slots[id].intended).into_iter();
        let reason = StopReason::Signal.text();
        let failures: Vec<_> =
            never_sent.map(|address| Failure { address, reason: reason.to_owned() }).collect();
        if !failures.is_empty() {
            self.outcome(id, Vec::new(), failures, false);
        }
        self.withhold(id, StopReason::Signal);
    }

    /// Whether a program that waits would begin something: what puts an instance back ends it.
    fn begins(&self, number: usize) -> bool {
        self.programs.get(number).is_some_and(|running| running.purpose != Purpose::After)
    }

    /// Does not start a program that waits.
    fn drop_program(&mut self, number: usize) {
        let Some(Running { step, purpose, .. }) = self.programs.take(number) else { return };
        self.slots[step].is_withheld = true;
        match purpose {
            Purpose::Before if !self.programs.has(step) => self.count_after_drain(step),
            Purpose::Proof => self.end_proofs(step),
            Purpose::Before | Purpose::After => {}
        }
    }

    /// Why a step may not begin something at a moment, if so.
    pub(super) fn held_back(&mut self, id: usize, at: Timestamp) -> Option<StopReason> {
        // A gate is no work, and what only confirms was begun before.
        let begins = !matches!(self.plan.steps[id].action, Action::Gate { .. });
        let is_new = begins && !self.confirms(id);
        let is_late = || {
            let deadline = self.limits.deadline;
            deadline.is_some_and(|deadline| at.plus(self.estimate(id)) > deadline)
        };
        let reason = if self.is_interrupted && begins {
            StopReason::Signal
        } else if is_new && is_late() {
            StopReason::Deadline
        } else if is_new && self.is_outside_window(id, at) {
            StopReason::Window
        } else {
            return None;
        };
        self.stopped = Some(reason);
        Some(reason)
    }

    /// Ends a step that has not changed anything, and is kept from it.
    pub(super) fn withhold(&mut self, id: usize, reason: StopReason) {
        self.stopped = Some(reason);
        self.watch.end_step(id);
        self.end(id, StepEnd::NotStarted(reason.text().to_owned()));
    }

    /// Whether a wave may not begin at a moment by the policy of its binding. The wave is what is
    /// expected to fit into the window, with its restarts; once its instances are bound anew, these
    /// follow while the window is open.
    fn is_outside_window(&self, id: usize, at: Timestamp) -> bool {
        let (region, binding) = match &self.plan.steps[id].action {
            // Wave 0 restarts nothing.
            Action::Attach { region, binding, wave, .. }
            | Action::Detach { region, binding, wave, .. }
            | Action::Restart { region, binding, wave, .. }
                if *wave > 0 =>
            {
                (region, binding)
            }
            _ => return false,
        };
        let Some(fleet) = self.fleet(region, binding) else { return false };
        if self.only_watches(id) {
            return false;
        }
        let policy = &fleet.restart;
        let estimate =
            if self.is_wave_begun(id) { Duration::ZERO } else { self.wave_estimate(fleet, None) };
        policy.paused_at(at).is_some() || !policy.calendar_if(fleet.urgent).may_start(at, estimate)
    }

    /// Whether an earlier run has asked for all that a step restarts, or has prepared it, so that it
    /// looks for their return first. Should one of them be untouched, it asks again before it restarts that one.
    fn only_watches(&self, id: usize) -> bool {
        let Some((region, _, items)) = self.restart_of(id) else { return false };
        !self.slots[id].is_rebooting
            && items.iter().all(|item| {
                self.is_restart_intended(region, &item.id) || self.is_prepared(region, &item.id)
            })
    }

    /// Whether this run has bound or unbound instances that a step restarts.
    fn is_wave_begun(&self, id: usize) -> bool {
        let step = &self.plan.steps[id];
        let is_moved = |before: &usize| {
            moves(&self.plan.steps[*before].action) && self.slots[*before].succeeded > 0
        };
        restarts(&step.action) && step.after.iter().any(is_moved)
    }

    /// How long a step takes, with the restart that it is made for: a wave is begun only if it can
    /// be ended.
    fn estimate(&self, id: usize) -> Duration {
        if let Some((_, fleet, _)) = self.restart_of(id) {
            return self.wave_estimate(fleet, Some(RESTART_ESTIMATE_SECONDS));
        }
        if let Action::Prove { region, binding, .. } = &self.plan.steps[id].action {
            let proof = self.fleet(region, binding).and_then(|fleet| fleet.proof.as_ref());
            return proof.map_or(CALL_ESTIMATE, Proof::timeout);
        }
        let is_move = moves(&self.plan.steps[id].action);
        let is_restart = |next: &&usize| restarts(&self.plan.steps[**next].action);
        let restart = self.dependents[id].iter().find(is_restart).filter(|_| is_move);
        let restart = restart.map_or(Duration::ZERO, |&next| self.estimate(next));
        CALL_ESTIMATE.saturating_add(restart)
    }

    /// How long a wave of a fleet takes: by the longest restart of one of its instances that is
    /// recorded, also by this run. Else a restart takes `unknown`, or the whole timeout.
    fn wave_estimate(&self, fleet: &Fleet, unknown: Option<u32>) -> Duration {
        let record = |id| self.run.facts.instance(&fleet.region, id);
        let seen = fleet.instances.iter().filter_map(record);
        let longest = seen.filter_map(|record| record.restart_seconds).max();
        fleet.restart.estimate(longest.or(unknown), fleet.proof.as_ref())
    }

    /// Whether the call of a step only reads what became of a write.
    fn confirms(&self, id: usize) -> bool {
        matches!(
            self.slots[id].phase,
            Some(
                Phase::Move(MovePhase::Confirming { .. })
                    | Phase::Pair(PairPhase::ResolvingImport(_) | PairPhase::ResolvingDelete(_))
            )
        )
    }
}
