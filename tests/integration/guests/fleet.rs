//! The guests of some instances.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use keyform::{
    emulator::World,
    model::{Fingerprint, InstanceId, InstanceStatus, Region, Timestamp},
};
use tempfile::TempDir;

use super::{
    sshd::{Place, Sshd},
    users::{PREFIX, Users},
};

/// Whether somebody has set a password in an instance, which no cloud knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Password {
    Set,
    None,
}

/// What a guest does at its restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// What it should.
    Proper,
    /// It goes on accepting what it accepted, and not the new key.
    Stuck,
    /// It accepts the new key, and goes on accepting what it accepted.
    Hoarding,
}

/// Real guests, by the ids of their instances.
pub(super) struct Guests {
    users: Arc<Users>,
    directory: TempDir,
    port: u16,
    guests: BTreeMap<InstanceId, Mutex<Guest>>,
    /// The public key of each fingerprint that any pair had: a guest keeps what it has taken up, also
    /// when the pair is deleted.
    keys: Mutex<BTreeMap<Fingerprint, String>>,
}

struct Guest {
    place: Place,
    password: Password,
    /// What it was started with.
    staged: Option<Staged>,
    habit: Habit,
    /// The public keys that it accepts.
    accepted: Vec<String>,
    sshd: Option<Sshd>,
}

/// What the world says of a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Staged {
    is_up: bool,
    restarts: usize,
    effective: Option<Fingerprint>,
    password_allowed: bool,
}

impl Guests {
    /// A guest for each of these instances; none of them has started.
    pub(super) fn new(instances: &[(&str, Password)]) -> Self {
        let users = Users::shared();
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let directory = tempfile::Builder::new().prefix(&prefix).tempdir().expect("a directory");
        // sshd reads as the user who logs on.
        let all = fs::Permissions::from_mode(0o755);
        #[expect(clippy::disallowed_methods, reason = "it sets up guests")]
        fs::set_permissions(directory.path(), all).expect("permissions");
        let addresses: Vec<Ipv4Addr> = instances.iter().map(|_| address()).collect();
        let port = free_port(&addresses);
        let mut known_hosts = String::new();
        let mut guest = |(&(id, password), address): (&(&str, Password), Ipv4Addr)| {
            let place = Place { directory: directory.path().join(id), address, port };
            known_hosts.push_str(&format!("[{address}]:{port} {}", place.prepare()));
            let guest = Guest {
                place,
                password,
                staged: None,
                habit: Habit::Proper,
                accepted: Vec::new(),
                sshd: None,
            };
            (InstanceId::new(id), Mutex::new(guest))
        };
        let guests = instances.iter().zip(addresses).map(&mut guest).collect();
        #[expect(clippy::disallowed_methods, reason = "it sets up guests")]
        fs::write(directory.path().join("known_hosts"), known_hosts).expect("a file");
        Self { users, directory, port, guests, keys: Mutex::default() }
    }

    /// Does to the guests what has happened to their instances since.
    pub(super) fn follow(&self, world: &World, now: Timestamp, region: &Region) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.extend(world.pairs(region).map(|pair| (pair.fingerprint, pair.public_key.clone())));
        for (id, guest) in &self.guests {
            let accepts = world.guest(now, region, id).expect("it is in the inventory");
            let status = world.status(now, region, id).expect("it is in the inventory");
            let staged = Staged {
                is_up: status == InstanceStatus::Running,
                restarts: world.restarts(region, id).len(),
                effective: accepts.effective,
                password_allowed: accepts.password_allowed,
            };
            let key = staged.effective.map(|print| keys[&print].as_str());
            lock(guest).follow(staged, key);
        }
    }

    /// Gives a guest a habit, with which it begins at its next restart.
    pub(super) fn accustom(&self, id: &str, habit: Habit) {
        self.guest(id).habit = habit;
    }

    /// Somebody mends a guest: it does what it should have done at its last restart.
    pub(super) fn mend(&self, id: &str) {
        let mut guest = self.guest(id);
        guest.habit = Habit::Proper;
        guest.staged = None;
    }

    /// Starts a guest that accepts these, without a world.
    pub(super) fn start(&self, id: &str, keys: &[&str], passwords: bool) {
        self.guest(id).start(keys, passwords);
    }

    /// Stops a guest.
    pub(super) fn stop(&self, id: &str) {
        self.guest(id).sshd = None;
    }

    pub(super) fn address(&self, id: &str) -> String {
        self.guest(id).place.address.to_string()
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The file with the host keys of all of them.
    pub(super) fn known_hosts(&self) -> PathBuf {
        self.directory.path().join("known_hosts")
    }

    /// Who logs on to an instance.
    pub(super) fn user(&self, id: &str) -> &str {
        match self.guest(id).password {
            Password::Set => &self.users.with_password,
            Password::None => &self.users.without_password,
        }
    }

    /// Whether somebody who types the password is let in.
    pub(super) fn takes_password(&self, id: &str) -> bool {
        let mut command = Command::new("sshpass");
        command.env("SSHPASS", &self.users.password).args(["-e", "ssh"]);
        let only = ["PubkeyAuthentication=no", "PreferredAuthentications=password"];
        self.lets_in(id, command, &only)
    }

    /// Whether somebody who has a private key is let in.
    pub(super) fn takes_key(&self, id: &str, pem: &Path) -> bool {
        let identity = format!("IdentityFile={}", pem.display());
        let only = ["PreferredAuthentications=publickey", "IdentitiesOnly=yes", &identity];
        self.lets_in(id, Command::new("ssh"), &only)
    }

    fn lets_in(&self, id: &str, mut command: Command, options: &[&str]) -> bool {
        let known_hosts = format!("UserKnownHostsFile={}", self.known_hosts().display());
        let always = [
            "StrictHostKeyChecking=yes",
            "NumberOfPasswordPrompts=1",
            "IdentityAgent=none",
            &known_hosts,
        ];
        command.args(["-F", "/dev/null", "-n", "-T", "-p", &self.port.to_string()]);
        for option in always.iter().chain(options) {
            command.args(["-o", option]);
        }
        command.args(["-l", self.user(id), &self.address(id), "echo", "inside"]);
        let output = command.output().expect("ssh and sshpass are installed; tests/run does it");
        let said = String::from_utf8_lossy(&output.stderr);
        match output.status.success() {
            true => {
                assert_eq!(output.stdout, b"inside\n");
                true
            }
            // Anything else is no answer to the question.
            false => {
                let log = self.guest(id).sshd.as_ref().map(Sshd::log);
                assert!(said.contains("Permission denied"), "{id}: {said}\n{log:?}");
                false
            }
        }
    }

    fn guest(&self, id: &str) -> MutexGuard<'_, Guest> {
        lock(&self.guests[&InstanceId::new(id)])
    }
}

impl Guest {
    fn follow(&mut self, staged: Staged, key: Option<&str>) {
        if self.staged.as_ref() == Some(&staged) {
            return;
        }
        if staged.is_up {
            let new = || key.map(str::to_owned);
            self.accepted = match self.habit {
                Habit::Proper => new().into_iter().collect(),
                Habit::Stuck => std::mem::take(&mut self.accepted),
                Habit::Hoarding => self.accepted.drain(..).chain(new()).collect(),
            };
            let accepted = self.accepted.clone();
            let keys: Vec<_> = accepted.iter().map(String::as_str).collect();
            self.start(&keys, staged.password_allowed);
        } else {
            self.sshd = None;
        }
        self.staged = Some(staged);
    }

    fn start(&mut self, keys: &[&str], passwords: bool) {
        self.sshd = None;
        self.place.stage(keys, passwords);
        let started = Sshd::start(&self.place.directory);
        self.sshd = Some(started.unwrap_or_else(|log| panic!("no sshd: {log}")));
    }
}

fn lock(guest: &Mutex<Guest>) -> MutexGuard<'_, Guest> {
    guest.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A loopback address for one guest, which differs in each process.
fn address() -> Ipv4Addr {
    static GIVEN: AtomicU8 = AtomicU8::new(0);
    let [_, _, third, fourth] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, 64 + GIVEN.fetch_add(1, Ordering::Relaxed) % 128, third, fourth)
}

/// A port that is free at all of these addresses.
fn free_port(addresses: &[Ipv4Addr]) -> u16 {
    let free = || {
        let first = TcpListener::bind((addresses[0], 0)).ok()?;
        let port = first.local_addr().ok()?.port();
        let others = addresses[1..].iter().map(|&address| TcpListener::bind((address, port)));
        others.collect::<Result<Vec<_>, _>>().ok().map(|_| port)
    };
    (0..20).find_map(|_| free()).expect("a free port")
}
