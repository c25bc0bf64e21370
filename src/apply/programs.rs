//! Programs of the user that a run starts instance by instance, and log-ons: hooks and proofs.

use std::collections::BTreeMap;

use super::{
    call::{Answer, Call, CallFailure},
    keys_and_pairs::UNEXPECTED,
    report::Progress,
    scheduler::{Scheduler, Ticket},
};
use crate::model::{CloudName, InstanceId, ObservedInstance, Program, Region};

/// What a program or a log-on is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It prepares an instance for its restart.
    Before,
    /// It puts an instance back after its restart.
    After,
    /// It shows that one can log on.
    Proof,
}

impl Purpose {
    /// What people call it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Before => "the hook `before`",
            Self::After => "the hook `after`",
            Self::Proof => "the proof",
        }
    }

    /// What a program is told that it is started for.
    fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Proof => "proof",
        }
    }
}

/// A program or a log-on that runs, or is about to.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) step: usize,
    pub(super) instance: InstanceId,
    pub(super) purpose: Purpose,
}

/// The programs of a run.
#[derive(Debug, Default)]
pub(super) struct Programs {
    running: BTreeMap<usize, Running>,
    started: usize,
    /// How the instances were seen last that programs are told of.
    seen: BTreeMap<(Region, InstanceId), ObservedInstance>,
}

impl Programs {
    /// Remembers how an instance was seen.
    pub(super) fn saw(&mut self, region: &Region, found: &ObservedInstance) {
        self.seen.insert((region.clone(), found.id.clone()), found.clone());
    }

    /// How an instance was seen last.
    pub(super) fn seen(&self, region: &Region, id: &InstanceId) -> Option<&ObservedInstance> {
        self.seen.get(&(region.clone(), id.clone()))
    }

    /// Whether a step waits for any.
    pub(super) fn has(&self, step: usize) -> bool {
        self.running.values().any(|one| one.step == step)
    }

    /// What a ticket is about.
    pub(super) fn get(&self, number: usize) -> Option<&Running> {
        self.running.get(&number)
    }

    /// A program has ended, or is not started after all.
    pub(super) fn take(&mut self, number: usize) -> Option<Running> {
        self.running.remove(&number)
    }
}

impl Scheduler<'_> {
    /// Lets a program run for an instance of a step.
    pub(super) fn start_program(
        &mut self,
        step: usize,
        instance: &InstanceId,
        purpose: Purpose,
        program: &Program,
    ) {
        let about = self.about(step, instance, purpose);
        let key = self.bound_by(step, instance).filter(|_| purpose == Purpose::Proof);
        let call = Call::Run { program: program.clone(), about, key };
        self.start_call(step, instance, purpose, call);
    }

    /// Makes a call for one instance of a step.
    pub(super) fn start_call(
        &mut self,
        step: usize,
        instance: &InstanceId,
        purpose: Purpose,
        call: Call,
    ) {
        self.programs.started += 1;
        let number = self.programs.started;
        let running = Running { step, instance: instance.clone(), purpose };
        self.programs.running.insert(number, running);
        self.calls.push_back((Ticket::Program(number), call));
    }

    /// What a program is told of its instance.
    fn about(
        &self,
        step: usize,
        instance: &InstanceId,
        purpose: Purpose,
    ) -> BTreeMap<&'static str, String> {
        let action = &self.plan.steps[step].action;
        let mut about = BTreeMap::from([
            ("KEYFORM_PURPOSE", purpose.name().to_owned()),
            ("KEYFORM_PROJECT", self.plan.project.to_string()),
            ("KEYFORM_INSTANCE_ID", instance.to_string()),
        ]);
        if let Some(binding) = action.binding() {
            about.insert("KEYFORM_BINDING", binding.to_string());
        }
        if let Some(name) = self.bound_by(step, instance) {
            about.insert("KEYFORM_KEY_PAIR", name.to_string());
        }
        let Some(region) = action.region() else { return about };
        about.insert("KEYFORM_REGION", region.to_string());
        if let Some(found) = self.programs.seen(region, instance) {
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

    /// What an instance is bound to once a step is done.
    pub(super) fn bound_by(&self, step: usize, instance: &InstanceId) -> Option<CloudName> {
        let mut items = self.plan.steps[step].action.items().iter();
        items.find(|item| item.id == *instance)?.bound.clone()
    }

    /// Hears how a program or a log-on has ended.
    pub(super) fn program_ended(&mut self, number: usize, result: Result<Answer, CallFailure>) {
        let Some(Running { step, instance, purpose }) = self.programs.take(number) else { return };
        let failure = match result {
            Ok(Answer::Done) => None,
            Ok(Answer::Ran { failure, output }) => {
                if !output.is_empty() {
                    let instance = instance.clone();
                    self.tell(Progress::Printed { step, instance, purpose, output });
                }
                failure.map(|failure| format!("{} failed: {failure}", purpose.words()))
            }
            Ok(_) => Some(UNEXPECTED.to_owned()),
            Err(failure) => Some(failure.message),
        };
        match purpose {
            Purpose::Before => self.drained(step, &instance, failure),
            Purpose::After => self.put_back(step, &instance, failure),
            Purpose::Proof => self.proven(step, &instance, failure),
        }
    }
}
