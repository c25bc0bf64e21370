//! What people write who learned another tool, or who do not know an address by heart.

use std::fs;

use crate::support::Project;

#[test]
fn a_long_option_with_one_dash_is_refused_and_writes_no_file() {
    let project = Project::quickstart();
    let before = project.contents();
    for arguments in [&["plan", "-out=x"][..], &["plan", "-out", "x"], &["plan", "-json"]] {
        let refused = project.run(arguments).expect(64);
        assert_eq!(refused.stdout, "", "{arguments:?}");
    }
    assert_eq!(project.contents(), before);
    project.run(&["plan", "--out=x"]).expect(0);
    project.run(&["plan", "--out", "y"]).expect(0);
    assert_eq!(project.read("x"), project.read("y"));
}

#[test]
fn the_version_is_a_command_and_an_option() {
    let project = Project::empty();
    let version = project.run(&["version"]).expect(0).stdout;
    assert_eq!(version, project.run(&["--version"]).expect(0).stdout);
}

#[test]
fn no_color_is_an_option_of_every_command() {
    let project = Project::quickstart();
    let plain = project.run(&["plan"]).expect(0).stdout;
    let mut command = project.command(&["plan", "--no-color"]);
    let forced = project.finish(command.env("CLICOLOR_FORCE", "1")).expect(0).stdout;
    assert_eq!(forced, plain);
    project.run(&["--no-color", "status"]).expect(0);
}

#[test]
fn explain_takes_what_target_takes_and_short_forms() {
    let project = Project::quickstart();
    let titles = |written: &str| {
        let told = project.run(&["plan", "--explain", written]).expect(0).stdout;
        let is_title = |line: &&str| !line.starts_with(' ') && !line.is_empty();
        told.lines().filter(is_title).map(str::to_owned).collect::<Vec<_>>()
    };
    let instance = |number: u32| format!("instance/cn-hangzhou/i-bp1a000{number}");
    let instances = || (1..=3).map(instance).collect::<Vec<_>>();
    let pair = ["key/web", "pair/cn-hangzhou/web"];
    for (written, expected) in [
        ("key/web", vec!["key/web".to_owned()]),
        ("pair/*/web", vec!["pair/cn-hangzhou/web".to_owned()]),
        ("pair/web", vec!["pair/cn-hangzhou/web".to_owned()]),
        ("instance/*/i-bp1a000?", instances()),
        ("instance/i-bp1a0002", vec![instance(2)]),
        ("i-bp1a0002", vec![instance(2)]),
        ("binding/web-fleet", instances()),
        ("binding/web-*", instances()),
        ("web-fleet", instances()),
        ("web", pair.map(str::to_owned).to_vec()),
    ] {
        assert_eq!(titles(written), expected, "{written}");
    }
    for (written, exit, code) in [
        ("binding/no-such", 1, "unknownObject"),
        ("no-such", 1, "unknownObject"),
        ("web*", 1, "ambiguousObject"),
    ] {
        let refused = project.run(&["plan", "--explain", written]).expect(exit);
        assert_eq!(refused.error_code(), code, "{written}");
    }
    let ambiguous = project.run(&["plan", "--explain", "web*"]).expect(1).stderr;
    for address in ["key/web", "pair/cn-hangzhou/web", "binding/web-fleet"] {
        assert!(ambiguous.contains(address), "{ambiguous}");
    }
    project.run(&["plan", "--explain", "pairs/web"]).expect(64);
}

#[test]
fn commands_that_read_tell_the_problems_of_manifests_as_json_too() {
    let project = Project::quickstart();
    project.edit("web.yaml", "keyPair: web", "keyPair: wev");
    let validated = project.run(&["validate", "--format", "json"]).expect(1).json();
    assert_eq!(validated["diagnostics"][0]["code"], "unknownKeyPair");
    for arguments in [&["plan"][..], &["status"]] {
        let refused = project.run(&[arguments, &["--format", "json"]].concat()).expect(1);
        assert_eq!(refused.json(), validated, "{arguments:?}");
        assert_eq!(refused.error_code(), "manifestsInvalid", "{arguments:?}");
    }
    // What only the Project says is enough for a state.
    project.edit("keyform.yaml", "kind: Project", "kind: Project\nspecs: {}");
    for arguments in [&["show"][..], &["state", "list"], &["state", "show"]] {
        let refused = project.run(&[arguments, &["--format", "json"]].concat()).expect(1);
        assert_eq!(refused.json()["diagnostics"][0]["code"], "unknownField", "{arguments:?}");
    }
}

#[test]
fn a_plan_of_another_project_is_told_in_one_line() {
    let (project, other) = (Project::quickstart(), Project::quickstart());
    other.edit("keyform.yaml", "name: quickstart", "name: other");
    project.run(&["plan", "-o", "plan.json"]).expect(0);
    let plan = fs::canonicalize(project.path("plan.json")).expect("the plan");
    let refused = other.run(&["apply", &plan.display().to_string()]).expect(4);
    assert_eq!(refused.error_code(), "planStale");
    assert_eq!(refused.stderr.trim_end().lines().count(), 1, "{}", refused.stderr);
}

#[test]
fn no_more_instances_than_there_are_may_be_down() {
    let project = Project::quickstart();
    let policy = "keyPair: web\n  restart: {when: now, maxUnavailable: 10}";
    project.edit("web.yaml", "keyPair: web", policy);
    let plan = project.run(&["plan"]).expect(0).stdout;
    assert!(plan.contains("1 wave, at most 3 down at once"), "{plan}");
    let mut json = project.run(&["plan", "--format", "json"]).expect(0).json();
    let told = json["summary"]["waves"][0]["unavailableMax"].take();
    assert_eq!(told, 10, "a document says what the manifest says");
}

#[test]
fn places_are_relative_to_the_current_directory_and_in_documents_to_the_project() {
    let around = Project::empty();
    for (file, bytes) in Project::quickstart().contents() {
        around.write(&format!("teams/shop/{file}"), bytes);
    }
    let inside = around.finish(around.command(&["plan"]).current_dir(around.path("teams/shop")));
    let outside = around.run(&["-C", "teams/shop", "plan"]);
    let (inside, outside) = (inside.expect(0).stdout, outside.expect(0).stdout);
    assert!(inside.contains("  web.yaml:"), "{inside}");
    assert_eq!(outside, inside.replace("  web.yaml:", "  teams/shop/web.yaml:"));

    let plan = around.run(&["-C", "teams/shop", "plan", "--format", "json"]).expect(0).json();
    let mut own = around.command(&["plan", "--format", "json"]);
    let own = around.finish(own.current_dir(around.path("teams/shop"))).expect(0);
    assert_eq!(plan, own.json(), "the digest too");
    assert_eq!(plan["steps"][0]["origin"]["file"], "web.yaml", "{plan:#}");

    around.edit("teams/shop/web.yaml", "keyPair: web", "keyPair: wbe");
    let told = around.run(&["-C", "teams/shop", "validate"]).expect(1).stdout;
    assert!(told.contains("--> teams/shop/web.yaml:"), "{told}");
    let told = around.run(&["-C", "teams/shop", "validate", "--format", "json"]).expect(1).json();
    assert_eq!(told["diagnostics"][0]["place"]["file"], "web.yaml", "{told:#}");
}
