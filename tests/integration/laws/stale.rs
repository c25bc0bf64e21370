//! L1, L2, L6, L9: a service whose reads lag behind its writes.

#![expect(clippy::print_stdout, reason = "the number of cases is part of the result")]

use std::sync::{Arc, Mutex, PoisonError};

use keyform::{
    disk::MemoryDisk,
    ecs::{CallError, Request, Response, Transport},
    emulator::{Act, Fault, When},
};

use super::{
    scene::{Ran, Scene},
    sweep::Scenario,
};

/// The cloud as it was before its last write, and what keeps it so.
#[derive(Clone)]
struct Past {
    scene: Scene,
    before: Arc<Mutex<MemoryDisk>>,
}

impl Past {
    /// The past of a cloud to which nothing was written yet.
    fn of(scene: &Scene) -> Self {
        Self { scene: scene.clone(), before: Arc::new(Mutex::new(scene.disk.fork())) }
    }
}

impl Transport for Past {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let disk = self.before.lock().unwrap_or_else(PoisonError::into_inner).fork();
        self.scene.on(disk).cloud().call(request)
    }
}

/// A cloud of which the past is kept before each write.
struct Kept {
    inner: Arc<dyn Transport>,
    past: Past,
}

impl Transport for Kept {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if request.writes() {
            let fork = self.past.scene.disk.fork();
            *self.past.before.lock().unwrap_or_else(PoisonError::into_inner) = fork;
        }
        self.inner.call(request)
    }
}

/// A run of which these calls, if they are reads, are answered as before the last write.
fn run_with_stale(scene: &Scene, past: &Past, destroy: bool, calls: Vec<usize>) -> Ran {
    let fault = |call| {
        let act = Act::ReadFrom(Arc::new(past.clone()));
        Fault { when: When::Call(call), act }
    };
    let faults = calls.into_iter().map(fault).collect();
    let kept = |inner| Kept { inner, past: past.clone() };
    scene.run_through(destroy, kept, faults)
}

#[test]
fn a_read_that_lags_behind_at_any_moment_does_not_change_the_end() {
    let mut cases = 0;
    for scenario in Scenario::all() {
        let (end, _, calls) = scenario.undisturbed();
        for call in 0..calls {
            for lag in [1, 4] {
                let scene = scenario.before.fork();
                let past = Past::of(&scene);
                let stale = (call..call + lag).collect();
                let _ = run_with_stale(&scene, &past, scenario.destroy, stale);
                let moment = format!("{lag} stale from call {call}");
                scenario.ends_the_same(&scene, &end, &moment);
                cases += 1;
            }
        }
    }
    println!("stale reads: {cases}");
}

/// The machine stops, and what the next run reads first is from before the last write: its plan, its
/// second look, and the first count of those that are down.
#[test]
fn a_run_that_begins_with_stale_reads_does_not_change_the_end() {
    let mut cases = 0;
    for scenario in Scenario::all() {
        let (end, _, calls) = scenario.undisturbed();
        for (call, lag) in (0..calls).flat_map(|call| [1, 3, 6].map(|lag| (call, lag))) {
            let scene = scenario.before.fork();
            let past = Past::of(&scene);
            let (hook, stopped) = scene.stopper();
            let act = Act::StopAfter(hook);
            let stop = vec![Fault { when: When::Call(call), act }];
            let kept = |inner| Kept { inner, past: past.clone() };
            let _ = scene.run_through(scenario.destroy, kept, stop);
            scene.crash();
            let scene = scene.at(*stopped.get().expect("it was stopped"));
            let past = Past { scene: scene.clone(), ..past };
            let _ = run_with_stale(&scene, &past, scenario.destroy, (0..lag).collect());
            scenario.ends_the_same(&scene, &end, &format!("{lag} stale after stop at {call}"));
            cases += 1;
        }
    }
    println!("runs that begin with stale reads: {cases}");
}
