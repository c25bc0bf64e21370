//! L6: what others do to pairs and instances of ours while a run goes on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use keyform::{
    apply::FailureCode,
    ecs::{CallError, Request, Response, Transport},
    model::{CloudName, Tags},
    plan::ReasonCode,
    session::Applied,
};

use super::{
    decisions::{delete, detach, import},
    evidence::{evidence_of, recorded},
    ownership::import_persons,
    restarts::{Meddler, before_the_count, reboots},
    scene::{Ran, Scene, bound, bound_given, persons_key, region},
};

/// A cloud in which somebody does something right before the first call of an operation.
struct Meanwhile {
    inner: Arc<dyn Transport>,
    scene: Scene,
    operation: &'static str,
    act: fn(&Scene),
    is_done: AtomicBool,
}

impl Transport for Meanwhile {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        if request.operation() == self.operation && !self.is_done.swap(true, Ordering::SeqCst) {
            (self.act)(&self.scene);
        }
        self.inner.call(request)
    }
}

fn run(scene: &Scene, operation: &'static str, act: fn(&Scene)) -> Ran {
    let ran = scene.run_with(|inner| Meanwhile {
        inner,
        scene: scene.clone(),
        operation,
        act,
        is_done: AtomicBool::new(false),
    });
    let Ok(Applied::Ran { report, .. }) = &ran.outcome else { panic!("{:?}", ran.outcome) };
    assert!(!report.is_complete(), "{report:#?}");
    ran
}

/// The name is taken at the last moment, with the very key that was to be imported.
#[test]
fn a_pair_that_another_state_imports_first_with_the_same_key_is_not_taken_for_ours() {
    let scene = Scene::new(&bound_given("ops", "", persons_key(0).openssh()));
    let theirs = |scene: &Scene| {
        let tags =
            [("keyform:project", "laws"), ("keyform:lineage", "0123456789abcdef0123456789abcdef")];
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned()));
        import_persons(scene, "ops", Tags::from(tags));
    };
    run(&scene, "ImportKeyPair", theirs);
    let state = scene.states().newest().expect("it can be read").expect("there is one");
    assert_eq!(state.recorded.pair(&region(), &CloudName::new("ops")), None);
}

/// The first wave is on its way when the pair goes that the second is to be bound to.
#[test]
fn an_instance_is_not_bound_to_a_pair_that_somebody_has_replaced() {
    let scene = Scene::new(&bound("web", "i-1, i-2"));
    let replace = |scene: &Scene| {
        detach(scene, "web", &["i-1"]);
        delete(scene, "web");
        import(scene, "web");
    };
    let ran = run(&scene, "RebootInstances", replace);
    let attached = ran.writes.iter().filter(|one| one.operation() == "AttachKeyPair").count();
    assert_eq!(attached, 1, "{:#?}", ran.writes);
    assert_eq!(scene.end().instances["i-2"].0, None);
}

/// It is bound to a foreign pair when its fleet is counted for the restart.
#[test]
fn an_instance_that_others_have_bound_to_their_pair_is_not_restarted() {
    let scene = Scene::new(&bound("web", "i-1, i-2"));
    scene.import_foreign("theirs");
    let ran = scene.run_with(|inner| Meddler {
        inner,
        before: before_the_count(&scene, |other| other.bind("theirs", "i-1")),
    });
    assert_eq!(why_it_failed(&ran, "i-1"), [FailureCode::BindingChangedMeanwhile]);
    assert_eq!(reboots(&ran), 0, "{:#?}", ran.writes);
    assert!(scene.guests_of("theirs").is_empty());
    blocks(&scene, "i-1");
}

/// No look can come between: the restart puts the foreign pair in effect, and the run says so instead
/// of taking its own for that (L1, L6).
#[test]
fn an_instance_that_others_bind_right_before_its_restart_counts_as_failed() {
    let after = "after: {command: ['true']}";
    for policy in ["settle: 0s", "settle: 5m", after] {
        let restart = format!("restart: {{when: now, {policy}}}, instances:");
        let mut scene = Scene::new(&bound("web", "i-1, i-2"));
        scene.apply(false);
        scene.import_foreign("theirs");
        scene.write("web.yaml", &bound("ops", "i-1, i-2").replace("instances:", &restart));
        let ran = run(&scene, "RebootInstances", |scene| scene.bind("theirs", "i-1"));
        let changed = [FailureCode::BindingChangedMeanwhile];
        assert_eq!(why_it_failed(&ran, "i-1"), changed, "{policy}");
        assert_eq!(reboots(&ran), 1, "no later wave begins: {policy}");
        assert_eq!(evidence_of(&scene)["i-1"], None, "{policy}");
        assert!(recorded(&scene).intents.is_empty(), "{policy}: {:#?}", recorded(&scene).intents);
        assert!(scene.end().pairs.contains_key("web"), "it is not deleted: {policy}");
        blocks(&scene, "i-1");
        scene.bind("ops", "i-1");
        scene.converge(false);
        assert_eq!(scene.guests_of("ops").len(), 2, "it is restarted for its pair: {policy}");
        assert!(!scene.end().pairs.contains_key("web"), "{policy}");
    }
}

/// Why a run failed for an instance, step by step.
fn why_it_failed(ran: &Ran, instance: &str) -> Vec<FailureCode> {
    let Ok(Applied::Ran { report, .. }) = &ran.outcome else { panic!("{:?}", ran.outcome) };
    let failed = report.steps.iter().flat_map(|step| &step.failed);
    failed.filter(|(id, _)| id.as_str() == instance).map(|(_, why)| why.code()).collect()
}

/// The next plan shows that the instance has a foreign pair, and does nothing to it.
#[track_caller]
fn blocks(scene: &Scene, instance: &str) {
    let plan = scene.plan(false);
    let address = format!("instance/cn-hangzhou/{instance}");
    let note = plan.notes.iter().find(|note| note.address.to_string() == address);
    let code = note.map(|note| note.reason.code());
    assert_eq!(code, Some(ReasonCode::BoundToForeign), "{plan:#?}");
    let mut items = plan.steps.iter().flat_map(|step| step.action.items());
    assert!(!items.any(|item| item.id.as_str() == instance), "{plan:#?}");
}
