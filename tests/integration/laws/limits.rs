//! What caps a project as a whole.

use keyform::{
    ecs::{CallError, Request, Response, Transport},
    model::{CloudName, InstanceId, InstanceStatus, Tags},
    plan::check::check,
};

use super::{
    decisions::decision,
    scene::{INVENTORY, PROJECT, Scene, bound, instances, persons_key, region},
};

/// Three bindings of an instance each, and one of two, in a project with these limits.
fn limited(limits: &str) -> Scene {
    let one = |pair: &str, instances: &str| bound(pair, instances);
    let fleets = [one("ant", "i-1"), one("bee", "i-2"), one("cat", "i-3"), one("dog", "i-4, i-5")];
    let mut scene = Scene::new(&fleets.join("---\n"));
    let more = "  - {id: i-4, region: cn-hangzhou, name: four}\n  - {id: i-5, region: \
                cn-hangzhou, name: five}\n";
    scene.write("inventory.yaml", &format!("{INVENTORY}{more}"));
    scene.write("keyform.yaml", &format!("{PROJECT}  limits: {limits}\n"));
    scene
}

decision!(restarts_beyond_the_limit_are_left_to_later_runs, limited("{restartsPerRun: 2}"));

decision!(deletes_beyond_the_limit_are_left_to_later_runs, {
    let mut scene = limited("{deletesPerRun: 1}");
    scene.apply(false);
    scene.write("web.yaml", "");
    scene
});

/// Counts who is down before each call.
struct Counting {
    inner: std::sync::Arc<dyn Transport>,
    scene: Scene,
    most: usize,
}

impl Transport for Counting {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let ids = instances().into_iter().chain(["i-4", "i-5"].map(InstanceId::new));
        let down = self.scene.world(|world, now| {
            let status = |id: &InstanceId| world.status(now, &region(), id);
            ids.filter(|id| status(id) != Some(InstanceStatus::Running)).count()
        });
        assert!(down <= self.most, "{down} are down together");
        self.inner.call(request)
    }
}

#[test]
fn bindings_share_what_may_be_down_in_a_region() {
    for (limit, most) in [("1", 1), ("2", 2), ("\"50%\"", 2), ("4", 4)] {
        let scene = limited(&format!("{{unavailable: {limit}}}"));
        let plan = scene.plan(false);
        assert_eq!(plan.limits[0].unavailable_max, most);
        let mut forged = plan.clone();
        forged.limits[0].unavailable_max = most.min(4) - 1;
        let found = check(&forged).expect_err("the limit is lower").to_string();
        assert!(found.contains("could be down together"), "{found}");
        let eye = scene.clone();
        let ran = scene.run_with(|inner| Counting { inner, scene: eye, most });
        ran.outcome.expect("it comes to its end");
        assert!(scene.plan(false).is_empty());
    }
}

#[test]
fn runs_with_limits_come_to_the_end_that_they_are_asked_for() {
    let mut scene = limited("{restartsPerRun: 2, deletesPerRun: 1, unavailable: 1}");
    for _ in 0..3 {
        scene.run(false, Vec::new()).outcome.expect("it comes to its end");
    }
    assert!(scene.plan(false).is_empty() && scene.plan(false).notes.is_empty());
    scene.write("web.yaml", "");
    for _ in 0..7 {
        scene.run(false, Vec::new()).outcome.expect("it comes to its end");
    }
    assert!(scene.plan(false).is_empty() && scene.plan(false).notes.is_empty());
    assert!(scene.end().pairs.is_empty());
}

/// A region with so many pairs of other people.
pub(super) fn crowded(scene: &Scene, foreign: usize) {
    let cloud = scene.cloud();
    for number in 0..foreign {
        let request = Request::ImportKeyPair {
            region: region(),
            key_pair_name: CloudName::new(format!("theirs-{number}")),
            public_key_body: persons_key(0).openssh().to_owned(),
            tags: Tags::new(),
        };
        cloud.call(&request).expect("it is imported");
    }
}

/// R5: generations that are kept and pairs of others count.
#[test]
fn a_region_has_500_pairs_and_no_more_at_any_moment_of_a_run() {
    let mut scene = Scene::new(&bound("web", "i-1"));
    crowded(&scene, 498);
    scene.apply(false);
    let rotated = |generation: u32| {
        bound("web", "i-1")
            .replace("spec: {tags", &format!("spec: {{generation: {generation}, tags"))
    };
    scene.write("web.yaml", &rotated(2));
    scene.apply(false);
    scene.write("web.yaml", &rotated(3));
    let error = scene.try_plan(false, false).expect_err("it is full").to_string();
    assert!(error.contains("500 key pairs are there and 1 more would be made"), "{error}");
    // A pair that is lost is deleted before it is made again.
    scene.write("web.yaml", &bound("ops", ""));
    scene.apply(true);
    scene.apply(false);
    scene.import_foreign("theirs-last");
    scene.lose_state();
    scene.remove("keys/ops.pem");
    scene.apply(false);
}
