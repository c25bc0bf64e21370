//! keyform reads answers that have each field of the SDK's models, and those shaped as the samples of
//! the API reference.

use keyform::{
    ecs::{DescribeInstances, ItemResult, PairOptions, Request, Response, wire},
    model::{CloudName, InstanceId, InstanceStatus, Region, ServiceTime},
};
use serde_json::{Value, json};

use super::script;

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

fn requests() -> Vec<Request> {
    let name = || CloudName::new("web");
    let ids = || vec![InstanceId::new("i-1")];
    vec![
        Request::DescribeKeyPairs {
            region: region(),
            key_pair_name: None,
            page_number: 1,
            page_size: 50,
            options: PairOptions::default(),
        },
        Request::ImportKeyPair {
            region: region(),
            key_pair_name: name(),
            public_key_body: String::new(),
            tags: Default::default(),
            resource_group_id: None,
        },
        Request::CreateKeyPair {
            region: region(),
            key_pair_name: name(),
            tags: Default::default(),
            resource_group_id: None,
        },
        Request::JoinResourceGroup {
            region: region(),
            key_pair_name: name(),
            resource_group_id: "rg-1".to_owned(),
        },
        Request::RebootInstance {
            region: Some(region()),
            instance_id: InstanceId::new("i-1"),
            force_stop: false,
            dry_run: false,
        },
        Request::DeleteKeyPairs { region: region(), key_pair_names: vec![name()] },
        Request::AttachKeyPair { region: region(), key_pair_name: name(), instance_ids: ids() },
        Request::DetachKeyPair { region: region(), key_pair_name: name(), instance_ids: ids() },
        Request::DescribeInstances(DescribeInstances::all(region())),
        Request::RebootInstances {
            region: region(),
            instance_ids: ids(),
            force_reboot: false,
            batch: Default::default(),
        },
        Request::TagResources {
            region: region(),
            key_pair_names: vec![name()],
            tags: Default::default(),
        },
        Request::UntagResources {
            region: region(),
            key_pair_names: vec![name()],
            tag_keys: Vec::new(),
            all: true,
        },
    ]
}

#[track_caller]
fn read(action: &str, body: &Value) -> Response {
    let requests = requests();
    let request = requests.iter().find(|one| one.operation() == action).expect("keyform calls it");
    wire::read_answer(request, body.to_string().as_bytes()).unwrap_or_else(|error| {
        panic!("{action}: {error}: {body:#}");
    })
}

#[test]
fn with_every_field_of_the_models_are_read() {
    let requests = requests();
    let actions: Vec<_> = requests.iter().map(Request::operation).collect();
    let bodies: Value =
        serde_json::from_str(&script("answers.py", &actions, "")).expect("it prints JSON");
    for action in actions {
        match read(action, &bodies[action]) {
            Response::KeyPairs(page) => {
                let pair = &page.key_pairs[0];
                assert_eq!(pair.key_pair_name.as_str(), "a KeyPairName");
                assert_eq!(pair.key_pair_finger_print, "a KeyPairFingerPrint");
                assert_eq!(pair.creation_time, ServiceTime::parse("2026-11-30T08:15Z"));
                assert_eq!(pair.tags["a TagKey"], "a TagValue");
                assert_eq!(pair.resource_group_id, "a ResourceGroupId");
                assert_eq!((page.total_count, page.key_pairs.len()), (1, 1));
            }
            Response::Created { key_pair_id, fingerprint, private_key } => {
                assert_eq!(key_pair_id, "a KeyPairId");
                assert_eq!(fingerprint, "a KeyPairFingerPrint");
                assert_eq!(private_key.text(), "a PrivateKeyBody");
            }
            Response::Imported { fingerprint } => assert_eq!(fingerprint, "a KeyPairFingerPrint"),
            Response::Items(items) => {
                assert_eq!(items[0].instance_id.as_str(), "a InstanceId");
                // The model has a text for `Success`, which the script answers with `false`.
                let is_binding = action != "RebootInstances";
                assert_eq!(items[0].result != ItemResult::Success, is_binding, "{action}");
            }
            Response::Instances(page) => {
                let instance = &page.instances[0];
                assert_eq!(instance.instance_id.as_str(), "a InstanceId");
                assert_eq!(instance.status, InstanceStatus::Running);
                assert_eq!(instance.os_type, "a OSType");
                assert_eq!(instance.key_pair_name, "a KeyPairName");
                assert_eq!(instance.instance_type_family, "a InstanceTypeFamily");
                assert!(instance.io_optimized);
                assert_eq!(instance.start_time, ServiceTime::parse("2026-11-30T08:15Z"));
                assert_eq!(instance.tags["a TagKey"], "a TagValue");
                assert_eq!(instance.lock_reasons, ["a LockReason"]);
                assert_eq!(instance.private_address.as_deref(), Some("a IpAddress"));
                assert_eq!(instance.public_address.as_deref(), Some("a IpAddress"));
                assert_eq!(page.next_token, None);
            }
            Response::Done => {}
            other => panic!("{action}: {other:?}"),
        }
    }
}

/// The reference tells of `Success`, `Code` and the counts as texts, and its samples have booleans
/// and numbers (ecs-api: AttachKeyPair, 2024 and 2026).
#[test]
fn of_a_bind_are_read_in_each_form_of_the_samples() {
    let results = |success: Value, code: Value| {
        json!({
            "RequestId": "473469C7-0000-0000-0000-000000000001", "KeyPairName": "web",
            "TotalCount": 2, "FailCount": "1", "Results": {"Result": [
                {"InstanceId": "i-1", "Success": success, "Code": code, "Message": "successful"},
                {
                    "InstanceId": "i-2", "Success": "false", "Message": "windows",
                    "Code": "DependencyViolation.WindowsInstance",
                },
            ]},
        })
    };
    for (success, code) in
        [(json!(true), json!("200")), (json!("true"), json!(200)), (json!("true"), json!("200"))]
    {
        for action in ["AttachKeyPair", "DetachKeyPair"] {
            let Response::Items(items) = read(action, &results(success.clone(), code.clone()))
            else {
                panic!("{action}")
            };
            assert_eq!(items[0].result, ItemResult::Success, "{success} {code}");
            let ItemResult::Failure { code, .. } = &items[1].result else { panic!("{items:?}") };
            assert_eq!(code, "DependencyViolation.WindowsInstance");
        }
    }
}

/// The samples of DescribeKeyPairs and DescribeInstances, field for field, with values of our own: an
/// instance has more fields than keyform reads, and a list may be missing.
#[test]
fn of_listings_are_read_as_the_samples_have_them() {
    let pairs = json!({
        "PageNumber": 1, "PageSize": 1, "TotalCount": 1,
        "RequestId": "473469C7-0000-0000-0000-000000000002",
        "KeyPairs": {"KeyPair": [{
            "CreationTime": "2026-09-04T08:33Z", "KeyPairName": "web", "PublicKey": "ssh-rsa AAAA",
            "KeyPairFingerPrint": "89:f0:ba:62:ac:b8:aa:e1:61:5e:fd:81:69:86:6d:6b",
            "ResourceGroupId": "", "Tags": {"Tag": [{"TagKey": "team", "TagValue": "web"}]},
        }]},
    });
    let Response::KeyPairs(page) = read("DescribeKeyPairs", &pairs) else { panic!("pairs") };
    assert_eq!(page.key_pairs[0].creation_time, ServiceTime::parse("2026-09-04T08:33Z"));
    let bare = json!({"TotalCount": 1, "KeyPairs": {"KeyPair": [{"KeyPairName": "web"}]}});
    let Response::KeyPairs(page) = read("DescribeKeyPairs", &bare) else { panic!("pairs") };
    assert!(page.key_pairs[0].tags.is_empty());

    let instances = json!({
        "RequestId": "473469C7-0000-0000-0000-000000000003", "NextToken": "caeba0bbb2be03f8",
        "PageNumber": 1, "PageSize": 10, "TotalCount": 1, "Instances": {"Instance": [{
            "InstanceId": "i-1", "InstanceName": "web-1", "HostName": "web-1", "Status": "Running",
            "OSType": "linux", "OSName": "Alibaba Cloud Linux 3", "IoOptimized": true,
            "InstanceType": "ecs.g7.large", "InstanceTypeFamily": "ecs.g7", "KeyPairName": "web",
            "StartTime": "2026-11-30T08:15Z", "CreationTime": "2026-11-01T08:00Z", "Memory": 8192,
            "Cpu": 2, "RegionId": "cn-hangzhou", "ZoneId": "cn-hangzhou-b", "Recyclable": false,
            "DeletionProtection": false, "EipAddress": {"IpAddress": "", "Bandwidth": 0},
            "PublicIpAddress": {"IpAddress": ["203.0.113.7"]}, "InnerIpAddress": {"IpAddress": []},
            "VpcAttributes": {
                "PrivateIpAddress": {"IpAddress": ["10.0.0.1"]}, "VpcId": "vpc-1",
                "VSwitchId": "vsw-1", "NatIpAddress": "",
            },
            "OperationLocks": {"LockReason": []}, "Tags": {"Tag": []}, "ExpiredTime": "",
            "SecurityGroupIds": {"SecurityGroupId": ["sg-1"]}, "GPUAmount": 0, "GPUSpec": "",
            "MetadataOptions": {"HttpTokens": "", "HttpEndpoint": ""},
        }]},
    });
    let Response::Instances(page) = read("DescribeInstances", &instances) else { panic!("page") };
    assert_eq!(page.next_token.as_deref(), Some("caeba0bbb2be03f8"));
    assert_eq!(page.instances[0].public_address.as_deref(), Some("203.0.113.7"));
    assert_eq!(page.instances[0].private_address.as_deref(), Some("10.0.0.1"));
    let restarted = json!({"RequestId": "1", "InstanceResponses": {"InstanceResponse": [{
        "Code": "200", "Message": "success", "InstanceId": "i-1", "CurrentStatus": "Stopping",
        "PreviousStatus": "Running",
    }]}});
    let Response::Items(items) = read("RebootInstances", &restarted) else { panic!("items") };
    assert_eq!(items[0].result, ItemResult::Success);
}
