//! A transport that tries reads again, for everything that reads outside of a run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::clock::Clock;
use crate::{
    apply::{Budget, Lane, TRIED_FOR, wait_after},
    ecs::{CallError, Request, Response, Transport},
    model::Timestamp,
};

/// How often a read is tried that is not answered: about a quarter of a minute of waiting, for
/// someone waits for it.
const ATTEMPTS_MAX: u32 = 6;

/// Tries reads again while that may help, no more often than the service bears; passes writes
/// through, once.
#[derive(Debug)]
pub struct Retrying<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    budget: Arc<Mutex<Budget>>,
}

impl<T: Transport> Retrying<T> {
    /// A transport over another one, with a budget that all readers of a service share.
    #[must_use]
    pub fn new(inner: T, clock: Arc<dyn Clock>, budget: Arc<Mutex<Budget>>) -> Self {
        Self { inner, clock, budget }
    }

    /// Waits until a call may be made; answers when that was.
    fn wait_for_turn(&self, lane: &Lane) -> Timestamp {
        loop {
            let now = self.clock.now();
            let taken = self.budget().take(lane, 1, now);
            match taken {
                Ok(()) => return now,
                // Others that wait as well may come first.
                Err(at) => self.clock.sleep(at.since(now)),
            }
        }
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Transport> Transport for Retrying<T> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let (lane, began) = (Lane::of(request), self.clock.now());
        let (mut attempt, mut unanswered) = (0, 0);
        loop {
            let sent = self.wait_for_turn(&lane);
            let error = match self.inner.call(request) {
                Err(error) if error.is_transient() && !request.writes() => error,
                other => return other,
            };
            attempt += 1;
            let (now, wait) =
                (self.clock.now(), wait_after(&error.kind(), request.operation(), attempt));
            let may_help = if error.is_throttling() {
                let asked = error.retry_after().unwrap_or_default();
                self.budget().throttled(&lane, sent, now, asked);
                now.plus(wait).since(began) < TRIED_FOR
            } else {
                unanswered += 1;
                unanswered < ATTEMPTS_MAX
            };
            if !may_help {
                return Err(error);
            }
            self.clock.sleep(wait);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use super::*;
    use crate::{
        driver::VirtualClock,
        ecs::{DescribeInstances, InstancePage},
        model::Region,
    };

    fn read(region: &str) -> Request {
        let region = Region::new(region).expect("a region");
        Request::DescribeInstances(DescribeInstances::all(region))
    }

    fn page() -> Response {
        Response::Instances(InstancePage { total_count: None, instances: vec![], next_token: None })
    }

    /// A service that takes so many calls in each second, and says nothing of when to come back.
    struct Limited {
        clock: VirtualClock,
        per_second: usize,
        seconds: Mutex<BTreeMap<i64, usize>>,
        refused: AtomicUsize,
    }

    impl Transport for Limited {
        fn call(&self, request: &Request) -> Result<Response, CallError> {
            let mut seconds = self.seconds.lock().expect("no test panics here");
            let count = seconds.entry(self.clock.now().milliseconds() / 1000).or_default();
            *count += 1;
            if *count <= self.per_second {
                return Ok(page());
            }
            self.refused.fetch_add(1, Ordering::SeqCst);
            Err(throttled(request, None))
        }
    }

    fn throttled(request: &Request, retry_after: Option<Duration>) -> CallError {
        CallError::Service {
            operation: request.operation(),
            status: 400,
            code: "Throttling.User".to_owned(),
            message: String::new(),
            request_id: String::new(),
            retry_after,
            denied: None,
        }
    }

    fn clock() -> VirtualClock {
        VirtualClock::new(Timestamp::from_milliseconds(0))
    }

    fn over<T: Transport>(inner: T, clock: &VirtualClock) -> Retrying<T> {
        let budget = Arc::new(Mutex::new(Budget::limited()));
        Retrying::new(inner, Arc::new(clock.clone()), budget)
    }

    #[test]
    fn a_service_that_takes_few_calls_is_asked_more_slowly_and_answers_all() {
        let clock = clock();
        let (seconds, refused) = (Mutex::default(), AtomicUsize::new(0));
        let service = Limited { clock: clock.clone(), per_second: 3, seconds, refused };
        let transport = over(service, &clock);
        for _ in 0..300 {
            transport.call(&read("cn-hangzhou")).expect("an answer in the end");
        }
        let refused = transport.inner.refused.load(Ordering::SeqCst);
        assert!(refused < 100, "{refused} of 300 calls were refused");
        let took = clock.now().milliseconds() / 1000;
        assert!((100..250).contains(&took), "{took} s for 300 calls at 3 a second");
    }

    /// Fails each call with the same error.
    struct Failing<F>(F, AtomicUsize);

    impl<F: Fn(&Request) -> CallError + Send + Sync> Transport for Failing<F> {
        fn call(&self, request: &Request) -> Result<Response, CallError> {
            self.1.fetch_add(1, Ordering::SeqCst);
            Err(self.0(request))
        }
    }

    #[test]
    fn what_the_service_asks_to_wait_is_waited_and_not_for_ever() {
        let clock = clock();
        let minute = Some(Duration::from_secs(60));
        let failing =
            Failing(move |request: &Request| throttled(request, minute), AtomicUsize::new(0));
        let transport = over(failing, &clock);
        assert!(transport.call(&read("cn-hangzhou")).is_err());
        assert_eq!(transport.inner.1.load(Ordering::SeqCst), 5, "at 0, 1, 2, 3 and 4 minutes");
        assert!(clock.now().milliseconds() < 300_000);
    }

    #[test]
    fn a_read_without_an_answer_is_tried_six_times() {
        let clock = clock();
        let no_answer = |request: &Request| CallError::NoAnswer {
            operation: request.operation(),
            reason: "the cable".to_owned(),
        };
        let transport = over(Failing(no_answer, AtomicUsize::new(0)), &clock);
        assert!(transport.call(&read("cn-hangzhou")).is_err());
        assert_eq!(transport.inner.1.load(Ordering::SeqCst), 6);
        assert!(clock.now().milliseconds() < 20_000);
    }
}
