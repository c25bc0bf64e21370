//! What the server answers to each operation, and what it refuses.

use keyform::{
    ecs::{BatchOptions, DescribeInstances, PairOptions, Request, wire},
    model::{CloudName, InstanceId, Region, Tags},
};
use serde_json::{Value, json};

use super::client::{Bench, HOST, PUBLIC_KEY, attach, ids, import, raw, refusal, region};

fn list(pattern: &str, include_public_key: bool) -> Request {
    let options = PairOptions { include_public_key, ..PairOptions::default() };
    let key_pair_name = Some(CloudName::new(pattern));
    Request::DescribeKeyPairs {
        region: region(),
        key_pair_name,
        page_number: 1,
        page_size: 10,
        options,
    }
}

#[test]
fn a_pair_is_made_shown_bound_and_deleted() {
    let bench = Bench::new();
    let created = bench.call(&Request::CreateKeyPair {
        region: region(),
        key_pair_name: CloudName::new("web"),
        tags: Tags::from([("team".to_owned(), "web".to_owned())]),
        resource_group_id: None,
    });
    let private_key = created["PrivateKeyBody"].as_str().expect("a key");
    assert!(private_key.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert_eq!(created["KeyPairName"], "web");
    let page = bench.call(&list("w*", true));
    let pair = &page["KeyPairs"]["KeyPair"][0];
    assert_eq!(pair["KeyPairFingerPrint"], created["KeyPairFingerPrint"]);
    assert_eq!(pair["Tags"]["Tag"], json!([{"TagKey": "team", "TagValue": "web"}]));
    assert!(pair["PublicKey"].as_str().expect("a key").starts_with("ssh-rsa "), "{pair}");
    assert_eq!(pair["CreationTime"], "2026-11-22T10:00Z");
    assert_eq!((&page["TotalCount"], &page["PageNumber"]), (&json!(1), &json!(1)));
    assert!(!page.to_string().contains("PRIVATE KEY"), "it is answered once");
    assert_eq!(bench.call(&list("w*", false))["KeyPairs"]["KeyPair"][0].get("PublicKey"), None);

    let bound = bench.call(&attach("web", &["i-1", "i-windows"]));
    let windows = "The instance creating is windows, cannot use ssh key pair to login";
    let results = json!([
        {"InstanceId": "i-1", "Success": true, "Code": "200", "Message": "successful"},
        {"InstanceId": "i-windows", "Success": false,
         "Code": "DependencyViolation.WindowsInstance", "Message": windows},
    ]);
    assert_eq!(bound["Results"]["Result"], results);
    assert_eq!((&bound["TotalCount"], &bound["FailCount"]), (&json!("2"), &json!("1")));

    let key_pair_names = vec![CloudName::new("web")];
    let delete = Request::DeleteKeyPairs { region: region(), key_pair_names };
    let taken = (400, "InvalidParameter.KeypairAlreadyAttachedInstance".to_owned());
    assert_eq!(bench.refusal(&delete), taken);
    bench.call(&Request::DetachKeyPair {
        region: region(),
        key_pair_name: CloudName::new("web"),
        instance_ids: ids(&["i-1"]),
    });
    bench.call(&delete);
    assert_eq!(bench.call(&list("web", false))["TotalCount"], 0);
}

#[test]
fn instances_restart_start_and_stop_and_their_statuses_are_told() {
    let bench = Bench::new();
    let statuses = |bench: &Bench| {
        let reply = bench.send(raw(
            "DescribeInstanceStatus",
            &[("RegionId", "cn-hangzhou"), ("InstanceId.1", "i-1"), ("InstanceId.2", "i-stopped")],
        ));
        let body: Value = serde_json::from_str(&reply.body).expect("JSON");
        let rows = body["InstanceStatuses"]["InstanceStatus"].as_array().expect("rows").clone();
        let texts: Vec<_> =
            rows.iter().map(|row| row["Status"].as_str().expect("text").to_owned()).collect();
        texts.join(" ")
    };
    assert_eq!(statuses(&bench), "Running Stopped");
    let instance_ids = ids(&["i-1", "i-stopped"]);
    let batch = BatchOptions::default();
    let answer = bench.call(&Request::RebootInstances {
        region: region(),
        instance_ids,
        force_reboot: false,
        batch,
    });
    let items = &answer["InstanceResponses"]["InstanceResponse"];
    assert_eq!(
        items[0],
        json!({"InstanceId": "i-1", "Code": "200", "Message": "success",
               "PreviousStatus": "Running", "CurrentStatus": "Stopping"})
    );
    assert_eq!(items[1]["Code"], "IncorrectInstanceStatus");
    assert_eq!(statuses(&bench), "Stopping Stopped");
    bench.pass(200);
    bench.call(&Request::StartInstance {
        region: None,
        instance_id: InstanceId::new("i-stopped"),
        dry_run: false,
    });
    assert_eq!(statuses(&bench), "Running Starting");
    bench.pass(100);
    let stop = raw("StopInstance", &[("InstanceId", "i-stopped")]);
    assert_eq!(bench.send(stop).status, 200);
    assert_eq!(statuses(&bench), "Running Stopping");
    let dry = [("RegionId", "cn-hangzhou"), ("InstanceId.1", "i-1"), ("DryRun", "true")];
    assert_eq!(bench.raw_refusal("RebootInstances", &dry), (400, "DRYRUN.SUCCESS".to_owned()));
    let together =
        [("RegionId", "cn-hangzhou"), ("InstanceId.1", "i-1"), ("InstanceId.2", "i-none")];
    let missing = (404, "InvalidInstanceIds.NotFound".to_owned());
    assert_eq!(bench.raw_refusal("StopInstances", &together), missing, "AllTogether by default");
}

#[test]
fn instances_are_told_in_both_styles_of_pages() {
    let bench = Bench::new();
    let page = |parameters: &[(&str, &str)]| {
        let region = ("RegionId", "cn-hangzhou");
        let reply = bench.send(raw("DescribeInstances", &[&[region], parameters].concat()));
        let body: Value = serde_json::from_str(&reply.body).expect("JSON");
        let rows = body["Instances"]["Instance"].as_array().expect("rows");
        let ids: Vec<_> = rows.iter().map(|row| row["InstanceId"].as_str().expect("id")).collect();
        (ids.join(" "), body.clone())
    };
    let (all, body) = page(&[("MaxResults", "10")]);
    assert_eq!(all, "i-1 i-2 i-stopped i-windows");
    let instance = &body["Instances"]["Instance"][0];
    for (field, value) in [
        ("RegionId", json!("cn-hangzhou")),
        ("ZoneId", json!("cn-hangzhou-a")),
        ("InstanceType", json!("ecs.g7.large")),
        ("Status", json!("Running")),
        ("OSType", json!("linux")),
        ("KeyPairName", json!("")),
        ("VpcAttributes", json!({"PrivateIpAddress": {"IpAddress": ["10.0.0.1"]}})),
    ] {
        assert_eq!(instance[field], value, "{field}");
    }
    let (second, body) = page(&[("PageNumber", "2"), ("PageSize", "3")]);
    assert_eq!(second, "i-windows");
    assert_eq!((&body["TotalCount"], &body["PageNumber"]), (&json!(4), &json!(2)));
    assert_eq!(page(&[("InstanceName", "web*"), ("Status", "Running")]).0, "i-1 i-2");
    assert_eq!(page(&[("InstanceIds", "[]")]).0, "");
    let dry = DescribeInstances { dry_run: true, ..DescribeInstances::all(region()) };
    let passed = (400, "DryRunOperation".to_owned());
    assert_eq!(bench.refusal(&Request::DescribeInstances(dry)), passed);
}

#[test]
fn tags_groups_regions_and_the_caller_are_told() {
    let bench = Bench::new();
    bench.call(&import("web"));
    bench.call(&Request::TagResources {
        region: region(),
        key_pair_names: vec![CloudName::new("web")],
        tags: Tags::from([("team".to_owned(), "web".to_owned())]),
    });
    let tags = bench.call(&Request::ListTagResources {
        region: region(),
        key_pair_names: vec![CloudName::new("web")],
        tags: Vec::new(),
        next_token: None,
    });
    let row = json!({"ResourceId": "web", "ResourceType": "keypair", "TagKey": "team", "TagValue": "web"});
    assert_eq!(tags["TagResources"]["TagResource"], json!([row]));
    let join = [("RegionId", "cn-hangzhou"), ("ResourceType", "keypair"), ("ResourceId", "web")];
    let group = [&join[..], &[("ResourceGroupId", "rg-a1")]].concat();
    assert_eq!(bench.send(raw("JoinResourceGroup", &group)).status, 200);
    let shown = bench.call(&list("web", false));
    assert_eq!(shown["KeyPairs"]["KeyPair"][0]["ResourceGroupId"], "rg-a1");
    let regions = bench.call(&Request::DescribeRegions);
    let rows = regions["Regions"]["Region"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["RegionId"] == "cn-hangzhou"), "{regions}");
    let mut identity = raw("GetCallerIdentity", &[]);
    identity.headers.insert("x-acs-version".to_owned(), "2015-04-01".to_owned());
    let body: Value = serde_json::from_str(&bench.send(identity).body).expect("JSON");
    assert_eq!(body["AccountId"], "1234567890123456");
    assert_eq!(body["Arn"], "acs:ram::1234567890123456:user/emulator");
}

#[test]
fn what_cannot_be_asked_for_is_refused_as_documented() {
    let bench = Bench::new();
    let hangzhou = ("RegionId", "cn-hangzhou");
    for (action, parameters, status, code) in [
        ("RunInstances", vec![hangzhou], 404, "InvalidAction.NotFound"),
        ("DescribeKeyPairs", vec![], 400, "MissingParameter"),
        ("DescribeKeyPairs", vec![("RegionId", "cn-hangzou")], 404, "InvalidRegionId.NotFound"),
        ("DescribeKeyPairs", vec![("RegionId", "ap-south-1")], 404, "InvalidRegionId.NotFound"),
        ("DescribeKeyPairs", vec![hangzhou, ("PageSize", "51")], 400, "InvalidParameter"),
        ("DescribeInstances", vec![hangzhou, ("VpcId", "vpc-1")], 400, "InvalidParameter"),
        ("StartInstance", vec![("InstanceId", "i-1")], 403, "IncorrectInstanceStatus"),
        ("StartInstance", vec![("InstanceId", "i-none")], 404, "InvalidInstanceId.NotFound"),
        (
            "ListTagResources",
            vec![hangzhou, ("ResourceType", "keypair")],
            403,
            "BothEmpty.TagsAndResources",
        ),
        (
            "ImportKeyPair",
            vec![hangzhou, ("KeyPairName", "web"), ("PublicKeyBody", "ssh-ed25519 AAAA")],
            400,
            "InvalidPublicKeyBody.Malformed",
        ),
    ] {
        let found = bench.raw_refusal(action, &parameters);
        assert_eq!(found, (status, code.to_owned()), "{action} {parameters:?}");
    }
    let far = Request::ImportKeyPair {
        region: Region::new("mars-1").expect("the form of a region"),
        key_pair_name: CloudName::new("web"),
        public_key_body: PUBLIC_KEY.to_owned(),
        tags: Tags::new(),
        resource_group_id: None,
    };
    assert_eq!(bench.refusal(&far), (404, "InvalidRegionId.NotFound".to_owned()));
}

#[test]
fn a_request_has_at_most_a_thousand_parameters() {
    let bench = Bench::new();
    let many = |count: usize| vec![("RegionId", "cn-hangzhou"); count];
    assert_eq!(bench.send(raw("DescribeKeyPairs", &many(1000))).status, 200);
    let too_many = (400, "InvalidParameter".to_owned());
    assert_eq!(bench.raw_refusal("DescribeKeyPairs", &many(1001)), too_many);
    let mut form = raw("DescribeKeyPairs", &[]);
    let media_type = "application/x-www-form-urlencoded".to_owned();
    form.headers.insert("content-type".to_owned(), media_type);
    form.body = b"a&".repeat(1001);
    assert_eq!(refusal(&bench.send(form)), too_many);
}

#[test]
fn only_get_and_post_of_the_root_are_requests_of_the_api() {
    let bench = Bench::new();
    let request = wire::http_request(&Request::DescribeRegions, HOST);
    for (method, path, status) in
        [("GET", "/", 200), ("POST", "/", 200), ("PUT", "/", 404), ("POST", "/api", 404)]
    {
        let mut asked = request.clone();
        (asked.method, asked.path) = (method.to_owned(), path.to_owned());
        let reply = bench.send(asked);
        assert_eq!(reply.status, status, "{method} {path}");
        if status != 200 {
            assert_eq!(refusal(&reply).1, "InvalidAction.NotFound");
        }
    }
    let mut old = request;
    old.headers.insert("x-acs-version".to_owned(), "2013-01-01".to_owned());
    assert_eq!(refusal(&bench.send(old)), (400, "InvalidVersion".to_owned()));
}
