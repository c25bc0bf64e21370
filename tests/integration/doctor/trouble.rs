//! Rehearsals in trouble: whatever fails, and whoever stops or kills them, what they made goes.

use keyform::{
    checkup::{Check, CheckCode, Outcome},
    session::Rehearsed,
};

use super::{
    machine::{Machine, Way, outcomes},
    rehearsals::left_nothing,
};

/// Whether a rehearsal has said that something is left.
fn says_leftover(checks: &[Check]) -> bool {
    !outcomes(checks, CheckCode::Leftover).is_empty()
}

/// Nothing is left, or it was said and the next rehearsal removes it.
fn is_clean_or_said(machine: &Machine, rehearsed: &Rehearsed, shown: &str) {
    let is_clean = machine.pairs().is_empty() && machine.files_left().is_empty();
    assert!(is_clean || says_leftover(&rehearsed.checks), "{shown}: {:#?}", rehearsed.checks);
    let calm = Machine { script: "{}".to_owned(), ..copy(machine) };
    calm.pass(5);
    calm.rehearse("i-spare").unwrap_or_else(|error| panic!("{shown}: {error}"));
    left_nothing(&calm);
}

/// The same machine, on which no one stops anything.
fn copy(machine: &Machine) -> Machine {
    Machine {
        disk: machine.disk.clone(),
        clock: machine.clock.clone(),
        stop: Default::default(),
        project: machine.project.clone(),
        inventory: machine.inventory.clone(),
        script: machine.script.clone(),
        ahead: machine.ahead,
        is_ci: false,
    }
}

#[test]
fn whatever_call_fails_what_was_made_is_removed() {
    let actions = [
        "ImportKeyPair",
        "AttachKeyPair",
        "DetachKeyPair",
        "RebootInstances",
        "DeleteKeyPairs",
        "CreateKeyPair",
        "DescribeInstances",
        "DescribeKeyPairs",
    ];
    for action in actions {
        for effect in [
            "effect: refuse, status: 403, code: Forbidden.RAM",
            "effect: refuse, status: 503, code: ServiceUnavailable",
            "effect: loseAnswer",
            "effect: loseRequest",
            "effect: throttle",
        ] {
            for after in [0, 1, 3] {
                let fault = format!("{{call: {action}, after: {after}, {effect}}}");
                let machine = Machine { script: format!("faults: [{fault}]"), ..Machine::new() };
                // A service that cannot be read at the beginning is an error, and nothing was made.
                match machine.rehearse("i-spare") {
                    Ok(rehearsed) => is_clean_or_said(&machine, &rehearsed, &fault),
                    Err(error) => {
                        assert_eq!(error.code(), "rehearsalUnreadable", "{fault}");
                        left_nothing(&machine);
                    }
                }
            }
        }
    }
}

/// Ctrl-C, at each of many calls.
#[test]
fn whoever_stops_a_rehearsal_finds_nothing_left() {
    for at in (0..200).step_by(7) {
        let machine = Machine::new();
        let stop = machine.stop.clone();
        let doctor = machine.doctor_with(
            false,
            Some(Box::new(move |number| {
                if number == at {
                    let _ = stop.ask();
                }
                Way::There
            })),
        );
        let id = keyform::model::InstanceId::new("i-spare");
        let rehearsed = doctor.rehearse(&id, &mut |_| {}).expect("it begins");
        if rehearsed.is_stopped {
            let says = outcomes(&rehearsed.checks, CheckCode::Rehearsal);
            assert_eq!(says, [Outcome::Warning], "{at}: {:#?}", rehearsed.checks);
        }
        assert_eq!(machine.pairs(), Vec::<String>::new(), "{at}");
        assert_eq!(machine.files_left(), Vec::<String>::new(), "{at}");
    }
}

/// A rehearsal that is killed removes nothing; doctor tells of it, and the next one removes it.
#[test]
fn what_a_killed_rehearsal_has_left_is_told_and_removed_by_the_next() {
    for at in (8..60).step_by(5) {
        let machine = Machine::new();
        let cut = move |number: usize| if number < at { Way::There } else { Way::Nowhere };
        let doctor = machine.doctor_with(false, Some(Box::new(cut)));
        let id = keyform::model::InstanceId::new("i-spare");
        let killed = doctor.rehearse(&id, &mut |_| {}).expect("it begins");
        assert!(says_leftover(&killed.checks), "{at}: {:#?}", killed.checks);
        assert_eq!(outcomes(&machine.examine(), CheckCode::Leftover), [Outcome::Warning], "{at}");
        is_clean_or_said(&machine, &killed, &format!("killed at {at}"));
        assert!(outcomes(&machine.examine(), CheckCode::Leftover).is_empty(), "{at}");
    }
}
