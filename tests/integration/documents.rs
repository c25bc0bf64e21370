//! Servers of documents by the protocol of Terraform's HTTP backend: one that checks as GitLab does, and
//! one that checks nothing but the lock. Both are written from the documentation, as machines that a
//! test reaches by a socket or without one.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use base64ct::{Base64, Encoding as _};
use keyform::{
    alicloud::{Http, HttpFailure, HttpRequest, HttpResponse, NoAnswer, NotSent, Secret},
    documents::{DocumentServer, Login},
    ecs::wire,
    model::{DocumentAddress, DocumentChoice, DocumentMethod},
    store::{DocumentLock, DocumentShelf, KeptDocument},
};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::alicloud::server::{Received, Reply, Server};

pub(crate) const USER: &str = "gitlab-ci-token";
pub(crate) const PASSWORD: &str = "glpat-secret-of-a-test";
const PATH: &str = "/api/v4/projects/7/terraform/state/prod";

/// What a server checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The user, the id of the lock, the digest, the serial and the size, as GitLab.
    GitLab,
    /// Nothing but the lock: whatever comes is written.
    Overwriting,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::GitLab, Self::Overwriting];
}

/// A server, shared by its clones.
#[derive(Clone)]
pub(crate) struct Documents(Arc<Mutex<State>>);

struct State {
    kind: Kind,
    document: Option<Vec<u8>>,
    /// The serials of all documents that were written.
    serials: BTreeSet<u64>,
    /// The record of whoever holds the lock.
    lock: Option<Value>,
    size_max: usize,
}

type Answer = (u16, Vec<u8>);

impl Documents {
    pub(crate) fn new(kind: Kind) -> Self {
        let (document, serials, lock) = (None, BTreeSet::new(), None);
        Self(Arc::new(Mutex::new(State { kind, document, serials, lock, size_max: 64 << 20 })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic")
    }

    /// A copy of it that goes its own way.
    pub(crate) fn fork(&self) -> Self {
        let State { kind, document, serials, lock, size_max } = &*self.state();
        let (document, serials, lock) = (document.clone(), serials.clone(), lock.clone());
        let state = State { kind: *kind, document, serials, lock, size_max: *size_max };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Listens on loopback.
    pub(crate) fn listen(&self) -> Server {
        let documents = self.clone();
        Server::start(move |received| {
            let (status, body) = documents.answer(received);
            Reply::Status(status, String::from_utf8(body).expect("JSON"))
        })
    }

    pub(crate) fn answer(&self, received: &Received) -> Answer {
        self.state().answer(received)
    }

    /// The id of the lock that is held.
    pub(crate) fn locked_by(&self) -> Option<String> {
        self.state().lock.as_ref().map(|record| text(&record["ID"]))
    }

    /// Another program takes the lock, or it is free.
    pub(crate) fn set_lock(&self, record: Option<Value>) {
        self.state().lock = record;
    }

    /// What is written there, which no session can do.
    pub(crate) fn set_document(&self, document: Option<&str>) {
        self.state().document = document.map(|text| text.as_bytes().to_vec());
    }

    pub(crate) fn document(&self) -> Option<Value> {
        let state = self.state();
        state.document.as_deref().map(|bytes| serde_json::from_slice(bytes).expect("JSON"))
    }

    pub(crate) fn set_size_max(&self, size_max: usize) {
        self.state().size_max = size_max;
    }

    /// How a project names it, behind an address such as `http://127.0.0.1:8080`.
    pub(crate) fn choice(&self, url: &str) -> DocumentChoice {
        let address = DocumentAddress::parse(&format!("{url}{PATH}?team=web")).expect("an address");
        let (lock_address, lock_method, unlock_method) = match self.state().kind {
            Kind::GitLab => (address.below("lock"), DocumentMethod::Post, DocumentMethod::Delete),
            Kind::Overwriting => (address.clone(), DocumentMethod::Lock, DocumentMethod::Unlock),
        };
        DocumentChoice {
            unlock_address: lock_address.clone(),
            update_method: DocumentMethod::Post,
            address,
            lock_address,
            lock_method,
            unlock_method,
        }
    }

    /// The state of a Project that is kept there.
    pub(crate) fn written(&self, url: &str) -> String {
        match self.state().kind {
            Kind::GitLab => {
                format!("state: {{http: {{address: \"{url}{PATH}\", preset: gitlab}}}}")
            }
            Kind::Overwriting => {
                format!(
                    "state: {{http: {{address: \"{url}{PATH}\", lockAddress: \"{url}{PATH}\"}}}}"
                )
            }
        }
    }
}

impl State {
    fn answer(&mut self, received: &Received) -> Answer {
        let is_gitlab = self.kind == Kind::GitLab;
        if is_gitlab && !knows(received) {
            return (401, b"{\"message\":\"401 Unauthorized\"}".to_vec());
        }
        let part = received.path.strip_prefix(PATH);
        match (received.method.as_str(), part) {
            ("GET", Some("")) => self.read(),
            ("POST", Some("")) => self.write(received),
            ("POST", Some("/lock")) if is_gitlab => self.take(received),
            ("DELETE", Some("/lock")) if is_gitlab => self.free(received),
            ("LOCK", Some("")) if !is_gitlab => self.take(received),
            ("UNLOCK", Some("")) if !is_gitlab => self.free(received),
            _ => (404, b"{\"message\":\"404 Not Found\"}".to_vec()),
        }
    }

    fn read(&self) -> Answer {
        match (&self.document, self.kind) {
            (Some(document), _) => (200, document.clone()),
            (None, Kind::GitLab) => (404, Vec::new()),
            (None, Kind::Overwriting) => (204, Vec::new()),
        }
    }

    fn write(&mut self, received: &Received) -> Answer {
        if self.kind == Kind::GitLab {
            let held = self.lock.as_ref().map(|record| text(&record["ID"]));
            if held != received.query.get("ID").cloned() {
                return (409, b"{\"message\":\"409 Conflict\"}".to_vec());
            }
            if received.bytes.len() > self.size_max {
                return (413, Vec::new());
            }
            let serial = serde_json::from_slice::<Value>(&received.bytes).ok();
            let serial = serial.and_then(|document| document["serial"].as_u64());
            if !has_digest(received) || serial.is_none_or(|serial| !self.serials.insert(serial)) {
                return (422, b"{\"message\":\"422 Unprocessable\"}".to_vec());
            }
        }
        self.document = Some(received.bytes.clone());
        (200, Vec::new())
    }

    fn take(&mut self, received: &Received) -> Answer {
        let asked: Value = serde_json::from_slice(&received.bytes).unwrap_or_default();
        let Some(holder) = &self.lock else {
            self.lock = Some(asked);
            return (200, Vec::new());
        };
        if self.kind == Kind::Overwriting {
            return (423, holder.to_string().into_bytes());
        }
        // GitLab knows the id, the user and the time of the holder, and takes the rest from who asks.
        let mut shown = asked;
        for name in ["ID", "Created"] {
            shown[name] = holder[name].clone();
        }
        shown["Who"] = json!("root");
        (409, shown.to_string().into_bytes())
    }

    fn free(&mut self, received: &Received) -> Answer {
        let asked: Value = serde_json::from_slice(&received.bytes).unwrap_or_default();
        let held = self.lock.as_ref().map(|record| text(&record["ID"]));
        if self.kind == Kind::GitLab && held != Some(text(&asked["ID"])) {
            return (409, Vec::new());
        }
        self.lock = None;
        (200, Vec::new())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn knows(received: &Received) -> bool {
    let wanted = Base64::encode_string(format!("{USER}:{PASSWORD}").as_bytes());
    received.headers.get("authorization") == Some(&format!("Basic {wanted}"))
}

fn has_digest(received: &Received) -> bool {
    let digest = Base64::encode_string(&Md5::digest(&received.bytes));
    received.headers.get("content-md5") == Some(&digest)
}

/// The document as one run has it, over a client of HTTP.
pub(crate) fn kept(
    http: Arc<dyn Http>,
    choice: DocumentChoice,
    password: &str,
) -> (DocumentShelf, DocumentLock) {
    let login = Login { user: USER.to_owned(), password: Secret::new(password) };
    let server = DocumentServer::new(http, choice, Some(login), Duration::from_secs(2));
    let document = Arc::new(KeptDocument::new(server));
    (DocumentShelf::new(document.clone()), DocumentLock::new(document))
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is not sent.
    Unsent,
    /// It is lost on its way.
    LoseRequest,
    /// Its answer is lost.
    LoseAnswer,
    /// The program stops before it.
    StopBefore,
    /// The program stops after it was done.
    StopAfter,
}

impl Trouble {
    pub(crate) const ALL: [Self; 5] =
        [Self::Unsent, Self::LoseRequest, Self::LoseAnswer, Self::StopBefore, Self::StopAfter];
}

impl Trouble {
    /// Whether only an answer is lost, so that what was asked for can be found.
    pub(crate) fn is_lost_answer(self) -> bool {
        self == Self::LoseAnswer
    }

    /// Whether the program stops with it.
    pub(crate) fn is_stop(self) -> bool {
        matches!(self, Self::StopBefore | Self::StopAfter)
    }
}

/// The way of one run to a server, without a socket. Something may happen to one request on it.
pub(crate) struct Way {
    documents: Documents,
    course: Mutex<Course>,
}

struct Course {
    requests: u64,
    trouble: Option<(u64, Trouble)>,
    is_stopped: bool,
}

impl Way {
    pub(crate) fn to(documents: &Documents, trouble: Option<(u64, Trouble)>) -> Arc<Self> {
        let course = Mutex::new(Course { requests: 0, trouble, is_stopped: false });
        Arc::new(Self { documents: documents.clone(), course })
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> u64 {
        self.course.lock().expect("no panic").requests
    }

    /// The document as a run on this way has it.
    pub(crate) fn kept(self: &Arc<Self>) -> (DocumentShelf, DocumentLock) {
        kept(self.clone(), self.documents.choice("http://127.0.0.1:8080"), PASSWORD)
    }

    fn next(&self) -> Option<Trouble> {
        let mut course = self.course.lock().expect("no panic");
        if course.is_stopped {
            return Some(Trouble::Unsent);
        }
        let number = course.requests;
        course.requests += 1;
        let (_, trouble) = course.trouble.take_if(|(at, _)| *at == number)?;
        course.is_stopped = trouble.is_stop();
        Some(trouble)
    }
}

impl Http for Way {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let lost = || Err(NoAnswer::Timeout.into());
        let trouble = self.next();
        match trouble {
            Some(Trouble::Unsent | Trouble::StopBefore) => return Err(NotSent::Timeout.into()),
            Some(Trouble::LoseRequest) => return lost(),
            Some(Trouble::LoseAnswer | Trouble::StopAfter) | None => {}
        }
        let (status, body) = self.documents.answer(&received(request));
        if trouble.is_some() {
            return lost();
        }
        Ok(HttpResponse { status, headers: Vec::new(), body: body.into() })
    }
}

fn received(request: &HttpRequest) -> Received {
    let url = request.url();
    let behind = url.split_once("://").map_or("", |(_, rest)| rest);
    let target = behind.find('/').map_or("/", |at| &behind[at..]);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Received {
        method: request.method.as_str().to_owned(),
        path: path.to_owned(),
        query: wire::HttpRequest::decode(query.as_bytes()).into_iter().collect(),
        headers: request.headers.iter().cloned().collect(),
        body: String::from_utf8_lossy(&request.body).into_owned(),
        bytes: request.body.to_vec(),
        connection: 0,
    }
}
