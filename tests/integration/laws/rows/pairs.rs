//! Whose a pair is, and what becomes of it: ownership, tags and adoption.

use keyform::{
    ecs::{Request, Transport},
    emulator::Fact,
    keys::{KeySource, PooledKeys},
    model::{CloudName, InstanceId, Tags},
};

use super::{Row, after, key_pair, planned, row, saying, table, tags};
use crate::laws::{
    decisions::applied,
    scene::{INVENTORY, Scene, bound, persons_key, region},
};

const ABOUT: &str = "pair/cn-hangzhou/web";

fn tag(scene: &Scene, key: &str, value: &str) {
    let key_pair_names = vec![CloudName::new("web")];
    scene.happen(Fact::Tagged { region: region(), key_pair_names, tags: tags([(key, value)]) });
}

fn untag(scene: &Scene, key: &str) {
    let (key_pair_names, tag_keys) = (vec![CloudName::new("web")], vec![key.to_owned()]);
    scene.happen(Fact::Untagged { region: region(), key_pair_names, tag_keys });
}

fn unbind_all(scene: &Scene) {
    scene.happen(Fact::Unbound {
        region: region(),
        key_pair_name: CloudName::new("web"),
        instance_ids: ["i-1", "i-2", "i-3"].map(InstanceId::new).to_vec(),
    });
}

fn delete(scene: &Scene) {
    unbind_all(scene);
    let key_pair_names = vec![CloudName::new("web")];
    scene.happen(Fact::Deleted { region: region(), key_pair_names });
}

fn import(scene: &Scene, public_key: &str, tags: Tags) {
    let request = Request::ImportKeyPair {
        region: region(),
        key_pair_name: CloudName::new("web"),
        public_key_body: public_key.to_owned(),
        tags,
        resource_group_id: None,
    };
    scene.cloud().call(&request).expect("it is imported");
}

fn import_other(scene: &Scene) {
    let key = PooledKeys::new(12).generate().expect("a key");
    import(scene, key.public_key().openssh(), Tags::new());
}

/// What somebody else does to the pair.
type Happening = fn(&Scene);

const SITUATIONS: [(&str, Happening); 7] = [
    ("nothing happened", |_| ()),
    ("a tag of ours is gone", |scene| untag(scene, "keyform:lineage")),
    ("it has the tag of another project", |scene| tag(scene, "keyform:project", "shop")),
    ("it has the tag of another lineage", |scene| tag(scene, "keyform:lineage", "another")),
    ("somebody deleted it", delete),
    ("somebody made another one in its place", |scene| {
        delete(scene);
        import_other(scene);
    }),
    ("somebody bound another instance to it", |scene| scene.bind("web", "i-9")),
];

/// A row for each situation that a project can come to.
fn rows(scene: &Scene, decisions: [&'static [&'static str]; 7]) -> Vec<Row> {
    let rows = SITUATIONS.into_iter().zip(decisions);
    rows.map(|((name, happens), decision)| {
        let mut scene = scene.fork();
        let more = "  - {id: i-9, region: cn-hangzhou}\n";
        scene.write("inventory.yaml", &format!("{INVENTORY}{more}"));
        happens(&scene);
        row(name, planned(&scene), decision)
    })
    .collect()
}

/// Ours is what is recorded with this name and key, and not tagged by another lineage.
#[test]
fn a_recorded_pair_is_ours_by_its_key_and_its_lineage() {
    let scene = applied();
    let unwanted = saying(&scene, "");
    let set: &[&str] = &["set its tags", "changed: tagsChanged"];
    let other_state: &[&str] = &["blocked: pairTakenOver"];
    table(
        ABOUT,
        rows(
            &scene,
            [
                &[],
                set,
                set,
                other_state,
                &["import", "changed: pairDeleted"],
                &["blocked: pairReplaced(region=cn-hangzhou)"],
                &[],
            ],
        ),
    );
    let let_go: &[&str] = &["forget", "told: notOurs"];
    table(
        ABOUT,
        rows(
            &unwanted,
            [
                &["delete"],
                &["delete"],
                &["delete"],
                let_go,
                &["forget"],
                let_go,
                &["waiting: stillBound(instances=i-9)"],
            ],
        ),
    );
    let blocked: &[&str] = &["blocked: pairBlocked(pair=web)"];
    let again: &[&str] = &["bind to web", "restart", "changed: takenFrom(before=web; now=nothing)"];
    table("instance/cn-hangzhou/i-2", rows(&scene, [&[], &[], &[], blocked, again, blocked, &[]]));
    let unbound: &[&str] = &["unbind from web", "restart"];
    table(
        "instance/cn-hangzhou/i-2",
        rows(
            &unwanted,
            [unbound, unbound, unbound, &["forget"], &["restart"], &["restart"], unbound],
        ),
    );
}

/// Tags are set before others are removed; those of other people stay.
#[test]
fn the_tags_of_a_pair_follow_its_manifest() {
    let scene = applied();
    let with = |tags: &str| {
        planned(&saying(&scene, &bound("web", "i-1, i-2, i-3").replace("{team: laws}", tags)))
    };
    let other = after(&scene, |scene| tag(scene, "cost-centre", "42"));
    let wanted = saying(
        &other,
        &bound("web", "i-1, i-2, i-3").replace("{team: laws}", "{team: laws, cost-centre: \"42\"}"),
    );
    table(
        ABOUT,
        vec![
            row("the same", with("{team: laws}"), &[]),
            row("another value", with("{team: web}"), &["set its tags"]),
            row("one more", with("{team: laws, tier: front}"), &["set its tags"]),
            row("one less", with("{}"), &["remove tags team"]),
            row("another one", with("{tier: front}"), &["set its tags", "remove tags team"]),
            row("somebody set one of theirs", planned(&other), &[]),
            row("which a manifest wants too", planned(&wanted), &["write down"]),
            row(
                "somebody removed one of ours",
                planned(&after(&scene, |scene| untag(scene, "team"))),
                &["set its tags", "changed: tagsChanged"],
            ),
        ],
    );
}

/// Sixteen tags `PREFIX0` to `PREFIX15`, or less, as a manifest writes them.
fn many(prefix: &str, count: usize) -> String {
    let tags: Vec<_> = (0..count).map(|number| format!("{prefix}{number}: x")).collect();
    format!("{{{}}}", tags.join(", "))
}

/// The project whose manifest has these tags once others have put one on the pair.
fn tagged(ours: &str, theirs: &[&str], then: &str) -> Scene {
    let with = |tags: &str| bound("web", "i-1, i-2, i-3").replace("{team: laws}", tags);
    let scene = Scene::new(&with(ours));
    scene.apply(false);
    for key in theirs {
        tag(&scene, key, "x");
    }
    saying(&scene, &with(then))
}

/// The service refuses keys that differ only in case, and more than 20: what goes goes first then,
/// and what others put there is told and stays.
#[test]
fn tags_that_clash_or_would_not_fit_go_before_others_come() {
    let exchanged = || tagged(&many("a", 10), &[], &many("b", 12));
    let clashing = || tagged("{Team: web}", &[], "{team: web, tier: front}");
    table(
        ABOUT,
        vec![
            row("another case", planned(&clashing()), &["remove tags Team", "set its tags"]),
            row(
                "ten for twelve",
                planned(&exchanged()),
                &["remove tags a0, a1, a2, a3, a4, a5, a6, a7, a8, a9", "set its tags"],
            ),
            row(
                "others have the key in another case",
                planned(&tagged("{tier: front}", &["Team"], "{team: web}")),
                &["blocked: tagClash(key=team; other=Team)"],
            ),
            row(
                "others have put on too many",
                planned(&tagged("{tier: front}", &["x", "y"], &many("a", 15))),
                &["blocked: tagsDoNotFit(others=2)"],
            ),
        ],
    );
    for scene in [exchanged(), clashing()] {
        scene.apply(false);
        let plan = scene.plan(false);
        assert!(plan.is_empty() && plan.notes.is_empty(), "{plan:#?}");
    }
}

#[test]
fn a_pair_whose_tags_leave_no_room_for_ours_is_not_taken_over() {
    let key = persons_key(0);
    let public_key = key.openssh();
    let spec = format!("publicKey: {public_key:?}, adopt: true, tags: {{team: web}}");
    let of = |theirs: Tags| {
        let scene = Scene::new(&key_pair("web", &spec));
        import(&scene, public_key, theirs);
        planned(&scene)
    };
    let full = (0..16).map(|number| (format!("a{number}"), "x".to_owned())).collect();
    table(
        ABOUT,
        vec![
            row(
                "another key",
                of(tags([("Team", "x")])),
                &["blocked: tagClash(key=team; other=Team)"],
            ),
            row("sixteen", of(full), &["blocked: tagsDoNotFit(others=16)"]),
            row(
                "the same key",
                of(tags([("team", "x")])),
                &["take over from somebody without keyform"],
            ),
        ],
    );
}

/// A pair of the wanted name that is not recorded: adopted in review, offered, or left alone.
#[test]
fn a_pair_that_this_project_did_not_make_is_taken_over_in_review_only() {
    let given =
        |number: u64, more: &str| format!("publicKey: {:?}{more}", persons_key(number).openssh());
    let adopt = ", adopt: true";
    let owners = [
        ("somebody", Tags::new()),
        ("another project", tags([("keyform:project", "shop"), ("keyform:lineage", "another")])),
        ("another state", tags([("keyform:project", "laws"), ("keyform:lineage", "another")])),
    ];
    let rows = |spec: &str, decision: &'static [&'static str]| {
        owners
            .iter()
            .map(|(owner, tags)| {
                let scene = Scene::new(&key_pair("web", spec));
                import(&scene, persons_key(0).openssh(), tags.clone());
                (format!("a pair of {owner}, {spec}"), planned(&scene), decision)
            })
            .collect::<Vec<_>>()
    };
    table(ABOUT, rows(&given(0, ""), &["blocked: canBeAdopted(region=cn-hangzhou)"]));
    table(ABOUT, rows(&given(1, ""), &["blocked: nameTaken(region=cn-hangzhou)"]));
    table(ABOUT, rows(&given(1, adopt), &["blocked: adoptsOtherKey(region=cn-hangzhou)"]));
    table(ABOUT, rows("generation: 1", &["blocked: nameTaken(region=cn-hangzhou)"]));
    table(ABOUT, rows("adopt: true", &["blocked: adoptsOtherKey(region=cn-hangzhou)"]));
    let taken: Vec<&[&str]> = vec![
        &["take over from somebody without keyform"],
        &["take over from the project shop"],
        &["take over from the project laws, with another state"],
    ];
    let adopted = rows(&given(0, adopt), &[]);
    let adopted = adopted.into_iter().zip(taken);
    table(ABOUT, adopted.map(|((name, plan, _), decision)| (name, plan, decision)).collect());
}
