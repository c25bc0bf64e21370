//! The second link: a token of OpenID Connect, from GitLab, Kubernetes or GitHub.

use std::{
    io,
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use base64ct::{Base64UrlUnpadded, Encoding};
use keyform::{alicloud::ReadFiles, model::Timestamp};
use serde_json::json;
use zeroize::Zeroizing;

use super::{
    scene::{GIVEN_ID, ROLE, Scene, assumed, wrong_answers},
    server::{Reply, Server},
};

const PROVIDER: &str = "acs:ram::1234567890123456:oidc-provider/gitlab";

/// A token that expires at a time.
pub(crate) fn token(expiration: &str) -> String {
    let seconds = Timestamp::parse(expiration).expect("a time").milliseconds() / 1000;
    let part =
        |json: serde_json::Value| Base64UrlUnpadded::encode_string(json.to_string().as_bytes());
    let claims = json!({"iss": "https://gitlab.example", "exp": seconds});
    format!("{}.{}.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg", part(json!({"alg": "RS256"})), part(claims))
}

/// A job with a token in a file.
pub(crate) fn job(token: &str, sts: &Server) -> Scene {
    let scene = Scene::new().file("token", format!("{token}\n")).sts(&sts.url());
    let path = scene.path("token");
    scene
        .set("ALIBABA_CLOUD_ROLE_ARN", ROLE)
        .set("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", PROVIDER)
        .set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", path)
}

fn found() -> Result<(String, String), String> {
    Ok((GIVEN_ID.to_owned(), "Oidc".to_owned()))
}

#[test]
fn a_token_in_a_file_is_exchanged_without_a_signature_and_in_the_body() {
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let token = token("2026-12-01T08:30:00Z");
    let scene = job(&token, &sts).set("ALIBABA_CLOUD_ROLE_SESSION_NAME", "job-7");
    assert_eq!(scene.outcome(), found());
    let asked = &sts.received()[0];
    assert_eq!((asked.method.as_str(), asked.query.len()), ("POST", 0));
    for (name, value) in [
        ("Action", "AssumeRoleWithOIDC"),
        ("Version", "2015-04-01"),
        ("Timestamp", "2026-12-01T08:00:00Z"),
        ("RoleArn", ROLE),
        ("OIDCProviderArn", PROVIDER),
        ("RoleSessionName", "job-7"),
        ("OIDCToken", &token),
    ] {
        assert_eq!(asked.field(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(asked.field("Signature"), None);
}

#[test]
fn a_job_of_github_is_asked_for_its_token() {
    let token = token("2026-12-01T08:05:00Z");
    let value = token.clone();
    let github = Server::start(move |_| Reply::ok(json!({"count": 1, "value": value})));
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let scene = Scene::new()
        .sts(&sts.url())
        .set("ALIBABA_CLOUD_ROLE_ARN", ROLE)
        .set("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", PROVIDER)
        .set("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/token?api-version=2.0", github.url()))
        .set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "bearer-of-the-job-0123456789");
    assert_eq!(scene.outcome(), found());
    let asked = &github.received()[0];
    assert_eq!(asked.field("audience").as_deref(), Some("sts.aliyuncs.com"));
    assert_eq!(asked.field("api-version").as_deref(), Some("2.0"));
    assert_eq!(asked.headers["authorization"], "Bearer bearer-of-the-job-0123456789");
    assert_eq!(sts.received()[0].field("OIDCToken"), Some(token));
    let source = scene.source();
    source.current().expect("credentials");
    assert_eq!(source.expires_without_renewal(), None, "the job can ask for another token");

    let refusing = Server::start(|_| Reply::Status(403, String::new()));
    let scene = scene.set("ACTIONS_ID_TOKEN_REQUEST_URL", refusing.url());
    let (code, message) = scene.refused();
    assert_eq!(code, "credentialsRefused");
    assert!(message.contains("id-token: write"), "{message}");
    let scene = scene.set("ACTIONS_ID_TOKEN_REQUEST_URL", "http://github.example/token");
    assert_eq!(scene.refused().0, "credentialsAddressRefused");
}

#[test]
fn what_is_set_in_part_is_an_error_unless_other_tools_set_it() {
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let whole = || job(&token("2026-12-01T08:30:00Z"), &sts);
    let incomplete = || Err("Oidc credentialsIncomplete".to_owned());
    for (unset, expected) in [
        (&["ALIBABA_CLOUD_ROLE_ARN"][..], incomplete()),
        (&["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"], incomplete()),
        (&["ALIBABA_CLOUD_OIDC_TOKEN_FILE"], incomplete()),
        (
            &["ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE"],
            Err("noCredentials".to_owned()),
        ),
        (&[], found()),
    ] {
        let scene = unset.iter().fold(whole(), |scene, name| scene.set(name, ""));
        assert_eq!(scene.outcome(), expected, "without {unset:?}");
    }
}

#[test]
fn a_token_that_is_missing_empty_or_expired_is_named_before_sts_is_asked() {
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let expired = job(&token("2026-12-01T08:00:00Z"), &sts);
    assert_eq!(expired.outcome(), Err("Oidc credentialsExpired".to_owned()));
    assert_eq!(job("", &sts).outcome(), Err("Oidc credentialsMalformed".to_owned()));
    let missing = job("x", &sts).set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/nowhere/token");
    let (code, message) = missing.refused();
    assert_eq!(code, "credentialsUnreadable");
    assert!(message.contains("no credentials from OIDC: /nowhere/token"), "{message}");
    let directory = job("x", &sts);
    let path = directory.path("");
    let directory = directory.set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", path);
    assert_eq!(directory.outcome(), Err("Oidc credentialsUnreadable".to_owned()));
    assert!(sts.received().is_empty());
}

#[test]
fn what_sts_answers_wrongly_is_named_and_tells_no_token() {
    for (reply, code) in wrong_answers() {
        let answer = reply.clone();
        let sts = Server::start(move |_| answer.clone());
        let scene = job(&token("2026-12-01T08:30:00Z"), &sts);
        assert_eq!(scene.outcome(), Err(format!("Oidc {code}")), "{reply:?}");
        assert_eq!(sts.received().len(), 1, "no second attempt, and no redirect: {reply:?}");
    }
    let expired = json!({
        "Code": "AuthenticationFail.OIDCToken.Expired",
        "Message": "This JsonWebToken is expired.",
    });
    let sts = Server::start(move |_| Reply::Status(400, expired.to_string()));
    let (_, message) = job(&token("2026-12-01T08:30:00Z"), &sts).refused();
    assert!(message.contains("This JsonWebToken is expired."), "{message}");
    assert!(message.contains("run the job again"), "{message}");
}

#[test]
fn a_stranger_gets_no_token() {
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    for url in ["https://sts.example", "https://sts.oss-cn-hangzhou.aliyuncs.com"] {
        let scene = job(&token("2026-12-01T08:30:00Z"), &sts).sts(url);
        assert_eq!(scene.outcome(), Err("Oidc credentialsAddressRefused".to_owned()));
    }
    let scene = job(&token("2026-12-01T08:30:00Z"), &sts);
    let scene = scene.set("ALIBABA_CLOUD_STS_REGION", "evil.example/");
    assert_eq!(scene.outcome(), Err("Oidc credentialsAddressRefused".to_owned()));
}

/// A file of Kubernetes, in which a test puts one token after the other.
struct Projected(Arc<Mutex<String>>);

impl ReadFiles for Projected {
    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        if path != Path::new(PROJECTED) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(Zeroizing::new(self.0.lock().expect("no panic").clone().into_bytes()))
    }
}

const PROJECTED: &str = "/var/run/secrets/ack.alibabacloud.com/rrsa-tokens/token";

#[test]
fn a_token_that_kubernetes_replaces_is_read_again_and_is_no_deadline() {
    let times = ["2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z"];
    let asked = AtomicUsize::new(0);
    let sts = Server::start(move |_| assumed(times[asked.fetch_add(1, Ordering::SeqCst).min(1)]));
    let file = Arc::new(Mutex::new(token("2026-12-01T08:30:00Z")));
    let scene = job("x", &sts)
        .set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", PROJECTED)
        .files(Projected(file.clone()));
    let source = scene.source();
    source.current().expect("credentials");
    assert_eq!(source.expires_without_renewal(), None);
    let next = token("2026-12-01T09:30:00Z");
    next.clone_into(&mut file.lock().expect("no panic"));
    scene.clock.advance_to(Timestamp::parse("2026-12-01T08:50:00Z").expect("a time"));
    let renewed = source.current().expect("credentials");
    assert_eq!(renewed.expires, Timestamp::parse(times[1]));
    assert_eq!(sts.received()[1].field("OIDCToken"), Some(next));
}

#[test]
fn a_token_may_be_behind_a_symlink_and_a_pipe_is_not_waited_for() {
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let scene = job(&token("2026-12-01T08:30:00Z"), &sts);
    let (link, pipe) = (scene.path("link"), scene.path("pipe"));
    std::os::unix::fs::symlink("token", &link).expect("a symlink");
    let scene = scene.set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", link);
    assert_eq!(scene.outcome(), found());
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let scene = scene.set("ALIBABA_CLOUD_OIDC_TOKEN_FILE", pipe);
    assert_eq!(scene.outcome(), Err("Oidc credentialsUnreadable".to_owned()));
}

#[test]
fn the_token_of_a_job_is_its_deadline() {
    for (expires, given, ends) in [
        // Credentials can be renewed until the token expires, and the last ones live on.
        ("2026-12-01T11:00:00Z", "2026-12-01T09:00:00Z", "2026-12-01T11:00:00Z"),
        ("2026-12-01T08:10:00Z", "2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z"),
    ] {
        let sts = Server::start(move |_| assumed(given));
        let scene = job(&token(expires), &sts);
        let source = scene.source();
        assert_eq!(source.expires_without_renewal(), None, "nothing was asked yet");
        source.current().expect("credentials");
        assert_eq!(source.expires_without_renewal(), Timestamp::parse(ends));
    }
    // A token that says nothing of its end is not counted on.
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let scene = job("opaque-token-of-some-service", &sts);
    let source = scene.source();
    source.current().expect("credentials");
    assert_eq!(source.expires_without_renewal(), Timestamp::parse("2026-12-01T09:00:00Z"));
}
