//! Locks on real servers: who holds one, who waits, and who takes it over.

use std::{sync::Arc, time::Duration};

use keyform::{
    model::{RunId, Timestamp},
    store::{
        HeldBy, Holder, Lease, Lock, PostgresLock, Renewed, Shelf, ShelfLock, StoreErrorCode,
        Taken, Unlocked,
    },
};

use super::{
    oss,
    oss_server::OssServer,
    postgres::database,
    postgres_leases::{expire, run},
    s3,
    s3_server::S3Server,
};

const MINUTE: Duration = Duration::from_secs(60);

fn holder(number: u8) -> Holder {
    Holder {
        user: "ann".to_owned(),
        host: format!("build-{number}"),
        pid: 4711,
        command: "keyform apply".to_owned(),
        since: Timestamp::from_milliseconds(0),
        ci_url: None,
        commit: None,
        digest: None,
        run: RunId::from_random([number; 16]),
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(seconds * 1_000)
}

#[track_caller]
fn ours(taken: Taken) -> Box<dyn Lease> {
    match taken {
        Taken::Ours(lease) => lease,
        Taken::Held { by, .. } => panic!("it is held: {by}"),
    }
}

#[track_caller]
fn held_by(taken: Taken) -> Holder {
    match taken {
        Taken::Held { by, .. } => by.holder().expect("it says whose it is").clone(),
        Taken::Ours(_) => panic!("two hold it"),
    }
}

/// Two runs, each with a lock of its own; `expire` lets a lease end, for the server and for a
/// contender, whose moment it answers.
fn keeps_runs_apart(one: &dyn Lock, other: &dyn Lock, expire: impl FnOnce() -> Timestamp) {
    assert_eq!(one.time_to_live(), Some(MINUTE));
    assert!(one.held_by().expect("the server runs").is_none());
    let first = ours(one.contend(&holder(1)).try_take(at(0)).expect("the server runs"));
    let mut waiting = other.contend(&holder(2));
    assert_eq!(held_by(waiting.try_take(at(0)).expect("the server runs")), holder(1));
    assert_eq!(other.held_by().expect("the server runs"), Some(HeldBy::Run(holder(1))));
    assert_eq!(first.renew().expect("the server runs"), Renewed::Held);
    assert_eq!(held_by(waiting.try_take(at(1)).expect("the server runs")), holder(1));
    first.release().expect("the server runs");
    let second = ours(waiting.try_take(at(2)).expect("the server runs"));
    assert!(second.token() > first.token() && !second.is_taken_over());
    assert_eq!(first.renew().expect("the server runs"), Renewed::Lost);

    let wrong = one.unlock(&holder(1).run, &holder(3)).expect_err("another run holds it");
    assert_eq!(wrong.code(), StoreErrorCode::NotUnlocked, "{wrong}");
    let unlocked = one.unlock(&holder(2).run, &holder(3)).expect("it holds it");
    assert!(matches!(unlocked, Unlocked::Free), "{unlocked:?}");
    assert_eq!(second.renew().expect("the server runs"), Renewed::Lost);
    assert!(one.held_by().expect("the server runs").is_none());

    let third = ours(one.contend(&holder(4)).try_take(at(3)).expect("the server runs"));
    let mut waiting = other.contend(&holder(5));
    for second in [3, 4] {
        assert_eq!(held_by(waiting.try_take(at(second)).expect("the server runs")), holder(4));
    }
    let later = expire();
    let fourth = ours(waiting.try_take(later).expect("the server runs"));
    assert!(fourth.token() > third.token() && fourth.is_taken_over());
    assert_eq!(third.renew().expect("the server runs"), Renewed::Lost);
    assert_eq!(fourth.renew().expect("the server runs"), Renewed::Held);
}

/// The lock of a shelf, whose contenders wait on their own clock.
fn shelf_locks_keep_runs_apart(shelf_of: impl Fn() -> Box<dyn Shelf>) {
    let lock = || ShelfLock::new(Arc::from(shelf_of()), MINUTE);
    keeps_runs_apart(&lock(), &lock(), || at(64));
}

#[test]
fn a_lock_in_s3_keeps_runs_apart() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    shelf_locks_keep_runs_apart(|| Box::new(s3::shelf(server.port, "")));
}

#[test]
fn a_lock_in_moto_keeps_runs_apart() {
    let server = S3Server::moto();
    shelf_locks_keep_runs_apart(|| Box::new(s3::shelf(server.port, "locks")));
}

#[test]
fn a_lock_in_oss_keeps_runs_apart() {
    let server = OssServer::start();
    shelf_locks_keep_runs_apart(|| Box::new(oss::shelf(server.port())));
}

#[test]
fn a_lock_in_postgres_keeps_runs_apart() {
    let server = database("locks");
    let lock = || PostgresLock::new(run(server, "locks").leases);
    keeps_runs_apart(&lock(), &lock(), || {
        expire(server, "locks");
        // This clock is not asked.
        at(4)
    });
}
