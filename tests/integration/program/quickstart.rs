//! The way through the quickstart: apply, destroy, and again.

use std::{fs, process::Command};

use crate::support::{Project, redacted, run};

/// The instances of a project's status: id, what it is bound to, and whether that is in effect.
fn instances(project: &Project) -> Vec<(String, String, String)> {
    let status = project.run(&["status", "--format", "json"]).expect(0).json();
    let rows = status["instances"].as_array().expect("rows").iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    rows.map(|row| (text(&row["id"]), text(&row["bound"]), text(&row["effect"]))).collect()
}

#[test]
fn apply_binds_all_instances_and_makes_a_key_that_ssh_and_openssl_open() {
    let project = Project::quickstart();
    let applied = project.apply();
    assert!(
        redacted(&applied.stdout).ends_with(
            "Applied: 1 private key made, 1 key pair made, 3 instances bound and in effect, in \
             TIME.\nThe private key of web is keys/web.pem"
        ),
        "{}",
        applied.stdout
    );
    let row = |id: &str| (id.to_owned(), "web".to_owned(), "inEffect".to_owned());
    assert_eq!(instances(&project), [row("i-bp1a0001"), row("i-bp1a0002"), row("i-bp1a0003")]);
    project.run(&["plan", "--detailed-exitcode"]).expect(0);

    let key = project.path("keys/web.pem");
    let read = run(Command::new("ssh-keygen").arg("-y").arg("-f").arg(&key)).expect(0);
    let state = project.run(&["show", "--format", "json"]).expect(0).json();
    assert_eq!(read.stdout.trim(), state["recorded"]["keys"]["web"]["publicKey"]);
    let checked = ["pkey", "-check", "-noout", "-in"];
    run(Command::new("openssl").args(checked).arg(&key)).expect(0);
    assert!(project.read("keys/web.pem").starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

#[cfg(unix)]
#[test]
fn private_keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::quickstart();
    project.apply();
    let mode = |file: &str| {
        let metadata = fs::metadata(project.path(file)).expect(file);
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode("keys"), 0o700);
    assert_eq!(mode("keys/web.pem"), 0o600);
    project.run(&["destroy", "--auto-approve"]).expect(0);
    let contents = project.contents();
    let retired: Vec<_> = contents.keys().filter(|file| file.starts_with("keys/")).collect();
    assert_eq!(retired.len(), 1, "{retired:?}");
    assert_eq!(mode("keys/retired"), 0o700);
    assert_eq!(mode(retired[0]), 0o600);
}

#[test]
fn destroy_and_apply_again_work_twice() {
    let project = Project::quickstart();
    for round in 1..=2 {
        project.apply();
        let destroyed = project.run(&["destroy", "--auto-approve"]).expect(0);
        let last = "Applied: 3 instances unbound, 1 key pair deleted, 1 private key put aside, in \
                    TIME.";
        assert!(redacted(&destroyed.stdout).ends_with(last), "{}", destroyed.stdout);
        assert_eq!(instances(&project), []);
        project.run(&["plan", "--destroy", "--detailed-exitcode"]).expect(0);
        let contents = project.contents();
        let aside = contents.keys().filter(|file| file.starts_with("keys/retired/web.")).count();
        assert_eq!((aside, contents.contains_key("keys/web.pem")), (round, false));
    }
    project.apply();
    project.run(&["plan", "--detailed-exitcode"]).expect(0);
}
