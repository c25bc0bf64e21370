//! `--metrics-file`: written beside everything else, for a collector that reads files.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::support::Project;

/// A sample of a file of metrics, by the beginning of its line.
#[track_caller]
fn sample(text: &str, beginning: &str) -> i64 {
    let line = text.lines().find(|line| line.starts_with(beginning));
    let line = line.unwrap_or_else(|| panic!("no {beginning} in {text}"));
    line.rsplit(' ').next().and_then(|value| value.parse().ok()).expect("a whole number")
}

#[test]
fn plan_apply_and_status_write_the_metrics_of_the_whole_project() {
    let project = Project::quickstart();
    let file = "keyform.prom";
    project.run(&["plan", "--metrics-file", file]).expect(0);
    let planned = project.read(file);
    assert!(sample(&planned, "keyform_plan_steps{") > 0);
    assert!(!planned.contains("keyform_last_apply"), "there was none: {planned}");
    project.run(&["apply", "--auto-approve", "--metrics-file", file]).expect(0);
    let applied = project.read(file);
    assert_eq!(sample(&applied, "keyform_plan_steps{"), 0);
    assert_eq!(sample(&applied, "keyform_last_apply_complete{"), 1);
    assert!(sample(&applied, "keyform_last_apply_timestamp_seconds{") > 1_700_000_000);
    let imported = applied.lines().any(|line| {
        line.starts_with("keyform_command_calls{") && line.contains("\"ImportKeyPair\"} 1")
    });
    assert!(imported, "{applied}");
    // A filter is for what people are shown.
    project.run(&["status", "--pair", "web", "--pending", "--metrics-file", file]).expect(0);
    let looked = project.read(file);
    assert!(sample(&looked, "keyform_binding_instances{") > 0);
    let mode = fs::metadata(project.path(file)).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "a collector of another user reads it");
}

#[test]
fn what_is_no_file_of_metrics_is_not_replaced() {
    let project = Project::quickstart();
    for command in ["plan", "status"] {
        let refused = project.run(&[command, "--metrics-file", "web.yaml"]).expect(1);
        assert_eq!(refused.error_code(), "metricsFileOccupied", "{command}");
    }
    let manifest = project.read("web.yaml");
    let applied = project.run(&["apply", "--auto-approve", "--metrics-file", "web.yaml"]).expect(0);
    assert!(applied.stderr.contains("Warning: the run is over"), "{}", applied.stderr);
    assert_eq!(applied.error_code(), "metricsFileOccupied");
    assert_eq!(project.read("web.yaml"), manifest);
    let nowhere = project.run(&["status", "--metrics-file", "no/such/file"]).expect(1);
    assert_eq!(nowhere.error_code(), "metricsNotWritten");
}

#[test]
fn a_plan_for_a_part_writes_the_metrics_of_the_whole() {
    let project = Project::quickstart();
    project.run(&["plan", "--metrics-file", "whole.prom"]).expect(0);
    let steps = sample(&project.read("whole.prom"), "keyform_plan_steps{");
    for part in [&["--target", "key/web"][..], &["--destroy"], &["--due"]] {
        let file = ["plan", "--metrics-file", "part.prom"];
        project.run(&[&file[..], part].concat()).expect(0);
        assert_eq!(sample(&project.read("part.prom"), "keyform_plan_steps{"), steps, "{part:?}");
    }
    project.run(&["status", "--watch", "--metrics-file", "part.prom"]).expect(64);
}
