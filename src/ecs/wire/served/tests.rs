//! Calls and forms that the server takes, and keyform does not make.

use super::*;
use crate::{
    ecs::{
        DescribeInstances, TagFilter,
        wire::{read_request, write_request},
    },
    model::{CloudName, Region, Tags},
};

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn ids() -> Vec<InstanceId> {
    ["i-1", "i-2"].map(InstanceId::new).to_vec()
}

fn tag_filters() -> Vec<TagFilter> {
    vec![
        TagFilter { key: "role".to_owned(), value: text("web") },
        TagFilter { key: "team".to_owned(), value: None },
    ]
}

fn of_pairs() -> Vec<Request> {
    let (region, name) = (region(), CloudName::new("web"));
    vec![
        Request::DescribeKeyPairs {
            region: region.clone(),
            key_pair_name: Some(CloudName::new("web*")),
            page_number: 1,
            page_size: 10,
            options: PairOptions {
                fingerprint: text("ab:cd"),
                resource_group_id: text("rg-a1"),
                tags: tag_filters(),
                include_public_key: true,
            },
        },
        Request::CreateKeyPair {
            region: region.clone(),
            key_pair_name: name.clone(),
            tags: Tags::from([("team".to_owned(), "a b/c".to_owned())]),
            resource_group_id: text("rg-a1"),
        },
        Request::ListTagResources {
            region: region.clone(),
            key_pair_names: vec![name.clone()],
            tags: tag_filters(),
            next_token: text("50"),
        },
        Request::JoinResourceGroup {
            region,
            key_pair_name: name,
            resource_group_id: "rg-a1".to_owned(),
        },
        Request::DescribeRegions,
    ]
}

fn of_instances() -> Vec<Request> {
    let region = region();
    let batch = BatchOptions { all_together: true, dry_run: true };
    let (page, instance_id) = (NumberedPage { number: 2, size: 20 }, InstanceId::new("i-1"));
    vec![
        Request::DescribeInstances(DescribeInstances {
            page: Some(page),
            max_results: 10,
            filters: InstanceFilters {
                status: Some(InstanceStatus::Running),
                instance_name: text("web*"),
                instance_type: text("ecs.g7.large"),
                instance_type_family: text("ecs.g7"),
                io_optimized: Some(true),
                zone_id: text("cn-hangzhou-a"),
                resource_group_id: text("rg-a1"),
                private_addresses: vec!["10.0.0.1".to_owned()],
                public_addresses: vec!["192.0.2.1".to_owned()],
                tags: tag_filters(),
            },
            ..DescribeInstances::all(region.clone())
        }),
        Request::DescribeInstanceStatus {
            region: region.clone(),
            instance_ids: ids(),
            zone_id: text("cn-hangzhou-a"),
            page,
        },
        Request::StartInstances { region: region.clone(), instance_ids: ids(), batch },
        Request::StopInstances { region, instance_ids: ids(), batch },
        Request::RebootInstance {
            region: None,
            instance_id: instance_id.clone(),
            force_stop: true,
            dry_run: false,
        },
        Request::StartInstance { region: None, instance_id: instance_id.clone(), dry_run: true },
        Request::StopInstance { region: None, instance_id, dry_run: false },
    ]
}

#[test]
fn what_the_server_takes_is_read_as_it_is_written() {
    for request in of_pairs().into_iter().chain(of_instances()) {
        assert_eq!(read_request(request.operation(), &write_request(&request)), Ok(request));
    }
}

/// The older clients name the region of a call for one instance; keyform's does so by the endpoint.
#[test]
fn the_region_of_a_call_for_one_instance_is_read_and_not_written() {
    for (operation, request) in [
        (
            "RebootInstance",
            Request::RebootInstance {
                region: Some(region()),
                instance_id: InstanceId::new("i-1"),
                force_stop: false,
                dry_run: false,
            },
        ),
        (
            "StopInstance",
            Request::StopInstance {
                region: Some(region()),
                instance_id: InstanceId::new("i-1"),
                dry_run: false,
            },
        ),
    ] {
        let pairs = [("RegionId", "cn-hangzhou"), ("InstanceId", "i-1")];
        let mut parameters = Parameters::default();
        pairs.iter().for_each(|(name, value)| parameters.put(name, value));
        assert_eq!(read_request(operation, &parameters), Ok(request.clone()));
        assert_eq!(write_request(&request).text("RegionId"), None);
    }
}
