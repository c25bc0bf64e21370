//! The fifth link: the RAM role of the instance.

use super::{
    scene::{GIVEN_ID, Scene, fields, wrong_answers},
    server::{Received, Reply, Server},
};

const ENDPOINT: &str = "ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";

/// A metadata service of the second version with the role `runner`.
fn metadata(request: &Received) -> Reply {
    let has_token = request.headers.get("x-aliyun-ecs-metadata-token").is_some_and(|t| t == "t-1");
    match (request.method.as_str(), request.path.as_str()) {
        ("PUT", "/latest/api/token") => Reply::ok("t-1\n"),
        _ if !has_token => Reply::Status(403, String::new()),
        ("GET", ROLES) => Reply::ok("runner\n"),
        ("GET", path) if path == format!("{ROLES}runner") => {
            Reply::ok(fields("2026-12-01T14:00:00Z"))
        }
        _ => Reply::Status(404, String::new()),
    }
}

fn found() -> Result<(String, String), String> {
    Ok((GIVEN_ID.to_owned(), "InstanceRole".to_owned()))
}

#[test]
fn a_token_is_asked_for_first_and_the_role_unless_it_is_named() {
    for (name, paths) in [("", 3), ("runner", 2)] {
        let server = Server::start(metadata);
        let scene =
            Scene::new().set(ENDPOINT, server.url()).set("ALIBABA_CLOUD_ECS_METADATA", name);
        assert_eq!(scene.outcome(), found());
        let asked = server.received();
        assert_eq!(asked.len(), paths);
        assert_eq!(asked[0].headers["x-aliyun-ecs-metadata-token-ttl-seconds"], "21600");
    }
    let server = Server::start(metadata);
    let scene = Scene::new().set(ENDPOINT, server.url());
    let wrong = scene.set("ALIBABA_CLOUD_ECS_METADATA", "other");
    assert_eq!(wrong.outcome(), Err("InstanceRole credentialsRefused".to_owned()));
    let hostile = wrong.set("ALIBABA_CLOUD_ECS_METADATA", "../../user-data");
    assert_eq!(hostile.outcome(), Err("InstanceRole credentialsMalformed".to_owned()));
}

#[test]
fn a_service_of_the_first_version_is_asked_without_a_token_unless_that_is_forbidden() {
    let first = |request: &Received| match request.path.as_str() {
        "/latest/api/token" => Reply::Status(404, String::new()),
        ROLES => Reply::ok("runner"),
        _ => Reply::ok(fields("2026-12-01T14:00:00Z")),
    };
    let server = Server::start(first);
    let scene = Scene::new().set(ENDPOINT, server.url());
    assert_eq!(scene.outcome(), found());
    assert!(
        server.received().iter().all(|r| !r.headers.contains_key("x-aliyun-ecs-metadata-token"))
    );
    let strict = scene.set("ALIBABA_CLOUD_IMDSV1_DISABLED", "true");
    assert_eq!(strict.outcome(), Err("InstanceRole credentialsRefused".to_owned()));
}

#[test]
fn where_no_service_answers_the_next_link_is_asked() {
    let silent = Server::start(|_| Reply::Silence);
    for url in [Server::nowhere(), silent.url()] {
        let scene = Scene::new().set(ENDPOINT, url);
        assert_eq!(scene.outcome(), Err("noCredentials".to_owned()));
        let reason = scene.reason("InstanceRole").expect("it was tried");
        assert!(reason.contains("no instance of ECS"), "{reason}");
        assert!(scene.reason("CredentialsUri").is_some());
    }
    let scene = Scene::new().set("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    let reason = scene.reason("InstanceRole").expect("it was tried");
    assert!(reason.starts_with("ALIBABA_CLOUD_ECS_METADATA_DISABLED"), "{reason}");
}

#[test]
fn an_instance_without_a_role_has_no_credentials() {
    let server = Server::start(|request| match request.method.as_str() {
        "PUT" => Reply::ok("t-1"),
        _ => Reply::Status(404, String::new()),
    });
    let scene = Scene::new().set(ENDPOINT, server.url());
    assert_eq!(scene.outcome(), Err("noCredentials".to_owned()));
    assert_eq!(scene.reason("InstanceRole").as_deref(), Some("the instance has no RAM role"));
}

#[test]
fn what_the_service_answers_wrongly_is_named() {
    for (reply, code) in wrong_answers() {
        let answer = reply.clone();
        let server = Server::start(move |request| match request.path.as_str() {
            "/latest/api/token" | ROLES => metadata(request),
            _ => answer.clone(),
        });
        let scene = Scene::new().set(ENDPOINT, server.url());
        assert_eq!(scene.outcome(), Err(format!("InstanceRole {code}")), "{reply:?}");
    }
}

#[test]
fn an_address_of_the_metadata_service_on_another_network_is_refused() {
    let scene = Scene::new().set(ENDPOINT, "http://metadata.example");
    assert_eq!(scene.outcome(), Err("InstanceRole credentialsAddressRefused".to_owned()));
}
