//! The driver of one thread: every call is made at once, and time passes when all wait.

use std::collections::VecDeque;

use super::{
    clock::{Clock, VirtualClock},
    error::DriverError,
    listener::Listener,
    outside::Executor,
    scribe::Scribe,
    stop::StopSwitch,
};
use crate::{
    apply::{Command, Event, Report, Scheduler},
    store::Journal,
};

/// Runs a scheduler to its end.
///
/// # Errors
/// [`DriverError`].
pub fn run_inline(
    mut scheduler: Scheduler<'_>,
    outside: &Executor<'_>,
    journal: &mut Journal,
    clock: &VirtualClock,
    stop: &StopSwitch,
    listener: Listener<'_>,
) -> Result<Report, DriverError> {
    // Nobody sleeps here who would have to be woken: it is asked before each event.
    stop.begin(|| ());
    let mut scribe = Scribe::new(journal);
    let (mut was_told, mut has_lost) = (false, false);
    let mut events = VecDeque::from([Event::Start]);
    loop {
        let mut wake_at = None;
        while let Some(mut event) = events.pop_front() {
            if !was_told && stop.is_asked() {
                was_told = true;
                events.push_front(event);
                event = Event::Stop;
            }
            outside.lease.keep();
            if !has_lost && !outside.lease.is_held() {
                has_lost = true;
                events.push_front(event);
                event = Event::LeaseLost;
            }
            let now = clock.now();
            for command in scheduler.handle(now, event) {
                match command {
                    Command::Record(entries) => events.push_back(scribe.record(&entries)),
                    Command::Call(ticket, call) => {
                        let answer = match scribe.refusal(&call) {
                            Some(refusal) => Err(refusal),
                            None => outside.execute(&call),
                        };
                        events.push_back(Event::Answered(ticket, answer));
                    }
                    Command::WakeAt(at) => wake_at = Some(at),
                    Command::Show(progress) => listener(now, &progress),
                    Command::Finish(report) => return scribe.end(report),
                    Command::Stuck => return Err(DriverError::Stuck),
                }
            }
        }
        let Some(at) = wake_at else { return Err(DriverError::Stuck) };
        // The lease is renewed meanwhile, as another thread would.
        while let Some(due) = outside.lease.due_at().filter(|due| *due < at) {
            clock.advance_to(due);
            outside.lease.keep();
        }
        clock.advance_to(at);
        events.push_back(Event::Tick);
    }
}
