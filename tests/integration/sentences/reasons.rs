//! Why something is not done.

use keyform::{
    model::{
        Address, BindingName, CloudName, ExposedKey, InstanceId, InstanceStatus, KeyFileProblem,
        Owner, PathKind, ProjectName, Region, Timestamp,
        schedule::{Span, Window, Zone},
    },
    plan::{
        ClaimReason, InstanceReason, KeyReason, Note, NoteKind, PairReason, Reason, ReasonCode,
        ScheduleReason, UnwantedReason,
    },
};
use serde_json::{Value, json};

use super::sentences;

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

fn pair() -> CloudName {
    CloudName::new("web")
}

fn instances() -> Vec<InstanceId> {
    vec![InstanceId::new("i-1"), InstanceId::new("i-2")]
}

fn time() -> Timestamp {
    Timestamp::parse("2026-12-18T18:00:00.250Z").expect("a time")
}

fn window() -> Window {
    let window = json!({
        "days": ["sat"], "start": "02:00", "duration": "3h", "timeZone": "Asia/Shanghai",
    });
    serde_json::from_value(window).expect("a window")
}

fn of_instances() -> Vec<InstanceReason> {
    let family = || "ecs.s2".to_owned();
    vec![
        InstanceReason::InstanceNotFound { region: region() },
        InstanceReason::InstanceInOtherRegion {
            region: region(),
            found: Region::new("cn-beijing").expect("a region"),
        },
        InstanceReason::InstanceUnseen,
        InstanceReason::RunsWindows,
        InstanceReason::GenerationOne { family: family() },
        InstanceReason::GenerationOneOptimized { family: family() },
        InstanceReason::Managed { tag: "ack.aliyun.com".to_owned() },
        InstanceReason::Locked { reasons: vec!["financial".to_owned(), "security".to_owned()] },
        InstanceReason::InTransition { status: InstanceStatus::Starting },
        InstanceReason::Unproven { status: InstanceStatus::Stopped },
    ]
}

fn of_schedules() -> Vec<ScheduleReason> {
    let why = || "a feast".to_owned();
    let zone = Zone::new("Asia/Shanghai");
    vec![
        ScheduleReason::Restarting { status: InstanceStatus::Starting },
        ScheduleReason::NotBack,
        ScheduleReason::StoppedPrepared,
        ScheduleReason::LeftPrepared,
        ScheduleReason::Paused { until: time(), time_zone: None, why: why() },
        ScheduleReason::Paused { until: time(), time_zone: zone.clone(), why: why() },
        ScheduleReason::Denied { until: time(), time_zone: zone, after_seconds: 5400, why: why() },
        ScheduleReason::WaitsForWindow { window: window(), opens: time(), after_seconds: 90_000 },
        ScheduleReason::NoWindow { estimate_seconds: 11_000 },
        ScheduleReason::RestartLimit,
        ScheduleReason::Manual,
        ScheduleReason::ManualUnbound,
        ScheduleReason::BoundWhileStopped,
        ScheduleReason::UnboundWhileStopped,
    ]
}

fn of_claims() -> Vec<ClaimReason> {
    let other = || Some(CloudName::new("ops"));
    let bindings = vec![BindingName::new("one"), BindingName::new("two")];
    vec![
        ClaimReason::ClaimedTwice { bindings },
        ClaimReason::BoundToForeign { pair: pair(), owner: Owner::WithoutKeyform },
        ClaimReason::BoundToForeign { pair: pair(), owner: Owner::Project("shop".to_owned()) },
        ClaimReason::BoundToForeign {
            pair: pair(),
            owner: Owner::OtherState(ProjectName::new("laws")),
        },
        ClaimReason::TakenFrom { before: pair(), now: other() },
        ClaimReason::TakenFrom { before: pair(), now: None },
        ClaimReason::RetakenAgain { at: time(), now: other() },
        ClaimReason::ApprovalOutdated { before: None, now: other() },
        ClaimReason::ApprovedPairGone { pair: pair() },
        ClaimReason::LeftSelector { binding: BindingName::new("one") },
        ClaimReason::Held { until: time() },
        ClaimReason::HoldTooLong { until: time() },
        ClaimReason::HoldUnreadable { tag: "on Friday".to_owned() },
        ClaimReason::BoundToProtected,
    ]
}

fn of_pairs() -> Vec<PairReason> {
    vec![
        PairReason::NameTaken { region: region() },
        PairReason::PairReplaced { region: region() },
        PairReason::PairTakenOver,
        PairReason::PairDeleted,
        PairReason::PairAndKeyGone,
        PairReason::TagsChanged,
        PairReason::GroupChanged,
        PairReason::OfOtherState,
        PairReason::Orphaned,
        PairReason::CanBeAdopted { region: region() },
        PairReason::TagClash { key: "team".to_owned(), other: "Team".to_owned() },
        PairReason::TagsDoNotFit { others: 9 },
        PairReason::AdoptsOtherKey { region: region() },
        PairReason::GenerationGone { later: 3 },
        PairReason::GenerationLost { later: 3 },
        PairReason::PairBlocked { pair: pair() },
    ]
}

fn file() -> String {
    "keys/web.pem".to_owned()
}

fn of_keys() -> Vec<KeyReason> {
    vec![
        KeyReason::KeyLostWhileBound { instances: instances() },
        KeyReason::KeyMissing,
        KeyReason::KeyMissingForRegion { region: region() },
        KeyReason::KeyMissingForInstance { pair: pair() },
        KeyReason::KeyMissingForProof { pair: pair() },
        KeyReason::CertificateForInstance { pair: pair() },
        KeyReason::GivenKeyDiffers,
        KeyReason::KeyUnusable {
            problem: KeyFileProblem::NotAFile { file: file(), found: PathKind::Directory },
        },
        KeyReason::KeyExposed(ExposedKey { file: file(), mode: "0640".to_owned() }),
        KeyReason::KeyNotLookedAt,
        KeyReason::KeyDiffers,
        KeyReason::KeyStillInEffect { instances: instances() },
        rotation_due(false),
        rotation_due(true),
    ]
}

fn rotation_due(is_given: bool) -> KeyReason {
    let made = Timestamp::parse("2026-09-19T18:00:00.250Z").expect("a time");
    let rotate_after = Span::parse("90d").expect("a duration");
    KeyReason::RotationDue { made, rotate_after, due: time(), generation: 2, is_given }
}

fn of_unwanted() -> Vec<UnwantedReason> {
    vec![
        UnwantedReason::DeleteLimit,
        UnwantedReason::Protected,
        UnwantedReason::StillBound { instances: instances() },
        UnwantedReason::StillInEffect { instances: instances() },
        UnwantedReason::NotOurs,
    ]
}

fn examples() -> Vec<Reason> {
    let all = of_instances().into_iter().map(Reason::from);
    let all = all.chain(of_schedules().into_iter().map(Reason::from));
    let all = all.chain(of_claims().into_iter().map(Reason::from));
    let all = all.chain(of_pairs().into_iter().map(Reason::from));
    let all = all.chain(of_keys().into_iter().map(Reason::from));
    all.chain(of_unwanted().into_iter().map(Reason::from)).collect()
}

#[test]
fn each_reason_has_its_sentence() {
    let text = sentences(&examples(), ReasonCode::ALL, Reason::code, ReasonCode::as_str);
    insta::assert_snapshot!(text);
}

fn note(reason: Reason) -> Note {
    Note { kind: NoteKind::Waiting, address: Address::Key(pair()), reason, origin: None }
}

#[test]
fn a_note_is_read_back_as_it_was() {
    for reason in examples() {
        let note = note(reason);
        let written = serde_json::to_value(&note).expect("JSON");
        assert_eq!(written["reason"]["text"], Value::from(note.reason.to_string()));
        let read: Note = serde_json::from_value(written).expect("a note");
        assert_eq!(read, note);
    }
}

/// A sentence in a file could say anything; a reviewer is shown what the fields say.
#[test]
fn the_sentence_of_a_note_is_not_believed() {
    for text in [json!("it is fine"), json!(7), Value::Null] {
        let note = note(KeyReason::KeyMissing.into());
        let mut written = serde_json::to_value(&note).expect("JSON");
        written["reason"]["text"] = text;
        let read: Note = serde_json::from_value(written).expect("a note");
        assert_eq!(read, note);
    }
}

#[test]
fn a_note_has_the_code_and_the_fields_of_one_reason() {
    for reason in [
        json!({"code": "noSuchCode"}),
        json!({"code": "keyMissing", "pair": "web"}),
        json!({"code": "keyMissingForProof"}),
        json!({"code": "keyMissingForProof", "pair": "web", "region": "cn-hangzhou"}),
        json!({"code": "held", "until": "soon"}),
        json!({"text": "it is fine"}),
        json!("it is fine"),
    ] {
        let mut written = serde_json::to_value(note(KeyReason::KeyMissing.into())).expect("JSON");
        written["reason"] = reason.clone();
        assert!(serde_json::from_value::<Note>(written).is_err(), "{reason}");
    }
}
