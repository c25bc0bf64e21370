//! Plans for a part of a project.

use keyform::{
    emulator::Fact,
    model::InstanceId,
    plan::{Action, Plan, PlanError, Targets},
    session::{PlanOptions, SessionError},
};

use super::scene::{Scene, bound, region};

/// Two pairs, each with a binding.
fn scene() -> Scene {
    Scene::new(&format!("{}---\n{}", bound("web", "i-1, i-2"), bound("ops", "i-3")))
}

fn plan(scene: &Scene, targets: &[&str]) -> Result<Plan, SessionError> {
    let session = scene.session_of(scene.surroundings(), |inner| inner).expect("it opens");
    let targets = Targets::new(targets.iter().map(|one| (*one).to_owned()).collect());
    let options = PlanOptions { targets, ..PlanOptions::default() };
    session.plan(options).map(|planned| planned.plan)
}

/// What a plan does, a word each.
fn steps(plan: &Plan) -> Vec<String> {
    let words = |action: &Action| match action {
        Action::MakeKey { name, .. } => Some(format!("make {name}")),
        Action::ImportPair { name, .. } => Some(format!("import {name}")),
        Action::Attach { name, items, .. } => Some(format!("bind {} to {name}", items[0].id)),
        Action::Detach { items, .. } => Some(format!("unbind {}", items[0].id)),
        Action::DeletePair { name, .. } => Some(format!("delete {name}")),
        Action::RetireKey { name, .. } => Some(format!("retire {name}")),
        _ => None,
    };
    plan.steps.iter().filter_map(|step| words(&step.action)).collect()
}

#[test]
fn a_target_comes_with_what_it_needs_and_nothing_else() {
    for (targets, expected) in [
        (
            &["binding/web-*"][..],
            &["make web", "import web", "bind i-1 to web", "bind i-2 to web"][..],
        ),
        (&["instance/*/i-2"], &["make web", "import web", "bind i-2 to web"]),
        (&["pair/cn-hangzhou/ops"], &["make ops", "import ops"]),
        (&["key/web"], &["make web"]),
        (
            &["key/web", "instance/*/i-3"],
            &["make ops", "make web", "import ops", "bind i-3 to ops"],
        ),
    ] {
        let mut found = steps(&plan(&scene(), targets).expect("there is a plan"));
        let mut expected: Vec<_> = expected.iter().map(|one| (*one).to_owned()).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{targets:?}");
    }
}

#[test]
fn a_pair_that_goes_takes_its_instances_off_first() {
    let mut scene = scene();
    scene.apply(false);
    scene.write("web.yaml", &bound("ops", "i-3"));
    let found = steps(&plan(&scene, &["pair/*/web"]).expect("there is a plan"));
    assert_eq!(found, ["unbind i-1", "unbind i-2", "delete web"]);
    let found = steps(&plan(&scene, &["instance/*/i-1"]).expect("there is a plan"));
    assert_eq!(found, ["unbind i-1"], "the pair is still in use");
}

/// No restart and no gate comes after its binding.
#[test]
fn a_stopped_instance_comes_with_what_it_needs() {
    let scene = scene();
    let instance_ids = vec![InstanceId::new("i-3")];
    scene.happen(Fact::Stopped { region: region(), instance_ids });
    let plan = plan(&scene, &["instance/*/i-3"]).expect("there is a plan");
    assert_eq!(steps(&plan), ["make ops", "import ops", "bind i-3 to ops"]);
}

#[test]
fn a_pair_that_stays_is_targeted_without_the_instances_that_leave_it() {
    let mut scene = scene();
    scene.apply(false);
    scene.write("web.yaml", &format!("{}---\n{}", bound("web", "i-1"), bound("ops", "i-2, i-3")));
    assert!(plan(&scene, &["pair/*/web"]).expect("there is a plan").is_empty());
    scene.write("web.yaml", &bound("ops", "i-1, i-2, i-3"));
    let of_key = plan(&scene, &["key/ops"]).expect("there is a plan");
    assert!(of_key.is_empty(), "the pair that goes is not targeted: {of_key:#?}");
    assert_eq!(of_key.targets, ["key/ops"]);
}

#[test]
fn a_target_that_matches_nothing_is_an_error() {
    for target in ["binding/wbe-*", "instance/cn-beijing/*", "pair/*/web-g2"] {
        let error = plan(&scene(), &["key/web", target]).expect_err(target);
        let nothing = PlanError::NothingTargeted { pattern: target.to_owned() };
        assert!(matches!(&error, SessionError::Plan(found) if *found == nothing), "{error}");
    }
}

#[test]
fn parts_and_then_the_whole_come_to_the_same_end_as_the_whole() {
    let whole = scene();
    whole.apply(false);
    let parts = scene();
    for target in ["instance/*/i-2", "key/ops", "binding/ops-fleet"] {
        let plan = plan(&parts, &[target]).expect("there is a plan");
        parts.run_saved(&plan, Vec::new()).outcome.expect("it is applied");
        let again = self::plan(&parts, &[target]).expect("there is a plan");
        assert!(again.is_empty(), "{target}: {again:#?}");
    }
    parts.apply(false);
    let mut ends = [whole.end(), parts.end()];
    for end in &mut ends {
        assert_eq!(end.instances.len(), 3);
    }
    assert_eq!(ends[0], ends[1]);
}
