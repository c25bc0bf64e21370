//! L1, L8: the service may show a write later than it answers it. A run ends when what it has done
//! shows, so that the next plan is empty; and absence soon after a write is no evidence.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keyform::{
    apply::{Progress, Report},
    driver::Clock,
    ecs::{CallError, Request, Response, Transport},
    emulator::{Act, Fault, InjectedFailure, Local, When},
    plan::Plan,
    session::{Applied, ApplyRequest, PlanOptions},
};

use super::{
    restarts::first_call,
    scene::{INVENTORY, Ran, Scene, bound},
};

/// A cloud whose reads show how things were some time ago.
struct Lagging {
    inner: Arc<dyn Transport>,
    cloud: Local,
    age: Duration,
}

impl Transport for Lagging {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if request.writes() {
            return self.inner.call(request);
        }
        self.cloud.read_past(request, self.age)
    }
}

/// The cloud of a scene, whose reads lag so many seconds behind.
fn lagging(scene: &Scene, seconds: u64) -> impl Fn(Arc<dyn Transport>) -> Lagging + use<> {
    let (scene, age) = (scene.clone(), Duration::from_secs(seconds));
    move |inner| Lagging { inner, cloud: scene.cloud(), age }
}

/// A scene that is older than any lag.
fn scene(manifests: &str) -> Scene {
    let scene = Scene::new(manifests);
    scene.plan(false);
    scene.pass(Duration::from_secs(600));
    scene
}

fn report(ran: Ran) -> Report {
    match ran.outcome {
        Ok(Applied::Ran { report, .. }) => report,
        other => panic!("it ran: {other:?}"),
    }
}

/// The plan that someone makes whose reads lag as well.
fn plan(scene: &Scene, destroy: bool, seconds: u64) -> Plan {
    let wrap = lagging(scene, seconds);
    let wrap = |inner| -> Arc<dyn Transport> { Arc::new(wrap(inner)) };
    let session = scene.session_of(scene.surroundings(), wrap).expect("the project opens");
    let options = PlanOptions { destroy, ..PlanOptions::default() };
    session.plan(options).expect("there is a plan").plan
}

#[track_caller]
fn applies(scene: &Scene, destroy: bool, seconds: u64) {
    let report = report(scene.run_meddled(destroy, lagging(scene, seconds)));
    assert!(report.is_complete(), "{seconds} s: {report:#?}");
    let again = plan(scene, destroy, seconds);
    assert!(again.is_empty(), "{seconds} s: the plan after an apply is empty: {again:#?}");
    scene.nothing_is_lost();
}

#[test]
fn a_run_ends_when_the_service_shows_what_it_has_done() {
    for seconds in [1, 10, 45] {
        let mut scene = scene(&bound("web", "i-1, i-2, i-3"));
        applies(&scene, false, seconds);
        scene.write("web.yaml", &bound("web", "i-1, i-2").replace("team: laws", "team: ops"));
        applies(&scene, false, seconds);
        scene.write("web.yaml", &bound("ops", "i-1, i-2"));
        applies(&scene, false, seconds);
        let restarts: Vec<_> = scene.end().instances.into_values().map(|one| one.3).collect();
        assert_eq!(
            restarts,
            [2, 2, 2],
            "{seconds} s: no instance is restarted twice for one change"
        );
        applies(&scene, true, seconds);
        assert!(scene.end().pairs.is_empty(), "{seconds} s");
    }
}

/// Reads that come from machines of the service which know different things.
struct Flapping {
    lagging: Lagging,
    reads: AtomicUsize,
}

impl Transport for Flapping {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let is_late = self.reads.fetch_add(1, Ordering::SeqCst) % 2 == 1;
        if is_late { self.lagging.call(request) } else { self.lagging.inner.call(request) }
    }
}

/// A binding that showed once may not show the next time.
#[test]
fn what_a_run_has_seen_may_be_gone_from_the_next_read() {
    for restart in ["{when: manual}", "{when: now, maxUnavailable: 3}"] {
        let manifest =
            bound("web", "i-1, i-2, i-3").replace("i-3]}", &format!("i-3], restart: {restart}}}"));
        let mut scene = scene(&manifest);
        scene.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", "restartTime: 90s"));
        let wrap = lagging(&scene, 10);
        let report =
            report(scene.run_with(move |inner| Flapping {
                lagging: wrap(inner),
                reads: AtomicUsize::new(0),
            }));
        assert!(report.is_complete(), "{restart}: {report:#?}");
        scene.converge(false);
    }
}

/// The first import is made, and its answer is lost. The second one is told that the name is taken,
/// and the pair that took it does not show for a while.
#[test]
fn an_import_whose_answer_was_lost_is_found_although_reads_lag() {
    let scene = scene(&bound("web", "i-1"));
    let call = first_call(&scene.fork(), "ImportKeyPair");
    let lost = Act::After(InjectedFailure::NoAnswer);
    let faults = vec![Fault { when: When::Call(call), act: lost }];
    let report = report(scene.run_through(false, lagging(&scene, 20), faults));
    assert!(report.is_complete(), "{report:#?}");
    assert_eq!(scene.end().pairs.len(), 1);
    assert!(plan(&scene, false, 20).is_empty());
}

#[test]
fn a_deletion_whose_answer_was_lost_is_done_once_it_shows() {
    let mut scene = scene(&bound("web", ""));
    scene.apply(false);
    scene.pass(Duration::from_secs(600));
    scene.write("web.yaml", "");
    let call = first_call(&scene.fork(), "DeleteKeyPairs");
    let lost = Act::After(InjectedFailure::NoAnswer);
    let faults = vec![Fault { when: When::Call(call), act: lost }];
    let report = report(scene.run_through(false, lagging(&scene, 20), faults));
    assert!(report.is_complete(), "{report:#?}");
    assert!(scene.end().pairs.is_empty());
}

/// The service never shows what it has done: the run comes to its end all the same, and says so.
#[test]
fn a_run_waits_a_minute_for_what_never_shows() {
    let scene = scene(&bound("web", ""));
    let wrap = lagging(&scene, 100_000);
    let wrap = |inner| -> Arc<dyn Transport> { Arc::new(wrap(inner)) };
    let session = scene.session_of(scene.surroundings(), wrap).expect("the project opens");
    let (began, mut unshown) = (scene.clock.now(), 0);
    let applied = session.apply(
        ApplyRequest::Fresh(PlanOptions::default()),
        &mut |_| true,
        &mut |_, _, progress| {
            unshown += usize::from(matches!(progress, Progress::Unshown { .. }));
        },
    );
    let Ok(Applied::Ran { report, .. }) = applied else { panic!("it ran: {applied:?}") };
    assert!(report.is_complete() && unshown == 1, "{report:#?}");
    assert!(scene.clock.now().since(began) < Duration::from_secs(70));
}

/// What shows counts, while one instance of the same call does not show (L8).
#[test]
fn an_instance_that_does_not_show_holds_up_no_record_of_the_others() {
    struct Hides(Arc<dyn Transport>);
    impl Transport for Hides {
        fn call(&self, request: &Request) -> Result<Response, CallError> {
            let mut answer = self.0.call(request)?;
            if let Response::Instances(page) = &mut answer {
                for one in &mut page.instances {
                    if one.instance_id.as_str() == "i-2" {
                        one.key_pair_name.clear();
                    }
                }
            }
            Ok(answer)
        }
    }
    let manual = bound("web", "i-1, i-2, i-3").replace("i-3]}", "i-3], restart: {when: manual}}");
    let scene = scene(&manual);
    let report = report(scene.run_with(Hides));
    assert!(!report.is_complete());
    let recorded = super::evidence::recorded(&scene);
    let bound: Vec<_> = recorded.all_instances().map(|(at, _)| at.id.to_string()).collect();
    assert_eq!(bound, ["i-1", "i-3"]);
    scene.converge(false);
}
