//! Credentials in a run: renewed before they expire, and kept while a renewal fails.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use keyform::driver::Clock;
use keyform::model::Timestamp;

use super::{
    scene::{ID, SECRET, Scene, fields},
    server::{Reply, Server},
};

/// A service that gives credentials until these times, one after the other; then it refuses.
fn giving(times: &'static [&'static str]) -> (Server, Scene) {
    let asked = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |_| match times.get(asked.fetch_add(1, Ordering::SeqCst)) {
        Some(time) => Reply::ok(fields(time)),
        None => Reply::Status(500, String::new()),
    });
    let scene = Scene::new().set("ALIBABA_CLOUD_CREDENTIALS_URI", server.url());
    (server, scene)
}

#[test]
fn credentials_are_renewed_when_less_than_a_quarter_of_an_hour_is_left() {
    let (server, scene) = giving(&["2026-12-01T09:00:00Z", "2026-12-01T10:00:00Z"]);
    let source = scene.source();
    let until = || source.current().expect("credentials").expires;
    for (time, asked, expires) in [
        ("2026-12-01T08:00:00Z", 1, "2026-12-01T09:00:00Z"),
        ("2026-12-01T08:44:59Z", 1, "2026-12-01T09:00:00Z"),
        ("2026-12-01T08:45:00Z", 2, "2026-12-01T10:00:00Z"),
        ("2026-12-01T09:44:59Z", 2, "2026-12-01T10:00:00Z"),
    ] {
        scene.clock.advance_to(Timestamp::parse(time).expect("a time"));
        assert_eq!(until(), Timestamp::parse(expires), "{time}");
        assert_eq!(server.received().len(), asked, "{time}");
    }
}

#[test]
fn a_renewal_that_fails_keeps_the_credentials_while_they_are_valid() {
    let (server, scene) = giving(&["2026-12-01T09:00:00Z"]);
    let source = scene.source();
    for (time, asked) in [
        ("2026-12-01T08:00:00Z", 1),
        ("2026-12-01T08:45:00Z", 2),
        // It is not asked for each call.
        ("2026-12-01T08:45:29Z", 2),
        ("2026-12-01T08:45:30Z", 3),
        ("2026-12-01T08:59:59Z", 4),
    ] {
        scene.clock.advance_to(Timestamp::parse(time).expect("a time"));
        source.current().expect("they are valid");
        assert_eq!(server.received().len(), asked, "{time}");
    }
    scene.clock.sleep(Duration::from_secs(30));
    let error = source.current().expect_err("they have expired");
    assert_eq!(error.code().as_str(), "credentialsRefused");
}

#[test]
fn credentials_of_a_quarter_of_an_hour_are_not_renewed_for_each_call() {
    let (server, scene) = giving(&["2026-12-01T08:15:00Z", "2026-12-01T08:30:00Z"]);
    let source = scene.source();
    for (time, asked) in [("2026-12-01T08:07:29Z", 1), ("2026-12-01T08:07:30Z", 2)] {
        for _ in 0..3 {
            source.current().expect("credentials");
        }
        scene.clock.advance_to(Timestamp::parse(time).expect("a time"));
        source.current().expect("credentials");
        assert_eq!(server.received().len(), asked, "{time}");
    }
}

#[test]
fn threads_that_need_credentials_at_once_ask_for_them_once() {
    let (server, scene) = giving(&["2026-12-01T09:00:00Z"]);
    let source = scene.source();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| source.current().expect("credentials"));
        }
    });
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_key_is_read_once_and_has_no_end() {
    let scene = Scene::new().set("ALIBABA_CLOUD_ACCESS_KEY_ID", ID);
    let scene = scene.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET);
    let source = scene.source();
    assert!(source.trace().0.is_empty(), "nothing was asked yet");
    let first = source.current().expect("credentials");
    scene.clock.sleep(Duration::from_secs(1_000_000));
    assert!(Arc::ptr_eq(&first, &source.current().expect("credentials")));
    assert_eq!(source.expires_without_renewal(), None);
}
