//! `examples/team`: the pipeline of a team from nothing, by the script that is there.

use std::{path::Path, process::Command};

#[test]
fn the_example_of_a_team_runs_from_nothing_by_its_script() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/team/run");
    let mut command = Command::new(script);
    command.env("KEYFORM", env!("CARGO_BIN_EXE_keyform"));
    let output = command.output().expect("the script starts");
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{errors}");
    assert!(errors.contains("Waiting for the lock that another run holds"), "{errors}");
    // Two environments are rotated, and a runner is lost on the way.
    assert_eq!(
        told.matches("\nNothing to do: everything is as it should be.").count(),
        2,
        "{told}"
    );
    assert!(told.contains("production-web-g2  held"), "{told}");
    assert_eq!(told.lines().last(), Some("-----BEGIN PRIVATE KEY-----"), "{told}");
}
