//! A mistake of keyform at any moment ends the run cleanly: it does not hang, the lock is free,
//! nothing is lost, what was interrupted is not shown, and the same command again goes on.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use keyform::{
    driver::SystemClock,
    ecs::{CallError, Request, Response, Transport},
    session::{Applied, ApplyRequest, Context, Engine, PlanListener, PlanOptions, Session},
};

use super::scene::{Scene, bound};

/// What every panic of these tests says; it stands for a value that is secret.
const PAYLOAD: &str = "a value that is not to be shown";

/// A cloud of which one call panics, before or after it takes effect.
struct Panicking {
    inner: Arc<dyn Transport>,
    calls: Arc<AtomicUsize>,
    at: Option<(usize, bool)>,
}

impl Transport for Panicking {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        assert_ne!(self.at, Some((number, false)), "{PAYLOAD}");
        let response = self.inner.call(request);
        assert_ne!(self.at, Some((number, true)), "{PAYLOAD}");
        response
    }
}

/// A session in threads on the disk of a scene, and how many calls it has made.
fn session(scene: &Scene, at: Option<(usize, bool)>) -> (Session, Arc<AtomicUsize>) {
    let surroundings = Context {
        clock: Arc::new(SystemClock::new()),
        engine: Engine::Threads(2),
        ..scene.surroundings()
    };
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let wrap = |inner| Arc::new(Panicking { inner, calls: counter, at }) as Arc<dyn Transport>;
    (scene.session_of(surroundings, wrap).expect("the project opens"), calls)
}

/// One run; `None` if it panicked.
fn apply(session: &Session, listen: PlanListener<'_>) -> Option<Applied> {
    let wish = ApplyRequest::Fresh(PlanOptions::default());
    let run = AssertUnwindSafe(|| session.apply(wish, &mut |_| true, listen));
    catch_unwind(run).ok().map(|outcome| outcome.expect("no error but the mistake"))
}

/// The same command again comes to its end.
#[track_caller]
fn goes_on(scene: &Scene, moment: &str) {
    scene.nothing_is_lost();
    match apply(&session(scene, None).0, &mut |_, _, _| {}) {
        Some(Applied::Nothing(_)) => {}
        Some(Applied::Ran { report, .. }) => assert!(report.is_complete(), "{moment}: {report:#?}"),
        other => panic!("{moment}: {other:?}"),
    }
    scene.nothing_is_lost();
    assert_eq!(scene.end().pairs.len(), 1, "{moment}");
}

#[test]
fn after_a_panic_in_any_call_the_same_command_goes_on() {
    let whole = Scene::new(&bound("web", ""));
    let (undisturbed, calls) = session(&whole, None);
    apply(&undisturbed, &mut |_, _, _| {}).expect("it comes to its end");
    let (mut in_workers, mut in_the_run) = (0, 0);
    let calls = calls.load(Ordering::SeqCst);
    for number in 0..calls {
        for takes_effect in [false, true] {
            let moment = format!("call {number}, it takes effect: {takes_effect}");
            let scene = Scene::new(&bound("web", ""));
            match apply(&session(&scene, Some((number, takes_effect))).0, &mut |_, _, _| {}) {
                None => in_the_run += 1,
                Some(Applied::Ran { report, .. }) => {
                    in_workers += 1;
                    // What took effect is found out by reading, and is done. The last call is a look
                    // whether all shows, and another one follows it.
                    let is_done = takes_effect || number + 1 == calls;
                    assert_eq!(report.is_complete(), is_done, "{moment}: {report:#?}");
                    let shown = format!("{report:?}");
                    let told = shown.contains("Refused { code: \"callPanicked\" }");
                    assert_eq!(told, !is_done, "{moment}: {shown}");
                    assert!(!shown.contains(PAYLOAD), "{moment}: {shown}");
                }
                other => panic!("{moment}: {other:?}"),
            }
            goes_on(&scene, &moment);
        }
    }
    assert!(in_workers > 0 && in_the_run > 0, "{in_workers} in workers, {in_the_run} in the run");
}

#[test]
fn after_a_panic_while_progress_is_told_the_same_command_goes_on() {
    let whole = Scene::new(&bound("web", ""));
    let mut lines = 0;
    apply(&session(&whole, None).0, &mut |_, _, _| lines += 1).expect("it comes to its end");
    assert!(lines > 0);
    for line in 0..lines {
        let scene = Scene::new(&bound("web", ""));
        let mut told = 0;
        let ran = apply(&session(&scene, None).0, &mut |_, _, _| {
            assert_ne!(told, line, "{PAYLOAD}");
            told += 1;
        });
        assert!(ran.is_none(), "line {line}");
        goes_on(&scene, &format!("line {line}"));
    }
}
