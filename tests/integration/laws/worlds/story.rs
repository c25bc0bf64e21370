//! A world and its story, run by run.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keyform::{
    apply::{Report, StepEnd},
    emulator::{Act, Fact, Fault, InjectedFailure, When},
    model::{Address, CloudName, InstanceId, InstanceStatus, ownership},
    plan::{Action, Plan, ReasonCode},
    render,
    session::{self, Applied, PlanOptions},
    visible,
};
use proptest::prelude::*;

use super::{
    happening::{Happening, Trouble},
    oracle::{Known, Oracle},
    programs::{Asked, Programs},
    wish::{FOREIGN, INSTANCES, PAIRS, Wish, inventory},
};
use crate::laws::{
    digests::Digests,
    scene::{PROJECT, Ran, Scene, region},
    trials::Case,
    vaults::COMMAND,
};

/// A world and its story so far.
pub(super) struct Story {
    pub(super) scene: Scene,
    known: Arc<Mutex<Known>>,
    programs: Programs,
    /// The plan that somebody has saved.
    saved: Option<Plan>,
    /// Whether a state was lost, and with it who was being restarted.
    has_lost_state: bool,
    /// Whether a run knows more of the private keys than a plan: programs keep them, or a bucket.
    looks_closer: bool,
    /// The instances that people were told to put back.
    put_back_by_hand: BTreeSet<InstanceId>,
    digests: Digests,
}

impl Story {
    /// A world whose programs are kept apart from those of other worlds by a number. The calls of
    /// every fifth world go over HTTP.
    pub(super) fn new(asked: Asked, number: u64) -> Self {
        // In every seventh world a command keeps the private keys, and in another a bucket.
        let has_bucket = number % 7 == 5;
        let mut scene = Scene::new("");
        if has_bucket {
            scene = scene.with_bucket();
        }
        let has_command_vault = number % 7 == 3;
        let vault = if has_command_vault { COMMAND } else { "" };
        let project = PROJECT.replace("name: laws", "name: worlds");
        scene.write("keyform.yaml", &format!("{project}{vault}"));
        scene.write("inventory.yaml", &inventory(&[true; 6]));
        scene.import_foreign(FOREIGN);
        if number.is_multiple_of(5) {
            scene = scene.over_http();
        }
        Self {
            scene,
            known: Arc::default(),
            programs: Programs::new(asked, number),
            saved: None,
            has_lost_state: false,
            looks_closer: has_command_vault || has_bucket,
            put_back_by_hand: BTreeSet::new(),
            digests: Digests::new(),
        }
    }

    /// Prints what the world came to, if that is asked for.
    pub(super) fn print_digests(&self, case: Case) {
        self.digests.print("worlds", case, &self.scene.disk.files());
    }

    /// The whole story: what the manifests say at first, what happens then, and its end.
    pub(super) fn goes(
        &mut self,
        first: Wish,
        happenings: &[Happening],
    ) -> Result<(), TestCaseError> {
        self.happen(&Happening::Write(first))?;
        for happening in happenings {
            self.happen(happening)?;
        }
        self.ends()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn happen(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        let region = region();
        let one = |instance: &usize| vec![InstanceId::new(INSTANCES[*instance])];
        match happening {
            Happening::Write(wish) => self.scene.write("web.yaml", &wish.manifests(&self.programs)),
            Happening::Tag(roles) => self.scene.write("inventory.yaml", &inventory(roles)),
            Happening::Run(trouble) => return self.run(trouble),
            Happening::Due(trouble) => return self.run_due(trouble),
            Happening::Destroy(trouble) => return self.run_destroy(trouble),
            Happening::Save => self.saved = self.scene.try_plan(false, false).ok(),
            Happening::RunSaved(trouble) => return self.run_saved(trouble),
            Happening::Break(is_broken) => self.programs.set_broken(*is_broken),
            Happening::FailOnce => self.programs.fail_once(),
            Happening::Bind { instance, pair } => self.bind(*instance, *pair),
            Happening::Unbind(instance) => self.unbind(*instance),
            Happening::Restart(instance) => {
                self.scene.restart(INSTANCES[*instance]);
                self.shows();
            }
            Happening::Stop(instance) => {
                self.scene.happen(Fact::Stopped { region, instance_ids: one(instance) });
                self.shows();
            }
            Happening::Start(instance) => {
                let id = InstanceId::new(INSTANCES[*instance]);
                let status = self.scene.world(|world, now| world.status(now, &region, &id));
                if status == Some(InstanceStatus::Stopped) {
                    let instance_ids = one(instance);
                    self.scene.happen(Fact::Started { region, instance_ids, milliseconds: 20_000 });
                    self.shows();
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
            Happening::LoseState => {
                self.has_lost_state = true;
                self.known().taken.clear();
                self.scene.lose_state();
                self.shows();
            }
        }
        self.known().look(&self.scene);
        Ok(())
    }

    /// Waits until reads show what has happened. No record tells what other people have restarted,
    /// stopped or started, nor what a lost state knew; before a read shows it, a run cannot know.
    fn shows(&self) {
        self.scene.pass(self.scene.switches.read_lag);
    }

    /// Somebody binds an instance to a pair whose private key somebody has.
    fn bind(&self, instance: usize, pair: usize) {
        let name = PAIRS.get(pair).copied().unwrap_or(FOREIGN);
        let there = self
            .scene
            .world(|world, _| world.pairs(&region()).any(|pair| pair.name.as_str() == name));
        if there {
            self.known().bound_by_others.insert(InstanceId::new(INSTANCES[instance]));
            self.scene.bind(name, INSTANCES[instance]);
        }
    }

    fn unbind(&self, instance: usize) {
        let id = InstanceId::new(INSTANCES[instance]);
        let bound = self.scene.world(|world, _| world.bound(&region(), &id).cloned());
        if let Some(key_pair_name) = bound {
            self.known().unbound.insert(id.clone());
            self.known().bound_by_others.insert(id.clone());
            let instance_ids = vec![id];
            self.scene.happen(Fact::Unbound { region: region(), key_pair_name, instance_ids });
        }
    }

    fn run(&mut self, trouble: &Trouble) -> Result<(), TestCaseError> {
        // A plan that nobody can make says why; the same as this run makes is its reference.
        let plan = self.plan_of_apply(PlanOptions::default());
        let ran =
            self.run_as(session::ApplyRequest::Fresh(PlanOptions::default()), plan, trouble)?;
        if let Ok(Applied::Ran { plan, report }) = &ran.outcome {
            self.partial_success_counts(plan, report)?;
        }
        Ok(())
    }

    fn run_due(&mut self, trouble: &Trouble) -> Result<(), TestCaseError> {
        let options = PlanOptions { due: true, ..PlanOptions::default() };
        let plan = self.plan_of_apply(options.clone());
        self.run_as(session::ApplyRequest::Fresh(options), plan, trouble).map(|_| ())
    }

    fn run_destroy(&mut self, trouble: &Trouble) -> Result<(), TestCaseError> {
        let options = PlanOptions { destroy: true, ..PlanOptions::default() };
        let plan = self.plan_of_apply(options.clone());
        self.run_as(session::ApplyRequest::Fresh(options), plan, trouble).map(|_| ())
    }

    /// The plan that apply makes now, if it can make one. Where a command or a bucket keeps the private
    /// keys that is another one than `plan` shows: apply has looked at them.
    fn plan_of_apply(&self, options: PlanOptions) -> Option<Plan> {
        match self.looks_closer {
            true => self.scene.declined_plan(options),
            false => self.scene.try_plan_with(options).ok(),
        }
    }

    /// L5: a plan that was reviewed is done, or refused before the first write.
    fn run_saved(&mut self, trouble: &Trouble) -> Result<(), TestCaseError> {
        let Some(plan) = self.saved.clone() else { return Ok(()) };
        let wish = session::ApplyRequest::Saved(Box::new(plan.clone()));
        let ran = self.run_as(wish, Some(plan), trouble)?;
        let is_killed = matches!(trouble, Trouble::KilledAfter(_));
        if let (Err(error), false) = (&ran.outcome, is_killed) {
            prop_assert!(ran.writes.is_empty(), "L5: {error} after {:?}", ran.writes);
        }
        Ok(())
    }

    /// One run of the program, with its plan as the reference.
    fn run_as(
        &mut self,
        wish: session::ApplyRequest,
        plan: Option<Plan>,
        trouble: &Trouble,
    ) -> Result<Ran, TestCaseError> {
        let mut stopped = None;
        let faults = match trouble {
            Trouble::None => Vec::new(),
            Trouble::KilledAfter(call) => {
                let (hook, when) = self.scene.stopper();
                stopped = Some(when);
                vec![Fault { when: When::Call(*call), act: Act::StopAfter(hook) }]
            }
            Trouble::Fails(call, after) => {
                let failure = InjectedFailure::NoAnswer;
                let act = if *after { Act::After(failure) } else { Act::Before(failure) };
                vec![Fault { when: When::Call(*call), act }]
            }
            Trouble::Refuses(instance) => {
                let instance_ids = BTreeSet::from([InstanceId::new(INSTANCES[*instance])]);
                let code = "IncorrectInstanceStatus".to_owned();
                vec![Fault { when: When::Always, act: Act::FailItems { instance_ids, code } }]
            }
        };
        self.hear(plan.as_ref());
        if let Some(plan) = &plan {
            is_harmless(&render::plan::text(plan, Path::new("")))?;
        }
        if let Some(plan) = &plan {
            self.digests.planned(plan);
        }
        self.known().plan = plan;
        let ran = self.scene.wish_through(
            wish,
            |inner| Oracle { inner, scene: self.scene.clone(), known: self.known.clone() },
            faults,
        );
        self.digests.ran(&ran);
        if let Some(moment) = stopped.and_then(|when| when.get().copied()) {
            self.scene.crash();
            self.scene = self.scene.at(moment);
        }
        if let Ok(Applied::Ran { plan, report }) = &ran.outcome {
            is_harmless(&render::report::text(plan, report, &|_| None))?;
        }
        match self.known().broken.take() {
            Some(law) => Err(TestCaseError::fail(law)),
            None => Ok(ran),
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

    /// People read what a plan tells them to do.
    fn hear(&mut self, plan: Option<&Plan>) {
        for note in plan.iter().flat_map(|plan| &plan.notes) {
            if let Address::Instance(at) = &note.address
                && note.reason.code() == ReasonCode::LeftPrepared
            {
                self.put_back_by_hand.insert(at.id.clone());
            }
        }
    }

    /// Whoever is prepared for a restart is put back, unless somebody is told about it.
    fn nobody_is_left_prepared(&self, plan: &Plan) -> Result<(), TestCaseError> {
        let is_told = |id: &String| {
            let id = InstanceId::new(id.as_str());
            let address = Address::Instance(id.in_region(&region()));
            let mut notes = plan.notes.iter();
            self.put_back_by_hand.contains(&id) || notes.any(|note| note.address == address)
        };
        let mut left = self.programs.prepared();
        left.retain(|id| !is_told(id));
        prop_assert!(left.is_empty() || self.has_lost_state, "prepared for ever: {left:?}");
        Ok(())
    }

    /// Somebody does what the plan says of an instance that was stopped while it restarted: until it
    /// is started it counts as down (L9).
    fn start_what_has_not_come_back(&self, plan: &Plan) {
        for note in plan.notes.iter().filter(|note| note.reason.code() == ReasonCode::NotBack) {
            let Address::Instance(at) = &note.address else { continue };
            self.scene.happen(Fact::Started {
                region: at.region.clone(),
                instance_ids: vec![at.id.clone()],
                milliseconds: 30_000,
            });
        }
    }

    /// L1: without trouble it comes to an end, and deferred work is done in its window.
    pub(super) fn ends(&mut self) -> Result<(), TestCaseError> {
        self.programs.set_broken(false);
        self.converges()?;
        self.scene.pass(Duration::from_secs(86_400));
        self.run_due(&Trouble::None)?;
        self.converges()
    }

    /// L1 and L10: without trouble the same command comes to an end, and says so the same way.
    fn converges(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..6 {
            self.scene.pass(Duration::from_secs(90));
            self.run(&Trouble::None)?;
            match (self.scene.try_plan(false, false), self.scene.try_plan(false, false)) {
                (Ok(plan), Ok(again)) => {
                    prop_assert_eq!(&plan, &again, "L10");
                    if plan.is_empty() {
                        return self.nobody_is_left_prepared(&plan);
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

/// No name of the cloud commands the terminal or turns a text that people read.
fn is_harmless(text: &str) -> Result<(), TestCaseError> {
    let mut plain = String::new();
    // Colours are ours.
    for (index, part) in text.split("\u{1b}[").enumerate() {
        let colour = part.find(|c: char| c != ';' && !c.is_ascii_digit());
        match colour.filter(|&end| index > 0 && part[end..].starts_with('m')) {
            Some(end) => plain.push_str(&part[end + 1..]),
            None => plain.push_str(part),
        }
    }
    let text = plain.as_str();
    let unseen = text.chars().find(|&c| visible::is_unseen(c) && c != '\n');
    prop_assert_eq!(unseen, None, "{}", visible::line(text));
    let summaries = text.lines().filter(|line| *line == "Summary").count();
    prop_assert!(summaries < 2, "a name forges the summary:\n{text}");
    Ok(())
}
