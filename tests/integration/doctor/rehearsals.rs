//! Rehearsals: what they show, and what they leave alone.

use keyform::{
    checkup::{Learned, Outcome, Unknown},
    emulator::{Fact, Switches},
    model::{CloudName, InstanceId},
};

use super::machine::{Machine, PROJECT, region};

/// All that a rehearsal made is gone, and only its instance was restarted (L9).
#[track_caller]
pub(super) fn left_nothing(machine: &Machine) {
    assert_eq!(machine.pairs(), Vec::<String>::new());
    assert_eq!(machine.files_left(), Vec::<String>::new());
    machine.world(|world, _| {
        for (region, id) in world.instances() {
            assert_eq!(world.bound(region, id), None, "{id}");
            let is_spare = id.as_str() == "i-spare";
            assert!(is_spare || world.restarts(region, id).is_empty(), "{id} was restarted");
        }
    });
}

fn answer(learned: &[Learned], unknown: Unknown) -> &str {
    let found = learned.iter().find(|one| one.unknown == unknown);
    &found.unwrap_or_else(|| panic!("{unknown} is not among {learned:#?}")).answer
}

#[test]
fn a_rehearsal_says_what_it_has_learned_and_leaves_nothing() {
    let machine = Machine::new();
    let rehearsed = machine.rehearse("i-spare").expect("it begins");
    let words: Vec<_> = rehearsed.checks.iter().map(|check| check.outcome).collect();
    assert_eq!(words, [Outcome::Ok], "{:#?}", rehearsed.checks);
    let lines = rehearsed.learned.iter().map(|one| format!("{}: {}", one.unknown, one.answer));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    left_nothing(&machine);
    assert_eq!(machine.restarts("i-spare"), 3);
    machine.world(|world, now| {
        let guest = world.guest(now, &region(), &InstanceId::new("i-spare")).expect("it is there");
        assert!(guest.password_allowed, "its guest accepts no key of the rehearsal any more");
    });
}

/// Whatever the service really does, a rehearsal comes to its end, and sees it if it can be seen.
#[test]
fn a_rehearsal_tells_each_answer_of_the_service_from_the_others() {
    let usual = Machine::new().rehearse("i-spare").expect("it begins").learned;
    for switch in Switches::ALL {
        let machine = Machine::behaving(switch.name, switch.value);
        let rehearsed = machine.rehearse("i-spare").unwrap_or_else(|e| panic!("{switch:?}: {e}"));
        let problems = rehearsed.checks.iter().filter(|check| check.outcome != Outcome::Ok);
        assert_eq!(problems.count(), 0, "{switch:?}: {:#?}", rehearsed.checks);
        machine.pass(5);
        left_nothing(&machine);
        for unknown in Unknown::ALL.iter().copied() {
            // Who logs on is asked in `laws` and `guests`: there is no sshd here.
            let shows = unknown.is_rehearsed() && unknown != Unknown::AuthorizedKeys;
            if shows && unknown.imitated().contains(&switch.name) {
                let (one, other) = (answer(&usual, unknown), answer(&rehearsed.learned, unknown));
                assert_ne!(one, other, "{switch:?} does not show in {unknown}");
            }
        }
    }
}

#[test]
fn a_restart_that_does_not_move_start_time_is_seen() {
    let mut machine = Machine::new();
    let line = "restartTime: 40s\n  rebootMovesStartTime: false";
    machine.inventory = machine.inventory.replace("restartTime: 40s", line);
    let learned = machine.rehearse("i-spare").expect("it begins").learned;
    assert_eq!(answer(&learned, Unknown::StartTimeMoves), "no: it stayed in each of 3");
    left_nothing(&machine);
}

#[test]
fn an_instance_that_is_not_expendable_is_refused_before_anything_is_made() {
    for (id, code) in [
        ("i-none", "rehearsalNoInstance"),
        ("i-down", "rehearsalNotRunning"),
        ("i-windows", "rehearsalUnfit"),
        ("i-old", "rehearsalUnfit"),
        ("i-scaled", "rehearsalManaged"),
        ("i-held", "rehearsalHeld"),
        ("i-fleet", "rehearsalInProject"),
    ] {
        let machine = Machine::new();
        let refused = machine.rehearse(id).expect_err(id);
        assert_eq!(refused.code(), code, "{id}: {refused}");
        left_nothing(&machine);
        assert_eq!(machine.restarts("i-spare"), 0);
    }
}

#[test]
fn an_instance_that_somebody_has_bound_is_refused() {
    let machine = Machine::new();
    machine.import("theirs");
    machine.happen(Fact::Bound {
        region: region(),
        key_pair_name: CloudName::new("theirs"),
        instance_ids: vec![InstanceId::new("i-spare")],
    });
    let refused = machine.rehearse("i-spare").expect_err("it is bound");
    assert_eq!(refused.code(), "rehearsalBound");
    assert!(refused.to_string().contains("theirs"), "{refused}");
    assert_eq!(machine.pairs(), ["theirs"]);
}

#[test]
fn an_instance_that_a_selector_chooses_is_of_the_project() {
    let mut machine = Machine::new();
    machine.project =
        PROJECT.replace("instances: [i-fleet]", "selector: {tags: {team: acme-team}}");
    let refused = machine.rehearse("i-spare").expect_err("it is chosen");
    assert_eq!(refused.code(), "rehearsalInProject");
}

/// A run that goes on works with the project: nothing is rehearsed beside it.
#[test]
fn a_rehearsal_waits_for_no_run_and_begins_beside_none() {
    use keyform::disk::Disk as _;
    let machine = Machine::new();
    let disk: &dyn keyform::disk::Disk = &machine.disk;
    disk.ensure_directory(".keyform/state".as_ref()).expect("a directory");
    let held =
        machine.disk.try_lock(".keyform/state/lock".as_ref()).expect("a lock").expect("it is free");
    assert_eq!(machine.rehearse("i-spare").expect_err("it is locked").code(), "stateLocked");
    drop(held);
    machine.rehearse("i-spare").expect("it is free");
}
