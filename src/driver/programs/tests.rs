use std::sync::Arc;

use super::*;
use crate::{
    cloud::Cloud,
    disk::RealDisk,
    driver::Environment,
    ecs::{CallError, Request, Response, Transport},
    keys::{KeySource, PooledKeys},
    vault::{Directory, Lender, MemoryVault, Vault},
};

/// Programs call nobody.
struct NoCloud;

impl Transport for NoCloud {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        panic!("nobody is called: {request:?}")
    }
}

/// A project's directory with a vault that holds the private key of `web`.
struct Project {
    directory: tempfile::TempDir,
    vault: Directory,
    keys: PooledKeys,
}

impl Project {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let vault = Directory::new(Arc::new(RealDisk), directory.path().join("keys"));
        let keys = PooledKeys::new(0);
        let key = keys.generate().expect("a key");
        vault.put(&CloudName::new("web"), &key).expect("it is stored");
        Self { directory, vault, keys }
    }

    /// Runs a program with what it is told, and with a key.
    fn run(&self, program: &Program, key: Option<&str>) -> (Option<ProgramFailure>, String) {
        let cloud = Cloud::new(Arc::new(NoCloud));
        let variables = [("HOME", "/home/ann"), ("BASTION", "b1"), ("SECRET", "s3cret")];
        let environment = variables.map(|(name, value)| (name.into(), value.into()));
        let outside = Executor::new(cloud, &self.vault, &self.keys, self.directory.path())
            .with_environment(Environment::new(environment));
        let about = BTreeMap::from([("KEYFORM_INSTANCE_ID", "i-1".to_owned())]);
        let key = key.map(CloudName::new);
        match outside.run(program, &about, key.as_ref()).expect("that it fails is an answer") {
            Answer::Ran { failure, output } => (failure, output),
            other => panic!("{other:?}"),
        }
    }

    fn shell(&self, script: &str) -> (Option<ProgramFailure>, String) {
        self.run(&shell(script), None)
    }
}

fn shell(script: &str) -> Program {
    Program::new(["sh", "-c", script].map(str::to_owned).to_vec())
}

fn within(timeout: &str, script: &str) -> Program {
    Program { timeout: Span::parse(timeout).expect("a time"), ..shell(script) }
}

#[test]
fn how_a_program_ended_is_told() {
    let project = Project::new();
    let table = [
        ("true", None),
        ("exit 3", Some(ProgramFailure::Ended { code: 3 })),
        ("kill -9 $$", Some(ProgramFailure::Signalled { signal: 9 })),
        ("exec nosuchprogram", Some(ProgramFailure::Ended { code: 127 })),
    ];
    for (script, failure) in table {
        assert_eq!(project.shell(script).0, failure, "{script}");
    }
    let missing = [
        (vec![], "its command is empty"),
        (vec!["nosuchprogram"], "No such file or directory"),
        (vec!["./nosuchprogram"], "No such file or directory"),
        (vec!["./keys"], "Permission denied"),
    ];
    for (command, reason) in missing {
        let program = Program::new(command.into_iter().map(str::to_owned).collect());
        let failure = ProgramFailure::NotStarted { reason: reason.to_owned() };
        assert_eq!(project.run(&program, None), (Some(failure), String::new()));
    }
}

#[test]
fn output_and_errors_come_together_as_they_were_printed() {
    let (failure, output) = Project::new().shell("echo one; echo two >&2; printf '\\033[1mthree'");
    assert_eq!((failure, output.as_str()), (None, "one\ntwo\n\\u{1b}[1mthree"));
}

#[test]
fn of_much_output_the_end_is_kept() {
    let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 1";
    let (failure, output) = Project::new().shell(script);
    assert_eq!(failure, Some(ProgramFailure::Ended { code: 1 }));
    assert!(output.ends_with("line 19998\nline 19999\n"), "{}", &output[output.len() - 40..]);
    assert!(output.len() <= OUTPUT_MAX + "…".len(), "{}", output.len());
}

#[test]
fn a_program_is_told_of_its_instance_in_the_directory_of_the_project() {
    let project = Project::new();
    let script = "pwd; echo $KEYFORM_INSTANCE_ID $STAGE; echo ${HOME:+home}; read line || echo end; \
                  echo ${KEYFORM_PRIVATE_KEY_FILE-none}";
    let mut program = shell(script);
    program.environment = BTreeMap::from([
        ("STAGE".to_owned(), "prod".to_owned()),
        ("KEYFORM_INSTANCE_ID".to_owned(), "another".to_owned()),
    ]);
    let directory = project.directory.path().canonicalize().expect("it exists");
    let begin = format!("{}\ni-1 prod\nhome\nend\n", directory.display());
    assert_eq!(project.run(&program, None), (None, format!("{begin}none\n")));
    assert_eq!(project.run(&program, Some("api")), (None, format!("{begin}none\n")));
    let file = project.directory.path().join("keys/web.pem");
    let told = format!("{begin}{}\n", file.display());
    assert_eq!(project.run(&program, Some("web")), (None, told));
}

#[test]
fn a_program_sees_of_the_environment_what_all_do_and_what_its_manifest_names() {
    let project = Project::new();
    let script = "echo $HOME ${BASTION-none} ${SECRET-none}";
    assert_eq!(project.shell(script), (None, "/home/ann none none\n".to_owned()));
    let mut program = shell(script);
    program.pass_environment = vec!["BASTION".to_owned()];
    assert_eq!(project.run(&program, None), (None, "/home/ann b1 none\n".to_owned()));
    program.environment = BTreeMap::from([("BASTION".to_owned(), "b2".to_owned())]);
    assert_eq!(project.run(&program, None), (None, "/home/ann b2 none\n".to_owned()));
}

/// A vault without files lends its key as one in memory, for as long as the program runs.
#[test]
fn a_key_of_a_vault_without_files_is_lent_to_a_program_and_taken_back() {
    let project = Project::new();
    let shm = project.directory.path().join("shm");
    let lender = Arc::new(Lender::new(Arc::new(RealDisk), Some(shm.clone())));
    let vault = MemoryVault::new(lender);
    let name = CloudName::new("web");
    let key = project.vault.get(&name).expect("it can be read").expect("it is there");
    vault.put(&name, &key).expect("it is kept");
    let outside = Executor::new(
        Cloud::new(Arc::new(NoCloud)),
        &vault,
        &project.keys,
        project.directory.path(),
    );
    let program =
        shell("stat -c %a $KEYFORM_PRIVATE_KEY_FILE; ssh-keygen -yf $KEYFORM_PRIVATE_KEY_FILE");
    let answer = outside.run(&program, &BTreeMap::new(), Some(&name)).expect("it runs");
    let Answer::Ran { failure: None, output } = answer else { panic!("{answer:?}") };
    assert_eq!(output, format!("600\n{}\n", key.public_key().openssh()));
    let left: Vec<_> = std::fs::read_dir(&shm).expect("it is there").flatten().collect();
    assert!(!left.iter().any(|file| file.path().extension().is_some_and(|end| end == "pem")));

    let nowhere = MemoryVault::new(Arc::new(Lender::new(Arc::new(RealDisk), None)));
    nowhere.put(&name, &key).expect("it is kept");
    let cloud = Cloud::new(Arc::new(NoCloud));
    let outside = Executor::new(cloud, &nowhere, &project.keys, project.directory.path());
    let refused = outside.run(&program, &BTreeMap::new(), Some(&name)).expect_err("it is refused");
    assert!(refused.message.contains("/dev/shm"), "{refused:?}");
}

#[test]
fn a_private_key_that_a_program_prints_is_not_shown() {
    let script =
        "set -x; cat \"$KEYFORM_PRIVATE_KEY_FILE\"; echo \"$(cat $KEYFORM_PRIVATE_KEY_FILE)\"";
    let (failure, output) = Project::new().run(&shell(script), Some("web"));
    assert_eq!(failure, None);
    assert_eq!(output.matches("(a private key, not shown)").count(), 2, "{output}");
    assert!(!output.contains("MII") && !output.contains("-----"), "{output}");
}

#[test]
fn a_program_that_takes_too_long_is_ended_with_all_that_it_started() {
    let project = Project::new();
    let timeout = Span::parse("300ms").expect("a time");
    let told = Some(ProgramFailure::TookTooLong { timeout });
    let obeys = within("300ms", "echo begun; sleep 600 & wait");
    assert_eq!(project.run(&obeys, None), (told.clone(), "begun\n".to_owned()));
    // Neither it nor its child hears SIGTERM; the child says its number, to be looked for.
    let stubborn = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$; while :; do sleep 600; done' & \
                    while :; do wait; done";
    let (failure, output) = project.run(&within("300ms", stubborn), None);
    assert_eq!(failure, told);
    let child: i32 = output.trim().parse().expect("a number");
    assert!(is_gone(child), "the child {child} runs on");
}

/// Ctrl-C reaches all processes of the terminal's foreground group, which is that of keyform.
#[test]
fn a_program_leads_a_process_group_of_its_own() {
    let script = "read -r _ _ _ _ group _ < /proc/$$/stat; [ $group = $$ ]";
    assert_eq!(Project::new().shell(script), (None, String::new()));
}

#[test]
fn a_program_that_leaves_something_running_does_not_hold_up_the_run() {
    let project = Project::new();
    let (failure, output) = project.run(&within("1m", "sleep 600 & echo $!"), None);
    assert_eq!(failure, None);
    let child: i32 = output.trim().parse().expect("a number");
    assert!(!is_gone(child), "what a program leaves running is its own affair");
    let child = rustix::process::Pid::from_raw(child).expect("a number");
    rustix::process::kill_process(child, rustix::process::Signal::KILL).expect("it is ended");
}

/// Whether a process has ended. One that nobody has waited for yet has.
fn is_gone(process: i32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) else { return true };
    stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with(['Z', 'X']))
}
