//! What passes the seam of HTTP, for whoever wants to know how the service answers: its hosts, its
//! clock, and, if that is asked for, the bodies of ECS.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use zeroize::Zeroizing;

use super::http::{Http, HttpFailure, HttpRequest, HttpResponse};
use crate::{ecs::wire, model::Timestamp};

/// The operation whose answer has a private key. Its body is never kept (L4).
const HOLDS_PRIVATE_KEY: &str = "CreateKeyPair";

/// HTTP, and what was heard of it.
pub struct Overheard {
    inner: Arc<dyn Http>,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    keeps_bodies: bool,
    heard: Mutex<Vec<Heard>>,
}

/// One request and its answer. Nothing is kept of headers but the date, and nothing of the request
/// but its action.
#[derive(Clone)]
pub struct Heard {
    /// The host that was asked, with its port.
    pub host: String,
    /// Such as `POST`.
    pub method: &'static str,
    /// The operation, if the request is one of ECS.
    pub action: Option<String>,
    /// The status of HTTP; nothing if there was no answer.
    pub status: Option<u16>,
    /// How far the service's clock was ahead of this machine's, in milliseconds, by the date of the
    /// answer, which has whole seconds.
    pub ahead: Option<i64>,
    /// The body of an answer of ECS, if bodies are kept.
    body: Option<Zeroizing<Vec<u8>>>,
}

impl Heard {
    /// The body of an answer of ECS, if bodies are kept.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref().map(Vec::as_slice)
    }
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, action, status, .. } = self;
        f.debug_struct("Heard")
            .field("host", host)
            .field("action", action)
            .field("status", status)
            .finish_non_exhaustive()
    }
}

impl Overheard {
    /// Listens to what is sent by another one.
    #[must_use]
    pub fn new(
        inner: Arc<dyn Http>,
        now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
        keeps_bodies: bool,
    ) -> Self {
        Self { inner, now, keeps_bodies, heard: Mutex::default() }
    }

    /// What was heard so far, in the order of the answers.
    #[must_use]
    pub fn heard(&self) -> Vec<Heard> {
        self.all().clone()
    }

    /// What was heard last.
    #[must_use]
    pub fn last(&self) -> Option<Heard> {
        self.all().last().cloned()
    }

    fn all(&self) -> MutexGuard<'_, Vec<Heard>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Http for Overheard {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let asked = (self.now)();
        let answered = self.inner.send(request);
        // The service wrote the date somewhere between the two.
        let middle = asked.milliseconds().midpoint((self.now)().milliseconds());
        let header = |name: &str| {
            let mut headers = request.headers.iter();
            headers.find(|(one, _)| one == name).map(|(_, value)| value.clone())
        };
        let is_of_ecs = header("x-acs-version").as_deref() == Some(wire::VERSION);
        let action = header("x-acs-action").filter(|_| is_of_ecs);
        let answer = answered.as_ref().ok();
        let keeps = self.keeps_bodies && is_of_ecs && action.as_deref() != Some(HOLDS_PRIVATE_KEY);
        let heard = Heard {
            host: request.host.authority(),
            method: request.method.as_str(),
            action,
            status: answer.map(|answer| answer.status),
            ahead: answer.and_then(date).map(|date| date.saturating_sub(middle)),
            body: answer.filter(|_| keeps).map(|answer| answer.body.clone()),
        };
        self.all().push(heard);
        answered
    }
}

/// The date of an answer, in milliseconds since 1970.
pub(crate) fn date(answer: &HttpResponse) -> Option<i64> {
    let date = jiff::fmt::rfc2822::parse(answer.header("date")?).ok()?;
    Some(date.timestamp().as_millisecond())
}

impl fmt::Debug for Overheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overheard")
            .field("keeps_bodies", &self.keeps_bodies)
            .finish_non_exhaustive()
    }
}
