//! The third link: `~/.aliyun/config.json`, mode by mode.

use std::collections::BTreeMap;

use keyform::{
    ecs::{
        sign::{claim, verify},
        wire,
    },
    model::Timestamp,
};
use serde_json::{Value, json};

use super::{
    oidc::token,
    scene::{
        GIVEN_ID, GIVEN_TOKEN, ID, ROLE, SECRET, Scene, TOKEN, assumed, fields, wrong_answers,
    },
    server::{Reply, Server},
};

const PATH: &str = ".aliyun/config.json";

fn config(current: &str, profiles: &[Value]) -> Scene {
    let file = json!({"current": current, "profiles": profiles, "meta_path": ""});
    Scene::new().file(PATH, file.to_string())
}

/// A profile called `one` with an access key and these fields.
fn profile(fields: Value) -> Value {
    let mut profile = json!({
        "name": "one",
        "access_key_id": ID,
        "access_key_secret": SECRET,
        "region_id": "cn-hangzhou",
    });
    let object = profile.as_object_mut().expect("an object");
    object.extend(fields.as_object().expect("an object").clone());
    profile
}

fn found(id: &str) -> Result<(String, String), String> {
    Ok((id.to_owned(), "ConfigFile".to_owned()))
}

fn refused(code: &str) -> Result<(String, String), String> {
    Err(format!("ConfigFile {code}"))
}

#[test]
fn keys_and_tokens_are_read_whatever_the_case_of_the_mode() {
    for (fields, expected) in [
        (json!({"mode": "AK"}), found(ID)),
        (json!({"mode": "ak"}), found(ID)),
        (json!({"access_key_secret": "", "mode": "AK"}), refused("credentialsIncomplete")),
        (json!({"mode": "StsToken", "sts_token": TOKEN}), found(ID)),
        (json!({"mode": "StsToken"}), refused("credentialsIncomplete")),
        // 2026-12-01T07:59:59Z and 08:00:01Z.
        (
            json!({"mode": "StsToken", "sts_token": TOKEN, "sts_expiration": 1_796_111_999}),
            refused("credentialsExpired"),
        ),
        (
            json!({"mode": "StsToken", "sts_token": TOKEN, "sts_expiration": 1_796_112_001}),
            found(ID),
        ),
        (json!({"mode": "CloudSSO"}), refused("profileModeUnsupported")),
        (json!({"mode": "RsaKeyPair"}), refused("profileModeUnsupported")),
    ] {
        assert_eq!(config("one", &[profile(fields.clone())]).outcome(), expected, "{fields}");
    }
}

#[test]
fn a_project_and_a_variable_choose_the_profile_and_the_project_s_choice_is_asked_first() {
    let named =
        |name: &str, id: &str| profile(json!({"name": name, "mode": "AK", "access_key_id": id}));
    let two = || config("one", &[named("one", ID), named("two", GIVEN_ID)]);
    assert_eq!(two().outcome(), found(ID));
    assert_eq!(two().set("ALIBABA_CLOUD_PROFILE", "two").outcome(), found(GIVEN_ID));
    let environment = |scene: Scene| {
        let scene = scene.set("ALIBABA_CLOUD_ACCESS_KEY_ID", ID);
        scene.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET).outcome()
    };
    let of_environment = Ok((ID.to_owned(), "Environment".to_owned()));
    assert_eq!(environment(two()), of_environment);
    assert_eq!(environment(two().profile("two")), found(GIVEN_ID), "before the environment");
    // A runner of CI has no profiles, and its credentials in another place.
    assert_eq!(environment(two().profile("three")), of_environment);
    let scene = two().profile("three");
    assert_eq!(scene.outcome(), Err("noCredentials".to_owned()));
    let reason = scene.reason("ConfigFile").expect("it was tried");
    assert!(reason.contains("no profile `three`; it has `one`, `two`"), "{reason}");
}

#[test]
fn a_file_that_is_not_there_turned_off_or_blank_is_passed_over() {
    let blank = || config("default", &[json!({"name": "default", "mode": "AK"})]);
    for scene in [
        Scene::new(),
        blank(),
        config("", &[]),
        Scene::new().file(PATH, "{}"),
        config("one", &[profile(json!({"mode": "AK"}))])
            .set("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true"),
    ] {
        assert_eq!(scene.outcome(), Err("noCredentials".to_owned()));
    }
}

#[test]
fn a_file_that_is_damaged_or_names_what_it_has_not_is_an_error() {
    let damaged = format!("{{\"profiles\": [{{\"access_key_secret\": {SECRET}");
    let other_type = format!("{{\"profiles\": \"{SECRET}\"}}");
    for (text, code) in [
        ("", "credentialsMalformed"),
        (damaged.as_str(), "credentialsMalformed"),
        (other_type.as_str(), "credentialsMalformed"),
        ("{\"current\": \"one\"}", "profileNotFound"),
    ] {
        assert_eq!(Scene::new().file(PATH, text).outcome(), refused(code), "{text}");
    }
    let directory = Scene::new().file(".aliyun/config.json/x", "");
    assert_eq!(directory.outcome(), refused("credentialsUnreadable"));
    let (_, message) = Scene::new().file(PATH, "{\"current\": \"one\"}").refused();
    assert!(message.contains("which `current` names; it has none"), "{message}");
}

#[test]
fn a_role_is_taken_with_a_signed_request() {
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let role = json!({
        "mode": "RamRoleArn", "sts_token": TOKEN, "ram_role_arn": ROLE, "ram_session_name": "s",
        "expired_seconds": 900, "policy": "{}", "external_id": "e",
    });
    let scene = config("one", &[profile(role)]).sts(&sts.url());
    assert_eq!(scene.outcome(), found(GIVEN_ID));
    let asked = &sts.received()[0];
    assert_eq!(asked.method, "GET");
    for (name, value) in [
        ("Action", "AssumeRole"),
        ("RoleArn", ROLE),
        ("RoleSessionName", "s"),
        ("DurationSeconds", "900"),
        ("Policy", "{}"),
        ("ExternalId", "e"),
        ("AccessKeyId", ID),
        ("SecurityToken", TOKEN),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", "07070707070707070707070707070707"),
    ] {
        assert_eq!(asked.field(name).as_deref(), Some(value), "{name}");
    }
    let message = wire::HttpRequest {
        method: asked.method.clone(),
        path: asked.path.clone(),
        query: asked.query.clone().into_iter().collect(),
        headers: BTreeMap::new(),
        body: Vec::new(),
    };
    let claim = claim(&message).expect("a signature");
    assert_eq!(verify(&message, &claim, SECRET), Ok(()));
    let sent = format!("{:?}{:?}", asked.query, asked.headers);
    assert!(!sent.contains(SECRET), "the secret is never sent");
}

#[test]
fn a_role_whose_answer_is_wrong_is_named() {
    for (reply, code) in wrong_answers() {
        let answer = reply.clone();
        let sts = Server::start(move |_| answer.clone());
        let role = json!({"mode": "RamRoleArn", "ram_role_arn": ROLE});
        let scene = config("one", &[profile(role)]).sts(&sts.url());
        assert_eq!(scene.outcome(), refused(code), "{reply:?}");
    }
    let without = config("one", &[profile(json!({"mode": "RamRoleArn"}))]);
    assert_eq!(without.outcome(), refused("credentialsIncomplete"));
}

#[test]
fn roles_may_be_taken_one_by_the_other_but_not_in_a_circle() {
    let chained = |name: &str, source: &str| json!({"name": name, "mode": "ChainableRamRoleArn", "ram_role_arn": ROLE, "source_profile": source});
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let profiles = [chained("a", "b"), chained("b", "one"), profile(json!({"mode": "AK"}))];
    assert_eq!(config("a", &profiles).sts(&sts.url()).outcome(), found(GIVEN_ID));
    let asked = sts.received();
    assert_eq!(asked[0].field("AccessKeyId").as_deref(), Some(ID));
    assert_eq!(asked[1].field("SecurityToken").as_deref(), Some(GIVEN_TOKEN));
    for (source, code) in
        [("a", "profileCircle"), ("", "credentialsIncomplete"), ("x", "profileNotFound")]
    {
        let scene = config("a", &[chained("a", "b"), chained("b", source)]).sts(&sts.url());
        assert_eq!(scene.outcome(), refused(code), "{source}");
    }
}

#[test]
fn a_role_taken_with_a_written_token_can_be_renewed_until_that_expires() {
    let sts = Server::start(|_| assumed("2026-12-01T08:30:00Z"));
    let chained = json!({
        "name": "a", "mode": "ChainableRamRoleArn", "ram_role_arn": ROLE, "source_profile": "one",
    });
    // 2026-12-01T10:00:00Z.
    let written = json!({"mode": "StsToken", "sts_token": TOKEN, "sts_expiration": 1_796_119_200});
    let scene = config("a", &[chained, profile(written)]).sts(&sts.url());
    let source = scene.source();
    source.current().expect("credentials");
    assert_eq!(source.expires_without_renewal(), Timestamp::parse("2026-12-01T10:00:00Z"));
}

#[test]
fn other_links_can_be_named_by_a_profile() {
    let sts = Server::start(|_| assumed("2026-12-01T09:00:00Z"));
    let service = Server::start(|_| Reply::ok(fields("2026-12-01T09:00:00Z")));
    let scene = Scene::new().file("token", token("2026-12-01T08:30:00Z"));
    let oidc = json!({
        "name": "oidc", "mode": "OIDC", "ram_role_arn": ROLE, "oidc_provider_arn": "acs:x",
        "oidc_token_file": scene.path("token"),
    });
    let role = json!({"name": "role", "mode": "EcsRamRole", "ram_role_name": "runner"});
    let uri = json!({"name": "uri", "mode": "CredentialsURI", "credentials_uri": service.url()});
    let file = json!({"current": "", "profiles": [oidc, role, uri]}).to_string();
    let scene = scene.file(PATH, file).sts(&sts.url());
    let metadata = "ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT";
    let scene = scene.set(metadata, service.url());
    let mut scene = scene;
    for name in ["oidc", "role", "uri"] {
        scene = scene.profile(name);
        assert_eq!(scene.outcome(), found(GIVEN_ID), "{name}");
    }
    let scene = scene.profile("role").set(metadata, Server::nowhere());
    assert_eq!(scene.outcome(), refused("credentialsMalformed"), "it is no instance");
}
