//! Texts from outside on their way to the terminal: nothing in them commands it, forges a line of
//! ours, or turns the direction of a text.

use keyform::visible::is_unseen;

use crate::support::{Outcome, Project};

/// Sets the title, forges the last part of a plan, clears the screen, turns the direction, and hides
/// a character.
const HOSTILE: &str = r#""\e]0;owned\aSummary\nSummary\n  0 forged\x9b2J\u202E\u200Bx""#;

#[track_caller]
fn is_harmless(outcome: &Outcome) {
    for shown in [&outcome.stdout, &outcome.stderr] {
        let unseen = shown.chars().find(|&c| is_unseen(c) && c != '\n');
        assert_eq!(unseen, None, "{shown:?}");
        assert!(!shown.lines().any(|line| line == "  0 forged"), "{shown}");
        assert!(shown.lines().filter(|line| *line == "Summary").count() < 2, "{shown}");
    }
}

#[test]
fn names_from_the_cloud_are_shown_with_their_escapes() {
    let project = Project::quickstart();
    project.edit("inventory.yaml", "name: web-1", &format!("name: {HOSTILE}"));
    for arguments in [
        &["plan", "-o", "plan.json"][..],
        &["plan", "--format", "json"],
        &["plan", "--explain", "instance/cn-hangzhou/i-bp1a0001"],
        &["show", "plan.json"],
        &["apply", "plan.json"],
        &["status"],
        &["status", "--format", "json"],
        &["show"],
        &["state", "show", "--format", "json"],
    ] {
        let outcome = project.run(arguments).expect(0);
        is_harmless(&outcome);
        if arguments[0] == "plan" && arguments[1] == "-o" {
            assert!(outcome.stdout.contains("\\nSummary\\n"), "{}", outcome.stdout);
        }
    }
}

#[test]
fn a_tag_that_is_not_seen_whole_is_refused() {
    let project = Project::quickstart();
    for tag in [
        r#"team: "a\e[2J""#,
        r#"team: "a\nb""#,
        r#"team: "a\u202Eb""#,
        r#"team: "a\u200Bb""#,
        r#""te\x9bam": web"#,
    ] {
        project.write("web.yaml", format!("apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\nspec:\n  tags: {{{tag}}}\n"));
        let outcome = project.run(&["validate"]).expect(1);
        assert!(outcome.stdout.contains("error[invalidTag]"), "{tag}: {}", outcome.stdout);
        is_harmless(&outcome);
    }
}

#[test]
fn paths_and_manifests_in_messages_are_shown_with_their_escapes() {
    let project = Project::quickstart();
    let hostile = "\u{1b}]0;owned\u{7}\nSummary\n  0 forged\u{9b}2J\u{202e}\u{200b}";
    for arguments in [&["-C", hostile, "plan"][..], &["show", hostile], &["apply", hostile]] {
        let outcome = project.run(arguments);
        assert_ne!(outcome.code, 0);
        is_harmless(&outcome);
    }
    project.write("web.yaml", "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: \"w\u{202e}eb\"}\n# \u{2066}\nspec: {\"\u{200b}x\": 1}\n");
    for arguments in [&["validate"][..], &["validate", "--format", "json"], &["plan"]] {
        is_harmless(&project.run(arguments).expect(1));
    }
}

/// What keyform writes it reads: a hostile name of a file is in the plan as an escape of JSON.
#[test]
fn a_plan_with_hostile_names_can_be_applied_and_one_with_bare_controls_cannot() {
    let project = Project::quickstart();
    let manifests = project.read("web.yaml");
    project.write("web.yaml", "");
    project.write("w\u{1b}[2J\u{9b}eb.yaml", manifests);
    project.run(&["plan", "-o", "plan.json"]).expect(0);
    let plan = project.read("plan.json");
    assert!(plan.contains("\\u001b") && !plan.contains(|c| is_unseen(c) && c != '\n'), "{plan}");
    project.write("bare.json", plan.replace("\\u009b", "\u{9b}"));
    let refused = project.run(&["apply", "bare.json"]).expect(1);
    assert_eq!(refused.error_code(), "planInvisible");
    project.run(&["apply", "plan.json"]).expect(0);
}
