//! What an apply leaves to its time: how it is told, waited for, and done.

use keyform::{
    driver::{Clock as _, SystemClock},
    model::{ServiceTime, Timestamp, time::Precision},
};

use crate::support::Project;

/// The quickstart with restarts that are paused until a moment.
fn paused(until: Timestamp) -> Project {
    let project = Project::quickstart();
    let until = ServiceTime::new(until, Precision::Second);
    let policy = format!("restart: {{when: now, paused: {{reason: a feast, until: \"{until}\"}}}}");
    project.edit("web.yaml", "keyPair: web\n", &format!("keyPair: web\n  {policy}\n"));
    project
}

#[test]
fn what_is_left_to_its_time_is_told_by_exit_codes_and_by_status() {
    let project = paused(Timestamp::parse("2099-01-01T00:00:00Z").expect("a time"));
    let applied = project.run(&["apply", "--auto-approve", "--detailed-exitcode"]).expect(2);
    let left = "Left to its time: 3 instances of web-fleet in cn-hangzhou to be bound to web: \
                from 2099-01-01T00:00Z on\n`keyform apply --due` does it then, without another \
                approval.\n";
    assert!(applied.stdout.ends_with(left), "{}", applied.stdout);
    assert!(project.run(&["status"]).expect(0).stdout.contains(left));
    let status = project.run(&["status", "--format", "json"]).expect(0).json();
    assert_eq!(status["deferred"][0]["instances"], 3);
    project.run(&["plan", "--detailed-exitcode"]).expect(0);
    project.run(&["apply", "--auto-approve"]).expect(0);
    project.run(&["apply", "--due"]).expect(0);
    project.run(&["apply", "--due", "--detailed-exitcode"]).expect(2);
    let waited = project.run(&["apply", "--due", "--wait", "--deadline", "1s"]).expect(7);
    assert!(waited.stderr.contains("Waiting until 2099-01-01T00:00Z."), "{}", waited.stderr);
    let events = ["apply", "--due", "--wait", "--deadline", "1s", "--format", "json"];
    let events = project.run(&events).expect(7).stdout;
    assert!(events.contains(r#""event":"waiting","until":"2099-01-01T00:00:00"#), "{events}");
}

/// Whether the moment comes before the program looks or while it waits: then all is done.
#[test]
fn what_is_waited_for_is_done_when_its_time_has_come() {
    let soon = SystemClock::new().now().plus(std::time::Duration::from_secs(2));
    let project = paused(soon);
    project.run(&["apply", "--auto-approve", "--wait"]).expect(0);
    let status = project.run(&["status"]).expect(0).stdout;
    assert!(status.contains("\n1 key pair, 3 instances: 3 in effect\n"), "{status}");
    project.run(&["apply", "--due", "--detailed-exitcode"]).expect(0);
}

#[test]
fn a_forced_restart_is_asked_for_and_shown() {
    let project = Project::quickstart();
    let plan = project.run(&["plan", "--dangerous-force-restart"]).expect(0).stdout;
    assert_eq!(plan.matches("then restart by a POWER CUT").count(), 3, "{plan}");
    let both = project.run(&["apply", "--due", "--dangerous-force-restart"]).expect(64);
    assert!(both.stderr.contains("cannot be used with"), "{}", both.stderr);
    project.run(&["apply", "--auto-approve", "--dangerous-force-restart"]).expect(0);
}
