//! L8, L9: an answer of the service says what it will do; what is so is what it shows.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use keyform::{
    apply::{FailureCode, Report},
    driver::Clock,
    ecs::{BatchItem, CallError, ItemResult, Request, Response, Transport},
    emulator::{Act, Actor, Fact, Fault, Local, When},
    model::{InstanceId, Timestamp},
    session::Applied,
};

use super::{
    evidence::recorded,
    restarts::{Meddler, first_reboot, reboots},
    scene::{INVENTORY, Ran, Scene, bound, region},
};

fn report(ran: &Ran) -> &Report {
    match &ran.outcome {
        Ok(Applied::Ran { report, .. }) => report,
        other => panic!("it ran: {other:?}"),
    }
}

/// A cloud that accepts each binding and makes none.
struct Forgets(Arc<dyn Transport>);

impl Transport for Forgets {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let Request::AttachKeyPair { instance_ids, .. } = request else {
            return self.0.call(request);
        };
        let accepted =
            |id: &InstanceId| BatchItem { instance_id: id.clone(), result: ItemResult::Success };
        Ok(Response::Items(instance_ids.iter().map(accepted).collect()))
    }
}

/// A Stopped instance is not restarted, so that nothing after the binding could notice.
#[test]
fn a_binding_that_was_accepted_counts_when_the_service_shows_it() {
    let running = Scene::new(&bound("web", "i-1"));
    let stopped = running.fork();
    let (instance, instance_ids) = (InstanceId::new("i-1"), vec![InstanceId::new("i-1")]);
    stopped.happen(Fact::Stopped { region: region(), instance_ids });
    for scene in [running, stopped] {
        let ran = scene.run_with(Forgets);
        let failed: Vec<_> = report(&ran).steps.iter().flat_map(|step| &step.failed).collect();
        let is_noticed = failed
            .iter()
            .any(|(id, why)| *id == instance && why.code() == FailureCode::ChangeNotShown);
        assert!(is_noticed, "{:#?}", report(&ran));
        assert_eq!(reboots(&ran), 0);
        assert_eq!(recorded(&scene).instance(&instance.in_region(&region())), None);
        let plan = scene.plan(false);
        let items = || plan.steps.iter().flat_map(|step| step.action.items());
        assert!(items().next().is_some_and(|item| item.id == instance), "{plan:#?}");
        assert!(!items().any(|item| item.retaken), "no other tool has unbound it: {plan:#?}");
        scene.apply(false);
        assert_eq!(scene.end().instances["i-1"].0.as_deref(), Some("web"));
    }
}

/// A person restarts the instance when keyform has looked at it and has not bound it yet: that
/// restart has put nothing in effect, whatever StartTime says afterwards.
#[test]
fn the_baseline_of_a_binding_is_the_start_time_after_it() {
    let scene = Scene::new(&bound("web", "i-1"));
    let other = scene.clone();
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: move |request: &Request| {
            if matches!(request, Request::AttachKeyPair { .. }) {
                other.happen(Fact::Restarted {
                    region: region(),
                    instance_ids: vec![InstanceId::new("i-1")],
                    milliseconds: 0,
                    lag_milliseconds: 0,
                    moves_start_time: true,
                    by: Actor::Person,
                });
            }
        },
    });
    assert!(report(&ran).is_complete(), "{:#?}", report(&ran));
    assert_eq!(reboots(&ran), 1);
    assert_eq!(scene.guests_of("web"), ["i-1".to_owned()].into());
}

/// A cloud that shows things as they were until some moment.
struct Lagging {
    inner: Arc<dyn Transport>,
    past: Local,
    scene: Scene,
    until: Timestamp,
}

impl Transport for Lagging {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let is_late = !request.writes() && self.scene.clock.now() < self.until;
        if is_late { self.past.call(request) } else { self.inner.call(request) }
    }
}

/// A run that is killed when the service has answered its first restart: the machine then, and the
/// cloud as it was right before.
fn killed_after_its_restart(before: &Scene) -> (Scene, Local) {
    let call = first_reboot(&before.fork());
    let (hook, stopped) = before.stopper();
    let (eye, past) = (before.clone(), Arc::new(OnceLock::new()));
    let kept = past.clone();
    let look = move |request: &Request| {
        if matches!(request, Request::RebootInstances { .. }) {
            kept.get_or_init(|| eye.disk.fork());
        }
    };
    let fault = Fault { when: When::Call(call), act: Act::StopAfter(hook) };
    let _ = before.run_through(false, |inner| Meddler { inner, before: look }, vec![fault]);
    before.crash();
    let scene = before.at(*stopped.get().expect("it was stopped"));
    let past = scene.on(past.get().expect("it was restarted").clone()).cloud();
    (scene, past)
}

/// The service answers a restart before the status shows it. The run is killed in between, and the
/// next one begins at once: for about five seconds it takes an instance that looks untouched for one
/// that may be on its way.
#[test]
fn a_restart_that_does_not_show_yet_is_not_asked_for_again() {
    for moves in [true, false] {
        let mut scene = Scene::new(&bound("web", "i-1"));
        let inventory = format!("restartTime: 30s\n  rebootMovesStartTime: {moves}");
        scene.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", &inventory));
        let (scene, past) = killed_after_its_restart(&scene);
        let until = scene.clock.now().plus(Duration::from_millis(4_500));
        let eye = scene.clone();
        let ran = scene.run_with(|inner| Lagging { inner, past, scene: eye, until });
        assert_eq!(reboots(&ran), 0, "StartTime moves: {moves}");
        assert!(report(&ran).is_complete(), "{:#?}", report(&ran));
        assert_eq!(scene.end().instances["i-1"].3, 1);
        assert!(scene.guests_of("web").contains("i-1"));
    }
}
