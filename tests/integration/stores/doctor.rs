//! `keyform state doctor` by the program, on real servers.

use keyform::disk::{Disk, RealDisk};
use serde_json::Value;

use super::{
    oss_server::{BUCKET, KEY, OssServer, REGION, SECRET},
    postgres::database,
    projects::{APPLY, Shared},
    s3_server::S3Server,
};

/// The checks that are not well, by code, what they are about, and outcome.
fn wrong(checkup: &Value) -> Vec<(String, String, String)> {
    let text = |check: &Value, field: &str| check[field].as_str().unwrap_or_default().to_owned();
    let checks = checkup["checks"].as_array().expect("checks").iter();
    let wrong = checks.filter(|check| check["outcome"] != "ok");
    wrong.map(|one| (text(one, "code"), text(one, "subject"), text(one, "outcome"))).collect()
}

/// Runs the doctor; answers its document.
#[track_caller]
fn examined(shared: &Shared, code: i32) -> Value {
    shared.run(&["state", "doctor", "--format", "json"]).expect(code).json()
}

fn finding<'a>(checkup: &'a Value, code: &str, subject: &str) -> &'a Value {
    let mut checks = checkup["checks"].as_array().expect("checks").iter();
    let found = checks.find(|check| check["code"] == code && check["subject"] == subject);
    found.unwrap_or_else(|| panic!("{code} {subject}: {checkup:#}"))
}

/// A store in order: all is well with it, with and without a state, which stays as it was; `untold`
/// is not checked.
fn is_in_order(shared: &Shared, untold: &[&str]) {
    let before = examined(shared, 0);
    let found: Vec<_> = wrong(&before).into_iter().map(|(code, ..)| code).collect();
    assert_eq!(found, untold, "{before:#}");
    shared.run(&["state", "init"]).expect(0);
    shared.run(&APPLY).expect(0);
    let list = shared.run(&["state", "list", "--format", "json"]).expect(0).stdout;
    let text = shared.run(&["state", "doctor"]).expect(0).stdout;
    assert!(text.contains("has the state, with the serial "), "{text}");
    assert!(text.contains("a creation takes "), "{text}");
    assert_eq!(shared.run(&["state", "list", "--format", "json"]).expect(0).stdout, list);
    shared.run(&["plan", "--detailed-exitcode"]).expect(0);
}

fn in_oss(server: &OssServer) -> Shared {
    let state = format!(
        "state: {{oss: {{bucket: {BUCKET}, prefix: team, region: {REGION}, endpoint: \
         \"http://127.0.0.1:{}\"}}}}",
        server.port()
    );
    let key = [("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)];
    Shared::with(key.to_vec()).keeping(&state)
}

#[test]
fn files_are_tried_once_they_are_there() {
    let shared = Shared::with(Vec::new());
    let nothing = examined(&shared, 0);
    assert_eq!(finding(&nothing, "checkStoreDirectory", "")["outcome"], "notChecked");
    assert_eq!(finding(&nothing, "checkStoreCreation", "")["outcome"], "notChecked");
    assert!(!shared.project.path(".keyform/state").exists(), "nothing was made");
    shared.run(&APPLY).expect(0);
    let before = shared.project.contents();
    let whole = examined(&shared, 0);
    // Files have no clock of their own, and FUSE does not tell what is behind it.
    let is_well = |(code, subject, _): &(String, String, String)| {
        code == "checkStoreClock" || subject == "file system"
    };
    assert!(wrong(&whole).iter().all(is_well), "{whole:#}");
    assert_eq!(shared.project.contents(), before, "nothing stays");
}

#[test]
fn postgres_is_in_order_unless_a_right_is_missing_or_it_cannot_be_reached() {
    let (shared, state) = Shared::for_postgres("doctor");
    let shared = shared.keeping(&state);
    is_in_order(&shared, &[]);
    let server = database("doctor_rights");
    let limited = Shared::in_postgres_of(server.port(), "doctor_rights");
    limited.run(&["state", "init"]).expect(0);
    let sql = |statement: &str| server.sql("doctor_rights", statement);
    sql("ALTER TABLE keyform_blobs OWNER TO postgres");
    sql("GRANT SELECT, INSERT ON keyform_blobs TO keyform");
    let checkup = examined(&limited, 1);
    let remove = finding(&checkup, "checkStoreRights", "remove");
    assert_eq!(remove["outcome"], "problem", "{checkup:#}");
    assert!(remove["advice"].as_str().is_some_and(|advice| advice.contains("GRANT DELETE")));
    assert_eq!(finding(&checkup, "checkStoreRights", "create")["outcome"], "ok");
    let left = "SELECT count(*) FROM keyform_blobs WHERE project LIKE '%/doctor'";
    assert_ne!(sql(left).trim(), "0");
    sql("GRANT DELETE ON keyform_blobs TO keyform");
    assert_eq!(wrong(&examined(&limited, 0)), [], "the next one clears away what the first left");
    assert_eq!(sql(left).trim(), "0");

    // Nothing listens there.
    let port = format!("127.0.0.1:{}/", server.port());
    limited.project.edit("keyform.yaml", &port, "127.0.0.1:9/");
    let away = examined(&limited, 1);
    assert_eq!(finding(&away, "checkStorePlace", "")["outcome"], "problem", "{away:#}");
}

#[test]
fn s3_and_moto_are_in_order() {
    let directory = tempfile::tempdir().expect("a directory");
    let atomic = S3Server::atomic(directory.path(), 0);
    let moto = S3Server::moto();
    for port in [atomic.port, moto.port] {
        let (shared, state) = Shared::for_s3(port);
        is_in_order(&shared.keeping(&state), &[]);
    }
    let mut left = Vec::new();
    let disk: &dyn Disk = &RealDisk;
    for name in disk.list(directory.path()).expect("it is there") {
        if name.contains("doctor") {
            left.push(name);
        }
    }
    assert_eq!(left, [""; 0]);
}

#[test]
fn oss_is_in_order_until_its_bucket_has_versions() {
    let server = OssServer::start();
    let shared = in_oss(&server);
    // This server does not say what time it is.
    is_in_order(&shared, &["checkStoreClock"]);
    server.set_versioning("Suspended");
    let checkup = examined(&shared, 1);
    let lock = finding(&checkup, "checkStoreLock", "");
    assert_eq!(lock["outcome"], "problem", "{checkup:#}");
    assert!(lock["finding"].as_str().is_some_and(|told| told.contains("Suspended")), "{lock}");
    // And it is seen that it overwrites.
    assert_eq!(finding(&checkup, "checkStoreCreation", "rules")["outcome"], "problem");
}
