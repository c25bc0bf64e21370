use super::*;
use crate::{
    emulator::{
        LoggedFact,
        example::{at, far, id, ids, inventory, region, tags},
    },
    model::InstanceStatus::{Running, Stopped},
};

fn command(verb: ConsoleVerb, instances: &[&str]) -> ConsoleCommand {
    ConsoleCommand {
        verb,
        instance_ids: ids(instances),
        region: None,
        add: Tags::new(),
        remove: Vec::new(),
    }
}

/// The world a second after the command.
fn after(command: &ConsoleCommand) -> World {
    let mut world = World::new(inventory());
    for fact in facts(&world, at(0), command).expect("it is done") {
        world.apply(&LoggedFact { at: at(0), fact });
    }
    world
}

#[test]
fn a_person_starts_stops_and_restarts_instances_wherever_they_are() {
    let status = |world: &World, region, instance| world.status(at(1000), &region, &id(instance));
    let stopped = after(&command(ConsoleVerb::Stop, &["i-1", "i-far"]));
    assert_eq!(status(&stopped, region(), "i-1"), Some(Stopped));
    assert_eq!(status(&stopped, far(), "i-far"), Some(Stopped));
    let started = after(&command(ConsoleVerb::Start, &["i-stopped"]));
    assert_eq!(status(&started, region(), "i-stopped"), Some(Running));
    let restarted = after(&command(ConsoleVerb::Reboot, &["i-1"]));
    let by = restarted.restarts(&region(), &id("i-1")).iter().map(|restart| restart.by);
    assert_eq!(by.collect::<Vec<_>>(), [Actor::Person]);
}

#[test]
fn a_released_instance_does_not_exist_any_more() {
    let world = after(&command(ConsoleVerb::Release, &["i-1"]));
    assert_eq!(world.status(at(1000), &region(), &id("i-1")), None);
    let again = facts(&world, at(1000), &command(ConsoleVerb::Release, &["i-1"]));
    assert_eq!(again.expect_err("it is gone").code(), "consoleNoInstance");
}

#[test]
fn tags_are_added_and_removed_in_one_command() {
    let tag = ConsoleCommand {
        add: tags(&[("keyform:hold", "2026-12-24T00:00:00Z")]),
        remove: vec!["role".to_owned()],
        ..command(ConsoleVerb::Tag, &["i-1"])
    };
    let request =
        crate::ecs::Request::DescribeInstances(crate::emulator::example::list_instances());
    let (response, _) = after(&tag).decide(at(1), &request).expect("a listing");
    let crate::ecs::Response::Instances(page) = response else { panic!("a listing") };
    assert_eq!(page.instances[0].tags, tag.add);
}

#[test]
fn one_instance_that_refuses_refuses_the_command() {
    let world = World::new(inventory());
    let elsewhere = ConsoleCommand { region: Some(far()), ..command(ConsoleVerb::Stop, &["i-1"]) };
    let empty = ConsoleCommand { add: tags(&[("", "x")]), ..command(ConsoleVerb::Tag, &["i-1"]) };
    for (command, code) in [
        (command(ConsoleVerb::Stop, &["i-1", "i-none"]), "consoleNoInstance"),
        (elsewhere, "consoleNoInstance"),
        (command(ConsoleVerb::Stop, &["i-1", "i-stopped"]), "consoleWrongStatus"),
        (command(ConsoleVerb::Start, &["i-1"]), "consoleWrongStatus"),
        (command(ConsoleVerb::Reboot, &["i-stopped"]), "consoleWrongStatus"),
        (empty, "consoleTagRefused"),
    ] {
        let error = facts(&world, at(0), &command).expect_err("it is refused");
        assert_eq!(error.code(), code, "{command:?}");
    }
}
