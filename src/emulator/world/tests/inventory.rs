//! A world whose inventory has changed since its events.

use crate::{
    ecs::Request,
    emulator::{
        LoggedFact, World,
        example::{
            Cloud, P256, P256_PRINT, RSA, RSA_PRINT, at, attach, delete, id, import, inventory,
            reboot, region,
        },
    },
    model::{
        InstanceStatus::{Running, Starting},
        inventory::Inventory,
    },
};
use std::time::Duration;

/// The events of these calls, one a second, with the inventory that each call found.
fn history(calls: Vec<(Inventory, Request)>) -> Vec<LoggedFact> {
    let mut events: Vec<LoggedFact> = Vec::new();
    for (second, (inventory, request)) in (0..).zip(calls) {
        let world = replay(inventory, &events);
        let (_, new) = world.decide(at(second * 1000), &request).expect("the call succeeds");
        events.extend(new);
    }
    events
}

fn replay(inventory: Inventory, events: &[LoggedFact]) -> World {
    let mut world = World::new(inventory);
    events.iter().for_each(|event| world.apply(event));
    world
}

fn without_i_1() -> Inventory {
    let mut inventory = inventory();
    inventory.instances.retain(|instance| instance.id != id("i-1"));
    inventory
}

#[test]
fn an_instance_that_left_is_gone_and_one_that_returns_has_its_history() {
    let events = history(vec![
        (inventory(), import("web", RSA)),
        (inventory(), attach("web", &["i-1", "i-2"])),
        (inventory(), reboot(&["i-1", "i-2"])),
    ]);
    let left = replay(without_i_1(), &events);
    assert_eq!(left.guest(at(9000), &region(), &id("i-1")), None);
    assert_eq!(left.status(at(9000), &region(), &id("i-1")), None);
    assert_eq!(left.restarts(&region(), &id("i-1")).len(), 1);
    let returned = Cloud(replay(inventory(), &events));
    let expected = (Running, "web".to_owned(), RSA_PRINT.to_owned());
    assert_eq!(returned.state(at(9000), "i-1"), expected);
}

#[test]
fn a_pair_whose_instance_left_can_be_deleted_and_its_name_does_not_bind_it_again() {
    let events = history(vec![
        (inventory(), import("web", RSA)),
        (inventory(), attach("web", &["i-1"])),
        (inventory(), reboot(&["i-1"])),
        (without_i_1(), delete(&["web"])),
        (without_i_1(), import("web", P256)),
    ]);
    let mut cloud = Cloud(replay(inventory(), &events));
    let expected = (Running, String::new(), RSA_PRINT.to_owned());
    assert_eq!(cloud.state(at(9000), "i-1"), expected, "what is in effect stays so");
    cloud.done(at(9000), &attach("web", &["i-1"]));
    cloud.done(at(9001), &reboot(&["i-1"]));
    assert_eq!(cloud.state(at(9999), "i-1").2, P256_PRINT);
}

#[test]
fn a_restart_takes_as_long_as_it_took_when_it_was_asked_for() {
    let events = history(vec![(inventory(), reboot(&["i-1"]))]);
    let slower = Inventory { restart_time: Duration::from_secs(3600), ..inventory() };
    let cloud = Cloud(replay(slower, &events));
    assert_eq!(cloud.state(at(199), "i-1").0, Starting);
    assert_eq!(cloud.state(at(200), "i-1").0, Running);
}

#[test]
fn facts_of_the_inventory_are_taken_over_and_new_instances_appear() {
    let events = history(vec![
        (without_i_1(), import("web", RSA)),
        (without_i_1(), attach("web", &["i-2"])),
    ]);
    let mut changed = inventory();
    for instance in &mut changed.instances {
        instance.name = format!("renamed {}", instance.id);
        instance.private_address = Some(format!("10.0.0.{}", instance.id.as_str().len()));
    }
    let mut cloud = Cloud(replay(changed, &events));
    let page = cloud.instances(at(9000), crate::emulator::example::list_instances());
    let told: Vec<_> = page
        .instances
        .iter()
        .map(|i| (i.instance_name.as_str(), i.key_pair_name.as_str()))
        .collect();
    assert_eq!(told[..2], [("renamed i-1", ""), ("renamed i-2", "web")]);
    assert_eq!(page.instances[1].private_address.as_deref(), Some("10.0.0.3"));
    assert_eq!(page.instances[1].public_address, None);
}

#[test]
fn the_same_history_has_the_same_request_ids() {
    let refused = || replay(inventory(), &[]).decide(at(0), &attach("missing", &["i-1"]));
    assert_eq!(refused(), refused());
}
