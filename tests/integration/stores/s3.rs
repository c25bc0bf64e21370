//! Shelves in buckets of S3.

use std::{collections::BTreeMap, io, path::Path, sync::Arc, time::Duration};

use keyform::{
    alicloud::{Client, ProxySettings, ReadFiles},
    model::{Endpoint, ProjectName},
    objects::{AwsVariables, Bucket, BucketAddress, S3Surroundings, s3},
    store::{ObjectShelf, Shelf, ShelfErrorKind},
};
use zeroize::Zeroizing;

use super::{
    believes_no_broken_answer, is_refused, keeps_the_contract, outlives_its_server, project,
    proxy::Proxy, s3_server::S3Server, settles_what_was_lost,
};

/// Files of a user.
#[derive(Default)]
struct Files(BTreeMap<String, String>);

impl ReadFiles for Files {
    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        let found = path.to_str().and_then(|path| self.0.get(path));
        let found = found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(Zeroizing::new(found.as_bytes().to_vec()))
    }
}

fn around(variables: &[(&str, &str)], files: Files) -> S3Surroundings {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    // No test asks for the metadata of a machine.
    let all = variables.iter().map(owned).chain([owned(&("AWS_EC2_METADATA_DISABLED", "true"))]);
    S3Surroundings {
        variables: AwsVariables::among(all),
        home: Some("/home/ann".into()),
        files: Arc::new(files),
        http: Arc::new(Client::new(ProxySettings::default()).expect("no proxy")),
    }
}

pub(super) const KEY: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "test-key"), ("AWS_SECRET_ACCESS_KEY", "test-secret")];

fn bucket_with(around: S3Surroundings, port: u16, bucket: &str) -> Bucket {
    let endpoint = Endpoint::parse(&format!("http://127.0.0.1:{port}")).expect("an endpoint");
    let address = BucketAddress::new(&endpoint, bucket, true);
    s3(around, address, "eu-west-1", Duration::from_secs(2))
}

/// The bucket of a server, with this secret.
pub(super) fn bucket(port: u16, secret: &str) -> Bucket {
    let key = [(KEY[0].0, KEY[0].1), (KEY[1].0, secret)];
    bucket_with(around(&key, Files::default()), port, "states")
}

fn shelf_with(
    around: S3Surroundings,
    port: u16,
    (bucket, prefix): (&str, &str),
    project: &ProjectName,
) -> ObjectShelf {
    ObjectShelf::new(bucket_with(around, port, bucket), prefix, project, None)
}

pub(super) fn shelf(port: u16, prefix: &str) -> ObjectShelf {
    shelf_of(port, prefix, &project())
}

/// The shelf of a project.
pub(super) fn shelf_of(port: u16, prefix: &str, project: &ProjectName) -> ObjectShelf {
    shelf_with(around(&KEY, Files::default()), port, ("states", prefix), project)
}

#[test]
fn s3_keeps_the_contract() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    keeps_the_contract(|| Box::new(shelf(server.port, "team/states")));
    assert_eq!(shelf(server.port, "team/states").place(), "s3://states/team/states/acme/");
}

#[test]
fn moto_keeps_the_contract() {
    let server = S3Server::moto();
    keeps_the_contract(|| Box::new(shelf(server.port, "")));
}

#[test]
fn s3_has_the_shelves_of_several_projects() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    let (one, other) = (shelf(server.port, "one"), shelf(server.port, "one/acme/x"));
    for name in 0..9 {
        let _ = one.create(&format!("n{name}"), b"one").expect("it runs");
    }
    assert_eq!(other.list("").expect("it runs"), [""; 0]);
    assert_eq!(other.read("n1").expect("it runs"), None);
    assert_eq!(one.list("").expect("it runs").len(), 9, "over two pages");
}

#[test]
fn s3_is_restarted() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    outlives_its_server(&shelf(server.port, ""), server, |server| {
        let port = server.port;
        drop(server);
        S3Server::atomic(directory.path(), port)
    });
}

#[test]
fn broken_answers_of_s3_are_not_believed() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    let proxy = Proxy::before(server.port);
    believes_no_broken_answer(&shelf(proxy.port(), ""), &proxy);
}

#[test]
fn lost_answers_of_s3_are_settled_by_reading() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    let proxy = Proxy::before(server.port);
    settles_what_was_lost(&shelf(proxy.port(), ""), &proxy);
}

#[test]
fn wrong_credentials_of_s3_are_refused_and_a_server_that_is_not_there_may_be_later() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    let port = server.port;
    let with = |variables: &[(&str, &str)]| {
        shelf_with(around(variables, Files::default()), port, ("states", ""), &project())
    };
    let wrong = [("AWS_ACCESS_KEY_ID", "test-key"), ("AWS_SECRET_ACCESS_KEY", "a-wrong-secret")];
    is_refused(&with(&wrong), "SignatureDoesNotMatch");
    is_refused(&with(&[]), "no credentials");
    is_refused(
        &shelf_with(around(&KEY, Files::default()), port, ("others", ""), &project()),
        "NoSuchBucket",
    );
    drop(server);
    let error = shelf(port, "").create("a", b"x").map(|_| ()).expect_err("nothing listens");
    assert_eq!(error.kind, ShelfErrorKind::Unreachable, "{error}");
}

#[test]
fn credentials_of_s3_come_from_the_files_of_awss_own_tools_too() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    let text = "[default]\naws_access_key_id = x\naws_secret_access_key = y\n[keyform]\n\
                aws_access_key_id = test-key\naws_secret_access_key = test-secret\n";
    let files = || Files([("/home/ann/.aws/credentials".to_owned(), text.to_owned())].into());
    let with = |variables: &[(&str, &str)]| {
        shelf_with(around(variables, files()), server.port, ("states", ""), &project())
    };
    assert_eq!(with(&[("AWS_PROFILE", "keyform")]).list("").expect("it is known"), [""; 0]);
    with(&[]).list("").expect_err("another key");
}
