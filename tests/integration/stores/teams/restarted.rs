//! The server of states ends in the midst of a run, as in a crash, and begins again. The run goes on, or
//! it says what has no record; then the same command goes on.

use std::sync::Arc;

use super::{
    VICTIM, bound,
    cloud::INSTANCES,
    gate::{Counted, Deed, Gate, Side},
    keeper::{InPostgres, InS3, Restart},
    team::{Keys, Team},
};

const APPLY: [&str; 2] = ["apply", "--auto-approve"];

/// Restarts the server at a request of a run.
fn restarts_at(keeper: &Arc<dyn Restart>, counted: Counted, at: u64) {
    let restarted = keeper.clone();
    let deed = Deed::Beside(Box::new(move || restarted.restart()));
    let gate = Gate::new(counted, at, Side::After, deed);
    let (what, manifests) = (format!("{counted:?} {at}"), bound("web", "", &INSTANCES));
    let project = what.to_lowercase().replace(' ', "-");
    let team = Team::new(&**keeper, &project, Keys::Command, gate);
    let machine = team.machine(VICTIM, &manifests);
    let run = machine.start_victim(&APPLY).outcome();
    if run.code != 0 {
        assert!(matches!(run.code, 1 | 7), "{what}: {}", run.shown());
        assert!(run.stderr.contains("run the same command again"), "{what}: {}", run.stderr);
    }
    drop(machine);
    assert_eq!(team.wrong_at_the_end(&manifests), [""; 0], "{what}");
    assert_eq!(team.cloud.restarts(), [1; INSTANCES.len()], "{what}");
}

/// Restarts it after each write of a run, and after records of it.
fn is_restarted(keeper: impl Restart + 'static) {
    let keeper: Arc<dyn Restart> = Arc::new(keeper);
    let writes = (1..=7).map(|at| (Counted::Writes, at));
    let records = [30, 40, 50].into_iter().map(|at| (Counted::Records, at));
    for (counted, at) in writes.chain(records) {
        restarts_at(&keeper, counted, at);
    }
}

#[test]
fn postgres_is_restarted_in_the_midst_of_a_run() {
    is_restarted(InPostgres::start());
}

#[test]
fn s3_is_restarted_in_the_midst_of_a_run() {
    is_restarted(InS3::start());
}
