//! A run that is asked to stop, or has a deadline: what it has begun is finished and written down,
//! nothing new is begun, and the same command again comes to the same end.
//!
//! How many stops there were is printed; `cargo test stopping -- --nocapture` shows it.

#![expect(clippy::print_stdout, reason = "the number of stops is part of the result")]

use std::{
    collections::VecDeque,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keyform::{
    apply::{
        Answer, Budget, Call, CallFailure, Command, Event, Failure, Limits, Report, Run, Scheduler,
        StepEnd, StopReason, Ticket, WhyNot,
    },
    driver::{Asked, Clock, StopSwitch, SystemClock},
    ecs::{
        CallError, CloudRead, FailureKind, ReadAnswer, Request, Response, Transport, WriteAnswer,
    },
    model::{CloudName, Fingerprint, InstanceStatus, Lineage, ObservedPair, Tags, Timestamp},
    plan::{Plan, expect::Verdict},
    session::{Applied, ApplyRequest, Context, Engine, PlanOptions},
    state::{Entry, Records},
};

use super::scene::{INVENTORY, Ran, Scene, bound};

const SECOND: Duration = Duration::from_secs(1);

fn report(ran: Ran) -> Report {
    match ran.outcome {
        Ok(Applied::Ran { report, .. }) => report,
        other => panic!("it ran: {other:?}"),
    }
}

/// How many instances are bound, and how many of these in effect. None may be left down.
#[track_caller]
fn bound_and_in_effect(scene: &Scene) -> (usize, usize) {
    let end = scene.end();
    let instances = || end.instances.values();
    assert!(instances().all(|(_, _, status, _)| *status == InstanceStatus::Running), "{end:#?}");
    let bound = instances().filter(|(pair, ..)| pair.is_some());
    (bound.clone().count(), bound.filter(|(_, in_effect, ..)| *in_effect).count())
}

#[test]
fn a_wave_is_begun_only_if_it_can_be_ended_before_the_deadline() {
    // By the estimate a wave takes two and a half minutes, and any other step half a minute. In
    // this world only restarts take time, a minute each; once one is recorded, that counts.
    for (deadline, waves) in [(0, 0), (29, 0), (149, 0), (151, 1), (185, 2), (600, 3)] {
        let mut scene = Scene::new(&bound("web", "i-1, i-2, i-3"));
        scene.write("inventory.yaml", &INVENTORY.replace("restartTime: 30s", "restartTime: 60s"));
        let report = report(scene.with_deadline(SECOND * deadline).run(false, Vec::new()));
        assert_eq!(bound_and_in_effect(&scene), (waves, waves), "{deadline} s: {report:#?}");
        let reason = (waves < 3).then_some(StopReason::Deadline);
        assert_eq!((report.stopped, report.is_complete()), (reason, waves == 3), "{deadline} s");
        assert_eq!(scene.end().pairs.len(), usize::from(deadline > 29), "{deadline} s");
        let failed = report.steps.iter().any(|step| matches!(step.end, StepEnd::Failed(_)));
        assert!(!failed, "what was never begun has not failed: {report:#?}");
        scene.nothing_is_lost();
        scene.converge(false);
        assert_eq!(bound_and_in_effect(&scene), (3, 3));
        let restarts: Vec<_> = scene.end().instances.into_values().map(|one| one.3).collect();
        assert_eq!(restarts, [1, 1, 1], "{deadline} s");
    }
}

/// Something before the cloud that counts the calls from 0, and can let one fail.
struct Meddler<F> {
    inner: Arc<dyn Transport>,
    calls: AtomicUsize,
    meddle: F,
}

/// What is to become of a call.
enum Fate {
    Answered,
    /// It fails and takes no effect.
    NotSent,
    /// It takes effect, and its answer is lost.
    NoAnswer,
}

impl<F> Meddler<F> {
    fn new(inner: Arc<dyn Transport>, meddle: F) -> Self {
        Self { inner, calls: AtomicUsize::new(0), meddle }
    }
}

impl<F: Fn(usize, &Request) -> Fate + Send + Sync> Transport for Meddler<F> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let operation = request.operation();
        let reason = "the cable".to_owned();
        match (self.meddle)(self.calls.fetch_add(1, Ordering::SeqCst), request) {
            Fate::Answered => self.inner.call(request),
            Fate::NotSent => Err(CallError::NotSent { operation, reason }),
            Fate::NoAnswer => {
                self.inner.call(request)?;
                Err(CallError::NoAnswer { operation, reason })
            }
        }
    }
}

#[test]
fn a_call_is_not_tried_again_when_that_would_pass_the_deadline() {
    let scene = Scene::new(&bound("web", ""));
    let began = scene.clock.now();
    let report = report(scene.with_deadline(SECOND * 40).run_with(|inner| {
        Meddler::new(inner, |_, request: &Request| match request {
            Request::ImportKeyPair { .. } => Fate::NotSent,
            _ => Fate::Answered,
        })
    }));
    assert_eq!(report.stopped, Some(StopReason::Deadline));
    let failed = report.steps.iter().any(|step| matches!(step.end, StepEnd::Failed(_)));
    assert!(failed, "what was tried and failed is told as that: {report:#?}");
    assert!(scene.clock.now().since(began) <= SECOND * 10, "it ends when it can do no more");
    scene.converge(false);
}

/// One run that is asked to stop during a call, which then goes on as `fate` says; answers how many
/// writes came after it.
fn stopped_at(
    scene: &Scene,
    destroy: bool,
    at: usize,
    fate: fn() -> Fate,
) -> (Result<Report, Asked>, usize) {
    let (stopping, switch) = scene.with_stop();
    let late = Arc::new(AtomicUsize::new(0));
    let counter = late.clone();
    let asked = Arc::new(OnceLock::new());
    let asked_there = asked.clone();
    let ran = stopping.run_meddled(destroy, |inner| {
        Meddler::new(inner, move |call, request: &Request| {
            if call == at {
                asked_there.get_or_init(|| switch.ask());
                return fate();
            }
            if call > at && request.writes() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            Fate::Answered
        })
    });
    let asked = *asked.get().expect("the call was made");
    let result = match ran.outcome {
        Ok(Applied::Ran { report, .. }) => Ok(report),
        _ => Err(asked),
    };
    (result, late.load(Ordering::SeqCst))
}

#[test]
fn stopping_at_any_cloud_call_finishes_what_runs_and_the_next_run_comes_to_the_same_end() {
    let made = Scene::new(&bound("web", "i-1, i-2, i-3"));
    made.apply(false);
    let mut replaced = made.fork();
    replaced.write("web.yaml", &bound("ops", "i-1, i-2, i-3"));
    let created = Scene::new(&bound("web", "i-1, i-2, i-3"));
    let mut stops = 0;
    for (before, destroy) in [(created, false), (replaced, false), (made, true)] {
        let whole = before.fork();
        let calls = whole.run(destroy, Vec::new()).calls;
        let fates: [fn() -> Fate; 3] = [|| Fate::Answered, || Fate::NotSent, || Fate::NoAnswer];
        for (at, fate) in (0..calls).flat_map(|at| fates.map(|fate| (at, fate))) {
            let scene = before.fork();
            let (result, late_writes) = stopped_at(&scene, destroy, at, fate);
            assert_eq!(late_writes, 0, "call {at}: nothing new is begun");
            let down = scene.end().instances.into_values();
            let all_back = down.map(|one| one.2).all(|status| status == InstanceStatus::Running);
            assert!(all_back, "call {at}: {result:#?}");
            if let Ok(report) = result {
                let wanted = (!report.is_complete()).then_some(StopReason::Signal);
                assert_eq!(report.stopped, wanted, "call {at}: {report:#?}");
            }
            scene.nothing_is_lost();
            scene.converge(destroy);
            assert_eq!(scene.end(), whole.end(), "stopped at call {at}");
            stops += 1;
        }
    }
    println!("stops by a signal: {stops}");
}

#[test]
fn a_run_that_was_asked_to_stop_before_it_began_begins_nothing() {
    let scene = Scene::new(&bound("web", "i-1"));
    let (stopping, switch) = scene.with_stop();
    assert_eq!(switch.ask(), Asked::BeforeRun);
    assert_eq!(switch.ask(), Asked::Again);
    let ran = stopping.run(false, Vec::new());
    assert_eq!(ran.writes, []);
    let report = report(ran);
    assert_eq!(report.stopped, Some(StopReason::Signal));
    let later =
        |end: &StepEnd| *end == StepEnd::NotStarted(WhyNot::Stopped { reason: StopReason::Signal });
    assert!(report.steps.iter().all(|step| later(&step.end)), "{report:#?}");
    assert_eq!(StopSwitch::default().ask(), Asked::BeforeRun, "a new switch knows nothing of it");
}

#[test]
fn a_run_in_threads_that_was_asked_to_stop_before_it_began_begins_nothing() {
    let scene = Scene::new(&bound("web", ""));
    let (stopping, switch) = scene.with_stop();
    assert_eq!(switch.ask(), Asked::BeforeRun);
    let surroundings = Context {
        clock: Arc::new(SystemClock::new()),
        engine: Engine::Threads(2),
        ..stopping.surroundings()
    };
    let session = stopping.session_of(surroundings, |inner| inner).expect("the project opens");
    let wish = ApplyRequest::Fresh(PlanOptions::default());
    let applied =
        session.apply(wish, &mut |_| true, &mut |_, _, _| {}).expect("it comes to its end");
    let Applied::Ran { report, .. } = applied else { panic!("it ran: {applied:?}") };
    assert_eq!(report.stopped, Some(StopReason::Signal));
    assert!(report.steps.iter().all(|step| matches!(step.end, StepEnd::NotStarted(_))));
    assert!(scene.held().is_empty(), "no key is made");
}

/// A scheduler that makes one call at a time, driven by hand.
struct Driven<'p> {
    scheduler: Scheduler<'p>,
    clock: Timestamp,
    entries: Vec<Entry>,
    calls: Vec<(Ticket, Call)>,
    /// What its records are answered with; nothing while their sync takes its time.
    recorded: Option<Event>,
    report: Option<Report>,
}

impl<'p> Driven<'p> {
    fn new(plan: &'p Plan) -> Self {
        let run = Run {
            verdict: Verdict::default(),
            recorded: Records::default(),
            lineage: Lineage::from_random([7; 16]),
            revision: 1,
            held_keys: Default::default(),
            budget: Budget::unlimited(),
        };
        let limits = Limits { parallelism: 1, ..Limits::default() };
        let mut driven = Self {
            scheduler: Scheduler::new(plan, run, limits),
            clock: Timestamp::from_milliseconds(0),
            entries: Vec::new(),
            calls: Vec::new(),
            recorded: Some(Event::Recorded),
            report: None,
        };
        driven.hear(Event::Start);
        driven
    }

    fn hear(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for command in self.scheduler.handle(self.clock, event) {
                match command {
                    Command::Record(entries) => {
                        self.entries.extend(entries);
                        events.extend(self.recorded.clone());
                    }
                    Command::Call(ticket, call) => self.calls.push((ticket, call)),
                    Command::Finish(report) => self.report = Some(report),
                    Command::WakeAt(_) | Command::Show(_) => {}
                    Command::Stuck => panic!("nothing is awaited"),
                }
            }
        }
    }

    fn answer(&mut self, result: Result<Answer, CallFailure>) {
        let (ticket, _) = self.calls.remove(0);
        self.hear(Event::Answered(ticket, result));
    }

    fn imported() -> Answer {
        Answer::Wrote(WriteAnswer::Imported(Some(Fingerprint::from_bytes([7; 16]))))
    }

    /// The pair that was imported, as the service shows it.
    fn pair() -> ObservedPair {
        ObservedPair {
            name: CloudName::new("aa"),
            resource_group: None,
            fingerprint: Some(Fingerprint::from_bytes([7; 16])),
            creation_time: None,
            tags: Tags::new(),
        }
    }

    fn generated() -> Answer {
        let fingerprint = Fingerprint::from_bytes([7; 16]);
        Answer::Generated { fingerprint, public_key: "ssh-rsa AAAA".to_owned() }
    }
}

#[test]
fn calls_that_wait_for_a_thread_are_not_made_and_are_written_down_as_not_made() {
    let plan = in_two_regions();
    let mut driven = with_a_call_in_flight(&plan);
    driven.answer(Ok(Answer::Done));
    let before = driven.entries.len();
    let intents =
        matches!(driven.entries[before - 2..], [Entry::Intent { .. }, Entry::Intent { .. }]);
    assert!(intents && driven.calls.len() == 1, "{:?}", driven.entries);
    driven.hear(Event::Stop);
    assert_eq!(driven.report, None, "a call is in flight");
    assert!(
        matches!(&driven.entries[before..], [Entry::Outcome { changes, failures, done: false, .. }]
            if changes.is_empty() && failures.len() == 1),
        "the second import was not made: {:?}",
        driven.entries
    );
    driven.answer(Ok(Driven::imported()));
    assert_eq!(driven.calls, []);
    let report = driven.report.expect("it is over");
    assert_eq!(report.stopped, Some(StopReason::Signal));
}

#[test]
fn a_call_that_waits_to_be_repeated_has_failed_for_good() {
    let plan = Scene::new(&bound("aa", "")).plan(false);
    let mut driven = Driven::new(&plan);
    driven.answer(Ok(Driven::generated()));
    driven.answer(Ok(Answer::Done));
    let failure = CallFailure {
        message: "the service is busy".to_owned(),
        kind: FailureKind::Throttled { retry_after: None },
        outcome_unknown: false,
    };
    driven.answer(Err(failure.clone()));
    assert_eq!(driven.calls, [], "the import waits");
    driven.hear(Event::Stop);
    assert!(
        matches!(driven.calls[..], [(_, Call::Read(CloudRead::Pair { .. }))]),
        "{:?}",
        driven.calls
    );
    driven.answer(Ok(Answer::Read(ReadAnswer::Pair(None))));
    let report = driven.report.expect("it is over");
    assert_eq!(report.stopped, Some(StopReason::Signal));
    let failed = StepEnd::Failed(Failure::CallFailed(failure));
    assert!(report.steps.iter().any(|step| step.end == failed), "{report:#?}");
}

#[test]
fn a_run_is_over_when_all_that_it_has_done_is_durable() {
    let plan = Scene::new(&bound("aa", "")).plan(false);
    let mut driven = Driven::new(&plan);
    driven.answer(Ok(Driven::generated()));
    driven.answer(Ok(Answer::Done));
    driven.recorded = None;
    driven.answer(Ok(Driven::imported()));
    // Nothing binds to the pair, so that the run itself looks whether it shows.
    driven.answer(Ok(Answer::Read(ReadAnswer::Pairs(vec![Driven::pair()]))));
    let written =
        matches!(driven.entries[..], [.., Entry::Outcome { done: true, .. }, Entry::Finished]);
    assert!(written, "{:?}", driven.entries);
    driven.hear(Event::Recorded);
    assert_eq!(driven.report, None, "one record of two is durable");
    driven.hear(Event::Recorded);
    assert!(driven.report.expect("it is over").is_complete());
}

/// A pair of two regions: with one call at a time, one of its imports waits for the other.
fn in_two_regions() -> Plan {
    let pair = "apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {name: aa}\n";
    Scene::new(&format!("{pair}spec: {{regions: [cn-beijing, cn-hangzhou]}}\n")).plan(false)
}

/// A run whose first key is on its way into the vault.
fn with_a_call_in_flight(plan: &Plan) -> Driven<'_> {
    let mut driven = Driven::new(plan);
    driven.answer(Ok(Driven::generated()));
    assert!(matches!(driven.calls[..], [(_, Call::StoreKey { .. })]), "{:?}", driven.calls);
    driven
}

#[test]
fn a_record_that_could_not_be_written_drops_no_answer_in_flight() {
    let plan = in_two_regions();
    let mut driven = with_a_call_in_flight(&plan);
    driven.recorded = None;
    driven.answer(Ok(Answer::Done));
    assert_eq!(driven.calls.len(), 1, "one import is in flight: {:?}", driven.calls);
    driven.recorded = Some(Event::RecordFailed);
    // The outcome of the key, and the intents of both imports.
    for _ in 0..3 {
        driven.hear(Event::RecordFailed);
    }
    assert_eq!(driven.report, None, "a call is in flight");
    driven.answer(Ok(Driven::imported()));
    assert_eq!(driven.calls, [], "nothing new is begun");
    let report = driven.report.expect("it is over");
    assert_eq!(report.stopped, Some(StopReason::Unrecorded));
    let done = report.steps.iter().filter(|step| step.end == StepEnd::Done).count();
    assert_eq!(done, 2, "the key is stored, and one pair made: {report:#?}");
}

#[test]
fn a_run_that_has_lost_its_lock_begins_nothing_new() {
    let pairs = ["aa", "bb"].map(|name| bound(name, "")).join("---\n");
    let plan = Scene::new(&pairs).plan(false);
    let mut driven = with_a_call_in_flight(&plan);
    driven.hear(Event::LeaseLost);
    driven.answer(Ok(Answer::Done));
    assert_eq!(driven.calls, []);
    let report = driven.report.expect("it is over");
    assert_eq!(report.stopped, Some(StopReason::LeaseLost));
}
