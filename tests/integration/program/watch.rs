//! `status --watch`: it shows what has changed, and a signal ends it with 0.

#![cfg(target_os = "linux")]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use super::terminal::at_terminal;
use crate::{
    schemas::accept,
    support::{PROGRAM, Project, run},
};
use keyform::schema::Document;

/// A watch while it runs.
struct Watch<'a> {
    project: &'a Project,
    child: Child,
    stdout: BufReader<ChildStdout>,
    shown: String,
}

impl<'a> Watch<'a> {
    /// Begins one that hears signals whatever the tests were started with.
    fn begin(project: &'a Project, options: &[&str]) -> Self {
        let watch = ["--default-signal", PROGRAM, "status", "--watch", "--interval", "500ms"];
        let mut command = project.other("env");
        command.args(watch).args(options).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program begins");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { project, child, stdout, shown: String::new() }
    }

    /// The next line.
    #[track_caller]
    fn line(&mut self) -> String {
        let mut line = String::new();
        let length = self.stdout.read_line(&mut line).expect("UTF-8");
        assert_ne!(length, 0, "it ended:\n{}", self.shown);
        self.shown.push_str(&line);
        line
    }

    /// Reads until a line begins so.
    #[track_caller]
    fn wait_for(&mut self, begin: &str) {
        while !self.line().starts_with(begin) {}
    }

    /// Sends a signal; answers the exit code and standard error.
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let kill = format!("kill -{signal} {}", self.child.id());
        run(Command::new("sh").args(["-c", &kill])).expect(0);
        self.stdout.read_to_string(&mut self.shown).expect("UTF-8");
        let output = self.child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        self.project.collect("a watch", format!("{}{stderr}", self.shown).as_bytes());
        (output.status.code(), stderr)
    }
}

#[test]
fn a_watch_prints_a_document_on_a_line_when_something_has_changed() {
    let project = Project::quickstart();
    let mut watch = Watch::begin(&project, &["--format", "json"]);
    let document = |line: &str| -> Value {
        let value = serde_json::from_str(line).expect("a document on a line");
        accept(Document::Status, &value);
        value
    };
    let mut last = document(&watch.line());
    assert_eq!((&last["serial"], &last["totals"]["instances"]), (&0.into(), &0.into()), "{last:#}");
    project.run(&["apply", "--auto-approve"]).expect(0);
    while last["isSettled"] == false || last["totals"]["inEffect"] != 3 {
        let next = document(&watch.line());
        assert_ne!(next, last, "nothing is printed twice");
        last = next;
    }
    let (code, stderr) = watch.end("INT");
    assert_eq!(code, Some(0), "{stderr}");
}

#[test]
fn a_watch_off_a_terminal_prints_the_table_again_and_goes_on_after_an_error() {
    let project = Project::quickstart();
    let mut watch = Watch::begin(&project, &["--binding", "web-fleet"]);
    watch.wait_for("There is something to do: 8 steps");
    project.run(&["apply", "--auto-approve"]).expect(0);
    watch.wait_for("There is nothing to do.");
    project.edit("web.yaml", "keyPair: web", "keyPair: wev");
    watch.wait_for("error[manifestsInvalid]: ");
    project.edit("web.yaml", "keyPair: wev", "keyPair: web");
    watch.wait_for("There is nothing to do.");
    let (code, stderr) = watch.end("TERM");
    assert_eq!(code, Some(0), "{stderr}");
}

#[test]
fn what_is_wrong_from_the_beginning_ends_a_watch() {
    let project = Project::quickstart();
    let slip = project.run(&["status", "--watch", "--binding", "wbe"]).expect(1);
    assert_eq!(slip.error_code(), "nothingMatched");
    project.run(&["-C", "nowhere", "status", "--watch"]).expect(1);
}

/// A reader that goes away, such as `head`, ends it.
#[test]
fn a_watch_ends_with_its_reader() {
    let project = Project::quickstart();
    let mut watch = Watch::begin(&project, &["--format", "json"]);
    watch.line();
    let Watch { project, mut child, stdout, shown } = watch;
    drop(stdout);
    project.run(&["apply", "--auto-approve"]).expect(0);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    project.collect("a watch", shown.as_bytes());
}

#[test]
fn a_watch_draws_over_itself_on_a_terminal_until_control_c() {
    let project = Project::quickstart();
    let begin = "stty columns 80 rows 24; exec";
    let arguments = "status --watch --interval 500ms";
    let (code, shown) =
        at_terminal(&project, begin, arguments, &|shown| shown.matches("\u{1b}[J").count() == 2);
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(shown.matches("\u{1b}[2J").count(), 1, "the screen is cleared once: {shown}");
    assert!(shown.contains("\u{1b}[J\u{1b}[H"), "the second is drawn over the first: {shown}");
}
