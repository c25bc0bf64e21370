//! L6: whose things are, and what others do to ours.

use std::time::Duration;

use keyform::{
    ecs::{Request, Transport},
    emulator::Fact,
    keys::{KeySource, PooledKeys},
    model::{CloudName, InstanceId, Tags, Timestamp},
    plan::ReasonCode,
};

use super::{
    decisions::{applied, decision},
    reviewed::reasons,
    scene::{INVENTORY, Scene, bound, bound_given, persons_key, region},
};

const FLEET: &str = "i-1, i-2, i-3";

fn with_binding_field(text: &str, field: &str) -> String {
    text.replace("instances: [", &format!("{field}, instances: ["))
}

/// Somebody makes a pair of a person's key, with these tags.
pub(super) fn import_persons(scene: &Scene, name: &str, tags: Tags) {
    let request = Request::ImportKeyPair {
        region: region(),
        key_pair_name: CloudName::new(name),
        public_key_body: persons_key(0).openssh().to_owned(),
        tags,
        resource_group_id: None,
    };
    scene.cloud().call(&request).expect("it is imported");
}

fn unbind(scene: &Scene, name: &str, instance: &str) {
    scene.happen(Fact::Unbound {
        region: region(),
        key_pair_name: CloudName::new(name),
        instance_ids: vec![InstanceId::new(instance)],
    });
}

decision!(an_instance_of_a_foreign_pair_is_taken_where_the_binding_says_so, {
    let text = bound("web", FLEET);
    let scene = Scene::new(&with_binding_field(&text, "replaceForeign: true"));
    import_persons(&scene, "theirs", Tags::from([("keyform:project".into(), "other".into())]));
    scene.bind("theirs", "i-2");
    scene
});

decision!(a_binding_that_somebody_changed_is_set_right_once, {
    let scene = applied();
    unbind(&scene, "web", "i-2");
    scene
});

#[test]
fn a_binding_that_somebody_changes_again_within_a_week_is_left_to_the_other_tool() {
    let scene = applied();
    unbind(&scene, "web", "i-2");
    scene.apply(false);
    scene.pass(Duration::from_secs(6 * 86_400));
    unbind(&scene, "web", "i-2");
    let plan = scene.plan(false);
    assert!(plan.is_empty() && plan.is_blocked(), "{plan:#?}");
    assert_eq!(plan.notes[0].reason.code(), ReasonCode::RetakenAgain, "{plan:#?}");
    scene.pass(Duration::from_secs(2 * 86_400));
    scene.apply(false);
    assert_eq!(scene.guests_of("web").len(), 3);
}

#[test]
fn a_binding_that_somebody_changed_is_set_right_again_after_a_week() {
    let scene = applied();
    unbind(&scene, "web", "i-2");
    scene.apply(false);
    let state = scene.states().newest().expect("it can be read").expect("there is one");
    let record = state
        .recorded
        .instance(&InstanceId::new("i-2").in_region(&region()))
        .expect("it is recorded");
    let week = Duration::from_secs(7 * 86_400);
    let again = record.retaken.expect("it was bound again").plus(week).milliseconds();
    unbind(&scene, "web", "i-2");
    for (moment, is_blocked) in [(again - 1, true), (again, false)] {
        let scene = scene.at(Timestamp::from_milliseconds(moment));
        assert_eq!(scene.plan(false).is_blocked(), is_blocked);
    }
}

/// The inventory in which somebody holds an instance.
fn held(until: &str) -> String {
    INVENTORY
        .replace("name: two}", &format!("name: two, tags: {{\"keyform:hold\": \"{until}\"}}}}"))
}

decision!(an_instance_that_somebody_holds_waits, {
    let mut scene = Scene::new(&bound("web", FLEET));
    scene.write("inventory.yaml", &held("2026-11-25T12:00:00Z"));
    scene
});

#[test]
fn a_hold_that_is_too_long_or_no_time_is_blocked_and_one_that_is_over_is_none() {
    for (until, code) in [
        ("2026-12-24T00:00:00Z", ReasonCode::HoldTooLong),
        ("tomorrow", ReasonCode::HoldUnreadable),
    ] {
        let mut scene = Scene::new(&bound("web", FLEET));
        scene.write("inventory.yaml", &held(until));
        let plan = scene.plan(false);
        assert!(plan.is_blocked() && plan.notes[0].reason.code() == code, "{plan:#?}");
        assert_eq!(plan.summary.instances_bound, 2);
    }
    let mut scene = Scene::new(&bound("web", FLEET));
    scene.write("inventory.yaml", &held("2026-11-22T00:00:00Z"));
    scene.apply(false);
    assert_eq!(scene.guests_of("web").len(), 3);
}

#[test]
fn a_hold_ends_at_its_moment_and_lasts_seven_days_at_most() {
    for (until, is_blocked, bound_now) in [
        ("2026-11-23T10:00:00Z", false, 3),
        ("2026-11-23T10:00:01Z", false, 2),
        ("2026-11-30T10:00:00Z", false, 2),
        ("2026-11-30T10:00:01Z", true, 2),
    ] {
        let mut scene = Scene::new(&bound("web", FLEET));
        scene.write("inventory.yaml", &held(until));
        let plan = scene.plan(false);
        let found = (plan.is_blocked(), plan.summary.instances_bound);
        assert_eq!(found, (is_blocked, bound_now), "{until}");
    }
}

/// A project whose pair is protected, and what its manifests say after that.
pub(super) fn protected(then: &str) -> Scene {
    let text = bound("web", FLEET).replace("spec: {tags", "spec: {protect: true, tags");
    let mut scene = Scene::new(&text);
    scene.apply(false);
    scene.write("web.yaml", then);
    scene
}

pub(super) const REMOVAL: &str = "apiVersion: keyform/v1\nkind: Removal\nmetadata: {name: old}\nspec: {keyPair: \
    web, action: ACTION}\n";

decision!(a_protected_pair_stays_when_its_manifest_goes, protected(""));

decision!(a_removal_lets_go_of_a_protected_pair, {
    protected(&REMOVAL.replace("ACTION", "delete"))
});

decision!(a_removal_forgets_a_pair_with_all_that_is_bound_to_it, {
    protected(&REMOVAL.replace("ACTION", "forget"))
});

#[test]
fn what_is_protected_outlives_a_destroy_and_what_is_forgotten_is_foreign() {
    let scene = protected("");
    scene.apply(true);
    assert_eq!(scene.guests_of("web").len(), 3, "its instances stay bound too");
    let scene = protected(&REMOVAL.replace("ACTION", "forget"));
    scene.apply(false);
    let end = scene.end();
    assert_eq!(end.pairs["web"], Tags::from([("team".into(), "laws".into())]), "no tag of ours");
    assert_eq!(scene.guests_of("web").len(), 3);
    scene.apply(true);
    assert_eq!(scene.end(), end, "nothing of it is ours any more");
    let scene = protected(&REMOVAL.replace("ACTION", "delete"));
    scene.apply(false);
    assert!(scene.end().pairs.is_empty());
}

/// A pair of somebody else that has the very key that is given.
pub(super) fn of_others(text: &str) -> Scene {
    let scene = Scene::new(text);
    import_persons(&scene, "ops", Tags::from([("team".into(), "theirs".into())]));
    scene.bind("ops", "i-3");
    scene
}

decision!(a_pair_with_the_wanted_key_is_offered_for_adoption, {
    of_others(&bound_given("ops", "i-1", persons_key(0).openssh()))
});

decision!(a_pair_is_taken_over_where_its_manifest_says_so, {
    let text = bound_given("ops", "i-1, i-3", persons_key(0).openssh());
    of_others(&text.replace("spec: {tags", "spec: {adopt: true, tags"))
});

decision!(a_pair_with_another_key_is_not_taken_over, {
    let text = bound_given("ops", "i-1", persons_key(1).openssh());
    of_others(&text.replace("spec: {tags", "spec: {adopt: true, tags"))
});

#[test]
fn a_pair_that_was_taken_over_is_ours_and_its_instances_are_not_restarted() {
    let text = bound_given("ops", "i-1, i-3", persons_key(0).openssh());
    let scene = of_others(&text.replace("spec: {tags", "spec: {adopt: true, tags"));
    scene.pass(Duration::from_secs(3_600));
    scene.apply(false);
    let end = scene.end();
    assert_eq!(end.pairs["ops"]["keyform:project"], "laws");
    assert_eq!(end.instances["i-1"].3, 1);
}

decision!(a_pair_of_ours_without_record_and_key_is_an_orphan, {
    let scene = applied();
    scene.lose_state();
    scene.remove("keys/web.pem");
    let mut scene = scene;
    scene.write("web.yaml", &bound("ops", ""));
    scene
});

#[test]
fn another_key_under_the_name_of_a_lost_pair_makes_it_no_pair_of_ours() {
    let mut scene = applied();
    scene.lose_state();
    scene.remove("keys/web.pem");
    let other = PooledKeys::new(12).generate().expect("a key");
    scene.put("keys/web.pem", other.pem().as_bytes());
    scene.write("web.yaml", &bound("ops", ""));
    let plan = scene.plan(false);
    let of_web = plan.notes.iter().find(|note| note.address.to_string() == "pair/cn-hangzhou/web");
    assert!(of_web.is_some_and(|note| note.reason.code() == ReasonCode::Orphaned), "{plan:#?}");
    assert_eq!(plan.summary.records, 0, "{plan:#?}");
}

#[test]
fn a_pair_that_another_project_takes_first_is_not_taken_over() {
    let text = bound_given("ops", "i-1", persons_key(0).openssh());
    let scene = of_others(&text.replace("spec: {tags", "spec: {adopt: true, tags"));
    let plan = scene.plan(false);
    let tags = Tags::from([("keyform:project".into(), "other".into())]);
    let key_pair_names = vec![CloudName::new("ops")];
    scene.happen(Fact::Tagged { region: region(), key_pair_names, tags });
    let ran = scene.run_saved(&plan, Vec::new());
    assert_eq!(reasons(ran.outcome), ["pairOwnerChanged(address=pair/cn-hangzhou/ops)"]);
    assert_eq!(ran.writes, []);
}
