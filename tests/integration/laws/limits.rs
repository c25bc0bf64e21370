//! What caps a project as a whole.

use std::sync::atomic::{AtomicUsize, Ordering};

use keyform::{
    driver::Clock,
    ecs::{CallError, Request, Response, Transport},
    emulator::{Actor, Fact},
    model::{CloudName, InstanceId, InstanceStatus, StepId, Tags},
    plan::{
        Action, PlanError,
        check::{Flaw, check},
    },
    session::SessionError,
};

use super::{
    decisions::decision,
    restarts::{Meddler, reboots},
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
        let found = check(&forged).expect_err("the limit is lower").0;
        let is_found = |flaw: &Flaw| matches!(flaw, Flaw::FleetsTooLarge { group: None, .. });
        assert!(found.iter().any(is_found), "{found:?}");
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

/// Whoever destroys a project did not ask for more restarts at once than its limits allow.
#[test]
fn the_limits_hold_for_a_destroy_too() {
    let scene = limited("{restartsPerRun: 2, deletesPerRun: 1, unavailable: 1}");
    for _ in 0..3 {
        scene.run(false, Vec::new()).outcome.expect("it comes to its end");
    }
    let plan = scene.plan(true);
    assert!(plan.summary.instances_restarted <= 2 && plan.summary.pairs_deleted <= 1, "{plan:?}");
    assert_eq!(plan.limits[0].unavailable_max, 1);
    for _ in 0..7 {
        scene.run(true, Vec::new()).outcome.expect("it comes to its end");
    }
    assert!(scene.plan(true).is_empty() && scene.end().pairs.is_empty());
}

/// An instance counts from its restart until it has settled, in every fleet that shares a limit with
/// its own (L9): it is Running again long before.
#[test]
fn an_instance_that_settles_counts_when_a_wave_of_another_fleet_begins() {
    let shared = [
        ("when: now, settle: 5m", "  limits: {unavailable: 2}\n"),
        ("when: now, settle: 5m, maxUnavailable: 2, group: tier", ""),
    ];
    for (policy, limits) in shared {
        let fleet = |pair, instance| {
            bound(pair, instance).replace("]}", &format!("], restart: {{{policy}}}}}"))
        };
        let cat = fleet("cat", "i-3");
        let mut scene = Scene::new(&cat);
        scene.write("keyform.yaml", &format!("{PROJECT}{limits}"));
        scene.apply(false);
        scene.write("web.yaml", &[fleet("ant", "i-1"), fleet("bee", "i-2"), cat].join("---\n"));
        let (other, restarts) = (scene.clone(), AtomicUsize::new(0));
        let began = scene.clock.now();
        let ran = scene.run_with(|inner| Meddler {
            inner,
            before: move |request: &Request| match request {
                // From the first wave on a person keeps an instance of the third fleet down.
                Request::AttachKeyPair { .. } if other.clock.now() == began => {
                    other.happen(Fact::Restarted {
                        region: region(),
                        instance_ids: vec![InstanceId::new("i-3")],
                        milliseconds: 100_000,
                        lag_milliseconds: 0,
                        moves_start_time: true,
                        by: Actor::Person,
                    });
                }
                Request::RebootInstances { .. } if restarts.fetch_add(1, Ordering::SeqCst) == 1 => {
                    let waited = other.clock.now().since(began).as_secs();
                    assert!(waited >= 100, "two are down, and a third after {waited} s");
                }
                _ => {}
            },
        });
        assert_eq!(reboots(&ran), 2);
        assert!(scene.plan(false).is_empty());
    }
}

/// How many fleets begin without waiting for another one.
fn beside(scene: &Scene) -> usize {
    let plan = scene.plan(false);
    let is_gate = |id: &StepId| matches!(plan.steps[*id].action, Action::Gate { .. });
    let first =
        plan.steps.iter().filter(|step| matches!(step.action, Action::Attach { wave: 1, .. }));
    first.filter(|step| !step.after.iter().any(is_gate)).count()
}

#[test]
fn fleets_run_beside_one_another_as_far_as_the_limit_allows() {
    for most in 1..=5 {
        assert_eq!(beside(&limited(&format!("{{unavailable: {most}}}"))), most.min(4));
    }
}

/// What comes after a large fleet, in its place, takes the whole of that place.
#[test]
fn a_small_fleet_behind_a_large_one_makes_no_room() {
    let two = "[i-4, i-5], restart: {when: now, maxUnavailable: 2}";
    let large = bound("ant", "i-4, i-5").replace("[i-4, i-5]", two);
    let mut scene = limited("{unavailable: 2}");
    scene.write("web.yaml", &[large, bound("bee", "i-1"), bound("cat", "i-2")].join("---\n"));
    assert_eq!(beside(&scene), 1);
}

#[test]
fn a_wave_that_is_larger_than_the_project_allows_is_found() {
    let two = "[i-4, i-5], restart: {when: now, maxUnavailable: 2}";
    let mut scene = limited("{unavailable: 2}");
    scene.write("web.yaml", &bound("dog", "i-4, i-5").replace("[i-4, i-5]", two));
    let mut plan = scene.plan(false);
    plan.limits[0].unavailable_max = 1;
    let found = check(&plan).expect_err("the limit is lower").0;
    let wanted = Flaw::FleetsTooLarge { region: region(), group: None, instances: 2, allowed: 1 };
    assert!(found.contains(&wanted), "{found:?}");
}

#[test]
fn fleets_of_which_nothing_changes_are_told_where_a_limit_counts_them() {
    for (limits, told) in [("{unavailable: 2}", 4), ("{restartsPerRun: 9}", 0)] {
        let scene = limited(limits);
        scene.apply(false);
        let plan = scene.plan(false);
        assert_eq!((plan.fleets.len(), plan.summary.waves.len()), (told, 0), "{plan:#?}");
    }
}

#[test]
fn what_may_be_down_is_counted_region_by_region() {
    let share = "restart: {when: now, maxUnavailable: \"100%\"}";
    let binding = |name: &str, region: &str, instances: &str| {
        format!(
            "---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: {name}}}\nspec: \
             {{keyPair: web, region: {region}, instances: [{instances}], {share}}}\n"
        )
    };
    let pair = "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: web}\n".to_owned();
    let (here, there) = ("cn-hangzhou", "cn-beijing");
    let bindings = binding("here", here, "i-1, i-2, i-3, i-4") + &binding("there", there, "i-5");
    let mut scene = limited("{unavailable: \"50%\"}");
    scene.write("web.yaml", &(pair + &bindings));
    let project = PROJECT.replace(here, "cn-hangzhou, cn-beijing");
    scene.write("keyform.yaml", &format!("{project}  limits: {{unavailable: \"50%\"}}\n"));
    let more = "  - {id: i-4, region: cn-hangzhou, name: four}\n  - {id: i-5, region: \
                cn-beijing, name: five}\n";
    scene.write("inventory.yaml", &format!("{INVENTORY}{more}"));
    let plan = scene.plan(false);
    let most: Vec<_> = plan.fleets.iter().map(|fleet| fleet.unavailable_max).collect();
    assert_eq!(most, [2, 1], "{plan:#?}");
}

/// A Stopped instance is bound and not restarted, wherever it stands among the others.
#[test]
fn what_is_only_bound_is_not_counted_as_a_restart() {
    let scene = limited("{restartsPerRun: 1}");
    let instance_ids = vec![InstanceId::new("i-1")];
    scene.happen(Fact::Stopped { region: region(), instance_ids });
    let summary = scene.plan(false).summary;
    assert_eq!((summary.instances_bound, summary.instances_restarted), (2, 1));
}

/// A quota that the service has raised for an account is none of our business, until a plan makes
/// more.
#[test]
fn a_region_that_has_more_than_500_pairs_is_only_refused_a_new_one() {
    let scene = Scene::new(&bound("web", "i-1"));
    scene.apply(false);
    for number in 0..500 {
        scene.happen(Fact::Imported {
            resource_group_id: String::new(),
            region: region(),
            key_pair_name: CloudName::new(format!("theirs-{number}")),
            fingerprint: persons_key(0).fingerprint(),
            told: None,
            public_key: persons_key(0).openssh().to_owned(),
            tags: Tags::new(),
        });
    }
    assert!(scene.plan(false).is_empty());
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
            resource_group_id: None,
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
    let error = scene.try_plan(false, false).expect_err("it is full");
    let full = PlanError::QuotaExceeded { region: region(), present: 500, new: 1, maximum: 500 };
    assert!(matches!(&error, SessionError::Plan(found) if *found == full), "{error}");
    // A pair that is lost is deleted before it is made again.
    scene.write("web.yaml", &bound("ops", ""));
    scene.apply(true);
    scene.apply(false);
    scene.import_foreign("theirs-last");
    scene.lose_state();
    scene.remove("keys/ops.pem");
    scene.apply(false);
}
