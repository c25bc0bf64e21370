use super::*;
use crate::{
    model::{BindingName, CloudName, Fingerprint, InstanceId, InstanceStatus, ProjectName, Region},
    status::{KeyState, STATUS_FORMAT},
};

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

fn now() -> Timestamp {
    time("2026-12-16T10:00:00Z")
}

/// A region of the rows below.
fn region(name: &str) -> Region {
    Region::new(name).expect("a region")
}

fn pair(name: &str, instances: usize) -> PairRow {
    PairRow {
        name: CloudName::new(name),
        region: region("cn-hangzhou"),
        fingerprint: Fingerprint::from_bytes([7; 16]),
        in_cloud: true,
        private_key: KeyState::Held,
        instances,
        made: None,
        rotation: None,
    }
}

/// An instance with an id as long as those of the service.
fn instance(number: usize, name: &str, binding: &str) -> InstanceRow {
    InstanceRow {
        id: InstanceId::new(format!("i-bp1{number:017}")),
        name: name.to_owned(),
        region: region("cn-hangzhou"),
        binding: BindingName::new(binding),
        bound: Some(CloudName::new("shop")),
        effect: Some(EffectState::InEffect),
        evidence: None,
        pending_since: None,
        deferred: None,
        proof: None,
        status: Some(InstanceStatus::Running),
    }
}

/// One row of each kind.
fn rows() -> Vec<InstanceRow> {
    let deferred = DeferredWork {
        to: Some(CloudName::new("shop")),
        from: Some(time("2026-12-18T18:00:00Z")),
        digest: "28468ffd57d0".to_owned(),
    };
    vec![
        InstanceRow {
            proof: Some(ProofState::Shown(time("2026-11-27T22:33:12Z"))),
            ..instance(1, "shop-1", "shop-fleet")
        },
        InstanceRow {
            effect: Some(EffectState::Pending),
            pending_since: Some(time("2026-11-27T22:30:00Z")),
            proof: Some(ProofState::Pending),
            status: Some(InstanceStatus::Starting),
            ..instance(2, "shop-2", "shop-fleet")
        },
        InstanceRow {
            bound: None,
            effect: None,
            deferred: Some(deferred),
            ..instance(3, "a-frontend-of-the-shop", "frontends-of-the-shop")
        },
        InstanceRow {
            name: String::new(),
            bound: None,
            effect: Some(EffectState::Assumed),
            status: None,
            region: region("ap-southeast-1"),
            ..instance(4, "", "shop-fleet")
        },
        InstanceRow {
            bound: Some(CloudName::new("theirs")),
            effect: Some(EffectState::Changed),
            ..instance(5, "shop-5", "shop-fleet")
        },
    ]
}

fn status(pairs: Vec<PairRow>, instances: Vec<InstanceRow>) -> Status {
    Status {
        format: STATUS_FORMAT,
        project: ProjectName::new("nights"),
        serial: 4,
        filters: Filter::default(),
        warnings: Vec::new(),
        totals: Totals::of(&pairs, &instances),
        pairs,
        instances,
        deferred: Vec::new(),
        todo: Summary::default(),
        is_settled: true,
    }
}

fn drawn(status: &Status, width: Option<usize>) -> String {
    anstream::adapter::strip_str(&text(status, Path::new("."), now(), width)).to_string()
}

#[test]
fn totals_stand_first_and_every_instance_has_a_row() {
    insta::assert_snapshot!(drawn(&status(vec![pair("shop", 2)], rows()), None));
}

#[test]
fn at_eighty_columns_each_row_is_one_line() {
    let shown = drawn(&status(vec![pair("shop", 2)], rows()), Some(80));
    let too_wide: Vec<_> = shown.lines().filter(|line| line.chars().count() > 80).collect();
    // What is a sentence and no row may be longer, and is not here.
    assert!(too_wide.is_empty(), "{too_wide:#?}");
    for row in rows() {
        let id = row.id.to_string();
        assert_eq!(shown.lines().filter(|line| line.starts_with(&id)).count(), 1, "{shown}");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn names_of_any_length_do_not_break_the_rows_of_a_narrow_terminal() {
    let long = "x".repeat(128);
    let rows: Vec<_> = rows()
        .into_iter()
        .map(|row| InstanceRow {
            name: long.clone(),
            binding: BindingName::new(long.as_str()),
            bound: Some(CloudName::new(long.as_str())),
            ..row
        })
        .collect();
    for width in 60..=200 {
        let status = status(vec![pair(&long, 2)], rows.clone());
        let shown = drawn(&status, Some(width));
        let is_row = |line: &&str| line.starts_with("i-bp1") || line.starts_with('x');
        let too_wide: Vec<_> =
            shown.lines().filter(is_row).filter(|line| line.chars().count() > width).collect();
        assert!(too_wide.is_empty(), "{width}: {too_wide:#?}");
    }
}

#[test]
fn filters_are_named_and_what_they_leave_may_be_nothing() {
    let filters = Filter {
        pairs: vec!["shop*".to_owned()],
        bindings: vec!["shop-fleet".to_owned(), "reports".to_owned()],
        regions: vec!["cn-hangzhou".to_owned()],
        pending: true,
    };
    let nothing = Status { filters, ..status(Vec::new(), Vec::new()) };
    insta::assert_snapshot!(drawn(&nothing, None));
}

/// A window that is open lets work begin at another moment each time that it is asked for.
#[test]
fn time_alone_changes_nothing_that_is_compared() {
    let at = |now: Timestamp, from: Timestamp| {
        let mut row = instance(1, "shop-1", "shop-fleet");
        let to = Some(CloudName::new("shop"));
        row.deferred = Some(DeferredWork { to, from: Some(from), digest: String::new() });
        status(Vec::new(), vec![row]).without_time(now)
    };
    let (early, late) = (now(), now().plus(std::time::Duration::from_secs(2)));
    assert_eq!(at(early, early), at(late, late), "both may begin now");
    let opens = late.plus(std::time::Duration::from_secs(60));
    assert_eq!(at(early, opens), at(late, opens), "both wait for the same moment");
    assert_ne!(at(early, late), at(late, late), "the window has opened");
}
