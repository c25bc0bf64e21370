//! What becomes of instances when Bindings change.

use std::time::Duration;

use keyform::{emulator::Fact, model::InstanceId};

use super::{
    after, binding, documents, key_pair, no_plan, planned, row, saying, table, with_fields,
};
use crate::laws::{
    decisions::applied,
    scene::{Scene, bound, region},
};

const ABOUT: &str = "instance/cn-hangzhou/i-2";

/// Two pairs, and Bindings of them.
fn fleets(web: &str, ops: &str) -> String {
    documents(&[
        key_pair("web", ""),
        key_pair("ops", ""),
        binding("web-fleet", "web", web),
        binding("ops-fleet", "ops", ops),
    ])
}

/// An instance that moves between Bindings is one replace; between Bindings of one pair it is not
/// touched.
#[test]
fn an_instance_that_moves_between_bindings_is_replaced_once() {
    let scene = Scene::new(&fleets("instances: [i-1, i-2]", "instances: [i-3]"));
    scene.apply(false);
    let moved = fleets("instances: [i-1]", "instances: [i-2, i-3]");
    let of_one_pair = documents(&[
        key_pair("web", ""),
        key_pair("ops", ""),
        binding("web-fleet", "web", "instances: [i-1]"),
        binding("canary-fleet", "web", "instances: [i-2]"),
    ]);
    let manual = ", restart: {when: manual}";
    let selected = with_fields(
        &Scene::new(&fleets("selector: {tags: {role: web}}", "instances: [i-3]")),
        "tags: {role: web}",
    );
    selected.apply(false);
    let both =
        fleets("selector: {tags: {role: web}, allowEmpty: true}", "selector: {tags: {role: db}}");
    table(
        ABOUT,
        vec![
            row(
                "to a Binding of another pair",
                planned(&saying(&scene, &moved)),
                &["bind to ops instead of web", "restart"],
            ),
            row(
                "to one that people restart",
                planned(&saying(
                    &scene,
                    &fleets("instances: [i-1]", &format!("instances: [i-2, i-3]{manual}")),
                )),
                &["bind to ops instead of web", "waiting: manual"],
            ),
            row(
                "to one that lets it wait",
                planned(&saying(
                    &scene,
                    &fleets(
                        "instances: [i-1]",
                        "instances: [i-2, i-3], restart: {when: now, paused: {reason: a feast, until: \
                         \"2026-11-24T00:00:00Z\"}}",
                    ),
                )),
                &["later: bind to ops instead of web"],
            ),
            row(
                "to another Binding of the same pair",
                planned(&saying(&scene, &of_one_pair)),
                &["write down"],
            ),
            row(
                "out of a selector into another one",
                planned(&with_fields(&saying(&selected, &both), "tags: {role: db}")),
                &["bind to ops instead of web", "restart"],
            ),
        ],
    );
}

#[test]
fn an_instance_that_no_binding_has_any_more_is_unbound() {
    let scene = applied();
    let pair = || key_pair("web", "tags: {team: laws}");
    let listing = |ids: &str| bound("web", ids);
    let stop = |scene: &Scene| {
        scene
            .happen(Fact::Stopped { region: region(), instance_ids: vec![InstanceId::new("i-2")] });
    };
    let unbind = |scene: &Scene| {
        let key_pair_name = keyform::model::CloudName::new("web");
        let instance_ids = vec![InstanceId::new("i-2")];
        scene.happen(Fact::Unbound { region: region(), key_pair_name, instance_ids });
    };
    let unbound: &[&str] = &["unbind from web", "restart"];
    table(
        ABOUT,
        vec![
            row(
                "it is taken out of the list",
                planned(&saying(&scene, &listing("i-1, i-3"))),
                unbound,
            ),
            row("the list is empty", planned(&saying(&scene, &listing(""))), unbound),
            row(
                "its Binding is gone, and its pair stays",
                planned(&saying(&scene, &pair())),
                unbound,
            ),
            row("its Binding and its pair are gone", planned(&saying(&scene, "")), unbound),
            row("everything is destroyed", scene.try_plan(true, false).map_err(no_plan), unbound),
            row(
                "it is Stopped",
                planned(&after(&saying(&scene, &listing("i-1, i-3")), stop)),
                &["unbind from web", "waiting: unboundWhileStopped"],
            ),
            row(
                "somebody unbound it, and it has not restarted since",
                planned(&after(&saying(&scene, &pair()), unbind)),
                &["restart"],
            ),
            row(
                "somebody unbound and restarted it",
                planned(&after(&saying(&scene, &pair()), |scene| {
                    unbind(scene);
                    scene.pass(Duration::from_secs(60));
                    scene.restart("i-2");
                    scene.pass(Duration::from_secs(60));
                })),
                &["restart"],
            ),
            row(
                "somebody bound it to a foreign pair",
                planned(&after(&saying(&scene, &pair()), |scene| {
                    scene.import_foreign("theirs");
                    scene.bind("theirs", "i-2");
                })),
                &["forget"],
            ),
        ],
    );
}

/// A removed Binding leaves its policy in the record, and its detaches follow it.
#[test]
fn what_is_unbound_follows_the_policy_of_its_binding_also_when_that_is_gone() {
    let with = |policy: &str| {
        let listed = format!("instances: [i-1, i-2], restart: {{{policy}}}");
        documents(&[key_pair("web", ""), binding("web-fleet", "web", &listed)])
    };
    let bound_under = |policy: &str| {
        let scene = Scene::new(&with("when: now"));
        scene.apply(false);
        let scene = saying(&scene, &with(policy));
        scene.apply(false);
        scene
    };
    let night = "when: window, windows: [{start: \"02:00\", duration: 3h, timeZone: UTC}]";
    let denied =
        "when: now, deny: [{from: 2026-11-23, to: 2026-11-24, reason: a feast, timeZone: UTC}]";
    let gone = |policy: &str| planned(&saying(&bound_under(policy), &key_pair("web", "")));
    table(
        ABOUT,
        vec![
            row("now", gone("when: now"), &["unbind from web", "restart"]),
            row("in a window", gone(night), &["later: unbind"]),
            row("denied", gone(denied), &["later: unbind"]),
            row("by people", gone("when: manual"), &["unbind from web", "waiting: manualUnbound"]),
            row(
                "in a window, which the Binding that is still there does not have any more",
                planned(&saying(
                    &bound_under(night),
                    &with("when: now").replace("i-1, i-2", "i-1"),
                )),
                &["unbind from web", "restart"],
            ),
        ],
    );
}

/// An instance that leaves a selector is forgotten, not detached, unless its Binding says so.
#[test]
fn an_instance_that_leaves_a_selector_is_forgotten() {
    let selecting = |more: &str| {
        let selector = format!("selector: {{tags: {{role: web}}{more}}}");
        documents(&[key_pair("web", ""), binding("web-fleet", "web", &selector)])
    };
    let scene = with_fields(&Scene::new(&selecting("")), "tags: {role: web}");
    scene.apply(false);
    let left =
        |manifests: &str| planned(&with_fields(&saying(&scene, manifests), "tags: {role: db}"));
    let unbound: &[&str] = &["unbind from web", "restart"];
    table(
        ABOUT,
        vec![
            row("it stays", planned(&saying(&scene, &selecting(""))), &[]),
            row(
                "it leaves, and nothing is left",
                left(&selecting("")),
                &["no plan: selectsNothing(binding=web-fleet)"],
            ),
            row("it leaves", left(&selecting(", allowEmpty: true")), &["forget"]),
            row(
                "it leaves, to be forgotten",
                left(&selecting(", allowEmpty: true, onLeave: forget")),
                &["forget"],
            ),
            row(
                "it leaves, to be unbound",
                left(&selecting(", allowEmpty: true, onLeave: detach")),
                unbound,
            ),
            row("its Binding is gone", left(&key_pair("web", "")), unbound),
            row("the Binding lists others", left(&bound("web", "i-1")), unbound),
        ],
    );
}
