//! Rotation: which generation is made, used, kept and deleted.

use keyform::{emulator::Fact, model::InstanceId};

use super::{Planned, after, binding, documents, key_pair, planned, row, saying, table};
use crate::laws::scene::{Scene, persons_key, region};

/// What the manifests say: the spec of `web`, and that it is bound to two instances.
pub(super) fn web(spec: &str) -> String {
    let fleet = binding("web-fleet", "web", "instances: [i-1, i-2]");
    documents(&[key_pair("web", spec), fleet])
}

/// A project that came to these specs, one after the other.
pub(super) fn having(specs: &[&str]) -> Scene {
    let mut scene = Scene::new(&web(specs[0]));
    for spec in specs {
        scene.write("web.yaml", &web(spec));
        scene.apply(false);
    }
    scene
}

fn then(specs: &[&str], next: &str) -> Planned {
    planned(&saying(&having(specs), &web(next)))
}

#[test]
fn the_generation_that_is_wanted_is_made_or_used_again() {
    let (one, two, three) = ("generation: 1", "generation: 2", "generation: 3");
    table(
        "pair/cn-hangzhou/web-g2",
        vec![
            row("1", then(&[one], one), &[]),
            row("1, raised to 2", then(&[one], two), &["import"]),
            row("1, raised to 3", then(&[one], three), &[]),
            row("2 from the beginning", planned(&Scene::new(&web(two))), &["import"]),
            row("1, 2", then(&[one, two], two), &[]),
            row("1, 2, lowered to 1", then(&[one, two], one), &[]),
            row("1, 2, 1, raised to 2 again", then(&[one, two, one], two), &["write down"]),
            row("1, 2, 1, raised to 3", then(&[one, two, one], three), &["delete"]),
            row("1, 2, raised to 3", then(&[one, two], three), &[]),
            row("1, 2, 3, lowered to 2", then(&[one, two, three], two), &["write down"]),
            row("1, 2, 3, raised to 4", then(&[one, two, three], "generation: 4"), &["delete"]),
        ],
    );
    table(
        "instance/cn-hangzhou/i-1",
        vec![
            row("1", then(&[one], one), &[]),
            row("1, raised to 2", then(&[one], two), &["bind to web-g2 instead of web", "restart"]),
            row(
                "1, 2, lowered to 1",
                then(&[one, two], one),
                &["bind to web instead of web-g2", "restart"],
            ),
            row(
                "1, 2, 3, lowered to 1, which is deleted",
                then(&[one, two, three], one),
                &["blocked: pairBlocked(pair=web)"],
            ),
        ],
    );
    table(
        "key/web",
        vec![row(
            "1, 2, 3, lowered to 1, which is deleted",
            then(&[one, two, three], one),
            &["blocked: generationGone(later=3)"],
        )],
    );
}

#[test]
fn the_generation_before_is_kept_or_deleted() {
    let (one, two, three) = ("generation: 1", "generation: 2", "generation: 3");
    let alone = "generation: 2, keepPrevious: false";
    let bound_by_hand = after(&having(&[one]), |scene| scene.bind("web", "i-3"));
    let stopped = after(&having(&[one]), |scene| {
        scene
            .happen(Fact::Stopped { region: region(), instance_ids: vec![InstanceId::new("i-2")] });
    });
    table(
        "pair/cn-hangzhou/web",
        vec![
            row("it is kept for a way back", then(&[one], two), &[]),
            row("it stays kept", then(&[one, two], two), &[]),
            row("it goes with the next rotation", then(&[one, two], three), &["delete"]),
            row("it is not kept", then(&[one], alone), &["delete"]),
            row("it is not kept any more", then(&[one, two], alone), &["delete"]),
            row(
                "it is protected, which is against the loss of its manifest",
                then(
                    &["protect: true", "protect: true, generation: 2"],
                    "protect: true, generation: 3",
                ),
                &["delete"],
            ),
            row(
                "somebody else is bound to it",
                planned(&saying(&bound_by_hand, &web(alone))),
                &["waiting: stillBound(instances=i-3)"],
            ),
            row(
                "a Stopped instance accepts it",
                planned(&saying(&stopped, &web(alone))),
                &["waiting: stillInEffect(instances=i-2)"],
            ),
        ],
    );
    table(
        "key/web",
        vec![
            row("it is kept for a way back", then(&[one], two), &[]),
            row("it goes with the next rotation", then(&[one, two], three), &["put aside"]),
            row("it is not kept", then(&[one], alone), &["put aside"]),
            row("somebody else is bound to it", planned(&saying(&bound_by_hand, &web(alone))), &[]),
        ],
    );
}

/// The names of generations are `web-g2` and so on, which others may have.
#[test]
fn a_generation_whose_name_somebody_else_has_is_not_made_and_the_one_before_stays() {
    let taken = after(&having(&["generation: 1"]), |scene| scene.import_foreign("web-g2"));
    let next = |spec: &str| planned(&saying(&taken, &web(spec)));
    let alone = "generation: 2, keepPrevious: false";
    let none: &[&str] = &[];
    table(
        "pair/cn-hangzhou/web-g2",
        vec![
            row("it is not wanted", next("generation: 1"), none),
            row("it is wanted", next("generation: 2"), &["blocked: nameTaken(region=cn-hangzhou)"]),
            row("another one is wanted", next("generation: 3"), none),
        ],
    );
    let rows = |decision| {
        vec![
            row("raised", next("generation: 2"), decision),
            row("raised, alone", next(alone), decision),
        ]
    };
    table("pair/cn-hangzhou/web", rows(none));
    table("key/web", rows(none));
    table("key/web-g2", rows(none));
    table("instance/cn-hangzhou/i-1", rows(&["blocked: pairBlocked(pair=web-g2)"]));
}

/// The key of a generation never changes.
#[test]
fn a_public_key_changes_with_its_generation_only() {
    let given =
        |number: u64, more: &str| format!("publicKey: {:?}{more}", persons_key(number).openssh());
    let (first, second) = (given(0, ""), given(1, ""));
    let raised = given(1, ", generation: 2");
    let same = given(0, ", generation: 2");
    let differs: &[&str] = &["blocked: givenKeyDiffers"];
    let blocked: &[&str] = &["blocked: pairBlocked(pair=web)"];
    table(
        "pair/cn-hangzhou/web",
        vec![
            row("the same key", then(&[&first], &first), &[]),
            row("another key", then(&[&first], &second), differs),
            row(
                "a given key in the place of a made one",
                then(&["generation: 1"], &first),
                differs,
            ),
            row("another key and a raised generation", then(&[&first], &raised), &[]),
        ],
    );
    table(
        "pair/cn-hangzhou/web-g2",
        vec![
            row("another key and a raised generation", then(&[&first], &raised), &["import"]),
            row("the same key and a raised generation", then(&[&first], &same), &["import"]),
        ],
    );
    table(
        "instance/cn-hangzhou/i-1",
        vec![
            row("the same key", then(&[&first], &first), &[]),
            row("another key", then(&[&first], &second), blocked),
            row(
                "another key and a raised generation",
                then(&[&first], &raised),
                &["bind to web-g2 instead of web", "restart"],
            ),
        ],
    );
}
