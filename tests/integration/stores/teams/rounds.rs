//! Rounds of two runs on one project: what happens in each follows from its number. They begin at
//! once, one is killed or stopped at one of its requests, its machine vanishes, a person frees its
//! lock; then a third run applies, and all laws have to hold.
//!
//! `KEYFORM_TEST_ROUNDS` says how many there are, or which: a number, or `FROM..TO`.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    thread,
};

use super::{
    LAST, OTHER, VICTIM, bound,
    cloud::INSTANCES,
    fenced::{run_of, take_over},
    gate::{Counted, Deed, Gate, Side},
    keeper::{InDocument, InPostgres, InS3, Keeper},
    machine::Machine,
    team::{Keys, Team},
};
use crate::{documents::Kind, laws::trials, numbers::Numbers};

const ROUNDS: u64 = 50;
const VARIABLE: &str = "KEYFORM_TEST_ROUNDS";
/// How many are played at once: most of a round is the wait for a lease to end.
const AT_ONCE: usize = 6;

const APPLY: [&str; 2] = ["apply", "--auto-approve"];
const PATIENT: [&str; 4] = ["apply", "--auto-approve", "--lock-timeout", "1m"];

/// What happens to the first run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// Nothing; the other one begins with it.
    Nothing,
    /// It is killed; the other one begins with it.
    Killed,
    /// It is killed, and a person frees its lock for the other one.
    KilledAndFreed,
    /// It is stopped until the other one has come to its end.
    Stopped,
    /// It is stopped, and a person frees its lock for the other one.
    StoppedAndFreed,
}

/// A round, as its number says.
#[derive(Debug)]
struct Round {
    event: Event,
    counted: Counted,
    at: u64,
    side: Side,
    keys: Keys,
    /// Whether the disk of the first machine is gone after the kill.
    loses_disk: bool,
    /// What is applied before the two runs begin.
    begun: Option<String>,
    /// What each of the two has checked out.
    manifests: [String; 2],
}

/// What can be checked out: a pair for all instances or another pair for one of them, and the same
/// with the next generation of the pair.
fn manifests(kind: u64) -> String {
    let generation = if kind < 2 { "" } else { "generation: 2" };
    match kind % 2 {
        0 => bound("web", generation, &INSTANCES),
        _ => {
            let web = bound("web", generation, &INSTANCES[..2]);
            format!("{web}---\n{}", bound("ops", "", &INSTANCES[2..]))
        }
    }
}

impl Round {
    fn new(seed: u64) -> Self {
        // Neighbours would begin with the same numbers otherwise.
        let mut numbers = Numbers::new(seed << 32);
        let mut among = |end| numbers.below(end);
        let event = match among(10) {
            0 => Event::Nothing,
            1..=4 => Event::Killed,
            5 => Event::KilledAndFreed,
            6..=8 => Event::Stopped,
            _ => Event::StoppedAndFreed,
        };
        let (counted, at) = match among(4) {
            0 => (Counted::Calls, 1 + among(24)),
            1 | 2 => (Counted::Writes, 1 + among(6)),
            _ => (Counted::Records, 1 + among(60)),
        };
        let side = if among(2) == 0 { Side::Before } else { Side::After };
        let keys = if among(2) == 0 { Keys::Directory } else { Keys::Command };
        let loses_disk = among(2) == 0;
        let begun = (among(3) > 0).then(|| manifests(among(2)));
        let first = among(4);
        // A generation that was there is not taken back.
        let second = if first < 2 { among(4) } else { 2 + among(2) };
        let manifests = [first, second].map(manifests);
        Self { event, counted, at, side, keys, loses_disk, begun, manifests }
    }

    /// The same where a person frees the lock of a run that has died.
    fn with_a_person(self, refuses_late_writes: bool) -> Self {
        let event = match self.event {
            Event::Nothing => Event::Nothing,
            Event::Stopped | Event::StoppedAndFreed if refuses_late_writes => {
                Event::StoppedAndFreed
            }
            _ => Event::KilledAndFreed,
        };
        Self { event, ..self }
    }

    fn gate(&self) -> Gate {
        let deed = match self.event {
            Event::Nothing => Deed::Nothing,
            Event::Killed | Event::KilledAndFreed => Deed::Kill,
            Event::Stopped | Event::StoppedAndFreed => Deed::Stop,
        };
        Gate::new(self.counted, self.at, self.side, deed)
    }

    /// Plays it. Answers whether the first run was hurt, and what is wrong at the end.
    fn play(&self, keeper: &dyn Keeper, project: &str) -> (bool, Vec<String>) {
        let team = Team::new(keeper, project, self.keys, self.gate());
        if let Some(begun) = &self.begun {
            team.run(LAST, begun, &APPLY);
        }
        let [first, second] = &self.manifests;
        let (one, other) = (team.machine(VICTIM, first), team.machine(OTHER, second));
        let (is_hurt, mut wrong) = match self.event {
            Event::Nothing | Event::Killed => self.play_at_once(&team, one, &other),
            Event::KilledAndFreed => (killed_and_freed(&team, &one, &other), Vec::new()),
            Event::Stopped | Event::StoppedAndFreed => self.play_stopped(&team, &one, &other),
        };
        drop(other);
        wrong.extend(team.wrong_at_the_end(second));
        (is_hurt, wrong)
    }

    /// Both begin at once; the first one may be killed.
    fn play_at_once(
        &self,
        team: &Team<'_>,
        one: Machine<'_>,
        other: &Machine<'_>,
    ) -> (bool, Vec<String>) {
        let (first, second) = (one.start_victim(&PATIENT), other.start(&PATIENT));
        let is_killed = first.end().0.is_none();
        team.first_is_over();
        if is_killed && self.loses_disk {
            drop(one);
        }
        second.outcome();
        (is_killed, Vec::new())
    }

    /// The first one is stopped until the other one has come to its end.
    fn play_stopped(
        &self,
        team: &Team<'_>,
        one: &Machine<'_>,
        other: &Machine<'_>,
    ) -> (bool, Vec<String>) {
        let first = one.start_victim(&PATIENT);
        if !first.is_stopped() {
            first.outcome();
            return (false, Vec::new());
        }
        team.first_is_over();
        let is_freed = self.event == Event::StoppedAndFreed;
        (true, take_over(team, first, other, is_freed).wrong)
    }
}

/// The first one is killed, and a person frees its lock, if it has it. Answers whether it was killed.
fn killed_and_freed(team: &Team<'_>, one: &Machine<'_>, other: &Machine<'_>) -> bool {
    let first = one.start_victim(&PATIENT);
    let process = first.process();
    let is_killed = first.end().0.is_none();
    team.first_is_over();
    if let Some(run) = run_of(team, process) {
        other.run(&["state", "unlock", run.as_str()]).expect(0);
    }
    let mut applied = other.run(&APPLY);
    // A run that was killed as it took a lock stands in no document: the refusal names it.
    if team.keeper.needs_a_person() && applied.code == 5 {
        let shown = applied.shown();
        let named = shown.split("state unlock ").nth(1).expect("the way out is told");
        let run: String = named.chars().take_while(char::is_ascii_hexdigit).collect();
        other.run(&["state", "unlock", &run]).expect(0);
        applied = other.run(&APPLY);
    }
    assert_ne!(applied.code, 5, "no lock is in the way: {}", applied.shown());
    is_killed
}

/// What became of some rounds.
#[derive(Debug, Default)]
struct Played {
    hurts: usize,
    /// Those in which the first run was to be hurt.
    hurtful: usize,
    wrong: Vec<String>,
}

/// Plays the rounds of which `is_meant`, each with the server that `keeper_of` has for it.
fn play(keeper_of: &(dyn Fn(u64) -> Arc<dyn Keeper> + Sync), is_meant: fn(u64) -> bool) {
    let rounds = trials::seeds(VARIABLE, ROUNDS).filter(|seed| is_meant(*seed));
    let (rounds, played) = (Mutex::new(rounds), Mutex::new(Played::default()));
    let next = || rounds.lock().expect("no panic").next();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(seed) = next() {
                    let (round, keeper) = (Round::new(seed), keeper_of(seed));
                    let round = match keeper.needs_a_person() {
                        true => round.with_a_person(keeper.refuses_late_writes()),
                        false => round,
                    };
                    let outcome = play_one(&round, &*keeper, seed);
                    let mut played = played.lock().expect("no panic");
                    played.hurtful += usize::from(round.event != Event::Nothing);
                    match outcome {
                        Ok((is_hurt, wrong)) => {
                            played.hurts += usize::from(is_hurt);
                            let told =
                                |one| format!("{VARIABLE}={seed}..{}: {round:?}: {one}", seed + 1);
                            played.wrong.extend(wrong.into_iter().map(told));
                        }
                        Err(told) => played.wrong.push(told),
                    }
                }
            });
        }
    });
    let Played { hurts, hurtful, wrong } = played.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // A few that were asked for may all be over before anything happens to them.
    let are_few = hurtful < 8;
    assert!(are_few || 2 * hurts >= hurtful, "most runs are at work then: {hurts} of {hurtful}");
}

fn play_one(round: &Round, keeper: &dyn Keeper, seed: u64) -> Result<(bool, Vec<String>), String> {
    let project = format!("round-{seed}");
    let played = catch_unwind(AssertUnwindSafe(|| round.play(keeper, &project)));
    played.map_err(|panic| {
        let words = panic.downcast_ref::<String>().map_or("it panicked", String::as_str);
        format!("{VARIABLE}={seed}..{}: {round:?}: {words}", seed + 1)
    })
}

#[test]
fn rounds_of_two_runs_in_postgres_lose_nothing_and_restart_nothing_twice() {
    let keeper: Arc<dyn Keeper> = Arc::new(InPostgres::start());
    play(&|_| keeper.clone(), |seed| seed % 2 == 0);
}

#[test]
fn rounds_of_two_runs_in_s3_lose_nothing_and_restart_nothing_twice() {
    let keeper: Arc<dyn Keeper> = Arc::new(InS3::start());
    play(&|_| keeper.clone(), |seed| seed % 2 == 1);
}

/// Their locks have no end, so that a person frees each one that is left.
#[test]
fn rounds_of_two_runs_on_a_document_lose_nothing_and_restart_nothing_twice() {
    let kind = |seed| if seed % 2 == 0 { Kind::GitLab } else { Kind::Overwriting };
    play(&|seed| Arc::new(InDocument::start(kind(seed))), |seed| seed % 5 < 2);
}
