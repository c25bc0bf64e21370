//! Both directions of the wire form, and answers as the service's own samples have them.

use std::time::Duration;

use super::*;
use crate::{
    ecs::{
        BatchItem, BatchOptions, CallError, DescribeInstances, Instance, InstancePage, ItemResult,
        KeyPair, KeyPairPage, NumberedPage, PairOptions, PrivateKeyBody, Request, Response,
    },
    model::{CloudName, InstanceId, InstanceStatus, Region, ServiceTime, Tags},
};

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

fn web() -> CloudName {
    CloudName::new("web")
}

fn ids() -> Vec<InstanceId> {
    ["i-1", "i-2"].map(InstanceId::new).to_vec()
}

fn tags() -> Tags {
    [("keyform:project", "acme"), ("team", "a b/c")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

fn describe_instances() -> DescribeInstances {
    DescribeInstances::all(region())
}

/// Each operation, with and without what may be left out.
/// All calls that keyform makes.
fn requests() -> Vec<Request> {
    [usual(), rarer()].concat()
}

/// Those that are made for some projects only.
fn rarer() -> Vec<Request> {
    let (region, name) = (region(), web());
    vec![
        Request::CreateKeyPair {
            region: region.clone(),
            key_pair_name: name.clone(),
            tags: tags(),
            resource_group_id: Some("rg-a1".to_owned()),
        },
        // The service knows the region of a single restart by the endpoint.
        Request::RebootInstance {
            region: None,
            instance_id: InstanceId::new("i-1"),
            force_stop: true,
            dry_run: false,
        },
        Request::JoinResourceGroup {
            region,
            key_pair_name: name,
            resource_group_id: "rg-a1".to_owned(),
        },
    ]
}

fn usual() -> Vec<Request> {
    let (region, name) = (region(), web());
    let pairs = |key_pair_name| Request::DescribeKeyPairs {
        region: region.clone(),
        key_pair_name,
        page_number: 2,
        page_size: 50,
        options: PairOptions::default(),
    };
    vec![
        pairs(None),
        pairs(Some(name.clone())),
        Request::ImportKeyPair {
            region: region.clone(),
            key_pair_name: name.clone(),
            public_key_body: "ssh-rsa AAAA+/= a comment".to_owned(),
            tags: tags(),
            resource_group_id: None,
        },
        Request::DeleteKeyPairs { region: region.clone(), key_pair_names: vec![name.clone()] },
        Request::AttachKeyPair {
            region: region.clone(),
            key_pair_name: name.clone(),
            instance_ids: ids(),
        },
        Request::DetachKeyPair {
            region: region.clone(),
            key_pair_name: name.clone(),
            instance_ids: ids(),
        },
        Request::DescribeInstances(describe_instances()),
        Request::DescribeInstances(DescribeInstances {
            instance_ids: Some(Vec::new()),
            key_pair_name: Some(name.clone()),
            next_token: Some("a token".to_owned()),
            dry_run: true,
            ..describe_instances()
        }),
        Request::RebootInstances {
            region: region.clone(),
            instance_ids: ids(),
            force_reboot: true,
            batch: BatchOptions::default(),
        },
        Request::TagResources {
            region: region.clone(),
            key_pair_names: vec![name.clone()],
            tags: tags(),
        },
        Request::UntagResources {
            region,
            key_pair_names: vec![name],
            tag_keys: vec!["team".to_owned(), "Team".to_owned()],
            all: false,
        },
    ]
}

#[test]
fn requests_are_written_as_the_vendors_clients_write_them() {
    let lines = requests().into_iter().map(|request| {
        let http = http_request(&request, "ecs.cn-hangzhou.aliyuncs.com");
        let action = http.header("x-acs-action").expect("an action").to_owned();
        let query = http.query.into_iter().map(|(name, value)| format!("\n  {name}={value}"));
        format!("{} {} {action}{}\n", http.method, http.path, query.collect::<String>())
    });
    insta::assert_snapshot!(lines.collect::<String>());
}

#[test]
fn requests_are_read_as_they_are_written() {
    for request in requests() {
        assert_eq!(read_request(request.operation(), &write_request(&request)), Ok(request));
    }
}

fn parameters(pairs: &[(&str, &str)]) -> Parameters {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    Parameters::new(pairs.iter().map(owned).collect())
}

#[test]
fn a_request_that_cannot_be_read_is_refused_with_the_documented_code() {
    const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");
    let keypair = ("ResourceType", "keypair");
    for (action, pairs, code) in [
        ("RunInstances", vec![REGION], (404, "InvalidAction.NotFound")),
        ("DescribeKeyPairs", vec![], (400, "MissingParameter")),
        ("DescribeKeyPairs", vec![("RegionId", "")], (400, "MissingParameter")),
        ("DescribeKeyPairs", vec![("RegionId", "../..")], (404, "InvalidRegionId.NotFound")),
        ("DescribeKeyPairs", vec![REGION, ("PageNumber", "one")], (400, "InvalidParameter")),
        ("DescribeInstances", vec![REGION, ("DryRun", "yes")], (400, "InvalidParameter")),
        (
            "DescribeInstances",
            vec![REGION, ("InstanceIds", "i-1")],
            (400, "InvalidInstanceIds.Malformed"),
        ),
        ("ImportKeyPair", vec![REGION, ("KeyPairName", "web")], (400, "MissingParameter")),
        ("DeleteKeyPairs", vec![REGION], (400, "MissingParameter")),
        (
            "DeleteKeyPairs",
            vec![REGION, ("KeyPairNames", "web")],
            (400, "InvalidKeyPairNames.ValueNotSupported"),
        ),
        (
            "AttachKeyPair",
            vec![REGION, ("KeyPairName", "web"), ("InstanceIds", "i-1")],
            (400, "InvalidInstanceIds.ValueNotSupported"),
        ),
        ("AttachKeyPair", vec![REGION, ("KeyPairName", "web")], (400, "MissingParameter")),
        ("TagResources", vec![REGION], (400, "MissingParameter")),
        (
            "TagResources",
            vec![REGION, ("ResourceType", "instance")],
            (404, "InvalidResourceType.NotFound"),
        ),
        ("DescribeInstances", vec![REGION, ("Status", "Melted")], (404, "InvalidStatus.NotFound")),
        ("DescribeInstances", vec![REGION, ("VpcId", "vpc-1")], (400, "InvalidParameter")),
        (
            "RebootInstances",
            vec![REGION, ("BatchOptimization", "Never")],
            (400, "InvalidParameter"),
        ),
        ("RebootInstance", vec![], (400, "MissingParameter")),
        ("TagResources", vec![REGION, keypair, ("Tag.1.Value", "a")], (400, "MissingParameter")),
        (
            "TagResources",
            vec![REGION, keypair, ("Tag.1.Key", "a"), ("Tag.2.Key", "a")],
            (400, "Duplicate.TagKey"),
        ),
    ] {
        let problem = read_request(action, &parameters(&pairs)).expect_err(action);
        assert_eq!(problem.code(), code, "{action} {pairs:?}");
    }
}

#[test]
fn an_empty_parameter_is_no_filter_and_an_empty_list_passes_nothing() {
    let read = |ids: &str| {
        let pairs = [("RegionId", "cn-hangzhou"), ("InstanceIds", ids), ("KeyPairName", "")];
        read_request("DescribeInstances", &parameters(&pairs))
    };
    let described = |instance_ids| {
        Ok(Request::DescribeInstances(DescribeInstances {
            instance_ids,
            max_results: 10,
            page: Some(NumberedPage { number: 1, size: 10 }),
            ..describe_instances()
        }))
    };
    assert_eq!(read(""), described(None));
    assert_eq!(read("[]"), described(Some(Vec::new())));
    assert_eq!(read("[\"i-1\", \"i-2\"]"), described(Some(ids())));
}

fn pair_page() -> Response {
    Response::KeyPairs(KeyPairPage {
        total_count: 51,
        key_pairs: vec![KeyPair {
            key_pair_name: web(),
            key_pair_finger_print: "e96bc1df9e2c1e7a2c7ec4b1a5f6d2d4".to_owned(),
            creation_time: ServiceTime::parse("2023-09-04T08:33Z"),
            tags: tags(),
            resource_group_id: "rg-a1".to_owned(),
            public_key: Some("ssh-rsa AAAA".to_owned()),
        }],
    })
}

fn instance_page() -> Response {
    Response::Instances(InstancePage {
        total_count: None,
        next_token: Some("a token".to_owned()),
        instances: vec![Instance {
            instance_id: InstanceId::new("i-1"),
            instance_name: "web-1".to_owned(),
            status: InstanceStatus::Running,
            os_type: "linux".to_owned(),
            instance_type: "ecs.g7.large".to_owned(),
            instance_type_family: "ecs.g7".to_owned(),
            zone_id: "cn-hangzhou-a".to_owned(),
            io_optimized: true,
            key_pair_name: "web".to_owned(),
            start_time: ServiceTime::parse("2026-11-30T08:33Z"),
            tags: tags(),
            lock_reasons: vec!["security".to_owned()],
            private_address: Some("10.0.0.1".to_owned()),
            public_address: None,
        }],
    })
}

fn items() -> Response {
    let failure = ItemResult::Failure {
        code: "DependencyViolation.WindowsInstance".to_owned(),
        message: "The instance creating is windows".to_owned(),
    };
    let results = [ItemResult::Success, failure];
    let item = |(instance_id, result)| BatchItem { instance_id, result };
    Response::Items(ids().into_iter().zip(results).map(item).collect())
}

#[test]
fn answers_are_read_as_they_are_written() {
    for request in requests() {
        let response = match &request {
            Request::DescribeKeyPairs { .. } => pair_page(),
            Request::ImportKeyPair { .. } => Response::Imported { fingerprint: "ab:cd".to_owned() },
            Request::AttachKeyPair { .. }
            | Request::DetachKeyPair { .. }
            | Request::RebootInstances { .. } => items(),
            Request::DescribeInstances(_) => instance_page(),
            Request::CreateKeyPair { .. } => Response::Created {
                key_pair_id: "ssh-1".to_owned(),
                fingerprint: "ab:cd".to_owned(),
                private_key: PrivateKeyBody::new("-----BEGIN\nMII+/A=\n".to_owned().into()),
            },
            Request::DeleteKeyPairs { .. }
            | Request::RebootInstance { .. }
            | Request::JoinResourceGroup { .. }
            | Request::TagResources { .. }
            | Request::UntagResources { .. } => Response::Done,
            other => panic!("{other:?} is not among the calls that keyform makes"),
        };
        let body = write_answer(&request, &response, "A-REQUEST").to_string();
        let read = read_answer(&request, body.as_bytes());
        assert_eq!(read.expect(&body), response, "{body}");
        assert!(body.contains("\"RequestId\":\"A-REQUEST\""), "{body}");
    }
}

fn request(operation: &str) -> Request {
    let mut all = requests().into_iter();
    all.find(|request| request.operation() == operation).expect(operation)
}

/// Bodies in the forms of the reference's samples and schemas, which disagree on types.
#[test]
fn answers_are_read_leniently() {
    let attach = request("AttachKeyPair");
    for body in [
        r#"{"TotalCount":2,"FailCount":1,"Results":{"Result":[{"InstanceId":"i-1","Success":true,"Code":200,"Message":"successful"},{"InstanceId":"i-2","Success":false,"Code":"DependencyViolation.WindowsInstance","Message":"The instance creating is windows"}]}}"#,
        r#"{"TotalCount":"2","FailCount":"1","Results":{"Result":[{"InstanceId":"i-1","Success":"true","Code":"200","Message":null},{"InstanceId":"i-2","Success":"False","Code":"DependencyViolation.WindowsInstance","Message":"The instance creating is windows","New":[]}]}}"#,
        r#"{"Results":{"Result":[{"InstanceId":"i-1","Code":"200"},{"InstanceId":"i-2","Code":"DependencyViolation.WindowsInstance","Message":"The instance creating is windows"}]},"RequestId":"A"}"#,
    ] {
        assert_eq!(read_answer(&attach, body.as_bytes()).expect(body), items(), "{body}");
    }
    for (operation, body, expected) in [
        ("AttachKeyPair", r#"{"Results":null}"#, Response::Items(Vec::new())),
        (
            "DescribeKeyPairs",
            r#"{"TotalCount":"0"}"#,
            Response::KeyPairs(KeyPairPage { total_count: 0, key_pairs: Vec::new() }),
        ),
        (
            "DescribeInstances",
            r#"{"NextToken":"","Instances":{"Instance":null}}"#,
            Response::Instances(InstancePage {
                total_count: None,
                instances: Vec::new(),
                next_token: None,
            }),
        ),
        ("DeleteKeyPairs", r#"{"RequestId":"A"}"#, Response::Done),
    ] {
        let read = read_answer(&request(operation), body.as_bytes());
        assert_eq!(read.expect(body), expected, "{body}");
    }
}

#[test]
fn what_an_instance_lacks_is_not_there() {
    let body = r#"{"Instances":{"Instance":[{"InstanceId":"i-1","Status":"Hibernated","EipAddress":{"IpAddress":"203.0.113.9"},"PublicIpAddress":{"IpAddress":["203.0.113.1"]},"VpcAttributes":null,"StartTime":"soon"}]}}"#;
    let Ok(Response::Instances(page)) = read_answer(&request("DescribeInstances"), body.as_bytes())
    else {
        panic!("not a page: {body}");
    };
    let instance = &page.instances[0];
    assert_eq!(instance.status, InstanceStatus::Unknown);
    assert_eq!(instance.public_address.as_deref(), Some("203.0.113.9"));
    assert_eq!((instance.private_address.as_deref(), instance.start_time), (None, None));
    assert_eq!(instance.key_pair_name, "");
}

#[test]
fn an_answer_in_another_form_is_none() {
    for (operation, body) in [
        ("DescribeKeyPairs", ""),
        ("DescribeKeyPairs", "<html>"),
        ("DescribeKeyPairs", r#"{"TotalCount":"many"}"#),
        ("DescribeInstances", r#"{"Instances":[]}"#),
        ("AttachKeyPair", r#"{"Results":{"Result":[{"Success":"maybe"}]}}"#),
        ("DeleteKeyPairs", "[]"),
    ] {
        assert!(read_answer(&request(operation), body.as_bytes()).is_err(), "{operation} {body}");
    }
}

#[test]
fn errors_are_read_in_any_of_their_forms() {
    for (status, body, code, message) in [
        (
            404,
            r#"{"RequestId":"A","HostId":"ecs","Code":"InvalidRegionId.NotFound","Message":"No."}"#,
            "InvalidRegionId.NotFound",
            "No.",
        ),
        (
            403,
            r#"{"requestId":"A","code":"Forbidden.RAM","message":"No."}"#,
            "Forbidden.RAM",
            "No.",
        ),
        (
            400,
            r#"{"Code":"SignatureDoesNotMatch","Message":"Not matched. server string to sign is:POST&SecurityToken=planted"}"#,
            "SignatureDoesNotMatch",
            "Not matched.…",
        ),
        (502, "<html>Bad Gateway</html>", "Http502", "the answer is not one of ECS"),
        (503, "", "Http503", "the answer is not one of ECS"),
    ] {
        let CallError::Service {
            operation, status: found, code: found_code, message: said, ..
        } = read_error("AttachKeyPair", status, body.as_bytes(), None)
        else {
            panic!("no error of the service: {body}");
        };
        assert_eq!((operation, found), ("AttachKeyPair", status));
        assert_eq!((found_code.as_str(), said.as_str()), (code, message), "{body}");
    }
}

#[test]
fn when_to_come_back_is_a_positive_number_of_milliseconds_and_two_minutes_at_most() {
    for (text, milliseconds) in [
        ("1", Some(1)),
        (" 2500 ", Some(2_500)),
        ("86400000", Some(120_000)),
        ("99999999999999999999999", Some(120_000)),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("Tue, 01 Dec 2026 09:30:00 GMT", None),
        ("", None),
    ] {
        let error = read_error("AttachKeyPair", 400, b"{}", Some(text));
        assert_eq!(error.retry_after(), milliseconds.map(Duration::from_millis), "{text:?}");
    }
}

#[test]
fn an_error_tells_the_right_that_is_lacking() {
    let denial = |detail: &str| {
        let body =
            format!(r#"{{"Code":"Forbidden.RAM","Message":"No.","AccessDeniedDetail":{detail}}}"#);
        read_error("AttachKeyPair", 403, body.as_bytes(), None).denial().expect("a right")
    };
    let told = denial(
        r#"{"AuthAction":"ecs:AttachKeyPair","AuthPrincipalOwnerId":"17","NoPermissionType":"ExplicitDeny"}"#,
    );
    assert_eq!((told.action.as_str(), told.account.as_deref()), ("ecs:AttachKeyPair", Some("17")));
    assert!(told.is_explicit && told.resources.is_empty());
    let named = denial(r#"{"AuthAction":"ecs:X","AuthResource":"acs:ecs:*:17:keypair/web"}"#);
    assert_eq!(named.resources, ["acs:ecs:*:17:keypair/web"]);
    for other in ["null", "\"text\"", "{}", "[]"] {
        assert_eq!(denial(other).action, "ecs:AttachKeyPair", "{other}");
    }
    let locked = br#"{"Code":"Forbidden.RiskControl","Message":"No."}"#;
    assert_eq!(read_error("AttachKeyPair", 403, locked, None).denial(), None, "no policy helps");
}
