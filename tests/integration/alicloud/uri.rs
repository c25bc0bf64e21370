//! The last link: the credentials URI.

use super::{
    scene::{GIVEN_ID, Scene, fields, wrong_answers},
    server::{Reply, Server},
};

const URI: &str = "ALIBABA_CLOUD_CREDENTIALS_URI";

#[test]
fn the_service_is_asked_at_its_whole_address() {
    let server = Server::start(|_| Reply::ok(fields("2026-12-01T09:00:00Z")));
    let scene = Scene::new().set(URI, format!("{}/get?user=ci&x=%2F", server.url()));
    assert_eq!(scene.outcome(), Ok((GIVEN_ID.to_owned(), "CredentialsUri".to_owned())));
    let asked = &server.received()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/get"));
    assert_eq!(asked.field("user").as_deref(), Some("ci"));
}

#[test]
fn what_a_service_answers_wrongly_is_named() {
    for (reply, code) in wrong_answers() {
        let answer = reply.clone();
        let server = Server::start(move |_| answer.clone());
        let scene = Scene::new().set(URI, server.url());
        assert_eq!(scene.outcome(), Err(format!("CredentialsUri {code}")), "{reply:?}");
        assert_eq!(server.received().len(), 1, "no second attempt, and no redirect: {reply:?}");
    }
    let scene = Scene::new().set(URI, Server::nowhere());
    assert_eq!(scene.outcome(), Err("CredentialsUri credentialsUnreachable".to_owned()));
}

#[test]
fn an_address_without_tls_is_this_machine_or_its_network() {
    for (uri, is_refused) in [
        ("http://gateway.example/credentials", true),
        ("http://10.0.0.1/credentials", true),
        ("ftp://127.0.0.1/", true),
        ("127.0.0.1:80", true),
        ("http://user:password@127.0.0.1/", true),
        ("http://127.0.0.1/a b", true),
        ("http://127.0.0.1:1/credentials", false),
        ("http://localhost:1", false),
    ] {
        let (code, message) = Scene::new().set(URI, uri).refused();
        assert_eq!(code == "credentialsAddressRefused", is_refused, "{uri}: {message}");
        assert!(!message.contains("password"), "{message}");
    }
}
