//! Leases in databases of PostgreSQL. No test waits for one to end: the administrator puts its end into
//! the past.

use std::time::Duration;

use keyform::{
    database::TimeLimits,
    model::ProjectName,
    store::{Claim, Created, PostgresLeases, PostgresShelf, Shelf, ShelfErrorKind},
};

use super::{
    postgres::{database, settings},
    postgres_server::{PASSWORD, PostgresServer},
    project,
};

/// What a run has: its leases, and the blobs that it creates.
pub(super) struct Run {
    pub(super) leases: PostgresLeases,
    pub(super) shelf: PostgresShelf,
}

pub(super) fn run(server: &PostgresServer, database: &str) -> Run {
    run_of(server.port(), database, &project())
}

/// What a run of a project has.
pub(super) fn run_of(port: u16, database: &str, project: &ProjectName) -> Run {
    let url = format!("postgres://keyform@127.0.0.1:{port}/{database}");
    let (settings, limits) = (settings(&url, PASSWORD), TimeLimits::default());
    let shelf = PostgresShelf::new(settings.clone(), limits, project.clone());
    let shelf = shelf.expect("nothing is asked");
    let minute = Duration::from_secs(60);
    let leases = PostgresLeases::new(settings, limits, (&shelf, project.clone()), minute);
    Run { leases: leases.expect("nothing is asked"), shelf }
}

impl Run {
    #[track_caller]
    fn claim(&self, name: &str) -> Claim {
        self.leases.claim(name, &format!("{name} on build-7")).expect("the server runs")
    }

    #[track_caller]
    fn renews(&self, token: u64) -> bool {
        self.leases.renew(token).expect("the server runs")
    }

    #[track_caller]
    fn creates(&self, name: &str) -> bool {
        match self.shelf.create(name, b"x") {
            Ok(created) => {
                assert_eq!(created, Created::New);
                true
            }
            Err(error) => {
                assert_eq!(error.kind, ShelfErrorKind::Refused, "{error}");
                assert!(error.reason.contains("taken the lock over"), "{error}");
                false
            }
        }
    }
}

/// The time of the lease is over.
pub(super) fn expire(server: &PostgresServer, database: &str) {
    let statement = "UPDATE keyform_leases SET expires_at = now() - interval '1 second'";
    server.sql(database, statement);
}

fn ours(token: u64, takes_over: bool) -> Claim {
    Claim::Ours { token, takes_over }
}

#[test]
fn a_lease_is_held_until_it_is_given_up_or_its_time_is_over() {
    let server = database("leases");
    let (one, other) = (run(server, "leases"), run(server, "leases"));
    assert_eq!(one.leases.held_by().expect("it runs"), None, "looking makes no tables");
    assert_eq!(one.claim("one"), ours(1, false));
    assert_eq!(one.claim("one"), ours(1, false), "the answer was lost");
    let Claim::Held(by) = other.claim("other") else { panic!("it is held") };
    assert_eq!((by.run.as_str(), by.holder.as_str(), by.token), ("one", "one on build-7", 1));
    assert!(one.renews(1));
    let later = other.leases.held_by().expect("it runs").expect("it is held");
    assert!(later.expires > by.expires, "a renewal is seen");

    one.leases.release(1).expect("it runs");
    assert_eq!(other.leases.held_by().expect("it runs"), None);
    assert!(!one.renews(1), "it was given up");
    assert_eq!(other.claim("other"), ours(2, false));
    expire(server, "leases");
    assert_eq!(one.leases.held_by().expect("it runs"), None);
    assert!(other.renews(2), "no one was faster");
    assert!(matches!(one.claim("third"), Claim::Held(_)));
    expire(server, "leases");
    assert_eq!(one.claim("third"), ours(3, true));
    assert!(!other.renews(2), "another run has it");
    other.leases.release(2).expect("that is not the newest");
    assert!(one.renews(3));
}

#[test]
fn a_run_whose_lease_is_gone_creates_nothing() {
    let server = database("fenced");
    let (one, other) = (run(server, "fenced"), run(server, "fenced"));
    assert!(one.creates("without-a-lease"), "a first state needs none");
    assert_eq!(one.claim("one"), ours(1, false));
    assert!(one.creates("held"));
    expire(server, "fenced");
    assert!(one.creates("late"), "no one was faster");
    assert_eq!(other.claim("other"), ours(2, true));
    assert!(!one.creates("fenced"));
    assert!(other.creates("successor"));
    assert_eq!(one.shelf.list("").expect("it may read").len(), 4);
    other.leases.release(2).expect("it runs");
    assert!(!other.creates("given-up"));
}

#[test]
fn a_person_frees_the_lease_of_one_run_and_of_no_other() {
    let server = database("freed");
    let (one, other) = (run(server, "freed"), run(server, "freed"));
    assert_eq!(one.claim("one"), ours(1, false));
    let by = ("person", "ann at her desk");
    assert!(!other.leases.free("two", by).expect("it runs"), "another run has it");
    assert!(one.creates("held"));
    assert!(other.leases.free("one", by).expect("it runs"));
    assert!(!other.leases.free("one", by).expect("it runs"), "it has it no more");
    assert!(!one.creates("freed") && !one.renews(1));
    assert_eq!(other.leases.held_by().expect("it runs"), None);
    assert_eq!(other.claim("other"), ours(3, false));
}

#[test]
fn of_many_who_claim_a_lease_at_once_one_has_it() {
    let server = database("claims");
    for round in 1..=4 {
        let runs: Vec<_> = (0..8).map(|_| run(server, "claims")).collect();
        let claims: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = runs
                .iter()
                .enumerate()
                .map(|(number, run)| scope.spawn(move || run.claim(&format!("{round}-{number}"))))
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        let winners: Vec<_> =
            claims.iter().filter(|claim| matches!(claim, Claim::Ours { .. })).collect();
        assert_eq!(winners, [&ours(round, round > 1)], "{claims:?}");
        expire(server, "claims");
    }
}
