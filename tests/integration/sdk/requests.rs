//! Each request of keyform is the one that the SDKs send for the same call: method, path, action,
//! version and parameters, where lists in JSON are compared as values. And each request of the SDKs
//! has a signature that keyform verifies.

use std::collections::BTreeMap;

use keyform::{
    ecs::{
        BatchOptions, DescribeInstances, PairOptions, Request,
        sign::{claim, verify},
        wire::{self, HttpRequest},
    },
    model::{CloudName, InstanceId, Region, Tags},
};
use serde_json::Value;

use super::script;
use crate::alicloud::server::{Received, Reply, Server};

/// What a request of the newer signature has in headers, and one of the older in parameters.
const COMMON: [&str; 10] = [
    "AccessKeyId",
    "Action",
    "Format",
    "Signature",
    "SignatureMethod",
    "SignatureNonce",
    "SignatureType",
    "SignatureVersion",
    "Timestamp",
    "Version",
];

/// The calls of the scripts, in their order.
fn calls() -> Vec<Request> {
    [of_pairs(), of_instances(), of_tags()].concat()
}

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

fn name() -> CloudName {
    CloudName::new("web")
}

fn ids(ids: &[&str]) -> Vec<InstanceId> {
    ids.iter().copied().map(InstanceId::new).collect()
}

fn tags() -> Tags {
    let tag = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    [("a b/c*~+&=%é", "d e"), ("team", "web")].map(tag).into()
}

fn of_pairs() -> Vec<Request> {
    let group = || Some("rg-1".to_owned());
    let pairs = |key_pair_name, page_number, include_public_key| Request::DescribeKeyPairs {
        region: region(),
        key_pair_name,
        page_number,
        page_size: 50,
        options: PairOptions { include_public_key, ..PairOptions::default() },
    };
    vec![
        pairs(None, 2, false),
        pairs(Some(name()), 1, true),
        Request::CreateKeyPair {
            region: region(),
            key_pair_name: name(),
            tags: tags(),
            resource_group_id: group(),
        },
        Request::ImportKeyPair {
            region: region(),
            key_pair_name: name(),
            public_key_body: "ssh-rsa AAAAB3NzaC1yc2E+/= a comment".to_owned(),
            tags: tags(),
            resource_group_id: group(),
        },
        Request::DeleteKeyPairs {
            region: region(),
            key_pair_names: vec![name(), CloudName::new("web-g2")],
        },
        Request::AttachKeyPair {
            region: region(),
            key_pair_name: name(),
            instance_ids: ids(&["i-1", "i-2"]),
        },
        Request::DetachKeyPair {
            region: region(),
            key_pair_name: name(),
            instance_ids: ids(&["i-1"]),
        },
    ]
}

fn of_instances() -> Vec<Request> {
    let reboot = |instance_ids, dry_run| Request::RebootInstances {
        region: region(),
        instance_ids,
        force_reboot: false,
        batch: BatchOptions { dry_run, ..BatchOptions::default() },
    };
    let all = DescribeInstances::all(region());
    vec![
        Request::DescribeInstances(all.clone()),
        Request::DescribeInstances(DescribeInstances {
            instance_ids: Some(ids(&["i-1", "i-2"])),
            key_pair_name: Some(name()),
            next_token: Some("a token+/=".to_owned()),
            dry_run: true,
            ..all
        }),
        reboot(ids(&["i-1", "i-2"]), false),
        reboot(ids(&["i-1"]), true),
        Request::RebootInstance {
            region: None,
            instance_id: InstanceId::new("i-1"),
            force_stop: false,
            dry_run: false,
        },
    ]
}

fn of_tags() -> Vec<Request> {
    vec![
        Request::TagResources { region: region(), key_pair_names: vec![name()], tags: tags() },
        Request::UntagResources {
            region: region(),
            key_pair_names: vec![name()],
            tag_keys: vec!["team".to_owned(), "a b".to_owned()],
            all: false,
        },
        Request::JoinResourceGroup {
            region: region(),
            key_pair_name: name(),
            resource_group_id: "rg-1".to_owned(),
        },
        Request::DescribeRegions,
    ]
}

/// What is compared of a request.
#[derive(Debug, PartialEq)]
struct Compared {
    method: String,
    path: String,
    action: String,
    api_version: String,
    parameters: BTreeMap<String, Value>,
}

impl Compared {
    fn of(request: &HttpRequest) -> Self {
        let mut all: BTreeMap<_, _> = request.parameters().into_iter().collect();
        let common = |header: &str, parameter: &str| {
            let named = request.header(header).map(str::to_owned);
            named.or_else(|| all.get(parameter).cloned()).expect("each request has it")
        };
        let (action, api_version) =
            (common("x-acs-action", "Action"), common("x-acs-version", "Version"));
        all.retain(|name, _| !COMMON.contains(&name.as_str()));
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            action,
            api_version,
            parameters: all.into_iter().map(|(name, text)| (name, value(text))).collect(),
        }
    }
}

/// A parameter: a list in JSON as a list, and a flag, which the SDK of Python writes with a capital, as
/// one.
fn value(text: String) -> Value {
    match text.as_str() {
        "true" | "True" => return true.into(),
        "false" | "False" => return false.into(),
        _ => {}
    }
    match serde_json::from_str(&text) {
        Ok(list @ Value::Array(_)) => list,
        _ => Value::String(text),
    }
}

/// A request as it came over the wire.
fn received(request: &Received) -> HttpRequest {
    HttpRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone().into_iter().collect(),
        headers: request.headers.clone(),
        body: request.body.clone().into_bytes(),
    }
}

/// Records what a script sends, and compares it with what keyform sends.
fn compare(name: &str, arguments: &[&str]) {
    let server = Server::start(|_| Reply::ok(r#"{"RequestId": "1"}"#));
    let endpoint = server.address().to_string();
    script(name, &[&[endpoint.as_str()], arguments].concat(), "");
    let theirs = server.received();
    let ours = calls();
    assert_eq!(theirs.len(), ours.len(), "{theirs:#?}");
    for (theirs, ours) in theirs.iter().zip(&ours) {
        let theirs = received(theirs);
        let claim = claim(&theirs).expect("it is signed");
        assert_eq!(claim.access_key_id, "emulator");
        assert_eq!(verify(&theirs, &claim, "emulator"), Ok(()), "{}", ours.operation());
        let mut theirs = Compared::of(&theirs);
        if ours.region().is_none() {
            // The oldest SDK names the region of its client in each call.
            theirs.parameters.remove("RegionId");
        }
        assert_eq!(Compared::of(&wire::http_request(ours, &endpoint)), theirs, "{name}");
    }
}

#[test]
fn of_keyform_are_those_of_alibabacloud_ecs20140526() {
    compare("requests_v3.py", &[]);
}

#[test]
fn of_keyform_are_those_of_alibabacloud_ecs20140526_with_the_older_signature() {
    compare("requests_v3.py", &["v2"]);
}

#[test]
fn of_keyform_are_those_of_aliyun_python_sdk_ecs() {
    compare("requests_v1.py", &[]);
}

#[test]
fn of_keyform_are_those_of_alicloud_ecs20140526_of_npm() {
    compare("requests_v3.js", &[]);
}
