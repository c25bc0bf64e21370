//! A service that is called too often: the run slows down, and comes to the same end.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use keyform::{
    apply::Report,
    driver::{Clock, VirtualClock},
    ecs::{CallError, Code, Request, Response, Transport},
    session::Applied,
};

use super::scene::{Ran, Scene, bound};

fn throttled(request: &Request, retry_after: Option<Duration>) -> CallError {
    CallError::Service {
        operation: request.operation(),
        status: 400,
        code: Code::THROTTLING.to_owned(),
        message: "Request was denied due to user flow control.".to_owned(),
        request_id: "1".to_owned(),
        retry_after,
        denied: None,
    }
}

fn complete(ran: &Ran) -> &Report {
    match &ran.outcome {
        Ok(Applied::Ran { report, .. }) => {
            assert!(report.is_complete(), "{report:#?}");
            report
        }
        other => panic!("it ran: {other:?}"),
    }
}

/// Many pairs in two regions, some of them bound.
fn many() -> Scene {
    let pairs = (0..60).map(|number| {
        format!(
            "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: p{number:02}}}\nspec: \
             {{regions: [cn-hangzhou, cn-beijing], publicKey: {:?}}}\n",
            super::scene::persons_key(0).openssh()
        )
    });
    let pairs: Vec<_> = pairs.collect();
    Scene::new(&format!("{}---\n{}", bound("web", "i-1, i-2, i-3"), pairs.join("---\n")))
}

/// What a service has answered of one operation in one region: when, and whether it was throttled.
type Answers = BTreeMap<(String, &'static str), Vec<(i64, bool)>>;

/// Takes so many calls of one operation and region in each second.
struct Limited {
    inner: Arc<dyn Transport>,
    clock: VirtualClock,
    per_second: usize,
    answers: Arc<Mutex<Answers>>,
}

impl Transport for Limited {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let second = self.clock.now().milliseconds() / 1000;
        let region = request.region().map(ToString::to_string).unwrap_or_default();
        let mut answers = self.answers.lock().expect("no test panics here");
        let of_lane = answers.entry((region, request.operation())).or_default();
        let count = of_lane.iter().filter(|(at, throttled)| *at == second && !throttled).count();
        let is_throttled = count >= self.per_second;
        of_lane.push((second, is_throttled));
        drop(answers);
        if is_throttled { Err(throttled(request, None)) } else { self.inner.call(request) }
    }
}

#[test]
fn a_run_slows_down_to_what_the_service_takes_and_comes_to_its_end() {
    let scene = many();
    let answers = Arc::new(Mutex::new(Answers::new()));
    let (clock, kept) = (scene.clock.clone(), answers.clone());
    let ran = scene.run_with(move |inner| Limited { inner, clock, per_second: 2, answers: kept });
    complete(&ran);
    let answers = answers.lock().expect("no test panics here");
    for region in ["cn-hangzhou", "cn-beijing"] {
        let imports = &answers[&(region.to_owned(), "ImportKeyPair")];
        let throttled = imports.iter().filter(|(_, throttled)| *throttled).count();
        let made = imports.len() - throttled;
        assert!(throttled > 0 && throttled < made, "{region}: {throttled} of {}", imports.len());
    }
    let again = scene.plan(false);
    assert!(again.is_empty(), "{again:#?}");
}

/// Three of ten calls are throttled, whatever their rate.
#[test]
fn a_run_of_which_a_third_is_throttled_converges() {
    for retry_after in [None, Some(Duration::from_millis(700))] {
        let scene = many();
        let calls = Mutex::new(0_usize);
        let ran = scene.run_with(|inner| Thirds { inner, calls, retry_after });
        complete(&ran);
        assert!(scene.plan(false).is_empty());
        scene.nothing_is_lost();
    }
}

struct Thirds {
    inner: Arc<dyn Transport>,
    calls: Mutex<usize>,
    retry_after: Option<Duration>,
}

impl Transport for Thirds {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let mut calls = self.calls.lock().expect("no test panics here");
        *calls += 1;
        // 3, 6 and 9 of ten.
        if matches!(*calls % 10, 3 | 6 | 9) {
            return Err(throttled(request, self.retry_after));
        }
        self.inner.call(request)
    }
}

/// One operation is throttled for a minute; the others go on, and nothing is tried before its time.
#[test]
fn the_service_says_when_to_come_back_and_is_heard() {
    let scene = Scene::new(&bound("web", "i-1"));
    let began = scene.clock.now();
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let (clock, kept) = (scene.clock.clone(), attempts.clone());
    struct Later<F>(Arc<dyn Transport>, F);
    impl<F: Fn(&Request) -> Option<CallError> + Send + Sync> Transport for Later<F> {
        fn call(&self, request: &Request) -> Result<Response, CallError> {
            match (self.1)(request) {
                Some(error) => Err(error),
                None => self.0.call(request),
            }
        }
    }
    let ran = scene.run_with(move |inner| {
        Later(inner, move |request: &Request| {
            if !matches!(request, Request::AttachKeyPair { .. }) {
                return None;
            }
            let mut attempts = kept.lock().expect("no test panics here");
            attempts.push(clock.now().since(began).as_secs());
            (attempts.len() == 1).then(|| throttled(request, Some(Duration::from_secs(60))))
        })
    });
    complete(&ran);
    let attempts = attempts.lock().expect("no test panics here");
    assert_eq!(attempts.len(), 2);
    assert!((60..62).contains(&(attempts[1] - attempts[0])), "{attempts:?}");
}
