//! What each command promises besides its exit code.

use crate::support::{Outcome, Project};

const COMMANDS: [&str; 11] = [
    "init", "validate", "plan", "apply", "destroy", "status", "show", "state", "schema", "explain",
    "version",
];

#[test]
fn init_makes_a_project_that_plans_and_applies_and_makes_none_twice() {
    let project = Project::empty();
    project.write(".gitignore", "/target");
    project.run(&["init", "--name", "acme"]).expect(0);
    assert_eq!(
        project.read(".gitignore"),
        "/target\n# Private keys are never committed, nor is what keyform keeps beside a \
         checkout.\n/keys/\n/.keyform/\n"
    );
    let before = project.contents();
    let again = project.run(&["init", "--name", "other"]).expect(1);
    assert_eq!(again.error_code(), "projectExists");
    assert_eq!(project.contents(), before);

    project.run(&["plan", "--detailed-exitcode"]).expect(2);
    project.apply();
    project.run(&["plan", "--detailed-exitcode"]).expect(0);
}

#[test]
fn init_takes_the_name_of_the_directory() {
    let project = Project::empty();
    let made = project.run(&["-C", "acme-web", "init"]).expect(0);
    assert!(made.stdout.starts_with("Made the project acme-web:\n"), "{}", made.stdout);
    project.run(&["-C", "acme-web", "plan"]).expect(0);
    project.run(&["init", "--name", "1st"]).expect(1);
}

#[test]
fn validate_shows_every_problem_with_its_place() {
    let project = Project::quickstart();
    assert_eq!(project.run(&["validate"]).expect(0).stdout, "The manifests are valid.\n");
    let good = project.run(&["validate", "--format", "json"]).expect(0).json();
    assert_eq!((&good["valid"], &good["errorCount"]), (&true.into(), &0.into()));

    project.edit("web.yaml", "keyPair: web", "keyPair: wev");
    project.edit("keyform.yaml", "kind: Project", "kind: Project\nspecs: {}");
    let text = project.run(&["validate"]).expect(1).stdout;
    assert!(text.contains("web.yaml:13:12") && text.contains("keyform.yaml:4:1"), "{text}");
    let bad = project.run(&["validate", "--format", "json"]).expect(1).json();
    assert_eq!((&bad["valid"], &bad["errorCount"]), (&false.into(), &2.into()), "{bad:#}");
    assert_eq!(bad["format"], "keyform.validate/1");
    let problem = |index: usize, field: &str| bad["diagnostics"][index][field].clone();
    assert_eq!((problem(0, "code"), problem(0, "field")), ("unknownField".into(), "specs".into()));
    assert_eq!(
        (problem(0, "suggestion"), problem(1, "code")),
        ("spec".into(), "unknownKeyPair".into())
    );
    assert_eq!((problem(1, "found"), problem(1, "suggestion")), ("wev".into(), "web".into()));
    let planned = project.run(&["plan"]).expect(1);
    assert!(planned.stderr.contains("web.yaml:13:12") && planned.stdout.is_empty());
}

#[test]
fn the_written_plan_and_the_shown_document_are_one() {
    let project = Project::quickstart();
    let shown = project.run(&["plan", "--format", "json", "-o", "plan.json"]).expect(0);
    assert_eq!(project.read("plan.json"), shown.stdout);
    assert_eq!(shown.json()["format"], "keyform.plan/1");
    let saved = project.run(&["show", "plan.json"]).expect(0);
    assert_eq!(saved.stdout, project.run(&["plan"]).expect(0).stdout);
    assert_eq!(project.run(&["show", "plan.json", "--format", "json"]).stdout, shown.stdout);
    let elsewhere = project.run(&["-C", ".", "plan", "-o", "plan.json"]).expect(0);
    assert!(elsewhere.stdout.ends_with("`keyform apply plan.json` does exactly this.\n"));
}

/// A plan is what keyform wrote, or it is no plan: also where it is only shown.
#[test]
fn a_plan_whose_document_was_changed_is_neither_shown_nor_applied() {
    for (from, to) in [
        ("\"keysMade\": 1", "\"keysMade\": 0"),
        ("\"name\": \"web\"", "\"name\": \"ops\""),
        ("\"web-1\"", "\"db-1\""),
    ] {
        let project = Project::quickstart();
        project.run(&["plan", "-o", "plan.json"]).expect(0);
        project.run(&["show", "plan.json"]).expect(0);
        project.edit("plan.json", from, to);
        for arguments in [
            &["show", "plan.json"][..],
            &["show", "plan.json", "--format", "json"],
            &["apply", "plan.json"],
        ] {
            let refused = project.run(arguments).expect(4);
            assert_eq!(refused.error_code(), "savedPlanUnsound", "{from}: {}", refused.stderr);
            assert_eq!(refused.stdout, "", "{arguments:?}");
        }
    }
}

#[test]
fn reading_commands_say_the_same_twice_and_write_nothing() {
    let project = Project::quickstart();
    for round in ["before an apply", "after it"] {
        let before = project.contents();
        for arguments in [
            &["plan"][..],
            &["plan", "--destroy"],
            &["plan", "--format", "json"],
            &["status"],
            &["status", "--format", "json"],
            &["show"],
            &["show", "--format", "json"],
            &["state", "list"],
            &["state", "list", "--format", "json"],
            &["state", "show"],
            &["validate"],
        ] {
            let first = project.run(arguments).expect(0);
            let second = project.run(arguments).expect(0);
            assert_eq!(first.shown(), second.shown(), "{arguments:?} {round}");
            assert_eq!(project.contents(), before, "{arguments:?} {round}");
        }
        project.apply();
    }
}

#[test]
fn colours_reach_neither_pipes_nor_those_who_want_none() {
    let project = Project::quickstart();
    let plain = |outcome: &Outcome| !outcome.shown().contains('\u{1b}');
    let mut forced = project.command(&["plan"]);
    assert!(
        !plain(&project.finish(forced.env("CLICOLOR_FORCE", "1"))),
        "the plan has colours at all"
    );
    for arguments in
        [&["plan"][..], &["plan", "-C", "nowhere"], &["frobnicate"], &["--help"], &["status"]]
    {
        assert!(plain(&project.run(arguments)), "{arguments:?}");
        let mut unwanted = project.command(arguments);
        assert!(plain(&project.finish(unwanted.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"))));
    }
    assert!(plain(&project.apply()));
}

#[test]
fn the_help_of_every_command_has_an_example() {
    let project = Project::empty();
    let help = project.run(&["--help"]).expect(0).stdout;
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        let help = project.run(&[command, "--help"]).expect(0).stdout;
        assert!(
            help.contains("Example") && help.contains(&format!("  keyform {command}"))
                || help.contains(&format!("keyform {command} &&")),
            "{help}"
        );
        let too_wide: Vec<_> = help.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(too_wide.is_empty(), "{too_wide:?}");
    }
    project.run(&["--version"]).expect(0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_not_utf_8_is_taken_as_it_is() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let project = Project::empty();
    let directory = OsStr::from_bytes(b"caf\xe9");
    for (arguments, code) in [(&["plan"][..], 1), (&["init", "--name", "acme"], 0), (&["plan"], 0)]
    {
        let mut command = project.command(arguments);
        project.finish(command.arg("-C").arg(directory)).expect(code);
    }
}

/// Manifests of all kinds that say more than they must.
const EVERYTHING: &str = r#"apiVersion: keyform/v1
kind: Project
metadata: {name: acme}
spec:
  regions: [cn-hangzhou]
  cloud: {alicloud: {account: "1234567890123456", endpoint: "https://ecs.cn-hangzhou.aliyuncs.com/"}}
  privateKeys: {outlivesRunner: true}
  defaults: {restart: {when: now}, selector: {tags: {env: prod}}}
  generations: {web: 4}
  limits: {unavailable: 20%, restartsPerRun: 50}
---
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: web}
spec: {generation: 3, keepPrevious: false, protect: true}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: workers}
spec:
  keyPair: web
  selector: {tags: {role: web}, allowEmpty: true, onLeave: detach}
  managedInstances: include
  restart: {when: now, before: {command: [drain]}}
  proof: {ssh: {user: root, jump: bastion}}
  replaceForeign: true
---
apiVersion: keyform/v1
kind: Removal
metadata: {name: no-more-old}
spec: {keyPair: old, action: forget}
"#;

/// What is printed are manifests again, and they mean the same.
#[test]
fn resolved_manifests_mean_what_they_were_resolved_from() {
    let resolved = |project: &Project| {
        let shown = project.run(&["validate", "--show-resolved"]).expect(0);
        assert_eq!(shown.stderr, "");
        shown.stdout
    };
    let without_places = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    for example in ["quickstart", "imported"] {
        let written = Project::example(example);
        let shown = resolved(&written);
        assert!(shown.starts_with("---\n# keyform.yaml:4:18\napiVersion: keyform/v1\n"), "{shown}");
        let again = Project::empty();
        again.write("keyform.yaml", &shown);
        again.write("inventory.yaml", written.read("inventory.yaml"));
        assert_eq!(without_places(&resolved(&again)), without_places(&shown), "{example}");
        let json = written.run(&["validate", "--show-resolved", "--format", "json"]).expect(0);
        assert_eq!(json.json()["resolved"][0]["origin"]["file"], "keyform.yaml");
    }
    let written = Project::empty();
    written.write("keyform.yaml", EVERYTHING);
    let shown = resolved(&written);
    for part in [
        "      endpoint: https://ecs.cn-hangzhou.aliyuncs.com\n",
        "    restartsPerRun: 50\n    unavailable: 20%\n",
        "    outlivesRunner: true\n",
        "# keyform.yaml:14:18, web-g4 in the cloud\n",
        "  generation: 4\n  keepPrevious: false\n  protect: true\n",
        "    allowEmpty: true\n    onLeave: detach\n    tags:\n      env: prod\n      role: web\n",
        "  managedInstances: include\n",
        "      command:\n      - drain\n      environment: {}\n      timeout: 5m\n",
        "      jump: bastion\n      timeout: 30s\n",
        "# keyform.yaml:30:18, old in the cloud\n",
        "  action: forget\n",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let again = Project::empty();
    again.write("keyform.yaml", &shown);
    assert_eq!(without_places(&resolved(&again)), without_places(&shown));
    let broken = Project::quickstart();
    broken.edit("web.yaml", "keyPair: web", "keyPair: wep");
    let shown = broken.run(&["validate", "--show-resolved"]).expect(1).stdout;
    assert!(shown.contains("did you mean `web`?") && !shown.contains("---"), "{shown}");
}
