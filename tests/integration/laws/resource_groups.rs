//! `resourceGroup`: a pair is made in its group, and put back into it.

use std::sync::Arc;

use keyform::{
    apply::{Failure, StepEnd},
    ecs::{PairOptions, Request, Response, Transport},
    emulator::Fact,
    model::CloudName,
    plan::{Action, NoteKind, Plan},
    session::Applied,
};

use super::scene::{Scene, bound, bound_created, bound_given, persons_key, region};

fn in_group(manifest: &str, group: &str) -> String {
    manifest.replace("spec: {tags", &format!("spec: {{resourceGroup: {group}, tags"))
}

fn group_of(scene: &Scene, name: &str) -> String {
    let request = Request::DescribeKeyPairs {
        region: region(),
        key_pair_name: Some(CloudName::new(name)),
        page_number: 1,
        page_size: 50,
        options: PairOptions::default(),
    };
    match scene.cloud().call(&request).expect("it is answered") {
        Response::KeyPairs(page) => page.key_pairs[0].resource_group_id.clone(),
        other => panic!("{other:?}"),
    }
}

fn moved(scene: &Scene, group: &str) {
    scene.happen(Fact::Grouped {
        region: region(),
        key_pair_name: CloudName::new("web"),
        resource_group_id: group.to_owned(),
    });
}

/// What a plan does, without what it writes down.
fn actions(plan: &Plan) -> Vec<String> {
    let steps = plan.steps.iter().filter_map(|step| match &step.action {
        Action::GroupPair { resource_group, .. } => Some(format!("into {resource_group}")),
        Action::TagPair { .. } => Some("tag".to_owned()),
        Action::Record { .. } => Some("write down".to_owned()),
        _ => None,
    });
    steps.collect()
}

fn operations(writes: &[Request]) -> Vec<&str> {
    writes.iter().map(Request::operation).collect()
}

#[test]
fn a_pair_is_made_in_its_group_with_the_same_call() {
    for manifest in [bound("web", ""), bound_created("web", "")] {
        let scene = Scene::new(&in_group(&manifest, "rg-a1"));
        let ran = scene.run(false, Vec::new());
        assert_eq!(ran.writes.len(), 1, "{:?}", ran.writes);
        assert_eq!(group_of(&scene, "web"), "rg-a1");
        assert!(scene.plan(false).is_empty());
    }
}

#[test]
fn another_group_in_the_manifest_moves_the_pair_behind_its_tags() {
    let mut scene = Scene::new(&in_group(&bound("web", ""), "rg-a1"));
    scene.apply(false);
    let manifest = in_group(&bound("web", ""), "rg-b2").replace("team: laws", "team: other");
    scene.write("web.yaml", &manifest);
    let plan = scene.plan(false);
    insta::assert_snapshot!(super::decisions::shown(&scene));
    assert_eq!(actions(&plan), ["tag", "into rg-b2"]);
    scene.apply(false);
    assert_eq!(group_of(&scene, "web"), "rg-b2");
}

/// A manifest without a group says nothing about it, and a state of an older program neither.
#[test]
fn without_a_group_in_the_manifest_nobody_looks_which_one_it_is() {
    let mut scene = Scene::new(&bound("web", ""));
    scene.apply(false);
    moved(&scene, "rg-a1");
    assert!(scene.plan(false).is_empty());
    // What is so already is only written down.
    scene.write("web.yaml", &in_group(&bound("web", ""), "rg-a1"));
    assert_eq!(actions(&scene.plan(false)), ["write down"]);
    scene.apply(false);
    scene.write("web.yaml", &bound("web", ""));
    assert_eq!(actions(&scene.plan(false)), ["write down"]);
    scene.apply(false);
    moved(&scene, "rg-b2");
    assert!(scene.plan(false).is_empty());
}

#[test]
fn a_pair_that_somebody_moved_is_put_back_and_the_plan_says_so() {
    let scene = Scene::new(&in_group(&bound("web", ""), "rg-a1"));
    scene.apply(false);
    moved(&scene, "rg-b2");
    let plan = scene.plan(false);
    assert_eq!(actions(&plan), ["into rg-a1"]);
    let drift: Vec<_> = plan.notes.iter().filter(|note| note.kind == NoteKind::Drift).collect();
    assert_eq!(drift.len(), 1);
    assert_eq!(drift[0].reason.code().as_str(), "groupChanged");
    let ran = scene.run(false, Vec::new());
    assert_eq!(operations(&ran.writes), ["JoinResourceGroup"]);
    assert!(scene.plan(false).is_empty());
}

/// A pair that is taken over is put into its group in the same plan.
#[test]
fn a_pair_that_is_adopted_goes_into_its_group_too() {
    let mut scene = Scene::new("");
    let key = persons_key(0);
    let request = Request::ImportKeyPair {
        region: region(),
        key_pair_name: CloudName::new("web"),
        public_key_body: key.openssh().to_owned(),
        tags: Default::default(),
        resource_group_id: Some("rg-theirs".to_owned()),
    };
    scene.cloud().call(&request).expect("it is imported");
    let given =
        bound_given("web", "", key.openssh()).replace("spec: {tags", "spec: {adopt: true, tags");
    let manifest = given.replace("spec: {adopt", "spec: {resourceGroup: rg-a1, adopt");
    scene.write("web.yaml", &manifest);
    let ran = scene.run(false, Vec::new());
    assert_eq!(operations(&ran.writes), ["TagResources", "JoinResourceGroup"]);
    assert_eq!(group_of(&scene, "web"), "rg-a1");
    assert!(scene.plan(false).is_empty(), "{:#?}", scene.plan(false));
}

/// The group of one account is none of another: the step names the field that says so.
#[test]
fn a_group_that_does_not_exist_is_told_by_its_field() {
    use keyform::ecs::CallError;
    struct Without(Arc<dyn Transport>);
    impl Transport for Without {
        fn call(&self, request: &Request) -> Result<Response, CallError> {
            let is_made = matches!(
                request,
                Request::ImportKeyPair { .. }
                    | Request::CreateKeyPair { .. }
                    | Request::JoinResourceGroup { .. }
            );
            if !is_made {
                return self.0.call(request);
            }
            Err(CallError::Service {
                operation: request.operation(),
                status: 404,
                code: "InvalidResourceGroup.NotFound".to_owned(),
                message: "The ResourceGroup provided does not exist in our records.".to_owned(),
                request_id: "r".to_owned(),
                retry_after: None,
                denied: None,
            })
        }
    }
    let mut moved = Scene::new(&bound("web", ""));
    moved.apply(false);
    moved.write("web.yaml", &in_group(&bound("web", ""), "rg-a1"));
    let imported = Scene::new(&in_group(&bound("web", ""), "rg-a1"));
    let created = Scene::new(&in_group(&bound_created("web", ""), "rg-a1"));
    for scene in [moved, imported, created] {
        let Ok(Applied::Ran { report, .. }) = scene.run_with(Without).outcome else {
            panic!("it comes to its end");
        };
        let failed = report.steps.iter().find_map(|step| match &step.end {
            StepEnd::Failed(failure) => Some(failure),
            _ => None,
        });
        let Some(failure @ Failure::ResourceGroupNotFound { resource_group }) = failed else {
            panic!("{report:#?}");
        };
        assert_eq!(resource_group.as_str(), "rg-a1");
        assert!(failure.to_string().contains("`resourceGroup`"), "{failure}");
    }
}
