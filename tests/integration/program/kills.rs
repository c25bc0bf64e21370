//! SIGKILL at random moments: nothing is lost, nothing is unreadable, nothing restarts twice, and
//! the same command again comes to its end. So it is on the embedded cloud, and over HTTP, where the
//! server is killed as well.
//!
//! `KEYFORM_TEST_KILLS` says how often, and `KEYFORM_TEST_SEED` repeats a sequence; what was found
//! is printed: `cargo test kills -- --nocapture` shows it.

#![expect(clippy::print_stdout, reason = "the counts are part of the result")]

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use keyform::{
    diagnostic::Source,
    disk::RealDisk,
    driver::{Clock, SystemClock},
    emulator::{Local, World, server::DEFAULT_ACCESS_KEY},
    frame,
    keys::PrivateKey,
    manifest::decode_inventory,
    model::{Fingerprint, InstanceId, Region, Timestamp, ownership},
    state::{Entry, Intent, OpenCall, Records, fold},
};

use crate::{
    numbers::Numbers,
    support::{Outcome, Project},
};

/// How often the program is killed unless the environment says otherwise.
const KILLS: u64 = 60;
const INSTANCES: usize = 8;
/// The longest time between a line of progress and the kill.
const DELAY_MAX: Duration = Duration::from_millis(25);
/// The same for the line that says that a private key is being made, which takes longest.
const KEY_DELAY_MAX: Duration = Duration::from_millis(400);
/// No line of progress takes longer, but on a machine that is stuck.
const PATIENCE: Duration = Duration::from_secs(120);

const PROJECT: &str = "apiVersion: keyform/v1
kind: Project
metadata: {name: kills}
spec:
  regions: [cn-hangzhou]
  cloud: CLOUD
  defaults: {restart: {when: now, maxUnavailable: 4}}
";
/// By how much fewer kills are enough over HTTP, where only the way to the cloud is another one.
const FEWER_OVER_HTTP: u64 = 3;

/// What the environment says, for the number of kills and the seed.
#[expect(clippy::disallowed_methods, reason = "the test's own settings")]
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

fn instances() -> Vec<InstanceId> {
    (0..INSTANCES).map(|number| InstanceId::new(format!("i-{number}"))).collect()
}

/// A project whose commands are killed.
struct Scene {
    project: Project,
    /// What its cloud is served by, if it is reached over HTTP.
    server: Option<Server>,
}

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Program,
    Server,
}

/// A server of the embedded cloud at one port, which is ended with the test.
struct Server {
    port: u16,
    child: RefCell<Child>,
}

impl Server {
    fn start(project: &Project, port: u16) -> Child {
        let listen = format!("127.0.0.1:{port}");
        let arguments = ["emulator", "serve", "--inventory", "inventory.yaml", "--listen", &listen];
        let state = ["--state", ".keyform/cloud"];
        let mut command = project.command(&[&arguments[..], &state].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program begins");
        let mut shown = String::new();
        let mut stdout = BufReader::new(child.stdout.as_mut().expect("it is piped"));
        while !shown.contains("Ctrl-C ends it.") {
            let read = stdout.read_line(&mut shown).expect("UTF-8");
            assert_ne!(read, 0, "it ended: {shown}");
        }
        project.collect("keyform emulator serve", shown.as_bytes());
        child
    }

    /// Kills it and starts it again.
    fn kill(&self, project: &Project) {
        self.end();
        *self.child.borrow_mut() = Self::start(project, self.port);
    }

    fn end(&self) {
        let mut child = self.child.borrow_mut();
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a kill found.
#[derive(Default)]
struct Counts {
    kills: usize,
    /// Between the first intent and the last outcome.
    between: usize,
    /// While instances were restarting.
    waiting: usize,
}

impl Scene {
    fn new() -> Self {
        Self::on("{emulator: {inventory: inventory.yaml}}", |_| None)
    }

    fn over_http() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let endpoint = format!("http://127.0.0.1:{port}");
        let cloud =
            format!("{{alicloud: {{account: \"1234567890123456\", endpoint: \"{endpoint}\"}}}}");
        let start = |project: &Project| Server { port, child: Server::start(project, port).into() };
        Self::on(&cloud, |project| Some(start(project)))
    }

    fn on(cloud: &str, serve: impl FnOnce(&Project) -> Option<Server>) -> Self {
        let project = Project::empty();
        project.write("keyform.yaml", PROJECT.replace("CLOUD", cloud));
        let rows: String = instances()
            .iter()
            .map(|id| format!("  - {{id: {id}, region: cn-hangzhou, name: {id}}}\n"))
            .collect();
        let inventory = format!(
            "apiVersion: keyform/v1\nkind: Inventory\nmetadata: {{name: kills}}\nspec:\n  \
             restartTime: 20ms\n  startTimePrecision: millisecond\n  instances:\n{rows}"
        );
        project.write("inventory.yaml", inventory);
        let server = serve(&project);
        let scene = Self { project, server };
        scene.bind("one");
        scene
    }

    /// The program with these arguments, and with the access key of the server if there is one.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(arguments);
        if self.server.is_some() {
            command.env_remove("ALIBABA_CLOUD_SECURITY_TOKEN");
            for variable in ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"] {
                command.env(variable, DEFAULT_ACCESS_KEY);
            }
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        self.project.finish(&mut self.command(arguments))
    }

    /// Ties all instances to a pair of this name and forgets the pair before it.
    fn bind(&self, pair: &str) {
        let ids: Vec<_> = instances().iter().map(ToString::to_string).collect();
        let manifests = format!(
            "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: {pair}}}\n---\n\
             apiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: fleet}}\nspec: {{keyPair: \
             {pair}, instances: [{}]}}\n",
            ids.join(", ")
        );
        self.project.write("fleet.yaml", manifests);
    }

    /// Runs a command and kills it, or the server: a random while after a random line of its
    /// progress. A command that has ended by then is killed too late.
    fn kill(&self, victim: Victim, command: &str, numbers: &mut Numbers) {
        let mut program = self.command(&[command, "--auto-approve"]);
        let mut child = program
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program begins");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let (send_line, lines) = mpsc::channel();
        let (send_end, end) = mpsc::channel::<()>();
        let reader = thread::spawn(move || {
            let mut told = String::new();
            for line in stderr.lines() {
                let line = line.expect("UTF-8");
                told.push_str(&line);
                told.push('\n');
                // Whoever has heard enough of them does not listen any more.
                let _ = send_line.send(line);
            }
            drop(send_end);
            told
        });
        let mut last = String::new();
        for _ in 0..numbers.below(9) + 1 {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) => last = line,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("{command} is stuck"),
            }
        }
        let makes_key = last.contains("making the private key");
        let longest = if makes_key { KEY_DELAY_MAX } else { DELAY_MAX };
        let longest = u64::try_from(longest.as_micros()).expect("a short time");
        // Nothing is ever sent: this waits for the end of the program, and not longer than that.
        let _ = end.recv_timeout(Duration::from_micros(numbers.below(longest)));
        match (victim, &self.server) {
            (Victim::Server, Some(server)) => server.kill(&self.project),
            _ => child.kill().expect("it can be killed"),
        }
        child.wait().expect("it ends");
        let told = reader.join().expect("it reads to the end");
        let mut stdout = Vec::new();
        child.stdout.take().expect("it is piped").read_to_end(&mut stdout).expect("its output");
        self.project.collect(&format!("{command}, killed"), &[told.as_bytes(), &stdout].concat());
    }

    /// The intents without outcome of a run that did not come to its end; none if none was stopped
    /// between its first intent and its last outcome.
    fn unfinished(&self) -> Option<Records> {
        let contents = self.project.contents();
        let number = |name: &str| name.get(..10).and_then(|digits| digits.parse::<u64>().ok());
        let files = || {
            let state = |file: &'_ String| file.strip_prefix(".keyform/state/").map(str::to_owned);
            contents.iter().filter_map(move |(file, bytes)| Some((state(file)?, bytes)))
        };
        let snapshots = files().filter(|(name, _)| name.ends_with(".state.json"));
        let newest = snapshots.filter_map(|(name, _)| number(&name)).max()?;
        let (_, journal) =
            files().find(|(name, _)| name.ends_with(".journal") && number(name) == Some(newest))?;
        let frames = frame::decode(journal).expect("the journal can be read");
        let entries: Vec<Entry> = frames
            .texts
            .iter()
            .skip(1)
            .map(|text| serde_json::from_str(text).expect("an entry"))
            .collect();
        let finished = entries.iter().any(|entry| matches!(entry, Entry::Finished));
        let mut recorded = Records::default();
        fold(&mut recorded, ("", None), &entries, newest + 1);
        (!entries.is_empty() && !finished).then_some(recorded)
    }

    fn world<R>(&self, look: impl FnOnce(&World, Timestamp) -> R) -> R {
        let text = self.project.read("inventory.yaml");
        let source = Source { path: "inventory.yaml".to_owned(), text };
        let inventory = decode_inventory(&Arc::new(source)).expect("there is an inventory");
        let directory = self.project.path(".keyform/cloud");
        let now = Arc::new(|| SystemClock::new().now());
        let cloud = Local::open(Arc::new(RealDisk), &directory, inventory, now);
        cloud.expect("the cloud opens").inspect(look).expect("the cloud can be looked at")
    }

    /// How often each instance was restarted.
    fn restarts(&self) -> Vec<usize> {
        let count = |world: &World, id: &InstanceId| world.restarts(&region(), id).len();
        self.world(|world, _| instances().iter().map(|id| count(world, id)).collect())
    }

    /// L2: no pair of ours without its private key. L3: no guest takes a key that is lost.
    #[track_caller]
    fn nothing_is_lost(&self) {
        let mut held = keys_in(&self.project.path("keys"));
        held.extend(keys_in(&self.project.path("keys/retired")));
        self.world(|world, now| {
            for pair in world.pairs(&region()) {
                assert!(pair.tags.contains_key(ownership::TAG_LINEAGE), "all are ours");
                assert!(held.contains(&pair.fingerprint), "L2: {} without its key", pair.name);
            }
            for id in instances() {
                let guest = world.guest(now, &region(), &id).expect("it exists");
                let is_held = guest.effective.is_none_or(|fingerprint| held.contains(&fingerprint));
                assert!(is_held, "L3: nobody can log on to {id}");
            }
        });
    }
}

/// The fingerprints of the private keys in the files of a directory.
fn keys_in(directory: &Path) -> BTreeSet<Fingerprint> {
    let Ok(entries) = fs::read_dir(directory) else { return BTreeSet::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "pem"))
        .map(|path| {
            let mut pem = Vec::new();
            fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut pem)).expect("a key");
            let key = PrivateKey::from_pem(&pem).expect("a whole private key");
            key.public_key().fingerprint()
        })
        .collect()
}

/// Kills in rounds of three commands, and counts what the kills found.
fn rounds(scene: &Scene, kills: u64, victim: fn(u64) -> Victim) -> Counts {
    let seed = setting("KEYFORM_TEST_SEED", u64::from(std::process::id()));
    println!("kills: KEYFORM_TEST_SEED={seed} repeats them");
    let mut numbers = Numbers::new(seed);
    let mut counts = Counts::default();
    for round in 0..kills {
        let (command, plan): (_, &[&str]) = match round % 3 {
            0 => ("apply", &["plan", "--detailed-exitcode"]),
            1 => ("apply", &["plan", "--detailed-exitcode"]),
            _ => ("destroy", &["plan", "--detailed-exitcode", "--destroy"]),
        };
        scene.bind(if round % 3 == 0 { "one" } else { "two" });
        let before = scene.restarts();
        scene.kill(victim(round), command, &mut numbers);
        counts.kills += 1;
        if let Some(recorded) = scene.unfinished() {
            counts.between += 1;
            let restarts = |call: &OpenCall| matches!(call.intent, Intent::Restart { .. });
            counts.waiting += usize::from(recorded.intents.values().any(restarts));
        }
        scene.nothing_is_lost();
        scene.run(&["show", "--format", "json"]).expect(0);
        let again = scene.run(&[command, "--auto-approve"]).expect(0);
        let empty = scene.run(plan);
        assert_eq!(empty.code, 0, "{}\nafter:\n{}", empty.shown(), again.shown());
        scene.nothing_is_lost();
        let once: Vec<_> = before.iter().map(|count| count + 1).collect();
        assert_eq!(scene.restarts(), once, "round {round}: each is restarted once for one change");
    }
    let Counts { kills, between, waiting } = counts;
    println!(
        "kills: {kills}, between the first intent and the last outcome: {between}, while \
         instances were restarting: {waiting}"
    );
    counts
}

#[test]
fn killed_at_any_moment_nothing_is_lost_and_the_same_command_goes_on() {
    let kills = setting("KEYFORM_TEST_KILLS", KILLS);
    let Counts { kills, between, .. } = rounds(&Scene::new(), kills, |_| Victim::Program);
    assert!(2 * between >= kills, "most kills are to find a run at work: {between} of {kills}");
}

/// A killed server loses no call that it has answered, and a call that it has not answered is one of
/// which no one knows what became of it.
#[test]
fn killed_over_http_nothing_is_lost_whether_it_is_the_program_or_the_server() {
    let kills = setting("KEYFORM_TEST_KILLS", KILLS) / FEWER_OVER_HTTP;
    let victim = |round| if round % 2 == 0 { Victim::Server } else { Victim::Program };
    rounds(&Scene::over_http(), kills, victim);
}
