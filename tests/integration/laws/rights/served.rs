//! The cloud of a scene behind its server, without a socket: every call is signed, and judged by a
//! policy of RAM.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use keyform::{
    driver::{Clock, VirtualClock},
    ecs::{
        CallError, Request, Response, Transport,
        sign::{self, SigningKey},
        wire,
    },
    emulator::server::{AccessKeys, Answer, DEFAULT_ACCOUNT, Peer, Script, Service},
    rights::Policy,
};

use crate::laws::scene::Scene;

const HOST: &str = "127.0.0.1:8080";
const KEY: SigningKey<'static> =
    SigningKey { access_key_id: "ci", access_key_secret: "ci", security_token: None };

/// The calls that were made, in their order.
pub(super) type Calls = Arc<Mutex<Vec<Request>>>;

/// A server that enforces a policy, and who calls it.
pub(super) struct Served {
    service: Service,
    clock: VirtualClock,
    nonces: AtomicU64,
    calls: Calls,
}

impl Served {
    /// The cloud of a scene for a caller with this policy; `script` says what the server does wrong.
    pub(super) fn new(scene: &Scene, policy: &Policy, script: &str, calls: &Calls) -> Self {
        let policy = serde_json::to_string(policy).expect("JSON");
        let keys =
            format!("credentials:\n- {{accessKeyId: ci, accessKeySecret: ci, policy: {policy}}}\n");
        let clock = scene.clock.clone();
        let now = {
            let clock = clock.clone();
            Arc::new(move || clock.now())
        };
        let service = Service::new(
            scene.cloud(),
            now,
            AccessKeys::read(&keys).expect("access keys"),
            Script::read(script).expect("a script"),
            DEFAULT_ACCOUNT.to_owned(),
        );
        Self { service, clock, nonces: AtomicU64::new(0), calls: calls.clone() }
    }
}

impl Transport for Served {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        self.calls.lock().expect("no test panics here").push(request.clone());
        let operation = request.operation();
        let nonce = self.nonces.fetch_add(1, Ordering::Relaxed).to_string();
        let mut message = wire::http_request(request, HOST);
        sign::sign(&mut message, &KEY, self.clock.now(), &nonce);
        let Answer::Reply(reply) = self.service.answer(&message, Peer::Loopback) else {
            return Err(CallError::NoAnswer { operation, reason: "it hung up".to_owned() });
        };
        if reply.status == 200 {
            return Ok(wire::read_answer(request, reply.body.as_bytes()).expect("an answer"));
        }
        Err(wire::read_error(operation, reply.status, reply.body.as_bytes(), None).about(request))
    }
}
