//! A client that signs its calls, and a server without a socket to call.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use keyform::{
    disk::MemoryDisk,
    ecs::{
        Request,
        sign::{self, SigningKey},
        wire::{self, HttpRequest},
    },
    emulator::{
        Local, Now,
        server::{AccessKeys, Answer, DEFAULT_ACCOUNT, Peer, Reply, Script, Service},
    },
    keys::PooledKeys,
    manifest::decode_inventory,
    model::{CloudName, InstanceId, Region, Tags, Timestamp},
};
use serde_json::Value;

/// Parameters as a form or a query of most clients has them: with `+` for a blank.
pub(crate) fn form_of(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Instances to play with: two Linux ones that are Running, one that is Stopped, one of Windows.
pub(crate) const INVENTORY: &str = "\
apiVersion: keyform/v1
kind: Inventory
spec:
  restartTime: 200ms
  instances:
    - {id: i-1, region: cn-hangzhou, name: web-1, privateAddress: 10.0.0.1}
    - {id: i-2, region: cn-hangzhou, name: web-2}
    - {id: i-stopped, region: cn-hangzhou, status: Stopped}
    - {id: i-windows, region: cn-hangzhou, osType: windows}
    - {id: i-far, region: cn-beijing}
";

/// Where the clock of these tests begins: 2026-11-22T10:00:30Z.
const START: i64 = 1_795_341_630_000;
pub(crate) const HOST: &str = "127.0.0.1:8080";
pub(crate) const KEY: SigningKey<'static> =
    SigningKey { access_key_id: "emulator", access_key_secret: "emulator", security_token: None };
/// A public key of OpenSSH.
pub(crate) const PUBLIC_KEY: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCUPbFPa9nbt3FNavj0SO0n+baPAM5Qad4GfYG3JHrMsOQsLM5ZIaeBJAkm2e+eTqD82alT0GEDsdbiXjPDzz9U=";

pub(crate) fn region() -> Region {
    Region::new("cn-hangzhou").expect("a region")
}

pub(crate) fn ids(texts: &[&str]) -> Vec<InstanceId> {
    texts.iter().copied().map(InstanceId::new).collect()
}

pub(crate) fn import(name: &str) -> Request {
    Request::ImportKeyPair {
        region: region(),
        key_pair_name: CloudName::new(name),
        public_key_body: PUBLIC_KEY.to_owned(),
        tags: Tags::new(),
        resource_group_id: None,
    }
}

pub(crate) fn attach(name: &str, instances: &[&str]) -> Request {
    let (key_pair_name, instance_ids) = (CloudName::new(name), ids(instances));
    Request::AttachKeyPair { region: region(), key_pair_name, instance_ids }
}

/// A call by its parameters, as other clients may make it.
pub(crate) fn raw(action: &str, parameters: &[(&str, &str)]) -> HttpRequest {
    let mut request = wire::http_request(&Request::DescribeRegions, HOST);
    request.headers.insert("x-acs-action".to_owned(), action.to_owned());
    let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
    request.query = parameters.iter().map(owned).collect();
    request
}

/// A server without a socket, and its clock.
pub(crate) struct Bench {
    pub(crate) service: Service,
    clock: Arc<AtomicI64>,
    nonces: AtomicU64,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with("{}", AccessKeys::default())
    }

    /// With a script of faults.
    pub(crate) fn scripted(script: &str) -> Self {
        Self::with(script, AccessKeys::default())
    }

    pub(crate) fn with(script: &str, access_keys: AccessKeys) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let reader = Arc::clone(&clock);
        let now: Now =
            Arc::new(move || Timestamp::from_milliseconds(reader.load(Ordering::Relaxed)));
        let service = service(script, access_keys, now);
        Self { service, clock, nonces: AtomicU64::new(0) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.clock.load(Ordering::Relaxed))
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.clock.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Signs a request as it is now, with a new nonce.
    pub(crate) fn signed(&self, mut request: HttpRequest) -> HttpRequest {
        let nonce = self.nonces.fetch_add(1, Ordering::Relaxed).to_string();
        sign::sign(&mut request, &KEY, self.now(), &nonce);
        request
    }

    /// Signs a request and sends it.
    pub(crate) fn send(&self, request: HttpRequest) -> Reply {
        self.post(&self.signed(request))
    }

    /// Sends a request as it is.
    pub(crate) fn post(&self, request: &HttpRequest) -> Reply {
        match self.service.answer(request, Peer::Loopback) {
            Answer::Reply(reply) => reply,
            Answer::HangUp => panic!("{request:?} is answered"),
        }
    }

    /// The body of the answer to a call that must succeed.
    #[track_caller]
    pub(crate) fn call(&self, request: &Request) -> Value {
        let reply = self.send(wire::http_request(request, HOST));
        assert_eq!(reply.status, 200, "{request:?}: {}", reply.body);
        json(&reply)
    }

    /// HTTP status and code of a call that must be refused.
    #[track_caller]
    pub(crate) fn refusal(&self, request: &Request) -> (u16, String) {
        refusal(&self.send(wire::http_request(request, HOST)))
    }

    /// The same of a call by its parameters.
    #[track_caller]
    pub(crate) fn raw_refusal(&self, action: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        refusal(&self.send(raw(action, parameters)))
    }
}

/// A server of the inventory of these tests, with its state in memory.
pub(crate) fn service(script: &str, access_keys: AccessKeys, now: Now) -> Service {
    let script = Script::read(script).expect("a script");
    Service::new(cloud(now.clone()), now, access_keys, script, DEFAULT_ACCOUNT.to_owned())
}

/// The cloud of that server.
pub(crate) fn cloud(now: Now) -> Local {
    let source = keyform::diagnostic::Source {
        path: "inventory.yaml".to_owned(),
        text: INVENTORY.to_owned(),
    };
    let inventory = decode_inventory(&Arc::new(source)).expect("an inventory");
    let disk = Arc::new(MemoryDisk::new());
    let cloud = Local::open(disk, "cloud".as_ref(), inventory, now).expect("no log");
    cloud.with_keys(Arc::new(PooledKeys::new(0)))
}

pub(crate) fn json(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).expect("JSON")
}

/// Status and code of a refusal, which has all that one of the service has.
#[track_caller]
pub(crate) fn refusal(reply: &Reply) -> (u16, String) {
    let body = json(reply);
    for field in ["RequestId", "HostId", "Message", "Recommend"] {
        let value = body[field].as_str().unwrap_or_default();
        assert!(!value.is_empty(), "{field}: {body}");
    }
    let id = reply.headers.iter().find(|(name, _)| *name == "x-acs-request-id");
    assert_eq!(id.map(|(_, id)| id.as_str()), body["RequestId"].as_str());
    (reply.status, body["Code"].as_str().expect("a code").to_owned())
}
