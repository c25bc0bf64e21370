//! Projects whose state is on a server, worked on by the program as users run it.

use std::{
    fs::File,
    io::Read,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::Arc,
};

use keyform::{
    diagnostic::Source,
    disk::{Disk, RealDisk},
    driver::{Clock as _, SystemClock},
    emulator::{Local, World},
    manifest::decode_inventory,
    model::{InstanceId, Region},
};
use tempfile::TempDir;

use crate::{
    alicloud::server::Server,
    documents::{Documents, Kind, PASSWORD as PASSWORD_OF_DOCUMENTS, USER},
    support::{Outcome, Project},
};

use super::{
    oss_server::{BUCKET, KEY, REGION, SECRET},
    postgres::database,
    postgres_server::PASSWORD,
    s3_server::S3Server,
};

pub(super) const IN_FILES: &str = "state: {file: {directory: .keyform/state}}";
pub(super) const APPLY: [&str; 2] = ["apply", "--auto-approve"];

/// The project that the README begins with, its state elsewhere.
pub(super) struct Shared {
    pub(super) project: Project,
    variables: Vec<(&'static str, String)>,
}

impl Shared {
    fn in_postgres(database_name: &str) -> Self {
        let (shared, state) = Self::for_postgres(database_name);
        shared.keeping(&state)
    }

    /// The project with its state in files, and what it says to have it in PostgreSQL.
    pub(super) fn for_postgres(database_name: &str) -> (Self, String) {
        Self::of_database(database(database_name).port(), database_name)
    }

    /// The project with its state in a database that is there.
    pub(super) fn in_postgres_of(port: u16, database_name: &str) -> Self {
        let (shared, state) = Self::of_database(port, database_name);
        shared.keeping(&state)
    }

    fn of_database(port: u16, database_name: &str) -> (Self, String) {
        let url = format!("postgres://keyform@127.0.0.1:{port}/{database_name}");
        let state = format!("state: {{postgres: {{url: \"{url}\"}}, lease: 2s}}");
        (Self::with(vec![("PGPASSWORD", PASSWORD)]), state)
    }

    fn in_s3(port: u16) -> Self {
        Self::in_s3_at(&format!("http://127.0.0.1:{port}"))
    }

    pub(super) fn in_s3_at(endpoint: &str) -> Self {
        let (shared, state) = Self::for_s3_at(endpoint);
        shared.keeping(&state)
    }

    /// The project with its state in files, and what it says to have it in S3.
    pub(super) fn for_s3(port: u16) -> (Self, String) {
        Self::for_s3_at(&format!("http://127.0.0.1:{port}"))
    }

    fn for_s3_at(endpoint: &str) -> (Self, String) {
        let state = format!(
            "state: {{s3: {{bucket: states, prefix: team, region: eu-west-1, pathStyle: true, \
             endpoint: \"{endpoint}\"}}, lease: 2s}}"
        );
        let key = [
            ("AWS_ACCESS_KEY_ID", "test-key"),
            ("AWS_SECRET_ACCESS_KEY", "test-secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        (Self::with(key.to_vec()), state)
    }

    fn in_document(documents: &Documents, server: &Server) -> Self {
        Self::in_document_at(documents, &server.url())
    }

    pub(super) fn in_document_at(documents: &Documents, url: &str) -> Self {
        let login = [("TF_HTTP_USERNAME", USER), ("TF_HTTP_PASSWORD", PASSWORD_OF_DOCUMENTS)];
        Self::with(login.to_vec()).keeping(&documents.written(url))
    }

    pub(super) fn in_oss_at(endpoint: &str) -> Self {
        let state = format!(
            "state: {{oss: {{bucket: {BUCKET}, prefix: team, region: {REGION}, endpoint: \
             \"{endpoint}\"}}, lease: 2s}}"
        );
        // No other credential of the test is in the way.
        let key = [
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET),
            ("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        ];
        Self::with(key.to_vec()).keeping(&state)
    }

    /// The same for a user whose system trusts this authority alone.
    pub(super) fn trusting(mut self, authority: &Path) -> Self {
        let file = authority.to_str().expect("UTF-8").to_owned();
        self.variables.push(("SSL_CERT_FILE", file));
        self
    }

    pub(super) fn with(variables: Vec<(&'static str, &'static str)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name, value.to_owned()));
        Self { project: Project::quickstart(), variables: variables.collect() }
    }

    pub(super) fn keeping(self, state: &str) -> Self {
        self.project.edit("keyform.yaml", IN_FILES, state);
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        command
            .env("PATH", "/usr/bin:/bin")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Outcome {
        self.project.finish(&mut self.command(arguments))
    }

    /// How often each instance was restarted.
    fn restarts(&self) -> Vec<usize> {
        let text = self.project.read("inventory.yaml");
        let source = Source { path: "inventory.yaml".to_owned(), text };
        let inventory = decode_inventory(&Arc::new(source)).expect("there is an inventory");
        let directory = self.project.path(".keyform/cloud");
        let now = Arc::new(|| SystemClock::new().now());
        let cloud = Local::open(Arc::new(RealDisk), &directory, inventory, now);
        let region = Region::new("cn-hangzhou").expect("a region");
        let instances = ["i-bp1a0001", "i-bp1a0002", "i-bp1a0003"].map(InstanceId::new);
        let count =
            |world: &World| instances.iter().map(|id| world.restarts(&region, id).len()).collect();
        cloud.expect("the cloud opens").inspect(|world, _| count(world)).expect("it can be read")
    }

    /// Forgets which state was used here, as a new checkout does.
    fn forget(&self) {
        RealDisk.remove_file(&self.project.path(".keyform/seen.json")).expect("it was written");
    }
}

/// A new project is begun by a person, and then lives as any other, in each checkout.
fn is_begun_by_a_person(shared: &Shared) {
    let all: [&[&str]; 7] = [
        &["plan"],
        &APPLY,
        &["destroy", "--auto-approve"],
        &["status"],
        &["show"],
        &["state", "list"],
        &["key", "list"],
    ];
    for arguments in all {
        let outcome = shared.run(arguments).expect(1);
        assert_eq!(outcome.error_code(), "stateNotBegun", "{arguments:?}");
        assert!(outcome.stderr.contains("keyform state init"), "{}", outcome.stderr);
    }
    let nothing = shared.run(&["state", "init", "--take-over"]).expect(1);
    assert_eq!(nothing.error_code(), "noLineageFound");
    let begun = shared.run(&["state", "init"]).expect(0).stdout;
    assert!(begun.contains("begins, with the lineage "), "{begun}");
    let again = shared.run(&["state", "init"]).expect(0).stdout;
    assert!(again.contains("with the serial 1. Nothing was changed."), "{again}");

    shared.run(&APPLY).expect(0);
    shared.run(&["plan", "--detailed-exitcode"]).expect(0);
    shared.run(&["status", "--detailed-exitcode"]).expect(0);
    let lock = shared.run(&["state", "lock", "show"]).expect(0).stdout;
    assert!(lock.starts_with("No run holds "), "{lock}");
    assert!(!shared.project.path(".keyform/state").exists(), "nothing is kept in files");

    shared.forget();
    shared.run(&["plan", "--detailed-exitcode"]).expect(0);
    shared.run(&["destroy", "--auto-approve"]).expect(0);
}

#[test]
fn a_project_lives_in_postgres() {
    is_begun_by_a_person(&Shared::in_postgres("projects"));
}

#[test]
fn a_project_lives_in_s3() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    is_begun_by_a_person(&Shared::in_s3(server.port));
}

#[test]
fn a_lost_state_is_continued_only_if_a_person_says_so() {
    let shared = Shared::in_postgres("project_lost");
    shared.run(&["state", "init"]).expect(0);
    shared.run(&APPLY).expect(0);
    let server = database("project_found");
    shared.project.edit("keyform.yaml", "/project_lost", "/project_found");
    assert_eq!(shared.run(&["plan"]).expect(1).error_code(), "stateGone");
    shared.forget();
    assert_eq!(shared.run(&["plan"]).expect(1).error_code(), "stateNotBegun");
    assert_eq!(shared.run(&["state", "init"]).expect(1).error_code(), "lineageFound");
    assert_eq!(shared.run(&APPLY).expect(1).error_code(), "stateNotBegun");
    assert_eq!(server.sql("project_found", "SELECT count(*) FROM keyform_blobs").trim(), "0");

    let taken = shared.run(&["state", "init", "--take-over"]).expect(0).stdout;
    assert!(taken.contains("continues the lost one, with the lineage "), "{taken}");
    shared.run(&APPLY).expect(0);
    shared.run(&["plan", "--detailed-exitcode"]).expect(0);
    shared.run(&["destroy", "--auto-approve"]).expect(0);
}

/// A run that waits in a hook of its first restart, with the lock.
struct Waiting<'a> {
    shared: &'a Shared,
    run: Child,
    /// Outside of the project, whose files are all read.
    pipes: TempDir,
}

impl<'a> Waiting<'a> {
    fn begin(shared: &'a Shared) -> Self {
        Self::begin_in(shared, "before")
    }

    /// The same with a hook of this name, which is called before a restart or after it.
    fn begin_in(shared: &'a Shared, name: &str) -> Self {
        let pipes = tempfile::tempdir().expect("a directory");
        let in_pipes = pipes.path().display();
        let script = format!("cd {in_pipes}; test -e go && exit; echo > began; cat hold");
        let hook = format!("when: now, {name}: {{command: [sh, -c, {script:?}]}}");
        shared.project.edit("keyform.yaml", "when: now", &hook);
        for pipe in ["began", "hold"] {
            let made = Command::new("mkfifo").arg(pipes.path().join(pipe)).status();
            assert!(made.expect("mkfifo").success());
        }
        let mut command = shared.command(&APPLY);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let run = command.spawn().expect("the program");
        // This waits for the hook.
        let mut line = String::new();
        let mut began = File::open(pipes.path().join("began")).expect("a pipe");
        began.read_to_string(&mut line).expect("a line");
        Self { shared, run, pipes }
    }

    /// Kills the run; its hook ends too, and no hook waits as long as the answer is kept.
    fn kill(mut self) -> TempDir {
        self.run.kill().expect("it runs");
        self.go_on().1
    }

    /// Lets the hook end, and waits for the run; no hook waits as long as the second answer is kept.
    fn go_on(self) -> (Output, TempDir) {
        let go = self.pipes.path().join("go");
        RealDisk.create_file(&go, b"").expect("a file");
        // The hook has it open, and outlives the run, whose output it may have open too.
        let hold = File::options().write(true).open(self.pipes.path().join("hold"));
        drop(hold.expect("a pipe"));
        let output = self.run.wait_with_output().expect("its output");
        let all = [&output.stdout[..], &output.stderr].concat();
        self.shared.project.collect("the run that waited", &all);
        (output, self.pipes)
    }
}

/// While a run holds the lock no other one begins; when it is killed, the next one goes on after the
/// lease.
fn keeps_runs_apart(shared: &Shared) {
    shared.run(&["state", "init"]).expect(0);
    let waiting = Waiting::begin(shared);
    let refused = shared.run(&APPLY).expect(5);
    assert_eq!(refused.error_code(), "stateLocked");
    let pid = format!("(pid {})", waiting.run.id());
    assert!(refused.stderr.contains(&pid), "{}", refused.stderr);
    let shown = shared.run(&["state", "lock", "show"]).expect(0).stdout;
    assert!(shown.contains(&pid) && shown.contains("keyform apply"), "{shown}");
    let _pipes = waiting.kill();
    shared.run(&APPLY).expect(0);
    shared.run(&["plan", "--detailed-exitcode"]).expect(0);
}

#[test]
fn runs_are_kept_apart_by_postgres() {
    keeps_runs_apart(&Shared::in_postgres("apart"));
}

#[test]
fn runs_are_kept_apart_by_s3() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    keeps_runs_apart(&Shared::in_s3(server.port));
}

#[test]
fn a_project_lives_in_a_document() {
    for kind in Kind::ALL {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let shared = Shared::in_document(&documents, &server);
        is_begun_by_a_person(&shared);
        assert_eq!(documents.locked_by(), None);
    }
}

#[test]
fn a_plan_says_that_its_state_is_overwritten_and_what_is_done_stays_the_same() {
    let documents = Documents::new(Kind::GitLab);
    let server = documents.listen();
    let shared = Shared::in_document(&documents, &server);
    shared.run(&["state", "init"]).expect(0);
    let text = shared.run(&["plan"]).expect(0).stdout;
    let note = "The state is one document at 127.0.0.1, which is overwritten with each record";
    assert!(text.contains(note), "{text}");
    let with_note = shared.run(&["plan", "--format", "json"]).expect(0).json();
    assert_eq!(with_note["stateOverwrittenAt"], "127.0.0.1");
    let destroy = shared.run(&["plan", "--destroy", "--format", "json"]).expect(0).json();
    assert_eq!(destroy["stateOverwrittenAt"], "127.0.0.1");
    shared.run(&["plan", "-o", "saved.json"]).expect(0);
    let shown = shared.run(&["show", "saved.json"]).expect(0).stdout;
    assert!(shown.contains(note), "{shown}");
    shared.run(&["apply", "saved.json"]).expect(0);
    let empty = shared.run(&["plan", "--detailed-exitcode"]).expect(0).stdout;
    assert!(empty.contains(note), "{empty}");
}

/// A lock of a document outlives its run: the next one is refused with the way out.
#[test]
fn a_killed_run_leaves_its_lock_in_a_document_until_a_person_frees_it() {
    for (kind, hook) in Kind::ALL.into_iter().flat_map(|kind| [(kind, "before"), (kind, "after")]) {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let shared = Shared::in_document(&documents, &server);
        shared.run(&["state", "init"]).expect(0);
        let waiting = Waiting::begin_in(&shared, hook);
        let pid = format!("(pid {})", waiting.run.id());
        let _pipes = waiting.kill();
        let run = documents.locked_by().expect("the killed run holds it");
        let refused = shared.run(&APPLY).expect(5);
        assert_eq!(refused.error_code(), "stateLocked");
        let way_out = format!("`keyform state unlock {run}`");
        assert!(refused.stderr.contains(&pid), "{}", refused.stderr);
        assert!(refused.stderr.contains(&way_out), "{}", refused.stderr);
        let shown = shared.run(&["state", "lock", "show"]).expect(0).stdout;
        assert!(shown.contains(&pid) && shown.contains(&run), "{shown}");
        let status = shared.run(&["status"]).expect(0);
        assert!(status.shown().contains(&pid), "{}", status.shown());

        let wrong = shared.run(&["state", "unlock", &"0".repeat(32)]).expect(1);
        assert_eq!(wrong.error_code(), "lockNotHeld");
        shared.run(&["state", "unlock", &run]).expect(0);
        assert_eq!(documents.locked_by(), None);
        shared.run(&APPLY).expect(0);
        shared.run(&["plan", "--detailed-exitcode"]).expect(0);
        shared.run(&["key", "check"]).expect(0);
        assert_eq!(shared.restarts(), [1, 1, 1], "{kind:?} {hook}");
    }
}

/// The server ends in the middle of a run, and begins again at another port with what it had.
#[test]
fn a_run_whose_server_of_documents_ends_is_continued_when_it_is_back() {
    for kind in Kind::ALL {
        let documents = Documents::new(kind);
        let server = documents.listen();
        let shared = Shared::in_document(&documents, &server);
        shared.run(&["state", "init"]).expect(0);
        let waiting = Waiting::begin(&shared);
        let before = server.url();
        drop(server);
        let (output, _pipes) = waiting.go_on();
        assert_eq!(Outcome::of(output).expect(1).error_code(), "journalNotWritten");
        let gone = shared.run(&["plan"]).expect(1);
        assert_eq!(gone.error_code(), "stateUnreachable");
        let server = documents.listen();
        shared.project.edit("keyform.yaml", &before, &server.url());
        let run = documents.locked_by().expect("it could not be freed");
        shared.run(&["state", "unlock", &run]).expect(0);
        shared.run(&APPLY).expect(0);
        shared.run(&["plan", "--detailed-exitcode"]).expect(0);
    }
}
