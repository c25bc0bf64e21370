//! The engine: which step may begin, which call is made when, and when the run is over.

mod looking;
mod stopping;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use super::{
    awaited::{Group, awaited, awaited_by},
    call::{Answer, Call, CallFailure},
    command::{Command, Event, Limits, PollId, ProgramId, Run, Ticket},
    context::{self, Again, Context, Heard, Next},
    deferral::deferred,
    failure::Failure,
    obstacle::obstacle,
    paging::{Page, Paging},
    programs::Running,
    report::{Progress, Report, StepEnd},
    shared::Shared,
    steps::Step,
    timing::{held_back, known_restarts},
    waits::WaitFor,
    why_not::{StopReason, WhyNot},
};
use crate::{
    ecs::FailureKind,
    model::{Address, InstanceId, PerStep, Region, StepId, Timestamp},
    plan::Plan,
    state::{Entry, Intent},
};

/// One step while the run goes on.
#[derive(Debug)]
struct Slot<'p> {
    step: Step<'p>,
    waits_for: usize,
    call: Option<Call>,
    /// What is left of its read, if that takes several calls.
    paging: Paging,
    /// What the last attempt of the current call came to, if it is to be made again.
    failure: Option<CallFailure>,
    /// What the last write was going to change.
    intended: Vec<Address>,
    /// How often the current call was made.
    attempt: u32,
    /// The instances with which the step tells that it begins, once its call is made.
    announces: Option<Vec<InstanceId>>,
}

/// The scheduler of one run.
#[derive(Debug)]
pub struct Scheduler<'p> {
    shared: Shared<'p>,
    slots: PerStep<Slot<'p>>,
    /// How each step has ended, once it has.
    ends: PerStep<Option<StepEnd>>,
    ready: VecDeque<StepId>,
    /// Steps whose call is made at a later moment.
    later: BTreeSet<(Timestamp, StepId)>,
    in_flight: usize,
    polls: BTreeMap<PollId, Region>,
    /// Looks at all pairs of a region at the end of the run.
    closing_looks: BTreeMap<PollId, Region>,
    latest_poll: PollId,
    unfinished: usize,
    /// Since when the run goes on, once it does.
    begun: Option<Timestamp>,
    is_over: bool,
}

impl<'p> Scheduler<'p> {
    /// A scheduler for a plan that has passed its check and its verdict.
    #[must_use]
    pub fn new(plan: &'p Plan, run: Run, limits: Limits) -> Self {
        let shared = Shared::new(plan, run, limits);
        let steps = plan.steps.len();
        let slots = PerStep::new(steps, |id| Slot {
            step: Step::new(&shared, id),
            waits_for: plan.steps[id].after.len(),
            call: None,
            paging: Paging::default(),
            failure: None,
            intended: Vec::new(),
            attempt: 0,
            announces: None,
        });
        Self {
            shared,
            ends: PerStep::new(steps, |_| None),
            unfinished: steps,
            slots,
            ready: VecDeque::new(),
            later: BTreeSet::new(),
            in_flight: 0,
            polls: BTreeMap::new(),
            closing_looks: BTreeMap::new(),
            latest_poll: PollId::default(),
            begun: None,
            is_over: false,
        }
    }

    /// How many calls run at once.
    #[must_use]
    pub fn parallelism(&self) -> usize {
        self.shared.limits.parallelism
    }

    /// Hears an event and answers with what is to be done, in this order.
    pub fn handle(&mut self, now: Timestamp, event: Event) -> Vec<Command> {
        self.shared.now = now;
        match event {
            Event::Start => {
                self.begun = Some(now);
                let restarts = known_restarts(&self.shared);
                self.shared.emit(Progress::Begun { restarts });
                let free = self.slots.ids().filter(|&id| self.slots[id].waits_for == 0);
                self.ready.extend(free);
            }
            Event::Answered(ticket, result) => {
                self.in_flight -= 1;
                self.shared.calls.answered(ticket, throttled(&result), now);
                match ticket {
                    Ticket::Step(id) => self.answered(id, result),
                    Ticket::Poll(poll) => self.polled(poll, result),
                    Ticket::Program(program) => self.program_ended(program, result),
                }
            }
            // What is durable lets nothing begin that was not sent already, in its order.
            Event::Recorded => {
                self.shared.unrecorded -= 1;
                self.finish_or_wait();
                return std::mem::take(&mut self.shared.out);
            }
            Event::RecordFailed => {
                self.shared.unrecorded -= 1;
                // Whoever has the lock now has sealed the journal; what is down is still looked at.
                if !self.shared.has_lost_lease {
                    self.interrupt(StopReason::Unrecorded);
                    self.stop_watching(StopReason::Unrecorded);
                }
            }
            Event::LeaseLost => self.lose_lease(),
            Event::Tick => {}
            Event::Stop => self.interrupt(StopReason::Signal),
        }
        self.go_on();
        std::mem::take(&mut self.shared.out)
    }

    fn go_on(&mut self) {
        self.repeat_due_calls();
        self.look_if_due();
        loop {
            while let Some(id) = self.ready.pop_front() {
                self.begin(id);
            }
            self.look_at_pairs_if_over();
            self.send_calls();
            // A program that is left to the next run may have ended its step.
            if self.ready.is_empty() {
                break;
            }
        }
        self.say_what_is_awaited();
        self.finish_or_wait();
    }

    fn begin(&mut self, id: StepId) {
        if self.shared.run.verdict.done.contains(&id) {
            return self.end(id, StepEnd::Skipped);
        }
        if let Some(reason) = obstacle(&self.shared, &self.ends, id) {
            return self.end(id, StepEnd::NotStarted(reason));
        }
        let now = self.shared.now;
        if let Some(reason) = self.held_back(id, now) {
            return self.withhold(id, reason);
        }
        self.shared.leave_out(id);
        // A step of instances tells that it begins once it has looked at them.
        if self.shared.action(id).items().is_empty() {
            self.shared.emit(Progress::Started { step: id, instances: Vec::new() });
        }
        let next = self.slots[id].step.begin(&mut Context { id, shared: &mut self.shared });
        self.next(id, next);
    }

    fn hear(&mut self, id: StepId, heard: Heard) {
        let next = self.slots[id].step.hear(&mut Context { id, shared: &mut self.shared }, heard);
        self.next(id, next);
    }

    /// Does what is next for a step, unless the run is kept from it.
    fn next(&mut self, id: StepId, next: Next) {
        // What waits for something else has its own time to succeed in then.
        if matches!(next, Next::At(..) | Next::Reread(..)) {
            self.shared.fails_since[id] = None;
        }
        if let Some(what) = awaited_by(&next) {
            self.shared.waits.begin(id, what, self.shared.now);
        }
        match next {
            Next::Write { intents, call, announces } => self.write(id, intents, call, announces),
            Next::Call(call) => self.call(id, call),
            Next::At(at, call) | Next::Reread(at, call) => self.call_at(id, at, call),
            Next::Again(again) => self.call_again(id, *again),
            Next::Watch | Next::Wait => {}
            Next::Withhold(reason) => self.withhold(id, reason),
            Next::End(end) => self.end(id, end),
        }
    }

    fn held_back(&mut self, id: StepId, at: Timestamp) -> Option<StopReason> {
        held_back(&mut self.shared, id, self.slots[id].step.asking(), at)
    }

    /// Writes down that a call is about to be made, and makes it.
    fn write(
        &mut self,
        id: StepId,
        intents: Vec<(Address, Intent)>,
        call: Call,
        announces: Option<Vec<InstanceId>>,
    ) {
        let now = self.shared.now;
        if let Some(reason) = self.held_back(id, now) {
            return self.withhold(id, reason);
        }
        self.intend(id, intents);
        self.call(id, call);
        self.slots[id].announces = announces;
    }

    fn intend(&mut self, step: StepId, intents: Vec<(Address, Intent)>) {
        self.slots[step].intended = intents.iter().map(|(address, _)| address.clone()).collect();
        self.shared.supersede(&intents);
        self.shared.record(Entry::Intent { step, intents });
    }

    fn call(&mut self, id: StepId, call: Call) {
        let call = self.slots[id].paging.begin(call);
        self.call_next(id, call);
    }

    fn call_next(&mut self, id: StepId, call: Call) {
        let slot = &mut self.slots[id];
        slot.call = Some(call.clone());
        slot.attempt = 0;
        slot.failure = None;
        self.shared.calls.push(Ticket::Step(id), call);
    }

    fn call_at(&mut self, id: StepId, at: Timestamp, call: Call) {
        if let Some(reason) = self.held_back(id, at) {
            return self.withhold(id, reason);
        }
        let slot = &mut self.slots[id];
        slot.call = Some(slot.paging.begin(call));
        slot.attempt = 0;
        slot.failure = None;
        self.later.insert((at, id));
    }

    fn call_again(&mut self, id: StepId, again: Again) {
        let Again { at, attempt, failure, intents, call } = again;
        if !intents.is_empty() {
            self.intend(id, intents);
        }
        let slot = &mut self.slots[id];
        slot.call = Some(slot.paging.begin(call));
        slot.attempt = attempt;
        self.repeat_at(id, at, failure);
    }

    /// Makes the step's call once more after a while.
    fn repeat_at(&mut self, id: StepId, at: Timestamp, failure: CallFailure) {
        self.later.insert((at, id));
        let after = at.since(self.shared.now);
        self.shared.emit(Progress::Retrying { step: id, failure: failure.clone(), after });
        self.slots[id].failure = Some(failure);
    }

    fn answered(&mut self, id: StepId, result: Result<Answer, CallFailure>) {
        let slot = &mut self.slots[id];
        slot.attempt += 1;
        if let Some(reason) = result.as_ref().err().and_then(CallFailure::stops_run) {
            return self.halt(id, reason, result);
        }
        let slot = &mut self.slots[id];
        if result.is_ok() && !matches!(slot.call, Some(Call::Read(_))) {
            self.shared.fails_since[id] = None;
        }
        if let (Err(failure), Some(call)) = (&result, &slot.call) {
            if !matches!(failure.kind, FailureKind::Throttled { .. }) {
                self.shared.fails_since[id].get_or_insert(self.shared.now);
            }
            // A restart is counted again first.
            let harmless = !call.restarts() && (!failure.outcome_unknown || call.is_repeatable());
            let again = context::again_at(&self.shared, id, slot.attempt, failure);
            if let Some(again) = again.filter(|_| harmless)
                && self.held_back(id, again).is_none()
            {
                return self.repeat_at(id, again, failure.clone());
            }
        }
        match self.slots[id].paging.hear(result) {
            Page::Next(call) => self.call_next(id, call),
            Page::Last(result) => self.hear(id, Heard::Answer(result)),
        }
    }

    fn repeat_due_calls(&mut self) {
        while let Some(&(at, id)) = self.later.first()
            && at <= self.shared.now
        {
            self.later.pop_first();
            if let Some(call) = self.slots[id].call.clone() {
                self.shared.calls.push(Ticket::Step(id), call);
            }
        }
    }

    fn send_calls(&mut self) {
        while self.in_flight < self.shared.limits.parallelism
            && let Some((ticket, call)) = self.shared.calls.pop(self.shared.now)
        {
            if let Ticket::Program(program) = ticket
                && self.shared.has_lost_lease
            {
                self.leave_to_successor(program);
                continue;
            }
            self.in_flight += 1;
            self.shared.out.push(Command::Call(ticket, call));
            if let Ticket::Step(step) = ticket
                && let Some(instances) = self.slots[step].announces.take()
            {
                self.shared.emit(Progress::Started { step, instances });
            }
        }
    }

    fn finish_or_wait(&mut self) {
        if self.unfinished == 0 && !self.shared.closing.is_open() {
            return self.finish();
        }
        let repeat = self.later.first().map(|&(at, _)| at);
        // Without a free thread no call can be made, whatever its budget allows.
        let has_thread = self.in_flight < self.shared.limits.parallelism;
        let allowed = self.shared.calls.next_at(self.shared.now).filter(|_| has_thread);
        let closing = self.shared.closing.next_at().filter(|_| self.unfinished == 0);
        let next = [repeat, self.shared.watch.next_at(), allowed, closing];
        let next = next.into_iter().flatten().min();
        let is_idle = next.is_none() && self.in_flight == 0 && self.shared.unrecorded == 0;
        if is_idle && self.begun.is_some() {
            self.shared.out.push(Command::Stuck);
        } else if let Some(at) = next.into_iter().chain(self.shared.waits.next_at()).min() {
            self.shared.out.push(Command::WakeAt(at));
        }
    }

    /// Says of each step that has waited for another half minute what it waits for.
    fn say_what_is_awaited(&mut self) {
        for due in self.shared.waits.due(self.shared.now) {
            let slot = &self.slots[due.step];
            let groups = awaited(&self.shared, due, &slot.step, slot.call.as_ref());
            for Group { awaited, instances, since } in groups {
                let seconds = self.shared.now.since(since).as_secs();
                let step = due.step;
                self.shared.emit(Progress::Still { step, awaited, instances, seconds });
            }
        }
    }

    /// Ends the run, once all that it has written down is durable.
    fn finish(&mut self) {
        let report = self.report();
        if !self.is_over && report.is_complete() {
            self.shared.record(Entry::Finished);
        }
        self.is_over = true;
        if self.shared.unrecorded == 0 {
            self.shared.out.push(Command::Finish(report));
        }
    }

    fn report(&self) -> Report {
        let steps = self.ends.iter().zip(self.shared.items.iter());
        let steps = steps.map(|(end, items)| items.report(end.clone().unwrap_or(StepEnd::Skipped)));
        let now = self.shared.now;
        let took = self.begun.map_or(Duration::ZERO, |begun| now.since(begun));
        let stopped_by = self.shared.stopped_by.clone();
        Report { steps: steps.collect(), stopped: self.shared.stopped, stopped_by, took }
    }

    /// Hears how a program or a login has ended.
    fn program_ended(&mut self, program: ProgramId, result: Result<Answer, CallFailure>) {
        let Some(running) = self.shared.programs.take(program) else { return };
        let Running { step, instance, purpose, .. } = running;
        let failure = match result {
            Ok(Answer::Done) => None,
            Ok(Answer::Ran { failure, output }) => {
                if !output.is_empty() {
                    let instance = instance.clone();
                    self.shared.emit(Progress::Printed { step, instance, purpose, output });
                }
                failure.map(|failure| Failure::ProgramFailed { purpose, failure })
            }
            Ok(_) => Some(Failure::UnexpectedAnswer),
            Err(failure) => Some(failure.into()),
        };
        self.hear(step, Heard::Program(purpose, instance, failure));
    }

    /// Ends a step that has not changed anything, and is kept from it.
    fn withhold(&mut self, id: StepId, reason: StopReason) {
        self.shared.stopped = Some(reason);
        self.shared.watch.end_step(id);
        self.end(id, StepEnd::NotStarted(WhyNot::Stopped { reason }));
    }

    /// Ends a step and lets those begin that waited for it. What it has prepared is put back first.
    fn end(&mut self, id: StepId, end: StepEnd) {
        let mut cx = Context { id, shared: &mut self.shared };
        let Some(end) = self.slots[id].step.close(&mut cx, end) else {
            return self.shared.waits.begin(id, WaitFor::Instances, self.shared.now);
        };
        self.shared.waits.end(id);
        match &end {
            StepEnd::NotStarted(why) => {
                if *why == (WhyNot::Stopped { reason: StopReason::Window }) {
                    self.defer(id);
                }
                self.shared.fail_all(id, &Failure::NotReached { why: *why });
            }
            StepEnd::Failed(failure) => self.shared.fail_all(id, failure),
            StepEnd::Done | StepEnd::Skipped | StepEnd::Partly => {}
        }
        let report = self.shared.items[id].report(end.clone());
        self.ends[id] = Some(end);
        self.unfinished -= 1;
        self.shared.emit(Progress::Ended { step: id, report });
        for index in 0..self.shared.dependents[id].len() {
            let next = self.shared.dependents[id][index];
            self.slots[next].waits_for -= 1;
            if self.slots[next].waits_for == 0 {
                self.ready.push_back(next);
            }
        }
    }

    /// Writes down what a step leaves to a later window, so that it needs no other approval.
    fn defer(&mut self, id: StepId) {
        let changes = deferred(&self.shared, id);
        if !changes.is_empty() {
            self.shared.outcome(id, changes, Vec::new(), false);
        }
    }
}

/// How long the service wants no call like this, if it was throttled.
fn throttled(result: &Result<Answer, CallFailure>) -> Option<Duration> {
    match result {
        Err(CallFailure { kind: kind @ FailureKind::Throttled { .. }, .. }) => {
            Some(kind.least_wait())
        }
        _ => None,
    }
}
