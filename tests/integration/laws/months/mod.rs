//! L9 and L1 over months: `apply` runs as a cron job runs it, while calls fail, machines stop, clocks
//! are set, instances do not come back, and people restart, stop and start what they like.
//!
//! The oracle is the world: who is down, and who was restarted when, at every call. It reads the
//! policies on its own, and looks at no plan. How many stories there are is `KEYFORM_TEST_MONTHS`; a
//! failure is shrunk to the shortest one; `cargo test months -- --nocapture` tells what was tried.

#![expect(clippy::print_stdout, reason = "how much was tried is part of the result")]

mod calendar;
mod eye;
mod known;
mod law;
mod past;
mod policy;
mod trouble;

use std::{
    cell::Cell,
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::AtomicUsize},
    time::Duration,
};

use keyform::{
    driver::Clock as _,
    ecs::Transport,
    emulator::{Faulty, Local},
    model::{Address, InstanceId, InstanceStatus, RestartWhen, Timestamp},
    plan::ReasonCode,
};
use proptest::prelude::*;

use self::{
    calendar::MINUTE,
    eye::Eye,
    known::Known,
    law::Law,
    policy::Policy,
    trouble::{Deed, Trouble},
};
use super::{
    digests::Digests,
    scene::{Ran, Scene},
    trials::{Case, Trials},
};

/// Something that happens.
#[derive(Clone, Debug)]
enum Happening {
    /// The program runs after so many minutes, and something may go wrong.
    Run(u32, Trouble),
    /// It runs so many times, each so many minutes after the one before, and nothing goes wrong.
    Cron(u32, u32),
    /// Somebody does something to an instance.
    Deed(Deed),
    /// Somebody sets the machine's clock, by so many minutes.
    Clock(i64),
    /// A pair is rotated: whether its previous generation is kept, and until when it is urgent.
    Rotate { pair: usize, keeps: bool, urgent: Option<i64> },
    /// A binding gets another policy.
    Policy(usize, Policy),
}

fn happening() -> impl Strategy<Value = Happening> {
    let clock = prop_oneof![3 => -60_i64 * 30..60 * 30, 1 => -60_i64 * 24 * 20..60 * 24 * 20];
    let urgent = prop::option::weighted(0.3, 1_i64..1_000);
    prop_oneof![
        8 => (1_u32..2_000, Trouble::any()).prop_map(|(after, trouble)| Happening::Run(after, trouble)),
        4 => (30_u32..60 * 13, 1_u32..12).prop_map(|(every, runs)| Happening::Cron(every, runs)),
        3 => Deed::any().prop_map(Happening::Deed),
        1 => clock.prop_map(Happening::Clock),
        2 => (0_usize..3, any::<bool>(), urgent)
            .prop_map(|(pair, keeps, urgent)| Happening::Rotate { pair, keeps, urgent }),
        1 => (0_usize..3, Policy::any()).prop_map(|(fleet, policy)| Happening::Policy(fleet, policy)),
    ]
}

/// A project and its story so far.
struct Story {
    scene: Scene,
    /// The cloud of the scene, for looks at it.
    cloud: Arc<Local>,
    known: Arc<Mutex<Known>>,
    /// How often the program has run.
    runs: usize,
    digests: Digests,
}

impl Story {
    /// A story whose calls go over HTTP in every fifth case.
    fn new(law: Law, case: Case) -> Self {
        let mut scene = Scene::new("");
        if case.seed.is_multiple_of(5) {
            scene = scene.over_http();
        }
        scene.write("keyform.yaml", &law.project());
        scene.write("inventory.yaml", &law.inventory());
        scene.write("web.yaml", &law.manifests());
        let scene = scene.at(Timestamp::from_milliseconds(law.begin));
        let cloud = Arc::new(scene.cloud());
        let known = Arc::new(Mutex::new(Known::new(law)));
        Self { scene, cloud, known, runs: 0, digests: Digests::new() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn law(&self) -> Law {
        self.known().law.clone()
    }

    /// The same story with another clock of its machine.
    fn with_clock(&mut self, scene: Scene) {
        self.cloud = Arc::new(scene.cloud());
        self.scene = scene;
    }

    /// The whole story.
    fn goes(&mut self, happenings: &[Happening]) -> Result<(), TestCaseError> {
        for happening in happenings {
            self.happen(happening)?;
        }
        self.ends()
    }

    fn happen(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        match happening {
            Happening::Run(after, trouble) => {
                self.pass(*after);
                self.run(trouble)?;
            }
            Happening::Cron(every, runs) => {
                for _ in 0..*runs {
                    self.pass(*every);
                    self.run(&Trouble::default())?;
                }
            }
            Happening::Deed(deed) => self.known().disturb(&self.cloud, deed),
            Happening::Clock(minutes) => self.with_clock(self.scene.set_clock(minutes * MINUTE)),
            Happening::Rotate { pair, keeps, urgent } => self.change(|law| {
                let count = law.pairs.len();
                let pair = &mut law.pairs[pair % count];
                (pair.generation, pair.keeps, pair.urgent) = (pair.generation + 1, *keeps, *urgent);
            }),
            Happening::Policy(fleet, policy) => self.change(|law| {
                let count = law.fleets.len();
                law.fleets[fleet % count].policy = policy.clone();
            }),
        }
        Ok(())
    }

    fn pass(&self, minutes: u32) {
        self.scene.pass(Duration::from_secs(60 * u64::from(minutes)));
    }

    /// The manifests change.
    fn change(&mut self, change: impl FnOnce(&mut Law)) {
        let text = {
            let mut known = self.known();
            change(&mut known.law);
            known.law.manifests()
        };
        self.scene.write("web.yaml", &text);
    }

    fn run(&mut self, trouble: &Trouble) -> Result<Ran, TestCaseError> {
        self.runs += 1;
        self.known().begin_run(&self.cloud, self.scene.clock.now());
        let law = self.law();
        let killed = Arc::new(OnceLock::new());
        let ran = self.scene.run_with(|inner| {
            let service = Arc::new(trouble.service(inner, &self.scene, &law));
            Eye {
                inner: Arc::new(Faulty::new(service as Arc<dyn Transport>, trouble.faults(&law))),
                scene: self.scene.clone(),
                cloud: self.cloud.clone(),
                known: self.known.clone(),
                calls: AtomicUsize::new(0),
                kill: trouble.kill(),
                killed: killed.clone(),
                deed: trouble.deed.clone(),
            }
        });
        self.digests.ran(&ran);
        if let Some(&moment) = killed.get() {
            self.scene.crash();
            self.with_clock(self.scene.at(moment));
        } else {
            self.known().write();
        }
        match self.known().broken.take() {
            Some(law) => Err(TestCaseError::fail(format!("L9: {law}"))),
            None => Ok(ran),
        }
    }

    /// L1: once nothing goes wrong any more, what can be done is done when its time has come.
    fn ends(&mut self) -> Result<(), TestCaseError> {
        let law = self.law();
        // By then nothing is denied or paused any more.
        let later = Timestamp::from_milliseconds(law.begin).plus(Duration::from_hours(60 * 24));
        self.scene.clock.advance_to(later);
        let told = self.told_to_start();
        for (number, id) in law.ids().enumerate() {
            let mut known = self.known();
            known.look(&self.cloud);
            if known.away().contains(&id) || told.contains(&id) {
                known.disturb(&self.cloud, &Deed::start(number));
                known.disturb(&self.cloud, &Deed::restart(number));
            }
        }
        for _ in 0..ROUNDS {
            for fleet in &law.fleets {
                let now = self.scene.clock.now().milliseconds();
                let next = Timestamp::from_milliseconds(fleet.policy.next_start(now));
                self.scene.clock.advance_to(next);
                for _ in 0..law.restarts_per_run.map_or(1, |most| law.count().div_ceil(most)) {
                    self.pass(1);
                    let ran = self.run(&Trouble::default())?;
                    prop_assert!(ran.outcome.is_ok(), "L1: {:?}", ran.outcome);
                }
            }
            if self.scene.plan(false).is_empty() && self.is_done(&law).is_ok() {
                return Ok(());
            }
        }
        let plan = self.scene.plan(false);
        prop_assert!(plan.is_empty(), "L1: {plan:#?}");
        self.is_done(&law).map_err(|wrong| TestCaseError::fail(format!("L1: {wrong}: {plan:#?}")))
    }

    /// What the plan tells people to start. Where StartTime does not move keyform cannot know that
    /// an instance was back from its restart before somebody stopped it, and counts it as down.
    fn told_to_start(&self) -> BTreeSet<InstanceId> {
        let notes = self.scene.plan(false).notes.into_iter();
        let told = notes.filter(|note| note.reason.code() == ReasonCode::NotBack);
        told.filter_map(|note| match note.address {
            Address::Instance(at) => Some(at.id),
            _ => None,
        })
        .collect()
    }

    /// Whether the world is as the manifests say, but for what is Stopped or people restart.
    fn is_done(&self, law: &Law) -> Result<(), String> {
        let (_, sights) = self.known().look(&self.cloud);
        for fleet in &law.fleets {
            let name = law.name(fleet.pair);
            for id in fleet.ids() {
                let sight = &sights[&id];
                let waits = fleet.policy.when == RestartWhen::Manual
                    || sight.status == InstanceStatus::Stopped;
                let bound = sight.bound.as_ref().map(|bound| bound.as_str());
                if bound != Some(name.as_str()) || !(waits || sight.is_in_effect) {
                    return Err(format!("{id} is not on {name}: {sight:?}"));
                }
            }
        }
        Ok(())
    }
}

/// In how many openings of their windows all bindings must have come to their end.
const ROUNDS: usize = 4;

const MONTHS: Trials = Trials {
    cases: 200,
    parts: 2,
    variable: "KEYFORM_TEST_MONTHS",
    shrinks: 4_000,
    known_failures: &[],
};

/// What a part has tried: stories, runs of the program, restarts, and days.
#[derive(Clone, Copy, Debug, Default)]
struct Tried {
    stories: usize,
    runs: usize,
    restarts: usize,
    days: u64,
}

fn try_part(part: u64) {
    let stories = (Law::any(), prop::collection::vec(happening(), 1..30));
    let tried = Cell::new(Tried::default());
    MONTHS.run(part, &stories, |case, (law, happenings)| {
        let begin = Timestamp::from_milliseconds(law.begin);
        let mut story = Story::new(law, case);
        let ended = story.goes(&happenings);
        story.digests.print("months", case, &story.scene.disk.files());
        ended?;
        let before = tried.get();
        tried.set(Tried {
            stories: before.stories + 1,
            runs: before.runs + story.runs,
            restarts: before.restarts + story.known().restarts,
            days: before.days + story.scene.clock.now().since(begin).as_secs() / 86_400,
        });
        Ok(())
    });
    println!("months, part {part}: {:?}", tried.get());
}

#[test]
fn restarts_are_counted_over_months_of_trouble() {
    try_part(1);
}

#[test]
fn restarts_are_counted_over_other_months_of_trouble() {
    try_part(2);
}
