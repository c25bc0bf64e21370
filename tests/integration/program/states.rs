//! `keyform state`, and what commands say of a run that goes on.

use std::fs::File;

use keyform::disk::{Disk, RealDisk};

use crate::support::{Project, redacted};

#[test]
fn the_history_is_shown_and_a_snapshot_restored() {
    let project = Project::quickstart();
    let none = "There is no snapshot: nothing was applied yet, or the state was deleted. \
                `keyform plan` tells which.\n";
    assert_eq!(project.run(&["state", "list"]).expect(0).stdout, none);
    project.apply();
    project.run(&["destroy", "--auto-approve"]).expect(0);
    project.write(".keyform/state/0000000001.state.json", "");
    let listed = project.run(&["state", "list"]).expect(0).stdout;
    insta::assert_snapshot!(listed, @r"
    SERIAL  SNAPSHOT       KEYS  PAIRS  INSTANCES  JOURNALS
    1       unusable       -     -      -          -
    2       whole          1     1      3          -
    3       whole, newest  0     0      0          -

    ./.keyform/state/0000000001.state.json: it is empty
    ");
    let json = project.run(&["state", "list", "--format", "json"]).expect(0).json();
    assert_eq!(json["format"], "keyform.history/1");
    assert_eq!(json["snapshots"][0]["damage"], "it is empty");
    assert_eq!(json["snapshots"][1]["records"]["instances"], 3);

    let newest = project.run(&["show", "--format", "json"]).expect(0);
    let second = project.run(&["state", "show", "2", "--format", "json"]).expect(0).json();
    assert_eq!(newest.stdout, project.run(&["state", "show", "--format", "json"]).stdout);
    let restored = project.run(&["state", "restore", "2"]).expect(0);
    insta::assert_snapshot!(restored.stdout, @r"
    The state is that of serial 2 again, as serial 4.
    Next: `keyform plan` shows how the cloud and the private keys differ from it.
    ");
    let shown = project.run(&["show", "--format", "json"]).expect(0).json();
    assert_eq!((&shown["recorded"], &shown["serial"]), (&second["recorded"], &4.into()));
    project.run(&["plan"]).expect(0);
    project.run(&["state", "restore", "3"]).expect(0);
    project.run(&["plan", "--destroy", "--detailed-exitcode"]).expect(0);

    let unusable = project.run(&["state", "restore", "1"]).expect(1);
    assert_eq!(unusable.error_code(), "stateDamaged");
    let missing = project.run(&["state", "show", "17"]).expect(1);
    assert_eq!(missing.error_code(), "noSuchSnapshot");
}

#[test]
fn a_deleted_state_is_no_new_beginning() {
    let project = Project::quickstart();
    project.apply();
    let (state, aside) = (project.path(".keyform/state"), project.path("aside"));
    RealDisk.rename(&state, &aside).expect("it is moved");
    for arguments in [&["plan"][..], &["status"], &["show"], &["apply", "--auto-approve"]] {
        let outcome = project.run(arguments).expect(1);
        assert_eq!(outcome.error_code(), "stateGone");
    }
    RealDisk.rename(&aside, &state).expect("it is put back");
    project.run(&["plan", "--detailed-exitcode"]).expect(0);
}

#[test]
fn commands_say_whose_run_holds_the_lock() {
    let project = Project::quickstart();
    project.apply();
    let lock = File::open(project.path(".keyform/state/lock")).expect("the lock's file");
    lock.lock().expect("nobody has it");
    let holder = r#"{"user":"ann","host":"build-7","pid":17,"command":"keyform apply","since":"2026-11-23T10:00:00Z","ciUrl":"https://ci.example/17","run":"0123456789abcdef0123456789abcdef"}"#;
    project.write(".keyform/state/lock", holder);
    let whose = "ann on build-7 runs `keyform apply` (pid 17) since 2026-11-23T10:00:00.000Z, see \
                 https://ci.example/17";
    for reading in [&["plan"][..], &["status"], &["show"], &["state", "list"], &["state", "show"]] {
        let outcome = project.run(reading).expect(0);
        assert!(outcome.stderr.starts_with("Note: "), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(whose) && !outcome.stdout.contains(whose));
    }
    for arguments in [&["apply", "--auto-approve"][..], &["state", "restore", "1"]] {
        let outcome = project.run(arguments).expect(5);
        assert_eq!(outcome.error_code(), "stateLocked");
        assert!(outcome.stderr.contains(whose), "{}", outcome.stderr);
    }
    let waited = project.run(&["destroy", "--auto-approve", "--lock-timeout", "500ms"]).expect(5);
    assert!(waited.stderr.contains("Waiting for the lock"), "{}", waited.stderr);
    project.run(&["apply", "--lock-timeout", "5"]).expect(64);
    drop(lock);
    assert_eq!(project.run(&["plan"]).expect(0).stderr, "");
}

#[test]
fn a_restart_after_a_restored_state_is_counted() {
    let project = Project::quickstart();
    project.apply();
    project.edit("web.yaml", "i-bp1a0002, i-bp1a0003]", "i-bp1a0002]");
    project.apply();
    // There the instance that was unbound meanwhile is bound, so that it is restarted once more.
    project.run(&["state", "restore", "2"]).expect(0);
    let applied = project.apply().stdout;
    let last = "\nApplied: 1 instance restarted, in TIME.";
    assert!(redacted(&applied).ends_with(last), "{applied}");
}
