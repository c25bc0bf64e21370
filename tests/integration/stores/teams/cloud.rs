//! The embedded cloud behind its wire format and a socket, which several runs call. What a law forbids
//! is noted when it happens.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use keyform::{
    diagnostic::Source,
    disk::MemoryDisk,
    driver::{Clock as _, SystemClock},
    ecs::{Request, wire},
    emulator::{
        Local, Now, World,
        server::{AccessKeys, Answer, DEFAULT_ACCOUNT, Peer, Script, Service},
    },
    manifest::decode_inventory,
    model::{CloudName, InstanceId, Region, Timestamp},
    store::Store,
};

use super::{
    LAST, OTHER, VICTIM,
    gate::{Gate, Side},
    team::held,
};
use crate::{
    alicloud::server::{Received, Reply, Server},
    laws::intents::intends,
};

/// The instances that there are.
pub(super) const INSTANCES: [&str; 3] = ["i-1", "i-2", "i-3"];

/// What each run signs with: its own name, and this secret.
pub(super) const SECRET: &str = "secret-of-every-run-of-the-team";

pub(super) fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

/// The cloud, while it is served.
pub(super) struct Cloud {
    server: Server,
    watched: Arc<Watched>,
}

struct Watched {
    service: Service,
    /// The same cloud, to look at.
    world: Local,
    states: Store,
    /// Where the private keys are.
    keys: PathBuf,
    /// What happens to the first run.
    gate: Arc<Gate>,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    broken: Vec<String>,
    /// What was asked, and how it was answered.
    writes: Vec<String>,
    /// The run that another one has taken over from.
    fenced: Option<&'static str>,
    /// How often each instance was restarted since it was last bound to another pair.
    restarts: BTreeMap<InstanceId, (Option<CloudName>, usize)>,
}

fn inventory() -> keyform::model::inventory::Inventory {
    let rows = INSTANCES.map(|id| format!("  - {{id: {id}, region: {}, name: {id}}}\n", region()));
    let text = format!(
        "apiVersion: keyform/v1\nkind: Inventory\nmetadata: {{name: teams}}\nspec:\n  restartTime: \
         40ms\n  startTimePrecision: millisecond\n  instances:\n{}",
        rows.concat()
    );
    let source = Source { path: "inventory.yaml".to_owned(), text };
    decode_inventory(&Arc::new(source)).expect("an inventory")
}

impl Cloud {
    /// Serves a new cloud. `states` are those of the project, and `keys` is where its private keys are.
    pub(super) fn start(states: Store, keys: PathBuf, gate: Arc<Gate>) -> Self {
        let clock = SystemClock::new();
        let now: Now = Arc::new(move || clock.now());
        let disk = Arc::new(MemoryDisk::new());
        let open = || {
            let opened = Local::open(disk.clone(), "cloud".as_ref(), inventory(), now.clone());
            opened.expect("the cloud opens")
        };
        let mut known = String::from("credentials:\n");
        for name in [VICTIM, OTHER, LAST] {
            let _ = writeln!(known, "- {{accessKeyId: {name}, accessKeySecret: {SECRET}}}");
        }
        let access_keys = AccessKeys::read(&known).expect("access keys");
        let script = Script::read("{}").expect("a script");
        let account = DEFAULT_ACCOUNT.to_owned();
        let service = Service::new(open(), now.clone(), access_keys, script, account);
        let noted = Mutex::default();
        let watched = Watched { service, world: open(), states, keys, gate, noted };
        let watched = Arc::new(watched);
        let of_server = watched.clone();
        let server = Server::start(move |received| of_server.answer(received));
        Self { server, watched }
    }

    /// What a project says under `cloud`.
    pub(super) fn choice(&self) -> String {
        let (account, endpoint) = (DEFAULT_ACCOUNT, self.server.url());
        format!("{{alicloud: {{account: \"{account}\", endpoint: \"{endpoint}\"}}}}")
    }

    /// From now on a run must not change anything.
    pub(super) fn fence(&self, run: &'static str) {
        self.watched.noted().fenced = Some(run);
    }

    /// It is unknown whether a dead run has bound these instances to another pair: they may be restarted
    /// once more.
    pub(super) fn doubt(&self, instances: impl IntoIterator<Item = InstanceId>) {
        let mut noted = self.watched.noted();
        for id in instances {
            noted.restarts.entry(id).or_default().1 = 0;
        }
    }

    /// What was broken, and if anything was, which writes there were.
    pub(super) fn broken(&self) -> Vec<String> {
        let noted = self.watched.noted();
        let writes = (!noted.broken.is_empty()).then(|| format!("writes: {:#?}", noted.writes));
        noted.broken.iter().cloned().chain(writes).collect()
    }

    pub(super) fn world<R>(&self, look: impl FnOnce(&World, Timestamp) -> R) -> R {
        self.watched.world(look)
    }

    /// How often each instance was restarted.
    pub(super) fn restarts(&self) -> Vec<usize> {
        self.watched.restarts()
    }
}

impl Watched {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn world<R>(&self, look: impl FnOnce(&World, Timestamp) -> R) -> R {
        self.world.inspect(look).expect("the cloud can be looked at")
    }

    fn restarts(&self) -> Vec<usize> {
        let count = |world: &World, id| world.restarts(&region(), &InstanceId::new(id)).len();
        self.world(|world, _| INSTANCES.into_iter().map(|id| count(world, id)).collect())
    }

    fn answer(&self, received: &Received) -> Reply {
        let asked = wire::HttpRequest {
            method: received.method.clone(),
            path: received.path.clone(),
            query: received.query.clone().into_iter().collect(),
            headers: received.headers.clone(),
            body: received.bytes.clone(),
        };
        let (run, request) = (run_of(&asked), request_of(&asked));
        let write = request.as_ref().filter(|request| request.writes());
        let operation = request.as_ref().map_or("", Request::operation);
        let hears = || self.gate.hears_call(operation, write.is_some());
        let side = (run == Some(VICTIM)).then(hears).flatten();
        if side == Some(Side::Before) && self.gate.act() {
            return Reply::Hangup;
        }
        let answer = match (run, write) {
            (Some(run), Some(write)) => self.watch(run, write, &asked),
            _ => self.service.answer(&asked, Peer::Loopback),
        };
        if side == Some(Side::After) && self.gate.act() {
            return Reply::Hangup;
        }
        match answer {
            Answer::Reply(reply) => Reply::Raw(on_the_wire(&reply)),
            Answer::HangUp => Reply::Hangup,
        }
    }

    /// Answers a write, and looks whether it may be made and what comes of it. One comes after the
    /// other, so that what is seen before it is what it meets.
    fn watch(&self, run: &'static str, write: &Request, asked: &wire::HttpRequest) -> Answer {
        let mut noted = self.noted();
        if noted.fenced == Some(run) {
            noted.broken.push(format!("{run} was taken over from, and asks {write:?}"));
        }
        // A server of states that was restarted ends the connection that it had.
        match self.states.load().or_else(|_| self.states.load()) {
            Ok(Some(loaded)) if intends(&loaded.state, write) => {}
            Ok(_) => noted.broken.push(format!("{run} asks without an intent: {write:?}")),
            Err(error) => noted.broken.push(format!("the state: {error}")),
        }
        let before = self.restarts();
        let answer = self.service.answer(asked, Peer::Loopback);
        let status = if let Answer::Reply(reply) = &answer { reply.status } else { 0 };
        noted.writes.push(format!("{run}: {status} {write:?}"));
        for ((id, before), after) in INSTANCES.into_iter().zip(before).zip(self.restarts()) {
            let id = InstanceId::new(id);
            let bound = self.world(|world, _| world.bound(&region(), &id).cloned());
            let restarts = noted.restarts.entry(id.clone()).or_default();
            if restarts.0 != bound {
                *restarts = (bound, 0);
            }
            restarts.1 += after - before;
            if after > before && restarts.1 > 1 {
                noted.broken.push(format!("{run} restarts {id} once more"));
            }
        }
        noted.broken.extend(self.without_key());
        answer
    }

    /// L2: the pairs whose private key is not in the vault.
    fn without_key(&self) -> Vec<String> {
        let (held, here) = (held(&self.keys), region());
        self.world(|world, _| {
            let pairs = world.pairs(&here).filter(|pair| !held.contains(&pair.fingerprint));
            pairs.map(|pair| format!("{} is without its private key", pair.name)).collect()
        })
    }
}

/// The run that has signed a request.
fn run_of(asked: &wire::HttpRequest) -> Option<&'static str> {
    let (_, claim) = asked.header("authorization")?.split_once("Credential=")?;
    let key = claim.split(',').next()?;
    [VICTIM, OTHER, LAST].into_iter().find(|run| *run == key)
}

/// What a request asks of ECS, if it does.
fn request_of(asked: &wire::HttpRequest) -> Option<Request> {
    let action = asked.header("x-acs-action")?;
    wire::read_request(action, &wire::Parameters::new(asked.parameters())).ok()
}

fn on_the_wire(reply: &keyform::emulator::server::Reply) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {} X\r\n", reply.status);
    for (name, value) in &reply.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let (length, body) = (reply.body.len(), &reply.body);
    let _ = write!(text, "Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    text.into_bytes()
}
