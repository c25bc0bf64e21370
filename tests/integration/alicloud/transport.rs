//! ECS over HTTP, against a server that answers as a test says.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keyform::{
    alicloud::Ecs,
    ecs::{
        CallError, DescribeInstances, FailureKind, Request, Response, Transport,
        sign::{claim, verify},
        wire::HttpRequest,
    },
    model::{CloudName, Endpoint, InstanceId, Region},
};
use serde_json::json;

use super::{
    scene::{GIVEN_ID, ID, SECRET, Scene, fields},
    server::{Received, Reply, Server},
};

fn scene() -> Scene {
    Scene::new()
        .set("ALIBABA_CLOUD_ACCESS_KEY_ID", ID)
        .set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)
}

fn ecs(scene: &Scene, url: &str) -> Ecs {
    Ecs::new(Arc::new(scene.source()), Some(Endpoint::parse(url).expect("an endpoint")))
}

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

fn read() -> Request {
    Request::DescribeInstances(DescribeInstances::all(region()))
}

fn write() -> Request {
    Request::AttachKeyPair {
        region: region(),
        key_pair_name: CloudName::new("web"),
        instance_ids: vec![InstanceId::new("i-1")],
    }
}

/// The answers of a service, one after the other; the last one stays.
fn answering(replies: Vec<Reply>) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |_| {
        let number = asked.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1);
        replies[number].clone()
    })
}

/// A request as the server read it from the wire.
fn received(request: &Received) -> HttpRequest {
    HttpRequest {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone().into_iter().collect(),
        headers: request.headers.clone(),
        body: request.body.clone().into_bytes(),
    }
}

#[test]
fn a_call_is_signed_over_what_is_on_the_wire() {
    let server = answering(vec![Reply::ok(json!({"Instances": {"Instance": []}}))]);
    let scene = scene();
    let transport = ecs(&scene, &server.url());
    let Ok(Response::Instances(page)) = transport.call(&read()) else { panic!("no page") };
    assert!(page.instances.is_empty() && page.next_token.is_none());
    let request = received(&server.received()[0]);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/"));
    assert_eq!(request.header("x-acs-action"), Some("DescribeInstances"));
    let claim = claim(&request).expect("a claim");
    assert_eq!(claim.access_key_id, ID);
    assert_eq!(verify(&request, &claim, SECRET), Ok(()));
}

#[test]
fn reads_share_a_connection_and_each_write_has_its_own() {
    let bodies = json!({"Instances": {"Instance": []}, "Results": {"Result": []}});
    let server = answering(vec![Reply::ok(bodies)]);
    let scene = scene();
    let transport = ecs(&scene, &server.url());
    for request in [read(), read(), write(), write()] {
        transport.call(&request).expect("an answer");
    }
    let connections: Vec<_> = server.received().iter().map(|one| one.connection).collect();
    assert_eq!(connections[0], connections[1]);
    assert_ne!(connections[2], connections[3]);
    assert!(!connections[2..].contains(&connections[0]));
}

/// A call without an answer may have taken effect, and one that was not sent has not.
#[test]
fn what_became_of_a_call_is_told_as_far_as_it_is_known() {
    let code = |error: CallError| match error {
        CallError::Service { code, status, .. } => format!("{status} {code}"),
        CallError::NoAnswer { .. } => "no answer".to_owned(),
        CallError::NoCredentials { .. } => "no credentials".to_owned(),
        CallError::NotSent { .. } => "not sent".to_owned(),
    };
    let refusal =
        json!({"Code": "InvalidKeyPairName.NotFound", "Message": "No.", "RequestId": "1"});
    for (reply, told) in [
        (Reply::Status(400, refusal.to_string()), "400 InvalidKeyPairName.NotFound"),
        (Reply::Status(502, "<html>".to_owned()), "502 Http502"),
        (Reply::Redirect("http://127.0.0.1:1/".to_owned()), "302 Http302"),
        (Reply::ok("<html>"), "no answer"),
        (Reply::Hangup, "no answer"),
    ] {
        let server = answering(vec![reply]);
        let scene = scene();
        let error = ecs(&scene, &server.url()).call(&write()).expect_err(told);
        assert_eq!(code(error), told);
        assert_eq!(server.received().len(), 1, "{told}: nothing is tried again");
    }
    let scene = scene();
    let error = ecs(&scene, &Server::nowhere()).call(&write()).expect_err("nothing listens");
    assert_eq!(code(error), "not sent");
    let bare = Scene::new().set("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    let error = ecs(&bare, &Server::nowhere()).call(&write()).expect_err("no credentials");
    assert_eq!(error.kind(), FailureKind::Unauthenticated);
    assert_eq!(code(error), "no credentials");
}

#[test]
fn credentials_that_the_service_calls_expired_are_renewed_once() {
    let times = ["2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z"];
    let given = answering(times.map(|time| Reply::ok(fields(time))).into());
    let scene = Scene::new().set("ALIBABA_CLOUD_CREDENTIALS_URI", given.url());
    let expired = json!({"Code": "InvalidSecurityToken.Expired", "Message": "Expired."});
    let server = answering(vec![Reply::Status(400, expired.to_string())]);
    let transport = ecs(&scene, &server.url());
    let first = transport.call(&write()).expect_err("they have expired");
    assert!(matches!(&first, CallError::NotSent { .. }) && first.is_transient(), "{first}");
    let second = transport.call(&write()).expect_err("and so have the next ones");
    assert_eq!(second.kind(), FailureKind::Unauthenticated, "there are no others");
    let told = second.to_string();
    for part in ["the credentials URI", "keyform whoami"] {
        assert!(told.contains(part), "the link and the fix are named: {told}");
    }
    assert_eq!(given.received().len(), 3);
    let request = received(&server.received()[1]);
    assert_eq!(claim(&request).expect("a claim").access_key_id, GIVEN_ID);
}

#[test]
fn a_wrong_clock_is_corrected_by_the_services_own() {
    let body = json!({"Code": "InvalidTimeStamp.Expired", "Message": "Expired."}).to_string();
    let date = |time: &str| {
        let length = body.len();
        let head = format!("HTTP/1.1 400 Bad Request\r\ndate: {time}\r\ncontent-length: {length}");
        Reply::Raw(format!("{head}\r\n\r\n{body}").into_bytes())
    };
    let server = answering(vec![date("Tue, 01 Dec 2026 09:30:00 GMT")]);
    let scene = scene();
    let transport = ecs(&scene, &server.url());
    let first = transport.call(&write()).expect_err("the clock is wrong");
    let CallError::NotSent { reason, .. } = &first else { panic!("{first}") };
    assert!(reason.contains("90 min slow"), "{reason}");
    let second = transport.call(&write()).expect_err("it was corrected already");
    assert_eq!(second.code(), Some("InvalidTimeStamp.Expired"));
    assert_eq!(second.kind(), FailureKind::WrongClock);
    let times = server.received().into_iter().map(|one| one.headers["x-acs-date"].clone());
    assert_eq!(times.collect::<Vec<_>>(), ["2026-12-01T08:00:00Z", "2026-12-01T09:30:00Z"]);
}

/// In milliseconds, as the vendor's clients read it.
#[test]
fn when_to_come_back_is_told_by_a_header() {
    let body = json!({"Code": "Throttling.User", "Message": "Later."}).to_string();
    let length = body.len();
    let head = format!("HTTP/1.1 400 X\r\nX-Acs-Retry-After: 2500\r\ncontent-length: {length}");
    let server = answering(vec![Reply::Raw(format!("{head}\r\n\r\n{body}").into_bytes())]);
    let scene = scene();
    let error = ecs(&scene, &server.url()).call(&write()).expect_err("throttled");
    assert_eq!(error.retry_after(), Some(Duration::from_millis(2_500)));
    assert_eq!(error.kind().least_wait(), Duration::from_millis(2_500));
}
