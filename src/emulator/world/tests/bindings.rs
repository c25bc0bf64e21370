//! Binding and unbinding: what refuses a call, and what an item.

use crate::{
    ecs::{Code, Request},
    emulator::example::{
        Cloud, P256, RSA, at, attach, detach, far, ids, import, inventory, name, reboot,
    },
    model::InstanceStatus::{Running, Stopped},
};

fn cloud() -> Cloud {
    let mut cloud = Cloud::new(inventory());
    cloud.done(at(0), &import("web", RSA));
    cloud.done(at(0), &import("ops", P256));
    cloud
}

type Call = fn(&str, &[&str]) -> Request;

#[test]
fn a_call_is_refused_as_a_whole_for_its_pair_and_its_number_of_instances() {
    let calls: [Call; 2] = [attach, detach];
    for call in calls {
        let mut cloud = cloud();
        for (request, status, code) in [
            (call("web", &[]), 400, Code::INSTANCE_IDS_UNSUPPORTED),
            (call("web", &["i-1"; 51]), 403, Code::KEY_PAIR_LIMIT),
            (call("missing", &["i-1"]), 400, Code::KEY_PAIR_NOT_FOUND),
        ] {
            assert_eq!(cloud.refusal(at(1), &request), (status, code.to_owned()), "{request:?}");
        }
    }
}

#[test]
fn items_fail_by_themselves_and_the_others_are_done() {
    let all = ["i-1", "i-missing", "i-far", "i-windows", "i-old", "i-stopped", "i-2"];
    let mut cloud = cloud();
    cloud.done(at(1), &reboot(&["i-2"]));
    for (call, io_optimized) in [(attach as Call, Code::IO_OPTIMIZED), (detach as Call, "ok")] {
        let items = cloud.items(at(2), &call("web", &all));
        let expected = [
            ("i-1", "ok"),
            ("i-missing", Code::INSTANCE_NOT_FOUND),
            ("i-far", Code::INSTANCE_NOT_FOUND),
            ("i-windows", Code::WINDOWS),
            ("i-old", io_optimized),
            ("i-stopped", "ok"),
            ("i-2", Code::INSTANCE_STATUS),
        ];
        let expected = expected.map(|(id, result)| (id.to_owned(), result.to_owned()));
        assert_eq!(items, expected);
    }
    let bound = |cloud: &Cloud, id| cloud.state(at(3), id).1;
    assert_eq!([bound(&cloud, "i-1"), bound(&cloud, "i-stopped")], ["", ""], "both came off again");
    cloud.call(at(3), &attach("web", &all)).expect("items only");
    for (id, expected) in [("i-1", "web"), ("i-stopped", "web"), ("i-windows", ""), ("i-2", "")] {
        assert_eq!(bound(&cloud, id), expected, "{id}");
    }
}

#[test]
fn fifty_instances_are_one_call_and_a_repeated_one_is_one_item() {
    let mut cloud = cloud();
    let items = cloud.items(at(1), &attach("web", &["i-1"; 50]));
    assert_eq!(items, [("i-1".to_owned(), "ok".to_owned())]);
}

#[test]
fn binding_another_pair_replaces_the_first() {
    let mut cloud = cloud();
    cloud.done(at(1), &attach("web", &["i-1"]));
    cloud.done(at(2), &attach("ops", &["i-1"]));
    assert_eq!(cloud.state(at(3), "i-1"), (Running, "ops".to_owned(), "password".to_owned()));
}

#[test]
fn unbinding_from_a_pair_that_is_not_bound_changes_nothing() {
    let mut cloud = cloud();
    cloud.done(at(1), &attach("web", &["i-1"]));
    let (_, events) = cloud.0.decide(at(2), &detach("ops", &["i-1", "i-2"])).expect("items only");
    assert_eq!(events, []);
    cloud.done(at(2), &detach("ops", &["i-1", "i-2"]));
    assert_eq!(cloud.state(at(3), "i-1").1, "web");
}

#[test]
fn what_is_done_already_succeeds_without_an_event() {
    let mut cloud = cloud();
    cloud.done(at(1), &attach("web", &["i-1"]));
    let (_, events) = cloud.0.decide(at(2), &attach("web", &["i-1"])).expect("items only");
    assert_eq!(events, []);
}

#[test]
fn a_pair_and_its_instances_share_a_region() {
    let mut cloud = cloud();
    let (key_pair_name, instance_ids) = (name("web"), ids(&["i-far"]));
    let there = Request::AttachKeyPair { region: far(), key_pair_name, instance_ids };
    assert_eq!(cloud.refusal(at(1), &there), (400, Code::KEY_PAIR_NOT_FOUND.to_owned()));
}

#[test]
fn a_stopped_instance_stays_stopped_when_it_is_bound() {
    let mut cloud = cloud();
    cloud.done(at(1), &attach("web", &["i-stopped"]));
    let expected = (Stopped, "web".to_owned(), "password".to_owned());
    assert_eq!(cloud.state(at(1_000_000), "i-stopped"), expected);
}
