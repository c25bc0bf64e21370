use super::*;
use crate::{
    apply::{CallFailure, Failure, KnownRestart, StepReport, WhyNot},
    ecs::FailureKind,
    model::{
        BindingName, CloudName, InstanceId, MaxUnavailable, Region, RestartPolicy, RestartWhen,
    },
    plan::{Fleet, Item, samples},
    visible,
};

/// Two waves of a fleet, ten instances each: bind, restart, gate. The last one ends the plan.
fn plan(binding: &str) -> Plan {
    let (region, binding) = (Region::new("cn-hangzhou").unwrap(), BindingName::new(binding));
    let item =
        |id: InstanceId| Item { id, bound: None, foreign: None, retaken: false, revision: 0 };
    let wave = |wave: usize| {
        let items: Vec<_> = ids(wave).into_iter().map(item).collect();
        let (region, binding) = (region.clone(), binding.clone());
        let name = CloudName::new("web");
        let attach = Action::Attach {
            region: region.clone(),
            name,
            binding: binding.clone(),
            wave,
            items: items.clone(),
        };
        let restart = Action::Restart {
            region: region.clone(),
            binding: binding.clone(),
            wave,
            items,
            forced: false,
        };
        [attach, restart, Action::Gate { region, binding, wave }]
    };
    let fleet = Fleet {
        binding: binding.clone(),
        region: region.clone(),
        restart: RestartPolicy::new(RestartWhen::Now, MaxUnavailable::Number(10)),
        urgent: false,
        proof: None,
        unavailable_max: 10,
        waves: 2,
        canary_wave: None,
        selector: Default::default(),
        instances: [ids(1), ids(2)].concat(),
        stopped: Vec::new(),
    };
    samples::plan([wave(1), wave(2)].concat(), vec![fleet])
}

fn ids(wave: usize) -> Vec<InstanceId> {
    (0..10).map(|number| InstanceId::new(format!("i-bp1a{wave:02}{number:02}"))).collect()
}

/// So many seconds after the run began.
fn second(seconds: u64) -> Timestamp {
    Timestamp::parse("2026-12-19T02:00:00Z").unwrap().plus(Duration::from_secs(seconds))
}

fn id(step: usize) -> StepId {
    StepId::new(step)
}

fn started(step: usize, wave: usize) -> Progress {
    Progress::Started { step: id(step), instances: ids(wave) }
}

fn ended(step: usize, end: StepEnd) -> Progress {
    let report = StepReport { end, done: Vec::new(), failed: Vec::new(), left_out: Vec::new() };
    Progress::Ended { step: id(step), report }
}

fn known(plan: &Plan, seconds: Option<u32>) -> Progress {
    let Fleet { region, binding, .. } = plan.fleets[0].clone();
    Progress::Begun { restarts: vec![KnownRestart { region, binding, seconds }] }
}

fn lost() -> CallFailure {
    CallFailure {
        message: "no answer".to_owned(),
        kind: FailureKind::Transient,
        outcome_unknown: true,
    }
}

/// The display after these events, each with its second.
fn display(plan: &Plan, events: &[(u64, Progress)]) -> Display {
    let mut display = Display::new(plan, second(0));
    for (at, progress) in events {
        display.hear(plan, second(*at), progress);
    }
    display
}

fn shown(display: &Display, at: u64, width: usize) -> String {
    display.rows(second(at), Size { width, height: 24 }).join("\n")
}

#[test]
fn a_first_restart_has_no_estimate_and_the_second_wave_is_estimated_by_the_first() {
    let plan = plan("web-fleet");
    let mut events = vec![
        (0, known(&plan, None)),
        (0, started(0, 1)),
        (2, ended(0, StepEnd::Done)),
        (2, started(1, 1)),
        (3, Progress::Accepted { step: id(1), instances: ids(1) }),
        (40, Progress::Back { step: id(1), instances: ids(1)[..7].to_vec() }),
    ];
    insta::assert_snapshot!("the_first_wave_at_80", shown(&display(&plan, &events), 45, 80));
    insta::assert_snapshot!("the_first_wave_at_160", shown(&display(&plan, &events), 45, 160));
    events.extend([
        (60, ended(1, StepEnd::Done)),
        (60, ended(2, StepEnd::Done)),
        (61, started(3, 2)),
    ]);
    insta::assert_snapshot!("the_second_wave_at_80", shown(&display(&plan, &events), 65, 80));
    events.extend([(62, ended(3, StepEnd::Done)), (62, started(4, 2))]);
    insta::assert_snapshot!("the_second_wave_is_late", shown(&display(&plan, &events), 200, 80));
    events.extend([(201, ended(4, StepEnd::Done)), (201, ended(5, StepEnd::Done))]);
    insta::assert_snapshot!(shown(&display(&plan, &events), 201, 80), @"4 of 4 steps done, 3 min 21 s");
}

#[test]
fn recorded_restarts_estimate_the_first_wave() {
    let plan = plan("web-fleet");
    let title = |events: &[(u64, Progress)], at| {
        let shown = shown(&display(&plan, events), at, 160);
        shown.lines().next().unwrap().to_owned()
    };
    let mut events = vec![(0, known(&plan, Some(90))), (0, started(0, 1))];
    assert_eq!(title(&events, 0), "0 of 4 steps done, 0 s, about 3 min left (until 02:03 UTC)");
    assert_eq!(
        title(&events, 80),
        "0 of 4 steps done, 1 min 20 s, about 1 min 40 s left (until 02:03 UTC)"
    );
    // A wave that failed says nothing about the next one, which does not begin.
    let why = WhyNot::After { step: id(1) };
    events.extend([
        (100, ended(0, StepEnd::Done)),
        (100, started(1, 1)),
        (700, ended(1, StepEnd::Failed(Failure::ChangeNotShown))),
        (700, ended(2, StepEnd::NotStarted(why))),
        (700, ended(3, StepEnd::NotStarted(why))),
    ]);
    assert_eq!(
        title(&events, 700),
        "1 of 4 steps done, 1 failed, 1 not begun, 11 min 40 s, about 1 min 30 s left (until 02:13 UTC)"
    );
}

#[test]
fn what_is_awaited_is_told() {
    let plan = plan("web-fleet");
    let step = id(1);
    let still =
        |awaited| Progress::Still { step, awaited, instances: ids(1)[..2].to_vec(), seconds: 30 };
    let region = plan.fleets[0].region.clone();
    let binding = plan.fleets[0].binding.clone();
    let others = Progress::WaitingForOthers { step, binding, region, down: ids(2)[..1].to_vec() };
    let unanswered = Progress::Unanswered { step, instances: ids(1), failure: Some(lost()) };
    let retrying = Progress::Retrying { step, failure: lost(), after: Duration::from_millis(1500) };
    let awaited = [
        Awaited::Answer,
        Awaited::Look,
        Awaited::Restart,
        Awaited::UnansweredRestart,
        Awaited::Settling,
        Awaited::Others,
        Awaited::HookBefore,
        Awaited::HookAfter,
        Awaited::Proof,
    ];
    let told = [others, unanswered, retrying].into_iter().chain(awaited.map(still));
    let shown = told.map(|progress| {
        let display = display(&plan, &[(10, started(1, 1)), (40, progress)]);
        let rows = display.rows(second(45), Size { width: 80, height: 24 });
        rows[1..].join("\n")
    });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
}

/// Of ten instances two settle, three are back, and the others restart.
#[test]
fn each_instance_is_told_with_what_it_waits_for() {
    let plan = plan("web-fleet");
    let step = id(1);
    let settling = ids(1)[3..5].to_vec();
    let events = [
        (2, started(1, 1)),
        (3, Progress::Accepted { step, instances: ids(1) }),
        (30, Progress::Back { step, instances: ids(1)[..3].to_vec() }),
        (
            33,
            Progress::Still { step, awaited: Awaited::Settling, instances: settling, seconds: 16 },
        ),
    ];
    insta::assert_snapshot!(shown(&display(&plan, &events), 40, 80));
}

#[test]
fn a_stop_tells_what_is_finished_and_what_is_left() {
    let plan = plan("web-fleet");
    let events = [
        (0, started(0, 1)),
        (2, ended(0, StepEnd::Done)),
        (2, started(1, 1)),
        (3, Progress::Accepted { step: id(1), instances: ids(1) }),
        (5, Progress::Stopping),
    ];
    insta::assert_snapshot!(shown(&display(&plan, &events), 6, 80));
}

#[test]
fn a_display_keeps_to_its_size_and_breaks_no_id() {
    let plan =
        plan("a-binding-with-a-name-that-is-longer-than-any-that-people-give-to-their-fleets");
    let events = [(0, started(1, 1)), (0, started(4, 2)), (0, started(0, 1))];
    let display = display(&plan, &events);
    for (width, height) in [(80, 24), (160, 50), (40, 6), (20, 4), (10, 3), (1, 1), (0, 0)] {
        let rows = display.rows(second(1), Size { width, height });
        assert!(rows.len() < height.max(2), "{width} {height}: {rows:#?}");
        for row in &rows {
            let is_one_word = !row.trim().contains(' ');
            assert!(row.chars().count() <= width || is_one_word, "{width} {height}: {row:?}");
            for word in row.split_whitespace().filter(|word| word.starts_with("i-")) {
                assert_eq!(word.len(), "i-bp1a0000".len(), "{row:?}");
            }
        }
    }
}

#[test]
fn names_from_outside_do_not_command_the_terminal() {
    let plan = plan("web\u{1b}[2J\r\n");
    let instances = vec![InstanceId::new("i-\u{1b}[31m\u{202e}1")];
    let display = display(&plan, &[(0, Progress::Started { step: id(1), instances })]);
    let shown = shown(&display, 1, 80);
    assert!(!shown.contains(|c| visible::is_unseen(c) && c != '\n'), "{shown:?}");
    assert!(
        shown.contains("web\\u{1b}[2J\\r\\n, wave 1") && shown.contains("i-\\u{1b}[31m"),
        "{shown}"
    );
}
