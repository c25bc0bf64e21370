//! Going back in the history of the state, and runs that wait for one another.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keyform::{
    driver::Clock,
    model::{ProjectName, RunId, Timestamp},
    session::{Context, Engine, Invoker, LockWait, SessionError, States},
    store::{Holder, Lease, Recovery, Store, StoreError, Taken},
};

use super::scene::{Scene, bound};

#[test]
fn the_state_is_restored_back_and_forth_and_the_plan_is_as_it_was() {
    let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    let first = scene.states().newest().expect("whole").expect("a state");
    scene.write("web.yaml", &bound("ops", "i-1, i-2, i-3"));
    scene.apply(false);
    let last = scene.states().newest().expect("whole").expect("a state");
    let end = scene.end();

    let back = scene.states().restore(first.serial).expect("it is whole");
    assert_eq!(back.state.recorded, first.recorded);
    assert_eq!(back.state.serial, last.serial + 1);
    let plan = scene.plan(false);
    assert_eq!(plan.serial, last.serial + 1, "it is made from the restored state");

    let forth = scene.fork();
    forth.states().restore(last.serial).expect("it is whole");
    assert_eq!(forth.states().newest().expect("whole").expect("a state").recorded, last.recorded);
    assert!(forth.plan(false).is_empty());

    scene.converge(false);
    scene.nothing_is_lost();
    assert_eq!(scene.end(), end, "nothing was bound or restarted anew");
}

#[test]
fn a_damaged_newest_snapshot_stops_every_command_until_one_is_restored() {
    let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    scene.apply(false);
    let end = scene.end();
    let serial = scene.states().newest().expect("whole").expect("a state").serial;
    let path = format!(".keyform/state/{serial:010}.state.json");
    let disk: &dyn keyform::disk::Disk = &scene.disk;
    disk.truncate(path.as_ref(), 10).expect("it is there");
    let before = scene.disk.files();
    let of_session = |error| match error {
        SessionError::Store(error) => error,
        other => panic!("{other}"),
    };
    let of_run = scene.run(false, Vec::new()).outcome.expect_err("damaged");
    let errors = [
        of_session(scene.try_plan(false, false).expect_err("damaged")),
        of_session(*of_run.downcast().expect("an error of a use case")),
        scene.states().newest().expect_err("damaged"),
    ];
    for error in errors {
        let StoreError::Damaged { way_out, .. } = &error else { panic!("{error}") };
        assert_eq!(*way_out, Recovery::Restore(serial - 1), "{error}");
    }
    assert_eq!(scene.disk.files(), before, "nothing is changed meanwhile");
    scene.states().restore(serial - 1).expect("it is whole");
    scene.converge(false);
    scene.nothing_is_lost();
    assert_eq!(scene.end(), end, "what the lost snapshot recorded was found out again");
}

/// A clock on which another run ends after some time.
#[derive(Debug)]
struct Ending {
    slept: Mutex<Vec<Duration>>,
    other: Mutex<Option<Box<dyn Lease>>>,
    ends_after: Duration,
}

impl Clock for Ending {
    fn now(&self) -> Timestamp {
        // It is set back all the time, which must not prolong the waiting.
        Timestamp::from_milliseconds(0)
    }

    fn sleep(&self, duration: Duration) {
        let mut slept = self.slept.lock().expect("no panic");
        slept.push(duration);
        if slept.iter().sum::<Duration>() >= self.ends_after {
            self.other.lock().expect("no panic").take();
        }
    }
}

static WAITS: AtomicUsize = AtomicUsize::new(0);

/// The states of a project of which another run has the lock for so long.
fn waiting(scene: &Scene, ends_after: Duration, timeout: Duration) -> (States, Arc<Ending>) {
    let holder = Holder {
        user: "bob".to_owned(),
        host: "two".to_owned(),
        pid: 7,
        command: "keyform apply".to_owned(),
        since: scene.clock.now(),
        ci_url: None,
        commit: None,
        digest: None,
        run: RunId::from_random([9; 16]),
    };
    let disk = Arc::new(scene.disk.clone());
    let project = ProjectName::new("laws");
    let other = Store::in_directory(disk, ".keyform/state".into(), ".keyform".into(), project);
    let taken = other.lock().contend(&holder).try_take(scene.clock.now()).expect("a disk");
    let Taken::Ours(other) = taken else { panic!("it is free") };
    let clock =
        Arc::new(Ending { slept: Mutex::default(), other: Mutex::new(Some(other)), ends_after });
    let on_wait = |by: &keyform::store::HeldBy| {
        assert_eq!(by.holder().map(|holder| holder.pid), Some(7), "{by}");
        WAITS.fetch_add(1, Ordering::SeqCst);
    };
    let surroundings = Context {
        clock: clock.clone(),
        engine: Engine::Threads(1),
        runner: Invoker::default(),
        lock_wait: LockWait { timeout, on_wait },
        ..scene.surroundings()
    };
    (scene.states_of(surroundings), clock)
}

#[test]
fn a_lock_is_waited_for_as_long_as_is_said_and_told_once() {
    let scene = Scene::new(&bound("web", "i-1"));
    scene.apply(false);
    let seconds = Duration::from_secs;
    let total = |clock: &Ending| clock.slept.lock().expect("no panic").iter().sum::<Duration>();
    for (ends_after, timeout, waited, told) in [
        // A glance of another command is not worth a word.
        (Duration::from_millis(100), seconds(0), Some(Duration::from_millis(100)), 0),
        (seconds(9), seconds(0), None, 0),
        (seconds(9), seconds(20), Some(Duration::from_millis(9_300)), 1),
        (seconds(99), seconds(20), None, 1),
    ] {
        let scene = scene.fork();
        WAITS.store(0, Ordering::SeqCst);
        let (states, clock) = waiting(&scene, ends_after, timeout);
        let restored = states.restore(1);
        match waited {
            Some(waited) => {
                restored.expect("the lock becomes free");
                assert_eq!(total(&clock), waited);
            }
            None => {
                let error = restored.expect_err("the lock is held");
                let StoreError::Locked { by, .. } = &error else { panic!("{error}") };
                assert_eq!(by.holder().map(|holder| holder.pid), Some(7), "{error}");
                assert_eq!(total(&clock), timeout.max(Duration::from_millis(300)));
            }
        }
        assert_eq!(WAITS.load(Ordering::SeqCst), told, "{ends_after:?}, {timeout:?}");
    }
}
