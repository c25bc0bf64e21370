//! Who is let in: both signatures, the clock, nonces and tokens.

use keyform::{
    ecs::{
        Request,
        sign::{self, SigningKey},
        wire::{self, HttpRequest},
    },
    emulator::server::{AccessKeys, Reply},
    model::Timestamp,
};

use super::client::{Bench, HOST, KEY, form_of, import, json, raw, refusal};

const FORM: &str = "application/x-www-form-urlencoded";

/// A call as the older clients make it, not signed yet: in the query, or in a form.
fn older(request: &Request, method: &str, in_form: bool) -> HttpRequest {
    let mut http = wire::http_request(request, HOST);
    http.headers.retain(|name, _| name == "host");
    http.method = method.to_owned();
    let common = [("Action", request.operation()), ("Version", wire::VERSION), ("Format", "JSON")];
    http.query.extend(common.map(|(name, value)| (name.to_owned(), value.to_owned())));
    if in_form {
        http.headers.insert("content-type".to_owned(), FORM.to_owned());
        http.body = form_of(&http.query).into_bytes();
        http.query.clear();
    }
    http
}

fn older_signed(bench: &Bench, http: &HttpRequest, nonce: &str) -> HttpRequest {
    let mut signed = http.clone();
    sign::sign_v1(&mut signed, &KEY, bench.now(), nonce);
    signed
}

#[test]
fn both_signatures_are_taken_by_get_and_post_in_query_and_form() {
    let bench = Bench::new();
    for (method, in_form) in [("GET", false), ("POST", false), ("POST", true)] {
        let request = older(&Request::DescribeRegions, method, in_form);
        let nonce = format!("{method}-{in_form}");
        let reply = bench.post(&older_signed(&bench, &request, &nonce));
        assert_eq!(reply.status, 200, "{method} {in_form}: {}", reply.body);
    }
    for method in ["GET", "POST"] {
        let mut request = wire::http_request(&Request::DescribeRegions, HOST);
        request.method = method.to_owned();
        assert_eq!(bench.send(request).status, 200, "{method}");
    }
    let mut form = wire::http_request(&import("web"), HOST);
    form.headers.insert("content-type".to_owned(), FORM.to_owned());
    form.body = form_of(&form.query).into_bytes();
    form.query.clear();
    assert_eq!(bench.send(form).status, 200, "the newer one with a form");
}

#[test]
fn what_was_changed_after_it_was_signed_is_refused() {
    let bench = Bench::new();
    let newer = bench.signed(wire::http_request(&import("web-3"), HOST));
    let older = older_signed(&bench, &older(&import("web-1"), "POST", false), "n-1");
    for (name, request) in [("newer", newer), ("older", older)] {
        let mut changed = request.clone();
        let value = changed.query.iter_mut().find(|(name, _)| name == "KeyPairName");
        value.expect("a name").1 = "other".to_owned();
        let mismatch = (400, "SignatureDoesNotMatch".to_owned());
        assert_eq!(refusal(&bench.post(&changed)), mismatch, "{name}: a parameter");
        let mut added = request.clone();
        added.query.push(("ResourceGroupId".to_owned(), "rg-a1".to_owned()));
        assert_eq!(refusal(&bench.post(&added)), mismatch, "{name}: a parameter more");
        let mut method = request.clone();
        method.method = "GET".to_owned();
        assert_eq!(refusal(&bench.post(&method)), mismatch, "{name}: the method");
        assert_eq!(bench.post(&request).status, 200, "{name}: as it was signed");
    }
}

#[test]
fn a_body_that_is_not_the_one_that_was_signed_is_refused() {
    let bench = Bench::new();
    let mut request = bench.signed(wire::http_request(&import("web"), HOST));
    request.body = b"more".to_vec();
    assert_eq!(refusal(&bench.post(&request)), (400, "SignatureDoesNotMatch".to_owned()));
}

#[test]
fn a_request_is_taken_once_and_within_a_quarter_of_an_hour() {
    let bench = Bench::new();
    let request = bench.signed(wire::http_request(&Request::DescribeRegions, HOST));
    assert_eq!(bench.post(&request).status, 200);
    assert_eq!(refusal(&bench.post(&request)), (400, "SignatureNonceUsed".to_owned()));
    let fresh = |bench: &Bench| bench.signed(wire::http_request(&Request::DescribeRegions, HOST));
    let expired = (400, "InvalidTimeStamp.Expired".to_owned());
    for (passes, taken) in [(900_000, true), (901_000, false), (-900_000, true), (-901_000, false)]
    {
        let request = fresh(&bench);
        bench.pass(passes);
        let reply = bench.post(&request);
        if taken {
            assert_eq!(reply.status, 200, "{passes}");
        } else {
            assert_eq!(refusal(&reply), expired, "{passes}");
        }
        bench.pass(-passes);
    }
}

#[test]
fn access_keys_are_known_active_and_used_with_their_tokens() {
    let keys = AccessKeys::read(
        "credentials:\n- {accessKeyId: main, accessKeySecret: s1}\n\
         - {accessKeyId: off, accessKeySecret: s2, inactive: true}\n\
         - {accessKeyId: STS.1, accessKeySecret: s3, securityToken: t1, expires: '2026-11-22T11:00:00Z'}\n",
    );
    let bench = Bench::with("{}", keys.expect("a file"));
    let key = |access_key_id, access_key_secret, security_token| SigningKey {
        access_key_id,
        access_key_secret,
        security_token,
    };
    let send = |key: &SigningKey<'_>, at: Timestamp, nonce: &str| {
        let mut newer = wire::http_request(&Request::DescribeRegions, HOST);
        sign::sign(&mut newer, key, at, &format!("3-{nonce}"));
        let mut older = older(&Request::DescribeRegions, "GET", false);
        sign::sign_v1(&mut older, key, at, &format!("1-{nonce}"));
        [bench.post(&newer), bench.post(&older)]
    };
    let (mismatch, expired) =
        ("InvalidSecurityToken.MismatchWithAccessKey", "InvalidSecurityToken.Expired");
    for (number, (key, status, code)) in [
        (key("main", "s1", None), 200, ""),
        (key("main", "s2", None), 400, "SignatureDoesNotMatch"),
        (key("none", "s1", None), 404, "InvalidAccessKeyId.NotFound"),
        (key("off", "s2", None), 400, "InvalidAccessKeyId.Inactive"),
        (key("STS.1", "s3", Some("t1")), 200, ""),
        (key("STS.1", "s3", Some("t2")), 400, mismatch),
        (key("STS.1", "s3", None), 400, mismatch),
        (key("main", "s1", Some("t1")), 400, mismatch),
    ]
    .into_iter()
    .enumerate()
    {
        for reply in send(&key, bench.now(), &number.to_string()) {
            assert_eq!(reply.status, status, "{key:?}: {}", reply.body);
            if status != 200 {
                assert_eq!(refusal(&reply).1, code, "{key:?}");
            }
        }
    }
    bench.pass(3_600_000);
    for reply in send(&key("STS.1", "s3", Some("t1")), bench.now(), "late") {
        assert_eq!(refusal(&reply), (400, expired.to_owned()));
    }
}

#[test]
fn a_request_that_is_not_signed_is_told_what_is_missing() {
    let bench = Bench::new();
    let request = older(&Request::DescribeRegions, "GET", false);
    let (status, code) = refusal(&bench.post(&request));
    assert!(status == 400 && code.starts_with("Missing"), "{status} {code}");
    let mut empty = request;
    empty.query.clear();
    assert_eq!(refusal(&bench.post(&empty)), (400, "MissingAction".to_owned()));
    let mut garbled = wire::http_request(&Request::DescribeRegions, HOST);
    garbled.headers.insert("authorization".to_owned(), "Bearer abc".to_owned());
    assert_eq!(refusal(&bench.post(&garbled)), (400, "IncompleteSignature".to_owned()));
}

/// A call of STS, signed by this key.
fn sts(bench: &Bench, key: &SigningKey<'_>, action: &str, parameters: &[(&str, &str)]) -> Reply {
    let mut request = raw(action, parameters);
    request.headers.insert("x-acs-version".to_owned(), "2015-04-01".to_owned());
    let nonce = format!("{action}-{parameters:?}-{}-{}", key.access_key_id, bench.now());
    sign::sign(&mut request, key, bench.now(), &nonce);
    bench.post(&request)
}

#[test]
fn temporary_credentials_of_a_role_are_taken_until_their_time_is_over() {
    let bench = Bench::new();
    let role = ("RoleArn", "acs:ram::1234567890123456:role/deploy");
    let session = ("RoleSessionName", "ci-17");
    let reply = sts(&bench, &KEY, "AssumeRole", &[role, session, ("DurationSeconds", "900")]);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let answer = json(&reply);
    let of = |field: &str| answer["Credentials"][field].as_str().expect("text").to_owned();
    assert_eq!(of("Expiration"), "2026-11-22T10:15:30Z");
    let (id, secret, token) = (of("AccessKeyId"), of("AccessKeySecret"), of("SecurityToken"));
    assert!(id.starts_with("STS."), "{id}");
    let issued = |security_token| SigningKey {
        access_key_id: &id,
        access_key_secret: &secret,
        security_token,
    };
    let reply = sts(&bench, &issued(Some(&token)), "GetCallerIdentity", &[]);
    let identity = json(&reply);
    assert_eq!(identity["Arn"], "acs:ram::1234567890123456:assumed-role/deploy/ci-17");
    assert_eq!(identity["IdentityType"], "AssumedRoleUser");
    let without = sts(&bench, &issued(None), "GetCallerIdentity", &[]);
    assert_eq!(refusal(&without).1, "InvalidSecurityToken.MismatchWithAccessKey");
    bench.pass(900_000);
    let late = sts(&bench, &issued(Some(&token)), "GetCallerIdentity", &[]);
    assert_eq!(refusal(&late).1, "InvalidSecurityToken.Expired");
}

#[test]
fn a_role_is_one_of_the_account_and_its_session_has_a_name() {
    let bench = Bench::new();
    let role = ("RoleArn", "acs:ram::1234567890123456:role/deploy");
    let session = ("RoleSessionName", "ci-17");
    for (parameters, code) in [
        (vec![session], "MissingRoleArn"),
        (vec![role], "MissingRoleSessionName"),
        (vec![("RoleArn", "acs:ram::17:role/deploy"), session], "InvalidParameter.RoleArn"),
        (vec![role, ("RoleSessionName", "a b")], "InvalidParameter.RoleSessionName"),
        (vec![role, session, ("DurationSeconds", "899")], "InvalidParameter.DurationSeconds"),
    ] {
        let refused = refusal(&sts(&bench, &KEY, "AssumeRole", &parameters));
        assert_eq!(refused, (400, code.to_owned()), "{parameters:?}");
    }
    let unknown = sts(&bench, &KEY, "GetFederationToken", &[]);
    assert_eq!(refusal(&unknown), (404, "InvalidAction.NotFound".to_owned()));
}
