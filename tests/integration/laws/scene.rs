//! A project in memory with its embedded cloud, and questions to the world about it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use keyform::{
    alicloud::Ecs,
    apply::Progress,
    diagnostic::Source,
    disk::{Disk, MemoryDisk},
    driver::{Clock, Environment, StopSwitch, VirtualClock},
    ecs::{Request, Transport},
    emulator::{Actor, Fact, Fault, Faulty, Hook, Local, LogError, Now, Switches, World},
    keys::{KeySource, PooledKeys, PrivateKey, PublicKey},
    manifest::{self, decode_inventory},
    model::{
        Address, CloudName, Fingerprint, InstanceId, InstanceStatus, Region, Tags, Timestamp,
        inventory::Inventory, ownership,
    },
    objects::MemoryBucket,
    plan::Plan,
    render,
    schema::Document,
    session::{
        Applied, ApplyRequest, Context, Engine, HostPolicy, Invoker, Keys, LockWait, OpenError,
        PlanOptions, Planned, Session, SessionError, States,
    },
    state::Intent,
    status::{Filter, Status},
    vault::{CommandEnd, CommandProblem, CommandRun, Commands, PlayedCommands},
};
use zeroize::Zeroizing;

use super::{
    awaited::Followed,
    buckets::{in_use, vault_in},
    over_http,
    watch::Watch,
};
use crate::schemas;

/// The project that most laws are tried on.
pub(super) const PROJECT: &str = r"
apiVersion: keyform/v1
kind: Project
metadata: {name: laws}
spec:
  regions: [cn-hangzhou]
  cloud: {emulator: {inventory: inventory.yaml}}
  defaults:
    restart: {when: now, maxUnavailable: 1}
";

pub(super) const INVENTORY: &str = r"
apiVersion: keyform/v1
kind: Inventory
metadata: {name: laws}
spec:
  restartTime: 30s
  startTimePrecision: second
  instances:
  - {id: i-1, region: cn-hangzhou, name: one}
  - {id: i-2, region: cn-hangzhou, name: two}
  - {id: i-3, region: cn-hangzhou, name: three}
";

/// A key pair and a binding of instances to it.
pub(super) fn bound(pair: &str, instances: &str) -> String {
    format!(
        "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: {pair}}}\nspec: {{tags: {{team: \
         laws}}}}\n---\napiVersion: keyform/v1\nkind: Binding\nmetadata: {{name: {pair}-fleet}}\n\
         spec: {{keyPair: {pair}, instances: [{instances}]}}\n"
    )
}

/// A public key that a person has; the same for the same number.
pub(super) fn persons_key(number: u64) -> PublicKey {
    let key = PooledKeys::new(100 + number).generate().expect("a key");
    key.public_key().clone()
}

/// As [`bound`], with a key that the service makes.
pub(super) fn bound_created(pair: &str, instances: &str) -> String {
    let spec = "spec: {tags: {team: laws}}";
    let created = "spec: {tags: {team: laws}, createInCloud: true}";
    bound(pair, instances).replace(spec, created)
}

/// As [`bound`], with the public key of a person.
pub(super) fn bound_given(pair: &str, instances: &str, public_key: &str) -> String {
    let spec = "spec: {tags: {team: laws}}";
    let given = format!("spec: {{tags: {{team: laws}}, publicKey: {public_key:?}}}");
    bound(pair, instances).replace(spec, &given)
}

/// What a run came to, which writes it asked the cloud for, and how many calls it made.
pub(super) struct Ran {
    pub(super) outcome: Outcome,
    pub(super) writes: Vec<Request>,
    pub(super) calls: usize,
}

/// A project with its machine.
#[derive(Clone)]
pub(super) struct Scene {
    pub(super) disk: MemoryDisk,
    pub(super) clock: VirtualClock,
    watch: Arc<Watch>,
    files: BTreeMap<String, String>,
    /// What the embedded cloud starts with, read once for all looks at it.
    inventory: Option<Inventory>,
    stop: StopSwitch,
    /// The programs of a vault, which keep their keys elsewhere than on this machine.
    pub(super) programs: PlayedCommands,
    /// The bucket that keeps the private keys, if one does.
    pub(super) bucket: Option<MemoryBucket>,
    deadline: Option<Timestamp>,
    /// By how many milliseconds the cloud's clock is ahead of the machine's.
    cloud_ahead: i64,
    /// How the cloud behaves where the documents of the service leave it open.
    pub(super) switches: Switches,
    /// How many warnings its manifests have.
    pub(super) warnings: usize,
    /// Whether calls go over HTTP, and not straight into the embedded cloud.
    is_over_http: bool,
}

/// The programs of a vault, which do not run any more on a machine that has stopped.
#[derive(Debug)]
struct Programs {
    played: PlayedCommands,
    disk: MemoryDisk,
}

impl Commands for Programs {
    fn run(&self, run: &CommandRun<'_>) -> Result<Zeroizing<Vec<u8>>, CommandProblem> {
        if self.disk.is_stopped() {
            let end = CommandEnd::NotStarted("the machine has stopped".to_owned());
            return Err(CommandProblem {
                program: "played".to_owned(),
                end,
                errors: String::new(),
            });
        }
        self.played.run(run)
    }
}

/// What a run of the program came to. A machine that stops may stop before the project is open.
pub(super) type Outcome = Result<Applied, Box<dyn std::error::Error>>;

impl Scene {
    /// A machine with a project, on which nothing has run yet.
    pub(super) fn new(manifests: &str) -> Self {
        let start = Timestamp::parse("2026-11-23T10:00:00Z").expect("a time");
        let disk = MemoryDisk::new();
        let mut scene = Self {
            disk: disk.clone(),
            clock: VirtualClock::new(start),
            watch: Arc::new(Watch::new(disk, 0)),
            files: BTreeMap::new(),
            inventory: None,
            stop: StopSwitch::default(),
            programs: PlayedCommands::new(),
            bucket: None,
            deadline: None,
            cloud_ahead: 0,
            switches: Switches::default(),
            warnings: 0,
            is_over_http: over_http::is_asked_of_all(),
        };
        scene.write("keyform.yaml", PROJECT);
        scene.write("inventory.yaml", INVENTORY);
        scene.write("web.yaml", manifests);
        scene
    }

    /// Writes a manifest or the inventory anew.
    pub(super) fn write(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.to_owned());
        if path == "inventory.yaml" {
            let source = Source { path: path.to_owned(), text: text.to_owned() };
            self.inventory = decode_inventory(&Arc::new(source)).ok();
        }
    }

    /// Another machine in the same situation, with keys of its own to come.
    pub(super) fn fork(&self) -> Self {
        let disk = self.disk.fork();
        Self {
            disk: disk.clone(),
            clock: VirtualClock::new(self.clock.now()),
            watch: Arc::new(Watch::new(disk, self.watch.next_seed())),
            files: self.files.clone(),
            inventory: self.inventory.clone(),
            stop: StopSwitch::default(),
            programs: self.programs.fork(),
            bucket: self.bucket.as_ref().map(MemoryBucket::fork),
            deadline: None,
            cloud_ahead: self.cloud_ahead,
            switches: self.switches,
            warnings: self.warnings,
            is_over_http: self.is_over_http,
        }
    }

    /// The same machine, whose private keys are in a bucket.
    pub(super) fn with_bucket(self) -> Self {
        Self { bucket: Some(MemoryBucket::new()), ..self }
    }

    /// The same machine, from which calls go over HTTP.
    pub(super) fn over_http(self) -> Self {
        Self { is_over_http: true, ..self }
    }

    /// The same machine at another time of its clock.
    pub(super) fn at(&self, moment: Timestamp) -> Self {
        Self { clock: VirtualClock::new(moment), ..self.clone() }
    }

    /// The same project on another disk, at the same clock.
    pub(super) fn on(&self, disk: MemoryDisk) -> Self {
        Self { disk, ..self.clone() }
    }

    /// The same machine, of which somebody sets the clock back. That of the cloud goes on.
    pub(super) fn set_back(&self, by: Duration) -> Self {
        let by = i64::try_from(by.as_millis()).expect("a time that a clock can show");
        self.set_clock(-by)
    }

    /// The same machine, of which somebody sets the clock forward by so many milliseconds, or back.
    pub(super) fn set_clock(&self, by: i64) -> Self {
        let shown = self.clock.now().milliseconds() + by;
        let scene = self.at(Timestamp::from_milliseconds(shown));
        Self { cloud_ahead: self.cloud_ahead - by, ..scene }
    }

    /// What stops the machine, and the moment at which it did: what is left of the run waits in
    /// vain, and time passes over that.
    pub(super) fn stopper(&self) -> (Hook, Arc<OnceLock<Timestamp>>) {
        let (disk, clock) = (self.disk.clone(), self.clock.clone());
        let stopped = Arc::new(OnceLock::new());
        let told = stopped.clone();
        let hook = move || {
            disk.stop_now();
            let _ = told.set(clock.now());
        };
        (Arc::new(hook), stopped)
    }

    /// The same machine, on which runs begin nothing that would end after this time from now.
    pub(super) fn with_deadline(&self, after: Duration) -> Self {
        Self { deadline: Some(self.clock.now().plus(after)), ..self.clone() }
    }

    /// The same machine, and what stops the next run on it.
    pub(super) fn with_stop(&self) -> (Self, StopSwitch) {
        let stop = StopSwitch::default();
        (Self { stop: stop.clone(), ..self.clone() }, stop)
    }

    /// The machine, its clock and who uses it.
    pub(super) fn surroundings(&self) -> Context {
        Context {
            disk: Arc::new(self.disk.clone()),
            clock: Arc::new(self.clock.clone()),
            keys: self.watch.clone(),
            commands: Arc::new(Programs { played: self.programs.clone(), disk: self.disk.clone() }),
            environment: Environment::default(),
            random: || Ok([7; 16]),
            run_id: crate::support::next_run_id,
            engine: Engine::Inline(self.clock.clone()),
            // The laws hold at the rates of a real cloud; time is virtual.
            is_paced: true,
            stop: self.stop.clone(),
            deadline: self.deadline,
            runner: Invoker {
                user: "ann".to_owned(),
                host: "one".to_owned(),
                ..Invoker::default()
            },
            lock_wait: LockWait { timeout: Duration::ZERO, on_wait: |_| {} },
            machine: HostPolicy { lending: Some("shm/keyform".into()), ..HostPolicy::default() },
            surroundings: || panic!("the embedded cloud asks for no credentials"),
        }
    }

    fn loaded(&self) -> manifest::LoadedManifests {
        let source = |(path, text): (&String, &String)| {
            Arc::new(Source { path: path.clone(), text: text.clone() })
        };
        manifest::load(self.files.iter().map(source).collect())
    }

    /// The session of one run of the program; `wrap` can put something before the cloud.
    fn session(
        &self,
        wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Result<Session, OpenError> {
        self.session_of(self.surroundings(), wrap)
    }

    /// The same in other surroundings.
    pub(super) fn session_of(
        &self,
        surroundings: Context,
        wrap: impl FnOnce(Arc<dyn Transport>) -> Arc<dyn Transport>,
    ) -> Result<Session, OpenError> {
        let is_usual = self.cloud_ahead == 0 && self.switches == Switches::default();
        let cloud: Option<Arc<dyn Transport>> = match self.is_over_http {
            true => Some(Arc::new(self.ecs(surroundings.clock.clone())?)),
            false if is_usual => None,
            false => Some(Arc::new(self.try_cloud()?)),
        };
        let wrap = |inner| wrap(cloud.unwrap_or(inner));
        let (session, warnings) =
            Session::assemble(surroundings, Path::new("."), self.loaded(), wrap)?;
        assert_eq!(warnings.len(), self.warnings, "{warnings:#?}");
        Ok(match &self.bucket {
            Some(bucket) => session.with_vault(Arc::new(vault_in(bucket, &self.disk))),
            None => session,
        })
    }

    /// The cloud as this machine reaches it over HTTP, by a clock of the machine.
    fn ecs(&self, clock: Arc<dyn Clock>) -> Result<Ecs, LogError> {
        let (of_cloud, ahead) = (clock.clone(), self.cloud_ahead);
        let now: Now =
            Arc::new(move || Timestamp::from_milliseconds(of_cloud.now().milliseconds() + ahead));
        let inventory = self.inventory.clone().expect("an inventory");
        let disk = Arc::new(self.disk.clone());
        let cloud = Local::open(disk, Path::new(".keyform/cloud"), inventory, now.clone())?;
        let cloud = cloud.with_keys(self.watch.clone());
        Ok(over_http::over_http(cloud, self.switches, Arc::new(move || clock.now()), now))
    }

    /// The states of the project, as `keyform state` opens them.
    pub(super) fn states(&self) -> States {
        self.states_of(self.surroundings())
    }

    /// The same in other surroundings.
    pub(super) fn states_of(&self, surroundings: Context) -> States {
        let opened = States::assemble(surroundings, Path::new("."), self.loaded());
        opened.expect("the manifests are in order").0
    }

    /// The private keys of the project, as `keyform key` opens them.
    pub(super) fn keys(&self) -> Keys {
        let opened = Keys::assemble(self.surroundings(), Path::new("."), self.loaded());
        opened.expect("the manifests are in order").0
    }

    /// The document of `status`.
    pub(super) fn status(&self) -> Status {
        let session = self.session(|inner| inner).expect("the project opens");
        session.status(&Filter::default()).expect("there is one")
    }

    /// One run of `apply` or `destroy` with faults.
    pub(super) fn run(&self, destroy: bool, faults: Vec<Fault>) -> Ran {
        self.wish(ApplyRequest::Fresh(PlanOptions { destroy, ..PlanOptions::default() }), faults)
    }

    /// One run of `apply --accept-missing`.
    pub(super) fn run_accepting_missing(&self) -> Ran {
        let options = PlanOptions { accept_missing: true, ..PlanOptions::default() };
        self.wish(ApplyRequest::Fresh(options), Vec::new())
    }

    /// One run of `apply` with a saved plan.
    pub(super) fn run_saved(&self, plan: &Plan, faults: Vec<Fault>) -> Ran {
        self.wish(ApplyRequest::Saved(Box::new(plan.clone())), faults)
    }

    pub(super) fn wish(&self, wish: ApplyRequest, faults: Vec<Fault>) -> Ran {
        self.wish_with(wish, |inner| Faulty::new(inner, faults))
    }

    /// One run of `apply` with something of the test's between keyform and the cloud.
    pub(super) fn run_with<T: Transport + 'static>(
        &self,
        wrap: impl FnOnce(Arc<dyn Transport>) -> T,
    ) -> Ran {
        self.run_meddled(false, wrap)
    }

    /// One run of `apply` or `destroy` with something of the test's between keyform and the cloud.
    pub(super) fn run_meddled<T: Transport + 'static>(
        &self,
        destroy: bool,
        wrap: impl FnOnce(Arc<dyn Transport>) -> T,
    ) -> Ran {
        self.run_through(destroy, wrap, Vec::new())
    }

    /// The same with faults before it.
    pub(super) fn run_through<T: Transport + 'static>(
        &self,
        destroy: bool,
        wrap: impl FnOnce(Arc<dyn Transport>) -> T,
        faults: Vec<Fault>,
    ) -> Ran {
        let wish = ApplyRequest::Fresh(PlanOptions { destroy, ..PlanOptions::default() });
        self.wish_through(wish, wrap, faults)
    }

    /// The same of any kind of run.
    pub(super) fn wish_through<T: Transport + 'static>(
        &self,
        wish: ApplyRequest,
        wrap: impl FnOnce(Arc<dyn Transport>) -> T,
        faults: Vec<Fault>,
    ) -> Ran {
        self.wish_with(wish, |inner| {
            Faulty::new(Arc::new(wrap(inner)) as Arc<dyn Transport>, faults)
        })
    }

    fn wish_with(
        &self,
        wish: ApplyRequest,
        wrap: impl FnOnce(Arc<dyn Transport>) -> Faulty<Arc<dyn Transport>>,
    ) -> Ran {
        let mut faulty = None;
        let session = self.session(|inner| {
            let wrapped = Arc::new(wrap(inner));
            faulty = Some(wrapped.clone());
            wrapped
        });
        let outcome = session.map_err(Box::from).and_then(|session| {
            let mut approve = |planned: &Planned| {
                self.watch.show(&render::plan::text(&planned.plan, Path::new(".")));
                true
            };
            let mut followed = Followed::default();
            let mut listen = |plan: &Plan, at: Timestamp, progress: &Progress| {
                self.watch.show(&format!("{progress:?}"));
                self.watch.show(&render::progress::line(plan, progress).unwrap_or_default());
                self.watch.show(&followed.hear(plan, at, progress));
            };
            let applied = session.apply(wish, &mut approve, &mut listen)?;
            followed.has_told(&applied);
            Ok(applied)
        });
        self.show(&outcome);
        Ran {
            outcome,
            writes: faulty.as_ref().map(|faulty| faulty.writes()).unwrap_or_default(),
            calls: faulty.map_or(0, |faulty| faulty.calls()),
        }
    }

    /// Shows what a run came to, as the program does and as a developer would.
    pub(super) fn show(&self, outcome: &Outcome) {
        self.watch.show(&format!("{outcome:?}"));
        match outcome {
            Ok(Applied::Ran { plan, report }) => {
                self.watch.show(&render::plan::json(plan));
                self.watch.show(&render::report::text(plan, report, &|_| None));
            }
            Ok(Applied::Nothing(_) | Applied::Declined) => {}
            Err(error) => self.watch.show(&error.to_string()),
        }
    }

    /// Plans; the session puts every plan through the checker.
    #[track_caller]
    pub(super) fn plan(&self, destroy: bool) -> Plan {
        self.try_plan(destroy, false).expect("there is a plan")
    }

    /// Plans, or says why not.
    pub(super) fn try_plan(
        &self,
        destroy: bool,
        accept_missing: bool,
    ) -> Result<Plan, SessionError> {
        self.try_plan_with(PlanOptions { destroy, accept_missing, ..PlanOptions::default() })
    }

    /// The same with any options.
    pub(super) fn try_plan_with(&self, options: PlanOptions) -> Result<Plan, SessionError> {
        let session = self.session(|inner| inner).expect("the project opens");
        let plan = session.plan(options)?.plan;
        schemas::accept(Document::Plan, &serde_json::to_value(&plan).expect("JSON"));
        Ok(plan)
    }

    /// The plan that apply makes and shows, which is not approved then; none if there is nothing to do
    /// or no plan can be made.
    pub(super) fn declined_plan(&self, options: PlanOptions) -> Option<Plan> {
        let session = self.session(|inner| inner).ok()?;
        let mut shown = None;
        let mut decline = |planned: &Planned| {
            shown = Some(planned.plan.clone());
            false
        };
        let applied =
            session.apply(ApplyRequest::Fresh(options), &mut decline, &mut |_, _, _| {}).ok()?;
        match applied {
            Applied::Nothing(plan) => Some(*plan),
            Applied::Declined | Applied::Ran { .. } => shown,
        }
    }

    /// Somebody removes a file.
    pub(super) fn remove(&self, path: &str) {
        let disk: &dyn Disk = &self.disk;
        disk.remove_durable(Path::new(path)).expect("it is removed");
    }

    /// Somebody makes a new checkout, which has the vault but not the state.
    pub(super) fn lose_state(&self) {
        for path in self.disk.files().into_keys() {
            if path.starts_with(".keyform") && !path.starts_with(".keyform/cloud") {
                self.remove(&path.display().to_string());
            }
        }
    }

    /// Somebody makes a file.
    pub(super) fn put(&self, path: &str, bytes: &[u8]) {
        let disk: &dyn Disk = &self.disk;
        disk.create_durable(Path::new(path), bytes).expect("it is made");
    }

    /// Somebody makes a directory with a file.
    pub(super) fn put_in_new_directory(&self, directory: &str, name: &str, bytes: &[u8]) {
        let disk: &dyn Disk = &self.disk;
        disk.ensure_directory(Path::new(directory)).expect("it is made");
        self.put(&format!("{directory}/{name}"), bytes);
    }

    /// Panics unless the schema accepts the state, if there is one that can be read.
    #[track_caller]
    pub(super) fn accept_state(&self) {
        if let Ok(Some(state)) = self.states().newest() {
            schemas::accept(Document::State, &serde_json::to_value(&state).expect("JSON"));
        }
    }

    /// Applies without faults: it must be done, and the plan after it empty (L1).
    #[track_caller]
    pub(super) fn apply(&self, destroy: bool) {
        match self.run(destroy, Vec::new()).outcome.expect("apply comes to its end") {
            Applied::Nothing(_) => {}
            Applied::Declined => panic!("everything is approved"),
            Applied::Ran { report, .. } => assert!(report.is_complete(), "{report:#?}"),
        }
        let again = self.plan(destroy);
        assert!(again.is_empty(), "the plan after an apply is empty: {again:#?}");
    }

    /// Runs until a plan has nothing to do, with a minute between the runs, as people do who look
    /// again. Panics if five runs are not enough.
    #[track_caller]
    pub(super) fn converge(&self, destroy: bool) {
        for _ in 0..5 {
            self.accept_state();
            self.pass(Duration::from_secs(60));
            let ran = self.run(destroy, Vec::new());
            ran.outcome.expect("a run without faults comes to its end");
            if self.plan(destroy).is_empty() {
                return;
            }
        }
        panic!("five runs did not converge: {:#?}", self.plan(destroy));
    }

    /// Lets time pass.
    pub(super) fn pass(&self, duration: Duration) {
        self.clock.advance_to(self.clock.now().plus(duration));
    }

    /// Loses what was not synced, and starts the machine again.
    pub(super) fn crash(&self) {
        self.disk.crash();
    }

    /// The embedded cloud, for questions and for what other people do to it.
    pub(super) fn cloud(&self) -> Local {
        self.try_cloud().expect("the cloud opens")
    }

    fn try_cloud(&self) -> Result<Local, LogError> {
        self.open_cloud(self.inventory.clone().expect("an inventory"))
    }

    /// The same cloud, in which a restart takes another time.
    pub(super) fn cloud_with(&self, restart_time: Duration) -> Local {
        let inventory = self.inventory.clone().expect("an inventory");
        self.open_cloud(Inventory { restart_time, ..inventory }).expect("the cloud opens")
    }

    fn open_cloud(&self, inventory: Inventory) -> Result<Local, LogError> {
        let disk = Arc::new(self.disk.clone());
        let cloud = Local::open(disk, Path::new(".keyform/cloud"), inventory, self.cloud_now())?;
        Ok(cloud.with_keys(self.watch.clone()).with_switches(self.switches))
    }

    /// The clock of the cloud.
    fn cloud_now(&self) -> Now {
        let (clock, ahead) = (self.clock.clone(), self.cloud_ahead);
        Arc::new(move || Timestamp::from_milliseconds(clock.now().milliseconds() + ahead))
    }

    pub(super) fn world<R>(&self, look: impl FnOnce(&World, Timestamp) -> R) -> R {
        self.cloud().inspect(look).expect("the cloud can be looked at")
    }

    /// Something that somebody else does in the cloud.
    pub(super) fn happen(&self, fact: Fact) {
        self.cloud().happen(fact).expect("it happens");
    }

    /// A pair that somebody else makes.
    pub(super) fn import_foreign(&self, name: &str) {
        let key = PooledKeys::new(12).generate().expect("a key");
        self.import_key(name, key.public_key());
    }

    /// The same with this key.
    pub(super) fn import_key(&self, name: &str, key: &PublicKey) {
        let request = Request::ImportKeyPair {
            region: region(),
            key_pair_name: CloudName::new(name),
            public_key_body: key.openssh().to_owned(),
            tags: Tags::new(),
            resource_group_id: None,
        };
        self.cloud().call(&request).expect("it is imported");
    }

    /// Somebody else binds an instance.
    pub(super) fn bind(&self, name: &str, instance: &str) {
        self.happen(Fact::Bound {
            region: region(),
            key_pair_name: CloudName::new(name),
            instance_ids: vec![InstanceId::new(instance)],
        });
    }

    /// Somebody restarts an instance.
    pub(super) fn restart(&self, instance: &str) {
        self.happen(Fact::Restarted {
            region: region(),
            instance_ids: vec![InstanceId::new(instance)],
            milliseconds: 30_000,
            lag_milliseconds: 0,
            moves_start_time: true,
            by: Actor::Person,
        });
    }

    /// The fingerprints of all private keys in the vault, those that are put aside among them.
    pub(super) fn held(&self) -> BTreeSet<Fingerprint> {
        let keys = self.disk.files().into_iter().filter(|(path, _)| {
            path.starts_with("keys") && path.extension().is_some_and(|end| end == "pem")
        });
        let in_bucket = self.bucket.iter().flat_map(MemoryBucket::contents);
        let elsewhere = self.programs.kept().into_iter().chain(in_bucket);
        let elsewhere = elsewhere.map(|(_, content)| content.to_vec());
        keys.map(|(_, bytes)| bytes)
            .chain(elsewhere)
            .filter_map(|bytes| PrivateKey::from_pem(&bytes).ok())
            .map(|key| key.public_key().fingerprint())
            .collect()
    }

    /// L2: no pair of ours without its private key, which a person has of a key that was given. L3: no guest takes a key that is lost.
    #[track_caller]
    pub(super) fn nothing_is_lost(&self) {
        let mut held = self.held();
        held.extend([0, 1].map(|number| persons_key(number).fingerprint()));
        self.world(|world, now| {
            for pair in world.pairs(&region()) {
                if pair.tags.contains_key(ownership::TAG_LINEAGE)
                    && !self.is_lost_answer(world, &pair.name)
                {
                    assert!(held.contains(&pair.fingerprint), "L2: {} without its key", pair.name);
                }
            }
            for id in instances() {
                let effective = world.guest(now, &region(), &id).and_then(|g| g.effective);
                if let Some(fingerprint) = effective {
                    assert!(held.contains(&fingerprint), "L3: nobody can log on to {id}");
                }
            }
        });
    }

    /// The one exception to L2: a pair that the service was asked to make, of which the answer was lost,
    /// and that nothing is bound to.
    fn is_lost_answer(&self, world: &World, name: &CloudName) -> bool {
        let is_bound = instances().iter().any(|id| world.bound(&region(), id) == Some(name));
        let disk = self.disk.fork();
        disk.crash();
        let Ok(Some(state)) = self.on(disk).states().newest() else {
            // Without a state its manifest is left, which says who makes the key.
            return !is_bound && self.files["web.yaml"].contains("createInCloud: true");
        };
        let address = Address::Pair(region(), name.clone());
        !is_bound && matches!(state.recorded.intent_at(&address), Some(Intent::Create))
    }

    /// The instances that accept the private key of a pair now.
    pub(super) fn guests_of(&self, name: &str) -> BTreeSet<String> {
        self.world(|world, now| {
            let fingerprint = world.pairs(&region()).find(|pair| pair.name.as_str() == name);
            let Some(fingerprint) = fingerprint.map(|pair| pair.fingerprint) else {
                return BTreeSet::new();
            };
            let accepts = |id: &InstanceId| {
                world.guest(now, &region(), id).is_some_and(|g| g.effective == Some(fingerprint))
            };
            instances().into_iter().filter(accepts).map(|id| id.to_string()).collect()
        })
    }

    /// How things are in the end, without what differs from key to key.
    pub(super) fn end(&self) -> End {
        self.world(|world, now| {
            let pairs: BTreeMap<_, _> =
                world.pairs(&region()).map(|pair| (pair.name.clone(), pair)).collect();
            let instance = |id: InstanceId| {
                let bound = world.bound(&region(), &id).cloned();
                let guest = world.guest(now, &region(), &id).expect("it exists");
                let bound_fingerprint = bound.as_ref().map(|name| pairs[name].fingerprint);
                let status = world.status(now, &region(), &id).expect("it exists");
                let restarts = world.restarts(&region(), &id).len();
                let in_effect = guest.effective == bound_fingerprint;
                (id.to_string(), (bound.map(|b| b.to_string()), in_effect, status, restarts))
            };
            End {
                instances: instances().into_iter().map(instance).collect(),
                pairs: pairs
                    .values()
                    .map(|pair| (pair.name.to_string(), pair.tags.clone()))
                    .collect(),
                keys: self
                    .disk
                    .files()
                    .into_keys()
                    .filter(|path| path.starts_with("keys") && !path.starts_with("keys/retired"))
                    .map(|path| path.display().to_string())
                    .chain(self.programs.names().into_iter().map(|name| format!("keys/{name}.pem")))
                    .chain(self.bucket.iter().flat_map(in_use))
                    .collect(),
            }
        })
    }
}

/// How things are in the end: bound to what, in effect or not, status, and how often restarted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) instances: BTreeMap<String, (Option<String>, bool, InstanceStatus, usize)>,
    pub(super) pairs: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) keys: BTreeSet<String>,
}

pub(super) fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

pub(super) fn instances() -> Vec<InstanceId> {
    ["i-1", "i-2", "i-3"].map(InstanceId::new).to_vec()
}
