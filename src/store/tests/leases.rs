//! The lock of a shelf: one run holds it at a time, and that of a dead run becomes free.

use std::time::Duration;

use super::{fencing::Meddled, *};

const TIME_TO_LIVE: Duration = Duration::from_secs(60);

fn lock_on(shelf: impl Shelf + 'static) -> ShelfLock {
    ShelfLock::new(Arc::new(shelf), TIME_TO_LIVE)
}

fn holder(run: u8) -> Holder {
    Holder {
        user: "ann".to_owned(),
        host: format!("runner-{run}"),
        pid: 17,
        command: "keyform apply".to_owned(),
        since: at(0),
        ci_url: None,
        commit: None,
        digest: None,
        run: id(run),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_milliseconds(second * 1_000)
}

/// Tries for a lock that is free.
fn take(lock: &ShelfLock, run: u8) -> Box<dyn Lease> {
    match lock.contend(&holder(run)).try_take(at(0)).expect("the shelf is there") {
        Taken::Ours(lease) => lease,
        held @ Taken::Held { .. } => panic!("{held:?}"),
    }
}

/// What a try comes to: whether it is held, by which run, and whether that may be dead.
fn tried(contention: &mut dyn Contention, second: i64) -> Option<(u8, bool)> {
    match contention.try_take(at(second)).expect("the shelf is there") {
        Taken::Ours(_) => None,
        Taken::Held { by, may_be_dead } => {
            let run = by.holder().expect("it is told").run.clone();
            let number = (0..9).find(|number| id(*number) == run).expect("one of these tests");
            Some((number, may_be_dead))
        }
    }
}

#[test]
fn one_run_holds_the_lock_until_it_gives_it_up() {
    let memory = MemoryShelf::default();
    let lock = lock_on(memory.clone());
    assert_eq!(lock.held_by().expect("the shelf is there"), None);
    let first = take(&lock, 1);
    assert_eq!((first.token(), first.is_taken_over()), (Some(1), false));
    assert_eq!(lock.held_by().expect("the shelf is there"), Some(HeldBy::Run(holder(1))));
    let mut second = lock.contend(&holder(2));
    assert_eq!(tried(&mut *second, 0), Some((1, true)), "no beat was seen yet");
    for beat in 0..10 {
        assert_eq!(first.renew().expect("the shelf is there"), Renewed::Held);
        assert_eq!(tried(&mut *second, 20 * beat), Some((1, false)), "it lives");
    }
    assert_eq!(memory.blobs().len(), 2, "a beat is removed with the next: {memory:?}");
    first.release().expect("the shelf is there");
    assert_eq!(lock.held_by().expect("the shelf is there"), None);
    let Taken::Ours(second) = second.try_take(at(200)).expect("the shelf is there") else {
        panic!("it is free")
    };
    assert_eq!((second.token(), second.is_taken_over()), (Some(2), false));
    assert_eq!(first.renew().expect("the shelf is there"), Renewed::Lost);
}

#[test]
fn of_those_who_wait_for_a_dead_run_one_takes_its_lock_over() {
    let lock = lock_on(MemoryShelf::default());
    let dead = take(&lock, 1);
    let mut contenders: Vec<_> = (2..8).map(|run| lock.contend(&holder(run))).collect();
    for second in [0, 1, 60] {
        for contender in &mut contenders {
            assert_eq!(tried(&mut **contender, second), Some((1, true)), "at {second}");
        }
    }
    let mut winners = Vec::new();
    for contender in &mut contenders {
        if let Taken::Ours(lease) = contender.try_take(at(61)).expect("the shelf is there") {
            assert_eq!((lease.token(), lease.is_taken_over()), (Some(2), true));
            winners.push(lease);
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(dead.renew().expect("the shelf is there"), Renewed::Lost, "it was only slow");
    assert_eq!(winners[0].renew().expect("the shelf is there"), Renewed::Held);
}

#[test]
fn a_person_frees_the_lock_of_the_run_that_is_named_and_of_no_other() {
    let lock = lock_on(MemoryShelf::default());
    let refused = |id: &RunId| match lock.unlock(id, &holder(5)).expect_err("refused") {
        StoreError::NotUnlocked { by, .. } => by.map(|by| by.run().expect("it is told")),
        other => panic!("{other}"),
    };
    assert_eq!(refused(&id(1)), None, "no run holds it");
    let lease = take(&lock, 1);
    assert_eq!(refused(&id(2)), Some(id(1)));
    assert_eq!(lease.renew().expect("the shelf is there"), Renewed::Held);
    let unlocked = lock.unlock(&id(1), &holder(5)).expect("that run holds it");
    assert!(matches!(unlocked, Unlocked::Free), "{unlocked:?}");
    assert_eq!(lease.renew().expect("the shelf is there"), Renewed::Lost);
    assert_eq!(lock.held_by().expect("the shelf is there"), None);
    assert_eq!(refused(&id(1)), None, "it was freed before");
    assert_eq!(take(&lock, 2).token(), Some(3));
}

#[test]
fn a_run_that_sleeps_before_it_creates_a_lease_of_long_ago_does_not_hold_it() {
    let memory = MemoryShelf::default();
    let lock = lock_on(memory.clone());
    take(&lock, 1).release().expect("the shelf is there");
    let shelf = Meddled::new(memory.clone());
    // After it has looked and before it creates the second lease.
    shelf.meddle_at(3, move || {
        for _ in 0..30 {
            take(&lock, 2).release().expect("the shelf is there");
        }
    });
    let mut sleeper = lock_on(shelf).contend(&holder(3));
    let Taken::Held { may_be_dead, .. } = sleeper.try_take(at(0)).expect("a shelf") else {
        panic!("another run may hold it")
    };
    assert!(may_be_dead, "it looks again");
    let blobs = memory.blobs();
    assert!(blobs.contains_key("lease/0000000002"), "it was created anyway: {memory:?}");
    assert!(!blobs.contains_key("lease/0000000003"), "and had been removed: {memory:?}");
    let Taken::Ours(lease) = sleeper.try_take(at(1)).expect("a shelf") else { panic!("free") };
    assert_eq!(lease.token(), Some(32));
    assert!(!memory.blobs().contains_key("lease/0000000002"), "{memory:?}");
}

#[test]
fn whatever_fails_no_two_runs_hold_the_lock_and_it_becomes_free() {
    for trouble in Trouble::ALL {
        for operation in 0.. {
            let memory = MemoryShelf::default();
            let shelf = Arc::new(FaultyShelf::new(memory.clone()));
            shelf.trouble_at(operation, trouble);
            let lock = ShelfLock::new(shelf.clone(), TIME_TO_LIVE);
            let what = format!("{trouble:?} at {operation}");
            let taken = lock.contend(&holder(1)).try_take(at(0));
            let renewed = match &taken {
                Ok(Taken::Ours(lease)) => lease.renew().ok(),
                _ => None,
            };
            let mut other = lock_on(memory.clone()).contend(&holder(2));
            if let Some(renewed) = renewed {
                assert_eq!(renewed, Renewed::Held, "{what}");
                assert!(tried(&mut *other, 0).is_some(), "{what}: {memory:?}");
            }
            let released = match &taken {
                Ok(Taken::Ours(lease)) => lease.release().is_ok(),
                _ => false,
            };
            if released {
                assert_eq!(tried(&mut *other, 1), None, "{what}: it is free at once");
            } else if tried(&mut *other, 1).is_some() && tried(&mut *other, 2).is_some() {
                assert_eq!(tried(&mut *other, 62), None, "{what}: it is free in the end");
            }
            if shelf.operations() <= operation {
                assert!(released && operation > 7, "{what}");
                break;
            }
        }
    }
}

#[test]
fn a_lease_that_keyform_did_not_write_is_an_error_that_names_it() {
    let memory = MemoryShelf::default();
    memory.put("lease/notes", b"mine");
    let lock = lock_on(memory.clone());
    drop(take(&lock, 1));
    memory.put("lease/0000000002", b"{}");
    let error = lock.contend(&holder(2)).try_take(at(0)).expect_err("it cannot be read");
    assert_eq!(error.code(), StoreErrorCode::LeaseDamaged, "{error}");
    assert!(error.to_string().contains("memory/lease/0000000002"), "{error}");
    let newer = String::from_utf8(memory.blobs()["lease/0000000001"].clone()).expect("text");
    memory.put("lease/0000000002", newer.replace("lease/1", "lease/2").as_bytes());
    let error = lock.held_by().expect_err("it is of a newer version");
    assert_eq!(error.code(), StoreErrorCode::Format, "{error}");
}
