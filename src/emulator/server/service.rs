//! The service behind its wire format, without a socket: a request of HTTP in, an answer out.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::Value;

use super::{
    access_keys::{AccessKey, AccessKeys},
    admin::{self, Peer},
    answer::{Answer, Problem},
    faults::{Effect, Script},
    misbehaviour,
    nonces::Nonces,
};
use crate::{
    ecs::{
        CallError,
        wire::{self, HttpRequest, Parameters},
    },
    emulator::{
        local::{Local, Now},
        regions,
    },
    model::Timestamp,
};

/// The version of STS.
const STS_VERSION: &str = "2015-04-01";
/// Which account the server is, if it is told of no other.
pub const DEFAULT_ACCOUNT: &str = "1234567890123456";

/// The most parameters of a request: no call has more than a few hundred, and each of a form of
/// nothing but `&` would take fifty times its place in memory.
const PARAMETERS_MAX: usize = 1000;

/// The embedded cloud behind its wire format.
pub struct Service {
    pub(super) cloud: Arc<Local>,
    pub(super) now: Now,
    pub(super) access_keys: AccessKeys,
    /// The temporary credentials that were given out.
    pub(super) issued: Mutex<AccessKeys>,
    pub(super) nonces: Mutex<Nonces>,
    pub(super) script: Script,
    pub(super) account: String,
    /// How many requests there were: the source of their ids.
    requests: AtomicU64,
}

/// What a request asks for, before anything of it was checked.
pub(super) struct Asked {
    pub(super) action: String,
    api_version: String,
    pub(super) parameters: Parameters,
}

impl Service {
    /// Serves a cloud, which makes keys by itself, to whoever has one of these access keys.
    #[must_use]
    pub fn new(
        cloud: Local,
        now: Now,
        access_keys: AccessKeys,
        script: Script,
        account: String,
    ) -> Self {
        Self {
            cloud: Arc::new(cloud.with_switches(script.switches)),
            now,
            access_keys,
            issued: Mutex::new(AccessKeys::none()),
            nonces: Mutex::default(),
            script,
            account,
            requests: AtomicU64::new(0),
        }
    }

    /// Answers a request. It never panics, whatever the request is.
    pub fn answer(&self, request: &HttpRequest, peer: Peer) -> Answer {
        let now = (self.now)();
        let id = self.request_id(now);
        if request.path.starts_with(admin::PATH) {
            return admin::answer(&self.cloud, request, peer);
        }
        let host = request.header("host").unwrap_or_default();
        match self.signed(request, now, &id) {
            Ok(answer) => answer,
            Err(problem) => problem.answer(host, &id),
        }
    }

    /// Answers a request of the API.
    fn signed(&self, request: &HttpRequest, now: Timestamp, id: &str) -> Result<Answer, Problem> {
        if request.path != "/" || !matches!(request.method.as_str(), "GET" | "POST") {
            return Err(Problem::no_such_api());
        }
        let of_form = request.body.iter().filter(|byte| **byte == b'&').count();
        if request.query.len() + of_form > PARAMETERS_MAX {
            let message = format!("A request has at most {PARAMETERS_MAX} parameters.");
            return Err(Problem::new(400, "InvalidParameter", message));
        }
        let asked = asked(request)?;
        let key = self.authenticate(request, now)?;
        if asked.api_version == STS_VERSION {
            return Ok(Answer::json(&self.sts(&asked, &key, now, id)?, id));
        }
        if asked.api_version != wire::VERSION {
            return Err(Problem::new(
                400,
                "InvalidVersion",
                "Specified parameter Version is not valid.",
            ));
        }
        self.act(&asked, &key, id)
    }

    /// Does what is asked for, and what the script says.
    fn act(&self, asked: &Asked, key: &AccessKey, id: &str) -> Result<Answer, Problem> {
        let effects = self.script.at(&asked.action);
        if effects.contains(&Effect::ExpireCredentials) {
            return Err(Problem::new(
                400,
                "InvalidSecurityToken.Expired",
                "Specified SecurityToken is expired.",
            ));
        }
        let request = wire::read_request(&asked.action, &asked.parameters)?;
        if request.region().is_some_and(|region| !regions::exists(region)) {
            return Err(wire::WireProblem::Region.into());
        }
        if let Some(empty) = self.permit(key, &request, id)? {
            return Ok(empty);
        }
        let response = match misbehaviour::call(&self.cloud, &request, &effects) {
            Ok(response) => response,
            Err(CallError::NoAnswer { .. }) if misbehaviour::loses(&effects) => {
                return Ok(Answer::HangUp);
            }
            Err(error) => return Err(misbehaviour::problem(error, &effects)),
        };
        let mut body = wire::write_answer(&request, &response, id);
        if self.script.switches.absent_key_pair_name {
            remove_empty_names(&mut body);
        }
        Ok(Answer::json(&body, id))
    }

    /// In the form of the service's: from the time and the number of requests.
    fn request_id(&self, now: Timestamp) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let time = format!("{:016X}", now.milliseconds());
        let (left, right) = time.split_at(8);
        format!("{left}-{}-{}-4000-{number:012X}", &right[..4], &right[4..])
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Removes the names of pairs that instances are not bound to.
fn remove_empty_names(body: &mut Value) {
    let instances = body.pointer_mut("/Instances/Instance").and_then(Value::as_array_mut);
    for instance in instances.into_iter().flatten().filter_map(Value::as_object_mut) {
        if instance.get("KeyPairName").is_some_and(|name| name == "") {
            instance.remove("KeyPairName");
        }
    }
}

/// What a request asks for. The newer signature has it in headers, the older one in parameters.
fn asked(request: &HttpRequest) -> Result<Asked, Problem> {
    let pairs = request.parameters();
    let parameter = |name: &str| {
        let found = pairs.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone());
        found.filter(|value| !value.is_empty())
    };
    let header = |name: &str| request.header(name).map(str::to_owned);
    let (action, api_version) = match request.header("authorization") {
        Some(_) => (header("x-acs-action"), header("x-acs-version")),
        None => (parameter("Action"), parameter("Version")),
    };
    let action = action.ok_or_else(|| Problem::mandatory("Action"))?;
    let api_version = api_version.ok_or_else(|| Problem::mandatory("Version"))?;
    Ok(Asked { action, api_version, parameters: Parameters::new(pairs) })
}
