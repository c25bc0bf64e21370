//! Shelves in buckets of OSS.

use std::{sync::Arc, time::Duration};

use keyform::{
    alicloud::{Client, ProxySettings},
    model::{Endpoint, ProjectName},
    objects::{Bucket, oss},
    store::{Created, ObjectShelf, Shelf, ShelfErrorKind},
};

use super::{
    believes_no_broken_answer, is_refused, keeps_the_contract,
    oss_server::{BUCKET, KEY, OWNER, OssServer, REGION, SECRET},
    project,
    proxy::Proxy,
    settles_what_was_lost,
};
use crate::alicloud::scene::Scene;

fn shelf_with(port: u16, secret: &str, region: &str, account: &str) -> ObjectShelf {
    ObjectShelf::new(bucket_in(port, secret, region), "team", &project(), Some(account.to_owned()))
}

/// The shelf of a project.
pub(super) fn shelf_of(port: u16, project: &ProjectName) -> ObjectShelf {
    ObjectShelf::new(bucket(port, SECRET), "team", project, Some(OWNER.to_owned()))
}

fn bucket_in(port: u16, secret: &str, region: &str) -> Bucket {
    let scene = Scene::new().set("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY);
    let source = scene.set("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret).source();
    let http = Arc::new(Client::new(ProxySettings::default()).expect("no proxy"));
    let endpoint = Endpoint::parse(&format!("http://127.0.0.1:{port}")).expect("an endpoint");
    let at = (&endpoint, region);
    oss(http, Arc::new(source), at, BUCKET, Duration::from_secs(2))
}

/// The bucket of a server, with this secret.
pub(super) fn bucket(port: u16, secret: &str) -> Bucket {
    bucket_in(port, secret, REGION)
}

pub(super) fn shelf(port: u16) -> ObjectShelf {
    shelf_with(port, SECRET, REGION, OWNER)
}

#[test]
fn oss_keeps_the_contract() {
    let server = OssServer::start();
    keeps_the_contract(|| Box::new(shelf(server.port())));
    assert_eq!(shelf(server.port()).place(), "oss://states/team/acme/");
}

#[test]
fn broken_answers_of_oss_are_not_believed() {
    let server = OssServer::start();
    let proxy = Proxy::before(server.port());
    believes_no_broken_answer(&shelf(proxy.port()), &proxy);
}

#[test]
fn lost_answers_of_oss_are_settled_by_reading() {
    let server = OssServer::start();
    let proxy = Proxy::before(server.port());
    settles_what_was_lost(&shelf(proxy.port()), &proxy);
}

#[test]
fn a_wrong_secret_and_a_wrong_region_of_oss_are_refused() {
    let server = OssServer::start();
    let wrong = shelf_with(server.port(), "a-wrong-secret", REGION, OWNER);
    is_refused(&wrong, "SignatureDoesNotMatch");
    is_refused(&shelf_with(server.port(), SECRET, "cn-beijing", OWNER), "InvalidArgument");
}

#[test]
fn each_lock_looks_whether_the_bucket_is_ours_and_has_no_versions() {
    let server = OssServer::start();
    let ours = shelf(server.port());
    assert_eq!(ours.create("lease/1", b"a").expect("it is ours"), Created::New);

    let stranger = shelf_with(server.port(), SECRET, REGION, "6543210987654321");
    let error = stranger.create("lease/2", b"b").map(|_| ()).expect_err("it is of another account");
    assert!(error.reason.contains(OWNER), "{error}");

    for status in ["Enabled", "Suspended"] {
        server.set_versioning(status);
        let error = ours.create("lease/1", b"c").map(|_| ()).expect_err("it would overwrite");
        assert_eq!(error.kind, ShelfErrorKind::Refused, "{error}");
        assert!(error.reason.contains(status), "{error}");
    }
    assert_eq!(ours.read("lease/1").expect("it can be read"), Some(b"a".to_vec()));
}
