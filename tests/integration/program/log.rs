//! `--log`: quiet without it, beside everything else with it, and never a secret. Every project of
//! these tests is searched for secrets when it is dropped.

use std::collections::BTreeSet;

use keyform::telemetry::AREAS;
use serde_json::Value;

use crate::{readme::read, support::Project};

/// The lines of a log that are of keyform's own areas.
fn of_log(stderr: &str) -> Vec<&str> {
    stderr
        .lines()
        .filter(|line| line.contains(" keyform::") || line.contains(": keyform::"))
        .collect()
}

/// The events of a log in JSON.
#[track_caller]
fn events(stderr: &str) -> Vec<Value> {
    let lines = stderr.lines().filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

/// A project with a hook that prints what it is told, and a secret that it has as its argument.
fn hooked(script: &str) -> Project {
    let project = Project::quickstart();
    let before = format!(
        "restart: {{when: now, maxUnavailable: 1, before: {{command: [sh, -c, {script:?}]}}}}"
    );
    project.edit("keyform.yaml", "restart: {when: now, maxUnavailable: 1}", &before);
    project
}

#[test]
fn without_a_filter_nothing_is_logged_and_with_one_the_output_stays_what_it_is() {
    let project = Project::quickstart();
    let quiet = project.run(&["plan"]).expect(0);
    assert_eq!(of_log(&quiet.stderr), [""; 0], "{}", quiet.stderr);
    for format in ["text", "json"] {
        let logged = project.run(&["plan", "--log", "trace", "--log-format", format]).expect(0);
        assert_eq!(logged.stdout, quiet.stdout, "{format}");
        assert!(logged.stderr.contains("keyform::call"), "{}", logged.stderr);
    }
}

#[test]
fn each_area_tells_of_its_seam_and_of_no_other() {
    let project = hooked("exit 0");
    let arguments = ["--log", "debug", "--log-format", "json", "apply", "--auto-approve"];
    let events = events(&project.run(&arguments).expect(0).stderr);
    let targets: BTreeSet<_> = events.iter().filter_map(|one| one["target"].as_str()).collect();
    let all = ["call", "program", "record", "run", "vault"].map(|area| format!("keyform::{area}"));
    assert_eq!(targets, all.iter().map(String::as_str).collect());
    let page = read("docs/logs.md");
    for (area, _) in AREAS {
        assert!(page.contains(&format!("\n| `{area}` | ")), "{area} is on no page");
    }
    let import = |one: &&Value| one["span"]["operation"] == "ImportKeyPair";
    let import = events.iter().find(import).expect("a call");
    assert_eq!(import["span"]["region"], "cn-hangzhou");
    assert_eq!(import["fields"]["outcome"], "answered");
    assert!(import["fields"]["duration_ms"].is_u64(), "{import}");
    let kept = |one: &Value| one["fields"]["key"] == "web" && one["fields"]["what"] == "kept";
    assert!(events.iter().any(kept), "{events:#?}");
    let hook =
        |one: &Value| one["fields"]["program"] == "sh" && one["fields"]["outcome"] == "succeeded";
    assert!(events.iter().any(hook), "{events:#?}");
    let only = project.run(&["plan", "--log", "run=info"]).expect(0);
    assert_eq!(of_log(&only.stderr).len(), 1, "{}", only.stderr);
}

#[test]
fn a_filter_that_names_nothing_here_is_wrong_usage() {
    let project = Project::quickstart();
    for filter in ["loud", "hyper=debug", "call=", ""] {
        let refused = project.run(&["plan", "--log", filter]).expect(64);
        assert!(refused.stderr.contains("one of"), "{}", refused.stderr);
    }
}

#[test]
fn no_secret_is_logged_by_any_command() {
    let project = hooked("cat keys/*.pem; cat keys/*.pem >&2");
    for format in ["text", "json"] {
        for arguments in [
            &["plan", "-o", "plan.json"][..],
            &["apply", "--auto-approve"],
            &["status"],
            &["state", "list"],
            &["whoami"],
            &["doctor"],
            &["destroy", "--auto-approve"],
        ] {
            let logged = [&["--log", "trace", "--log-format", format], arguments].concat();
            project.run(&logged);
        }
    }
    assert_eq!(project.leaks(), [""; 0]);
}

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Applies with this TRACEPARENT; answers what the hooks were told, what the events tell, and what
/// is warned of.
fn traced(traceparent: Option<&str>) -> (BTreeSet<String>, BTreeSet<String>, String) {
    let project = hooked("echo \"told ${TRACEPARENT-nothing}\"");
    let mut command = project.command(&["apply", "--auto-approve", "--format", "json"]);
    command.envs(traceparent.map(|text| ("TRACEPARENT", text)));
    let applied = project.finish(&mut command).expect(0);
    let events = events(&applied.stdout);
    let text = |value: &Value| value.as_str().unwrap_or("nothing").to_owned();
    let told = events.iter().filter(|event| event["event"] == "printed");
    let told = told.map(|event| text(&event["output"]).trim().to_owned()).collect();
    (told, events.iter().map(|event| text(&event["traceparent"])).collect(), applied.stderr)
}

#[test]
fn a_trace_is_carried_into_events_and_programs() {
    let one = |text: &str| BTreeSet::from([text.to_owned()]);
    let (told, events, warned) = traced(Some(TRACE));
    assert_eq!((told, events), (one(&format!("told {TRACE}")), one(TRACE)));
    assert!(!warned.contains("TRACEPARENT"), "{warned}");
    let (told, events, warned) = traced(None);
    assert_eq!((told, events), (one("told nothing"), one("nothing")));
    assert!(!warned.contains("TRACEPARENT"), "{warned}");
}

#[test]
fn a_trace_that_is_written_wrong_is_ignored_and_told() {
    for wrong in ["here", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"] {
        let (told, events, warned) = traced(Some(wrong));
        assert_eq!(told, BTreeSet::from(["told nothing".to_owned()]), "{wrong}");
        assert_eq!(events, BTreeSet::from(["nothing".to_owned()]), "{wrong}");
        assert!(warned.contains("Warning: TRACEPARENT is ignored"), "{warned}");
        assert!(!warned.contains(wrong), "what stands there may be anything: {warned}");
    }
}
