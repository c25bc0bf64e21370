//! Each error that the reference documents for the calls of keyform (and those that all calls have)
//! arrives as the SDK's own exception, with its code.

use std::sync::Arc;

use keyform::{
    driver::{Clock, SystemClock},
    ecs::{Request, Transport},
    emulator::{
        Local,
        server::{AccessKeys, Bounds, DEFAULT_ACCOUNT, Script, Server, Service},
    },
    model::{CloudName, InstanceId, Region, Tags, limits::KEY_PAIRS_MAX},
};
use serde_json::{Value, json};

use super::{drive::public_key, script};
use crate::emulator::client::cloud;

/// What no parameter brings about.
const SCRIPT: &str = "
faults:
- {call: DescribeRegions, times: always, effect: refuse, status: 500, code: InternalError}
- {call: StartInstance, times: always, effect: refuse, status: 403, code: Forbidden.RAM}
- {call: StopInstance, times: always, effect: throttle}
";

/// The server with a pair that is bound, a pair with as many tags as one can have, and a region with
/// as many pairs as one can have.
fn server() -> Server {
    let clock = SystemClock::new();
    let now = Arc::new(move || clock.now());
    let cloud = cloud(now.clone());
    for name in ["web", "full"] {
        import(&cloud, "cn-hangzhou", name);
    }
    let region = || Region::new("cn-hangzhou").expect("a region");
    call(
        &cloud,
        Request::AttachKeyPair {
            region: region(),
            key_pair_name: CloudName::new("web"),
            instance_ids: vec![InstanceId::new("i-1")],
        },
    );
    let tags: Tags = (0..20).map(|number| (format!("key-{number}"), String::new())).collect();
    let key_pair_names = vec![CloudName::new("full")];
    call(&cloud, Request::TagResources { region: region(), key_pair_names, tags });
    for number in 0..KEY_PAIRS_MAX {
        import(&cloud, "cn-shanghai", &format!("pair-{number}"));
    }
    let script = Script::read(SCRIPT).expect("a script");
    let (keys, account) = (AccessKeys::default(), DEFAULT_ACCOUNT.to_owned());
    let service = Service::new(cloud, now, keys, script, account);
    let address = "127.0.0.1:0".parse().expect("an address");
    Server::start(service, address, Bounds::default()).expect("a socket")
}

fn call(cloud: &Local, request: Request) {
    cloud.call(&request).expect("it is done");
}

fn import(cloud: &Local, region: &str, name: &str) {
    let request = Request::ImportKeyPair {
        region: Region::new(region).expect("a region"),
        key_pair_name: CloudName::new(name),
        public_key_body: public_key(),
        tags: Tags::new(),
        resource_group_id: None,
    };
    call(cloud, request);
}

/// Calls and the codes of their refusals. Lists are those of the models: `Tag` is one of `Key` and
/// `Value`.
fn cases() -> Vec<(&'static str, Value, &'static str)> {
    [of_making(), of_deleting_and_binding(), of_instances(), of_tags_and_all()].concat()
}

fn of_making() -> Vec<(&'static str, Value, &'static str)> {
    let key = public_key();
    vec![
        ("CreateKeyPair", json!({"KeyPairName": "1"}), "InvalidKeyPairName.Malformed"),
        ("CreateKeyPair", json!({"KeyPairName": "web"}), "KeyPair.AlreadyExist"),
        (
            "CreateKeyPair",
            json!({"KeyPairName": "new", "Tag": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}),
            "Duplicate.TagKey",
        ),
        (
            "CreateKeyPair",
            json!({"KeyPairName": "new", "Tag": [{"Key": "acs:a", "Value": "1"}]}),
            "InvalidTagKey.Malformed",
        ),
        (
            "CreateKeyPair",
            json!({"KeyPairName": "new", "Tag": [{"Key": "a", "Value": "http://b"}]}),
            "InvalidTagValue.Malformed",
        ),
        (
            "CreateKeyPair",
            json!({"RegionId": "cn-shanghai", "KeyPairName": "new"}),
            "QuotaExceed.KeyPair",
        ),
        (
            "CreateKeyPair",
            json!({"KeyPairName": "new", "ResourceGroupId": "none"}),
            "InvalidResourceGroup.NotFound",
        ),
        (
            "ImportKeyPair",
            json!({"KeyPairName": "web", "PublicKeyBody": key}),
            "KeyPair.AlreadyExist",
        ),
        (
            "ImportKeyPair",
            json!({"KeyPairName": "new", "PublicKeyBody": "ssh-ed25519 AAAA"}),
            "InvalidPublicKeyBody.Malformed",
        ),
        ("ImportKeyPair", json!({"KeyPairName": "new"}), "MissingParameter"),
        ("DescribeKeyPairs", json!({"RegionId": "cn-nowhere"}), "InvalidRegionId.NotFound"),
    ]
}

fn of_deleting_and_binding() -> Vec<(&'static str, Value, &'static str)> {
    let many = |count: usize| {
        let ids: Vec<_> = (0..count).map(|number| format!("i-{number}")).collect();
        json!(ids).to_string()
    };
    let mut cases = vec![
        ("DeleteKeyPairs", json!({}), "MissingParameter"),
        ("DeleteKeyPairs", json!({"KeyPairNames": "web"}), "InvalidKeyPairNames.ValueNotSupported"),
        (
            "DeleteKeyPairs",
            json!({"KeyPairNames": "[\"web\"]"}),
            "InvalidParameter.KeypairAlreadyAttachedInstance",
        ),
        ("DeleteKeyPairs", json!({"KeyPairNames": many(101)}), "InstanceKeyPairLimitExceeded"),
    ];
    for action in ["AttachKeyPair", "DetachKeyPair"] {
        cases.extend([
            (
                action,
                json!({"KeyPairName": "none", "InstanceIds": "[\"i-1\"]"}),
                "InvalidKeyPairName.NotFound",
            ),
            (
                action,
                json!({"KeyPairName": "web", "InstanceIds": "i-1"}),
                "InvalidInstanceIds.ValueNotSupported",
            ),
            (
                action,
                json!({"KeyPairName": "web", "InstanceIds": many(51)}),
                "InstanceKeyPairLimitExceeded",
            ),
        ]);
    }
    cases
}

fn of_instances() -> Vec<(&'static str, Value, &'static str)> {
    let many: Vec<_> = (0..101).map(|number| format!("i-{number}")).collect();
    vec![
        ("DescribeInstances", json!({"InstanceIds": "i-1"}), "InvalidInstanceIds.Malformed"),
        ("DescribeInstances", json!({"DryRun": true}), "DryRunOperation"),
        ("RebootInstance", json!({"InstanceId": "i-none"}), "InvalidInstanceId.NotFound"),
        ("RebootInstance", json!({"InstanceId": "i-stopped"}), "IncorrectInstanceStatus"),
        ("RebootInstances", json!({"InstanceId": many}), "InvalidParameter.TooManyInstanceIds"),
    ]
}

fn of_tags_and_all() -> Vec<(&'static str, Value, &'static str)> {
    let pair = |name: &str, rest: Value| {
        let mut all = json!({"ResourceType": "keypair", "ResourceId": [name]});
        for (field, value) in rest.as_object().expect("an object") {
            all[field] = value.clone();
        }
        all
    };
    let tag = || json!({"Tag": [{"Key": "team", "Value": "web"}]});
    vec![
        ("TagResources", pair("full", tag()), "QuotaExceed.Tags"),
        ("TagResources", pair("none", tag()), "InvalidResourceId.NotFound"),
        ("TagResources", pair("web", json!({})), "MissingParameter.Tags"),
        ("UntagResources", pair("none", json!({"TagKey": ["a"]})), "InvalidResourceId.NotFound"),
        (
            "JoinResourceGroup",
            json!({"ResourceType": "keypair", "ResourceId": "web", "ResourceGroupId": "none"}),
            "InvalidResourceGroup.NotFound",
        ),
        ("DescribeRegions", json!({}), "InternalError"),
        ("StartInstance", json!({"InstanceId": "i-stopped"}), "Forbidden.RAM"),
        ("StopInstance", json!({"InstanceId": "i-1"}), "Throttling.User"),
    ]
}

/// Operations that name no region of their own.
const WITHOUT_REGION: [&str; 4] =
    ["DescribeRegions", "RebootInstance", "StartInstance", "StopInstance"];

/// Lets a script make each call; `is_flat` for a client that takes lists as they are on the wire.
fn refuse(name: &str, arguments: &[&str], is_flat: bool) {
    let server = server();
    let cases = cases().into_iter().map(|(action, mut parameters, code)| {
        if parameters.get("RegionId").is_none() && !WITHOUT_REGION.contains(&action) {
            parameters["RegionId"] = "cn-hangzhou".into();
        }
        let parameters = if is_flat { flat(&parameters) } else { parameters };
        json!({"action": action, "parameters": parameters, "code": code})
    });
    let cases = Value::Array(cases.collect()).to_string();
    let endpoint = server.address().to_string();
    assert_eq!(script(name, &[&[endpoint.as_str()], arguments].concat(), &cases), "ok\n");
}

/// Parameters as they are on the wire: `Tag.1.Key`.
fn flat(parameters: &Value) -> Value {
    let mut all = json!({});
    for (name, value) in parameters.as_object().expect("an object") {
        let Some(list) = value.as_array() else {
            all[name] = value.clone();
            continue;
        };
        for (number, item) in list.iter().enumerate() {
            let place = format!("{name}.{}", number + 1);
            match item.as_object() {
                None => all[&place] = item.clone(),
                Some(fields) => {
                    for (field, value) in fields {
                        all[format!("{place}.{field}")] = value.clone();
                    }
                }
            }
        }
    }
    all
}

#[test]
fn reach_the_user_of_alibabacloud_ecs20140526() {
    refuse("errors_v3.py", &[], false);
}

#[test]
fn reach_the_user_of_alibabacloud_ecs20140526_with_the_older_signature() {
    refuse("errors_v3.py", &["v2"], false);
}

#[test]
fn reach_the_user_of_aliyun_python_sdk_ecs() {
    refuse("errors_v1.py", &[], false);
}

#[test]
fn reach_the_user_of_alicloud_ecs20140526_of_npm() {
    refuse("errors_v3.js", &[], false);
}

#[test]
fn reach_the_user_of_alicloud_pop_core_by_post_and_by_get() {
    for method in ["POST", "GET"] {
        refuse("errors_v1.js", &[method], true);
    }
}
