//! `status`: what its filters leave, and what its exit code and its document say of that.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::Project;

/// A project with two bindings of two pairs in two regions: one is applied, one is not.
const MANIFESTS: &str = r#"apiVersion: keyform/v1
kind: Project
metadata: {name: acme}
spec:
  regions: [cn-hangzhou]
  cloud: {emulator: {inventory: inventory.yaml}}
  defaults: {restart: {when: now}}
---
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: web}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: web-fleet}
spec: {keyPair: web, instances: [i-web1, i-web2]}
---
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: api}
spec: {regions: [cn-beijing]}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: api-fleet}
spec: {keyPair: api, instances: [i-api1, i-api2]}
"#;

const INVENTORY: &str = r#"apiVersion: keyform/v1
kind: Inventory
metadata: {name: acme}
spec:
  restartTime: 0ms
  startTimePrecision: millisecond
  instances:
  - {id: i-web1, region: cn-hangzhou, name: web-1}
  - {id: i-web2, region: cn-hangzhou, name: web-2, status: Stopped}
  - {id: i-api1, region: cn-beijing, name: api-1}
  - {id: i-api2, region: cn-beijing, name: api-2, osType: windows}
"#;

fn project() -> Project {
    let project = Project::empty();
    project.write("keyform.yaml", MANIFESTS);
    project.write("inventory.yaml", INVENTORY);
    project.run(&["apply", "--auto-approve", "--target", "binding/web-fleet"]).expect(0);
    project
}

/// The names of the pairs and the ids of the instances that these filters leave.
fn left(project: &Project, filters: &[&str]) -> BTreeSet<String> {
    let status = project.run(&[&["status", "--format", "json"], filters].concat()).expect(0).json();
    let rows = |name: &str, field: &str| -> Vec<String> {
        let rows = status[name].as_array().expect("rows").iter();
        rows.map(|row| row[field].as_str().expect("a text").to_owned()).collect()
    };
    assert_eq!(status["totals"]["pairs"], rows("pairs", "name").len());
    assert_eq!(status["totals"]["instances"], rows("instances", "id").len());
    [rows("pairs", "name"), rows("instances", "id")].concat().into_iter().collect()
}

#[test]
fn filters_leave_what_all_of_them_match() {
    let project = project();
    let table: [(&[&str], &[&str]); 9] = [
        (&[], &["web", "i-web1", "i-web2"]),
        (&["--binding", "web-*"], &["web", "i-web1", "i-web2"]),
        (&["--binding", "api-fleet"], &[]),
        (&["--binding", "api-fleet", "--binding", "binding/web-*"], &["web", "i-web1", "i-web2"]),
        (&["--pair", "pair/cn-hangzhou/w?b"], &["web", "i-web1", "i-web2"]),
        (&["--pair", "api"], &[]),
        (&["--region", "cn-h*"], &["web", "i-web1", "i-web2"]),
        (&["--region", "cn-beijing", "--pair", "web"], &[]),
        (&["--pending"], &["web", "i-web2"]),
    ];
    for (filters, expected) in table {
        let expected = expected.iter().map(ToString::to_string).collect();
        assert_eq!(left(&project, filters), expected, "{filters:?}");
    }
    let shown = project.run(&["status", "--pending", "--region", "cn-*"]).expect(0).stdout;
    assert!(shown.contains("\nOnly --region cn-* --pending\n1 key pair, 1 instance: "), "{shown}");
    assert!(shown.contains("i-web2") && !shown.contains("i-web1"), "{shown}");
}

/// With filters the code, `todo` and `isSettled` speak of what the filters leave.
#[test]
fn the_detailed_exit_code_speaks_of_what_the_filters_leave() {
    let project = project();
    let table: [(&[&str], i32, u64, u64); 8] = [
        // A private key, a pair, a bind and a restart; the instance with Windows is blocked.
        (&[], 2, 4, 1),
        (&["--binding", "web-fleet"], 0, 0, 0),
        (&["--binding", "api-fleet"], 2, 4, 1),
        (&["--region", "cn-hangzhou"], 0, 0, 0),
        (&["--region", "cn-beijing"], 2, 4, 1),
        (&["--pair", "web"], 0, 0, 0),
        (&["--pair", "api", "--binding", "web-fleet"], 0, 0, 0),
        (&["--pending"], 0, 0, 0),
    ];
    for (filters, code, steps, blocked) in table {
        let arguments = ["status", "--detailed-exitcode", "--format", "json"];
        let status = project.run(&[&arguments, filters].concat()).expect(code).json();
        let todo = (status["todo"]["steps"].as_u64(), status["todo"]["blocked"].as_u64());
        assert_eq!(todo, (Some(steps), Some(blocked)), "{filters:?}: {status:#}");
        assert_eq!(status["isSettled"], steps == 0, "{filters:?}");
    }
    project.run(&["apply", "--auto-approve"]).expect(3);
    project.run(&["status", "--detailed-exitcode", "--binding", "api-fleet"]).expect(3);
    project.run(&["status", "--detailed-exitcode", "--binding", "web-fleet"]).expect(0);
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error_and_not_a_project_without_work() {
    let project = project();
    for filter in [["--binding", "wbe-*"], ["--pair", "wbe"], ["--region", "cn-shanghai"]] {
        let slip = project.run(&[&["status", "--detailed-exitcode"][..], &filter].concat());
        let slip = slip.expect(1);
        assert_eq!(slip.error_code(), "nothingMatched", "{filter:?}");
        assert!(slip.stderr.contains(filter[1]), "{}", slip.stderr);
    }
}

/// An instance that is not bound yet has a row, too, if a plan that was applied will bind it.
#[test]
fn instances_with_deferred_work_are_rows() {
    let project = project();
    let policy = "restart: {when: now, paused: {reason: a feast, until: 2099-01-01T00:00:00Z}}";
    project.edit(
        "keyform.yaml",
        "spec: {keyPair: api,",
        &format!("spec: {{keyPair: api, {policy},"),
    );
    project.run(&["apply", "--auto-approve"]).expect(3);
    assert_eq!(
        left(&project, &["--pending", "--region", "cn-beijing"]),
        ["api", "i-api1"].map(str::to_owned).into()
    );
    assert_eq!(left(&project, &["--pair", "api"]), left(&project, &["--region", "cn-beijing"]));
    let status = project.run(&["status", "--format", "json"]).expect(0).json();
    assert_eq!(
        (&status["totals"]["instances"], &status["totals"]["deferred"]),
        (&3.into(), &1.into())
    );
    let row = &status["instances"][0];
    assert_eq!((&row["id"], &row["effect"]), (&"i-api1".into(), &Value::Null), "{row:#}");
    assert_eq!(row["deferred"]["to"], "api", "{row:#}");
    for field in ["from", "digest"] {
        assert_eq!(row["deferred"][field], status["deferred"][0][field], "{row:#}");
    }
    let other = project.run(&["status", "--format", "json", "--binding", "web-fleet"]).json();
    assert_eq!(other["deferred"], json!([]), "{other:#}");
    let shown = project.run(&["status"]).expect(0).stdout;
    let is_row =
        |line: &&str| line.starts_with("i-api1 ") && line.contains("bind to api from 2099-");
    assert_eq!(shown.lines().filter(is_row).count(), 1, "{shown}");
}

#[test]
fn what_does_not_go_with_watch_is_wrong_usage() {
    let project = Project::quickstart();
    for arguments in [
        &["status", "--watch", "--detailed-exitcode"][..],
        &["status", "--interval", "5s"],
        &["status", "--watch", "--interval", "10ms"],
        &["status", "--watch", "--interval", "5"],
    ] {
        project.run(arguments).expect(64);
    }
}
