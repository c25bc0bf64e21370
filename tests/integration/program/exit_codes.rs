//! Every exit code, by a way that leads to it.

use std::fs::File;

use crate::support::{Project, redacted};

#[test]
fn zero_is_done_and_two_says_that_there_is_something_to_do() {
    let project = Project::quickstart();
    project.run(&["plan"]).expect(0);
    project.run(&["plan", "--detailed-exitcode"]).expect(2);
}

#[test]
fn one_is_an_error() {
    let project = Project::empty();
    for command in ["plan", "validate", "status", "show", "destroy"] {
        let arguments: &[&str] =
            if command == "destroy" { &["destroy", "--auto-approve"] } else { &[command] };
        let outcome = project.run(arguments).expect(1);
        assert!(outcome.shown().contains("keyform init"), "{command}: {}", outcome.shown());
    }
    assert!(project.contents().is_empty());
}

#[test]
fn three_is_something_that_somebody_must_mend() {
    let project = Project::quickstart();
    project.edit("inventory.yaml", "name: web-2,", "name: web-2, osType: windows,");
    project.run(&["plan"]).expect(0);
    let applied = project.run(&["apply", "--auto-approve"]).expect(3);
    assert!(applied.stdout.contains("2 instances bound and in effect"), "{}", applied.stdout);
    assert!(applied.stdout.contains("\n1 blocked: "), "{}", applied.stdout);
    let again = project.run(&["apply", "--auto-approve"]).expect(3);
    assert!(again.stdout.contains("Nothing to do now."), "{}", again.stdout);
}

/// The gate of a pipeline names each group with its place, whatever `--detailed-exitcode` says.
#[test]
fn a_plan_that_a_gate_stops_ends_with_three() {
    let project = Project::quickstart();
    let gate = |kinds: &str, code: i32| {
        let arguments = ["plan", "--detailed-exitcode", "--fail-on", kinds];
        project.run(&arguments).expect(code).stderr
    };
    gate("blocked,unbind,delete,replaceForeign,powerCut", 2);
    let stopped = "--fail-on stops this plan. Nothing was changed.\n  \
                   unverified: 3 instances of web-fleet in cn-hangzhou  web.yaml:14:15\n";
    assert_eq!(gate("unbind,unverified", 3), stopped);
    project.run(&["apply", "--auto-approve"]).expect(0);
    let bindings = project.read("web.yaml");
    let pair = bindings.split("---").next().expect("a pair").to_owned();
    project.write("web.yaml", pair);
    let told = gate("unbind,blocked", 3);
    assert!(told.contains("\n  unbind: 3 instances of web-fleet in cn-hangzhou"), "{told}");
    gate("delete", 2);
    let unknown = project.run(&["plan", "--fail-on", "unbinds"]).expect(64);
    assert!(unknown.stderr.contains("replaceForeign"), "{}", unknown.stderr);
}

/// With `--detailed-exitcode` a plan and a status say by their code whether there are steps, and
/// whether something is blocked where there is none; their last line and their JSON count both.
#[test]
fn blocked_rows_have_a_code_of_their_own_where_there_is_no_step() {
    let project = Project::quickstart();
    project.edit("inventory.yaml", "name: web-2,", "name: web-2, osType: windows,");
    let commands = [["plan", "--detailed-exitcode"], ["status", "--detailed-exitcode"]];
    let counted = |code: i32, steps: usize, line: &str| {
        for command in commands {
            let outcome = project.run(&command).expect(code);
            let last = outcome.stdout.lines().last().unwrap_or_default();
            assert!(last.contains(line), "{command:?}: {last}");
            let json = project.run(&[command[0], command[1], "--format", "json"]);
            let json = json.expect(code).json();
            let summary = if command[0] == "plan" { &json["summary"] } else { &json["todo"] };
            assert_eq!(summary["steps"], steps, "{command:?}: {json:#}");
            assert_eq!(summary["blocked"], 1, "{command:?}: {json:#}");
            project.run(&command[..1]).expect(0);
        }
    };
    counted(2, 6, "6 steps, 1 blocked");
    project.run(&["apply", "--auto-approve"]).expect(3);
    counted(3, 0, "0 steps, 1 blocked");

    project.edit("web.yaml", "i-bp1a0002, ", "");
    for command in commands {
        project.run(&command).expect(0);
    }
}

#[test]
fn four_is_a_plan_that_holds_no_more() {
    let project = Project::quickstart();
    project.run(&["plan", "-o", "all.json"]).expect(0);
    project.edit("web.yaml", ", i-bp1a0003]", "]");
    project.apply();
    let before = project.contents();
    let stale = project.run(&["apply", "all.json"]).expect(4);
    assert_eq!(stale.error_code(), "planStale");
    let events = project.run(&["apply", "all.json", "--format", "json"]).expect(4).stdout;
    let last = events.lines().last().expect("an event");
    let last: serde_json::Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(last["stale"][0]["code"], "planOfOtherState", "{last:#}");

    project.edit("web.yaml", "]", ", i-bp1a0003]");
    project.run(&["plan", "-o", "one.json"]).expect(0);
    project.run(&["apply", "one.json"]).expect(0);
    let again = project.run(&["apply", "one.json"]).expect(4);
    assert_eq!(again.error_code(), "alreadyApplied");

    project.edit("one.json", "keyform.plan/1", "keyform.plan/2");
    let other = project.run(&["apply", "one.json"]).expect(4);
    assert_eq!(other.error_code(), "planOtherFormat");
    let state = |file: &str| file.starts_with(".keyform/state/");
    let states = |contents: &std::collections::BTreeMap<String, Vec<u8>>| {
        contents.keys().filter(|file| state(file)).count()
    };
    assert_eq!(states(&project.contents()), states(&before) + 1, "only one.json did something");
}

#[test]
fn five_is_a_lock_that_another_run_holds() {
    let project = Project::quickstart();
    project.apply();
    let lock = File::open(project.path(".keyform/state/lock")).expect("the lock's file");
    lock.lock().expect("nobody has it");
    let locked = project.run(&["destroy", "--auto-approve"]).expect(5);
    assert_eq!(locked.error_code(), "stateLocked");
    for reading in ["plan", "status", "show"] {
        project.run(&[reading]).expect(0);
    }
    drop(lock);
    project.run(&["destroy", "--auto-approve"]).expect(0);
}

#[test]
fn six_is_no_approval_and_nothing_is_written() {
    let project = Project::quickstart();
    let before = project.contents();
    for command in ["apply", "destroy"] {
        let outcome = project.run(&[command]).expect(6);
        assert!(outcome.stderr.contains("--auto-approve"), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
        assert_eq!(project.contents(), before);
    }
}

#[test]
fn seven_is_a_run_that_a_deadline_stopped() {
    let project = Project::quickstart();
    let stopped = project.run(&["apply", "--auto-approve", "--deadline", "0s"]).expect(7);
    assert!(
        redacted(&stopped.stdout).ends_with(
            "Stopped, since the deadline would pass: nothing was done, in TIME.\n8 steps not \
             started. The same command again goes on from here."
        ),
        "{}",
        stopped.stdout
    );
    project.run(&["apply", "--auto-approve", "--deadline", "2h"]).expect(0);
    project.run(&["destroy", "--auto-approve", "--deadline", "0s"]).expect(7);
}

#[test]
fn sixty_four_is_wrong_usage() {
    let project = Project::empty();
    for arguments in [
        &["frobnicate"][..],
        &["plan", "--frobnicate"],
        &[],
        &["apply", "a", "b"],
        &["destroy", "--deadline", "5"],
    ] {
        project.run(arguments).expect(64);
    }
}
