//! A run that is interrupted: by a signal, or since it can go on no more.

use super::super::{
    call::{Answer, Call, CallFailure, Purpose},
    command::{ProgramId, Ticket},
    context::Heard,
    failure::Failure,
    programs::Running,
    report::Progress,
    why_not::{StopReason, WhyNot},
};
use super::Scheduler;
use crate::{model::StepId, state::Refused};

impl Scheduler<'_> {
    /// Leaves what is watched to the next run: no call is made any more, so that no look would show
    /// that an instance is back.
    pub(super) fn stop_watching(&mut self, reason: StopReason) {
        let why = WhyNot::Stopped { reason };
        let slots = &self.slots;
        let awaited = self.shared.watch.awaited(|step, id| slots[step].step.awaits(id));
        for (id, at) in awaited {
            self.shared.watch.give_up(&at);
            self.hear(id, Heard::Late(at.id, Failure::NotReached { why }));
        }
    }

    /// Begins nothing new from here on: calls in flight are waited for, with the reads that confirm
    /// them, and restarts that were asked for are watched. Calls that wait are not made.
    pub(super) fn interrupt(&mut self, reason: StopReason) {
        if self.shared.interruption.is_some() {
            return;
        }
        self.shared.interruption = Some(reason);
        if reason == StopReason::Signal {
            self.shared.emit(Progress::Stopping);
        }
        for (ticket, call) in self.shared.calls.take() {
            match ticket {
                Ticket::Step(id)
                    if !(self.slots[id].step.asking().confirms && reason.lets_confirm()) =>
                {
                    self.drop_call(id);
                }
                Ticket::Program(program) if self.begins(program) => self.drop_program(program),
                Ticket::Step(_) | Ticket::Poll(_) | Ticket::Program(_) => {
                    self.shared.calls.push(ticket, call);
                }
            }
        }
        for (at, id) in std::mem::take(&mut self.later) {
            if self.slots[id].step.asking().confirms && reason.lets_confirm() {
                self.later.insert((at, id));
            } else {
                self.drop_call(id);
            }
        }
    }

    /// Begins nothing new since another run may hold the lock of the project by now. Nothing is
    /// written any more; what is being restarted is looked at until it is back.
    pub(super) fn lose_lease(&mut self) {
        self.shared.has_lost_lease = true;
        if self.shared.interruption.is_none_or(|reason| reason.lets_confirm()) {
            self.shared.interruption = None;
            self.interrupt(StopReason::LeaseLost);
        }
    }

    /// Does not start a program: the run that holds the lock now puts back what is prepared.
    pub(super) fn leave_to_successor(&mut self, program: ProgramId) {
        if let Some(Running { step, instance, purpose, .. }) = self.shared.programs.take(program) {
            let why = WhyNot::Stopped { reason: StopReason::LeaseLost };
            self.shared.stopped = Some(StopReason::LeaseLost);
            let failure = Some(Failure::NotReached { why });
            self.hear(step, Heard::Program(purpose, instance, failure));
        }
    }

    /// Stops the run, since no call will be answered any more: credentials or the clock are not
    /// accepted. It is told once, and not by step after step.
    pub(super) fn stop_for(&mut self, reason: StopReason, result: &Result<Answer, CallFailure>) {
        if self.shared.stopped_by.is_some() {
            return;
        }
        self.shared.stopped_by = result.as_ref().err().cloned();
        self.shared.interruption = None;
        self.interrupt(reason);
        self.shared.stopped = Some(reason);
        self.stop_watching(reason);
    }

    /// The call of a step was refused for a reason that stops the run. A write was not done then, and
    /// what is read to confirm a write stays recorded as begun.
    pub(super) fn halt(
        &mut self,
        id: StepId,
        reason: StopReason,
        result: Result<Answer, CallFailure>,
    ) {
        let was_unknown =
            self.slots[id].failure.take().is_some_and(|before| before.outcome_unknown);
        let is_write = matches!(self.slots[id].call, Some(Call::Write(_)));
        self.stop_for(reason, &result);
        if self.slots[id].step.asking().confirms {
            return self.hear(id, Heard::Answer(result));
        }
        // Of one that was not answered before nothing is known.
        if is_write && !was_unknown {
            self.not_made(id, reason);
        }
        self.withhold(id, reason);
    }

    /// Writes down that the last write of a step surely did not happen.
    fn not_made(&mut self, id: StepId, reason: StopReason) {
        let intended = std::mem::take(&mut self.slots[id].intended).into_iter();
        let text = reason.text();
        let failures: Vec<_> =
            intended.map(|address| Refused { address, reason: text.to_owned() }).collect();
        if !failures.is_empty() {
            self.shared.outcome(id, Vec::new(), failures, false);
        }
    }

    /// Does not make a call that waits. If it was made before, its last failure is final.
    fn drop_call(&mut self, id: StepId) {
        self.slots[id].announces = None;
        let reason = self.shared.interruption.unwrap_or(StopReason::Signal);
        let confirms = self.slots[id].step.asking().confirms;
        let stopped_by = self.shared.stopped_by.clone().filter(|_| confirms);
        if let Some(failure) = self.slots[id].failure.take().or(stopped_by) {
            self.shared.stopped = Some(reason);
            return self.hear(id, Heard::Answer(Err(failure)));
        }
        // What was never sent surely did not happen; a read is about a write that was.
        if !matches!(self.slots[id].call, Some(Call::Read(_))) {
            self.not_made(id, reason);
        }
        self.withhold(id, reason);
    }

    /// Whether a program that waits would begin something: what puts an instance back ends it.
    fn begins(&self, program: ProgramId) -> bool {
        let running = self.shared.programs.get(program);
        running.is_some_and(|running| running.purpose != Purpose::After)
    }

    /// Does not start a program that waits.
    fn drop_program(&mut self, program: ProgramId) {
        if let Some(Running { step, purpose, .. }) = self.shared.programs.take(program) {
            self.hear(step, Heard::Dropped(purpose));
        }
    }
}
