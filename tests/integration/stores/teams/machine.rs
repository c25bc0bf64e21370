//! A machine of a pipeline: a checkout, a home, and an environment, and nothing that any other has.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{VICTIM, cloud::SECRET, gate::comes_to_rest, team::Team};
use crate::support::{Outcome, PROGRAM, contents};

/// The machine. Its disk goes with it.
pub(super) struct Machine<'a> {
    team: &'a Team<'a>,
    name: &'static str,
    /// Where the private keys are, by the variable that says it.
    keys: (&'static str, &'a Path),
    disk: TempDir,
}

impl<'a> Machine<'a> {
    #[expect(clippy::disallowed_methods, reason = "it sets up a machine")]
    pub(super) fn new(
        team: &'a Team<'a>,
        name: &'static str,
        keys: (&'static str, &'a Path),
    ) -> Self {
        let disk = tempfile::tempdir().expect("a disk");
        for directory in ["work", "home"] {
            fs::create_dir(disk.path().join(directory)).expect("a directory");
        }
        Self { team, name, keys, disk }
    }

    /// Writes a file of the checkout.
    #[expect(clippy::disallowed_methods, reason = "it sets up what a person wrote")]
    pub(super) fn write(&self, file: &str, text: &str) {
        fs::write(self.disk.path().join("work").join(file), text).expect("a file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().stdin(Stdio::null());
        command.current_dir(self.disk.path().join("work"));
        command.env("HOME", self.disk.path().join("home")).env("PATH", "/usr/bin:/bin");
        command.env("CI", "true").env(self.keys.0, self.keys.1);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", self.name);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET);
        command.envs(self.team.keeper.variables());
        command
    }

    /// Runs the program to its end.
    pub(super) fn run(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).outcome()
    }

    /// Starts the program.
    pub(super) fn start(&self, arguments: &[&str]) -> Running<'_> {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("the program");
        Running { machine: self, child }
    }

    /// Starts the program as the run that the gate waits for.
    pub(super) fn start_victim(&self, arguments: &[&str]) -> Running<'_> {
        assert_eq!(self.name, VICTIM);
        let running = self.start(arguments);
        self.team.gate.waits_for(running.pid());
        running
    }
}

impl Drop for Machine<'_> {
    /// What is left on its disk is searched for secrets with what it has shown.
    fn drop(&mut self) {
        let files = contents(self.disk.path()).into_iter();
        files.for_each(|(file, bytes)| {
            self.team.collect(&format!("{}: the file {file}", self.name), bytes);
        });
    }
}

/// A run of the program.
pub(super) struct Running<'a> {
    machine: &'a Machine<'a>,
    child: Child,
}

impl Running<'_> {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The number of its process, as the holder of a lock says it.
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has ended or was stopped; answers whether it was stopped.
    pub(super) fn is_stopped(&self) -> bool {
        comes_to_rest(self.pid()).expect("its end was not heard yet")
    }

    /// Lets it go on after it was stopped.
    pub(super) fn go_on(&self) {
        kill_process(self.pid(), Signal::CONT).expect("it stands still");
    }

    /// Waits for its end, which may be a signal. Answers its exit code, if it has one, and what it
    /// showed.
    pub(super) fn end(self) -> (Option<i32>, String) {
        let output = self.heard();
        let shown = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&shown).into_owned())
    }

    /// Waits for its end, which is no signal.
    pub(super) fn outcome(self) -> Outcome {
        Outcome::of(self.heard())
    }

    fn heard(self) -> Output {
        let output = self.child.wait_with_output().expect("its output");
        let shown = [&output.stdout[..], &output.stderr].concat();
        let text = String::from_utf8_lossy(&shown);
        assert!(!text.contains("keyform made a mistake"), "{text}");
        self.machine.team.collect(&format!("a run of {}", self.machine.name), shown);
        output
    }
}
