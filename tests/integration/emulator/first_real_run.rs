//! docs/first-real-run.md: each command on the page, in its order, at a server in the place of an account.

#![cfg(unix)]

use super::command::{Serving, served};
use crate::{readme::read, support::Project};

/// The commands of the page, without the name of the program.
fn commands(page: &str) -> Vec<Vec<&str>> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("    keyform "));
    lines.map(|line| line.split(' ').collect()).collect()
}

#[test]
fn each_command_on_the_page_is_one_and_does_what_it_says() {
    let page = read("docs/first-real-run.md");
    let project = Project::quickstart();
    let serving = Serving::begin(&project, &["--inventory", "inventory.yaml"]);
    served(&project, &serving.url);
    let run = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        let key = [
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "emulator"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "emulator"),
            ("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        ];
        project.finish(command.envs(key))
    };
    let commands = commands(&page);
    assert!(commands.len() >= 8, "{commands:?}");
    for arguments in commands {
        // A rehearsal takes minutes and has tests of its own. Without the right id none is begun.
        let (arguments, code) = match arguments.contains(&"--rehearse") {
            true => ([&arguments[..], &["--confirm", "another"]].concat(), 6),
            false => (arguments, 0),
        };
        run(&arguments).expect(code);
    }
    assert!(project.path("keys/web.pem").is_file(), "the last command has applied the plan");
    run(&["plan", "--detailed-exitcode"]).expect(0);
    assert_eq!(serving.end("TERM"), Some(0));
}
