//! Projects of which something is elsewhere: their private keys, or their cloud.

use crate::support::Project;

const ALICLOUD: &str = "cloud: {alicloud: {account: \"1234567890123456\"}}";

/// The quickstart, about the real cloud.
fn real() -> Project {
    let project = Project::quickstart();
    project.edit("keyform.yaml", "cloud: {emulator: {inventory: inventory.yaml}}", ALICLOUD);
    project
}

#[test]
fn private_keys_are_kept_where_a_flag_or_the_environment_says() {
    let project = Project::quickstart();
    let flag = ["apply", "--auto-approve", "--private-keys", "away/keys"];
    let applied = project.run(&flag).expect(0);
    assert!(applied.stdout.ends_with("is away/keys/web.pem\n"), "{}", applied.stdout);
    assert!(project.path("away/keys/web.pem").exists() && !project.path("keys").exists());
    let status = project.run(&["status", "--private-keys", "away/keys"]).expect(0);
    assert!(status.stdout.contains("held"), "{}", status.stdout);
    assert!(project.run(&["status"]).expect(0).stdout.contains("missing"));

    let set = |arguments: &[&str], directory: &str| {
        let mut command = project.command(arguments);
        project.finish(command.env("KEYFORM_PRIVATE_KEYS", directory)).expect(0)
    };
    let directory = project.path("away/keys").display().to_string();
    assert!(set(&["status"], &directory).stdout.contains("held"));
    assert!(set(&["status", "--private-keys", "away/keys"], "/nowhere").stdout.contains("held"));
    assert!(set(&["status"], "").stdout.contains("missing"), "empty is as good as not there");
    set(&["destroy", "--auto-approve"], &directory);
    assert!(project.path("away/keys/retired").exists());
}

#[test]
fn a_project_of_the_real_cloud_is_valid_without_credentials_and_does_nothing() {
    let project = real();
    assert_eq!(project.run(&["validate"]).expect(0).stdout, "The manifests are valid.\n");
    project.run(&["validate", "--show-resolved"]).expect(0);
    project.run(&["state", "list"]).expect(0);
    project.run(&["show"]).expect(0);
    for command in ["plan", "status", "apply", "destroy"] {
        let approve: &[&str] =
            if matches!(command, "plan" | "status") { &[] } else { &["--auto-approve"] };
        let refused = project.run(&[&[command][..], approve].concat()).expect(1);
        assert_eq!(refused.error_code(), "credentialsUnreachable");
    }
}

#[test]
fn a_runner_of_ci_and_a_stranger_are_refused_first() {
    let project = real();
    let run = |variables: &[(&str, &str)], code: i32, arguments: &[&str]| {
        let mut command = project.command(arguments);
        project.finish(command.envs(variables.iter().copied())).expect(code)
    };
    let refused = run(&[("CI", "true")], 1, &["plan"]);
    assert_eq!(refused.error_code(), "keysEndWithRunner");
    let endpoint = ALICLOUD.replace("\"}}", "\", endpoint: \"https://gateway.example\"}}");
    project.edit("keyform.yaml", ALICLOUD, &endpoint);
    let refused = run(&[("CI", "true")], 1, &["plan"]);
    assert_eq!(refused.error_code(), "untrustedHostRefused");
    assert!(refused.stderr.contains("gateway.example"), "{}", refused.stderr);
    let warned = run(&[], 0, &["validate"]).stdout;
    assert!(warned.starts_with("warning") && warned.contains("`gateway.example`"), "{warned}");
    let trusted = [("KEYFORM_TRUSTED_HOSTS", "other.example,Gateway.example")];
    assert_eq!(run(&trusted, 0, &["validate"]).stdout, "The manifests are valid.\n");
    let refused = run(&trusted, 1, &["plan"]);
    assert_eq!(refused.error_code(), "credentialsUnreachable");
}

#[test]
fn private_keys_that_git_does_not_ignore_are_told() {
    let project = Project::quickstart();
    let warned =
        |project: &Project| project.run(&["plan"]).expect(0).stderr.contains("git does not ignore");
    assert!(!warned(&project), "it is in no work tree");
    project.finish(project.other("git").args(["init", "-q", "."])).expect(0);
    let told = project.run(&["plan"]).expect(0).stderr;
    assert!(told.contains("git does not ignore keys") && told.contains("add `keys/`"), "{told}");
    for rule in ["keys/\n", "*.pem\n"] {
        project.write(".gitignore", rule);
        assert!(!warned(&project), "{rule}");
    }
    assert!(project.run(&["plan", "--private-keys", "other"]).expect(0).stderr.is_empty());
}

/// What the flag names is held to the same rule as what the Project names.
#[test]
fn private_keys_have_a_directory_of_their_own_also_by_a_flag() {
    let project = Project::quickstart();
    project.write(".git/HEAD", "");
    let absolute = project.path(".keyform/state/keys").display().to_string();
    for directory in
        [".keyform/state", "kept/../.keyform/state", &absolute, ".git/keys", ".keyform/cloud", "."]
    {
        let refused = project.run(&["plan", "--private-keys", directory]).expect(1);
        assert_eq!(refused.error_code(), "privateKeysOverlap", "{directory}");
    }
    #[cfg(unix)]
    {
        project.write(".keyform/state/file", "");
        let link = project.path("linked");
        std::os::unix::fs::symlink(project.path(".keyform/state"), link).expect("a link");
        let refused = project.run(&["plan", "--private-keys", "linked/keys"]).expect(1);
        assert_eq!(refused.error_code(), "privateKeysOverlap");
    }
    project.run(&["plan", "--private-keys", "away/keys"]).expect(0);
}
