//! L1: what a killed run was about to do is ours until it is resolved by reading, whatever command
//! comes next and whatever the manifests say then.

use keyform::{
    emulator::{Act, Fault, When},
    plan::Action,
    state::Change,
};

use super::{
    restarts::first_call,
    scene::{Scene, bound},
};

/// A run of a project is killed right after its first call of an operation, before the outcome is
/// written down.
fn killed_after(scene: &Scene, operation: &'static str) -> Scene {
    let call = first_call(&scene.fork(), operation);
    let scene = scene.fork();
    let (hook, when) = scene.stopper();
    let _ = scene.run(false, vec![Fault { when: When::Call(call), act: Act::StopAfter(hook) }]);
    scene.crash();
    let moment = when.get().copied().expect("it was killed");
    scene.at(moment)
}

/// Nothing of the project is left.
#[track_caller]
fn all_is_gone(scene: &Scene) {
    let end = scene.end();
    assert!(end.pairs.is_empty() && end.keys.is_empty(), "{end:#?}");
    assert!(end.instances.values().all(|(bound, ..)| bound.is_none()), "{end:#?}");
    scene.nothing_is_lost();
}

#[test]
fn a_destroy_after_a_killed_bind_unbinds_and_deletes() {
    let killed = killed_after(&Scene::new(&bound("web", "i-1")), "AttachKeyPair");
    assert_eq!(killed.end().instances["i-1"].0.as_deref(), Some("web"));
    killed.converge(true);
    all_is_gone(&killed);
}

#[test]
fn a_binding_without_instances_unbinds_what_a_killed_run_has_bound() {
    let mut killed = killed_after(&Scene::new(&bound("web", "i-1")), "AttachKeyPair");
    killed.write("web.yaml", &bound("web", ""));
    killed.converge(false);
    assert_eq!(killed.end().instances["i-1"].0, None);
    assert!(killed.end().pairs.contains_key("web"));
}

#[test]
fn a_destroy_after_a_killed_rotation_unbinds_and_deletes() {
    let mut scene = Scene::new(&bound("web", "i-1"));
    scene.apply(false);
    scene.write("web.yaml", &bound("web", "i-1").replace("{tags", "{generation: 2, tags"));
    let killed = killed_after(&scene, "AttachKeyPair");
    assert_eq!(killed.end().instances["i-1"].0.as_deref(), Some("web-g2"));
    killed.converge(true);
    all_is_gone(&killed);
}

#[test]
fn a_destroy_after_a_killed_import_deletes_the_pair() {
    let killed = killed_after(&Scene::new(&bound("web", "")), "ImportKeyPair");
    assert!(killed.end().pairs.contains_key("web"));
    killed.converge(true);
    all_is_gone(&killed);
}

/// A run that is killed between an unbinding and its restart leaves the next one to find it: that is
/// written down before the restart, as a binding is.
#[test]
fn an_unbinding_that_is_found_is_recorded_before_its_restart() {
    let mut scene = Scene::new(&bound("web", "i-1"));
    scene.apply(false);
    scene.write("web.yaml", &bound("web", ""));
    let killed = killed_after(&scene, "DetachKeyPair");
    let plan = killed.plan(false);
    let is_record = |action: &Action| {
        matches!(action, Action::Record { changes } if changes.iter().any(|change| {
            matches!(change, Change::Instance(_, record) if record.bound.is_none())
        }))
    };
    let restart = plan.steps.iter().find(|step| matches!(step.action, Action::Restart { .. }));
    let restart = restart.expect("it is restarted");
    let is_recorded = restart.after.iter().any(|&before| is_record(&plan.steps[before].action));
    assert!(is_recorded, "it is recorded before that: {plan:#?}");
    killed.converge(false);
    assert_eq!(killed.end().instances["i-1"].3, 2, "it is restarted once for each change");
}
