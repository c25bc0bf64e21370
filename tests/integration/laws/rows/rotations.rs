//! Rotations that are interrupted, that lack a private key, and that run side by side.

use keyform::{
    emulator::{Act, Fault, When},
    model::InstanceId,
};

use super::{
    after, binding, documents,
    generations::{having, web},
    key_pair, no_plan, planned, row, saying, table,
};
use crate::laws::scene::Scene;

/// A rotation of which half is done is gone on with, taken back or destroyed.
#[test]
fn a_rotation_of_which_half_is_done_goes_on_from_there() {
    let half = having(&["generation: 1"]);
    let half = saying(&half, &web("generation: 2"));
    let refused = Act::FailItems {
        instance_ids: [InstanceId::new("i-2")].into(),
        code: "IncorrectInstanceStatus".to_owned(),
    };
    let fault = Fault { when: When::Always, act: refused };
    half.run(false, vec![fault]).outcome.expect("it comes to its end");
    let on = planned(&half);
    let back = planned(&saying(&half, &web("generation: 1")));
    let alone = planned(&saying(&half, &web("generation: 2, keepPrevious: false")));
    let destroyed = half.try_plan(true, false).map_err(no_plan);
    let situations = |decisions: [&'static [&'static str]; 4]| {
        let [one, two, three, four] = decisions;
        vec![
            row("it goes on", on.clone(), one),
            row("it is taken back", back.clone(), two),
            row("it goes on, and the generation before is not kept", alone.clone(), three),
            row("everything is destroyed", destroyed.clone(), four),
        ]
    };
    table(
        "instance/cn-hangzhou/i-1",
        situations([
            &[],
            &["bind to web instead of web-g2", "restart"],
            &[],
            &["unbind from web-g2", "restart"],
        ]),
    );
    table(
        "instance/cn-hangzhou/i-2",
        situations([
            &["bind to web-g2 instead of web", "restart"],
            &[],
            &["bind to web-g2 instead of web", "restart"],
            &["unbind from web", "restart"],
        ]),
    );
    table("pair/cn-hangzhou/web", situations([&[], &["write down"], &["delete"], &["delete"]]));
    table("pair/cn-hangzhou/web-g2", situations([&[], &[], &[], &["delete"]]));
}

/// The private key of the generation that is in use is not here: it can be rotated away from.
#[test]
fn a_generation_of_which_the_private_key_is_missing_is_rotated_away_from() {
    let lost = after(&having(&["generation: 1"]), |scene| scene.remove("keys/web.pem"));
    let next = |spec: &str| planned(&saying(&lost, &web(spec)));
    table(
        "instance/cn-hangzhou/i-1",
        vec![
            row("it stays", next("generation: 1"), &[]),
            row(
                "it is raised",
                next("generation: 2"),
                &["bind to web-g2 instead of web", "restart"],
            ),
        ],
    );
    table(
        "key/web",
        vec![
            row("it stays", next("generation: 1"), &["told: keyMissing"]),
            row("it is raised", next("generation: 2"), &[]),
            row("and not kept", next("generation: 2, keepPrevious: false"), &["forget"]),
        ],
    );
    let back = saying(&having(&["generation: 1", "generation: 2"]), &web("generation: 1"));
    back.remove("keys/web.pem");
    table(
        "instance/cn-hangzhou/i-1",
        vec![row(
            "one goes back to a generation of which the private key is missing",
            planned(&back),
            &["blocked: keyMissingForInstance(pair=web)"],
        )],
    );
}

/// Two key pairs that are rotated at once do not wait for one another.
#[test]
fn pairs_are_rotated_each_on_its_own() {
    let both = |generation: u32| {
        let spec = format!("generation: {generation}");
        documents(&[
            key_pair("web", &spec),
            key_pair("ops", &spec),
            binding("web-fleet", "web", "instances: [i-1]"),
            binding("ops-fleet", "ops", "instances: [i-2]"),
        ])
    };
    let scene = Scene::new(&both(1));
    scene.apply(false);
    scene.import_foreign("web-g2");
    let plan = planned(&saying(&scene, &both(2)));
    table(
        "instance/cn-hangzhou/i-1",
        vec![row("the name of one is taken", plan.clone(), &["blocked: pairBlocked(pair=web-g2)"])],
    );
    table(
        "instance/cn-hangzhou/i-2",
        vec![row("the name of one is taken", plan, &["bind to ops-g2 instead of ops", "restart"])],
    );
}
