//! What one step sees of its run, and what it answers.

use std::collections::BTreeMap;

use super::{
    call::{Answer, Call, CallFailure, Purpose},
    command::Ticket,
    failure::Failure,
    programs::Running,
    report::{Progress, StepEnd},
    retry::{THROTTLED_MAX, TRIED_FOR, wait_after},
    shared::Shared,
    timing::{self, Asking},
    why_not::StopReason,
};
use crate::{
    ecs::{FailureKind, ItemResults},
    model::{Address, CloudName, InstanceId, Program, Region, StepId, Timestamp},
    plan::Item,
    state::{Change, Intent, Refused},
};

/// What a step hears.
#[derive(Debug)]
pub(super) enum Heard {
    /// The final answer of its call.
    Answer(Result<Answer, CallFailure>),
    /// A program of it has ended for an instance, and why it failed if it did.
    Program(Purpose, InstanceId, Option<Failure>),
    /// A program of it is not started, since the run is interrupted.
    Dropped(Purpose),
    /// Instances that it watches are back, and have settled.
    Back(Vec<InstanceId>),
    /// An instance that it watches has not come back in time, with the reason.
    Late(InstanceId, Failure),
}

/// What is next for a step.
#[derive(Debug)]
pub(super) enum Next {
    /// A write: its intents are durable before the call is made. `announces` has the instances of
    /// a step that tells with this call that it begins.
    Write { intents: Vec<(Address, Intent)>, call: Call, announces: Option<Vec<InstanceId>> },
    /// A call that changes nothing in the cloud, or reads what became of a write.
    Call(Call),
    /// A read at a later moment, while others are waited for.
    At(Timestamp, Call),
    /// A read at a later moment: what was written does not show yet.
    Reread(Timestamp, Call),
    /// A call that is made once more: the write before it is known not to have happened.
    Again(Box<Again>),
    /// Its instances are watched until they are back.
    Watch,
    /// The programs or calls that it has are waited for.
    Wait,
    /// It has changed nothing, and is kept from it.
    Withhold(StopReason),
    /// It has ended.
    End(StepEnd),
}

/// A call that is made once more after a while.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) at: Timestamp,
    /// How many attempts there were.
    pub(super) attempt: u32,
    /// What the last one came to.
    pub(super) failure: CallFailure,
    /// What the call will change.
    pub(super) intents: Vec<(Address, Intent)>,
    pub(super) call: Call,
}

/// One step's view of its run.
#[derive(Debug)]
pub(super) struct Context<'a, 'p> {
    pub(super) id: StepId,
    pub(super) shared: &'a mut Shared<'p>,
}

impl Context<'_, '_> {
    pub(super) fn now(&self) -> Timestamp {
        self.shared.now
    }

    /// The instances that are still to be worked on.
    pub(super) fn items_left(&self) -> Vec<InstanceId> {
        self.shared.items_left(self.id)
    }

    /// Whether the step has failed for an instance.
    pub(super) fn has_failed(&self) -> bool {
        !self.shared.items[self.id].failed.is_empty()
    }

    /// Whether the step failed on an instance.
    pub(super) fn has_failed_on(&self, instance: &InstanceId) -> bool {
        self.shared.items[self.id].failed.contains_key(instance)
    }

    /// Whether the step is done for an instance.
    pub(super) fn is_done_for(&self, instance: &InstanceId) -> bool {
        self.shared.items[self.id].done.contains(instance)
    }

    pub(super) fn fail_item(&mut self, instance: &InstanceId, reason: Failure) {
        self.shared.fail_item(self.id, instance, reason);
    }

    /// Leaves out an instance that its selector does not choose any more.
    pub(super) fn leave(&mut self, instance: &InstanceId) {
        self.shared.leave(self.id, instance);
    }

    /// Notes that the step is done for an instance.
    pub(super) fn succeed(&mut self, instance: &InstanceId) {
        self.shared.items[self.id].done.insert(instance.clone());
    }

    /// The end of a step that works on instances, by what became of them.
    pub(super) fn end_by_items(&self) -> Next {
        Next::End(self.shared.items[self.id].end())
    }

    /// Whether a read may not show yet what this run has bound one of the instances to. `bound` is
    /// what it shows of each; none of one that it misses.
    pub(super) fn may_be_old<'s>(
        &self,
        region: &Region,
        bound: impl Fn(&InstanceId) -> Option<&'s Option<CloudName>>,
    ) -> bool {
        let (fresh, now) = (&self.shared.fresh, self.now());
        let mut left = self.items_left().into_iter();
        left.any(|one| fresh.may_be_old(&one.in_region(region), bound(&one), now))
    }

    pub(super) fn emit(&mut self, progress: Progress) {
        self.shared.emit(progress);
    }

    /// Writes down what is so now, and what surely did not happen.
    pub(super) fn outcome(&mut self, changes: Vec<Change>, failures: Vec<Refused>, done: bool) {
        self.shared.outcome(self.id, changes, failures, done);
    }

    /// Writes down changes, if there are any.
    pub(super) fn record(&mut self, changes: Vec<Change>) {
        if !changes.is_empty() {
            self.outcome(changes, Vec::new(), false);
        }
    }

    /// Writes down changes that are so now, and ends the step.
    pub(super) fn change(&mut self, changes: Vec<Change>) -> Next {
        self.outcome(changes, Vec::new(), true);
        Next::End(StepEnd::Done)
    }

    /// Why the step may not begin something at a moment, if so.
    pub(super) fn held_back(&mut self, asking: Asking, at: Timestamp) -> Option<StopReason> {
        timing::held_back(self.shared, self.id, asking, at)
    }

    /// When a write may be made once more that is known not to have happened, if it may.
    pub(super) fn again_at(
        &mut self,
        attempt: u32,
        failure: &CallFailure,
        asking: Asking,
    ) -> Option<Timestamp> {
        let at = again_at(self.shared, self.id, attempt, failure)?;
        self.held_back(asking, at).is_none().then_some(at)
    }

    /// Whether the step waits for a program.
    pub(super) fn has_programs(&self) -> bool {
        self.shared.programs.has(self.id)
    }

    /// Runs a program for an instance.
    pub(super) fn start_program(
        &mut self,
        instance: &InstanceId,
        purpose: Purpose,
        program: &Program,
    ) {
        let bound =
            item(self.shared.action(self.id).items(), instance).and_then(|item| item.bound.clone());
        let about = self.about(instance, purpose, bound.as_ref());
        let key = bound.filter(|_| purpose == Purpose::Proof);
        self.start_call(instance, purpose, Call::Run { program: program.clone(), about, key });
    }

    /// Makes a call for one instance.
    pub(super) fn start_call(&mut self, instance: &InstanceId, purpose: Purpose, call: Call) {
        let since = self.now();
        let running = Running { step: self.id, instance: instance.clone(), purpose, since };
        let program = self.shared.programs.start(running);
        self.shared.calls.push(Ticket::Program(program), call);
    }

    /// What a program is told about its instance.
    fn about(
        &self,
        instance: &InstanceId,
        purpose: Purpose,
        bound: Option<&CloudName>,
    ) -> BTreeMap<&'static str, String> {
        let action = self.shared.action(self.id);
        let mut about = BTreeMap::from([
            ("KEYFORM_PURPOSE", purpose.name().to_owned()),
            ("KEYFORM_PROJECT", self.shared.plan.project.to_string()),
            ("KEYFORM_INSTANCE_ID", instance.to_string()),
        ]);
        if let Some(binding) = action.binding() {
            about.insert("KEYFORM_BINDING", binding.to_string());
        }
        if let Some(name) = bound {
            about.insert("KEYFORM_KEY_PAIR", name.to_string());
        }
        let Some(region) = action.region() else { return about };
        about.insert("KEYFORM_REGION", region.to_string());
        if let Some(found) = self.shared.programs.seen(&instance.in_region(region)) {
            about.insert("KEYFORM_INSTANCE_NAME", found.name.clone());
            let addresses = [
                ("KEYFORM_PRIVATE_ADDRESS", &found.private_address),
                ("KEYFORM_PUBLIC_ADDRESS", &found.public_address),
            ];
            for (name, address) in addresses {
                if let Some(address) = address {
                    about.insert(name, address.clone());
                }
            }
        }
        about
    }
}

/// When a step's call may be made once more after so many attempts, if it may succeed then and the
/// step has not been tried for too long.
pub(super) fn again_at(
    shared: &Shared<'_>,
    id: StepId,
    attempt: u32,
    failure: &CallFailure,
) -> Option<Timestamp> {
    let seed = format!("{} {id}", shared.plan.digest);
    let at = shared.now.plus(wait_after(&failure.kind, &seed, attempt));
    let may_succeed = match failure.kind {
        // The service answers, and the call waits for its turn among all others of its kind: how
        // long that takes says nothing about the step.
        FailureKind::Throttled { .. } => attempt < THROTTLED_MAX,
        _ => {
            let since = shared.fails_since[id].unwrap_or(shared.now);
            failure.kind.is_transient() && at.since(since) < TRIED_FOR
        }
    };
    may_succeed.then_some(at)
}

/// An item of a step.
pub(super) fn item<'p>(items: &'p [Item], id: &InstanceId) -> Option<&'p Item> {
    items.iter().find(|item| item.id == *id)
}

/// The end of a step that has failed.
pub(super) fn failed(reason: impl Into<Failure>) -> Next {
    Next::End(StepEnd::Failed(reason.into()))
}

pub(super) fn pair_address(region: &Region, name: &CloudName) -> Address {
    Address::Pair(region.clone(), name.clone())
}

/// What became of each instance of a call for several; of one that is missing nothing is known.
pub(super) type Results = BTreeMap<InstanceId, Result<(), Failure>>;

/// What the service said of each instance.
pub(super) fn results(results: ItemResults) -> Results {
    let failure = |refusal| Failure::ItemRefused { refusal };
    results.into_iter().map(|(id, result)| (id, result.map_err(failure))).collect()
}

/// That a failure is that of each instance.
pub(super) fn all_failed(ids: impl IntoIterator<Item = InstanceId>, failure: &Failure) -> Results {
    ids.into_iter().map(|id| (id, Err(failure.clone()))).collect()
}
