//! The embedded cloud behind its wire format, in one process: each call of keyform is signed and
//! written as a request of HTTP, verified and read by the service of the server, and its answer comes
//! back so.
//!
//! A fifth of the random worlds and stories go this way, and what is below.
//! `KEYFORM_TEST_HTTP=1 cargo test laws` sends all laws this way.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    io,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use keyform::{
    alicloud::{
        Choice, CredentialSource, Ecs, Http, HttpFailure, HttpRequest, HttpResponse, NoAnswer,
        NotSent, ProgramProblem, Programs, ReadFiles, Surroundings, Timeouts, Variables,
    },
    driver::Clock,
    ecs::wire,
    emulator::{
        Local, Now, Switches,
        server::{AccessKeys, Answer, DEFAULT_ACCESS_KEY, DEFAULT_ACCOUNT, Peer, Script, Service},
    },
    model::{Endpoint, Timestamp, TrustedHosts},
    session::Context,
};
use zeroize::Zeroizing;

use super::{
    scene::{End, Scene, bound},
    sweep::{Scenario, at_each_cloud_call},
};

/// Whether all laws are to go over HTTP.
pub(crate) fn is_asked_of_all() -> bool {
    #[expect(clippy::disallowed_methods, reason = "the test's own settings")]
    std::env::var_os("KEYFORM_TEST_HTTP").is_some()
}

/// A cloud as a client over HTTP reaches it. `client_now` is the clock of the client's machine, and
/// `server_now` that of the cloud.
pub(crate) fn over_http(cloud: Local, switches: Switches, client_now: Now, server_now: Now) -> Ecs {
    let http = Arc::new(InProcess::with(cloud, switches, server_now));
    let source = CredentialSource::new(surroundings(http, client_now), Choice::default());
    let nowhere = Endpoint::parse(NOWHERE).expect("an endpoint");
    Ecs::new(Arc::new(source), Some(nowhere))
}

/// An endpoint at which no one listens.
pub(super) const NOWHERE: &str = "http://127.0.0.1:1";

/// A machine whose environment has the access key of the embedded cloud.
pub(super) fn surroundings(http: Arc<dyn Http>, now: Now) -> Surroundings {
    Surroundings {
        variables: Variables::read(|name| match name {
            "ALIBABA_CLOUD_ACCESS_KEY_ID" | "ALIBABA_CLOUD_ACCESS_KEY_SECRET" => {
                Some(DEFAULT_ACCESS_KEY.to_owned())
            }
            _ => None,
        }),
        home: None,
        files: Arc::new(Nothing),
        programs: Arc::new(Nothing),
        http,
        now,
        random: next_nonce,
        trusted: TrustedHosts::default(),
        timeouts: Timeouts::default(),
    }
}

thread_local! {
    /// What the machine of the test of this thread is surrounded by.
    static AROUND: RefCell<Option<Surroundings>> = const { RefCell::new(None) };
}

/// A machine whose projects of the real cloud reach this one.
pub(super) fn context(scene: &Scene, http: Arc<dyn Http>) -> Context {
    let clock = scene.clock.clone();
    AROUND.set(Some(surroundings(http, Arc::new(move || clock.now()))));
    Context {
        surroundings: || Ok(AROUND.with_borrow(Clone::clone).expect("it was set")),
        ..scene.surroundings()
    }
}

/// Each signed request has a nonce of its own.
fn next_nonce() -> io::Result<[u8; 16]> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    Ok(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)).to_be_bytes())
}

/// A machine without files and programs of credentials.
struct Nothing;

impl ReadFiles for Nothing {
    fn read(&self, _: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl Programs for Nothing {
    fn run(&self, _: &[String], _: Duration) -> Result<Zeroizing<Vec<u8>>, ProgramProblem> {
        Err(ProgramProblem::Ended { code: 1 })
    }
}

/// The service where the socket of a client would be.
pub(super) struct InProcess {
    service: Service,
    now: Now,
}

impl InProcess {
    pub(super) fn new(cloud: Local, now: Now) -> Self {
        Self::with(cloud, Switches::default(), now)
    }

    fn with(cloud: Local, switches: Switches, now: Now) -> Self {
        let mut script = Script::read("{}").expect("a script");
        script.switches = switches;
        let (keys, account) = (AccessKeys::default(), DEFAULT_ACCOUNT.to_owned());
        Self { service: Service::new(cloud, now.clone(), keys, script, account), now }
    }
}

impl Http for InProcess {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let headers = request.headers.iter().cloned();
        let host = ("host".to_owned(), request.host.authority());
        let received = wire::HttpRequest {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            query: wire::HttpRequest::decode(wire::encoded_pairs(&request.query).as_bytes()),
            headers: headers.chain([host]).collect(),
            body: request.body.to_vec(),
        };
        let Answer::Reply(reply) = self.service.answer(&received, Peer::Loopback) else {
            return Err(NoAnswer::Closed { reason: "hung up".to_owned() }.into());
        };
        let headers = reply.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
        let date = ("date".to_owned(), http_date((self.now)()));
        Ok(HttpResponse {
            status: reply.status,
            headers: headers.chain([date]).collect(),
            body: Zeroizing::new(reply.body.into_bytes()),
        })
    }
}

/// A moment as the header `Date` has it.
fn http_date(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.milliseconds()).expect("a time");
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    printer.timestamp_to_rfc9110_string(&at).expect("a date")
}

/// What a situation comes to: the plan, how many writes there were, and the end.
fn outcome(scene: &Scene, destroy: bool) -> (String, Vec<&'static str>, End) {
    let plan = serde_json::to_string_pretty(&scene.plan(destroy)).expect("JSON");
    let ran = scene.run(destroy, Vec::new());
    ran.outcome.expect("it comes to its end");
    let writes = ran.writes.iter().map(keyform::ecs::Request::operation).collect();
    assert!(scene.plan(destroy).is_empty(), "L1");
    (plan, writes, scene.end())
}

/// The manifests that a project has one after the other; the last one is what `destroy` finds.
fn stories() -> Vec<Vec<String>> {
    let fleet = || bound("web", "i-1, i-2, i-3");
    vec![
        vec![fleet(), bound("ops", "i-1, i-2, i-3"), bound("ops", "")],
        vec![fleet(), format!("{}---\n{}", bound("web", "i-1"), bound("ops", "i-3"))],
        vec![
            fleet(),
            fleet().replace("spec: {tags: {team: laws}}", "spec: {generation: 2}"),
            fleet().replace("spec: {tags: {team: laws}}", "spec: {tags: {team: other}}"),
        ],
    ]
}

#[test]
fn plans_are_the_same_byte_for_byte_and_so_is_their_end() {
    for manifests in stories() {
        let mut embedded = Scene::new("");
        let mut over_http = Scene::new("").over_http();
        let last = manifests.last().cloned().unwrap_or_default();
        for (manifests, destroy) in
            manifests.into_iter().map(|one| (one, false)).chain([(last, true)])
        {
            for scene in [&mut embedded, &mut over_http] {
                scene.write("web.yaml", &manifests);
            }
            let ends = [&embedded, &over_http].map(|scene| outcome(scene, destroy));
            assert_eq!(ends[0], ends[1], "{manifests}");
        }
    }
}

#[test]
fn stopping_at_any_call_and_running_again_comes_to_the_same_end() {
    let scenarios = Scenario::all().into_iter().map(Scenario::over_http).collect();
    at_each_cloud_call(scenarios, Scenario::ends_the_same);
}

#[test]
fn a_clock_that_is_hours_off_is_corrected_once() {
    for hours in [-5, 5] {
        let scene = Scene::new(&bound("web", "i-1, i-2")).over_http();
        let scene = scene.set_clock(hours * 3_600_000);
        scene.apply(false);
    }
}

/// A project of the real cloud in two regions, and what answers its calls.
fn real(endpoint: &str) -> (Scene, InProcess) {
    let mut scene = Scene::new("");
    scene.write(
        "keyform.yaml",
        &format!(
            "apiVersion: keyform/v1\nkind: Project\nmetadata: {{name: real}}\nspec:\n  regions: \
             [cn-beijing, cn-hangzhou]\n  cloud: {{alicloud: {{account: \
             \"1234567890123456\"{endpoint}}}}}\n"
        ),
    );
    scene.write("web.yaml", "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: web}\n");
    let clock = scene.clock.clone();
    let inner = InProcess::new(scene.cloud(), Arc::new(move || clock.now()));
    (scene, inner)
}

/// The hosts that a client calls.
struct Hosts {
    inner: InProcess,
    called: Mutex<BTreeSet<String>>,
}

impl Http for Hosts {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let host = format!("{} {}", request.host.is_encrypted, request.host.authority());
        self.called.lock().unwrap_or_else(PoisonError::into_inner).insert(host);
        self.inner.send(request)
    }
}

#[test]
fn each_region_of_the_real_cloud_is_called_at_its_own_endpoint() {
    for (endpoint, hosts) in [
        ("", &["ecs-cn-hangzhou.aliyuncs.com", "ecs.cn-beijing.aliyuncs.com"][..]),
        (
            ", endpoint: \"https://ecs-vpc.cn-beijing.aliyuncs.com\"",
            &["ecs-vpc.cn-beijing.aliyuncs.com"],
        ),
    ] {
        let (scene, inner) = real(endpoint);
        let http = Arc::new(Hosts { inner, called: Mutex::default() });
        let session = scene.session_of(context(&scene, http.clone()), |inner| inner);
        let planned = session.expect("it opens").plan(Default::default()).expect("a plan");
        assert!(!planned.plan.is_empty());
        let called = http.called.lock().unwrap_or_else(PoisonError::into_inner);
        let expected: BTreeSet<_> = [&["sts.aliyuncs.com"], hosts]
            .concat()
            .iter()
            .map(|host| format!("true {host}"))
            .collect();
        assert_eq!(*called, expected);
    }
}

/// A server that does not listen at first.
struct Late {
    inner: InProcess,
    refusals: AtomicU64,
}

impl Http for Late {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let less = |left: u64| left.checked_sub(1);
        if self.refusals.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok() {
            return Err(NotSent::NotConnected { reason: "refused".to_owned() }.into());
        }
        self.inner.send(request)
    }
}

#[test]
fn a_server_that_does_not_listen_yet_is_asked_again_for_a_moment() {
    for (refusals, opens) in [(0, true), (2, true), (100, false)] {
        let (scene, inner) = real("");
        let http = Arc::new(Late { inner, refusals: AtomicU64::new(refusals) });
        let session = scene.session_of(context(&scene, http), |inner| inner);
        assert_eq!(session.is_ok(), opens, "{refusals}: {:?}", session.err());
    }
}

/// STS refuses the time of this machine as ECS does, and tells its own.
#[test]
fn a_project_opens_by_a_clock_that_is_hours_off() {
    for hours in [-5, 5] {
        let (scene, _) = real("");
        let clock = scene.clock.clone();
        let theirs =
            move || Timestamp::from_milliseconds(clock.now().milliseconds() + hours * 3_600_000);
        let http = Arc::new(InProcess::new(scene.cloud(), Arc::new(theirs)));
        let session = scene.session_of(context(&scene, http), |inner| inner);
        let planned = session.expect("it opens").plan(Default::default()).expect("a plan");
        assert!(!planned.plan.is_empty());
    }
}
