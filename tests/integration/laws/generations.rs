//! Rotation forth and back: generations of a key pair.

use std::collections::BTreeSet;

use keyform::{
    emulator::{Act, Fact, Fault, When},
    model::InstanceId,
    plan::NoteKind,
};

use super::{
    decisions::{applied, decision},
    scene::{PROJECT, Scene, bound, bound_given, persons_key, region},
};

/// The manifests of `web` in a generation.
fn generation(number: u32) -> String {
    bound("web", "i-1, i-2, i-3")
        .replace("spec: {tags", &format!("spec: {{generation: {number}, tags"))
}

/// A project that has come to these generations, one after the other.
fn rotated(generations: &[u32]) -> Scene {
    let mut scene = applied();
    for number in generations {
        scene.write("web.yaml", &generation(*number));
        scene.apply(false);
    }
    scene
}

/// The same, and what its manifests say next.
fn wanting(generations: &[u32], next: u32) -> Scene {
    let mut scene = rotated(generations);
    scene.write("web.yaml", &generation(next));
    scene
}

fn pairs(scene: &Scene) -> BTreeSet<String> {
    scene.end().pairs.into_keys().collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The old name is no later generation of the new one.
#[test]
fn a_pair_that_gets_a_prefix_is_made_anew_and_takes_the_instances_over() {
    let mut scene = applied();
    scene.write("keyform.yaml", &format!("{PROJECT}  namePrefix: acme-\n"));
    let plan = scene.plan(false);
    assert!(!plan.is_blocked(), "{plan:#?}");
    scene.apply(false);
    assert_eq!(scene.guests_of("acme-web").len(), 3);
}

decision!(pairs_that_get_another_prefix_are_other_pairs_whatever_was_rotated_before, {
    let mut scene = rotated(&[2, 1]);
    scene.write("keyform.yaml", &format!("{PROJECT}  namePrefix: acme-\n"));
    scene
});

/// A later generation under the old prefix is none of a pair under the new one, and the old pairs go
/// once the instances have left them.
#[test]
fn another_prefix_is_no_rollback() {
    let mut scene = rotated(&[2, 1]);
    scene.write("keyform.yaml", &format!("{PROJECT}  namePrefix: acme-\n"));
    let plan = scene.plan(false);
    assert!(!plan.is_blocked(), "{plan:#?}");
    scene.converge(false);
    assert_eq!(scene.guests_of("acme-web").len(), 3);
    assert_eq!(pairs(&scene), names(&["acme-web"]));
}

decision!(a_raised_generation_is_made_and_takes_the_instances_over_wave_by_wave, wanting(&[], 2));

decision!(a_kept_generation_that_is_wanted_again_takes_the_instances_back, wanting(&[2], 1));

decision!(a_third_generation_removes_the_first, wanting(&[2], 3));

decision!(a_generation_that_was_deleted_does_not_come_back, wanting(&[2, 3], 1));

decision!(the_generation_that_was_wanted_last_is_the_one_that_is_kept, wanting(&[2, 1], 4));

decision!(without_keep_previous_the_old_generation_goes_once_the_new_one_is_in_effect, {
    let mut scene = applied();
    scene
        .write("web.yaml", &generation(2).replace("spec: {gen", "spec: {keepPrevious: false, gen"));
    scene
});

decision!(an_old_generation_stays_while_a_stopped_instance_accepts_it, {
    let mut scene = rotated(&[2]);
    let instance_ids = vec![InstanceId::new("i-2")];
    scene.happen(Fact::Stopped { region: region(), instance_ids });
    scene
        .write("web.yaml", &generation(3).replace("spec: {gen", "spec: {keepPrevious: false, gen"));
    scene
});

decision!(a_half_rotated_project_is_destroyed_whole, {
    let mut scene = applied();
    scene.write("web.yaml", &generation(2));
    let failing = Act::FailItems {
        instance_ids: BTreeSet::from([InstanceId::new("i-2")]),
        code: "IncorrectInstanceStatus".to_owned(),
    };
    let ran = scene.run(false, vec![Fault { when: When::Always, act: failing }]);
    ran.outcome.expect("it comes to its end");
    scene.write("web.yaml", "");
    scene
});

#[test]
fn rotating_forth_and_back_keeps_the_generation_before() {
    let mut scene = rotated(&[2]);
    assert_eq!(pairs(&scene), names(&["web", "web-g2"]));
    assert_eq!(scene.guests_of("web-g2").len(), 3);
    let held = scene.held();
    scene.write("web.yaml", &generation(1));
    scene.apply(false);
    assert_eq!(scene.guests_of("web").len(), 3);
    assert_eq!(scene.held(), held, "no key was made to go back");
    scene.write("web.yaml", &generation(4));
    scene.apply(false);
    assert_eq!(pairs(&scene), names(&["web", "web-g4"]), "it was used last, and web-g2 was not");
    scene.apply(true);
    assert_eq!(pairs(&scene), names(&[]));
    assert_eq!(scene.end().keys, names(&[]), "all private keys are put aside");
    scene.nothing_is_lost();
}

#[test]
fn a_persons_next_key_is_a_generation_too() {
    let of = |number: u64| bound_given("ops", "i-1, i-2", persons_key(number).openssh());
    let mut scene = Scene::new(&of(0));
    scene.apply(false);
    scene.write("web.yaml", &of(1).replace("spec: {tags", "spec: {generation: 2, tags"));
    scene.apply(false);
    assert_eq!(pairs(&scene), names(&["ops", "ops-g2"]));
    assert_eq!(scene.guests_of("ops-g2"), names(&["i-1", "i-2"]));
    scene.nothing_is_lost();
}

#[test]
fn a_rotated_project_is_known_again_without_its_state() {
    let scene = rotated(&[2]);
    let before = scene.end();
    scene.lose_state();
    scene.converge(false);
    assert_eq!(scene.end(), before, "nothing was restarted, and the kept generation is kept");
    scene.lose_state();
    scene.converge(true);
    scene.nothing_is_lost();
}

/// What an earlier run did and could not write down was not somebody else.
#[test]
fn a_rotation_that_was_interrupted_and_taken_back_is_nobody_elses_doing() {
    let mut scene = applied();
    scene.write("web.yaml", &generation(2));
    let calls = scene.fork().run(false, Vec::new()).calls;
    for call in 0..calls {
        let mut scene = scene.fork();
        let (hook, stopped) = scene.stopper();
        let act = Act::StopAfter(hook);
        let _ = scene.run(false, vec![Fault { when: When::Call(call), act }]);
        scene.crash();
        scene = scene.at(*stopped.get().expect("it was stopped"));
        scene.write("web.yaml", &generation(1));
        let notes = scene.plan(false).notes;
        assert!(!notes.iter().any(|note| note.kind == NoteKind::Drift), "call {call}: {notes:#?}");
        scene.converge(false);
        assert_eq!(scene.guests_of("web").len(), 3, "call {call}");
        scene.nothing_is_lost();
    }
}
