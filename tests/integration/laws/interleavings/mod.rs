//! Two sessions of one project on one shelf, at once: the turn changes at each operation of the
//! shelf, the lease and the cloud, sessions are killed, and a person frees the lock.
//!
//! Each interleaving follows from its seed. How many there are is `KEYFORM_TEST_INTERLEAVINGS`.

mod programs;
mod turns;
mod watched;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::Duration,
};

use keyform::{
    ecs::Transport,
    model::{ProjectName, RunId},
    session::{ApplyRequest, Context, LockWait, PlanOptions, Session},
    store::{Holder, Shelf, ShelfLock, Store, StoreError},
};

use proptest::{prelude::Just, prop_assert};

use self::{
    programs::Log,
    turns::Turns,
    watched::{Common, Mistake, WatchedCloud, WatchedShelf},
};
use super::{
    scene::{Scene, bound},
    trials::Trials,
};
use crate::numbers::Numbers;

const INTERLEAVINGS: Trials = Trials {
    cases: 2_000,
    parts: 2,
    variable: "KEYFORM_TEST_INTERLEAVINGS",
    shrinks: 0,
    known_failures: &[],
};
/// The session that is a person who frees the lock.
const PERSON: usize = 2;

/// One interleaving, as its seed says.
struct Interleaving {
    common: Arc<Common>,
    /// The project as each of the two sessions has it checked out.
    scenes: [Scene; 2],
    /// How long each waits for the lock.
    patience: [Duration; 2],
    /// What hooks and proofs write, if the bindings have any.
    log: Option<Arc<Log>>,
}

/// Who and what is there besides two sessions.
#[derive(Clone, Copy, Debug, Default)]
struct Cast {
    /// Whether a person frees the lock.
    has_person: bool,
    /// Whether instances are prepared and put back by hooks, and log-ons proven.
    has_programs: bool,
}

/// What can be checked out: the same pair, another pair for an instance, its next generation.
fn manifests(kind: u64, cast: Cast) -> String {
    let web = bound("web", "i-1, i-2, i-3");
    let manifests = match kind {
        0 => web,
        1 => format!("{}---\n{}", bound("web", "i-1, i-2"), bound("ops", "i-3")),
        _ => web.replacen("spec: {tags", "spec: {generation: 2, tags", 1),
    };
    if cast.has_programs { programs::with_programs(&manifests) } else { manifests }
}

impl Interleaving {
    fn new(begun: &Scene, seed: u64, mistake: Option<Mistake>, cast: Cast) -> Self {
        let Cast { has_person, has_programs } = cast;
        let mut numbers = Numbers::new(seed);
        let mut scene = begun.fork();
        scene.write("web.yaml", &manifests(numbers.below(2), cast));
        let mut later = scene.clone();
        later.write("web.yaml", &manifests(numbers.below(3), cast));
        let mut killed_at = vec![None; 2];
        for killed in &mut killed_at {
            if numbers.below(2) == 0 {
                *killed = Some(1 + numbers.below(160));
            }
        }
        if has_person {
            killed_at.push(None);
        }
        let patience = [0, 1].map(|_| Duration::from_secs(200 * numbers.below(3)));
        let turns = Turns::new(numbers, killed_at);
        let common = Common::new(turns, scene.clock.clone(), has_person, mistake);
        let log = has_programs.then(|| Arc::new(Log::new()));
        Self { common: Arc::new(common), scenes: [scene, later], patience, log }
    }

    /// The states on a shelf, for a session with a mark of its own.
    fn store(&self, shelf: Arc<dyn Shelf>, checkout: &str) -> Store {
        let lock = Arc::new(ShelfLock::new(shelf.clone(), self.common.time_to_live));
        let disk = Arc::new(self.scenes[0].disk.clone());
        Store::on_shelf(shelf, lock, disk, checkout.into(), ProjectName::new("laws"))
    }

    /// The machine of a scene, whose programs find the log.
    fn surroundings(&self, scene: &Scene) -> Context {
        let environment = self.log.as_deref().map(Log::environment).unwrap_or_default();
        Context { environment, ..scene.surroundings() }
    }

    fn session(&self, number: usize) -> Session {
        let scene = &self.scenes[number];
        let on_wait = |_: &keyform::store::HeldBy| {};
        let lock_wait = LockWait { timeout: self.patience[number], on_wait };
        let surroundings = Context { lock_wait, ..self.surroundings(scene) };
        let (common, states) = (self.common.clone(), self.unwatched("unwatched"));
        let (scene_of_cloud, log) = (scene.clone(), self.log.clone());
        let wrap = |inner| {
            let scene = scene_of_cloud;
            let cloud = WatchedCloud { inner, common, session: number, scene, states, log };
            Arc::new(cloud) as Arc<dyn Transport>
        };
        let session = scene.session_of(surroundings, wrap).expect("the project opens");
        let shelf = Arc::new(WatchedShelf::new(self.common.clone(), number));
        session.with_store(self.store(shelf, &format!("checkout-{number}")))
    }

    fn unwatched(&self, checkout: &str) -> Store {
        self.store(Arc::new(self.common.shelf.clone()), checkout)
    }

    /// Lets all sessions run until each has ended or is killed.
    fn run(&self) {
        thread::scope(|scope| {
            for number in 0..self.scenes.len() {
                scope.spawn(move || self.run_session(number));
            }
            if self.common.has_person {
                scope.spawn(|| self.free_the_lock());
            }
        });
    }

    fn run_session(&self, number: usize) {
        let turns = &self.common.turns;
        turns.enter(number);
        let applied = catch_unwind(AssertUnwindSafe(|| {
            let session = self.session(number);
            let wish = ApplyRequest::Fresh(PlanOptions::default());
            let mut approve = |_: &_| {
                turns.pass(number);
                true
            };
            // A program begins after a moment like this one; without a person that is no exception.
            let mut listener = |_: &_, _, _: &_| {
                if !self.common.has_person {
                    turns.pass(number);
                }
            };
            let outcome = session.apply(wish, &mut approve, &mut listener);
            self.scenes[number].show(&outcome.map_err(Box::from));
        }));
        self.common.ended(number);
        turns.leave(number);
        if let Err(panic) = applied
            && !panic.is::<turns::Killed>()
        {
            std::panic::resume_unwind(panic);
        }
    }

    /// A person frees the lock twice, whoever holds it. What is wrong with the states is noted, so that
    /// the sessions come to their turns and to their end.
    fn free_the_lock(&self) {
        self.common.turns.enter(PERSON);
        let freed = catch_unwind(AssertUnwindSafe(|| self.free_twice()));
        self.common.turns.leave(PERSON);
        match freed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.common.note(format!("a person frees the lock: {error}")),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn free_twice(&self) -> Result<(), StoreError> {
        let shelf = Arc::new(WatchedShelf::new(self.common.clone(), PERSON));
        let store = self.store(shelf, "person");
        let run = RunId::from_random([200; 16]);
        for _ in 0..2 {
            (0..20).for_each(|_| self.common.turns.pass(PERSON));
            if let Some(holder) = store.lock().held_by()?.and_then(|by| by.holder().cloned()) {
                let by = Holder { run: run.clone(), ..holder.clone() };
                // Its run may have ended meanwhile.
                if store.lock().unlock(&holder.run, &by).is_ok() {
                    store.seal_newest(&run)?;
                }
            }
        }
        Ok(())
    }

    /// What is wrong at the end: a later session has to find all that the two have done.
    fn wrong(&self) -> Vec<String> {
        let mut broken = self.common.broken();
        let last = &self.scenes[1];
        let session = || {
            let on_wait = |_: &keyform::store::HeldBy| {};
            let lock_wait = LockWait { timeout: Duration::ZERO, on_wait };
            let surroundings = Context { lock_wait, ..self.surroundings(last) };
            let session = last.session_of(surroundings, |inner| inner).expect("it opens");
            session.with_store(self.unwatched("last"))
        };
        for _ in 0..2 {
            let wish = ApplyRequest::Fresh(PlanOptions::default());
            if let Err(error) = session().apply(wish, &mut |_| true, &mut |_, _, _| {}) {
                broken.push(format!("the last apply: {error}"));
            }
        }
        match session().plan(PlanOptions::default()) {
            Ok(planned) if planned.plan.is_empty() => {}
            Ok(planned) => broken.push(format!("the last plan is not empty: {:#?}", planned.plan)),
            Err(error) => broken.push(format!("the last plan: {error}")),
        }
        broken.extend(self.log.iter().flat_map(|log| log.wrong()));
        broken
    }
}

fn begun() -> Scene {
    Scene::new(&manifests(0, Cast::default()))
}

fn try_part(part: u64) {
    let begun = begun();
    INTERLEAVINGS.run(part, &Just(()), |case, ()| {
        // Two of eight have a person who frees the lock, and one has hooks and proofs.
        let (has_person, has_programs) = (case.seed % 8 < 2, case.seed % 8 == 2);
        let cast = Cast { has_person, has_programs };
        let interleaving = Interleaving::new(&begun, case.seed, None, cast);
        interleaving.run();
        let wrong = interleaving.wrong();
        prop_assert!(wrong.is_empty(), "{:#?}", wrong);
        interleaving.scenes[1].nothing_is_lost();
        Ok(())
    });
}

#[test]
fn two_sessions_at_once_lose_nothing_and_restart_nothing_twice_1() {
    try_part(1);
}

#[test]
fn two_sessions_at_once_lose_nothing_and_restart_nothing_twice_2() {
    try_part(2);
}

#[test]
fn sessions_run_hooks_and_proofs_in_turns() {
    let cast = Cast { has_person: false, has_programs: true };
    let interleaving = Interleaving::new(&begun(), 2, None, cast);
    interleaving.run();
    assert_eq!(interleaving.wrong(), Vec::<String>::new());
    let text = interleaving.log.as_deref().map(programs::Log::text).unwrap_or_default();
    for what in ["before", "restart", "after", "prove"] {
        assert!((1..=3).all(|n| text.contains(&format!("{what} i-{n}\n"))), "{what}: {text}");
    }
}

/// A person frees the lock, and no program runs.
const PERSON_FREES: Cast = Cast { has_person: true, has_programs: false };
/// How many seeds a planted mistake may hide for.
const SEEDS_MAX: u64 = 4_000;

fn is_found(mistake: Mistake, cast: Cast) -> bool {
    let begun = begun();
    (0..SEEDS_MAX).any(|seed| {
        let interleaving = Interleaving::new(&begun, seed, Some(mistake), cast);
        interleaving.run();
        !interleaving.common.broken().is_empty()
    })
}

#[test]
fn a_seal_that_the_writer_does_not_meet_is_found() {
    assert!(is_found(Mistake::SealIsUnseen, PERSON_FREES));
}

#[test]
fn a_writer_that_passes_a_seal_is_found() {
    assert!(is_found(Mistake::FenceIsPassed, PERSON_FREES));
}

#[test]
fn a_beat_that_no_contender_sees_is_found() {
    assert!(is_found(Mistake::BeatIsUnseen, Cast::default()));
}
