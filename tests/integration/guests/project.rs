//! A project with its vault on the real disk, whose instances have real guests. Its world and its
//! clock are virtual: a restart takes no time but that of an sshd.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keyform::{
    apply::Report,
    diagnostic::Source,
    disk::RealDisk,
    driver::{Clock, Environment, StopSwitch, VirtualClock},
    ecs::{CallError, Request, Response, Transport},
    emulator::{Local, Now, Switches},
    manifest::{self, LoadedManifests},
    model::{InstanceId, Region, Timestamp, inventory::Inventory},
    render,
    session::{
        Applied, ApplyRequest, Context, Doctor, Engine, HostPolicy, Invoker, LockWait, PlanOptions,
        Planned, Rehearsed, Session,
    },
    vault::{PlayedCommands, SystemKeys},
};
use tempfile::TempDir;

use super::fleet::{Guests, Password};
use crate::{laws::over_http, leaks::Secrets};

const PROJECT: &str = "
apiVersion: keyform/v1
kind: Project
metadata: {name: guests}
spec:
  regions: [cn-hangzhou]
  cloud: {emulator: {inventory: inventory.yaml}}
  defaults:
    restart: {when: now, maxUnavailable: 100%}
";

/// Looks at the guests before a call is made.
type Look = Arc<dyn Fn(&Request, &Guests) + Send + Sync>;

pub(super) struct Project {
    directory: TempDir,
    clock: VirtualClock,
    inventory: String,
    manifests: String,
    pub(super) guests: Arc<Guests>,
    shown: Mutex<String>,
    /// Whether calls go over HTTP, and not straight into the embedded cloud.
    is_over_http: bool,
}

impl Project {
    /// A project with these instances, which have started.
    pub(super) fn new(instances: &[(&str, Password)], manifests: &str) -> Self {
        let mut inventory = "apiVersion: keyform/v1\nkind: Inventory\nmetadata: {name: guests}\n\
                             spec:\n  restartTime: 30s\n  startTimePrecision: second\n  \
                             instances:\n"
            .to_owned();
        for (id, _) in instances {
            inventory.push_str(&format!("  - {{id: {id}, region: cn-hangzhou, name: {id}}}\n"));
        }
        let start = Timestamp::parse("2026-11-23T10:00:00Z").expect("a time");
        let project = Self {
            directory: tempfile::tempdir().expect("a directory"),
            clock: VirtualClock::new(start),
            inventory,
            manifests: manifests.to_owned(),
            guests: Arc::new(Guests::new(instances)),
            shown: Mutex::default(),
            is_over_http: over_http::is_asked_of_all(),
        };
        project.follow();
        project
    }

    /// The same, with calls that go over HTTP.
    pub(super) fn over_http(mut self) -> Self {
        self.is_over_http = true;
        self
    }

    /// Somebody writes the manifests anew.
    pub(super) fn write(&mut self, manifests: &str) {
        manifests.clone_into(&mut self.manifests);
    }

    /// The file of a private key.
    pub(super) fn pem(&self, name: &str) -> PathBuf {
        self.directory.path().join("keys").join(format!("{name}.pem"))
    }

    /// Applies a fresh plan to its end; answers its text. `look` sees the guests before each call.
    pub(super) fn apply(&self, look: impl Fn(&Request, &Guests) + Send + Sync + 'static) -> String {
        let (text, report) = self.run(look);
        assert!(report.is_complete(), "{report:#?}");
        text
    }

    /// Applies a fresh plan as far as it goes; answers its text and its report.
    pub(super) fn run(
        &self,
        look: impl Fn(&Request, &Guests) + Send + Sync + 'static,
    ) -> (String, Report) {
        let session = self.session(Arc::new(look));
        let mut text = String::new();
        let mut approve = |planned: &Planned| {
            text = render::plan::text(&planned.plan, Path::new("."));
            true
        };
        let wish = ApplyRequest::Fresh(PlanOptions::default());
        let applied = session.apply(wish, &mut approve, &mut |_, _, progress| {
            self.show(&format!("{progress:?}"));
        });
        let report = match applied.expect("apply comes to its end") {
            Applied::Ran { plan, report } => {
                self.show(&render::report::text(&plan, &report, &|_| None));
                report
            }
            other => panic!("there is something to do: {other:?}"),
        };
        self.clock.sleep(Duration::from_secs(60));
        self.follow();
        self.show(&text);
        (text, report)
    }

    /// Puts a file of the guests into the project's directory.
    pub(super) fn take(&self, file: &Path, name: &str) {
        let bytes = std::fs::read(file).expect("a file");
        #[expect(clippy::disallowed_methods, reason = "it sets up a project")]
        std::fs::write(self.directory.path().join(name), bytes).expect("a file");
    }

    /// The guests do what has happened to their instances since.
    pub(super) fn follow(&self) {
        follow(&self.cloud(), &self.guests);
    }

    fn show(&self, text: &str) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
    }

    fn loaded(&self) -> LoadedManifests {
        let source = |path: &str, text: &str| {
            Arc::new(Source { path: path.to_owned(), text: text.to_owned() })
        };
        let mut loaded = manifest::load(vec![
            source("keyform.yaml", PROJECT),
            source("inventory.yaml", &self.inventory),
            source("web.yaml", &self.manifests),
        ]);
        loaded.inventory = loaded.inventory.map(|inventory| self.with_addresses(inventory));
        loaded
    }

    fn with_addresses(&self, mut inventory: Inventory) -> Inventory {
        for instance in &mut inventory.instances {
            instance.private_address = Some(self.guests.address(instance.id.as_str()));
        }
        inventory
    }

    fn cloud(&self) -> Local {
        let inventory = self.loaded().inventory.expect("an inventory");
        let directory = self.directory.path().join(".keyform/cloud");
        let opened = Local::open(Arc::new(RealDisk), &directory, inventory, self.now());
        opened.expect("the cloud opens")
    }

    fn now(&self) -> Now {
        let clock = self.clock.clone();
        Arc::new(move || clock.now())
    }

    /// The cloud as keyform reaches it.
    fn reached(&self, embedded: Arc<dyn Transport>) -> Arc<dyn Transport> {
        match self.is_over_http {
            true => Arc::new(over_http::over_http(
                self.cloud(),
                Switches::default(),
                self.now(),
                self.now(),
            )),
            false => embedded,
        }
    }

    /// Rehearses on an instance; answers what was learned.
    pub(super) fn rehearse(&self, id: &str) -> Rehearsed {
        let wrap = |inner| self.followed(inner, Arc::new(|_, _| {}));
        let directory: &Path = self.directory.path();
        let opened = Doctor::assemble(self.context(), directory, self.loaded(), false, wrap);
        let (doctor, _) = opened.expect("the project opens");
        let rehearsed = doctor.rehearse(&InstanceId::new(id), &mut |line| self.show(line));
        let rehearsed = rehearsed.expect("it begins");
        self.show(&format!("{rehearsed:?}"));
        rehearsed
    }

    fn context(&self) -> Context {
        Context {
            disk: Arc::new(RealDisk),
            clock: Arc::new(self.clock.clone()),
            keys: Arc::new(SystemKeys),
            commands: Arc::new(PlayedCommands::new()),
            environment: Environment::new(std::env::vars_os()),
            random: || Ok([7; 16]),
            run_id: crate::support::next_run_id,
            engine: Engine::Inline(self.clock.clone()),
            is_paced: false,
            stop: StopSwitch::default(),
            deadline: None,
            runner: Invoker {
                user: "ann".to_owned(),
                host: "one".to_owned(),
                ..Invoker::default()
            },
            lock_wait: LockWait { timeout: Duration::ZERO, on_wait: |_| {} },
            machine: HostPolicy::default(),
            surroundings: || panic!("the embedded cloud asks for no credentials"),
        }
    }

    /// The cloud, with which the guests are taken along.
    fn followed(&self, inner: Arc<dyn Transport>, look: Look) -> Arc<dyn Transport> {
        let (cloud, guests) = (self.cloud(), self.guests.clone());
        let inner = self.reached(inner);
        Arc::new(Followed { inner, cloud, guests, look })
    }

    fn session(&self, look: Look) -> Session {
        let wrap = |inner| self.followed(inner, look);
        let directory: &Path = self.directory.path();
        let opened = Session::assemble(self.context(), directory, self.loaded(), wrap);
        let (session, warnings) = opened.expect("the project opens");
        assert!(warnings.is_empty(), "{warnings:#?}");
        session
    }
}

impl Drop for Project {
    /// L4: no private key is in what was shown, nor in any file but those of the vault.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let mut secrets = Secrets::default();
        let (keys, others): (Vec<_>, Vec<_>) = crate::support::contents(self.directory.path())
            .into_iter()
            .partition(|(file, _)| file.starts_with("keys/"));
        assert!(!keys.is_empty(), "a project of these tests has a private key");
        for (file, bytes) in &keys {
            secrets.add_key(file, bytes);
        }
        let shown = self.shown.get_mut().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(secrets.find(shown.as_bytes()), None, "L4: in what was shown");
        for (file, bytes) in others {
            assert_eq!(secrets.find(&bytes), None, "L4: in {file}");
        }
    }
}

/// Takes the guests along with what happens to their instances.
struct Followed {
    inner: Arc<dyn Transport>,
    cloud: Local,
    guests: Arc<Guests>,
    look: Look,
}

impl Transport for Followed {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        follow(&self.cloud, &self.guests);
        (self.look)(request, &self.guests);
        let answer = self.inner.call(request);
        follow(&self.cloud, &self.guests);
        answer
    }
}

fn follow(cloud: &Local, guests: &Guests) {
    let region = Region::new("cn-hangzhou").expect("a region");
    let followed = cloud.inspect(|world, now| guests.follow(world, now, &region));
    followed.expect("the cloud can be looked at");
}
