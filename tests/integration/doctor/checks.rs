//! What the checks find.

use keyform::checkup::{Check, CheckCode, CheckGroup, Outcome};

use super::machine::{Machine, PROJECT, Way, outcomes};

/// The finding of the first check of a code that is not well.
#[track_caller]
fn told(checks: &[Check], code: CheckCode) -> &str {
    let mut found = checks.iter().filter(|check| check.code == code);
    let check = found.find(|check| check.outcome != Outcome::Ok);
    &check.unwrap_or_else(|| panic!("{code:?} is well: {checks:#?}")).finding
}

#[test]
fn a_project_in_order_has_no_problem() {
    let checks = Machine::new().examine();
    let bad: Vec<_> = checks.iter().filter(|check| check.outcome != Outcome::Ok).collect();
    // No list of key pairs shows the right to list them while there are none.
    let untold = told(&checks, CheckCode::Rights);
    assert!(bad.len() == 1 && untold.contains("ecs:DescribeKeyPairs"), "{bad:#?}");
    for code in CheckCode::ALL {
        let is_of_doctor = code.group() != CheckGroup::Store
            && !matches!(
                code,
                CheckCode::Record
                    | CheckCode::Rehearsal
                    | CheckCode::Leftover
                    | CheckCode::StateRunner
            );
        let is_there = !outcomes(&checks, *code).is_empty();
        // Without a state no run can be unfinished.
        assert_eq!(is_there, is_of_doctor && *code != CheckCode::UnfinishedRun, "{code:?}");
    }
}

#[test]
fn a_clock_that_is_off_is_told() {
    for (minutes, outcome) in [
        (0, Outcome::Ok),
        (-10, Outcome::Warning),
        (10, Outcome::Warning),
        (-20, Outcome::Problem),
        (20, Outcome::Problem),
    ] {
        let machine = Machine { ahead: minutes * 60_000, ..Machine::new() };
        let checks = machine.examine();
        assert_eq!(outcomes(&checks, CheckCode::Clock), [outcome], "{minutes}: {checks:#?}");
        if outcome != Outcome::Ok {
            let side = if minutes > 0 { "behind" } else { "ahead of" };
            let says = format!("{} s {side} the service's", minutes.abs() * 60);
            assert!(told(&checks, CheckCode::Clock).contains(&says), "{minutes}: {checks:#?}");
        }
        // What was signed more than fifteen minutes away is refused, and signed again by the time
        // of the service.
        for code in [CheckCode::Account, CheckCode::Pairs] {
            assert_eq!(outcomes(&checks, code), [Outcome::Ok], "{minutes}: {checks:#?}");
        }
    }
}

#[test]
fn a_runner_that_takes_the_state_or_the_keys_with_it_is_told_where_each_belongs() {
    let endpoint = ", endpoint: \"http://127.0.0.1:8080\"";
    let real = PROJECT.replace(endpoint, "");
    let keys = |checks: &[Check]| {
        let of_keys = |check: &&Check| check.code == CheckCode::KeyDirectory;
        checks.iter().filter(of_keys).any(|check| check.outcome == Outcome::Problem)
    };
    let state = "  state: {file: {outlivesRunner: true}}\n  defaults:";
    let kept = real.replace("  defaults:", state);
    for (project, is_ci, of_state) in [
        (&real, true, &[Outcome::Problem][..]),
        (&kept, true, &[]),
        (&real, false, &[]),
        (&PROJECT.to_owned(), true, &[]),
    ] {
        let checks = Machine { project: project.clone(), is_ci, ..Machine::new() }.examine();
        let found = outcomes(&checks, CheckCode::StateRunner);
        assert_eq!(found, of_state, "{is_ci} {project}: {checks:#?}");
        // The keys are in a directory that says nothing of it, wherever the state is.
        let are_lost = is_ci && *project != PROJECT;
        assert_eq!(keys(&checks), are_lost, "{is_ci} {project}: {checks:#?}");
    }
}

/// With credentials of another account nothing is read.
#[test]
fn another_account_is_told_and_not_read() {
    let machine = Machine {
        project: PROJECT.replace("1234567890123456", "9999999999999999"),
        ..Machine::new()
    };
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = calls.clone();
    let doctor = machine.doctor_with(
        false,
        Some(Box::new(move |_| {
            counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Way::There
        })),
    );
    let checks = doctor.examine(&Default::default());
    assert_eq!(outcomes(&checks, CheckCode::Credentials), [Outcome::Ok]);
    assert_eq!(outcomes(&checks, CheckCode::Account), [Outcome::Problem]);
    assert!(told(&checks, CheckCode::Account).contains("1234567890123456"), "{checks:#?}");
    assert_eq!(outcomes(&checks, CheckCode::Pairs), [Outcome::NotChecked]);
    assert_eq!(outcomes(&checks, CheckCode::Rights), [Outcome::NotChecked]);
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 1, "only whose they are");
}

#[test]
fn a_service_that_does_not_answer_is_told_and_the_machine_is_checked_all_the_same() {
    let machine = Machine::new();
    // The first call asks whose the credentials are.
    let cut = |number: usize| if number == 0 { Way::There } else { Way::Nowhere };
    let checks = machine.doctor_with(false, Some(Box::new(cut))).examine(&Default::default());
    assert_eq!(outcomes(&checks, CheckCode::Endpoint), [Outcome::Problem]);
    assert!(told(&checks, CheckCode::Endpoint).contains("127.0.0.1:8080"), "{checks:#?}");
    assert_eq!(outcomes(&checks, CheckCode::Region), [Outcome::NotChecked]);
    assert_eq!(outcomes(&checks, CheckCode::Instances), [Outcome::NotChecked]);
    assert_eq!(outcomes(&checks, CheckCode::State), [Outcome::Ok]);
    let checks = machine.doctor_with(false, Some(Box::new(|_| Way::Nowhere)));
    let checks = checks.examine(&Default::default());
    assert_eq!(outcomes(&checks, CheckCode::Account), [Outcome::Problem], "{checks:#?}");
    assert_eq!(outcomes(&checks, CheckCode::Clock), [Outcome::NotChecked]);
}

#[test]
fn a_region_that_is_written_wrong_and_rights_that_are_missing_are_told() {
    let machine =
        Machine { project: PROJECT.replace("cn-hangzhou", "cn-hangzhuo"), ..Machine::new() };
    let checks = machine.examine();
    assert_eq!(outcomes(&checks, CheckCode::Region), [Outcome::Problem], "{checks:#?}");
    for (action, code) in
        [("DescribeKeyPairs", CheckCode::Pairs), ("DescribeInstances", CheckCode::Instances)]
    {
        let fault = format!(
            "faults: [{{call: {action}, times: always, effect: refuse, status: 403, code: Forbidden.RAM}}]"
        );
        let checks = Machine { script: fault, ..Machine::new() }.examine();
        assert_eq!(outcomes(&checks, code), [Outcome::NotChecked], "{action}: {checks:#?}");
        let is_missing =
            |check: &&Check| check.code == CheckCode::Rights && check.outcome == Outcome::Problem;
        let missing = checks.iter().find(is_missing).expect("it is told once");
        assert_eq!(missing.subject, format!("ecs:{action}"));
        let line = missing.advice.as_deref().expect("what to do");
        assert!(
            line.contains(&format!("{{\"Effect\":\"Allow\",\"Action\":\"ecs:{action}\"")),
            "{line}"
        );
        assert_eq!(outcomes(&checks, CheckCode::Endpoint), [Outcome::Ok], "{action}");
    }
}
