//! Bindings of a group share what may be down, besides what the project allows.

use keyform::{
    ecs::Request,
    model::{InstanceId, InstanceStatus},
    plan::check::{Flaw, check},
};

use super::{report, with_policy};
use crate::laws::{
    decisions::decision,
    restarts::Meddler,
    scene::{INVENTORY, PROJECT, Scene, instances, region},
};

/// Three bindings of an instance each and one of two, all of one group.
fn grouped(budgets: [&str; 4], limits: &str) -> Scene {
    let fleets = [("ant", "i-1"), ("bee", "i-2"), ("cat", "i-3"), ("dog", "i-4, i-5")];
    let manifests = fleets.iter().zip(budgets).map(|((pair, instances), budget)| {
        let policy = format!("when: now, group: tier, maxUnavailable: {budget}");
        with_policy(pair, instances, &policy)
    });
    let mut scene = Scene::new(&manifests.collect::<Vec<_>>().join("---\n"));
    let more = "  - {id: i-4, region: cn-hangzhou, name: four}\n  - {id: i-5, region: \
                cn-hangzhou, name: five}\n";
    scene.write("inventory.yaml", &format!("{INVENTORY}{more}"));
    scene.write("keyform.yaml", &format!("{PROJECT}{limits}"));
    scene
}

decision!(bindings_of_a_group_run_one_after_the_other, grouped(["1", "3", "2", "4"], ""));

#[test]
fn bindings_of_a_group_share_what_may_be_down() {
    for (budgets, limits, most) in [
        (["1", "1", "1", "1"], "", 1),
        (["2", "\"50%\"", "3", "2"], "", 2),
        (["2", "\"40%\"", "3", "2"], "  limits: {unavailable: 1}\n", 1),
        (["2", "2", "2", "2"], "  limits: {unavailable: 3}\n", 2),
    ] {
        let scene = grouped(budgets, limits);
        let plan = scene.plan(false);
        let limit = plan.limits.iter().position(|limit| limit.group.is_some()).expect("a limit");
        let mut forged = plan.clone();
        forged.limits[limit].unavailable_max = 0;
        let found = check(&forged).expect_err("the limit is lower").0;
        let is_too_large =
            |flaw: &Flaw| matches!(flaw, Flaw::FleetsTooLarge { group: Some(_), .. });
        assert!(found.iter().any(is_too_large), "{found:?}");
        forged.limits.remove(limit);
        let found = check(&forged).expect_err("the limit is gone").0;
        let is_unlimited = |flaw: &Flaw| matches!(flaw, Flaw::GroupUnlimited { .. });
        assert!(found.iter().any(is_unlimited), "{found:?}");
        let eye = scene.clone();
        let ran = scene.run_with(|inner| Meddler {
            inner,
            before: move |_: &Request| {
                let ids = instances().into_iter().chain(["i-4", "i-5"].map(InstanceId::new));
                let down = eye.world(|world, now| {
                    let status = |id: &InstanceId| world.status(now, &region(), id);
                    ids.filter(|id| status(id) != Some(InstanceStatus::Running)).count()
                });
                assert!(down <= most, "{down} are down together");
            },
        });
        assert!(report(&ran).1.is_complete());
        assert!(scene.plan(false).is_empty());
    }
}

#[test]
fn a_group_of_one_binding_is_as_if_it_had_none() {
    let policy = "when: now, group: tier, maxUnavailable: 1";
    assert_eq!(Scene::new(&with_policy("web", "i-1, i-2", policy)).plan(false).limits, []);
}

/// A fleet behind the others of its group leaves room for the fleets beside them.
#[test]
fn a_fleet_of_a_group_leaves_room_for_those_beside_its_group() {
    let mut scene = grouped(["1", "1", "1", "1"], "  limits: {unavailable: 2}\n");
    let manifests = [
        with_policy("ant", "i-1", "when: now, maxUnavailable: 2, group: tier"),
        with_policy("bee", "i-2", "when: now, maxUnavailable: 1"),
        with_policy("cat", "i-4, i-5", "when: now, maxUnavailable: 2, group: tier"),
    ];
    scene.write("web.yaml", &manifests.join("---\n"));
    let plan = scene.plan(false);
    let cat = plan.fleets.iter().find(|fleet| fleet.binding.as_str() == "cat-fleet");
    assert_eq!(cat.map(|fleet| (fleet.unavailable_max, fleet.waves)), Some((1, 2)), "{plan:#?}");
}

/// A group in one lane of the project's limit, and others beside it and behind it.
#[test]
fn the_limits_of_a_group_and_of_the_project_hold_together() {
    for unavailable in 1..=5 {
        let limits = format!("  limits: {{unavailable: {unavailable}}}\n");
        let mut scene = grouped(["1", "1", "1", "1"], &limits);
        let text = |pair: &str, instances: &str, group: &str| {
            with_policy(pair, instances, &format!("when: now, maxUnavailable: 2{group}"))
        };
        let manifests = [
            text("ant", "i-1", ", group: tier"),
            text("bee", "i-2", ""),
            text("cat", "i-3", ", group: tier"),
            text("dog", "i-4", ", group: other"),
            text("elk", "i-5", ", group: other"),
        ];
        scene.write("web.yaml", &manifests.join("---\n"));
        scene.plan(false);
        scene.apply(false);
    }
}
