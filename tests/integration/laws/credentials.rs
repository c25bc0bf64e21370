//! Credentials that are not accepted any more stop a run, once and not step after step; the next run
//! with others goes on.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use keyform::{
    apply::{Report, StepEnd, StopReason},
    cli::Exit,
    ecs::{CallError, Request, Response, Transport},
    model::InstanceStatus,
    session::Applied,
};

use super::scene::{Scene, bound};

/// Accepts the credentials of the first calls, and no others.
struct Expires {
    inner: Arc<dyn Transport>,
    after: usize,
    calls: Arc<AtomicUsize>,
    code: Option<&'static str>,
}

impl Transport for Expires {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if self.calls.fetch_add(1, Ordering::SeqCst) < self.after {
            return self.inner.call(request);
        }
        let operation = request.operation();
        Err(match self.code {
            Some(code) => CallError::Service {
                operation,
                status: 403,
                code: code.to_owned(),
                message: "Specified SecurityToken is expired.".to_owned(),
                request_id: "1".to_owned(),
                retry_after: None,
                denied: None,
            },
            None => {
                CallError::NoCredentials { operation, reason: "the token has ended".to_owned() }
            }
        })
    }
}

/// One run whose credentials end after so many calls; answers how many calls it made after that. None
/// if it did not come to a run.
fn run(
    scene: &Scene,
    destroy: bool,
    after: usize,
    code: Option<&'static str>,
) -> (Option<Report>, usize) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let ran = scene.run_meddled(destroy, |inner| Expires { inner, after, calls: counted, code });
    let late = calls.load(Ordering::SeqCst).saturating_sub(after);
    match ran.outcome {
        Ok(applied @ Applied::Ran { .. }) => {
            let exit = Exit::of_applied(&applied);
            let Applied::Ran { report, .. } = applied else { return (None, late) };
            let expected = if report.is_complete() { Exit::Done } else { Exit::Stopped };
            assert_eq!(exit, expected, "after {after} calls: {report:#?}");
            (Some(report), late)
        }
        _ => (None, late),
    }
}

#[test]
fn a_run_whose_credentials_end_stops_once_and_the_next_one_comes_to_the_same_end() {
    let made = Scene::new(&bound("web", "i-1, i-2, i-3"));
    made.apply(false);
    let mut replaced = made.fork();
    replaced.write("web.yaml", &bound("ops", "i-1, i-2, i-3"));
    let created = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let mut stopped = 0;
    for (before, destroy) in [(created, false), (replaced, false), (made, true)] {
        let whole = before.fork();
        let calls = whole.run(destroy, Vec::new()).calls;
        for after in 0..calls {
            let code = [Some("InvalidSecurityToken.Expired"), None][after % 2];
            let scene = before.fork();
            let (report, late) = run(&scene, destroy, after, code);
            assert!(late <= 2, "after {after} calls: {late} more");
            if let Some(report) = report.filter(|report| !report.is_complete()) {
                assert_eq!(report.stopped, Some(StopReason::Credentials), "{report:#?}");
                assert!(report.stopped_by.is_some());
                let failed =
                    report.steps.iter().filter(|step| matches!(step.end, StepEnd::Failed(_)));
                assert!(failed.count() <= 1, "after {after} calls: {report:#?}");
                stopped += 1;
            }
            scene.nothing_is_lost();
            scene.converge(destroy);
            assert_eq!(scene.end(), whole.end(), "after {after} calls");
            let down = scene.end().instances.into_values().map(|one| one.2);
            assert!(down.into_iter().all(|status| status == InstanceStatus::Running));
        }
    }
    assert!(stopped > 20, "{stopped}");
}

#[test]
fn a_clock_that_is_not_accepted_stops_a_run_too() {
    let scene = Scene::new(&bound("web", "i-1"));
    let calls = scene.fork().run(false, Vec::new()).calls;
    let (report, _) = run(&scene, false, calls / 2, Some("InvalidTimeStamp.Expired"));
    let report = report.expect("it ran");
    assert_eq!(report.stopped, Some(StopReason::Clock));
    scene.converge(false);
}
