//! L3: what the guest of an instance may accept outlives the record of its binding.

use std::{collections::BTreeSet, time::Duration};

use keyform::{
    emulator::Fact,
    model::{Address, CloudName, InstanceId},
    plan::{Action, Note, Plan, ReasonCode},
};

use super::{
    restarts::killed_after_its_restart,
    scene::{Scene, region},
};

const THEIRS: &str = "theirs";

/// One instance that the binding of `web` selects, and others.
const INVENTORY: &str = r"
apiVersion: keyform/v1
kind: Inventory
spec:
  restartTime: 30s
  startTimePrecision: second
  instances:
  - {id: i-1, region: cn-hangzhou, tags: {role: web}}
  - {id: i-2, region: cn-hangzhou, tags: {role: db}}
  - {id: i-3, region: cn-hangzhou, tags: {role: db}}
";

/// `web` in a generation, and its binding with this policy.
fn web(generation: u32, policy: &str) -> String {
    format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\nspec: {{generation: \
         {generation}}}\n---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: web-fleet}}\n\
         spec: {{keyPair: web, selector: {{tags: {{role: web}}, onLeave: forget, allowEmpty: true}}, \
         restart: {{maxUnavailable: 2, {policy}}}}}\n"
    )
}

/// The instance is bound to the second generation, and its guest accepts the first one until people
/// restart it.
fn bound_and_not_restarted() -> Scene {
    let mut scene = Scene::new(&web(1, "when: now"));
    scene.write("inventory.yaml", INVENTORY);
    scene.import_foreign(THEIRS);
    scene.apply(false);
    scene.write("web.yaml", &web(2, "when: manual"));
    scene.apply(false);
    assert_eq!(scene.guests_of("web"), names(&["i-1"]));
    scene
}

/// The instance loses its tag, and is forgotten.
fn it_is_forgotten(scene: &mut Scene) {
    scene.write("inventory.yaml", &INVENTORY.replace("role: web", "role: none"));
    scene.apply(false);
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn pairs(scene: &Scene) -> BTreeSet<String> {
    let region = region();
    scene.world(|world, _| {
        let names = world.pairs(&region).map(|pair| pair.name.to_string());
        names.filter(|name| name != THEIRS).collect()
    })
}

/// What a plan says of a pair, by code, with the instances that it names.
fn said_of(plan: &Plan, pair: &str) -> Vec<(ReasonCode, String)> {
    let is_of_pair =
        |note: &&Note| matches!(&note.address, Address::Pair(_, name) if name.as_str() == pair);
    let notes = plan.notes.iter().filter(is_of_pair);
    notes.map(|note| (note.reason.code(), note.reason.to_string())).collect()
}

/// The pair stays, and its private key; and the plan says which instance keeps it.
#[track_caller]
fn keeps(scene: &Scene, pair: &str, instance: &str) {
    assert!(pairs(scene).contains(pair), "{instance} may accept {pair}: {:?}", pairs(scene));
    let keys = scene.end().keys;
    assert!(keys.contains(&format!("keys/{pair}.pem")), "{keys:?}");
    let said = said_of(&scene.plan(false), pair);
    let says = |(code, text): &(ReasonCode, String)| {
        *code == ReasonCode::StillInEffect && text.contains(instance)
    };
    assert!(said.iter().any(says), "{said:?}");
}

#[test]
fn a_pair_stays_that_the_guest_of_an_instance_accepts_which_has_left_its_selector() {
    let mut scene = bound_and_not_restarted();
    it_is_forgotten(&mut scene);
    scene.write("web.yaml", "");
    scene.converge(false);
    assert_eq!(scene.guests_of("web"), names(&["i-1"]));
    keeps(&scene, "web", "i-1");
    assert!(pairs(&scene).contains("web-g2"), "i-1 is bound to it");
    // A boot shows that what is bound is in effect.
    scene.restart("i-1");
    scene.converge(false);
    assert_eq!(pairs(&scene), names(&["web-g2"]));
    assert_eq!(scene.guests_of("web-g2"), names(&["i-1"]));
}

#[test]
fn a_pair_stays_that_the_guest_of_an_instance_accepts_which_others_have_rebound() {
    let mut scene = bound_and_not_restarted();
    scene.bind(THEIRS, "i-1");
    scene.write("web.yaml", "");
    scene.converge(false);
    assert_eq!(scene.guests_of("web"), names(&["i-1"]));
    keeps(&scene, "web", "i-1");
    scene.restart("i-1");
    scene.converge(false);
    assert_eq!(pairs(&scene), names(&[]), "the guest accepts theirs");
    assert_eq!(scene.end().keys, names(&[]));
}

/// Between two looks the guest booted with the second generation, and others bound another pair
/// after that.
#[test]
fn a_pair_stays_that_a_guest_took_before_others_rebound_its_instance() {
    let mut scene = bound_and_not_restarted();
    it_is_forgotten(&mut scene);
    scene.restart("i-1");
    scene.pass(Duration::from_secs(60));
    scene.bind(THEIRS, "i-1");
    scene.write("web.yaml", "");
    scene.converge(false);
    assert_eq!(scene.guests_of("web-g2"), names(&["i-1"]));
    keeps(&scene, "web-g2", "i-1");
    assert!(!pairs(&scene).contains("web"), "the boot shows that no guest accepts it");
    scene.restart("i-1");
    scene.converge(false);
    assert_eq!(pairs(&scene), names(&[]));
}

/// What was in effect when it was forgotten stays so while nothing is restarted.
#[test]
fn a_pair_stays_that_was_in_effect_when_its_instance_was_forgotten() {
    let mut scene = Scene::new(&web(1, "when: now"));
    scene.write("inventory.yaml", INVENTORY);
    scene.import_foreign(THEIRS);
    scene.apply(false);
    it_is_forgotten(&mut scene);
    scene.bind(THEIRS, "i-1");
    scene.write("web.yaml", "");
    scene.converge(false);
    keeps(&scene, "web", "i-1");
}

/// An instance that is chosen again is known to accept what it accepted when it was forgotten.
#[test]
fn an_instance_that_is_bound_again_is_known_to_accept_what_it_accepted() {
    let mut scene = bound_and_not_restarted();
    it_is_forgotten(&mut scene);
    scene.bind(THEIRS, "i-1");
    scene.write("inventory.yaml", INVENTORY);
    let again =
        web(3, "when: manual").replace("keyPair: web,", "keyPair: web, replaceForeign: true,");
    scene.write("web.yaml", &again.replace("generation: 3", "generation: 3, keepPrevious: false"));
    scene.converge(false);
    assert_eq!(scene.guests_of("web"), names(&["i-1"]));
    keeps(&scene, "web", "i-1");
    scene.restart("i-1");
    scene.converge(false);
    assert_eq!(pairs(&scene), names(&["web-g3"]));
}

/// One that is gone accepts nothing, and neither does anything ask for it any more.
#[test]
fn an_instance_that_is_gone_keeps_no_pair() {
    let mut scene = bound_and_not_restarted();
    it_is_forgotten(&mut scene);
    scene.write("web.yaml", "");
    let without = INVENTORY.lines().filter(|line| !line.contains("i-1")).collect::<Vec<_>>();
    scene.write("inventory.yaml", &without.join("\n"));
    scene.converge(false);
    assert_eq!(pairs(&scene), names(&[]));
    assert!(scene.plan(false).is_empty());
}

/// A private key is not put aside while a guest may accept it, whatever others did to its pair.
#[test]
fn a_private_key_stays_that_a_guest_accepts_though_others_deleted_its_pair() {
    let mut scene = bound_and_not_restarted();
    scene.bind(THEIRS, "i-1");
    scene.write("web.yaml", "");
    scene.happen(Fact::Deleted { region: region(), key_pair_names: vec![CloudName::new("web")] });
    scene.converge(false);
    assert!(scene.end().keys.contains("keys/web.pem"), "i-1 accepts it: {:?}", scene.end().keys);
    scene.restart("i-1");
    scene.converge(false);
    assert_eq!(scene.end().keys, names(&[]));
}

/// The state is lost while an instance is bound that no manifest wants any more: the run that finds its
/// pair again writes down that its guest may accept it.
#[test]
fn a_pair_stays_that_was_found_with_an_instance_bound_to_it_after_a_state_was_lost() {
    let none = web(1, "when: now").replace("tags: {role: web}", "tags: {role: gone}");
    for manifests in ["", none.as_str()] {
        let mut scene = Scene::new(&web(1, "when: now"));
        scene.write("inventory.yaml", INVENTORY);
        scene.import_foreign(THEIRS);
        scene.apply(false);
        scene.lose_state();
        scene.write("ops.yaml", "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: ops}\n");
        scene.write("web.yaml", manifests);
        scene.converge(false);
        scene.happen(Fact::Unbound {
            region: region(),
            key_pair_name: CloudName::new("web"),
            instance_ids: vec![InstanceId::new("i-1")],
        });
        scene.write("web.yaml", "");
        scene.converge(false);
        keeps(&scene, "web", "i-1");
        scene.restart("i-1");
        scene.converge(false);
        assert_eq!(pairs(&scene), names(&["ops"]), "the boot shows that no guest accepts it");
    }
}

/// A run is killed once an instance has taken its pair by a restart, and people unbind it: the pair goes
/// in the plan that restarts the instance, and not before that.
#[test]
fn a_pair_goes_after_the_restart_that_takes_it_out_of_effect() {
    let selector = "selector: {tags: {role: web}, onLeave: forget, allowEmpty: true}";
    let mut first = Scene::new(&web(1, "when: now").replace(selector, "instances: [i-1]"));
    first.write("inventory.yaml", INVENTORY);
    first.import_foreign(THEIRS);
    let mut scene = killed_after_its_restart(&first);
    scene.happen(Fact::Unbound {
        region: region(),
        key_pair_name: CloudName::new("web"),
        instance_ids: vec![InstanceId::new("i-1")],
    });
    scene.write("web.yaml", "");
    let plan = scene.plan(false);
    let place = |wanted: &dyn Fn(&Action) -> bool| {
        plan.steps.iter().position(|step| wanted(&step.action)).expect("a step")
    };
    let restart = place(&|action| matches!(action, Action::Restart { .. }));
    let delete = place(
        &|action| matches!(action, Action::DeletePair { name, .. } if name.as_str() == "web"),
    );
    let comes_after = |step: usize| {
        let mut before = plan.steps[step].after.clone();
        let mut seen = BTreeSet::new();
        while let Some(one) = before.pop() {
            if seen.insert(one) {
                before.extend(&plan.steps[one.place()].after);
            }
        }
        seen.into_iter().any(|one| one.place() == restart)
    };
    assert!(comes_after(delete), "{:#?}", plan.steps);
    scene.converge(false);
    assert_eq!(pairs(&scene), names(&[]));
}

/// After a loss of the state an instance is bound to another pair, and its restart does not come about:
/// its guest goes on accepting the pair that it was found bound to.
#[test]
fn a_pair_stays_that_an_instance_was_found_bound_to_until_its_restart() {
    let mut scene = Scene::new(&web(1, "when: now"));
    scene.write("inventory.yaml", INVENTORY);
    scene.import_foreign(THEIRS);
    scene.apply(false);
    scene.lose_state();
    let ops = web(1, "when: now, before: {command: [\"false\"]}").replace("web", "ops");
    let ops = ops.replace(
        "selector: {tags: {role: ops}, onLeave: forget, allowEmpty: true}",
        "instances: [i-1]",
    );
    scene.write("web.yaml", &ops);
    scene.run(false, Vec::new()).outcome.expect("a run comes to its end");
    scene.pass(Duration::from_secs(60));
    scene.run(false, Vec::new()).outcome.expect("a run comes to its end");
    assert_eq!(scene.guests_of("web"), names(&["i-1"]));
    assert!(pairs(&scene).contains("web"), "i-1 accepts it: {:?}", pairs(&scene));
    scene.write("web.yaml", &ops.replace(", before: {command: [\"false\"]}", ""));
    scene.converge(false);
    assert_eq!(pairs(&scene), names(&["ops"]));
}
