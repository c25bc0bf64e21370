//! Each name that keyform writes or reads on the wire is one that the SDK's models know.

use std::collections::BTreeMap;

use keyform::{
    alicloud::identify,
    ecs::{
        BatchItem, BatchOptions, DescribeInstances, Instance, InstanceFilters, InstancePage,
        ItemResult, KeyPair, KeyPairPage, NumberedPage, PairOptions, PrivateKeyBody, RegionRow,
        Request, Response, StatusPage, TagFilter, TagPage, wire,
    },
    emulator::server::AccessKeys,
    model::{CloudName, InstanceId, InstanceStatus, Region, ServiceTime, Tags},
};
use serde_json::{Map, Value, json};

use super::script;
use crate::{
    alicloud::{
        oidc::{job, token},
        scene::{Scene, fields},
        server::{Received, Reply, Server},
    },
    emulator::client::{Bench, raw},
};

/// A call of each operation: a request with all that it can have, and an answer to it.
type Calls = Vec<(Request, Response)>;

fn calls() -> Calls {
    [of_pairs(), of_listings(), of_power(), of_tags()].concat()
}

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

fn name() -> CloudName {
    CloudName::new("web")
}

fn names() -> Vec<CloudName> {
    vec![name()]
}

fn id() -> InstanceId {
    InstanceId::new("i-1")
}

fn ids() -> Vec<InstanceId> {
    vec![id()]
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn group() -> Option<String> {
    Some(text("rg-1"))
}

fn tags() -> Tags {
    Tags::from([(text("team"), text("web"))])
}

fn filter() -> Vec<TagFilter> {
    vec![TagFilter { key: text("team"), value: Some(text("web")) }]
}

fn fingerprint() -> String {
    text("89f0ba62acb8aae1615efd8169866d6b")
}

fn time() -> Option<ServiceTime> {
    ServiceTime::parse("2026-11-30T08:15Z")
}

/// The results of a batch of one.
fn items() -> Response {
    Response::Items(vec![BatchItem { instance_id: id(), result: ItemResult::Success }])
}

const PAGE: NumberedPage = NumberedPage { number: 1, size: 10 };

fn of_pairs() -> Calls {
    let pair = KeyPair {
        key_pair_name: name(),
        key_pair_finger_print: fingerprint(),
        creation_time: time(),
        tags: tags(),
        resource_group_id: text("rg-1"),
        public_key: Some(text("ssh-rsa AAAA")),
    };
    vec![
        (
            Request::DescribeKeyPairs {
                region: region(),
                key_pair_name: Some(name()),
                page_number: 1,
                page_size: 50,
                options: PairOptions {
                    fingerprint: Some(fingerprint()),
                    resource_group_id: group(),
                    tags: filter(),
                    include_public_key: true,
                },
            },
            Response::KeyPairs(KeyPairPage { total_count: 1, key_pairs: vec![pair] }),
        ),
        (
            Request::CreateKeyPair {
                region: region(),
                key_pair_name: name(),
                tags: tags(),
                resource_group_id: group(),
            },
            Response::Created {
                key_pair_id: text("ssh-1"),
                fingerprint: fingerprint(),
                private_key: PrivateKeyBody::new(text("none").into()),
            },
        ),
        (
            Request::ImportKeyPair {
                region: region(),
                key_pair_name: name(),
                public_key_body: text("ssh-rsa AAAA"),
                tags: tags(),
                resource_group_id: group(),
            },
            Response::Imported { fingerprint: fingerprint() },
        ),
        (Request::DeleteKeyPairs { region: region(), key_pair_names: names() }, Response::Done),
        (
            Request::AttachKeyPair { region: region(), key_pair_name: name(), instance_ids: ids() },
            items(),
        ),
        (
            Request::DetachKeyPair { region: region(), key_pair_name: name(), instance_ids: ids() },
            items(),
        ),
    ]
}

fn instance() -> Instance {
    Instance {
        instance_id: id(),
        instance_name: text("web-1"),
        status: InstanceStatus::Running,
        os_type: text("linux"),
        instance_type: text("ecs.g7.large"),
        instance_type_family: text("ecs.g7"),
        zone_id: text("cn-hangzhou-a"),
        io_optimized: true,
        key_pair_name: text("web"),
        start_time: time(),
        tags: tags(),
        lock_reasons: vec![text("security")],
        private_address: Some(text("10.0.0.1")),
        public_address: Some(text("203.0.113.7")),
    }
}

fn of_listings() -> Calls {
    let describe = DescribeInstances {
        instance_ids: Some(ids()),
        key_pair_name: Some(name()),
        next_token: Some(text("token")),
        dry_run: true,
        filters: InstanceFilters {
            status: Some(InstanceStatus::Running),
            instance_name: Some(text("web*")),
            instance_type: Some(text("ecs.g7.large")),
            instance_type_family: Some(text("ecs.g7")),
            io_optimized: Some(true),
            zone_id: Some(text("cn-hangzhou-a")),
            resource_group_id: group(),
            private_addresses: vec![text("10.0.0.1")],
            public_addresses: vec![text("203.0.113.7")],
            tags: filter(),
        },
        ..DescribeInstances::all(region())
    };
    let by_number = DescribeInstances { page: Some(PAGE), ..describe.clone() };
    let instances = |total_count| {
        let instances = vec![instance()];
        Response::Instances(InstancePage { total_count, instances, next_token: Some(text("t")) })
    };
    vec![
        (Request::DescribeInstances(describe), instances(None)),
        (Request::DescribeInstances(by_number), instances(Some(1))),
        (
            Request::DescribeInstanceStatus {
                region: region(),
                instance_ids: ids(),
                zone_id: Some(text("cn-hangzhou-a")),
                page: PAGE,
            },
            Response::Statuses(StatusPage {
                total_count: 1,
                statuses: vec![(id(), InstanceStatus::Running)],
            }),
        ),
    ]
}

fn of_power() -> Calls {
    let batch = BatchOptions { all_together: true, dry_run: true };
    vec![
        (
            Request::RebootInstances {
                region: region(),
                instance_ids: ids(),
                force_reboot: true,
                batch,
            },
            items(),
        ),
        (Request::StartInstances { region: region(), instance_ids: ids(), batch }, items()),
        (Request::StopInstances { region: region(), instance_ids: ids(), batch }, items()),
        (
            Request::RebootInstance {
                region: None,
                instance_id: id(),
                force_stop: true,
                dry_run: true,
            },
            Response::Done,
        ),
        (Request::StartInstance { region: None, instance_id: id(), dry_run: true }, Response::Done),
        (Request::StopInstance { region: None, instance_id: id(), dry_run: true }, Response::Done),
    ]
}

fn of_tags() -> Calls {
    let (region_id, local_name, endpoint) =
        (text("cn-hangzhou"), text("Hangzhou"), text("ecs.cn-hangzhou.aliyuncs.com"));
    vec![
        (
            Request::TagResources { region: region(), key_pair_names: names(), tags: tags() },
            Response::Done,
        ),
        (
            Request::UntagResources {
                region: region(),
                key_pair_names: names(),
                tag_keys: vec![text("team")],
                all: true,
            },
            Response::Done,
        ),
        (
            Request::ListTagResources {
                region: region(),
                key_pair_names: names(),
                tags: filter(),
                next_token: Some(text("token")),
            },
            Response::Tags(TagPage {
                tags: vec![(name(), text("team"), text("web"))],
                next_token: Some(text("token")),
            }),
        ),
        (
            Request::JoinResourceGroup {
                region: region(),
                key_pair_name: name(),
                resource_group_id: text("rg-1"),
            },
            Response::Done,
        ),
        (
            Request::DescribeRegions,
            Response::Regions(vec![RegionRow { region_id, local_name, endpoint }]),
        ),
    ]
}

/// Parameters as the models have them: `Tag.1.Key` is a field of the first of a list.
fn nested(parameters: impl IntoIterator<Item = (String, String)>) -> Value {
    let mut all = Map::new();
    for (name, text) in parameters {
        let parts: Vec<_> = name.split('.').collect();
        match parts[..] {
            [list, _, field] => {
                let item = all.entry(list).or_insert_with(|| json!([{}]));
                item[0][field] = text.into();
            }
            [list, _] => {
                all.insert(list.to_owned(), json!([text]));
            }
            _ => {
                all.insert(name, text.into());
            }
        }
    }
    all.into()
}

/// Adds the fields of one to those of another, down to the leaves.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// The parameters of a call of STS without those that each signed call has.
fn sts_parameters(asked: &Received) -> (String, Value) {
    const COMMON: [&str; 9] = [
        "AccessKeyId",
        "Format",
        "SecurityToken",
        "Signature",
        "SignatureMethod",
        "SignatureNonce",
        "SignatureVersion",
        "Timestamp",
        "Version",
    ];
    let mut fields: BTreeMap<_, _> = asked.query.clone();
    let form = wire::HttpRequest::decode(asked.body.as_bytes());
    fields.extend(form);
    fields.retain(|name, _| !COMMON.contains(&name.as_str()));
    let action = asked.headers.get("x-acs-action").cloned().or_else(|| fields.remove("Action"));
    (action.expect("it names its action"), nested(fields))
}

/// What keyform sends to STS.
fn sts_requests() -> Vec<(String, Value)> {
    let granting = || {
        let credentials = json!({"Credentials": fields("2026-12-01T09:00:00Z")});
        Server::start(move |_| Reply::ok(&credentials))
    };
    let sts = granting();
    let profile = json!({
        "name": "one", "mode": "RamRoleArn", "access_key_id": "LTAI5tWrittenByAPerson01",
        "access_key_secret": "written7VgN2xQw9RbTzY4mLcHs8Jd", "ram_role_arn": "acs:ram::1:role/a",
        "ram_session_name": "s", "expired_seconds": 900, "policy": "{}", "external_id": "e",
    });
    let file = json!({"current": "one", "profiles": [profile]}).to_string();
    let scene = Scene::new().file(".aliyun/config.json", file).sts(&sts.url());
    scene.source().current().expect("the role is taken");
    let of_job = granting();
    let scene = job(&token("2026-12-01T08:30:00Z"), &of_job);
    let source = scene.source();
    source.current().expect("the token is exchanged");
    // What it answers to this is of no interest here.
    let _ = identify(&std::sync::Arc::new(source));
    let asked = [sts.received(), of_job.received()].concat();
    asked.iter().map(sts_parameters).collect()
}

/// What the server answers as STS, and keyform reads.
fn sts_answers() -> Vec<(&'static str, Value)> {
    let bench = Bench::with("{}", AccessKeys::default());
    let role = [("RoleArn", "acs:ram::1234567890123456:role/ci"), ("RoleSessionName", "session")];
    [("GetCallerIdentity", &[][..]), ("AssumeRole", &role[..])]
        .map(|(action, parameters)| {
            let mut request = raw(action, parameters);
            request.headers.insert("x-acs-version".to_owned(), "2015-04-01".to_owned());
            let reply = bench.send(request);
            assert_eq!(reply.status, 200, "{}", reply.body);
            (action, serde_json::from_str(&reply.body).expect("JSON"))
        })
        .into()
}

#[test]
fn of_requests_and_answers_are_known_to_the_models() {
    let mut requests = Map::new();
    let mut answers = Map::new();
    for (request, response) in calls() {
        let action = request.operation().to_owned();
        let parameters = nested(wire::write_request(&request).into_pairs());
        merge(requests.entry(action.clone()).or_insert(json!({})), parameters);
        let answer = wire::write_answer(&request, &response, "1");
        merge(answers.entry(action).or_insert(json!({})), answer);
    }
    for (action, parameters) in sts_requests() {
        requests.insert(action, parameters);
    }
    for (action, body) in sts_answers() {
        answers.insert(action.to_owned(), body);
    }
    for action in ["AssumeRole", "AssumeRoleWithOIDC", "GetCallerIdentity", "DescribeInstances"] {
        assert!(requests.contains_key(action), "{action} was compared");
    }
    let given = json!({"requests": requests, "answers": answers});
    assert_eq!(script("fields.py", &[], &given.to_string()).trim(), "");
}
