//! What concerns regions: pairs in several of them, the quota, and what is missing.

use std::fmt::Write as _;

use keyform::{
    ecs::{Request, Transport},
    model::{CloudName, Region, Tags},
    session::PlanOptions,
};

use super::{
    Planned, Row, after, binding, documents, key_pair, no_plan, planned, row, saying, table,
};
use crate::laws::{
    limits::crowded,
    scene::{INVENTORY, PROJECT, Scene, persons_key, region},
};

fn beijing() -> Region {
    Region::new("cn-beijing").expect("a region")
}

fn import(scene: &Scene, region: Region, name: &str) {
    let request = Request::ImportKeyPair {
        region,
        key_pair_name: CloudName::new(name),
        public_key_body: persons_key(0).openssh().to_owned(),
        tags: Tags::new(),
        resource_group_id: None,
    };
    scene.cloud().call(&request).expect("it is imported");
}

/// A pair in these regions, with an instance in each.
fn in_regions(regions: &[&str]) -> String {
    let mut parts = vec![key_pair("web", &format!("regions: [{}]", regions.join(", ")))];
    for region in regions {
        let id = if *region == "cn-beijing" { "i-b" } else { "i-1" };
        parts.push(binding(region, "web", &format!("region: {region}, instances: [{id}]")));
    }
    documents(&parts)
}

fn scene(manifests: &str) -> Scene {
    let mut scene = Scene::new(manifests);
    scene.write("inventory.yaml", &format!("{INVENTORY}  - {{id: i-b, region: cn-beijing}}\n"));
    scene
}

/// One row for each thing that can come to a pair of two regions.
fn situations() -> impl Fn([&'static [&'static str]; 6]) -> Vec<Row> {
    let both = in_regions(&["cn-beijing", "cn-hangzhou"]);
    let one = scene(&in_regions(&["cn-hangzhou"]));
    one.apply(false);
    let added = saying(&one, &both);
    let settled = added.fork();
    settled.apply(false);
    let taken = |regions: &[Region]| {
        let scene = scene(&both);
        regions.iter().for_each(|region| import(&scene, region.clone(), "web"));
        planned(&scene)
    };
    let plans = [
        ("it is new", taken(&[])),
        ("somebody has its name in Beijing", taken(&[beijing()])),
        ("somebody has its name in both", taken(&[beijing(), region()])),
        ("Beijing is added", planned(&added)),
        (
            "Beijing is added, and its private key is missing",
            planned(&after(&added, |scene| scene.remove("keys/web.pem"))),
        ),
        ("Beijing is taken out", planned(&saying(&settled, &in_regions(&["cn-hangzhou"])))),
    ];
    move |decisions| {
        let rows = plans.iter().zip(decisions);
        rows.map(|((name, plan), decision)| row(name, plan.clone(), decision)).collect()
    }
}

/// One key, imported region by region; a problem of one region is none of the others.
#[test]
fn a_pair_of_several_regions_has_one_key_and_is_decided_region_by_region() {
    let situations = situations();
    let name_taken: &[&str] = &["blocked: nameTaken(region=cn-beijing)"];
    table("key/web", situations([&["make"], &["make"], &[], &[], &["told: keyMissing"], &[]]));
    table(
        "pair/cn-hangzhou/web",
        situations([
            &["import"],
            &["import"],
            &["blocked: nameTaken(region=cn-hangzhou)"],
            &[],
            &[],
            &[],
        ]),
    );
    table(
        "pair/cn-beijing/web",
        situations([
            &["import"],
            name_taken,
            name_taken,
            &["import"],
            &["blocked: keyMissingForRegion(region=cn-beijing)"],
            &["delete"],
        ]),
    );
    let bind: &[&str] = &["bind to web", "restart"];
    let blocked: &[&str] = &["blocked: pairBlocked(pair=web)"];
    table("instance/cn-hangzhou/i-1", situations([bind, bind, blocked, &[], &[], &[]]));
    table(
        "instance/cn-beijing/i-b",
        situations([bind, blocked, blocked, bind, blocked, &["unbind from web", "restart"]]),
    );
}

/// R5: at most 500 pairs per region at the peak of a run, with foreign pairs and kept generations.
/// Deletes come after imports, so that they make no room.
#[test]
fn a_region_has_room_for_500_pairs_at_the_peak() {
    let pairs = |names: &[(&str, &str)]| {
        documents(&names.iter().map(|(name, spec)| key_pair(name, spec)).collect::<Vec<_>>())
    };
    let scene = Scene::new(&pairs(&[("web", "")]));
    crowded(&scene, 497);
    // 498 with web, 499 with its second generation.
    scene.apply(false);
    let first = scene.fork();
    let scene = saying(&scene, &pairs(&[("web", "generation: 2")]));
    scene.apply(false);
    let third = ("web", "generation: 3");
    let full = saying(&scene, &pairs(&[third]));
    let next = |names: &[(&str, &str)]| planned(&saying(&scene, &pairs(names)));
    let too_many: &[&str] = &["no plan: quotaExceeded(new=2; present=499; region=cn-hangzhou)"];
    table(
        "pair/cn-hangzhou/web-g3",
        vec![
            row("499 are there, and one is made", planned(&full), &["import"]),
            row("499 are there, and two are made", next(&[third, ("ops", "")]), too_many),
            row(
                "two are made, and the one before is not kept: it goes too late",
                next(&[("web", "generation: 3, keepPrevious: false"), ("ops", "")]),
                too_many,
            ),
            row(
                "two are made, one of them in another region",
                next(&[third, ("ops", "regions: [cn-beijing]")]),
                &["import"],
            ),
            row(
                "somebody took the last place",
                planned(&after(&full, |scene| import(scene, region(), "theirs-last"))),
                &["no plan: quotaExceeded(new=1; present=500; region=cn-hangzhou)"],
            ),
        ],
    );
    table(
        "pair/cn-hangzhou/web",
        vec![
            row(
                "it is full, and nothing is made",
                planned(&after(&saying(&scene, ""), |scene| {
                    import(scene, region(), "theirs-last");
                })),
                &["delete"],
            ),
            row(
                "it is full, and a lost pair is made again",
                planned(&after(&first, |scene| {
                    import(scene, region(), "theirs-last");
                    import(scene, region(), "theirs-too");
                    scene.lose_state();
                    scene.remove("keys/web.pem");
                })),
                &["delete", "import"],
            ),
        ],
    );
}

/// A read in which more than a tenth of a region's recorded instances is missing is refused.
#[test]
fn more_than_a_tenth_that_is_missing_looks_like_a_lost_permission() {
    let ids = |count: usize| (0..count).map(|number| format!("i-{number:02}")).collect::<Vec<_>>();
    let inventory = |count: usize, gone: usize| {
        let mut text = "apiVersion: keyform/v1\nkind: Inventory\nspec:\n  restartTime: 1s\n  \
                        startTimePrecision: second\n  instances:\n  - {id: i-b, region: cn-beijing}\n"
            .to_owned();
        for id in &ids(count)[gone..] {
            let _ = writeln!(text, "  - {{id: {id}, region: cn-hangzhou}}");
        }
        text
    };
    let plan = |count: usize, gone: usize, accept_missing: bool| -> Planned {
        let mut scene = Scene::new(&documents(&[
            key_pair("web", "regions: [cn-beijing, cn-hangzhou]"),
            binding(
                "here",
                "web",
                &format!("region: cn-hangzhou, instances: [{}]", ids(count).join(", ")),
            ),
            binding("there", "web", "region: cn-beijing, instances: [i-b]"),
        ]));
        scene.write("keyform.yaml", &PROJECT.replace("maxUnavailable: 1", "maxUnavailable: 100%"));
        scene.write("inventory.yaml", &inventory(count, 0));
        scene.apply(false);
        scene.write("inventory.yaml", &inventory(count, gone));
        let session = scene.session_of(scene.surroundings(), |inner| inner).expect("it opens");
        let options = PlanOptions { accept_missing, ..PlanOptions::default() };
        session.plan(options).map(|planned| planned.plan).map_err(no_plan)
    };
    let gone: &[&str] = &["forget", "blocked: instanceNotFound(region=cn-hangzhou)"];
    table(
        "instance/cn-hangzhou/i-00",
        vec![
            row("none of 10", plan(10, 0, false), &[]),
            row("1 of 10 is a tenth", plan(10, 1, false), gone),
            row(
                "1 of 9 is more",
                plan(9, 1, false),
                &["no plan: manyMissing(missing=1; recorded=9; region=cn-hangzhou)"],
            ),
            row(
                "2 of 19 are more",
                plan(19, 2, false),
                &["no plan: manyMissing(missing=2; recorded=19; region=cn-hangzhou)"],
            ),
            row("2 of 20 are a tenth", plan(20, 2, false), gone),
            row("1 of 9, which is accepted", plan(9, 1, true), gone),
            row("all of 2, which is accepted", plan(2, 2, true), gone),
        ],
    );
}
