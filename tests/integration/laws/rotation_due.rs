//! `rotateAfter`: a key that is too old is said to be due, and nothing is done about it.

use std::time::Duration;

use keyform::{
    model::{CloudName, Timestamp},
    plan::{KeyReason, Note, NoteKind, Plan, Reason},
    status::{Filter, PairRow, Status},
};

use super::{
    decisions::{applied, delete, shown},
    scene::{PROJECT, Scene, bound, bound_given, persons_key, region},
};

const DAY: Duration = Duration::from_secs(86_400);

/// The manifests of `web`, with more in the spec of its pair.
fn web(more: &str) -> String {
    bound("web", "i-1, i-2, i-3").replace("spec: {tags", &format!("spec: {{{more}, tags"))
}

/// The applied project, so many days later, with more in the spec of its pair.
fn after(days: u32, more: &str) -> Scene {
    let mut scene = applied();
    scene.pass(DAY * days);
    scene.write("web.yaml", &web(more));
    scene
}

fn made(scene: &Scene, name: &str) -> Option<Timestamp> {
    let state = scene.states().newest().expect("it can be read").expect("there is one");
    state.recorded.pair(&region(), &CloudName::new(name)).expect("it is recorded").made
}

fn due(plan: &Plan) -> Vec<&Note> {
    plan.notes.iter().filter(|note| note.kind == NoteKind::Due).collect()
}

/// The generation that the only due key is to be rotated to.
#[track_caller]
fn rotates_to(plan: &Plan) -> u32 {
    match due(plan)[..] {
        [Note { reason: Reason::Key(KeyReason::RotationDue { generation, .. }), .. }] => {
            *generation
        }
        _ => panic!("one key is due: {plan:#?}"),
    }
}

fn status(scene: &Scene) -> Status {
    let session = scene.session_of(scene.surroundings(), |inner| inner).expect("it opens");
    session.status(&Filter::default()).expect("there is a status")
}

fn row<'a>(status: &'a Status, name: &str) -> &'a PairRow {
    status.pairs.iter().find(|row| row.name.as_str() == name).expect("it has a row")
}

#[test]
fn a_due_rotation_changes_no_step_and_no_digest() {
    let other_tags = |scene: &mut Scene, more: &str| {
        scene.write("web.yaml", &web(more).replace("team: laws", "team: web"));
        scene.plan(false)
    };
    let mut scene = after(100, "rotateAfter: 90d");
    assert!(scene.plan(false).is_empty(), "age alone is nothing to do");
    let (with, without) =
        (other_tags(&mut scene, "rotateAfter: 90d"), other_tags(&mut scene, "protect: false"));
    assert_eq!((due(&with).len(), with.summary.rotations_due), (1, 1));
    assert_eq!((due(&without).len(), without.summary.rotations_due), (0, 0));
    assert_eq!((&with.steps, &with.digest), (&without.steps, &without.digest));
    assert!(!with.steps.is_empty(), "{with:#?}");
}

#[test]
fn a_key_is_due_from_the_moment_at_which_it_is_as_old_as_that() {
    let scene = after(0, "rotateAfter: 90d");
    let made = made(&scene, "web").expect("a run made it");
    for (age, is_due) in [
        (Duration::ZERO, false),
        (DAY * 90 - Duration::from_millis(1), false),
        (DAY * 90, true),
        (DAY * 400, true),
    ] {
        let scene = scene.at(made.plus(age));
        assert_eq!(due(&scene.plan(false)).len(), usize::from(is_due), "{age:?}");
        let status = status(&scene);
        let row = row(&status, "web");
        assert_eq!((row.made, row.is_due()), (Some(made), is_due), "{age:?}");
        assert_eq!(row.rotation.map(|one| one.from), Some(made.plus(DAY * 90)));
        assert_eq!(status.totals.rotations_due, usize::from(is_due));
        assert!(status.is_settled, "{status:#?}");
    }
}

#[test]
fn a_rotation_begins_the_age_again_and_a_rollback_takes_the_old_key_with_its_age() {
    let mut scene = after(100, "rotateAfter: 90d");
    assert_eq!(rotates_to(&scene.plan(false)), 2);
    scene.write("web.yaml", &web("generation: 2, rotateAfter: 90d"));
    assert!(due(&scene.plan(false)).is_empty(), "a key that is still to be made has no age");
    scene.apply(false);
    assert!(due(&scene.plan(false)).is_empty());
    scene.write("web.yaml", &web("generation: 1, rotateAfter: 90d"));
    scene.apply(false);
    assert_eq!(rotates_to(&scene.plan(false)), 3, "the key of 2 is not new");
}

#[test]
fn the_project_s_default_holds_for_pairs_that_say_nothing_else() {
    let mut scene = after(40, "protect: false");
    let project =
        |days: u32| PROJECT.replace("restart:", &format!("rotateAfter: {days}d\n    restart:"));
    scene.write("keyform.yaml", &project(30));
    assert_eq!(due(&scene.plan(false)).len(), 1);
    scene.write("web.yaml", &web("rotateAfter: 90d"));
    assert!(due(&scene.plan(false)).is_empty());
}

#[test]
fn an_adopted_pair_is_as_old_as_the_service_says() {
    let key = persons_key(0);
    let ops = bound_given("ops", "i-3", key.openssh()).replace("tags:", "rotateAfter: 90d, tags:");
    let mut scene = Scene::new(&ops);
    scene.import_key("ops", &key);
    scene.pass(DAY * 100);
    scene.write("web.yaml", &ops.replace("tags:", "adopt: true, tags:"));
    scene.apply(false);
    assert_eq!(made(&scene, "ops"), None, "keyform does not know when others made it");
    assert_eq!(rotates_to(&scene.plan(false)), 2);
    let text = shown(&scene);
    assert!(text.contains("give a new public key and raise `generation` to 2"), "{text}");
}

#[test]
fn a_pair_that_is_made_again_is_as_old_as_its_key() {
    let scene = Scene::new("apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: web}\n");
    scene.apply(false);
    let first = made(&scene, "web");
    scene.pass(DAY * 10);
    delete(&scene, "web");
    scene.apply(false);
    assert_eq!((made(&scene, "web"), first.is_some()), (first, true));
}

#[test]
fn a_plan_shows_what_is_due_and_how_it_is_rotated() {
    insta::assert_snapshot!(shown(&after(100, "rotateAfter: 90d")), @r"
    Nothing to do now.

    Due for rotation:
      key/web  web.yaml:3:18
          it was made at 2026-11-23T10:00:00Z and `rotateAfter` is 90d, so its rotation has been due since 2027-02-21T10:00:00Z; raise `generation` to 2 to rotate it
    ");
}
