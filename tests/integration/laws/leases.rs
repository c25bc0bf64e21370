//! A run that loses the lock of its project while instances restart.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use keyform::{
    apply::{Report, StopReason},
    driver::SystemClock,
    ecs::{CallError, Request, Response, Transport},
    model::{ProjectName, RunId},
    session::{Applied, ApplyRequest, Context, Engine, PlanOptions, Session},
    store::{HeldBy, Holder, LEASE_MIN, Lock as _, MemoryShelf, ShelfLock, Store},
};

use super::{
    hooks::Log,
    scene::{INVENTORY, Scene, bound},
};

const TIME_TO_LIVE: Duration = Duration::from_secs(60);

/// A cloud at whose first restart a person frees the lock of the run that asked for it.
struct Freed {
    inner: Arc<dyn Transport>,
    lock: ShelfLock,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Transport for Freed {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let answer = self.inner.call(request);
        let mut requests = self.requests.lock().expect("no panic");
        let is_restart = |one: &Request| matches!(one, Request::RebootInstances { .. });
        if is_restart(request) && !requests.iter().any(is_restart) {
            let by = self.lock.held_by().expect("a shelf");
            let holder = by.as_ref().and_then(HeldBy::holder).expect("a run").clone();
            let by = Holder { run: RunId::from_random([9; 16]), ..holder.clone() };
            let _ = self.lock.unlock(&holder.run, &by).expect("that run holds it");
        }
        requests.push(request.clone());
        answer
    }
}

fn store(scene: &Scene, shelf: &MemoryShelf) -> Store {
    store_with(scene, shelf, TIME_TO_LIVE)
}

fn store_with(scene: &Scene, shelf: &MemoryShelf, time_to_live: Duration) -> Store {
    let lock = Arc::new(ShelfLock::new(Arc::new(shelf.clone()), time_to_live));
    let (disk, project) = (Arc::new(scene.disk.clone()), ProjectName::new("laws"));
    Store::on_shelf(Arc::new(shelf.clone()), lock, disk, ".keyform/local".into(), project)
}

fn session(
    scene: &Scene,
    shelf: &MemoryShelf,
    wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
) -> Session {
    let session = scene.session_of(scene.surroundings(), wrap).expect("the project opens");
    session.with_store(store(scene, shelf))
}

fn apply(session: &Session) -> Report {
    let wish = ApplyRequest::Fresh(PlanOptions::default());
    match session.apply(wish, &mut |_| true, &mut |_, _, _| {}).expect("it comes to its end") {
        Applied::Ran { report, .. } => report,
        other => panic!("{other:?}"),
    }
}

/// It looks until the instance is back, which is not put back by it: that is up to whoever has the
/// lock then. It makes no write and starts no hook.
#[test]
fn a_run_that_loses_its_lease_looks_on_and_leaves_the_rest_to_the_next() {
    let log = Log::new();
    let scene = Scene::new(&log.manifests("true", "true", ""));
    loses_its_lease(&log, &scene, &scene.surroundings(), TIME_TO_LIVE);
}

/// The same in threads and in real time: a thread of its own finds out that the lease is lost.
#[test]
fn a_run_in_threads_that_loses_its_lease_looks_on_and_leaves_the_rest_to_the_next() {
    let log = Log::new();
    let mut scene = Scene::new(&log.manifests("true", "true", ""));
    scene.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", "restartTime: 3s"));
    let context = Context {
        clock: Arc::new(SystemClock::new()),
        engine: Engine::Threads(4),
        ..scene.surroundings()
    };
    // As short as it may be, since a third of it passes before the loss is seen.
    loses_its_lease(&log, &scene, &context, LEASE_MIN);
}

fn loses_its_lease(log: &Log, scene: &Scene, context: &Context, time_to_live: Duration) {
    let shelf = MemoryShelf::default();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let session = |wrap: &dyn Fn(Arc<dyn Transport>) -> Arc<dyn Transport>| {
        let session = scene.session_of(context.clone(), wrap).expect("the project opens");
        session.with_store(store_with(scene, &shelf, time_to_live))
    };
    let first = session(&|inner| {
        let lock = ShelfLock::new(Arc::new(shelf.clone()), time_to_live);
        Arc::new(Freed { inner, lock, requests: requests.clone() })
    });
    let report = apply(&first);
    drop(first);
    assert_eq!(report.stopped, Some(StopReason::LeaseLost), "{report:#?}");
    assert_eq!(log.lines(), ["before i-1"]);
    {
        let requests = requests.lock().expect("no panic");
        let restart = requests.iter().rposition(Request::writes).expect("one write at least");
        assert!(matches!(requests[restart], Request::RebootInstances { .. }), "{requests:#?}");
        assert!(requests.len() > restart + 2, "it looks for the instance: {requests:#?}");
    }
    // The next run has the lock at once, puts the instance back and goes on.
    let second = session(&|inner| inner);
    let report = apply(&second);
    assert!(report.is_complete(), "{report:#?}");
    let lines = log.lines();
    assert_eq!(lines[..3], ["before i-1", "after i-1", "before i-2"], "{lines:?}");
    assert_eq!(lines.len(), 6, "none was prepared or put back twice: {lines:?}");
    assert!(second.plan(PlanOptions::default()).expect("a plan").plan.is_empty());
    scene.nothing_is_lost();
}

/// The run knows nothing of it before it renews its lease, and its journal is sealed by then.
#[test]
fn a_run_whose_lock_a_person_frees_makes_no_call() {
    let mut scene = Scene::new(&bound("web", "i-1"));
    let shelf = MemoryShelf::default();
    assert!(apply(&session(&scene, &shelf, |inner| inner)).is_complete());
    scene.write("web.yaml", &bound("web", "i-1, i-2"));
    let states = scene.states().with_store(store(&scene, &shelf));
    assert_eq!(states.lock().expect("a shelf").1, None);
    let mut approve = |_: &_| {
        let (place, held_by) = states.lock().expect("a shelf");
        assert_eq!(place, "memory/lease");
        let holder = held_by.as_ref().and_then(HeldBy::holder).expect("a run holds it").clone();
        states.unlock(&holder.run).expect("that run holds it");
        assert_eq!(states.lock().expect("a shelf").1, None);
        true
    };
    let requests = Arc::new(Mutex::new(Vec::new()));
    let first =
        session(&scene, &shelf, |inner| Arc::new(Heard { inner, requests: requests.clone() }));
    let wish = ApplyRequest::Fresh(PlanOptions::default());
    let error = first.apply(wish, &mut approve, &mut |_, _, _| {}).expect_err("it is fenced");
    assert_eq!(error.code(), "journalNotWritten", "{error}");
    drop(first);
    assert!(!requests.lock().expect("no panic").iter().any(Request::writes), "{requests:?}");
    assert!(apply(&session(&scene, &shelf, |inner| inner)).is_complete());
}

/// A cloud that notes what it is asked.
struct Heard {
    inner: Arc<dyn Transport>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Transport for Heard {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        self.requests.lock().expect("no panic").push(request.clone());
        self.inner.call(request)
    }
}

/// A lease that is over before a run begins, while a person thinks about its plan.
#[test]
fn a_run_whose_lease_is_lost_before_it_begins_changes_nothing() {
    let scene = Scene::new(&bound("web", "i-1"));
    let shelf = MemoryShelf::default();
    let session = session(&scene, &shelf, |inner| inner);
    let clock = scene.clock.clone();
    let mut approve = |_: &_| {
        keyform::driver::Clock::sleep(&clock, 2 * TIME_TO_LIVE);
        true
    };
    let wish = ApplyRequest::Fresh(PlanOptions::default());
    let error = session.apply(wish, &mut approve, &mut |_, _, _| {}).expect_err("it is lost");
    assert_eq!(error.code(), "lockLostBefore", "{error}");
    let made: Vec<_> =
        shelf.blobs().into_keys().filter(|name| !name.starts_with("lease")).collect();
    assert_eq!(made, [""; 0], "{shelf:?}");
}
