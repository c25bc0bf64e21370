//! A project that several machines work on, with its cloud, its vault and the server of its state.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use keyform::{
    keys::PrivateKey,
    model::{Address, Fingerprint, InstanceId, ProjectName, ownership},
    state::Intent,
    store::Store,
};
use tempfile::TempDir;

use super::{
    LAST, VICTIM,
    cloud::{Cloud, INSTANCES, SECRET, region},
    gate::Gate,
    keeper::Keeper,
    machine::Machine,
};
use crate::{
    leaks::Secrets,
    stores::proxy::Proxy,
    support::{Outcome, contents},
};

/// The form of the vault. Both are one directory that each machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    Directory,
    Command,
}

/// How often a machine applies until there is nothing left to do: a busy one may lose its lease.
const APPLIES_MAX: usize = 5;

/// The team.
pub(super) struct Team<'a> {
    pub(super) keeper: &'a dyn Keeper,
    pub(super) project: ProjectName,
    pub(super) cloud: Cloud,
    pub(super) gate: Arc<Gate>,
    keys: (Keys, TempDir),
    /// What the first run reaches the server of states by.
    proxy: Proxy,
    /// What was shown or written by machines, by who it was.
    shown: Mutex<Vec<(String, Vec<u8>)>>,
}

impl<'a> Team<'a> {
    /// A project that has begun, and nothing else. The gate is that of the first run.
    pub(super) fn new(keeper: &'a dyn Keeper, project: &str, keys: Keys, gate: Gate) -> Self {
        let (project, gate) = (ProjectName::new(project), Arc::new(gate));
        let directory = tempfile::tempdir().expect("a directory");
        let states = keeper.states(&project);
        let cloud = Cloud::start(states, directory.path().to_owned(), gate.clone());
        let proxy = Proxy::gated(keeper.port(), gate.clone());
        let (keys, shown) = ((keys, directory), Mutex::default());
        let team = Self { keeper, project, cloud, gate, keys, proxy, shown };
        team.machine(LAST, "").run(&["state", "init"]).expect(0);
        team
    }

    /// A new machine with a new checkout, whose runs sign with a name.
    pub(super) fn machine(&self, name: &'static str, manifests: &str) -> Machine<'_> {
        let port = if name == VICTIM { self.proxy.port() } else { self.keeper.port() };
        let vault = match self.keys.0 {
            Keys::Directory => "{directory: keys, outlivesRunner: true}".to_owned(),
            Keys::Command => {
                let program = |verb: &str| format!("{verb}: [sh, vault.sh, {verb}]");
                let programs = ["put", "get", "retire"].map(program).join(", ");
                format!("{{command: {{{programs}, passEnvironment: [KEYS]}}}}")
            }
        };
        let project = format!(
            "apiVersion: keyform/v1\nkind: Project\nmetadata: {{name: {}}}\nspec:\n  regions: [{}]\n  \
             cloud: {}\n  state: {}\n  privateKeys: {vault}\n  defaults: {{restart: {{when: now, \
             maxUnavailable: 1}}}}\n",
            self.project,
            region(),
            self.cloud.choice(),
            self.keeper.choice(port),
        );
        let variable = match self.keys.0 {
            Keys::Directory => "KEYFORM_PRIVATE_KEYS",
            Keys::Command => "KEYS",
        };
        let machine = Machine::new(self, name, (variable, self.keys()));
        machine.write("keyform.yaml", &project);
        machine.write("vault.sh", include_str!("vault.sh"));
        machine.write("fleet.yaml", manifests);
        machine
    }

    /// Where the private keys are.
    pub(super) fn keys(&self) -> &Path {
        self.keys.1.path()
    }

    /// The states, for one who only looks.
    pub(super) fn states(&self) -> Store {
        self.keeper.states(&self.project)
    }

    /// The first run is over, or stands still. A rebind that it was about to ask for may have happened.
    pub(super) fn first_is_over(&self) {
        let loaded = self.states().load().expect("it can be read").expect("it was begun");
        let intents = loaded.state.recorded.intents.into_iter();
        self.cloud.doubt(intents.filter_map(|(address, call)| match (address, call.intent) {
            (Address::Instance(at), Intent::Attach { .. } | Intent::Detach { .. }) => Some(at.id),
            _ => None,
        }));
    }

    /// Keeps what a machine showed, to search it for secrets.
    pub(super) fn collect(&self, by: &str, shown: Vec<u8>) {
        self.shown.lock().expect("no panic").push((by.to_owned(), shown));
    }

    /// A new machine applies until there is nothing left to do; answers what is wrong then.
    pub(super) fn wrong_at_the_end(&self, manifests: &str) -> Vec<String> {
        let last = self.machine(LAST, manifests);
        // On a busy machine it may lose its own lease, and goes on.
        let lost_leases_max = 20;
        let mut tries = 0..APPLIES_MAX + lost_leases_max;
        let mut whole = 0;
        let is_settled = tries.any(|_| {
            let applied = last.run(&["apply", "--auto-approve", "--lock-timeout", "1m"]);
            let planned = last.run(&["plan", "--detailed-exitcode"]);
            whole += usize::from(applied.code != 7);
            (applied.code, planned.code) == (0, 0) && whole <= APPLIES_MAX
        });
        drop(last);
        let mut wrong = self.cloud.broken();
        if !is_settled {
            wrong.push("the last plan is not empty".to_owned());
        }
        wrong.extend(self.not_recorded());
        wrong.extend(self.lost());
        wrong.extend(self.leaks());
        if !wrong.is_empty() {
            wrong.push(self.told());
        }
        wrong
    }

    /// What the runs have shown, one after the other.
    fn told(&self) -> String {
        let shown = self.shown.lock().expect("no panic");
        let runs = shown.iter().filter(|(by, _)| by.starts_with("a run of"));
        runs.map(|(by, text)| format!("{by}:\n{}\n", String::from_utf8_lossy(text))).collect()
    }

    /// Where the state is not as the cloud is: an update was lost.
    fn not_recorded(&self) -> Vec<String> {
        let loaded = self.states().load().expect("it can be read").expect("it was begun");
        let (recorded, here) = (loaded.state.recorded, region());
        let pairs = recorded.pairs.get(&here).into_iter().flat_map(|pairs| pairs.keys().cloned());
        let known: BTreeSet<_> = pairs.collect();
        self.cloud.world(|world, _| {
            let there: BTreeSet<_> = world.pairs(&here).map(|pair| pair.name.clone()).collect();
            let mut differing = Vec::new();
            if known != there {
                differing.push(format!("there are {there:?}, and the state has {known:?}"));
            }
            for id in INSTANCES.map(InstanceId::new) {
                let record = recorded.instance(&id.in_region(&here));
                let known = record.and_then(|record| Some(&record.bound.as_ref()?.name));
                let bound = world.bound(&here, &id);
                if known != bound {
                    differing.push(format!("{id} is bound to {bound:?}, and recorded: {known:?}"));
                }
            }
            differing
        })
    }

    /// L2: pairs without their private key. L3: guests that take no key that is kept, or another one
    /// than the pair that they are bound to.
    fn lost(&self) -> Vec<String> {
        let held = held(self.keys());
        self.cloud.world(|world, now| {
            let (here, mut lost) = (region(), Vec::new());
            let mut fingerprints = std::collections::BTreeMap::new();
            for pair in world.pairs(&here) {
                fingerprints.insert(pair.name.clone(), pair.fingerprint);
                let is_ours = pair.tags.contains_key(ownership::TAG_LINEAGE);
                if !held.contains(&pair.fingerprint) || !is_ours {
                    lost.push(format!("{} is without its private key or its tags", pair.name));
                }
            }
            for id in INSTANCES.map(InstanceId::new) {
                let guest = world.guest(now, &here, &id).expect("it exists");
                let bound = world.bound(&here, &id).and_then(|name| fingerprints.get(name));
                if guest.effective.as_ref() != bound {
                    lost.push(format!("{id} is bound to {bound:?}, and takes {guest:?}"));
                }
            }
            lost
        })
    }

    /// L4: the places where a private key or a secret is that must not be there.
    fn leaks(&self) -> Vec<String> {
        let mut secrets = Secrets::credentials();
        secrets.add("the secret of the runs".to_owned(), SECRET.as_bytes());
        for (file, pem) in contents(self.keys()) {
            secrets.add_key(&file, &pem);
        }
        let shown = self.shown.lock().expect("no panic");
        let found = shown.iter().filter_map(|(by, shown)| Some((by, secrets.find(shown)?)));
        found.map(|(by, leak)| format!("{leak} is in what {by} has left")).collect()
    }

    /// Runs the program on a new machine.
    pub(super) fn run(&self, name: &'static str, manifests: &str, arguments: &[&str]) -> Outcome {
        self.machine(name, manifests).run(arguments)
    }
}

/// The fingerprints of the private keys in the files below a directory.
pub(super) fn held(directory: &Path) -> BTreeSet<Fingerprint> {
    let mut found = BTreeSet::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        let entries = fs::read_dir(&next).into_iter().flatten();
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let (below, files): (Vec<_>, Vec<PathBuf>) = paths.partition(|path| path.is_dir());
        open.extend(below);
        let is_key = |path: &&PathBuf| path.extension().is_some_and(|end| end == "pem");
        // One that is being retired may be gone from where it was, and is where it went.
        let keys = files.iter().filter(is_key).filter_map(|path| fs::read(path).ok());
        let keys = keys.filter_map(|pem| PrivateKey::from_pem(&pem).ok());
        found.extend(keys.map(|key| key.public_key().fingerprint()));
    }
    found
}
