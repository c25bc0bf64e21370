//! Where the call that restarts several instances is refused as such, each has a call of its own; the
//! count of those that are down is the same (L9).

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use keyform::{
    apply::Progress,
    driver::Clock,
    ecs::{CallError, Code, Request, Response, Transport},
    model::InstanceId,
    render,
    session::{Applied, ApplyRequest, PlanOptions},
};

use super::scene::{Scene, bound};

/// A service that refuses RebootInstances with a code, and some of the single restarts.
struct Refusing {
    inner: Arc<dyn Transport>,
    status: u16,
    code: &'static str,
    /// What is answered to the single restart with this number, from 0, in the place of doing it.
    single: Mutex<Vec<(usize, CallError)>>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    batches: usize,
    singles: Vec<InstanceId>,
}

fn refusal(operation: &'static str, status: u16, code: &str) -> CallError {
    CallError::Service {
        operation,
        status,
        code: code.to_owned(),
        message: "It is refused.".to_owned(),
        request_id: "r".to_owned(),
        retry_after: None,
        denied: None,
    }
}

impl Transport for Refusing {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let mut seen = self.seen.lock().expect("nothing panics that holds it");
        match request {
            Request::RebootInstances { .. } => {
                seen.batches += 1;
                return Err(refusal(request.operation(), self.status, self.code));
            }
            Request::RebootInstance { instance_id, .. } => {
                let number = seen.singles.len();
                seen.singles.push(instance_id.clone());
                let single = self.single.lock().expect("nothing panics that holds it");
                if let Some((_, error)) = single.iter().find(|(at, _)| *at == number) {
                    return Err(error.clone());
                }
            }
            _ => {}
        }
        drop(seen);
        self.inner.call(request)
    }
}

/// Three instances that may be down at once.
fn fleet() -> Scene {
    let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let project = super::scene::PROJECT.replace("maxUnavailable: 1", "maxUnavailable: 3");
    scene.write("keyform.yaml", &project);
    scene
}

fn run(
    scene: &Scene,
    (status, code): (u16, &'static str),
    single: Vec<(usize, CallError)>,
) -> (Applied, Seen) {
    let seen = Arc::<Mutex<Seen>>::default();
    let told = seen.clone();
    let ran = scene.run_with(move |inner| Refusing {
        inner,
        status,
        code,
        single: Mutex::new(single),
        seen: told,
    });
    let applied = ran.outcome.expect("it comes to its end");
    let seen = std::mem::take(&mut *seen.lock().expect("nothing panics that holds it"));
    (applied, seen)
}

fn is_complete(applied: &Applied) -> bool {
    matches!(applied, Applied::Ran { report, .. } if report.is_complete())
}

#[test]
fn a_refused_batch_is_asked_for_once_and_then_one_by_one_for_the_rest_of_the_run() {
    for (status, code) in [
        (404, "InvalidAction.NotFound"),
        (400, "InvalidOperation.NotSupportedEndpoint"),
        (403, "Forbidden.RAM"),
    ] {
        // Waves of one: the second and the third one do not ask for a batch again.
        let scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
        let (applied, seen) = run(&scene, (status, code), Vec::new());
        assert!(is_complete(&applied), "{code}: {applied:#?}");
        assert_eq!((seen.batches, seen.singles.len()), (1, 3), "{code}");
        assert_eq!(scene.guests_of("web").len(), 3, "{code}");
        assert!(scene.plan(false).is_empty());
    }
}

/// Both fleets ask for their restarts before either hears that such a call is refused.
#[test]
fn a_batch_that_was_on_its_way_is_made_one_by_one_too_and_the_run_says_so_once() {
    let scene = Scene::new(&format!("{}---\n{}", bound("web", "i-1"), bound("ops", "i-2")));
    let seen = Arc::<Mutex<Seen>>::default();
    let told = seen.clone();
    let wrap = |inner| -> Arc<dyn Transport> {
        let (status, code, single) = (403, "Forbidden.RAM", Mutex::default());
        Arc::new(Refusing { inner, status, code, single, seen: told })
    };
    let session = scene.session_of(scene.surroundings(), wrap).expect("the project opens");
    let mut said = Vec::new();
    let applied = session.apply(
        ApplyRequest::Fresh(PlanOptions::default()),
        &mut |_| true,
        &mut |plan, _, progress| {
            if matches!(progress, Progress::OneByOne { .. }) {
                said.extend(render::progress::line(plan, progress));
            }
        },
    );
    let applied = applied.expect("it comes to its end");
    assert!(is_complete(&applied), "{applied:#?}");
    let seen = seen.lock().expect("nothing panics that holds it");
    assert_eq!((seen.batches, seen.singles.len()), (2, 2));
    assert!(said.len() == 1 && said[0].contains("one by one"), "{said:#?}");
}

#[test]
fn the_instances_of_a_wave_are_restarted_together_also_one_by_one() {
    let scene = fleet();
    let before = scene.clock.now();
    let (applied, seen) = run(&scene, (404, "InvalidAction.NotFound"), Vec::new());
    assert!(is_complete(&applied), "{applied:#?}");
    assert_eq!(seen.singles.len(), 3);
    let took = scene.clock.now().since(before);
    assert!(took.as_secs() < 60, "one restart of 30 s, and not three: {took:?}");
}

/// What the service refuses of one instance is that instance's own (L8).
#[test]
fn an_instance_that_is_refused_alone_leaves_the_others() {
    let scene = fleet();
    let refused = refusal("RebootInstance", 403, Code::INSTANCE_STATUS);
    let (applied, seen) = run(&scene, (404, "InvalidAction.NotFound"), vec![(1, refused)]);
    assert!(!is_complete(&applied));
    assert_eq!(seen.singles.len(), 3);
    let restarted: BTreeSet<_> = ["i-1", "i-3"].map(str::to_owned).into();
    assert_eq!(scene.guests_of("web"), restarted);
    scene.apply(false);
}

/// Throttled in the middle: those that were asked for are watched, and the rest is asked for when they
/// are back, after the fleet was counted again (L9).
#[test]
fn what_was_not_asked_for_is_counted_and_asked_for_when_the_others_are_back() {
    let throttled = || refusal("RebootInstance", 400, Code::THROTTLING);
    let scene = fleet();
    let (applied, seen) = run(&scene, (404, "InvalidAction.NotFound"), vec![(1, throttled())]);
    assert!(is_complete(&applied), "{applied:#?}");
    let asked: Vec<_> = seen.singles.iter().map(InstanceId::as_str).collect();
    assert_eq!(asked, ["i-1", "i-2", "i-2", "i-3"], "none is restarted twice");
    assert_eq!(scene.guests_of("web").len(), 3);
    // The first one of all: nothing was restarted, and the whole is asked for again later.
    let scene = fleet();
    let (applied, seen) = run(&scene, (404, "InvalidAction.NotFound"), vec![(0, throttled())]);
    assert!(is_complete(&applied), "{applied:#?}");
    assert_eq!(seen.singles.len(), 4);
}

/// Without an answer nothing is known of that one, which is watched; the others were not asked for.
#[test]
fn a_restart_without_an_answer_stops_the_row_and_is_not_repeated() {
    let no_answer = CallError::NoAnswer {
        operation: "RebootInstance",
        reason: "the line went dead".to_owned(),
    };
    let scene = fleet();
    let (applied, seen) = run(&scene, (404, "InvalidAction.NotFound"), vec![(0, no_answer)]);
    assert!(!is_complete(&applied));
    let asked: Vec<_> = seen.singles.iter().map(InstanceId::as_str).collect();
    assert_eq!(asked, ["i-1", "i-2", "i-3"]);
    scene.apply(false);
    assert_eq!(scene.guests_of("web").len(), 3);
}

/// A caller without the right to either is told so, and not once for each instance.
#[test]
fn without_the_right_to_either_nothing_is_restarted() {
    let denied = || refusal("RebootInstance", 403, "Forbidden.RAM");
    let scene = fleet();
    let (applied, seen) = run(&scene, (403, "Forbidden.RAM"), vec![(0, denied())]);
    assert!(!is_complete(&applied));
    assert_eq!((seen.batches, seen.singles.len()), (1, 1));
    assert!(format!("{applied:?}").contains("ecs:RebootInstances"), "{applied:#?}");
    assert!(scene.guests_of("web").is_empty());
    scene.apply(false);
}
