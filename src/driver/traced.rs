//! Tells the log of each call of the service.

use std::sync::Arc;

use tracing::{Span, debug, debug_span, field::Empty};

use super::clock::Clock;
use crate::{
    ecs::{CallError, Request, Response, Transport},
    model::Region,
    telemetry::CALL,
};

/// A transport that tells the log of what passes through it. The id of an answered request is noted
/// by whoever reads the answer, in the span of the call.
#[derive(Debug)]
pub struct Traced<T> {
    inner: T,
    clock: Arc<dyn Clock>,
}

impl<T: Transport> Traced<T> {
    /// A transport over another one.
    #[must_use]
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock }
    }
}

impl<T: Transport> Transport for Traced<T> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let (operation, region) =
            (request.operation(), request.region().map_or("", Region::as_str));
        let span = debug_span!(target: CALL, "call", operation, region, request_id = Empty);
        if span.is_disabled() {
            return self.inner.call(request);
        }
        span.in_scope(|| {
            let began = self.clock.now();
            let answer = self.inner.call(request);
            let took = self.clock.now().since(began);
            tell(&answer, u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
            answer
        })
    }
}

/// Tells how a call ended. What the service says in words may repeat anything, and is left out.
fn tell(answer: &Result<Response, CallError>, duration_ms: u64) {
    let Err(error) = answer else {
        return debug!(target: CALL, duration_ms, outcome = "answered");
    };
    if let CallError::Service { request_id, .. } = error {
        Span::current().record("request_id", request_id.as_str());
    }
    let outcome = match error {
        CallError::Service { .. } => "refused",
        CallError::NoAnswer { .. } => "noAnswer",
        CallError::NoCredentials { .. } => "noCredentials",
        CallError::NotSent { .. } => "notSent",
    };
    debug!(target: CALL, duration_ms, outcome, code = error.code());
}
