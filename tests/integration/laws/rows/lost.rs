//! Recovery from facts: the journal makes a run exact and quick, and is never the only source.

use keyform::{
    emulator::Fact,
    keys::{KeySource, PooledKeys},
    model::{CloudName, InstanceId, InstanceStatus},
};

use super::{Row, after, documents, key_pair, planned, planned_of, row, saying, table, tags};
use crate::laws::{
    decisions::applied,
    scene::{Scene, bound, region},
};

/// What is left of a project without its state.
fn lost(then: impl FnOnce(&Scene)) -> Scene {
    after(&applied(), |scene| {
        scene.lose_state();
        then(scene);
    })
}

fn unbind_all(scene: &Scene) {
    scene.happen(Fact::Unbound {
        region: region(),
        key_pair_name: CloudName::new("web"),
        instance_ids: ["i-1", "i-2", "i-3"].map(InstanceId::new).to_vec(),
    });
}

fn lose_key(scene: &Scene) {
    scene.remove("keys/web.pem");
}

fn another_key(scene: &Scene) {
    lose_key(scene);
    scene.put("keys/web.pem", PooledKeys::new(12).generate().expect("a key").pem().as_bytes());
}

fn delete_pair(scene: &Scene) {
    unbind_all(scene);
    let key_pair_names = vec![CloudName::new("web")];
    scene.happen(Fact::Deleted { region: region(), key_pair_names });
}

/// Going back takes the key; a pair alone is none.
#[test]
fn a_generation_without_its_private_key_is_not_gone_back_to() {
    let generation = |number: u32| {
        let spec = format!("spec: {{generation: {number}, tags");
        bound("web", "i-1, i-2, i-3").replace("spec: {tags", &spec)
    };
    let rotated = saying(&applied(), &generation(2));
    rotated.apply(false);
    let back = |then: fn(&Scene)| planned(&saying(&after(&rotated, then), &generation(1)));
    table(
        "key/web",
        vec![
            row("everything is there", back(|_| {}), &[]),
            row("its private key is not there", back(lose_key), &["told: keyMissing"]),
            row("the state is lost", back(Scene::lose_state), &["write down"]),
            row(
                "both are lost",
                back(|scene| {
                    scene.lose_state();
                    lose_key(scene);
                }),
                &["blocked: generationLost(later=2)"],
            ),
        ],
    );
}

/// Private key in the vault, no pair in the cloud: this key is imported; no new one is made.
#[test]
fn a_private_key_without_a_pair_is_imported() {
    let rows = |key: &'static [&'static str], pair: &'static [&'static str]| {
        let plan = planned(&lost(delete_pair));
        table("key/web", vec![row("the vault has the key", plan.clone(), key)]);
        table("pair/cn-hangzhou/web", vec![row("the vault has the key", plan, pair)]);
    };
    rows(&["write down"], &["import"]);
    let none = planned(&lost(|scene| {
        delete_pair(scene);
        lose_key(scene);
    }));
    table("key/web", vec![row("the vault has nothing", none, &["make"])]);
}

/// What is found with our tags is ours if its private key is, and nothing that is bound is lost.
#[test]
fn a_pair_with_our_tags_is_known_again_made_again_or_left_alone() {
    let with_key = planned(&lost(|_| ()));
    let unbound = planned(&lost(unbind_all));
    let without_key = planned(&lost(|scene| {
        unbind_all(scene);
        lose_key(scene);
    }));
    let bound = planned(&lost(lose_key));
    let one_bound = planned(&lost(|scene| {
        unbind_all(scene);
        lose_key(scene);
        scene.bind("web", "i-3");
    }));
    let other = planned(&lost(|scene| {
        unbind_all(scene);
        another_key(scene);
    }));
    let other_bound = planned(&lost(another_key));
    let situations = |decisions: [&'static [&'static str]; 7]| -> Vec<Row> {
        let plans = [&with_key, &unbound, &without_key, &bound, &one_bound, &other, &other_bound];
        let names = [
            "the vault has its key",
            "the vault has its key, and nothing is bound to it",
            "the vault has no key, and nothing is bound to it",
            "the vault has no key, and instances are bound to it",
            "the vault has no key, and an instance is bound to it that nobody wants",
            "the vault has another key, and nothing is bound to it",
            "the vault has another key, and instances are bound to it",
        ];
        let rows = names.into_iter().zip(plans).zip(decisions);
        rows.map(|((name, plan), decision)| row(name, plan.clone(), decision)).collect()
    };
    table(
        "pair/cn-hangzhou/web",
        situations([
            &["write down"],
            &["write down"],
            &["delete", "import"],
            &[],
            &[],
            &["delete", "import"],
            &["blocked: keyLostWhileBound(instances=i-1,i-2,i-3)"],
        ]),
    );
    table(
        "key/web",
        situations([
            &["write down"],
            &["write down"],
            &["make"],
            &["blocked: keyLostWhileBound(instances=i-1,i-2,i-3)"],
            &["blocked: keyLostWhileBound(instances=i-3)"],
            &["write down"],
            &["write down"],
        ]),
    );
    let blocked: &[&str] = &["blocked: pairBlocked(pair=web)"];
    let bind: &[&str] = &["bind to web", "restart"];
    table(
        "instance/cn-hangzhou/i-2",
        situations([&["write down"], bind, bind, blocked, blocked, bind, blocked]),
    );
}

/// The same pairs where no manifest wants them.
#[test]
fn a_pair_with_our_tags_that_nobody_wants_goes_only_with_its_private_key() {
    let unwanted = |scene: &Scene| planned(&saying(scene, &key_pair("ops", "")));
    let rows = |address: &str, decisions: [&'static [&'static str]; 4]| {
        let [with_key, unbound, without_key, other] = decisions;
        table(
            address,
            vec![
                row("the vault has its key", unwanted(&lost(|_| ())), with_key),
                row(
                    "the vault has its key, and nothing is bound to it",
                    unwanted(&lost(unbind_all)),
                    unbound,
                ),
                row("the vault has no key", unwanted(&lost(lose_key)), without_key),
                row("the vault has another key", unwanted(&lost(another_key)), other),
            ],
        );
    };
    let orphan: &[&str] = &["told: orphaned"];
    let used: &[&str] = &["write down", "waiting: stillBound"];
    rows("pair/cn-hangzhou/web", [used, &["delete"], orphan, orphan]);
    rows("key/web", [&["write down"], &["put aside"], &[], &[]]);
}

/// A project without a state takes over the lineage that its orphans share, if they share one.
#[test]
fn orphans_of_two_lineages_are_nobodys() {
    let two = documents(&[key_pair("web", ""), key_pair("ops", "")]);
    let scene = Scene::new(&two);
    scene.apply(false);
    scene.lose_state();
    let retagged = |key: &str, value: &str| {
        let scene = scene.fork();
        let key_pair_names = vec![CloudName::new("ops")];
        scene.happen(Fact::Tagged { region: region(), key_pair_names, tags: tags([(key, value)]) });
        planned(&scene)
    };
    let lineage = "11111111111111111111111111111111";
    let offered: &[&str] = &["blocked: canBeAdopted(region=cn-hangzhou)"];
    table(
        "pair/cn-hangzhou/web",
        vec![
            row("they share one", planned(&scene), &["write down"]),
            row("the other is of another state", retagged("keyform:lineage", lineage), offered),
            row(
                "the other is of another project",
                retagged("keyform:project", "shop"),
                &["write down"],
            ),
        ],
    );
    table(
        "pair/cn-hangzhou/ops",
        vec![
            row("they share one", planned(&scene), &["write down"]),
            row("it is of another state", retagged("keyform:lineage", lineage), offered),
            row("it is of another project", retagged("keyform:project", "shop"), offered),
        ],
    );
}

/// Instance bound to the wanted pair, not recorded: recorded. Stopping or Starting: waits.
#[test]
fn an_instance_of_the_wanted_pair_is_known_again() {
    let scene = lost(|_| ());
    let status = |status: InstanceStatus| {
        planned_of(&scene, move |instance| {
            if instance.instance_id.as_str() == "i-2" {
                instance.status = status;
            }
        })
    };
    let elsewhere = lost(|scene| {
        scene.import_foreign("theirs");
        scene.bind("theirs", "i-2");
    });
    let text = bound("web", "i-1, i-2, i-3").replace("spec: {tags", "spec: {generation: 2, tags");
    table(
        "instance/cn-hangzhou/i-2",
        vec![
            row("it is Running", status(InstanceStatus::Running), &["write down"]),
            row("it is Stopped", status(InstanceStatus::Stopped), &["write down"]),
            row("it is Stopping", status(InstanceStatus::Stopping), &["write down"]),
            row("it is Starting", status(InstanceStatus::Starting), &["write down"]),
            row(
                "it is bound to a foreign pair",
                planned(&elsewhere),
                &["blocked: boundToForeign(pair=theirs)"],
            ),
            row("it is bound to nothing", planned(&lost(unbind_all)), &["bind to web", "restart"]),
            row(
                "it is bound to an earlier generation",
                planned(&saying(&scene, &text)),
                &["write down", "bind to web-g2 instead of web", "restart"],
            ),
        ],
    );
    table(
        "pair/cn-hangzhou/web",
        vec![row("a later generation is wanted", planned(&saying(&scene, &text)), &["write down"])],
    );
}
