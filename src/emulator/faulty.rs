//! A transport that misbehaves by a script.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    ecs::{BatchItem, CallError, Code, ItemResult, Request, Response, Transport},
    model::InstanceId,
};

/// A transport around another one, which does what its script says at the calls that it names.
#[derive(Debug)]
pub struct Faulty<T> {
    inner: T,
    faults: Vec<Fault>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    calls: usize,
    writes: Vec<Request>,
}

/// One line of the script.
#[derive(Clone, Debug)]
pub struct Fault {
    /// At which calls.
    pub when: When,
    /// What happens there.
    pub act: Act,
}

/// At which calls something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At the call with this number, from 0, reads and failed attempts included.
    Call(usize),
    /// At each call.
    Always,
}

/// What happens at a call.
#[derive(Clone)]
pub enum Act {
    /// The call fails and takes no effect.
    Before(InjectedFailure),
    /// The call takes effect, and then fails: its answer is lost.
    After(InjectedFailure),
    /// The service asks to come back later; the call takes no effect.
    Throttle,
    /// A read is answered by another cloud, such as this one as it was a moment ago; a write goes
    /// where it belongs.
    ReadFrom(Arc<dyn Transport>),
    /// The hook runs instead of the call, which is not answered: a test stops the machine with it.
    StopBefore(Hook),
    /// The call takes effect, then the hook runs, and the call is not answered.
    StopAfter(Hook),
    /// These instances of an AttachKeyPair, DetachKeyPair or RebootInstances are refused with this
    /// code, and nothing happens to them. Holds together with other faults of the same call.
    FailItems {
        /// Which.
        instance_ids: BTreeSet<InstanceId>,
        /// Such as `IncorrectInstanceStatus`.
        code: String,
    },
}

/// What a test wants to happen at a call.
pub type Hook = Arc<dyn Fn() + Send + Sync>;

/// How a call fails; its operation is that of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InjectedFailure {
    /// [`CallError::NotSent`].
    NotSent,
    /// [`CallError::NoAnswer`].
    NoAnswer,
    /// [`CallError::Service`].
    Service {
        /// The HTTP status.
        status: u16,
        /// Such as `InternalError`.
        code: String,
    },
}

impl<T: Transport> Faulty<T> {
    /// Wraps a transport. Of several faults at one call the first in the script happens, and with
    /// it every [`Act::FailItems`].
    pub fn new(inner: T, faults: Vec<Fault>) -> Self {
        Self { inner, faults, seen: Mutex::default() }
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.seen().calls
    }

    /// The calls that ask for a change, in the order in which they came, whatever became of them.
    #[must_use]
    pub fn writes(&self) -> Vec<Request> {
        self.seen().writes.clone()
    }

    /// The transport inside.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, request: &Request) -> usize {
        let mut seen = self.seen();
        if request.writes() {
            seen.writes.push(request.clone());
        }
        seen.calls += 1;
        seen.calls - 1
    }

    fn acts(&self, number: usize) -> impl Iterator<Item = &Act> {
        let here = move |fault: &&Fault| match fault.when {
            When::Call(call) => call == number,
            When::Always => true,
        };
        self.faults.iter().filter(here).map(|fault| &fault.act)
    }

    /// Calls without the instances that are to fail, and adds their failures to the answer; does
    /// not call if none is left.
    fn call_inner(&self, request: &Request, number: usize) -> Result<Response, CallError> {
        let mut request = request.clone();
        let Some(instance_ids) = items_of(&mut request) else {
            return self.inner.call(&request);
        };
        let (failing, passing): (Vec<_>, Vec<_>) = std::mem::take(instance_ids)
            .into_iter()
            .partition(|id| self.failing(id, number).is_some());
        if passing.is_empty() && !failing.is_empty() {
            return Ok(Response::Items(self.failures(failing, number)));
        }
        *instance_ids = passing;
        match self.inner.call(&request)? {
            Response::Items(mut items) => {
                items.extend(self.failures(failing, number));
                Ok(Response::Items(items))
            }
            other => Ok(other),
        }
    }

    fn failures(&self, ids: Vec<InstanceId>, number: usize) -> Vec<BatchItem> {
        let item = |instance_id: InstanceId| {
            let code = self.failing(&instance_id, number)?.to_owned();
            let message = "The script says so.".to_owned();
            Some(BatchItem { instance_id, result: ItemResult::Failure { code, message } })
        };
        ids.into_iter().filter_map(item).collect()
    }

    fn failing(&self, id: &InstanceId, number: usize) -> Option<&str> {
        self.acts(number).find_map(|act| match act {
            Act::FailItems { instance_ids, code } if instance_ids.contains(id) => {
                Some(code.as_str())
            }
            _ => None,
        })
    }
}

impl<T: Transport> Transport for Faulty<T> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let number = self.count(request);
        let operation = request.operation();
        let failure = |failure: &InjectedFailure| Err(failure.error(operation, number));
        let effect = || self.call_inner(request, number);
        match self.acts(number).find(|act| !matches!(act, Act::FailItems { .. })) {
            None | Some(Act::FailItems { .. }) => effect(),
            Some(Act::Before(error)) => failure(error),
            Some(Act::After(error)) => {
                let _lost = effect();
                failure(error)
            }
            Some(Act::ReadFrom(_)) if request.writes() => effect(),
            Some(Act::ReadFrom(other)) => other.call(request),
            Some(Act::Throttle) => failure(&InjectedFailure::Service {
                status: 400,
                code: Code::THROTTLING.to_owned(),
            }),
            Some(Act::StopBefore(hook)) => {
                hook();
                failure(&InjectedFailure::NoAnswer)
            }
            Some(Act::StopAfter(hook)) => {
                let _lost = effect();
                hook();
                failure(&InjectedFailure::NoAnswer)
            }
        }
    }
}

impl InjectedFailure {
    fn error(&self, operation: &'static str, number: usize) -> CallError {
        let reason = format!("the script says so at call {number}");
        match self {
            Self::NotSent => CallError::NotSent { operation, reason },
            Self::NoAnswer => CallError::NoAnswer { operation, reason },
            Self::Service { status, code } => CallError::Service {
                operation,
                status: *status,
                code: code.clone(),
                message: reason,
                request_id: format!("scripted-{number}"),
                retry_after: None,
                denied: None,
            },
        }
    }
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(failure) => f.debug_tuple("Before").field(failure).finish(),
            Self::After(failure) => f.debug_tuple("After").field(failure).finish(),
            Self::Throttle => f.write_str("Throttle"),
            Self::ReadFrom(_) => f.write_str("ReadFrom"),
            Self::StopBefore(_) => f.write_str("StopBefore"),
            Self::StopAfter(_) => f.write_str("StopAfter"),
            Self::FailItems { instance_ids, code } => {
                f.debug_tuple("FailItems").field(instance_ids).field(code).finish()
            }
        }
    }
}

/// The instances of a call that answers for each of them.
fn items_of(request: &mut Request) -> Option<&mut Vec<InstanceId>> {
    match request {
        Request::AttachKeyPair { instance_ids, .. }
        | Request::DetachKeyPair { instance_ids, .. }
        | Request::RebootInstances { instance_ids, .. }
        | Request::StartInstances { instance_ids, .. }
        | Request::StopInstances { instance_ids, .. } => Some(instance_ids),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
