//! A world and its story, run by run.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keyform::{
    apply::{Report, StepEnd},
    emulator::{Act, Fact, Failure, Fault, When},
    model::{Address, CloudName, InstanceId, InstanceStatus, ownership},
    plan::{Action, Plan},
    session::Applied,
};
use proptest::prelude::*;

use super::{
    happening::{Happening, Trouble},
    oracle::{Known, Oracle},
    wish::{FOREIGN, INSTANCES, PAIRS, inventory},
};
use crate::laws::scene::{PROJECT, Scene, region};

/// A world and its story so far.
pub(super) struct Story {
    pub(super) scene: Scene,
    known: Arc<Mutex<Known>>,
}

impl Story {
    pub(super) fn new() -> Self {
        let mut scene = Scene::new("");
        scene.write("keyform.yaml", &PROJECT.replace("name: laws", "name: worlds"));
        scene.write("inventory.yaml", &inventory(&[true; 6]));
        scene.import_foreign(FOREIGN);
        Self { scene, known: Arc::default() }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn happen(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        let region = region();
        let one = |instance: &usize| vec![InstanceId::new(INSTANCES[*instance])];
        match happening {
            Happening::Write(wish) => self.scene.write("web.yaml", &wish.manifests()),
            Happening::Tag(roles) => self.scene.write("inventory.yaml", &inventory(roles)),
            Happening::Run(trouble) => return self.run(trouble),
            Happening::Bind { instance, pair } => self.bind(*instance, *pair),
            Happening::Unbind(instance) => self.unbind(*instance),
            Happening::Restart(instance) => self.scene.restart(INSTANCES[*instance]),
            Happening::Stop(instance) => {
                self.scene.happen(Fact::Stopped { region, instance_ids: one(instance) });
            }
            Happening::Start(instance) => {
                let id = InstanceId::new(INSTANCES[*instance]);
                let status = self.scene.world(|world, now| world.status(now, &region, &id));
                if status == Some(InstanceStatus::Stopped) {
                    let instance_ids = one(instance);
                    self.scene.happen(Fact::Started { region, instance_ids, milliseconds: 20_000 });
                }
            }
            Happening::Untag(pair) => {
                let name = CloudName::new(PAIRS[*pair]);
                let has = |scene: &Scene| {
                    scene.world(|world, _| world.pairs(&region).any(|pair| pair.name == name))
                };
                if has(&self.scene) {
                    let key_pair_names = vec![name.clone()];
                    let tag_keys = vec![ownership::TAG_GENERATION.to_owned()];
                    self.scene.happen(Fact::Untagged {
                        region: region.clone(),
                        key_pair_names,
                        tag_keys,
                    });
                }
            }
            Happening::Pass(minutes) => {
                self.scene.pass(Duration::from_secs(u64::from(*minutes) * 60));
            }
            Happening::LoseState => self.scene.lose_state(),
        }
        Ok(())
    }

    /// Somebody binds an instance to a pair whose private key somebody has.
    fn bind(&self, instance: usize, pair: usize) {
        let name = PAIRS.get(pair).copied().unwrap_or(FOREIGN);
        let there = self
            .scene
            .world(|world, _| world.pairs(&region()).any(|pair| pair.name.as_str() == name));
        if there {
            self.scene.bind(name, INSTANCES[instance]);
        }
    }

    fn unbind(&self, instance: usize) {
        let id = InstanceId::new(INSTANCES[instance]);
        let bound = self.scene.world(|world, _| world.bound(&region(), &id).cloned());
        if let Some(key_pair_name) = bound {
            self.known().unbound.insert(id.clone());
            let instance_ids = vec![id];
            self.scene.happen(Fact::Unbound { region: region(), key_pair_name, instance_ids });
        }
    }

    fn run(&mut self, trouble: &Trouble) -> Result<(), TestCaseError> {
        let mut stopped = None;
        let faults = match trouble {
            Trouble::None => Vec::new(),
            Trouble::KilledAfter(call) => {
                let (hook, when) = self.scene.stopper();
                stopped = Some(when);
                vec![Fault { when: When::Call(*call), act: Act::StopAfter(hook) }]
            }
            Trouble::Fails(call, after) => {
                let failure = Failure::NoAnswer;
                let act = if *after { Act::After(failure) } else { Act::Before(failure) };
                vec![Fault { when: When::Call(*call), act }]
            }
            Trouble::Refuses(instance) => {
                let instance_ids = BTreeSet::from([InstanceId::new(INSTANCES[*instance])]);
                let code = "IncorrectInstanceStatus".to_owned();
                vec![Fault { when: When::Always, act: Act::FailItems { instance_ids, code } }]
            }
        };
        // A plan that nobody can make says why; the same as this run makes is its reference.
        self.known().plan = self.scene.try_plan(false, false).ok();
        let ran = self.scene.run_through(
            false,
            |inner| Oracle { inner, scene: self.scene.clone(), known: self.known.clone() },
            faults,
        );
        if let Some(moment) = stopped.and_then(|when| when.get().copied()) {
            self.scene.crash();
            self.scene = self.scene.at(moment);
        }
        if let Ok(Applied::Ran { plan, report }) = &ran.outcome {
            self.partial_success_counts(plan, report)?;
        }
        match self.known().broken.take() {
            Some(law) => Err(TestCaseError::fail(law)),
            None => Ok(()),
        }
    }

    /// L8: what a step has done for an instance is not done again by the next plan.
    fn partial_success_counts(&self, plan: &Plan, report: &Report) -> Result<(), TestCaseError> {
        let Ok(next) = self.scene.try_plan(false, false) else { return Ok(()) };
        let again: BTreeSet<InstanceId> = next
            .steps
            .iter()
            .filter(|step| matches!(step.action, Action::Restart { .. }))
            .flat_map(|step| step.action.items().iter().map(|item| item.id.clone()))
            .collect();
        for (step, end) in plan.steps.iter().zip(&report.steps) {
            let Action::Restart { items, .. } = &step.action else { continue };
            let ended = matches!(end.end, StepEnd::Done | StepEnd::Partly);
            for item in items.iter().filter(|_| ended) {
                let failed = end.failed.iter().any(|(id, _)| *id == item.id);
                prop_assert!(failed || !again.contains(&item.id), "L8: {} again", item.id);
            }
        }
        Ok(())
    }

    /// Somebody does what the plan says of an instance that was stopped while it restarted: until it
    /// is started it counts as down (L9).
    fn start_what_has_not_come_back(&self, plan: &Plan) {
        for note in plan.notes.iter().filter(|note| note.reason.contains("has not come back")) {
            let Address::Instance(region, id) = &note.address else { continue };
            self.scene.happen(Fact::Started {
                region: region.clone(),
                instance_ids: vec![id.clone()],
                milliseconds: 30_000,
            });
        }
    }

    /// L1 and L10: without trouble the same command comes to an end, and says so the same way.
    pub(super) fn ends(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..6 {
            self.scene.pass(Duration::from_secs(90));
            self.run(&Trouble::None)?;
            match (self.scene.try_plan(false, false), self.scene.try_plan(false, false)) {
                (Ok(plan), Ok(again)) => {
                    prop_assert_eq!(&plan, &again, "L10");
                    if plan.is_empty() {
                        return Ok(());
                    }
                    self.start_what_has_not_come_back(&plan);
                }
                // A plan that cannot be made says why, and nothing is done.
                (Err(_), Err(_)) => return Ok(()),
                (one, other) => prop_assert!(false, "L10: {one:?} {other:?}"),
            }
        }
        let plan = self.scene.plan(false);
        Err(TestCaseError::fail(format!("L1: six runs did not converge: {plan:#?}")))
    }
}
