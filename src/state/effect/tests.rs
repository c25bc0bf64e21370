use super::*;
use crate::model::{
    BindingName, CloudName, Fingerprint, MaxUnavailable, RestartPolicy, RestartWhen, Timestamp,
};

fn time(text: &str) -> Option<ServiceTime> {
    Some(ServiceTime::parse(text).expect("a time of the service"))
}

fn bound(name: &str) -> Bound {
    Bound { name: CloudName::new(name), fingerprint: Fingerprint::from_bytes([7; 16]) }
}

fn record(bound: Option<Bound>, effect: Effect) -> RecordInstance {
    RecordInstance {
        binding: BindingName::new("web-fleet"),
        restart: RestartPolicy::new(RestartWhen::Now, MaxUnavailable::Number(1)),
        bound,
        effect,
        retaken: None,
        proof: None,
        restart_seconds: None,
        moved: None,
        prepared: None,
        revision: 1,
    }
}

fn moment(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

fn seen_back(milliseconds: i64) -> Evidence {
    Evidence::SeenBack { at: moment(milliseconds) }
}

/// In effect, since it was started later.
fn moved(from: &str, to: &str) -> Effect {
    let time = |text| ServiceTime::parse(text).expect("a time of the service");
    let evidence = Evidence::StartTimeMoved { from: time(from), to: time(to) };
    Effect::InEffect { evidence }
}

fn pending(baseline: &str, effective: Effective) -> Effect {
    Effect::Pending { baseline: time(baseline), effective }
}

#[test]
fn a_recorded_binding_is_in_effect_once_the_service_says_it_started_later() {
    let web = bound("web");
    let record = record(Some(web.clone()), pending("2026-01-01T00:05Z", Effective::Password));
    for (start, effect) in [
        ("2026-01-01T00:04Z", record.effect.clone()),
        ("2026-01-01T00:05Z", record.effect.clone()),
        ("2026-01-01T00:05:59Z", record.effect.clone()),
        ("2026-01-01T00:06Z", moved("2026-01-01T00:05Z", "2026-01-01T00:06Z")),
    ] {
        let recorded = EffectInputs {
            record: Some(&record),
            intent: None,
            status: Some(InstanceStatus::Running),
            bound: Some(&web),
            start_time: time(start),
            pair_creation_time: None,
        };
        assert_eq!(effect_of(recorded), effect, "started {start}");
    }
}

#[test]
fn an_instance_that_is_still_on_its_way_up_accepts_nothing_yet() {
    let web = bound("web");
    let record = record(Some(web.clone()), pending("2026-01-01T00:05Z", Effective::Password));
    let recorded = EffectInputs {
        record: Some(&record),
        intent: None,
        status: Some(InstanceStatus::Starting),
        bound: Some(&web),
        start_time: time("2026-01-01T00:06Z"),
        pair_creation_time: None,
    };
    assert_eq!(effect_of(recorded), record.effect);
}

#[test]
fn a_binding_without_a_record_is_pending_only_if_it_cannot_be_in_effect() {
    let web = bound("web");
    for (start, created, effect) in [
        (
            "2026-01-01T00:04Z",
            "2026-01-01T00:05Z",
            pending("2026-01-01T00:04Z", Effective::Unknown),
        ),
        ("2026-01-01T00:05Z", "2026-01-01T00:05Z", Effect::Assumed),
        ("2026-01-01T00:06Z", "2026-01-01T00:05Z", Effect::Assumed),
    ] {
        let recorded = EffectInputs {
            record: None,
            intent: None,
            status: Some(InstanceStatus::Running),
            bound: Some(&web),
            start_time: time(start),
            pair_creation_time: time(created),
        };
        assert_eq!(effect_of(recorded), effect, "started {start}, created {created}");
    }
}

#[test]
fn an_attach_without_an_outcome_counts_from_the_reading_that_confirms_it() {
    let web = bound("web");
    let intent = Intent::Attach { name: web.name.clone(), purpose: None };
    let recorded = EffectInputs {
        record: None,
        intent: Some(&intent),
        status: Some(InstanceStatus::Running),
        bound: Some(&web),
        start_time: time("2026-01-01T00:09Z"),
        pair_creation_time: time("2026-01-01T00:05Z"),
    };
    assert_eq!(effect_of(recorded), pending("2026-01-01T00:09Z", Effective::Unknown));
}

#[test]
fn what_was_seen_back_is_in_effect_whether_its_start_time_has_moved_or_not() {
    let web = bound("web");
    let record = record(Some(web.clone()), pending("2026-01-01T00:05Z", Effective::Password));
    let evidence = seen_back(7);
    let recorded = EffectInputs {
        record: Some(&record),
        intent: Some(&Intent::PutBack { bound: Some(web.name.clone()), evidence }),
        status: Some(InstanceStatus::Running),
        bound: Some(&web),
        start_time: time("2026-01-01T00:05Z"),
        pair_creation_time: None,
    };
    assert_eq!(effect_of(recorded), Effect::InEffect { evidence });
}

/// A record may be older than what is bound, by somebody else's doing.
#[test]
fn a_restart_without_an_outcome_is_one_for_what_was_bound_then() {
    let (web, ops) = (bound("web"), bound("ops"));
    let recorded = record(Some(web.clone()), Effect::InEffect { evidence: seen_back(1) });
    let start_time = time("2026-01-01T00:05Z");
    let before = Intent::Restart {
        start_time,
        bound: None,
        at: moment(2),
        seen_down: None,
        seen_back: None,
    };
    let put_back = Intent::PutBack { bound: None, evidence: seen_back(7) };
    let at = |bound, intent, start| {
        effect_of(EffectInputs {
            record: Some(&recorded),
            intent: Some(intent),
            status: Some(InstanceStatus::Running),
            bound,
            start_time: time(start),
            pair_creation_time: time("2026-01-01T00:00Z"),
        })
    };
    let restarted = moved("2026-01-01T00:05Z", "2026-01-01T00:06Z");
    assert_eq!(at(None, &before, "2026-01-01T00:06Z"), restarted);
    assert!(matches!(at(None, &before, "2026-01-01T00:05Z"), Effect::Pending { .. }));
    assert!(matches!(at(Some(&ops), &before, "2026-01-01T00:06Z"), Effect::Pending { .. }));
    assert_eq!(
        at(None, &put_back, "2026-01-01T00:05Z"),
        Effect::InEffect { evidence: seen_back(7) }
    );
    assert!(matches!(at(Some(&ops), &put_back, "2026-01-01T00:05Z"), Effect::Pending { .. }));
}

#[test]
fn an_unbinding_is_pending_and_keeps_what_the_guest_accepts() {
    let record = record(Some(bound("web")), Effect::InEffect { evidence: seen_back(1) });
    let recorded = EffectInputs {
        record: Some(&record),
        intent: None,
        status: Some(InstanceStatus::Running),
        bound: None,
        start_time: time("2026-01-01T00:09Z"),
        pair_creation_time: None,
    };
    let effective = Effective::Key(Fingerprint::from_bytes([7; 16]));
    assert_eq!(effect_of(recorded), pending("2026-01-01T00:09Z", effective));
}

/// Somebody bound an instance of ours to another pair: what its guest accepts is not known from
/// our record any more.
#[test]
fn the_effect_of_a_binding_by_somebody_else_is_that_of_one_that_is_found() {
    let record = record(Some(bound("web")), Effect::InEffect { evidence: seen_back(1) });
    let recorded = EffectInputs {
        record: Some(&record),
        intent: None,
        bound: Some(&bound("theirs")),
        status: Some(InstanceStatus::Running),
        start_time: None,
        pair_creation_time: None,
    };
    assert_eq!(effect_of(recorded), Effect::Assumed);
}

/// Whatever the evidence is, it is kept as it was recorded, and what it is changes nothing else.
#[test]
fn an_evidence_says_why_and_decides_nothing() {
    let web = bound("web");
    let start = |text| ServiceTime::parse(text).expect("a time of the service");
    let (from, to) = (start("2026-01-01T00:05Z"), start("2026-01-01T00:06Z"));
    for evidence in [seen_back(1), Evidence::StartTimeMoved { from, to }] {
        let record = record(Some(web.clone()), Effect::InEffect { evidence });
        let at = |bound| {
            effect_of(EffectInputs {
                record: Some(&record),
                intent: None,
                status: Some(InstanceStatus::Running),
                bound,
                start_time: time("2026-01-01T00:09Z"),
                pair_creation_time: None,
            })
        };
        assert_eq!(at(Some(&web)), Effect::InEffect { evidence });
        assert_eq!(at(Some(&web)).evidence(), Some(evidence));
        let accepted = Effective::Key(web.fingerprint);
        assert_eq!(at(None), pending("2026-01-01T00:09Z", accepted), "{evidence:?}");
        assert_eq!(effective(&record), accepted, "{evidence:?}");
    }
    assert_eq!(Effect::Assumed.evidence(), None);
    assert_eq!(pending("2026-01-01T00:05Z", Effective::Unknown).evidence(), None);
}

#[test]
fn a_start_is_evidence_only_if_both_times_are_told_and_the_second_is_later() {
    let (earlier, later) = (time("2026-01-01T00:05Z"), time("2026-01-01T00:06Z"));
    let evidence = moved("2026-01-01T00:05Z", "2026-01-01T00:06Z").evidence();
    for (before, now, expected) in [
        (earlier, later, evidence),
        (earlier, earlier, None),
        (later, earlier, None),
        (None, later, None),
        (earlier, None, None),
    ] {
        assert_eq!(Evidence::of_start(before, now), expected, "from {before:?} to {now:?}");
    }
}
