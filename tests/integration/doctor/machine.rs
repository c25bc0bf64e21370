//! A machine with a project of Alibaba Cloud, whose HTTP leads to a server without a socket.

use std::{
    cell::RefCell,
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use keyform::{
    alicloud::{
        Http, ProgramProblem, Programs, ProxyProblem, ReadFiles, Surroundings, Timeouts, Variables,
        http::{HttpFailure, HttpRequest, HttpResponse, NoAnswer, NotSent},
    },
    checkup::{Check, CheckCode, Outcome},
    diagnostic::Source,
    disk::MemoryDisk,
    driver::{Clock, Environment, StopSwitch, VirtualClock},
    ecs::wire,
    emulator::{
        Fact, Local, World,
        server::{AccessKeys, Answer, DEFAULT_ACCOUNT, Peer, Script, Service},
    },
    keys::{KeySource as _, PooledKeys},
    manifest::{self, decode_inventory},
    model::{CloudName, InstanceId, Region, Tags, Timestamp, TrustedHosts, inventory::Inventory},
    session::{
        Context, Doctor, Engine, HostPolicy, Invoker, LockWait, MachineFacts, RehearsalError,
        Rehearsed,
    },
    vault::PlayedCommands,
};
use zeroize::Zeroizing;

/// The instances: one of the project, one that no one needs, and those that a rehearsal refuses.
pub(super) const INVENTORY: &str = "\
apiVersion: keyform/v1
kind: Inventory
spec:
  restartTime: 40s
  startTimePrecision: minute
  instances:
  - {id: i-fleet, region: cn-hangzhou, name: acme-web}
  - {id: i-spare, region: cn-hangzhou, name: acme-spare, privateAddress: 10.20.30.40, tags: {team: acme-team}}
  - {id: i-down, region: cn-hangzhou, status: Stopped}
  - {id: i-windows, region: cn-hangzhou, osType: windows}
  - {id: i-scaled, region: cn-hangzhou, tags: {\"acs:autoscaling:scalingGroupId\": asg-1}}
  - {id: i-held, region: cn-hangzhou, tags: {\"keyform:hold\": \"2026-12-02T00:00:00Z\"}}
  - {id: i-old, region: cn-hangzhou, ioOptimized: false}
";

pub(super) const PROJECT: &str = "\
apiVersion: keyform/v1
kind: Project
metadata: {name: acme}
spec:
  regions: [cn-hangzhou]
  cloud: {alicloud: {account: \"1234567890123456\", endpoint: \"http://127.0.0.1:8080\"}}
  defaults: {restart: {when: now, maxUnavailable: 1}}
---
apiVersion: keyform/v1
kind: KeyPair
metadata: {name: web}
---
apiVersion: keyform/v1
kind: Binding
metadata: {name: web-fleet}
spec: {keyPair: web, instances: [i-fleet]}
";

thread_local! {
    /// What the context of this thread's test takes from its machine: it is asked by a function.
    static AROUND: RefCell<Option<Surroundings>> = const { RefCell::new(None) };
}

/// Sixteen bytes that were not given before: each signed request needs its own.
fn random() -> io::Result<[u8; 16]> {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    Ok(bytes)
}

/// HTTP that leads to a server without a socket.
pub(super) struct Wire {
    service: Service,
    clock: VirtualClock,
    /// How far the service's clock is ahead.
    ahead: i64,
    calls: AtomicUsize,
    /// What happens before the call of this number.
    before: Option<Box<dyn Fn(usize) -> Way + Send + Sync>>,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    There,
    /// It never leaves: the program was killed, or the cable is out.
    Nowhere,
}

impl Http for Wire {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.before.as_ref().is_some_and(|before| before(number) == Way::Nowhere) {
            let reason = "the cable is out".to_owned();
            return Err(NotSent::NotConnected { reason }.into());
        }
        let mut headers: std::collections::BTreeMap<_, _> =
            request.headers.iter().cloned().collect();
        headers.insert("host".to_owned(), request.host.authority());
        let message = wire::HttpRequest {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers,
            body: request.body.to_vec(),
        };
        match self.service.answer(&message, Peer::Loopback) {
            Answer::Reply(reply) => {
                let now = self.clock.now().milliseconds() + self.ahead;
                let now = jiff::Timestamp::from_millisecond(now).expect("a time");
                let date =
                    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now);
                let of_service =
                    reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
                let headers =
                    of_service.chain([("date".to_owned(), date.expect("a date"))]).collect();
                let body = Zeroizing::new(reply.body.into_bytes());
                Ok(HttpResponse { status: reply.status, headers, body })
            }
            Answer::HangUp => {
                Err(NoAnswer::Closed { reason: "the connection ended".to_owned() }.into())
            }
        }
    }
}

struct Nothing;

impl ReadFiles for Nothing {
    fn read(&self, _: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl Programs for Nothing {
    fn run(&self, _: &[String], _: Duration) -> Result<Zeroizing<Vec<u8>>, ProgramProblem> {
        Err(ProgramProblem::NotStarted { reason: "there is none".to_owned() })
    }
}

/// A machine with a project.
pub(super) struct Machine {
    pub(super) disk: MemoryDisk,
    pub(super) clock: VirtualClock,
    pub(super) stop: StopSwitch,
    pub(super) project: String,
    pub(super) inventory: String,
    /// The file of faults of the server.
    pub(super) script: String,
    pub(super) ahead: i64,
    /// Whether it is a runner of CI.
    pub(super) is_ci: bool,
}

impl Machine {
    pub(super) fn new() -> Self {
        Self {
            disk: MemoryDisk::new(),
            clock: VirtualClock::new(Timestamp::parse("2026-12-01T08:00:20Z").expect("a time")),
            stop: StopSwitch::default(),
            project: PROJECT.to_owned(),
            inventory: INVENTORY.to_owned(),
            script: "{}".to_owned(),
            ahead: 0,
            is_ci: false,
        }
    }

    /// With a behaviour of the server where the documents leave it open.
    pub(super) fn behaving(name: &str, value: &str) -> Self {
        Self { script: format!("behaviour: {{{name}: {value}}}"), ..Self::new() }
    }

    fn inventory(&self) -> Inventory {
        let source = Source { path: "inventory.yaml".to_owned(), text: self.inventory.clone() };
        decode_inventory(&Arc::new(source)).expect("an inventory")
    }

    fn cloud(&self) -> Local {
        let (clock, ahead) = (self.clock.clone(), self.ahead);
        let now = move || Timestamp::from_milliseconds(clock.now().milliseconds() + ahead);
        let disk = Arc::new(self.disk.clone());
        Local::open(disk, Path::new("cloud"), self.inventory(), Arc::new(now)).expect("a cloud")
    }

    /// What is true in the cloud.
    pub(super) fn world<R>(&self, look: impl FnOnce(&World, Timestamp) -> R) -> R {
        let switches = Script::read(&self.script).expect("a script").switches;
        self.cloud().with_switches(switches).inspect(look).expect("a cloud")
    }

    /// Lets so many minutes pass.
    pub(super) fn pass(&self, minutes: u64) {
        self.clock.advance_to(self.clock.now().plus(Duration::from_secs(minutes * 60)));
    }

    /// Something that someone else does in the cloud.
    pub(super) fn happen(&self, fact: Fact) {
        self.cloud().happen(fact).expect("it happens");
    }

    /// A pair that someone else makes.
    pub(super) fn import(&self, name: &str) {
        let key = PooledKeys::new(12).generate().expect("a key");
        self.happen(Fact::Imported {
            region: region(),
            key_pair_name: CloudName::new(name),
            fingerprint: key.public_key().fingerprint(),
            told: None,
            public_key: key.public_key().openssh().to_owned(),
            tags: Tags::new(),
            resource_group_id: String::new(),
        });
    }

    /// The names of all pairs.
    pub(super) fn pairs(&self) -> Vec<String> {
        self.world(|world, _| world.pairs(&region()).map(|pair| pair.name.to_string()).collect())
    }

    /// How often an instance was restarted.
    pub(super) fn restarts(&self, id: &str) -> usize {
        self.world(|world, _| world.restarts(&region(), &InstanceId::new(id)).len())
    }

    fn context(&self) -> Context {
        Context {
            disk: Arc::new(self.disk.clone()),
            clock: Arc::new(self.clock.clone()),
            keys: Arc::new(PooledKeys::new(3)),
            commands: Arc::new(PlayedCommands::new()),
            environment: Environment::default(),
            random,
            run_id: random,
            engine: Engine::Inline(self.clock.clone()),
            stop: self.stop.clone(),
            deadline: None,
            is_paced: true,
            runner: Invoker::default(),
            lock_wait: LockWait { timeout: Duration::ZERO, on_wait: |_| {} },
            machine: HostPolicy { is_ci: self.is_ci, ..HostPolicy::default() },
            surroundings: || -> Result<Surroundings, ProxyProblem> {
                Ok(AROUND.with_borrow(|around| around.clone().expect("a machine")))
            },
        }
    }

    /// A doctor at this machine. `before` decides of each call what becomes of it.
    pub(super) fn doctor_with(
        &self,
        keeps_answers: bool,
        before: Option<Box<dyn Fn(usize) -> Way + Send + Sync>>,
    ) -> Doctor {
        let (clock, ahead) = (self.clock.clone(), self.ahead);
        let now = move || Timestamp::from_milliseconds(clock.now().milliseconds() + ahead);
        let service = Service::new(
            self.cloud().with_keys(Arc::new(PooledKeys::new(5))),
            Arc::new(now),
            AccessKeys::default(),
            Script::read(&self.script).expect("a script"),
            DEFAULT_ACCOUNT.to_owned(),
        );
        let (clock, calls) = (self.clock.clone(), AtomicUsize::new(0));
        let wire = Wire { service, clock, ahead, calls, before };
        let variables = [
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "emulator"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "emulator"),
        ];
        let variable = |name: &str| {
            variables.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned())
        };
        let clock = self.clock.clone();
        AROUND.set(Some(Surroundings {
            variables: Variables::read(variable),
            home: None,
            files: Arc::new(Nothing),
            programs: Arc::new(Nothing),
            http: Arc::new(wire),
            now: Arc::new(move || clock.now()),
            random,
            trusted: TrustedHosts::default(),
            timeouts: Timeouts::default(),
        }));
        let source = |path: &str, text: &str| {
            Arc::new(Source { path: path.to_owned(), text: text.to_owned() })
        };
        let loaded = manifest::load(vec![source("keyform.yaml", &self.project)]);
        let opened =
            Doctor::assemble(self.context(), Path::new("."), loaded, keeps_answers, |inner| inner);
        opened.expect("a project").0
    }

    pub(super) fn doctor(&self) -> Doctor {
        self.doctor_with(true, None)
    }

    pub(super) fn examine(&self) -> Vec<Check> {
        self.doctor().examine(&MachineFacts {
            is_ignored: [("./keys".into(), true)].into(),
            open_files: Some(1024),
        })
    }

    pub(super) fn rehearse(&self, id: &str) -> Result<Rehearsed, RehearsalError> {
        self.doctor().rehearse(&InstanceId::new(id), &mut |_| {})
    }

    /// The files of rehearsals that are left on this machine.
    pub(super) fn files_left(&self) -> Vec<String> {
        let files = self.disk.files().into_keys().map(|path| path.display().to_string());
        files.filter(|path| path.contains("rehearsal")).collect()
    }
}

pub(super) fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

/// What the checks of a code came to.
pub(super) fn outcomes(checks: &[Check], code: CheckCode) -> Vec<Outcome> {
    checks.iter().filter(|check| check.code == code).map(|check| check.outcome).collect()
}
