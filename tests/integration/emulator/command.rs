//! `keyform emulator` as a user runs it.

#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, Stdio},
};

use crate::support::{Project, run};

use super::client::INVENTORY;

/// A server of this project, until it is dropped.
pub(super) struct Serving<'a> {
    project: &'a Project,
    child: Child,
    stdout: BufReader<ChildStdout>,
    shown: String,
    pub(super) url: String,
}

impl<'a> Serving<'a> {
    pub(super) fn begin(project: &'a Project, arguments: &[&str]) -> Self {
        let all = [&["emulator", "serve", "--listen", "127.0.0.1:0"][..], arguments].concat();
        let mut command = project.command(&all);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program begins");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut shown = String::new();
        while !shown.contains("Ctrl-C ends it.") {
            let read = stdout.read_line(&mut shown).expect("UTF-8");
            assert_ne!(read, 0, "it ended: {shown}");
        }
        let url = shown.lines().next().and_then(|line| line.rsplit(' ').next());
        let url = url.expect("an address").to_owned();
        Self { project, child, stdout, shown, url }
    }

    /// Ends it by a signal; answers its exit code.
    pub(super) fn end(mut self, signal: &str) -> Option<i32> {
        let kill = format!("kill -{signal} {}", self.child.id());
        run(Command::new("sh").args(["-c", &kill])).expect(0);
        self.stdout.read_to_string(&mut self.shown).expect("UTF-8");
        let code = self.child.wait().expect("it ends").code();
        self.project.collect("keyform emulator serve", self.shown.as_bytes());
        code
    }
}

fn project() -> Project {
    let project = Project::empty();
    project.write("inventory.yaml", INVENTORY);
    project
}

#[test]
fn it_serves_until_a_signal_and_tells_its_port() {
    for signal in ["INT", "TERM"] {
        let project = project();
        let arguments = ["--inventory", "inventory.yaml", "--port-file", "port"];
        let serving = Serving::begin(&project, &arguments);
        let port = project.read("port");
        assert_eq!(serving.url, format!("http://127.0.0.1:{}", port.trim()));
        assert!(serving.shown.contains("account 1234567890123456"), "{}", serving.shown);
        assert_eq!(serving.end(signal), Some(0), "{signal}");
    }
}

#[test]
fn a_person_acts_on_the_instances_of_a_server() {
    let project = project();
    let serving = Serving::begin(&project, &["--inventory", "inventory.yaml"]);
    let act = |arguments: &[&str]| {
        let all = [&["emulator", "instance"][..], arguments, &["--server", &serving.url]].concat();
        project.run(&all)
    };
    assert_eq!(act(&["reboot", "i-1"]).expect(0).stdout, "i-1 is restarting\n");
    assert_eq!(act(&["start", "i-1"]).expect(1).error_code(), "consoleWrongStatus");
    act(&["start", "i-stopped"]).expect(0);
    act(&["tag", "i-2", "--add", "role=db", "--remove", "team"]).expect(0);
    act(&["release", "i-2", "i-far"]).expect(0);
    assert_eq!(act(&["stop", "i-2"]).expect(1).error_code(), "consoleNoInstance");
    let elsewhere = act(&["stop", "i-1", "--region", "cn-beijing"]).expect(1);
    assert_eq!(elsewhere.error_code(), "consoleNoInstance");
    serving.end("TERM");
    let gone =
        project.run(&["emulator", "instance", "stop", "i-1", "--server", "http://127.0.0.1:1"]);
    assert_eq!(gone.expect(1).error_code(), "emulatorUnreachable");
    let wrong = project.run(&["emulator", "instance", "stop", "i-1", "--server", "127.0.0.1:1"]);
    assert_eq!(wrong.expect(1).error_code(), "emulatorAddressInvalid");
}

#[test]
fn a_person_acts_on_the_cloud_of_the_project() {
    let project = Project::quickstart();
    project.apply();
    let instance =
        |arguments: &[&str]| project.run(&[&["emulator", "instance"][..], arguments].concat());
    instance(&["stop", "i-bp1a0001"]).expect(0);
    let status = project.run(&["status", "--format", "json"]).expect(0).json();
    let stopped = status["instances"].as_array().expect("rows").iter();
    let mut stopped = stopped.filter(|row| row["id"] == "i-bp1a0001");
    let row = stopped.next().expect("a row");
    assert!(["Stopping", "Stopped"].contains(&row["status"].as_str().expect("text")), "{row}");
    assert_eq!(instance(&["reboot", "i-none"]).expect(1).error_code(), "consoleNoInstance");
    instance(&["tag", "i-bp1a0001"]).expect(64);
    instance(&["tag", "i-bp1a0001", "--add", "role"]).expect(64);
    let empty = Project::empty();
    let nowhere = empty.run(&["emulator", "instance", "stop", "i-1"]).expect(1);
    assert_eq!(nowhere.error_code(), "projectMissing");
}

#[test]
fn a_state_outlives_the_server_if_it_has_a_directory() {
    let project = project();
    let arguments = ["--inventory", "inventory.yaml", "--state", "cloud"];
    let serving = Serving::begin(&project, &arguments);
    let act = |url: &str, verb: &str| {
        project.run(&["emulator", "instance", verb, "i-2", "--server", url])
    };
    act(&serving.url, "release").expect(0);
    serving.end("TERM");
    let serving = Serving::begin(&project, &arguments);
    assert_eq!(act(&serving.url, "stop").expect(1).error_code(), "consoleNoInstance");
    serving.end("TERM");
}

#[test]
fn what_it_is_told_must_be_right() {
    let project = project();
    project.write("empty.yaml", "");
    project.write("mars.yaml", INVENTORY.replace("cn-beijing", "mars-1"));
    project.write("faults.yaml", "faults: [{effect: melt}]\n");
    project.write("keys.yaml", "credentials: [{accessKeyId: a, secret: b}]\n");
    let good = ["--inventory", "inventory.yaml"];
    let table: [(&[&str], i32, &str); 6] = [
        (&["--inventory", "empty.yaml"], 1, "inventoryNotAlone"),
        (&["--inventory", "none.yaml"], 1, "fileUnreadable"),
        (&["--inventory", "mars.yaml"], 1, "emulatorNoRegion"),
        (&[good[0], good[1], "--faults", "faults.yaml"], 1, "emulatorFaultsInvalid"),
        (&[good[0], good[1], "--credentials", "keys.yaml"], 1, "emulatorCredentialsInvalid"),
        (&[good[0], good[1], "--faults", "none.yaml"], 1, "emulatorFileUnreadable"),
    ];
    for (arguments, exit, code) in table {
        let all = [&["emulator", "serve", "--listen", "127.0.0.1:0"][..], arguments].concat();
        assert_eq!(project.run(&all).expect(exit).error_code(), code, "{arguments:?}");
    }
    let port = ["emulator", "serve", "--listen", "127.0.0.1:0", "--port-file", "none/port"];
    let port = project.run(&[&port[..], &good].concat()).expect(1);
    assert_eq!(port.error_code(), "emulatorPortFile");
    let serving = Serving::begin(&project, &good);
    let taken = serving.url.trim_start_matches("http://").to_owned();
    let second = project.run(&[&["emulator", "serve", "--listen", &taken][..], &good].concat());
    assert_eq!(second.expect(1).error_code(), "emulatorNotListening");
    serving.end("TERM");
    project.run(&["emulator", "serve"]).expect(64);
    project.run(&[&["emulator", "serve", "--account", "17"][..], &good].concat()).expect(64);
}

/// What a Project says that works on a server.
pub(super) fn served(project: &Project, url: &str) {
    let cloud = format!("{{alicloud: {{account: \"1234567890123456\", endpoint: \"{url}\"}}}}");
    project.edit("keyform.yaml", "{emulator: {inventory: inventory.yaml}}", &cloud);
}

/// The whole program over HTTP: the same as on the embedded cloud, signed by the access key of the
/// environment, and refused with another one or for another account.
#[test]
fn a_project_is_planned_and_applied_at_a_server() {
    let project = Project::quickstart();
    let embedded = project.run(&["plan"]).expect(0).stdout;
    let serving = Serving::begin(&project, &["--inventory", "inventory.yaml"]);
    served(&project, &serving.url);
    let run = |secret: &str, arguments: &[&str]| {
        let mut command = project.command(arguments);
        let key = [
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "emulator"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret),
            ("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
        ];
        project.finish(command.envs(key))
    };
    let refused = run("wrong", &["plan"]).expect(1);
    assert_eq!(refused.error_code(), "credentialsRefused");
    let planned = run("emulator", &["plan"]).expect(0).stdout;
    let body = |text: &str| text.split_once('\n').map(|(_, body)| body.to_owned());
    assert_eq!(body(&planned), body(&embedded), "all but the plan's name");
    run("emulator", &["apply", "--auto-approve"]).expect(0);
    assert!(project.path("keys/web.pem").is_file());
    run("emulator", &["plan", "--detailed-exitcode"]).expect(0);
    project.edit("keyform.yaml", "1234567890123456", "6543210987654321");
    let refused = run("emulator", &["plan"]).expect(1);
    assert_eq!(refused.error_code(), "otherAccount");
    assert_eq!(serving.end("TERM"), Some(0));
}
