//! L5: a plan is done only while the facts hold that it rests on. Each of them is changed here
//! between the review and the run.

use std::{error::Error, sync::Arc, time::Duration};

use keyform::{
    ecs::{CallError, Request, Response, Transport},
    emulator::Fact,
    keys::{KeySource, PooledKeys},
    model::{CloudName, Tags},
    plan::Plan,
    session::{Applied, ApplyRequest, SessionError},
};

use super::{
    coded::{coded, says},
    decisions::{applied, delete, detach, import},
    ownership::{import_persons, of_others},
    restarts::Meddler,
    scene::{PROJECT, Ran, Scene, bound, bound_given, persons_key, region},
    schedule::fleet,
};

/// Panics unless a plan is refused for this reason, told by its code, before its first write.
#[track_caller]
fn refused(scene: &Scene, plan: &Plan, reason: &str) {
    let Ran { outcome, writes, .. } = scene.run_saved(plan, Vec::new());
    let found = reasons(outcome);
    assert!(found.iter().any(|found| says(found, reason)), "not {reason}, but {found:?}");
    assert_eq!(writes, []);
}

/// Why a plan was refused as stale.
#[track_caller]
pub(super) fn reasons(outcome: Result<Applied, Box<dyn Error>>) -> Vec<String> {
    let error = outcome.expect_err("the plan is stale");
    match error.downcast_ref() {
        Some(SessionError::Stale(reasons)) => reasons.iter().map(coded).collect(),
        _ => panic!("it is stale: {error}"),
    }
}

/// Panics unless the plan of a situation is refused for this reason after something has happened.
#[track_caller]
fn stale(scene: &Scene, happens: impl FnOnce(&Scene), reason: &str) {
    let plan = scene.plan(false);
    happens(scene);
    refused(scene, &plan, reason);
}

/// The writes of a plan that comes to its end although something has happened, and its report.
#[track_caller]
fn done(scene: &Scene, happens: impl FnOnce(&Scene)) -> (usize, String) {
    let plan = scene.plan(false);
    happens(scene);
    let Ran { outcome, writes, .. } = scene.run_saved(&plan, Vec::new());
    let Ok(Applied::Ran { report, .. }) = outcome else { panic!("it ran: {outcome:?}") };
    assert!(report.is_complete(), "{report:#?}");
    (writes.len(), format!("{report:#?}"))
}

/// Somebody puts a private key of their own into the vault.
fn put_key(scene: &Scene, seed: u64) {
    let key = PooledKeys::new(seed).generate().expect("a key");
    if scene.disk.files().keys().any(|path| path.starts_with("keys")) {
        scene.remove("keys/web.pem");
        scene.put("keys/web.pem", key.pem().as_bytes());
    } else {
        scene.put_in_new_directory("keys", "web.pem", key.pem().as_bytes());
    }
}

/// A pair of two instances that is to get a third one.
fn growing() -> Scene {
    let mut scene = Scene::new(&bound("web", "i-1, i-2"));
    scene.apply(false);
    scene.write("web.yaml", &bound("web", "i-1, i-2, i-3"));
    scene
}

fn unbound_and_deleted(scene: &Scene) {
    detach(scene, "web", &["i-1", "i-2"]);
    delete(scene, "web");
}

fn bound_to_theirs(scene: &Scene, instance: &str) {
    scene.import_foreign("theirs");
    scene.bind("theirs", instance);
}

#[test]
fn no_key_takes_the_place_of_one_that_is_to_be_made_or_used() {
    let new = Scene::new(&bound("web", "i-1"));
    let taken = "keyNameTaken(address=key/web)";
    stale(&new.fork(), |scene| put_key(scene, 12), taken);
    let held = new.fork();
    put_key(&held, 12);
    let lost = "keyGone(address=key/web)";
    stale(&held.fork(), |scene| scene.remove("keys/web.pem"), lost);
    stale(&held, |scene| put_key(scene, 13), lost);
}

#[test]
fn a_pair_that_instances_are_bound_to_is_still_there_and_ours() {
    stale(&growing(), unbound_and_deleted, "pairGone(address=pair/cn-hangzhou/web)");
    let replaced = |scene: &Scene| {
        unbound_and_deleted(scene);
        import(scene, "web");
    };
    stale(&growing(), replaced, "pairKeyChanged(address=pair/cn-hangzhou/web)");
    let key_pair_names = vec![CloudName::new("web")];
    let tags = Tags::from([("keyform:lineage".to_owned(), "other".to_owned())]);
    let tagged = Fact::Tagged { region: region(), key_pair_names, tags };
    let reason = "pairOfOtherState(address=pair/cn-hangzhou/web)";
    stale(&growing(), |scene| scene.happen(tagged), reason);
}

#[test]
fn a_pair_that_only_lost_its_tags_is_still_ours() {
    let key_pair_names = vec![CloudName::new("web")];
    let tag_keys = vec!["keyform:lineage".to_owned()];
    let untagged = Fact::Untagged { region: region(), key_pair_names, tag_keys };
    assert!(done(&growing(), |scene| scene.happen(untagged)).0 > 0);
}

#[test]
fn a_name_is_still_free_when_its_pair_is_imported() {
    let new = Scene::new(&bound("web", "i-1"));
    let taken = "pairNameTaken(address=pair/cn-hangzhou/web)";
    stale(&new, |scene| import(scene, "web"), taken);
    // The very key that was to be imported does not make it ours.
    let given = Scene::new(&bound_given("ops", "i-1", persons_key(0).openssh()));
    let taken = "pairNameTaken(address=pair/cn-hangzhou/ops)";
    stale(&given, |scene| import_persons(scene, "ops", Tags::new()), taken);
    // Nor do our tags make another key the one that was to be imported.
    let mut growing = applied();
    growing.write("web.yaml", &bound_given("ops", "i-1", persons_key(1).openssh()));
    let state = growing.states().newest().expect("it can be read").expect("there is one");
    let tags = Tags::from([("keyform:lineage".to_owned(), state.lineage.to_string())]);
    stale(&growing, |scene| import_persons(scene, "ops", tags), taken);
}

#[test]
fn a_pair_that_is_taken_over_still_has_its_key() {
    let text = bound_given("ops", "i-1", persons_key(0).openssh());
    let scene = of_others(&text.replace("spec: {tags", "spec: {adopt: true, tags"));
    let replaced = |scene: &Scene| {
        detach(scene, "ops", &["i-3"]);
        delete(scene, "ops");
        import(scene, "ops");
    };
    stale(&scene, replaced, "pairKeyChanged(address=pair/cn-hangzhou/ops)");
}

#[test]
fn nothing_was_bound_meanwhile_to_a_pair_that_is_deleted() {
    let mut scene = Scene::new(&bound("web", "i-1"));
    scene.apply(false);
    scene.write("web.yaml", "");
    let reason = "pairBoundMeanwhile(address=pair/cn-hangzhou/web; instances=i-3)";
    stale(&scene, |scene| scene.bind("web", "i-3"), reason);
}

/// Lists leave out all pairs; who asks for one by name is told.
struct Forgetful(Arc<dyn Transport>);

impl Transport for Forgetful {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let mut response = self.0.call(request)?;
        let is_list = matches!(request, Request::DescribeKeyPairs { key_pair_name: None, .. });
        if let (true, Response::KeyPairs(page)) = (is_list, &mut response) {
            page.key_pairs.clear();
            page.total_count = 0;
        }
        Ok(response)
    }
}

#[test]
fn a_pair_that_a_list_leaves_out_is_not_taken_for_deleted() {
    let mut scene = Scene::new(&bound("web", ""));
    scene.apply(false);
    scene.write("web.yaml", "");
    let plan = Box::new(scene.plan(false));
    let forgetful = |inner| Arc::new(Forgetful(inner)) as Arc<dyn Transport>;
    let session = scene.session_of(scene.surroundings(), forgetful).expect("it opens");
    let applied = session.apply(ApplyRequest::Saved(plan), &mut |_| true, &mut |_, _, _| {});
    applied.expect("it comes to its end");
    assert!(!scene.end().pairs.contains_key("web"));
}

#[test]
fn an_instance_that_is_unbound_is_still_bound_as_it_was() {
    let mut scene = applied();
    scene.write("web.yaml", &bound("web", "i-1, i-3"));
    let reason = "bindingChanged(address=instance/cn-hangzhou/i-2; before=web; now=theirs)";
    stale(&scene, |scene| bound_to_theirs(scene, "i-2"), reason);
}

/// An instance that was bound and left to people to restart, and now is to be restarted.
fn pending() -> Scene {
    let manual = "[i-1], restart: {when: manual, maxUnavailable: 1}";
    let mut scene = Scene::new(&bound("web", "i-1").replace("[i-1]", manual));
    scene.apply(false);
    scene.write("web.yaml", &bound("web", "i-1"));
    scene
}

#[test]
fn an_instance_that_somebody_restarts_now_is_waited_for() {
    let scene = pending();
    scene.restart("i-1");
    let plan = scene.plan(false);
    assert_eq!(plan.summary.instances_restarted, 0, "{plan:#?}");
    assert_eq!(plan.summary.waiting, 1, "{plan:#?}");
}

#[test]
fn an_instance_that_is_restarted_is_still_bound_as_it_was() {
    let reason = "bindingChanged(address=instance/cn-hangzhou/i-1; before=web; now=theirs)";
    stale(&pending(), |scene| bound_to_theirs(scene, "i-1"), reason);
}

fn restarted(scene: &Scene) {
    scene.restart("i-1");
    scene.pass(Duration::from_secs(60));
}

#[test]
fn an_instance_that_somebody_restarted_meanwhile_is_not_restarted_again() {
    let scene = pending();
    let (writes, report) = done(&scene, restarted);
    assert_eq!(writes, 0);
    assert!(report.contains("AlreadyDone"), "{report}");
    assert_eq!(scene.end().instances["i-1"].3, 1);
}

/// A hook that puts it back has nothing to put back.
#[test]
fn what_somebody_restarted_meanwhile_is_not_put_back() {
    let mut scene = pending();
    let after = "restart: {when: now, after: {command: [\"false\"]}}, instances:";
    scene.write("web.yaml", &bound("web", "i-1").replace("instances:", after));
    let (writes, report) = done(&scene, restarted);
    assert_eq!(writes, 0);
    assert!(report.contains("AlreadyDone"), "{report}");
}

/// Another binding of the region has no hooks, and counts in the same limit.
#[test]
fn what_is_still_to_be_put_back_is_not_taken_for_done() {
    let fleets = |after: &str| {
        let hook = format!("restart: {{when: now, after: {{command: [{after:?}]}}}}, instances:");
        [bound("ant", "i-1"), bound("web", "i-2").replace("instances:", &hook)].join("---\n")
    };
    let mut scene = Scene::new(&fleets("false"));
    scene.write("keyform.yaml", &format!("{PROJECT}  limits: {{unavailable: 3}}\n"));
    assert!(matches!(scene.run(false, Vec::new()).outcome,
        Ok(Applied::Ran { report, .. }) if !report.is_complete()));
    scene.write("web.yaml", &fleets("true"));
    let (writes, report) = done(&scene, |_| {});
    assert_eq!(writes, 0, "it is only put back");
    assert!(!report.contains("AlreadyDone"), "{report}");
    assert!(scene.plan(false).is_empty());
    assert_eq!(scene.end().instances["i-2"].3, 1);
}

#[test]
fn what_is_deferred_is_still_bound_as_it_was() {
    let scene = fleet("when: window, windows: [{start: \"02:00\", duration: 3h, timeZone: UTC}]");
    let reason = "bindingChanged(address=instance/cn-hangzhou/i-2; before=nothing; now=theirs)";
    stale(&scene, |scene| bound_to_theirs(scene, "i-2"), reason);
}

#[test]
fn what_is_written_down_is_still_as_it_was_found() {
    let scene = applied();
    scene.lose_state();
    let unbound = |scene: &Scene| detach(scene, "web", &["i-2"]);
    stale(&scene.fork(), unbound, "notAsFound(address=instance/cn-hangzhou/i-2)");
    let replaced = |scene: &Scene| {
        detach(scene, "web", &["i-1", "i-2", "i-3"]);
        delete(scene, "web");
        import(scene, "web");
    };
    stale(&scene, replaced, "notAsFound(address=pair/cn-hangzhou/web)");
}

#[test]
fn no_other_run_has_changed_the_records_meanwhile() {
    let other_run = |scene: &Scene| {
        let mut other = scene.clone();
        other.write("web.yaml", &bound("web", "i-1, i-2").replace("team: laws", "team: web"));
        other.apply(false);
    };
    let reason = "recordChanged(address=pair/cn-hangzhou/web)";
    stale(&growing(), other_run, reason);
}

/// It is stopped at each operation of the disk, and applied again.
#[test]
fn a_saved_plan_of_any_kind_resumes() {
    let given = bound_given("ops", "i-1, i-3", persons_key(0).openssh());
    let adopted = of_others(&given.replace("spec: {tags", "spec: {adopt: true, tags"));
    for (before, destroy) in [(applied(), true), (Scene::new(&given), false), (adopted, false)] {
        let plan = before.plan(destroy);
        let undisturbed = before.fork();
        undisturbed.run_saved(&plan, Vec::new()).outcome.expect("it comes to its end");
        for operation in before.disk.operations()..undisturbed.disk.operations() {
            let scene = before.fork();
            scene.disk.stop_at(operation);
            let _ = scene.run_saved(&plan, Vec::new());
            scene.crash();
            scene.pass(Duration::from_secs(60));
            match scene.run_saved(&plan, Vec::new()).outcome {
                Ok(Applied::Ran { report, .. }) => {
                    assert!(report.is_complete(), "operation {operation}: {report:#?}");
                }
                Ok(other) => panic!("operation {operation}: {other:?}"),
                Err(error) => {
                    let known = error.downcast_ref();
                    assert!(matches!(known, Some(SessionError::AlreadyApplied)), "{error}");
                }
            }
            assert!(scene.plan(destroy).is_empty(), "operation {operation}");
        }
    }
}

#[test]
fn a_plan_is_for_its_format_and_its_project() {
    let new = Scene::new(&bound("web", "i-1"));
    let plan = new.plan(false);
    let other = Plan { format: "keyform.plan/2".to_owned(), ..plan.clone() };
    refused(&new, &other, "planOfOtherFormat(format=keyform.plan/2)");
    let mut renamed = new.fork();
    renamed.write("keyform.yaml", &PROJECT.replace("name: laws", "name: other"));
    refused(&renamed, &plan, "planOfOtherProject(project=laws)");
}

#[test]
fn a_plan_is_for_the_state_that_it_was_made_from() {
    let reason = "planOfOtherState";
    let new = Scene::new(&bound("web", "i-1"));
    stale(&new.fork(), |scene| given(scene).apply(false), reason);
    // Also if the other run came to nothing but its first call.
    let stopped = |scene: &Scene| {
        let disk = scene.disk.clone();
        let _ = given(scene).run_with(|inner| Meddler {
            inner,
            before: move |request: &Request| {
                if request.writes() {
                    disk.stop_now();
                }
            },
        });
        scene.crash();
    };
    stale(&new, stopped, reason);
}

/// The same project, of which somebody else has other manifests.
fn given(scene: &Scene) -> Scene {
    let mut other = scene.clone();
    other.write("web.yaml", &bound_given("ops", "i-1", persons_key(0).openssh()));
    other
}
