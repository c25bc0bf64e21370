//! DescribeInstances: filters, pages, tokens.

use crate::{
    ecs::{Code, DescribeInstances, Instance, InstancePage, Request},
    emulator::example::{
        Cloud, RSA, at, attach, far, id, ids, import, instance, inventory, inventory_of,
        list_instances, name, tags,
    },
    model::{InstanceStatus, ServiceTime},
};

fn listed(page: &InstancePage) -> Vec<&str> {
    page.instances.iter().map(|instance| instance.instance_id.as_str()).collect()
}

/// 25 instances, `i-00` to `i-24`; every other one is bound to `web`.
fn fleet() -> Cloud {
    let instances = (0..25).rev().map(|number| instance(&format!("i-{number:02}")));
    let mut cloud = Cloud::new(inventory_of(instances.collect()));
    cloud.done(at(0), &import("web", RSA));
    for number in (0..25).step_by(2) {
        cloud.done(at(0), &attach("web", &[&format!("i-{number:02}")]));
    }
    cloud
}

fn read_all(cloud: &mut Cloud, mut request: DescribeInstances) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    loop {
        let page = cloud.instances(at(1), request.clone());
        pages.push(listed(&page).into_iter().map(str::to_owned).collect());
        match page.next_token {
            Some(token) => request.next_token = Some(token),
            None => return pages,
        }
    }
}

#[test]
fn an_instance_is_told_as_the_inventory_has_it() {
    let mut cloud = Cloud::new(inventory());
    cloud.done(at(0), &import("web", RSA));
    cloud.done(at(0), &attach("web", &["i-1"]));
    let page = cloud.instances(at(0), list_instances());
    let told = Instance {
        instance_id: id("i-1"),
        instance_name: "i-1-name".to_owned(),
        status: InstanceStatus::Running,
        os_type: "linux".to_owned(),
        instance_type: "ecs.g7.large".to_owned(),
        zone_id: "cn-hangzhou-a".to_owned(),
        instance_type_family: "ecs.g7".to_owned(),
        io_optimized: true,
        key_pair_name: "web".to_owned(),
        start_time: ServiceTime::parse("2026-01-01T00:00:00.000Z"),
        tags: tags(&[("role", "web")]),
        lock_reasons: Vec::new(),
        private_address: None,
        public_address: None,
    };
    assert_eq!(page.instances[0], told);
    assert_eq!(listed(&page), ["i-1", "i-2", "i-old", "i-stopped", "i-windows"]);
}

#[test]
fn pages_follow_each_other_in_the_order_of_ids_without_gap_or_repeat() {
    let mut cloud = fleet();
    for (max_results, sizes) in
        [(10, vec![10, 10, 5]), (25, vec![25]), (24, vec![24, 1]), (100, vec![25])]
    {
        let pages = read_all(&mut cloud, DescribeInstances { max_results, ..list_instances() });
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "{max_results} a page");
        let expected: Vec<_> = (0..25).map(|number| format!("i-{number:02}")).collect();
        assert_eq!(pages.concat(), expected);
    }
}

#[test]
fn a_page_has_10_to_100_instances_whatever_is_asked_for() {
    let instances = (0..120).map(|number| instance(&format!("i-{number:03}")));
    let mut cloud = Cloud::new(inventory_of(instances.collect()));
    for (max_results, size) in [(0, 10), (9, 10), (11, 11), (100, 100), (101, 100), (9999, 100)] {
        let request = DescribeInstances { max_results, ..list_instances() };
        assert_eq!(cloud.instances(at(0), request).instances.len(), size, "{max_results}");
    }
}

#[test]
fn ids_and_the_bound_pair_filter_together_and_page_like_the_rest() {
    let mut cloud = fleet();
    let bound =
        DescribeInstances { key_pair_name: Some(name("web")), max_results: 10, ..list_instances() };
    let pages = read_all(&mut cloud, bound.clone());
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 3]);
    let of_ids = DescribeInstances {
        instance_ids: Some(ids(&["i-04", "i-03", "i-00", "i-04", "i-missing"])),
        ..bound
    };
    assert_eq!(read_all(&mut cloud, of_ids), [["i-00", "i-04"]]);
    let all_ids = (0..25).map(|number| id(&format!("i-{number:02}"))).collect();
    let by_id =
        DescribeInstances { instance_ids: Some(all_ids), max_results: 10, ..list_instances() };
    let sizes: Vec<_> = read_all(&mut cloud, by_id).iter().map(Vec::len).collect();
    assert_eq!(sizes, [10, 10, 5]);
}

#[test]
fn an_empty_list_of_ids_matches_nothing_and_an_empty_name_is_no_filter() {
    let mut cloud = fleet();
    let nothing = DescribeInstances { instance_ids: Some(Vec::new()), ..list_instances() };
    assert_eq!(listed(&cloud.instances(at(0), nothing)), Vec::<&str>::new());
    let all = DescribeInstances { key_pair_name: Some(name("")), ..list_instances() };
    assert_eq!(cloud.instances(at(0), all).instances.len(), 25);
}

#[test]
fn a_region_shows_only_its_own_and_an_unused_one_is_empty() {
    let mut cloud = Cloud::new(inventory());
    let there = DescribeInstances { region: far(), ..list_instances() };
    assert_eq!(listed(&cloud.instances(at(0), there.clone())), ["i-far"]);
    let of_here = DescribeInstances { instance_ids: Some(ids(&["i-1"])), ..there };
    assert_eq!(listed(&cloud.instances(at(0), of_here)), Vec::<&str>::new());
    let unused = crate::model::Region::new("eu-central-1").expect("a region");
    let unused = DescribeInstances { region: unused, ..list_instances() };
    assert_eq!(listed(&cloud.instances(at(0), unused)), Vec::<&str>::new());
}

#[test]
fn tokens_and_lists_that_nobody_told_are_refused() {
    let mut cloud = fleet();
    let first = DescribeInstances { max_results: 10, ..list_instances() };
    let token = cloud.instances(at(0), first.clone()).next_token.expect("a second page");
    assert!(!token.contains("i-"), "{token}");
    let elsewhere =
        DescribeInstances { region: far(), next_token: Some(token.clone()), ..first.clone() };
    let request = Request::DescribeInstances(elsewhere);
    assert_eq!(cloud.refusal(at(0), &request), (403, Code::NEXT_TOKEN.to_owned()));
    let mut damaged = token.clone();
    damaged.pop();
    for bad in ["i-09", "1", "zz", "é", "00000000", damaged.as_str(), &format!("{token}00")] {
        let request = DescribeInstances { next_token: Some(bad.to_owned()), ..first.clone() };
        let request = Request::DescribeInstances(request);
        assert_eq!(cloud.refusal(at(0), &request), (403, Code::NEXT_TOKEN.to_owned()), "{bad}");
    }
    let empty = DescribeInstances { next_token: Some(String::new()), ..first.clone() };
    assert_eq!(cloud.instances(at(0), empty), cloud.instances(at(0), first.clone()));
    let many = DescribeInstances { instance_ids: Some(ids(&["i-01"; 101])), ..first };
    let refusal = cloud.refusal(at(0), &Request::DescribeInstances(many));
    assert_eq!(refusal, (400, Code::INSTANCE_IDS_MALFORMED.to_owned()));
}
