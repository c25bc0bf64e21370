//! Whether an instance can be bound at all (R1, R6, R8, R13, L6).

use keyform::{
    emulator::Fact,
    model::{CloudName, instance::GENERATION_ONE_FAMILIES},
};

use super::{Row, binding, documents, key_pair, no_plan, planned, row, saying, table, with_fields};
use crate::laws::{
    decisions::applied,
    scene::{Scene, bound, region},
};

const ABOUT: &str = "instance/cn-hangzhou/i-2";
const FAMILY: &str = "instanceType: ecs.s2.large";
const SCALED: &str = "tags: {role: web, \"acs:autoscaling:scalingGroupId\": asg-1}";
const ACK: &str = "tags: {role: web, ack.aliyun.com: cluster-1}";

const BOUND: &[&str] = &["bind to web", "restart"];

/// A project that wants `i-2`, which is listed or selected, with more fields of its Binding.
fn wanting(how: &str, more: &str) -> Scene {
    let chosen = if how == "listed" { "instances: [i-2]" } else { "selector: {tags: {role: web}}" };
    let fleet = binding("web-fleet", "web", &format!("{chosen}{more}"));
    Scene::new(&documents(&[key_pair("web", ""), fleet]))
}

/// Rows for an instance with these fields that is listed, and for one that is selected.
fn both(
    fields: &str,
    more: &str,
    listed: &'static [&'static str],
    selected: &'static [&'static str],
) -> Vec<Row> {
    let fields = if fields.contains("tags: ") {
        fields.to_owned()
    } else {
        format!("{fields}, tags: {{role: web}}")
    };
    let row = |how, decision| {
        let scene = with_fields(&wanting(how, more), &fields);
        (format!("{how}, {fields}{more}"), planned(&scene), decision)
    };
    vec![row("listed", listed), row("selected", selected)]
}

#[test]
fn what_an_instance_is_decides_whether_it_can_be_bound() {
    let plain = "osType: linux";
    let optimized = &format!("{FAMILY}, ioOptimized: true");
    let old = &format!("{FAMILY}, ioOptimized: false");
    let new = "instanceType: ecs.g7.large, ioOptimized: false";
    let rows = [
        both(plain, "", BOUND, BOUND),
        // R1
        both("osType: windows", "", &["blocked: runsWindows"], &["passed over: runsWindows"]),
        // R8: the overview page leaves out those that are I/O optimized, the API all others.
        both(
            optimized,
            "",
            &["blocked: generationOneOptimized(family=ecs.s2)"],
            &["passed over: generationOneOptimized(family=ecs.s2)"],
        ),
        both(
            old,
            "",
            &["blocked: generationOne(family=ecs.s2)"],
            &["passed over: generationOne(family=ecs.s2)"],
        ),
        both(optimized, ", allowGenerationOne: true", BOUND, BOUND),
        both(
            old,
            ", allowGenerationOne: true",
            &["blocked: generationOne(family=ecs.s2)"],
            &["passed over: generationOne(family=ecs.s2)"],
        ),
        both(new, "", BOUND, BOUND),
        // R13
        both(
            SCALED,
            "",
            &["blocked: managed(tag=acs:autoscaling:scalingGroupId)"],
            &["passed over: managed(tag=acs:autoscaling:scalingGroupId)"],
        ),
        both(
            ACK,
            "",
            &["blocked: managed(tag=ack.aliyun.com)"],
            &["passed over: managed(tag=ack.aliyun.com)"],
        ),
        both(SCALED, ", managedInstances: include", BOUND, BOUND),
        both(ACK, ", managedInstances: include", BOUND, BOUND),
        // What one field of a Binding allows says nothing of the others.
        both(
            &format!("osType: windows, {SCALED}"),
            ", allowGenerationOne: true, managedInstances: include",
            &["blocked: runsWindows"],
            &["passed over: runsWindows"],
        ),
        both(
            &format!("{optimized}, {SCALED}"),
            ", allowGenerationOne: true",
            &["blocked: managed"],
            &["passed over: managed"],
        ),
    ];
    table(ABOUT, rows.into_iter().flatten().collect());
}

#[test]
fn every_family_of_generation_one_is_known() {
    assert_eq!(
        GENERATION_ONE_FAMILIES.map(|family| family.trim_start_matches("ecs.")),
        ["t1", "s1", "s2", "s3", "m1", "m2", "c1", "c2"]
    );
    for family in GENERATION_ONE_FAMILIES {
        let rows: [(_, &[&str]); 2] = [
            ("true", &["blocked: generationOneOptimized"]),
            ("false", &["blocked: generationOne"]),
        ];
        let rows = rows.map(|(optimized, decision)| {
            let fields = format!("instanceType: {family}.large, ioOptimized: {optimized}");
            let scene = with_fields(&wanting("listed", ""), &fields);
            (fields, planned(&scene), decision)
        });
        table(ABOUT, rows.into());
    }
}

/// L6: an instance is taken from a foreign pair only where its Binding says so, and the plan says
/// whose pair it was.
#[test]
fn an_instance_of_a_foreign_pair_is_left_or_taken_in_review() {
    let of = |more: &str, owner: &[(&str, &str)]| {
        let scene = wanting("listed", more);
        scene.import_foreign("theirs");
        let pairs = owner.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let key_pair_names = vec![CloudName::new("theirs")];
        scene.happen(Fact::Tagged { region: region(), key_pair_names, tags: pairs.collect() });
        scene.bind("theirs", "i-2");
        planned(&scene)
    };
    let take = ", replaceForeign: true";
    let other_state = [("keyform:project", "laws"), ("keyform:lineage", "another")];
    table(
        ABOUT,
        vec![
            row(
                "it has no tags of keyform",
                of("", &[]),
                &["blocked: boundToForeign(owner=withoutKeyform; pair=theirs)"],
            ),
            row(
                "it is of another project",
                of("", &[("keyform:project", "shop")]),
                &[r#"blocked: boundToForeign(owner={"project":"shop"}; pair=theirs)"#],
            ),
            row(
                "it is of another state of this project",
                of("", &other_state),
                &[r#"blocked: boundToForeign(owner={"otherState":"laws"}; pair=theirs)"#],
            ),
            row(
                "it has no tags of keyform, and its Binding says so",
                of(take, &[]),
                &["bind to web instead of theirs, a pair of somebody without keyform", "restart"],
            ),
            row(
                "it is of another project, and its Binding says so",
                of(take, &[("keyform:project", "shop")]),
                &["bind to web instead of theirs, a pair of the project shop", "restart"],
            ),
        ],
    );
}

/// R6, and ids that are not there.
#[test]
fn an_instance_has_one_binding_and_is_there() {
    let pair = || key_pair("web", "");
    let listed = binding("listed", "web", "instances: [i-2]");
    let selected = |name: &str| binding(name, "web", "selector: {tags: {role: web}}");
    let scene = |parts: &[String]| with_fields(&Scene::new(&documents(parts)), "tags: {role: web}");
    let gone = |scene: &Scene| {
        let mut scene = scene.fork();
        scene.write("inventory.yaml", &super::INVENTORY.replace("i-2", "i-4"));
        scene.try_plan(false, true).map_err(no_plan)
    };
    table(
        ABOUT,
        vec![
            row(
                "it is listed and selected",
                planned(&scene(&[pair(), listed.clone(), selected("chosen")])),
                &["blocked: claimedTwice(bindings=chosen,listed)"],
            ),
            row(
                "it is selected twice",
                planned(&scene(&[pair(), selected("one"), selected("two")])),
                &["blocked: claimedTwice(bindings=one,two)"],
            ),
            row(
                "it is listed and never was there",
                gone(&scene(&[pair(), listed])),
                &["blocked: instanceNotFound(region=cn-hangzhou)"],
            ),
            row(
                "it is listed, and is in another region of the project",
                {
                    let both = key_pair("web", "regions: [cn-beijing, cn-hangzhou]");
                    let listed = binding("listed", "web", "region: cn-hangzhou, instances: [i-2]");
                    let mut scene = Scene::new(&documents(&[both, listed]));
                    let moved = "region: cn-beijing";
                    let inventory: Vec<String> = super::INVENTORY
                        .lines()
                        .map(|line| match line.contains("i-2") {
                            true => line.replace("region: cn-hangzhou", moved),
                            false => line.to_owned(),
                        })
                        .collect();
                    scene.write("inventory.yaml", &(inventory.join("\n") + "\n"));
                    planned(&scene)
                },
                &["blocked: instanceInOtherRegion(found=cn-beijing; region=cn-hangzhou)"],
            ),
            row(
                "it was bound, and is listed and gone",
                gone(&applied()),
                &["forget", "blocked: instanceNotFound(region=cn-hangzhou)"],
            ),
            row(
                "it was bound, and is gone",
                gone(&saying(&applied(), &bound("web", "i-1, i-3"))),
                &["forget"],
            ),
        ],
    );
}
