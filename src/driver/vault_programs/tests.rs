use std::{path::Path, time::Duration};

use super::*;

fn run(script: &str, timeout: Duration, input: Option<&[u8]>) -> Result<String, CommandProblem> {
    let command = ["sh", "-c", script, "vault"].map(str::to_owned);
    let variables = [("PATH", "/usr/bin:/bin"), ("TOKEN", "t"), ("SECRET", "s")];
    let environment = Environment::new(variables.map(|(name, value)| (name.into(), value.into())));
    let run = CommandRun {
        command: &command,
        arguments: &["web", "00ff"],
        directory: Path::new("/"),
        timeout,
        pass_environment: &["TOKEN".to_owned()],
        input,
    };
    let printed = SystemCommands::new(environment).run(&run);
    printed.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn ended(script: &str) -> Result<String, CommandProblem> {
    run(script, Duration::from_secs(60), None)
}

#[test]
fn a_key_goes_in_and_out_and_names_are_arguments() {
    let long = Duration::from_secs(60);
    let said = run("echo \"$1 $2 $TOKEN ${SECRET-none}\"; pwd; cat", long, Some(b"a key\n"));
    assert_eq!(said.as_deref(), Ok("web 00ff t none\n/\na key\n"));
    assert_eq!(ended("cat; echo end").as_deref(), Ok("end\n"), "nothing is read without a key");
    assert_eq!(run("true", long, Some(b"a key that is not read")).as_deref(), Ok(""));
}

#[test]
fn how_a_program_failed_is_told_with_its_last_line_of_errors() {
    let failed = |end, errors: &str| {
        let errors = errors.to_owned();
        Err((end, errors))
    };
    let table = [
        (
            "echo out; echo one >&2; echo two >&2; echo >&2; exit 3",
            failed(CommandEnd::Code(3), "two"),
        ),
        ("kill -9 $$", failed(CommandEnd::Signal(9), "")),
        ("head -c 65537 /dev/zero", failed(CommandEnd::PrintedTooMuch, "")),
        ("exit 1", failed(CommandEnd::Code(1), "")),
    ];
    for (script, expected) in table {
        let told = ended(script).map_err(|problem| (problem.end, problem.errors));
        assert_eq!(told, expected, "{script}");
    }
    let slow =
        run("exec sleep 600", Duration::from_millis(50), None).map_err(|problem| problem.end);
    assert_eq!(slow, Err(CommandEnd::TookTooLong(Duration::from_millis(50))));
}

#[test]
fn a_key_among_the_errors_is_not_told() {
    let script = "set -x; pem=$(cat); exit 1";
    let key = b"-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n";
    let problem = run(script, Duration::from_secs(60), Some(key)).expect_err("it ends with 1");
    assert!(!problem.to_string().contains("MIIEvQ"), "{problem}");
    assert!(problem.to_string().starts_with("its program `sh -c "), "{problem}");
}
