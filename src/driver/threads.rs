//! The driver of a bounded pool: a thread runs one attempt of one call and never waits, and another
//! thread writes the journal, so that the scheduler hears answers while a record is being synced.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use super::{
    clock::Clock,
    error::{CallMistake, DriverError},
    failure::local,
    listener::Listener,
    outside::Executor,
    scribe::Scribe,
    stop::StopSwitch,
    workers::{start, usual},
};
use crate::{
    apply::{Call, CallFailure, Command, Event, Report, Scheduler, Ticket},
    model::Timestamp,
    state::Entry,
    store::Journal,
};

type Job = (Ticket, Call);

/// What the scheduler wants of the other threads, in its order: a call is made when all records
/// before it are durable.
enum Order {
    Record(Vec<Entry>),
    Call(Job),
}

/// How long to wait for an event when no moment was asked for.
const IDLE: Duration = Duration::from_secs(3600);

/// Runs a scheduler to its end, with a thread for each call that it makes at once; or, when it is
/// asked to stop, to the end of what it has begun.
///
/// # Errors
/// [`DriverError`] if the journal cannot be written; the calls that run are waited for, and their
/// answers are heard. And if the system makes too few threads to begin.
pub fn run_threads(
    mut scheduler: Scheduler<'_>,
    outside: &Executor<'_>,
    journal: &mut Journal,
    clock: &dyn Clock,
    stop: &StopSwitch,
    listener: Listener<'_>,
) -> Result<Report, DriverError> {
    std::thread::scope(|scope| {
        let (send_order, orders) = mpsc::channel::<Order>();
        let (send_job, jobs) = mpsc::channel::<Job>();
        let (send_event, events) = mpsc::channel::<Event>();
        let (send_stop, send_lost) = (send_event.clone(), send_event.clone());
        stop.begin(move || {
            // Once the run is over nobody has to hear it.
            let _ = send_stop.send(Event::Stop);
        });
        outside.lease.begin(move || {
            let _ = send_lost.send(Event::LeaseLost);
        });
        let jobs = Arc::new(Mutex::new(jobs));
        let (send_answer, count) = (send_event.clone(), scheduler.parallelism().max(1));
        // There must be one scribe, and there may be few workers: so it is started first. The
        // workers end when this thread drops the sender of their jobs, and it ends when the sender
        // of orders is dropped at the end of this scope.
        let scribe = usual().spawn_scoped(scope, move || {
            let mut scribe = Scribe::new(journal);
            write(&mut scribe, &orders, &send_job, &send_event);
            scribe
        });
        let scribe = scribe.map_err(DriverError::NoThread)?;
        let workers = start(scope, usual, count, move || work(outside, &jobs, &send_answer));
        // Fewer take longer; without one nothing would ever be answered.
        if let (true, Some(error)) = (workers.handles.is_empty(), workers.refused) {
            return Err(DriverError::NoThread(error));
        }
        let conductor = Conductor { scheduler: &mut scheduler, clock, listener, send_order };
        let report = conductor.run(&events, stop.is_asked());
        match scribe.join() {
            Ok(scribe) => scribe.end(report?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Carries out orders: records that wait together share a sync.
fn write(
    scribe: &mut Scribe<'_>,
    orders: &Receiver<Order>,
    send_job: &Sender<Job>,
    send_event: &Sender<Event>,
) {
    let mut waiting: Option<Order> = None;
    while let Some(order) = waiting.take().or_else(|| orders.recv().ok()) {
        // Whoever hears of it lives as long as the run.
        match order {
            Order::Call((ticket, call)) => {
                let _ = match scribe.refusal(&call) {
                    Some(refusal) => {
                        send_event.send(Event::Answered(ticket, Err(refusal))).map_err(|_| ())
                    }
                    None => send_job.send((ticket, call)).map_err(|_| ()),
                };
            }
            Order::Record(mut entries) => {
                let mut records = 1;
                for order in orders.try_iter() {
                    match order {
                        Order::Record(more) => {
                            entries.extend(more);
                            records += 1;
                        }
                        call @ Order::Call(_) => {
                            waiting = Some(call);
                            break;
                        }
                    }
                }
                let event = scribe.record(&entries);
                for _ in 0..records {
                    let _ = send_event.send(event.clone());
                }
            }
        }
    }
}

fn work(outside: &Executor<'_>, jobs: &Mutex<Receiver<Job>>, events: &Sender<Event>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((ticket, call)) = job else { return };
        // A mistake in one call must not leave the run waiting for its answer for ever.
        let answer =
            catch_unwind(AssertUnwindSafe(|| outside.execute(&call))).unwrap_or_else(|_| {
                Err(CallFailure {
                    outcome_unknown: true,
                    ..local(&CallMistake::Panicked, CallMistake::Panicked.code().as_str())
                })
            });
        if events.send(Event::Answered(ticket, answer)).is_err() {
            return;
        }
    }
}

struct Conductor<'a, 'p> {
    scheduler: &'a mut Scheduler<'p>,
    clock: &'a dyn Clock,
    listener: Listener<'a>,
    send_order: Sender<Order>,
}

impl Conductor<'_, '_> {
    fn run(self, events: &Receiver<Event>, was_asked: bool) -> Result<Report, DriverError> {
        let (mut event, mut then) =
            if was_asked { (Event::Stop, Some(Event::Start)) } else { (Event::Start, None) };
        loop {
            let mut wake_at = None;
            let now = self.clock.now();
            for command in self.scheduler.handle(now, event) {
                let order = match command {
                    Command::Record(entries) => Order::Record(entries),
                    Command::Call(ticket, call) => Order::Call((ticket, call)),
                    Command::WakeAt(at) => {
                        wake_at = Some(at);
                        continue;
                    }
                    Command::Show(progress) => {
                        (self.listener)(now, &progress);
                        continue;
                    }
                    Command::Finish(report) => return Ok(report),
                    Command::Stuck => return Err(DriverError::Stuck),
                };
                // The thread that carries orders out lives as long as this sender.
                let _ = self.send_order.send(order);
            }
            event = match then.take() {
                Some(event) => event,
                None => self.next_event(events, wake_at),
            };
        }
    }

    fn next_event(&self, events: &Receiver<Event>, wake_at: Option<Timestamp>) -> Event {
        let wait = wake_at.map_or(IDLE, |at| at.since(self.clock.now()));
        match events.recv_timeout(wait) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Event::Tick,
        }
    }
}
