//! A transport that tries reads again, for everything that reads outside of a run.

use std::sync::Arc;

use super::clock::Clock;
use crate::{
    apply::backoff,
    ecs::{CallError, Request, Response, Transport},
};

/// How often a read is tried.
const ATTEMPTS_MAX: u32 = 6;

/// Tries reads again while that may help; passes writes through, once.
#[derive(Debug)]
pub struct Retrying<T> {
    inner: T,
    clock: Arc<dyn Clock>,
}

impl<T: Transport> Retrying<T> {
    /// A transport over another one.
    #[must_use]
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock }
    }
}

impl<T: Transport> Transport for Retrying<T> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let mut attempt = 1;
        loop {
            match self.inner.call(request) {
                Err(error)
                    if error.is_transient() && !request.writes() && attempt < ATTEMPTS_MAX =>
                {
                    self.clock.sleep(backoff(request.operation(), attempt));
                    attempt += 1;
                }
                other => return other,
            }
        }
    }
}
