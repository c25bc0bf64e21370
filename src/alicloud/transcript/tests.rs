use serde_json::json;

use super::{fields::field, redact::Redactor};

/// What must be in no file: keys, identities, addresses.
const PLANTED: [&str; 14] = [
    "LTAI5tPlantedByATest0001",
    "planted7VgN2xQw9RbTzY4mLcHs8Jd",
    "STS.NUPlantedByATest2",
    "MIIEpAIBAAKCAQEAplanted",
    "-----BEGIN RSA PRIVATE KEY-----",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABplanted ann@acme",
    "i-bp67acfmxazb4p",
    "acme-web",
    "ann@acme.example",
    "203.0.113.7",
    "1234567890123456",
    "acs:ram::1234567890123456:user/ann",
    "f4:97:b6:20:98:b4:00:34:0a:4c:5f:8c:8e:cb:e0:36",
    "cn-hangzhou",
];

/// Every field that the list names, and some that it does not.
const FIELDS: [&str; 57] = [
    "Instances",
    "Instance",
    "KeyPairs",
    "KeyPair",
    "Results",
    "Result",
    "Tags",
    "Tag",
    "InstanceResponses",
    "InstanceResponse",
    "OperationLocks",
    "LockReason",
    "Regions",
    "Region",
    "VpcAttributes",
    "EipAddress",
    "PublicIpAddress",
    "PrivateIpAddress",
    "TotalCount",
    "PageNumber",
    "PageSize",
    "FailCount",
    "Cpu",
    "Memory",
    "Success",
    "IoOptimized",
    "DeletionProtection",
    "Recyclable",
    "Status",
    "OSType",
    "PreviousStatus",
    "CurrentStatus",
    "StartTime",
    "CreationTime",
    "ExpiredTime",
    "Code",
    "InstanceType",
    "InstanceTypeFamily",
    "KeyPairFingerPrint",
    "PublicKey",
    "TagKey",
    "TagValue",
    "InstanceId",
    "InstanceName",
    "KeyPairName",
    "HostName",
    "KeyPairId",
    "RequestId",
    "HostId",
    "NextToken",
    "ResourceGroupId",
    "RegionId",
    "ZoneId",
    "IpAddress",
    // Not on the list.
    "Message",
    "PrivateKeyBody",
    "AccessDeniedDetail",
];

#[test]
fn nothing_that_is_planted_in_any_field_comes_through() {
    for name in FIELDS {
        let is_listed = !matches!(name, "Message" | "PrivateKeyBody" | "AccessDeniedDetail");
        assert_eq!(field(name).is_some(), is_listed, "{name}");
        for planted in PLANTED {
            for value in [
                json!(planted),
                json!([planted]),
                json!({ planted: planted }),
                json!([{ "InstanceId": planted, "Unknown": planted }]),
            ] {
                let body =
                    json!({ name: value, "Deep": { name: value }, "Instances": { name: value } });
                let redacted = Redactor::default().body(body.to_string().as_bytes()).to_string();
                assert!(!redacted.contains(planted), "{name}: {redacted}");
            }
        }
        let account = json!({ name: 1_234_567_890_123_456_u64 }).to_string();
        let redacted = Redactor::default().body(account.as_bytes()).to_string();
        assert!(!redacted.contains("1234567890123456"), "{name}: {redacted}");
    }
}

#[test]
fn a_body_that_is_no_object_says_nothing() {
    for body in ["\"acme-web\"", "[\"acme-web\"]", "acme-web", "<html>acme-web</html>", ""] {
        let redacted = Redactor::default().body(body.as_bytes()).to_string();
        assert!(!redacted.contains("acme"), "{body}: {redacted}");
    }
}

/// What the fields are for stays: it is what no one knows.
#[test]
fn forms_statuses_times_and_codes_stay() {
    let body = json!({
        "RequestId": "D1", "TotalCount": 2, "NextToken": "", "NewField": {"Name": "acme"},
        "Instances": {"Instance": [
            {"InstanceId": "i-bp1a0001", "KeyPairName": "web", "Status": "Stopping",
             "StartTime": "2026-12-01T08:00Z", "IoOptimized": true, "OSType": "linux",
             "InstanceType": "ecs.g7.large", "PublicIpAddress": {"IpAddress": ["203.0.113.7"]},
             "Tags": {"Tag": [{"TagKey": "ack.aliyun.com", "TagValue": "acme"}, {"TagKey": "team", "TagValue": "acme"}]},
             "OperationLocks": {"LockReason": [{"LockReason": "security"}]}},
            {"InstanceId": "i-bp1a0002", "KeyPairName": "", "Status": "acme", "StartTime": "today"}]},
        "KeyPairs": {"KeyPair": [
            {"KeyPairName": "web", "KeyPairFingerPrint": "f4:97:b6:20:98:b4:00:34:0a:4c:5f:8c:8e:cb:e0:36"},
            {"KeyPairName": "ops", "KeyPairFingerPrint": "F497b62098b400340a4c5f8c8ecbe036"}]},
        "Results": {"Result": [
            {"InstanceId": "i-bp1a0001", "Success": "true", "Code": "200", "Message": "successful"},
            {"InstanceId": "i-bp1a0002", "Success": false, "Code": "InvalidInstanceId.NotFound"}]},
    });
    let redacted = Redactor::default().body(body.to_string().as_bytes());
    insta::assert_snapshot!(format!("{redacted:#}"));
}

/// The same value is the same thing in all answers of one file, so that they can be followed.
#[test]
fn a_value_has_one_placeholder_in_all_answers() {
    let mut redactor = Redactor::default();
    let mut id = |id: &str| {
        let body = json!({ "InstanceId": id }).to_string();
        redactor.body(body.as_bytes())["InstanceId"].clone()
    };
    assert_eq!([id("i-a"), id("i-b"), id("i-a")], ["i-1", "i-2", "i-1"]);
}
