//! The driver of a bounded pool: a thread runs one attempt of one call and never waits.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use super::{Clock, DriverError, Listener, Outside, StopSwitch};
use crate::{
    apply::{Answer, Call, CallFailure, Command, Event, Report, Scheduler, Ticket},
    model::Timestamp,
    state::Entry,
    store::Journal,
};

type Job = (Ticket, Call);

/// What the conductor hears from other threads.
enum Heard {
    Answered(Ticket, Result<Answer, CallFailure>),
    Stop,
}

/// How long to wait for an answer when no moment was asked for.
const IDLE: Duration = Duration::from_secs(3600);

/// Runs a scheduler to its end, with a thread for each call that it makes at once; or, when it is
/// asked to stop, to the end of what it has begun.
///
/// # Errors
/// [`DriverError`] if the journal cannot be written; the calls that run are waited for.
pub fn run_threads(
    scheduler: Scheduler<'_>,
    outside: &Outside<'_>,
    journal: &mut Journal,
    clock: &dyn Clock,
    stop: &StopSwitch,
    listener: Listener<'_>,
) -> Result<Report, DriverError> {
    std::thread::scope(|scope| {
        let (send_job, jobs) = mpsc::channel::<Job>();
        let (send_answer, answers) = mpsc::channel::<Heard>();
        let send_stop = send_answer.clone();
        stop.begin(move || {
            // Once the run is over nobody has to hear it.
            let _ = send_stop.send(Heard::Stop);
        });
        let jobs = std::sync::Arc::new(Mutex::new(jobs));
        for _ in 0..scheduler.parallelism().max(1) {
            let (jobs, send_answer) = (jobs.clone(), send_answer.clone());
            scope.spawn(move || work(outside, &jobs, &send_answer));
        }
        // The workers end when the sender of jobs is dropped at the end of this scope.
        let mut conductor = Conductor { scheduler, journal, clock, listener, send_job };
        conductor.run(&answers, stop.is_asked())
    })
}

fn work(outside: &Outside<'_>, jobs: &Mutex<Receiver<Job>>, answers: &Sender<Heard>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((ticket, call)) = job else { return };
        // A mistake in one call must not leave the run waiting for its answer for ever.
        let answer =
            catch_unwind(AssertUnwindSafe(|| outside.execute(&call))).unwrap_or_else(|_| {
                Err(CallFailure {
                    message: "keyform made a mistake in this call; please report it".to_owned(),
                    transient: false,
                    outcome_unknown: true,
                })
            });
        if answers.send(Heard::Answered(ticket, answer)).is_err() {
            return;
        }
    }
}

struct Conductor<'a, 'p> {
    scheduler: Scheduler<'p>,
    journal: &'a mut Journal,
    clock: &'a dyn Clock,
    listener: Listener<'a>,
    send_job: Sender<Job>,
}

impl Conductor<'_, '_> {
    fn run(&mut self, answers: &Receiver<Heard>, was_asked: bool) -> Result<Report, DriverError> {
        let (mut event, mut then) =
            if was_asked { (Event::Stop, Some(Event::Start)) } else { (Event::Start, None) };
        loop {
            let commands = self.scheduler.handle(self.clock.now(), event);
            let mut wake_at = None;
            let mut entries = Vec::new();
            for command in commands {
                // Records that follow one another share a sync.
                if let Command::Record(more) = command {
                    entries.extend(more);
                    continue;
                }
                self.record(&mut entries)?;
                match command {
                    Command::Record(_) => {}
                    Command::Call(ticket, call) => {
                        // The workers live as long as this scope.
                        let _ = self.send_job.send((ticket, call));
                    }
                    Command::WakeAt(at) => wake_at = Some(at),
                    Command::Tell(progress) => (self.listener)(&progress),
                    Command::Finish(report) => return Ok(report),
                }
            }
            self.record(&mut entries)?;
            event = match then.take() {
                Some(event) => event,
                None => self.next_event(answers, wake_at),
            };
        }
    }

    fn record(&mut self, entries: &mut Vec<Entry>) -> Result<(), DriverError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.journal.append(&std::mem::take(entries)).map_err(DriverError::Journal)
    }

    fn next_event(&self, answers: &Receiver<Heard>, wake_at: Option<Timestamp>) -> Event {
        let wait = wake_at.map_or(IDLE, |at| at.since(self.clock.now()));
        match answers.recv_timeout(wait) {
            Ok(Heard::Answered(ticket, answer)) => Event::Answered(ticket, answer),
            Ok(Heard::Stop) => Event::Stop,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Event::Tick,
        }
    }
}
