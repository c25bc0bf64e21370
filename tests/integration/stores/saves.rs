//! Saves on real servers: runs that sleep while others save, and connections that end in the midst.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use keyform::{
    disk::MemoryDisk,
    model::{Address, CloudName, Lineage, ProjectName, RunId, StepId, Timestamp},
    state::{Entry, Intent, State},
    store::{Journal, Shelf, ShelfLock, Store, StoreError, StoreErrorCode},
};

use super::{
    oss,
    oss_server::OssServer,
    postgres::database,
    postgres_leases::run_of,
    proxy::{Fate, Gate, Proxy},
    s3,
    s3_server::S3Server,
};

/// More than the twenty snapshots that are kept.
const SAVES: usize = 25;

fn id(number: u8) -> RunId {
    RunId::from_random([number; 16])
}

/// The states on a shelf, as a checkout of its own sees them.
fn on(shelf: Arc<dyn Shelf>) -> Store {
    let lock = Arc::new(ShelfLock::new(shelf.clone(), Duration::from_secs(60)));
    Store::on_shelf(
        shelf,
        lock,
        Arc::new(MemoryDisk::new()),
        "local".into(),
        ProjectName::new("any"),
    )
}

fn intent(pair: &str) -> Entry {
    let address = Address::Key(CloudName::new(pair));
    Entry::Intent { step: StepId::new(0), intents: vec![(address, Intent::Retire)] }
}

fn intends(state: &State, pair: &str) -> bool {
    state.recorded.intents.contains_key(&Address::Key(CloudName::new(pair)))
}

fn journal(store: &Store, state: &State, run: u8) -> Journal {
    let digest = format!("{run:064}");
    store.journal(state, &digest, &id(run), Timestamp::from_milliseconds(0))
}

/// A run that has begun its journal, or not yet, sleeps while another one saves so often that nothing
/// of what it saw is left.
fn fences_a_sleeper(shelf_of: impl Fn(&str) -> Arc<dyn Shelf>) {
    for (name, has_begun) in [("begun", true), ("new", false)] {
        let (sleeper, other) = (on(shelf_of(name)), on(shelf_of(name)));
        let state = sleeper.create(Lineage::from_random([7; 16]), &id(1)).expect("it runs");
        let mut slept = journal(&sleeper, &state, 1);
        if has_begun {
            slept.append(&[intent("one")]).expect("no other run is here");
        }
        for _ in 0..SAVES {
            let state = other.fold(&id(2)).expect("it folds").expect("a state");
            let appended = journal(&other, &state, 2).append(&[intent("other")]);
            appended.expect("no other run is here");
        }
        let newest = other.fold(&id(2)).expect("it folds").expect("a state");
        assert_eq!(intends(&newest, "one"), has_begun, "what was told to be durable is there");
        let error = slept.append(&[intent("two")]).expect_err("it is fenced");
        assert_eq!(error.code(), StoreErrorCode::Fenced, "{error}");
        let loaded = other.load().expect("whole").expect("a state");
        assert_eq!((loaded.state, loaded.has_journals), (newest, false), "it left nothing");
    }
}

/// What a gate lets happen to the request with a number, counted from 0.
struct At {
    number: u64,
    fate: Fate,
    arrived: AtomicU64,
}

impl Gate for At {
    fn arrives(&self) -> Fate {
        let number = self.arrived.fetch_add(1, Ordering::SeqCst);
        if number == self.number { self.fate } else { Fate::Pass }
    }

    fn is_answered(&self) {}
}

/// A whole run: it records what it intends, and saves.
fn whole_run(store: &Store, run: u8) -> Result<State, StoreError> {
    let state = match store.fold(&id(run))? {
        Some(state) => state,
        None => store.create(Lineage::from_random([7; 16]), &id(run))?,
    };
    let mut journal = journal(store, &state, run);
    journal.append(&[intent("one")])?;
    journal.append(&[intent("two")])?;
    Ok(store.fold(&id(run))?.expect("it was created"))
}

/// The connection ends at each request of a run in turn: before it has reached the server, or instead
/// of its answer. What the run was told to be saved is saved, and the next run goes on.
fn outlives_partitions(server: u16, shelf_at: impl Fn(u16, &str) -> Arc<dyn Shelf>) {
    for fate in [Fate::Cut, Fate::LoseAnswer] {
        for number in 0.. {
            let gate = Arc::new(At { number, fate, arrived: AtomicU64::new(0) });
            let proxy = Proxy::gated(server, gate.clone());
            let name = format!("{fate:?}-{number}").to_lowercase();
            let outcome = whole_run(&on(shelf_at(proxy.port(), &name)), 4);
            let what = format!("{fate:?} at {number}");
            if gate.arrived.load(Ordering::SeqCst) <= number {
                outcome.expect("nothing went wrong");
                assert!(number > 8, "{number} requests of a run");
                break;
            }
            // Another machine, which knows nothing of the first.
            let next = on(shelf_at(server, &name));
            let found = next.fold(&id(5)).expect(&what);
            if let Ok(saved) = outcome {
                assert_eq!(found.expect(&what).recorded, saved.recorded, "{what}");
            }
            let state = whole_run(&next, 5).expect(&what);
            assert!(intends(&state, "one") && intends(&state, "two"), "{what}");
            assert!(!next.load().expect(&what).expect(&what).has_journals, "{what}");
        }
    }
}

fn in_postgres(port: u16, database: &str, project: &str) -> Arc<dyn Shelf> {
    Arc::new(run_of(port, database, &ProjectName::new(project)).shelf)
}

fn in_s3(port: u16, project: &str) -> Arc<dyn Shelf> {
    Arc::new(s3::shelf_of(port, "saves", &ProjectName::new(project)))
}

fn in_oss(port: u16, project: &str) -> Arc<dyn Shelf> {
    Arc::new(oss::shelf_of(port, &ProjectName::new(project)))
}

#[test]
fn a_run_that_sleeps_while_postgres_is_pruned_is_fenced() {
    let port = database("pruned").port();
    fences_a_sleeper(|project| in_postgres(port, "pruned", project));
}

#[test]
fn a_run_that_sleeps_while_s3_is_pruned_is_fenced() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    fences_a_sleeper(|project| in_s3(server.port, project));
}

#[test]
fn a_run_that_sleeps_while_moto_is_pruned_is_fenced() {
    let server = S3Server::moto();
    fences_a_sleeper(|project| in_s3(server.port, project));
}

#[test]
fn a_run_that_sleeps_while_oss_is_pruned_is_fenced() {
    let server = OssServer::start();
    fences_a_sleeper(|project| in_oss(server.port(), project));
}

#[test]
fn a_partition_in_the_midst_of_a_save_in_postgres_loses_nothing() {
    let port = database("partitions").port();
    outlives_partitions(port, |port, project| in_postgres(port, "partitions", project));
}

#[test]
fn a_partition_in_the_midst_of_a_save_in_s3_loses_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    outlives_partitions(server.port, in_s3);
}

#[test]
fn a_partition_in_the_midst_of_a_save_in_oss_loses_nothing() {
    let server = OssServer::start();
    outlives_partitions(server.port(), in_oss);
}
