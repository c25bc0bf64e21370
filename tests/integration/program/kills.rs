//! SIGKILL at random moments: nothing is lost, nothing is unreadable, nothing restarts twice, and
//! the same command again comes to its end.
//!
//! `KEYFORM_TEST_KILLS` says how often, and `KEYFORM_TEST_SEED` repeats a sequence; what was found
//! is printed: `cargo test kills -- --nocapture` shows it.

#![expect(clippy::print_stdout, reason = "the counts are part of the result")]

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use keyform::{
    disk::RealDisk,
    driver::{Clock, SystemClock},
    emulator::{Local, World},
    frame,
    keys::PrivateKey,
    manifest,
    model::{Fingerprint, InstanceId, Region, Timestamp, ownership},
    state::{Entry, Intent, OpenCall, Records, fold},
};

use crate::support::Project;

/// How often the program is killed unless the environment says otherwise.
const KILLS: usize = 60;
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
  cloud: {emulator: {inventory: inventory.yaml}}
  defaults: {restart: {when: now, maxUnavailable: 4}}
";

/// What the environment says, for the number of kills and the seed.
#[expect(clippy::disallowed_methods, reason = "the test's own settings")]
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Numbers that a seed determines (splitmix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
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
        let project = Project::empty();
        project.write("keyform.yaml", PROJECT);
        let rows: String = instances()
            .iter()
            .map(|id| format!("  - {{id: {id}, region: cn-hangzhou, name: {id}}}\n"))
            .collect();
        let inventory = format!(
            "apiVersion: keyform/v1\nkind: Inventory\nmetadata: {{name: kills}}\nspec:\n  \
             restartTime: 20ms\n  startTimePrecision: millisecond\n  instances:\n{rows}"
        );
        project.write("inventory.yaml", inventory);
        let scene = Self { project };
        scene.bind("one");
        scene
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

    /// Runs a command and kills it: a random while after a random line of its progress. A command
    /// that has ended by then is killed too late.
    fn kill(&self, command: &str, draw: &mut Draw) {
        let mut program = self.project.command(&[command, "--auto-approve"]);
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
        for _ in 0..draw.below(9) + 1 {
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
        let _ = end.recv_timeout(Duration::from_micros(draw.below(longest)));
        child.kill().expect("it can be killed");
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
        fold(&mut recorded, "", &entries, newest + 1);
        (!entries.is_empty() && !finished).then_some(recorded)
    }

    fn world<R>(&self, look: impl FnOnce(&World, Timestamp) -> R) -> R {
        let inventory = manifest::files::load_project(&self.project.path(""), &Default::default())
            .inventory
            .expect("there is an inventory");
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

#[test]
fn killed_at_any_moment_nothing_is_lost_and_the_same_command_goes_on() {
    let kills = setting("KEYFORM_TEST_KILLS", KILLS as u64);
    let seed = setting("KEYFORM_TEST_SEED", u64::from(std::process::id()));
    println!("kills: KEYFORM_TEST_SEED={seed} repeats them");
    let mut draw = Draw(seed);
    let mut counts = Counts::default();
    let scene = Scene::new();
    for round in 0..kills {
        let (command, plan): (_, &[&str]) = match round % 3 {
            0 => ("apply", &["plan", "--detailed-exitcode"]),
            1 => ("apply", &["plan", "--detailed-exitcode"]),
            _ => ("destroy", &["plan", "--detailed-exitcode", "--destroy"]),
        };
        scene.bind(if round % 3 == 0 { "one" } else { "two" });
        let before = scene.restarts();
        scene.kill(command, &mut draw);
        counts.kills += 1;
        if let Some(recorded) = scene.unfinished() {
            counts.between += 1;
            let restarts = |call: &OpenCall| matches!(call.intent, Intent::Restart { .. });
            counts.waiting += usize::from(recorded.intents.values().any(restarts));
        }
        scene.nothing_is_lost();
        scene.project.run(&["show", "--format", "json"]).expect(0);
        let again = scene.project.run(&[command, "--auto-approve"]).expect(0);
        let empty = scene.project.run(plan);
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
    assert!(2 * between >= kills, "most kills are to find a run at work: {between} of {kills}");
}
