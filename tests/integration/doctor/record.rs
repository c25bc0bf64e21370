//! The record of answers: what is in it, and what never is.

use std::path::Path;

use keyform::{
    checkup::{CheckCode, Outcome},
    model::InstanceId,
};
use serde_json::Value;

use super::machine::Machine;

const FILE: &str = "answers.json";

/// What tells whose answers they are, in the machine of these tests.
const IDENTITIES: [&str; 12] = [
    "i-fleet",
    "i-spare",
    "i-down",
    "acme",
    "10.20.30.40",
    "cn-hangzhou",
    "1234567890123456",
    "emulator",
    "asg-1",
    "keyform-rehearsal-",
    "ssh-rsa AAAA",
    "PRIVATE KEY",
];

/// Records a rehearsal and the checks before it.
fn recorded() -> (Machine, String) {
    let machine = Machine::new();
    let doctor = machine.doctor();
    assert!(doctor.cannot_record(Path::new(FILE)).is_none());
    let checks = doctor.examine(&Default::default());
    assert!(checks.iter().all(|check| check.outcome != Outcome::Problem), "{checks:#?}");
    let rehearsed = doctor.rehearse(&InstanceId::new("i-spare"), &mut |_| {}).expect("it begins");
    let check = doctor.record(Path::new(FILE), &rehearsed.learned);
    assert_eq!((check.code, check.outcome), (CheckCode::Record, Outcome::Ok), "{check:#?}");
    let files = machine.disk.files();
    let text = String::from_utf8(files[Path::new(FILE)].to_vec()).expect("UTF-8");
    (machine, text)
}

#[test]
fn a_record_has_what_was_answered_and_nothing_of_whose_it_is() {
    let (_, text) = recorded();
    for identity in IDENTITIES {
        assert!(!text.contains(identity), "{identity} is in the record:\n{text}");
    }
    let document: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(document["format"], "keyform.transcript/1");
    let calls = document["calls"].as_array().expect("calls");
    let of =
        |action: &str| calls.iter().filter(|call| call["action"] == action).collect::<Vec<_>>();
    for call in of("CreateKeyPair") {
        assert_eq!(call["body"], Value::Null, "its answer has a private key");
    }
    assert_eq!(of("CreateKeyPair").len(), 1);
    assert!(of("GetCallerIdentity").is_empty(), "only ECS is recorded");
    assert!(of("DescribeRegions").is_empty(), "its order would tell which region is which");
    let imported = &of("ImportKeyPair")[0]["body"];
    let listed =
        of("DescribeKeyPairs").into_iter().map(|call| &call["body"]["KeyPairs"]["KeyPair"][0]);
    let names: Vec<_> = listed.filter_map(|pair| pair["KeyPairName"].as_str()).collect();
    assert!(names.contains(&imported["KeyPairName"].as_str().expect("a name")), "{names:?}");
    let print = imported["KeyPairFingerPrint"].as_str().expect("a text");
    assert_eq!(print, "fingerprint-1, 16 bytes without colons");
    assert_eq!(of("RebootInstances").len(), 3);
    let learned = document["learned"].as_array().expect("lines");
    assert!(learned.iter().any(|line| line[0] == "startTimeMoves"), "{learned:?}");
}

#[test]
fn a_record_is_for_its_owner_and_replaces_nothing() {
    use keyform::disk::Disk as _;
    let (machine, _) = recorded();
    assert_eq!(machine.disk.permissions(Path::new(FILE)).expect("it is there"), 0o600);
    let refused = machine.doctor().cannot_record(Path::new(FILE)).expect("it is there");
    assert_eq!(refused.outcome, Outcome::Problem);
    let check = machine.doctor().record(Path::new(FILE), &[]);
    assert_eq!(check.outcome, Outcome::Problem, "also if it was made meanwhile");
}
