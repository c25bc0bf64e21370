//! The engine: which step may begin, which call is made when, and when the run is over.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    call::{Answer, Call, CallFailure},
    keys_and_pairs::PairPhase,
    moves::MovePhase,
    programs::Programs,
    report::{Progress, Report, StepEnd, StepReport, StopReason},
    restart::RestartPhase,
    retry::{ATTEMPTS_MAX, backoff},
    watch::Watch,
};
use crate::{
    model::{Address, BindingName, CloudName, Fingerprint, InstanceId, Lineage, Region, Timestamp},
    plan::{
        Action, Plan,
        expect::{Dropped, Verdict},
    },
    state::{Change, Entry, Facts, Failure, Intent},
};

/// What a run starts from.
#[derive(Clone, Debug)]
pub struct Run {
    /// What is left of the plan.
    pub verdict: Verdict,
    /// What is recorded.
    pub facts: Facts,
    /// The lineage of the state.
    pub lineage: Lineage,
    /// The serial of the snapshot that the run will be folded into.
    pub revision: u64,
    /// The keys that the vault was seen to hold.
    pub held_keys: BTreeMap<CloudName, (Fingerprint, String)>,
}

/// The limits of a run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many calls run at once.
    pub parallelism: usize,
    /// Nothing is begun of which the estimated end lies beyond this.
    pub deadline: Option<Timestamp>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { parallelism: 10, deadline: None }
    }
}

/// Whose call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ticket {
    /// That of a step, by its id.
    Step(usize),
    /// A look at instances of a region that are being restarted.
    Poll(usize),
    /// A program or a log-on for one instance of a step.
    Program(usize),
}

/// What the scheduler hears.
#[derive(Clone, Debug)]
pub enum Event {
    /// The run begins.
    Start,
    /// A call has ended.
    Answered(Ticket, Result<Answer, CallFailure>),
    /// The moment that was asked for has come.
    Tick,
    /// Somebody wants the run to stop: what runs is finished, and nothing new is begun.
    Stop,
}

/// What the scheduler wants. A record is durable before the commands after it are carried out.
#[derive(Clone, Debug)]
pub enum Command {
    /// Write this to the journal.
    Record(Vec<Entry>),
    /// Make this call, and answer with its ticket.
    Call(Ticket, Call),
    /// Send a tick at this moment, or earlier.
    WakeAt(Timestamp),
    /// Show this.
    Tell(Progress),
    /// The run is over.
    Finish(Report),
}

/// What a step is doing.
#[derive(Debug)]
pub(super) enum Phase {
    Pair(PairPhase),
    Move(MovePhase),
    Restart(RestartPhase),
    /// Its instances are read that are logged on to then.
    Prove,
}

/// One step while the run goes on.
#[derive(Debug, Default)]
pub(super) struct Slot {
    waits_for: usize,
    pub(super) phase: Option<Phase>,
    call: Option<Call>,
    /// What the last attempt of the current call came to, if it is to be made again.
    pub(super) failure: Option<CallFailure>,
    /// What the last write was going to change.
    pub(super) intended: Vec<Address>,
    /// How often the current call was made.
    attempt: u32,
    /// How often a write was made that had to be resolved by reading, or rests on one.
    pub(super) tried: u32,
    end: Option<StepEnd>,
    pub(super) failed: BTreeMap<InstanceId, String>,
    pub(super) left_out: BTreeMap<InstanceId, String>,
    pub(super) succeeded: usize,
    /// The instances that are prepared for their restart, which was not asked for yet.
    pub(super) drained: BTreeSet<InstanceId>,
    /// The instances of which this run has written down that they may be prepared.
    pub(super) marked: BTreeSet<InstanceId>,
    /// Whether its restart is asked for now, and not only what an earlier run asked for is watched.
    pub(super) is_rebooting: bool,
    /// Whether something of it was not begun, since the run was asked to stop.
    pub(super) is_withheld: bool,
}

/// The scheduler of one run.
#[derive(Debug)]
pub struct Scheduler<'p> {
    pub(super) plan: &'p Plan,
    pub(super) run: Run,
    pub(super) limits: Limits,
    pub(super) now: Timestamp,
    pub(super) slots: Vec<Slot>,
    pub(super) dependents: Vec<Vec<usize>>,
    ready: VecDeque<usize>,
    pub(super) calls: VecDeque<(Ticket, Call)>,
    /// Steps whose call is made again, by the moment at which it is.
    pub(super) later: BTreeSet<(Timestamp, usize)>,
    in_flight: usize,
    pub(super) watch: Watch,
    pub(super) programs: Programs,
    polls: BTreeMap<usize, Region>,
    polls_made: usize,
    pub(super) fleets: BTreeMap<(&'p Region, &'p BindingName), usize>,
    /// Instances that a step could not change, so that later steps leave them alone.
    pub(super) failed: BTreeMap<(Region, InstanceId), String>,
    pub(super) out: Vec<Command>,
    unfinished: usize,
    is_over: bool,
    /// Whether the run was asked to stop.
    pub(super) is_interrupted: bool,
    /// Why something was not begun, or not tried again.
    pub(super) stopped: Option<StopReason>,
}

impl<'p> Scheduler<'p> {
    /// A scheduler for a plan that has passed its check and its verdict.
    #[must_use]
    pub fn new(plan: &'p Plan, run: Run, limits: Limits) -> Self {
        let mut dependents = vec![Vec::new(); plan.steps.len()];
        let mut slots = Vec::with_capacity(plan.steps.len());
        for (id, step) in plan.steps.iter().enumerate() {
            for &before in &step.after {
                dependents[before].push(id);
            }
            slots.push(Slot { waits_for: step.after.len(), ..Slot::default() });
        }
        Self {
            plan,
            run,
            limits,
            now: Timestamp::from_milliseconds(0),
            unfinished: slots.len(),
            slots,
            dependents,
            ready: VecDeque::new(),
            calls: VecDeque::new(),
            later: BTreeSet::new(),
            in_flight: 0,
            watch: Watch::default(),
            programs: Programs::default(),
            polls: BTreeMap::new(),
            polls_made: 0,
            fleets: (plan.fleets.iter().enumerate())
                .map(|(index, fleet)| ((&fleet.region, &fleet.binding), index))
                .collect(),
            failed: BTreeMap::new(),
            out: Vec::new(),
            is_over: false,
            is_interrupted: false,
            stopped: None,
        }
    }

    /// How many calls run at once.
    #[must_use]
    pub fn parallelism(&self) -> usize {
        self.limits.parallelism
    }

    /// Hears an event and answers with what is to be done, in this order.
    pub fn handle(&mut self, now: Timestamp, event: Event) -> Vec<Command> {
        self.now = now;
        match event {
            Event::Start => {
                let free = (0..self.slots.len()).filter(|&id| self.slots[id].waits_for == 0);
                self.ready.extend(free);
            }
            Event::Answered(ticket, result) => {
                self.in_flight -= 1;
                match ticket {
                    Ticket::Step(id) => self.answered(id, result),
                    Ticket::Poll(number) => {
                        if let Some(region) = self.polls.remove(&number) {
                            self.polled(&region, result);
                        }
                    }
                    Ticket::Program(number) => self.program_ended(number, result),
                }
            }
            Event::Tick => {}
            Event::Stop => self.stop(),
        }
        self.repeat_due_calls();
        self.poll_if_due();
        while let Some(id) = self.ready.pop_front() {
            self.begin(id);
        }
        self.send_calls();
        self.finish_or_wait();
        std::mem::take(&mut self.out)
    }

    fn begin(&mut self, id: usize) {
        if self.run.verdict.done.contains(&id) {
            return self.end(id, StepEnd::Skipped);
        }
        if let Some(reason) = self.obstacle(id) {
            return self.end(id, StepEnd::NotStarted(reason));
        }
        if let Some(reason) = self.held_back(id, self.now) {
            return self.withhold(id, reason);
        }
        self.leave_out(id);
        let action = &self.plan.steps[id].action;
        // A restart begins when its instances are counted and it is asked for.
        if !matches!(action, Action::Restart { .. }) {
            self.tell(Progress::Started(id));
        }
        match action {
            Action::Gate { region, binding, .. } => {
                let failed = self.failures(region, binding) > 0;
                self.end(id, if failed { StepEnd::Partly } else { StepEnd::Done });
            }
            Action::Attach { .. } | Action::Detach { .. } => self.begin_move(id),
            Action::Restart { .. } => self.begin_restart(id),
            Action::Prove { .. } => self.begin_prove(id),
            _ => self.begin_pair(id),
        }
    }

    /// Why a step may not begin. A restart goes on with the instances that were moved, and the waves
    /// of a fleet go on while it may have failures; everything else wants all that came before.
    fn obstacle(&self, id: usize) -> Option<String> {
        let step = &self.plan.steps[id];
        for &before in &step.after {
            match &self.slots[before].end {
                Some(StepEnd::Done | StepEnd::Skipped) => {}
                Some(_) if restarts(&step.action) && moves(&self.plan.steps[before].action) => {}
                Some(StepEnd::NotStarted(reason)) => return Some(reason.clone()),
                Some(_) if proves(&step.action) && restarts(&self.plan.steps[before].action) => {}
                Some(StepEnd::Partly | StepEnd::Failed(_)) if self.bears_failures(id, before) => {}
                _ => return Some("a step before it failed".to_owned()),
            }
        }
        None
    }

    /// Whether a step may begin although one before it was not done for all its instances: the end
    /// of a wave while its fleet may have failures, and what goes on after that. What takes a pair or
    /// a key away is no such step: an instance that failed may need it (L3).
    fn bears_failures(&self, id: usize, before: usize) -> bool {
        let is_gate = |id: usize| matches!(self.plan.steps[id].action, Action::Gate { .. });
        match &self.plan.steps[id].action {
            Action::Gate { region, binding, .. } => {
                let fleet = self.fleet(region, binding);
                let most = fleet.map_or(0, |fleet| fleet.restart.max_failures);
                u32::try_from(self.failures(region, binding)).is_ok_and(|failed| failed <= most)
            }
            action => is_gate(before) && (moves(action) || restarts(action) || proves(action)),
        }
    }

    /// How many instances of a fleet have failed.
    fn failures(&self, region: &Region, binding: &BindingName) -> usize {
        let instances = self.fleet(region, binding).map_or(&[][..], |fleet| &fleet.instances);
        let key = |id: &InstanceId| (region.clone(), id.clone());
        instances.iter().filter(|id| self.failed.contains_key(&key(id))).count()
    }

    /// Leaves out the instances that the verdict dropped, and those that an earlier step failed on.
    fn leave_out(&mut self, id: usize) {
        let action = &self.plan.steps[id].action;
        for (instance, dropped) in self.run.verdict.dropped.get(&id).into_iter().flatten() {
            let reason = match dropped {
                Dropped::AlreadyDone => "it is so already",
                Dropped::Gone => "it does not exist any more",
            };
            self.slots[id].left_out.insert(instance.clone(), reason.to_owned());
        }
        let Some(region) = action.region() else { return };
        for item in action.items() {
            if let Some(reason) = self.failed.get(&(region.clone(), item.id.clone())) {
                self.slots[id].failed.insert(item.id.clone(), reason.clone());
            }
        }
    }

    /// The instances of a step that are still to be worked on.
    pub(super) fn items_left(&self, id: usize) -> Vec<InstanceId> {
        let slot = &self.slots[id];
        let items = self.plan.steps[id].action.items().iter().map(|item| item.id.clone());
        items
            .filter(|item| !slot.left_out.contains_key(item) && !slot.failed.contains_key(item))
            .collect()
    }

    fn answered(&mut self, id: usize, result: Result<Answer, CallFailure>) {
        let slot = &mut self.slots[id];
        slot.attempt += 1;
        if let (Err(failure), Some(call)) = (&result, &slot.call) {
            // A restart is counted again first.
            let harmless = !matches!(call, Call::Reboot { .. })
                && (!failure.outcome_unknown || call.is_repeatable());
            let again = self.again_at(id);
            if failure.transient
                && harmless
                && self.slots[id].attempt < ATTEMPTS_MAX
                && self.held_back(id, again).is_none()
            {
                return self.repeat_at(id, again, failure.clone());
            }
        }
        self.advance(id, result);
    }

    /// Goes on with a step by the final answer of its call.
    pub(super) fn advance(&mut self, id: usize, answer: Result<Answer, CallFailure>) {
        let Some(phase) = self.slots[id].phase.take() else { return };
        match phase {
            Phase::Pair(phase) => self.advance_pair(id, phase, answer),
            Phase::Move(phase) => self.advance_move(id, phase, answer),
            Phase::Restart(phase) => self.advance_restart(id, phase, answer),
            Phase::Prove => self.advance_prove(id, answer),
        }
    }

    /// When the step's call may be made once more.
    fn again_at(&self, id: usize) -> Timestamp {
        let seed = format!("{} {id}", self.plan.digest);
        self.now.plus(backoff(&seed, self.slots[id].attempt))
    }

    /// Makes the step's call once more after a while.
    fn repeat_at(&mut self, id: usize, at: Timestamp, failure: CallFailure) {
        self.later.insert((at, id));
        let reason = failure.message.clone();
        self.slots[id].failure = Some(failure);
        self.tell(Progress::Retrying { step: id, reason, after: at.since(self.now) });
    }

    /// Makes the read that resolves a write of which the outcome is unknown.
    pub(super) fn resolve(&mut self, id: usize, phase: Phase, call: Call) {
        self.slots[id].tried += 1;
        self.call(id, phase, call);
    }

    /// Makes a write once more after a while, which a read has shown not to have happened; answers
    /// whether it may.
    pub(super) fn write_later(
        &mut self,
        id: usize,
        failure: &CallFailure,
        again: fn(&mut Self, usize),
    ) -> bool {
        if !failure.transient || self.slots[id].tried >= ATTEMPTS_MAX {
            return false;
        }
        self.slots[id].attempt = self.slots[id].tried;
        let at = self.again_at(id);
        if self.held_back(id, at).is_some() {
            return false;
        }
        again(self, id);
        self.calls.retain(|(ticket, _)| *ticket != Ticket::Step(id));
        self.slots[id].attempt = self.slots[id].tried;
        self.repeat_at(id, at, failure.clone());
        true
    }

    /// Writes down that a call is about to be made, and makes it, unless the run is stopped.
    pub(super) fn write(
        &mut self,
        id: usize,
        intents: Vec<(Address, Intent)>,
        phase: Phase,
        call: Call,
    ) {
        if let Some(reason) = self.held_back(id, self.now) {
            return self.withhold(id, reason);
        }
        self.slots[id].intended = intents.iter().map(|(address, _)| address.clone()).collect();
        self.out.push(Command::Record(vec![Entry::Intent { step: id, intents }]));
        self.call(id, phase, call);
    }

    /// Makes a step's next call.
    pub(super) fn call(&mut self, id: usize, phase: Phase, call: Call) {
        let slot = &mut self.slots[id];
        slot.phase = Some(phase);
        slot.call = Some(call.clone());
        slot.attempt = 0;
        slot.failure = None;
        self.calls.push_back((Ticket::Step(id), call));
    }

    /// Makes a step's next call at a later moment, unless the run is stopped.
    pub(super) fn call_at(&mut self, id: usize, phase: Phase, call: Call, at: Timestamp) {
        if let Some(reason) = self.held_back(id, at) {
            return self.withhold(id, reason);
        }
        let slot = &mut self.slots[id];
        slot.phase = Some(phase);
        slot.call = Some(call);
        slot.attempt = 0;
        slot.failure = None;
        self.later.insert((at, id));
    }

    /// Asks how instances are that are being restarted.
    pub(super) fn poll(&mut self, region: Region, ids: Vec<InstanceId>) {
        self.polls_made += 1;
        self.polls.insert(self.polls_made, region.clone());
        let call = Call::ReadInstances { region, ids };
        self.calls.push_back((Ticket::Poll(self.polls_made), call));
    }

    fn repeat_due_calls(&mut self) {
        while let Some(&(at, id)) = self.later.first()
            && at <= self.now
        {
            self.later.pop_first();
            if let Some(call) = self.slots[id].call.clone() {
                self.calls.push_back((Ticket::Step(id), call));
            }
        }
    }

    fn send_calls(&mut self) {
        while self.in_flight < self.limits.parallelism
            && let Some((ticket, call)) = self.calls.pop_front()
        {
            self.in_flight += 1;
            self.out.push(Command::Call(ticket, call));
        }
    }

    fn finish_or_wait(&mut self) {
        if self.is_over {
            return;
        }
        if self.unfinished == 0 {
            self.is_over = true;
            let report = self.report();
            if report.is_complete() {
                self.out.push(Command::Record(vec![Entry::Finished]));
            }
            self.out.push(Command::Finish(report));
            return;
        }
        let repeat = self.later.first().map(|&(at, _)| at);
        if let Some(at) = repeat.into_iter().chain(self.watch.next_at()).min() {
            self.out.push(Command::WakeAt(at));
        }
    }

    /// Writes down what has happened.
    pub(super) fn outcome(
        &mut self,
        id: usize,
        changes: Vec<Change>,
        failures: Vec<Failure>,
        done: bool,
    ) {
        for change in &changes {
            self.run.facts.intents.remove(&change.address());
            self.run.facts.apply(change, self.run.revision);
        }
        let entry = Entry::Outcome { step: id, changes, failures, done };
        self.out.push(Command::Record(vec![entry]));
    }

    pub(super) fn tell(&mut self, progress: Progress) {
        self.out.push(Command::Tell(progress));
    }

    /// Ends a step that works on instances, by what became of them.
    pub(super) fn end_by_items(&mut self, id: usize) {
        let slot = &self.slots[id];
        let first = slot.failed.values().next().cloned();
        let end = match (first, slot.succeeded) {
            (None, 0) => StepEnd::Skipped,
            (None, _) => StepEnd::Done,
            (Some(reason), 0) => StepEnd::Failed(reason),
            (Some(_), _) => StepEnd::Partly,
        };
        self.end(id, end);
    }

    /// Ends a step and lets those begin that waited for it.
    pub(super) fn end(&mut self, id: usize, end: StepEnd) {
        if !self.slots[id].drained.is_empty() && self.put_back_first(id, &end) {
            return;
        }
        if let StepEnd::NotStarted(reason) = &end {
            self.owe(id, reason);
        }
        let action = &self.plan.steps[id].action;
        if let (StepEnd::NotStarted(reason) | StepEnd::Failed(reason), Some(region)) =
            (&end, action.region())
        {
            for item in action.items() {
                let key = (region.clone(), item.id.clone());
                self.failed.entry(key).or_insert_with(|| reason.clone());
            }
        }
        self.slots[id].end = Some(end);
        self.unfinished -= 1;
        self.tell(Progress::Ended(id));
        for index in 0..self.dependents[id].len() {
            let next = self.dependents[id][index];
            self.slots[next].waits_for -= 1;
            if self.slots[next].waits_for == 0 {
                self.ready.push_back(next);
            }
        }
    }

    /// Notes that a step failed on one instance.
    pub(super) fn fail_item(&mut self, id: usize, instance: &InstanceId, reason: String) {
        if let Some(region) = self.plan.steps[id].action.region() {
            self.failed.insert((region.clone(), instance.clone()), reason.clone());
        }
        self.slots[id].failed.insert(instance.clone(), reason);
    }

    fn report(&self) -> Report {
        let steps = self
            .slots
            .iter()
            .map(|slot| StepReport {
                end: slot.end.clone().unwrap_or(StepEnd::Skipped),
                failed: slot.failed.clone().into_iter().collect(),
                left_out: slot.left_out.clone().into_iter().collect(),
            })
            .collect();
        Report { steps, stopped: self.stopped }
    }

    /// The key material under a name: made in this run, recorded, or seen in the vault.
    pub(super) fn key(&self, name: &CloudName) -> Option<(Fingerprint, String)> {
        let recorded = self.run.facts.keys.get(name);
        recorded
            .map(|key| (key.fingerprint, key.public_key.clone()))
            .or_else(|| self.run.held_keys.get(name).cloned())
    }
}

/// Whether a step binds or unbinds instances.
pub(super) fn moves(action: &Action) -> bool {
    matches!(action, Action::Attach { .. } | Action::Detach { .. })
}

/// Whether a step shows that one can log on.
fn proves(action: &Action) -> bool {
    matches!(action, Action::Prove { .. })
}

/// Whether a step restarts instances.
pub(super) fn restarts(action: &Action) -> bool {
    matches!(action, Action::Restart { .. })
}
