//! The filters of DescribeInstances, and pages by their number.

use crate::{
    ecs::{Code, InstanceFilters, NumberedPage, Request, TagFilter},
    emulator::example::{Cloud, at, instance, inventory_of, list_instances, reboot, tags},
    model::{
        InstanceStatus::{Running, Stopped, Stopping},
        inventory::InventoryInstance,
    },
};

/// `i-1` restarts, `i-2` has addresses and tags, `i-3` is of another type and Stopped.
fn cloud() -> Cloud {
    let mut cloud = Cloud::new(inventory_of(vec![
        instance("i-1"),
        InventoryInstance {
            name: "db-main".to_owned(),
            private_address: Some("10.0.0.2".to_owned()),
            public_address: Some("192.0.2.2".to_owned()),
            tags: tags(&[("role", "db"), ("tier", "1")]),
            ..instance("i-2")
        },
        InventoryInstance {
            instance_type: "ecs.s2.large".to_owned(),
            instance_type_family: "ecs.s2".to_owned(),
            io_optimized: false,
            status: Stopped,
            ..instance("i-3")
        },
    ]));
    cloud.done(at(0), &reboot(&["i-1"]));
    cloud
}

fn found(filters: InstanceFilters) -> String {
    let page =
        cloud().instances(at(0), crate::ecs::DescribeInstances { filters, ..list_instances() });
    let ids: Vec<_> = page.instances.iter().map(|one| one.instance_id.as_str()).collect();
    ids.join(" ")
}

#[test]
fn instances_are_found_by_each_filter_and_all_must_hold() {
    let text = |text: &str| Some(text.to_owned());
    let tag = |key: &str, value: Option<&str>| TagFilter {
        key: key.to_owned(),
        value: value.map(str::to_owned),
    };
    let none = InstanceFilters::default;
    for (filters, expected) in [
        (none(), "i-1 i-2 i-3"),
        (InstanceFilters { status: Some(Running), ..none() }, "i-2"),
        (InstanceFilters { status: Some(Stopping), ..none() }, "i-1"),
        (InstanceFilters { instance_name: text("*-name"), ..none() }, "i-1 i-3"),
        (InstanceFilters { instance_name: text("db*"), ..none() }, "i-2"),
        (InstanceFilters { instance_type: text("ecs.s2.large"), ..none() }, "i-3"),
        (InstanceFilters { instance_type_family: text("ecs.g7"), ..none() }, "i-1 i-2"),
        (InstanceFilters { io_optimized: Some(false), ..none() }, "i-3"),
        (InstanceFilters { zone_id: text("cn-hangzhou-a"), ..none() }, "i-1 i-2 i-3"),
        (InstanceFilters { zone_id: text("cn-hangzhou-b"), ..none() }, ""),
        (InstanceFilters { resource_group_id: text("rg-a1"), ..none() }, ""),
        (InstanceFilters { private_addresses: vec!["10.0.0.2".to_owned()], ..none() }, "i-2"),
        (InstanceFilters { public_addresses: vec!["192.0.2.9".to_owned()], ..none() }, ""),
        (InstanceFilters { tags: vec![tag("role", None)], ..none() }, "i-1 i-2 i-3"),
        (InstanceFilters { tags: vec![tag("role", Some("db"))], ..none() }, "i-2"),
        (
            InstanceFilters {
                tags: vec![tag("role", Some("db"))],
                status: Some(Stopped),
                ..none()
            },
            "",
        ),
    ] {
        assert_eq!(found(filters.clone()), expected, "{filters:?}");
    }
}

#[test]
fn a_page_can_be_asked_for_by_its_number() {
    let request = |number, size| crate::ecs::DescribeInstances {
        page: Some(NumberedPage { number, size }),
        ..list_instances()
    };
    for (number, size, expected) in
        [(1, 2, "i-1 i-2"), (2, 2, "i-3"), (3, 2, ""), (1, 100, "i-1 i-2 i-3")]
    {
        let page = cloud().instances(at(0), request(number, size));
        let ids: Vec<_> = page.instances.iter().map(|one| one.instance_id.as_str()).collect();
        assert_eq!((ids.join(" ").as_str(), page.total_count), (expected, Some(3)));
        assert_eq!(page.next_token.is_some(), (number, size) == (1, 2), "the newer form goes on");
    }
    for (number, size) in [(0, 10), (1, 0), (1, 101)] {
        let refusal = cloud().refusal(at(0), &Request::DescribeInstances(request(number, size)));
        assert_eq!(refusal, (400, Code::PARAMETER.to_owned()));
    }
}

#[test]
fn only_a_page_by_its_number_counts_all_that_match() {
    assert_eq!(cloud().instances(at(0), list_instances()).total_count, None);
}
