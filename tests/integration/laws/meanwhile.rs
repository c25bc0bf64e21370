//! L6: what somebody else does to pairs of ours while a run goes on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use keyform::{
    ecs::{CallError, Request, Response, Transport},
    model::{CloudName, Tags},
    session::Applied,
};

use super::{
    decisions::{delete, detach, import},
    ownership::import_persons,
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
