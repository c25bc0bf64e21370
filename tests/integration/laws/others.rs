//! L3, L6: what somebody else has done to pairs, keys and instances of ours.

use std::{sync::Arc, time::Duration};

use keyform::{
    emulator::{Act, Fact, Fault, When},
    keys::{KeySource, PooledKeys},
    model::{CloudName, InstanceId, StepId, Tags},
    plan::{Action, NoteKind, Plan},
};

use super::{
    coded::{coded, says},
    decisions::{applied, delete, detach, import},
    ownership::{REMOVAL, import_persons, protected},
    scene::{INVENTORY, PROJECT, Scene, bound, region},
};

const FLEET: &str = "i-1, i-2, i-3";

fn tag(scene: &Scene, name: &str, tags: &[(&str, &str)]) {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let key_pair_names = vec![CloudName::new(name)];
    scene.happen(Fact::Tagged { region: region(), key_pair_names, tags: tags.collect() });
}

/// Somebody puts another private key in the place of ours.
fn replace_key(scene: &Scene) {
    let key = PooledKeys::new(13).generate().expect("a key");
    scene.remove("keys/web.pem");
    scene.put("keys/web.pem", key.pem().as_bytes());
}

/// Somebody replaces the pair `web` by another one, and binds an instance to it.
fn replace_pair(scene: &Scene) {
    detach(scene, "web", &["i-1", "i-2", "i-3"]);
    delete(scene, "web");
    import(scene, "web");
    scene.bind("web", "i-2");
}

#[track_caller]
fn notes(plan: &Plan, kind: NoteKind, address: &str, reason: &str) {
    let is_it = |note: &keyform::plan::Note| {
        note.kind == kind
            && note.address.to_string() == address
            && says(&coded(&note.reason), reason)
    };
    assert!(plan.notes.iter().any(is_it), "{plan:#?}");
}

#[track_caller]
fn never(plan: &Plan, is_wrong: fn(&Action) -> bool) {
    assert!(!plan.steps.iter().any(|step| is_wrong(&step.action)), "{plan:#?}");
}

fn detaches(action: &Action) -> bool {
    matches!(action, Action::Detach { .. })
}

#[test]
fn a_pair_that_another_state_has_tagged_is_left_alone() {
    let scene = applied();
    tag(&scene, "web", &[("keyform:lineage", "other")]);
    let plan = scene.plan(false);
    assert!(plan.is_empty(), "{plan:#?}");
    notes(&plan, NoteKind::Blocked, "pair/cn-hangzhou/web", "pairTakenOver");
}

#[test]
fn an_instance_that_somebody_gave_another_pair_is_let_go_of() {
    let mut scene =
        Scene::new(&format!("{}---\n{}", bound("ops", "i-3"), bound("web", "i-1, i-2")));
    scene.apply(false);
    scene.bind("ops", "i-2");
    scene.write("web.yaml", &format!("{}---\n{}", bound("ops", "i-3"), bound("web", "i-1")));
    never(&scene.plan(false), detaches);
    scene.apply(false);
    assert_eq!(scene.end().instances["i-2"].0.as_deref(), Some("ops"));
}

#[test]
fn an_instance_of_a_pair_that_was_replaced_is_let_go_of() {
    let mut scene = applied();
    replace_pair(&scene);
    scene.write("web.yaml", "");
    let plan = scene.plan(false);
    never(&plan, detaches);
    notes(&plan, NoteKind::Warning, "pair/cn-hangzhou/web", "notOurs");
    scene.apply(false);
    assert_eq!(scene.end().instances["i-2"].0.as_deref(), Some("web"));
}

#[test]
fn an_unbinding_that_somebody_took_into_effect_is_forgotten() {
    let manual = "], restart: {when: manual, maxUnavailable: 1}";
    let mut scene = Scene::new(&bound("web", "i-1, i-2").replace(']', manual));
    scene.apply(false);
    scene.write("web.yaml", &bound("web", "i-1").replace(']', manual));
    scene.apply(false);
    let waits = |scene: &Scene| {
        scene.plan(false).notes.iter().any(|n| n.address.to_string().ends_with("i-2"))
    };
    assert!(waits(&scene), "people restart it");
    scene.restart("i-2");
    scene.pass(Duration::from_secs(60));
    scene.apply(false);
    assert!(!waits(&scene));
}

#[test]
fn what_is_forgotten_keeps_tags_that_are_not_ours() {
    let scene = protected(&REMOVAL.replace("ACTION", "forget"));
    tag(&scene, "web", &[("keyform:lineage", "other")]);
    let plan = scene.plan(false);
    never(&plan, |action| matches!(action, Action::UntagPair { .. }));
    scene.apply(false);
    assert_eq!(scene.end().pairs["web"]["keyform:lineage"], "other");
}

#[test]
fn another_private_key_in_the_place_of_ours_is_not_put_aside() {
    let scene = applied();
    replace_key(&scene);
    let plan = scene.plan(true);
    never(&plan, |action| matches!(action, Action::RetireKey { .. }));
    notes(&plan, NoteKind::Blocked, "key/web", "keyDiffers");
}

#[test]
fn another_private_key_is_not_taken_for_that_of_a_pair_whose_state_is_lost() {
    let scene = applied();
    scene.lose_state();
    replace_key(&scene);
    let plan = scene.plan(false);
    never(&plan, |action| matches!(action, Action::DeletePair { .. }));
    notes(
        &plan,
        NoteKind::Blocked,
        "pair/cn-hangzhou/web",
        "keyLostWhileBound(instances=i-1,i-2,i-3)",
    );
}

#[test]
fn a_key_in_the_place_of_one_that_a_stopped_run_made_is_not_used() {
    let before = Scene::new(&bound("web", "i-1"));
    let undisturbed = before.fork();
    undisturbed.apply(false);
    let mut seen = 0;
    for operation in before.disk.operations()..undisturbed.disk.operations() {
        let scene = before.fork();
        scene.disk.stop_at(operation);
        let _ = scene.run(false, Vec::new());
        scene.crash();
        if scene.held().is_empty() || !scene.end().pairs.is_empty() {
            continue;
        }
        replace_key(&scene);
        let plan = scene.plan(false);
        notes(&plan, NoteKind::Blocked, "key/web", "keyDiffers");
        seen += 1;
    }
    assert!(seen > 0, "a run was stopped between the key and its pair");
}

/// A run made the pair in a second region and could not say so, and then the key was lost.
#[test]
fn a_pair_that_is_found_in_a_further_region_is_not_used_without_its_key() {
    let mut scene = applied();
    let project = PROJECT.replace("[cn-hangzhou]", "[cn-hangzhou, cn-beijing]");
    scene.write("keyform.yaml", &project);
    let text = bound("web", FLEET).replace("keyPair: web", "keyPair: web, region: cn-hangzhou");
    scene.write("web.yaml", &text);
    let calls = scene.fork().run(false, Vec::new()).calls;
    let mut seen = 0;
    for call in 0..calls {
        let scene = scene.fork();
        let disk = scene.disk.clone();
        let stop = Act::StopAfter(Arc::new(move || disk.stop_now()));
        let _ = scene.run(false, vec![Fault { when: When::Call(call), act: stop }]);
        scene.crash();
        scene.remove("keys/web.pem");
        let plan = scene.plan(false);
        assert!(plan.summary.pairs_deleted + plan.summary.pairs_made == 0, "{plan:#?}");
        seen += plan.notes.iter().filter(|note| note.kind == NoteKind::Blocked).count();
    }
    assert!(seen > 0, "a run was stopped when the pair was not there or not recorded");
}

/// A project without its state, and with other manifests than those that it was made from.
fn lost_and_renamed() -> Scene {
    let mut scene = applied();
    scene.lose_state();
    scene.write("web.yaml", &bound("ops", ""));
    scene
}

#[test]
fn a_pair_that_is_found_again_and_not_wanted_waits_for_its_instances_and_goes() {
    let scene = lost_and_renamed();
    let plan = scene.plan(false);
    never(&plan, |action| matches!(action, Action::DeletePair { .. }));
    let waits = "stillBound(instances=i-1,i-2,i-3)";
    notes(&plan, NoteKind::Waiting, "pair/cn-hangzhou/web", waits);
    scene.apply(false);
    let state = scene.states().newest().expect("it can be read").expect("there is one");
    let pair = state.recorded.pair(&region(), &CloudName::new("web")).expect("it is written down");
    assert_eq!(pair.tags, Tags::from([("team".to_owned(), "laws".to_owned())]), "no tag of ours");
    assert!(state.recorded.keys.contains_key(&CloudName::new("web")), "and so is its key");
    let instances = ["i-1", "i-2", "i-3"];
    detach(&scene, "web", &instances);
    let waits = "stillInEffect(instances=i-1,i-2,i-3)";
    notes(&scene.plan(false), NoteKind::Waiting, "pair/cn-hangzhou/web", waits);
    scene.apply(false);
    instances.into_iter().for_each(|id| scene.restart(id));
    scene.converge(false);
    assert!(!scene.end().pairs.contains_key("web"));
    let free = lost_and_renamed();
    detach(&free, "web", &instances);
    free.apply(false);
    assert!(!free.end().pairs.contains_key("web"), "found and deleted in one run");
}

#[test]
fn a_pair_of_this_project_and_another_state_is_told_and_not_taken() {
    for (tags, is_told) in [
        (&[("keyform:project", "laws"), ("keyform:lineage", "other")][..], true),
        (&[("keyform:project", "laws")], false),
        (&[("keyform:project", "other"), ("keyform:lineage", "other")], false),
    ] {
        let scene = applied();
        import_persons(&scene, "theirs", Tags::new());
        tag(&scene, "theirs", tags);
        let plan = scene.plan(false);
        assert!(plan.is_empty(), "{plan:#?}");
        assert_eq!(plan.notes.len(), usize::from(is_told), "{plan:#?}");
        if is_told {
            notes(&plan, NoteKind::Warning, "pair/cn-hangzhou/theirs", "ofOtherState");
        }
    }
}

#[test]
fn a_reviewer_is_told_whose_pair_an_instance_is_bound_to() {
    let mut scene = applied();
    import_persons(&scene, "theirs", Tags::new());
    tag(&scene, "theirs", &[("keyform:project", "laws"), ("keyform:lineage", "other")]);
    scene.write(
        "inventory.yaml",
        &INVENTORY.replace(
            "  - {id: i-3",
            "  - {id: i-4, region: cn-hangzhou, name: four}\n  - {id: i-3",
        ),
    );
    scene.bind("theirs", "i-4");
    scene.write("web.yaml", &bound("web", &format!("{FLEET}, i-4")));
    let owner = r#"boundToForeign(owner={"otherState":"laws"}; pair=theirs)"#;
    notes(&scene.plan(false), NoteKind::Blocked, "instance/cn-hangzhou/i-4", owner);
}

#[test]
fn a_pair_goes_after_a_stopped_instance_that_never_accepted_it_has_left() {
    let stopped = |scene: &Scene| {
        let instance_ids = vec![InstanceId::new("i-2")];
        scene.happen(Fact::Stopped { region: region(), instance_ids });
    };
    let mut scene = Scene::new(&bound("web", "i-2"));
    stopped(&scene);
    scene.apply(false);
    scene.write("web.yaml", &bound("ops", "i-2"));
    assert_eq!(scene.plan(false).summary.pairs_deleted, 1, "the checker looks after the order");
    let mut scene = applied();
    stopped(&scene);
    scene.write("web.yaml", &bound("web", "i-1, i-3"));
    assert_eq!(scene.plan(false).summary.instances_unbound, 1, "a stopped one counts too");
}

/// L3: the pair is gone already, and guests still accept its key.
#[test]
fn a_private_key_is_put_aside_after_the_restarts_that_take_guests_off_it() {
    let mut scene = applied();
    detach(&scene, "web", &["i-1", "i-2", "i-3"]);
    delete(&scene, "web");
    scene.write("web.yaml", &bound("ops", FLEET));
    let plan = scene.plan(false);
    let retire = plan.steps.iter().position(|step| matches!(step.action, Action::RetireKey { .. }));
    let before = super::faults::ancestors(&plan, retire.expect("it is put aside"));
    for (id, step) in plan.steps.iter().enumerate() {
        let restarts = matches!(step.action, Action::Restart { .. });
        assert!(!restarts || before.contains(&StepId::new(id)), "{plan:#?}");
    }
}
