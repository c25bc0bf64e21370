//! The documented vectors, and what is refused.

use super::*;

fn request(method: &str, query: &[(&str, &str)], headers: &[(&str, &str)]) -> HttpRequest {
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    HttpRequest {
        method: method.to_owned(),
        path: "/".to_owned(),
        query: query.iter().map(owned).collect(),
        headers: headers.iter().map(owned).collect(),
        body: Vec::new(),
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect(text)
}

const KEY: SigningKey<'_> = SigningKey {
    access_key_id: "YourAccessKeyId",
    access_key_secret: "YourAccessKeySecret",
    security_token: None,
};

/// The request of "Request syntax and signature method V3".
fn run_instances() -> HttpRequest {
    request(
        "POST",
        &[
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
            ("RegionId", "cn-shanghai"),
        ],
        &[
            ("host", "ecs.cn-shanghai.aliyuncs.com"),
            ("x-acs-action", "RunInstances"),
            ("x-acs-version", "2014-05-26"),
        ],
    )
}

#[test]
fn v3_signs_as_the_documentation_does() {
    for (time, nonce, signature) in [
        (
            "2023-10-26T10:22:32Z",
            "3156853299f313e23d1673dc12e1703d",
            "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
        (
            "2023-10-26T09:01:01Z",
            "d410180a5abf7fe235dd9b74aca91fc0",
            "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
        ),
    ] {
        let mut request = run_instances();
        sign(&mut request, &KEY, at(time), nonce);
        assert_eq!(
            request.header("authorization").expect("signed"),
            format!(
                "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;\
                 x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,\
                 Signature={signature}"
            )
        );
        let claim = claim(&request).expect("a claim");
        assert_eq!((claim.at, claim.nonce.as_str()), (at(time), nonce));
        assert_eq!(verify(&request, &claim, KEY.access_key_secret), Ok(()));
    }
}

#[test]
fn v1_signs_as_the_documentation_does() {
    let mut request = request(
        "GET",
        &[("Action", "DescribeRegions"), ("Format", "XML"), ("Version", "2014-05-26")],
        &[],
    );
    let key = SigningKey {
        access_key_id: "testid",
        access_key_secret: "testsecret",
        security_token: None,
    };
    let nonce = "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf";
    sign_v1(&mut request, &key, at("2016-02-23T12:46:24Z"), nonce);
    let signature = request.query.iter().find(|(name, _)| name == "Signature");
    assert_eq!(signature.expect("signed").1, "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
    let claim = claim(&request).expect("a claim");
    assert_eq!((claim.version, claim.nonce.as_str()), (SignatureVersion::V1, nonce));
    assert_eq!(verify(&request, &claim, "testsecret"), Ok(()));
}

/// A signed request with a token, a form and characters that are encoded.
fn signed(version: SignatureVersion) -> HttpRequest {
    let mut request = run_instances();
    request.body = b"Tag.1.Key=team&Tag.1.Value=a+b%2Fc*%27%28%21%29".to_vec();
    let form = "application/x-www-form-urlencoded";
    request.headers.insert("content-type".to_owned(), form.to_owned());
    request.headers.insert("user-agent".to_owned(), "a client".to_owned());
    let key = SigningKey { security_token: Some("a token"), ..KEY };
    let sign = match version {
        SignatureVersion::V1 => sign_v1,
        SignatureVersion::V3 => sign,
    };
    sign(&mut request, &key, at("2026-11-30T12:00:00Z"), "a-nonce");
    request
}

fn judged(request: &HttpRequest, secret: &str) -> Result<(), String> {
    let claim = claim(request).map_err(|problem| problem.code())?;
    verify(request, &claim, secret).map_err(|problem| problem.code())
}

/// A change of a signed request, and the code that refuses it.
type Tampering = (&'static str, fn(&mut HttpRequest), Result<(), &'static str>);

fn check(version: SignatureVersion, tamperings: &[Tampering]) {
    assert_eq!(judged(&signed(version), KEY.access_key_secret), Ok(()));
    assert_eq!(judged(&signed(version), "other"), Err("SignatureDoesNotMatch".to_owned()));
    for (name, tamper, verdict) in tamperings {
        let mut request = signed(version);
        tamper(&mut request);
        assert_ne!(request, signed(version), "{name} changes nothing");
        assert_eq!(
            judged(&request, KEY.access_key_secret),
            verdict.map_err(str::to_owned),
            "{name}"
        );
    }
}

fn set(request: &mut HttpRequest, header: &str, value: &str) {
    request.headers.insert(header.to_owned(), value.to_owned());
}

fn in_authorization(request: &mut HttpRequest, from: &str, to: &str) {
    let authorization = request.headers.get_mut("authorization").expect("signed");
    assert!(authorization.contains(from), "{authorization}");
    *authorization = authorization.replacen(from, to, 1);
}

const MISMATCH: Result<(), &str> = Err("SignatureDoesNotMatch");
const INCOMPLETE: Result<(), &str> = Err("IncompleteSignature");

#[test]
fn v3_covers_the_request() {
    check(
        SignatureVersion::V3,
        &[
            ("method", |r| r.method = "GET".to_owned(), MISMATCH),
            ("path", |r| r.path = "/other".to_owned(), MISMATCH),
            ("a value of the query", |r| r.query[1].1 = "cn-beijing".to_owned(), MISMATCH),
            ("a name of the query", |r| r.query[1].0 = "regionId".to_owned(), MISMATCH),
            ("one parameter more", |r| r.query.push(("DryRun".into(), "true".into())), MISMATCH),
            ("one parameter less", |r| drop(r.query.pop()), MISMATCH),
            ("a repeated parameter", |r| r.query.push(r.query[0].clone()), MISMATCH),
            ("body", |r| r.body.push(b'x'), MISMATCH),
            ("body without its hash", |r| r.body.clear(), MISMATCH),
            ("hash of the body", |r| set(r, "x-acs-content-sha256", "00"), MISMATCH),
            ("host", |r| set(r, "host", "evil.example"), MISMATCH),
            ("action", |r| set(r, "x-acs-action", "DeleteKeyPairs"), MISMATCH),
            ("version", |r| set(r, "x-acs-version", "2014-05-27"), MISMATCH),
            ("time", |r| set(r, "x-acs-date", "2026-11-30T12:00:01Z"), MISMATCH),
            ("nonce", |r| set(r, "x-acs-signature-nonce", "b-nonce"), MISMATCH),
            ("token", |r| set(r, "x-acs-security-token", "b token"), MISMATCH),
            ("media type", |r| set(r, "content-type", "text/plain"), MISMATCH),
            ("signature", |r| in_authorization(r, "Signature=", "Signature=00"), MISMATCH),
            ("a header more", |r| set(r, "x-acs-other", "1"), INCOMPLETE),
            ("a header not signed", |r| in_authorization(r, "host;", ""), INCOMPLETE),
            (
                "the token not signed",
                |r| in_authorization(r, ";x-acs-security-token", ""),
                INCOMPLETE,
            ),
            (
                "headers out of order",
                |r| in_authorization(r, "content-type;host", "host;content-type"),
                INCOMPLETE,
            ),
            ("algorithm", |r| in_authorization(r, "SHA256", "SM3"), INCOMPLETE),
            ("no signature", |r| in_authorization(r, ",Signature=", ",Sign="), INCOMPLETE),
            (
                "two credentials",
                |r| in_authorization(r, "Credential=", "Credential=a,Credential="),
                INCOMPLETE,
            ),
            (
                "no access key",
                |r| in_authorization(r, "YourAccessKeyId", ""),
                Err("MissingAccessKeyId"),
            ),
            (
                "form of the time",
                |r| set(r, "x-acs-date", "2026-11-30 12:00"),
                Err("InvalidTimeStamp.Format"),
            ),
            ("no nonce", |r| set(r, "x-acs-signature-nonce", ""), Err("MissingSignatureNonce")),
            // What is not covered may change on the way.
            ("user agent", |r| set(r, "user-agent", "another client"), Ok(())),
            ("order of the query", |r| r.query.reverse(), Ok(())),
        ],
    );
}

fn parameter<'a>(request: &'a mut HttpRequest, name: &str) -> &'a mut String {
    &mut request.query.iter_mut().find(|(one, _)| one == name).expect(name).1
}

#[test]
fn v1_covers_the_parameters() {
    check(
        SignatureVersion::V1,
        &[
            ("method", |r| r.method = "GET".to_owned(), MISMATCH),
            ("a value", |r| *parameter(r, "RegionId") = "cn-beijing".to_owned(), MISMATCH),
            ("a parameter more", |r| r.query.push(("DryRun".into(), "true".into())), MISMATCH),
            (
                "a blank parameter more",
                |r| r.query.push(("DryRun".into(), String::new())),
                MISMATCH,
            ),
            ("the form", |r| r.body.push(b'x'), MISMATCH),
            ("the form passed over", |r| set(r, "content-type", "text/plain"), MISMATCH),
            ("nonce", |r| *parameter(r, "SignatureNonce") = "b".to_owned(), MISMATCH),
            ("time", |r| *parameter(r, "Timestamp") = "2026-11-30T12:00:01Z".to_owned(), MISMATCH),
            ("token", |r| *parameter(r, "SecurityToken") = "b".to_owned(), MISMATCH),
            ("signature", |r| *parameter(r, "Signature") = "b".to_owned(), MISMATCH),
            ("two tokens", |r| r.query.push(("SecurityToken".into(), "b".into())), INCOMPLETE),
            (
                "method of signing",
                |r| *parameter(r, "SignatureMethod") = "HMAC-MD5".into(),
                INCOMPLETE,
            ),
            ("no signature", |r| parameter(r, "Signature").clear(), Err("MissingSignature")),
            ("no key", |r| parameter(r, "AccessKeyId").clear(), Err("MissingAccessKeyId")),
            (
                "form of the time",
                |r| *parameter(r, "Timestamp") = "now".into(),
                Err("InvalidTimeStamp.Format"),
            ),
            // It covers neither headers nor order.
            ("host", |r| set(r, "host", "evil.example"), Ok(())),
            ("order", |r| r.query.reverse(), Ok(())),
        ],
    );
}

#[test]
fn no_secret_is_shown() {
    let key = SigningKey { security_token: Some("a token"), ..KEY };
    let claim = claim(&signed(SignatureVersion::V3)).expect("a claim");
    let shown = format!("{key:?} {claim:?}");
    assert!(!shown.contains("Secret") && !shown.contains("a token"), "{shown}");
}
