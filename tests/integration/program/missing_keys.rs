//! A recorded private key that is gone is the first thing that every command says.

use keyform::disk::{Disk as _, RealDisk};

use crate::support::Project;

#[test]
fn a_private_key_that_is_gone_is_told_first_by_plan_apply_and_status() {
    let project = Project::quickstart();
    project.apply();
    RealDisk.remove_file(&project.path("keys/web.pem")).expect("the key was there");
    for arguments in [&["plan"][..], &["apply", "--auto-approve"], &["status"]] {
        let shown = project.run(arguments).expect(0).stdout;
        let mut lines = shown.lines();
        assert_eq!(lines.next(), Some("Warning, private keys are gone:"), "{shown}");
        assert!(lines.next().is_some_and(|line| line.contains("key/web  web.yaml")), "{shown}");
        assert!(!shown.contains("everything is as it should be"), "{shown}");
    }
    let plan = project.run(&["plan", "--format", "json"]).expect(0).json();
    assert_eq!(plan["notes"][0]["reason"]["code"], "keyMissing", "{plan:#}");
    let status = project.run(&["status", "--format", "json"]).expect(0).json();
    assert_eq!(status["warnings"][0]["reason"]["code"], "keyMissing", "{status:#}");
    assert_eq!(status["pairs"][0]["privateKey"], "missing", "{status:#}");

    // What the warning says to do works: the generation is raised.
    project.edit("web.yaml", "tags: {team: web}", "generation: 2\n  tags: {team: web}");
    project.apply();
    let status = project.run(&["status"]).expect(0).stdout;
    assert!(status.starts_with("Project quickstart"), "{status}");
    let plan = project.run(&["plan", "--detailed-exitcode"]).expect(0).stdout;
    assert_eq!(plan, "Nothing to do: everything is as it should be.\n");
}

#[test]
fn the_private_key_of_a_given_public_key_is_not_missing() {
    let project = Project::example("imported");
    project.run(&["apply", "--auto-approve"]).expect(0);
    let status = project.run(&["status", "--format", "json"]).expect(0).json();
    let pairs = status["pairs"].as_array().expect("pairs");
    assert!(!pairs.is_empty());
    for pair in pairs {
        assert_eq!(pair["privateKey"], "imported", "{pair:#}");
    }
    assert_eq!(status["warnings"], serde_json::json!([]));
}

#[test]
fn a_saved_plan_warns_first_of_a_key_that_is_gone_since() {
    let project = Project::quickstart();
    project.apply();
    project.edit("web.yaml", "team: web", "team: shop");
    project.run(&["plan", "-o", "plan.json"]).expect(0);
    RealDisk
        .rename(&project.path("keys/web.pem"), &project.path("keys/away.pem"))
        .expect("it was there");
    let shown = project.run(&["apply", "plan.json"]).expect(0).stdout;
    assert!(shown.starts_with("Warning, private keys are gone:\n"), "{shown}");
    RealDisk
        .rename(&project.path("keys/away.pem"), &project.path("keys/web.pem"))
        .expect("it was there");
    project.edit("web.yaml", "team: shop", "team: web");
    project.run(&["plan", "-o", "plan.json"]).expect(0);
    let shown = project.run(&["apply", "plan.json"]).expect(0).stdout;
    assert!(!shown.contains("private keys are gone"), "{shown}");
}
