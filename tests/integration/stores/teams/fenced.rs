//! A run that stands still while another one takes over writes nothing when it goes on: neither to the
//! cloud nor to the state.

use keyform::{model::RunId, store::HeldBy};

use super::{
    OTHER, VICTIM, bound,
    cloud::INSTANCES,
    gate::{Counted, Deed, Gate, Side},
    keeper::{InDocument, InPostgres, InS3, Keeper},
    machine::{Machine, Running},
    team::{Keys, Team},
};
use crate::documents::Kind;

const PATIENT: [&str; 4] = ["apply", "--auto-approve", "--lock-timeout", "1m"];

/// The id of the run that holds the lock, if it is of this process.
pub(super) fn run_of(team: &Team<'_>, process: u32) -> Option<RunId> {
    let held_by = team.states().lock().held_by().expect("it can be asked");
    held_by
        .as_ref()
        .and_then(HeldBy::holder)
        .filter(|holder| holder.pid == process)
        .map(|holder| holder.run.clone())
}

/// What became of a run that was taken over from.
pub(super) struct TakenOver {
    /// Whether it held the lock when it was stopped.
    pub(super) held: bool,
    pub(super) code: Option<i32>,
    pub(super) shown: String,
    pub(super) wrong: Vec<String>,
}

/// Lets another machine apply while a run stands still, at once if a person frees the lock, and then
/// lets that run go on.
pub(super) fn take_over(
    team: &Team<'_>,
    stopped: Running<'_>,
    other: &Machine<'_>,
    is_freed: bool,
) -> TakenOver {
    let run = run_of(team, stopped.process());
    if let Some(run) = run.as_ref().filter(|_| is_freed) {
        other.run(&["state", "unlock", run.as_str()]).expect(0);
    }
    let applied = other.run(&PATIENT);
    let held = run.is_some();
    // On a busy machine the other run may lose its own lease, but only one that it had.
    let is_taken_over = held && matches!(applied.code, 0 | 3 | 7);
    if is_taken_over {
        team.cloud.fence(VICTIM);
    }
    let state = || team.states().load().expect("it can be read");
    let before = state();
    stopped.go_on();
    let (code, shown) = stopped.end();
    let (after, mut wrong) = (state(), Vec::new());
    if is_taken_over && before != after {
        wrong.push(format!("the state was {before:?} and is {after:?}: {shown}"));
    }
    TakenOver { held, code, shown, wrong }
}

/// It is stopped when its first restart was done and before it hears the answer.
fn is_fenced(keeper: &dyn Keeper, is_freed: bool) {
    let gate = Gate::new(Counted::Operation("RebootInstances"), 1, Side::After, Deed::Stop);
    let manifests = bound("web", "", &INSTANCES);
    let project = format!("fenced-{is_freed}");
    let team = Team::new(keeper, &project, Keys::Directory, gate);
    let (one, other) = (team.machine(VICTIM, &manifests), team.machine(OTHER, &manifests));
    let first = one.start_victim(&PATIENT);
    assert!(first.is_stopped());
    let taken = take_over(&team, first, &other, is_freed);
    assert!(taken.held, "it has the lock");
    assert_eq!(taken.wrong, [""; 0]);
    // It hears first of its lease, or that a record of it comes too late.
    assert!(matches!(taken.code, Some(1 | 7)), "{}", taken.shown);
    assert!(taken.shown.contains("he same command again"), "{}", taken.shown);
    drop((one, other));
    assert_eq!(team.wrong_at_the_end(&manifests), [""; 0]);
    assert_eq!(team.cloud.restarts(), [1; INSTANCES.len()]);
}

#[test]
fn a_run_that_stood_still_writes_nothing_once_its_lease_in_postgres_is_over() {
    is_fenced(&InPostgres::start(), false);
}

#[test]
fn a_run_that_stood_still_writes_nothing_once_its_lease_in_s3_is_over() {
    is_fenced(&InS3::start(), false);
}

#[test]
fn a_run_that_stood_still_writes_nothing_once_a_person_has_freed_its_lock_in_postgres() {
    is_fenced(&InPostgres::start(), true);
}

#[test]
fn a_run_that_stood_still_writes_nothing_once_a_person_has_freed_its_lock_in_s3() {
    is_fenced(&InS3::start(), true);
}

#[test]
fn a_run_that_stood_still_writes_nothing_once_a_person_has_freed_its_lock_of_a_document() {
    for kind in Kind::ALL {
        is_fenced(&InDocument::start(kind), true);
    }
}
