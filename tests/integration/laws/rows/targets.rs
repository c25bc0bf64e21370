//! What is not targeted counts for nothing in a plan for a part of a project.

use keyform::{plan::Targets, session::PlanOptions};

use super::{Planned, documents, key_pair, no_plan, row, saying, table};
use crate::laws::{
    limits::crowded,
    scene::{PROJECT, Scene},
};

fn planned_for(scene: &Scene, target: &str) -> Planned {
    let session = scene.session_of(scene.surroundings(), |inner| inner).expect("it opens");
    let targets = Targets::new(vec![target.to_owned()]);
    let options = PlanOptions { targets, ..PlanOptions::default() };
    session.plan(options).map(|planned| planned.plan).map_err(no_plan)
}

fn two_pairs(spec: &str) -> String {
    documents(&[key_pair("ops", spec), key_pair("web", spec)])
}

#[test]
fn the_quota_counts_the_pairs_that_are_made() {
    let scene = Scene::new(&two_pairs(""));
    crowded(&scene, 499);
    let too_many: &[&str] = &["no plan: quotaExceeded(new=2; present=499; region=cn-hangzhou)"];
    table(
        "pair/cn-hangzhou/web",
        vec![
            row("both", planned_for(&scene, "pair/*"), too_many),
            row("one", planned_for(&scene, "pair/*/web"), &["import"]),
            row("the other", planned_for(&scene, "pair/*/ops"), &[]),
        ],
    );
}

#[test]
fn the_limit_of_deletes_counts_the_pairs_that_are_deleted() {
    let mut scene = Scene::new(&two_pairs(""));
    scene.write("keyform.yaml", &format!("{PROJECT}  limits: {{deletesPerRun: 1}}\n"));
    scene.apply(false);
    let scene = saying(&scene, "");
    let rows = |decisions: [&'static [&'static str]; 4]| {
        let targets = ["pair/*", "pair/*/web", "key/web", "pair/*/ops"];
        let rows = targets.into_iter().zip(decisions);
        rows.map(|(target, decision)| row(target, planned_for(&scene, target), decision)).collect()
    };
    let later: &[&str] = &["waiting: deleteLimit"];
    table("pair/cn-hangzhou/web", rows([later, &["delete"], &["delete"], &[]]));
    table("pair/cn-hangzhou/ops", rows([&["delete"], &[], &[], &["delete"]]));
}

/// What a reviewer is shown before and after is of the steps that there are.
#[test]
fn nothing_is_shown_of_tags_that_do_not_change() {
    let scene = Scene::new(&two_pairs("tags: {team: laws}"));
    scene.apply(false);
    let scene = saying(&scene, &two_pairs("tags: {team: web}"));
    let plan = planned_for(&scene, "pair/*/web").expect("there is a plan");
    let shown: Vec<_> = plan.changes.iter().map(|change| change.address.to_string()).collect();
    assert_eq!(shown, ["pair/cn-hangzhou/web"]);
}
