//! Ctrl-C and its like: what runs is finished, nothing new is started, and the lock is free.

#![cfg(target_os = "linux")]

use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStderr, Command, Stdio},
};

use super::terminal::at_terminal;
use crate::support::{PROGRAM, Project, redacted, run};

/// The quickstart with restarts that take this long.
fn project(restart_time: &str) -> Project {
    let project = Project::quickstart();
    project.edit("inventory.yaml", "restartTime: 200ms", &format!("restartTime: {restart_time}"));
    project
}

/// The program while it runs.
struct Running<'a> {
    project: &'a Project,
    child: Child,
    stderr: BufReader<ChildStderr>,
    told: String,
}

impl<'a> Running<'a> {
    /// Begins an apply to which no signal means anything but what keyform makes of it: one that is
    /// ignored around the tests would be ignored by the program too.
    fn apply(project: &'a Project) -> Self {
        let arguments = ["--default-signal", PROGRAM, "apply", "--auto-approve"];
        Self::begin(project, project.other("env").args(arguments))
    }

    fn begin(project: &'a Project, command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program begins");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        Self { project, child, stderr, told: String::new() }
    }

    /// Waits for a line of progress.
    #[track_caller]
    fn wait_for(&mut self, line: &str) -> &mut Self {
        loop {
            let before = self.told.len();
            let length = self.stderr.read_line(&mut self.told).expect("UTF-8");
            assert_ne!(length, 0, "it ended without {line:?}:\n{}", self.told);
            if self.told[before..].contains(line) {
                return self;
            }
        }
    }

    fn signal(&mut self, name: &str) -> &mut Self {
        let kill = format!("kill -{name} {}", self.child.id());
        run(Command::new("sh").args(["-c", &kill])).expect(0);
        self
    }

    /// The exit code and what was shown on both outputs.
    fn end(mut self) -> (Option<i32>, String, String) {
        self.stderr.read_to_string(&mut self.told).expect("UTF-8");
        let output = self.child.wait_with_output().expect("it ends");
        let stdout = String::from_utf8(output.stdout).expect("UTF-8");
        self.project.collect("a run with signals", format!("{stdout}{}", self.told).as_bytes());
        (output.status.code(), stdout, self.told)
    }
}

#[track_caller]
fn lock_is_free(project: &Project) {
    let lock = File::open(project.path(".keyform/state/lock")).expect("the lock's file");
    lock.try_lock().expect("nobody has it");
}

/// The memory of a run holds private keys, and so would an image of it (L4).
#[test]
fn a_run_that_is_ended_by_an_abort_leaves_no_image_of_its_memory() {
    let project = project("30s");
    let script = format!("ulimit -c unlimited; exec '{PROGRAM}' apply --auto-approve");
    let mut running = Running::begin(&project, project.other("sh").args(["-c", &script]));
    running.wait_for("restarting");
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.child.id()));
    let limits = limits.expect("the limits of a process");
    let of_cores = limits.lines().find(|line| line.starts_with("Max core file size"));
    let words: Vec<_> = of_cores.expect("its line").split_whitespace().skip(4).collect();
    assert_eq!(words[..2], ["0", "0"], "{limits}");
    running.signal("ABRT");
    let status = running.child.wait().expect("it ends");
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    running.end();
}

#[test]
fn a_signal_ends_the_run_when_what_it_has_begun_is_done() {
    for signal in ["TERM", "INT", "HUP"] {
        let project = project("1s");
        let mut running = Running::apply(&project);
        running.wait_for("wave 1: restarting").signal(signal);
        let (code, stdout, stderr) = running.end();
        assert_eq!(code, Some(7), "{signal}: {stdout}{stderr}");
        let told = redacted(&stderr);
        let stopping = told.find("\nTIME  stopping: ").expect("it says so at once");
        let back = "\nTIME  web-fleet, wave 1: back: i-bp1a0001";
        let back = told.find(back).expect("it is watched");
        assert!(stopping < back && !stderr.contains("wave 2"), "{signal}: {stderr}");
        assert!(
            redacted(&stdout).ends_with(
                "\nStopped by a signal: 1 private key made, 1 key pair made, 1 instance bound and \
                 in effect, in TIME.\nThe private key of web is keys/web.pem\n4 steps not \
                 started. The same command again goes on from here."
            ),
            "{signal}: {stdout}"
        );
        lock_is_free(&project);
        project.run(&["show", "--format", "json"]).expect(0);
        let again = project.apply();
        let last = "Applied: 2 instances bound and in effect, in TIME.";
        assert!(redacted(&again.stdout).ends_with(last), "{}", again.stdout);
        project.run(&["plan", "--detailed-exitcode"]).expect(0);
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let project = project("1h");
    let mut running = Running::apply(&project);
    running.wait_for("wave 1: restarting").signal("INT");
    running.wait_for("stopping: ").signal("TERM");
    let (code, stdout, stderr) = running.end();
    assert_eq!(code, Some(7), "{stdout}{stderr}");
    assert!(stderr.ends_with("goes on.\n") && stderr.contains("\nStopped at once."), "{stderr}");
    lock_is_free(&project);
    project.run(&["show", "--format", "json"]).expect(0);
    let status = project.run(&["status", "--format", "json"]).expect(0).json();
    assert_eq!(status["instances"][0]["bound"], "web", "{status:#}");
}

#[test]
fn a_signal_that_is_ignored_around_the_program_stays_so() {
    let project = project("200ms");
    let script = format!("trap '' HUP; exec '{PROGRAM}' apply --auto-approve");
    let mut running = Running::begin(&project, project.other("sh").args(["-c", &script]));
    running.wait_for("wave 1: restarting").signal("HUP");
    let (code, stdout, stderr) = running.end();
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(!stderr.contains("stopping"), "{stderr}");
}

#[test]
fn control_c_at_the_question_is_no_approval() {
    let project = project("200ms");
    let before = project.contents();
    let (code, shown) =
        at_terminal(&project, "exec", "apply", &|shown| shown.ends_with("is taken for yes: "));
    assert_eq!(code, Some(6), "{shown}");
    assert!(shown.contains("Not approved, so nothing was done."), "{shown}");
    let lock = |contents: &std::collections::BTreeMap<String, Vec<u8>>| {
        contents.keys().filter(|file| *file != ".keyform/state/lock").cloned().collect::<Vec<_>>()
    };
    assert_eq!(lock(&project.contents()), lock(&before));
}
