//! An apply with `--format json`: events, one on each line of standard output.

use super::{
    exit_code::Exit,
    problem,
    reporter::{Ended, Reporter},
    terminal,
};
use crate::{
    apply::Progress,
    driver::{Clock, SystemClock},
    model::{Timestamp, TraceParent},
    plan::{Coded, Plan, check::Unsound},
    render::events::{Event, Finished, Line},
    session::{Applied, CallCount, Session, SessionError},
    state::DeferredItem,
};

/// With what has a code of its own in an error.
fn with_error<'a>(finished: Finished<'a>, error: &'a anyhow::Error) -> Finished<'a> {
    match error.downcast_ref() {
        Some(SessionError::Plan(error)) => {
            Finished { no_plan: Some(Coded::new(error)), ..finished }
        }
        Some(SessionError::Stale(stale)) => {
            Finished { stale: stale.iter().map(Coded::new).collect(), ..finished }
        }
        Some(SessionError::Unsound(Unsound(flaws)) | SessionError::Mistake(Unsound(flaws))) => {
            Finished { flaws: flaws.iter().map(Coded::new).collect(), ..finished }
        }
        _ => finished,
    }
}

/// The last event says how it ended, whatever it was.
pub(super) struct Events {
    clock: SystemClock,
    trace_parent: Option<TraceParent>,
}

impl Events {
    pub(super) fn new(clock: SystemClock, trace_parent: Option<TraceParent>) -> Self {
        Self { clock, trace_parent }
    }

    fn print(&self, event: Event<'_>) -> anyhow::Result<()> {
        self.print_line(Line::new(event, self.clock.now()))
    }

    fn print_line(&self, line: Line<'_>) -> anyhow::Result<()> {
        let line = line.in_trace(self.trace_parent.as_ref());
        Ok(terminal::print_json(&line.text())?)
    }
}

impl Reporter for Events {
    fn cannot_ask(&self) -> Option<&'static str> {
        Some(
            "Not approved: with --format json nobody is asked. Pass --auto-approve, or make a plan \
             with `keyform plan -o FILE`, have it reviewed, and pass that.",
        )
    }

    fn saved(&self, _: &Session, plan: &Plan) -> anyhow::Result<()> {
        self.print(Event::Plan { plan })
    }

    fn planned(&self, plan: &Plan, _: Option<&str>) -> anyhow::Result<bool> {
        self.print(Event::Plan { plan })?;
        Ok(true)
    }

    fn progress(&self, plan: &Plan, at: Timestamp, progress: &Progress) {
        // The run goes on although nobody hears of it; the last event will fail too, and say so.
        let _ = self.print_line(Line::of(progress, plan, at));
    }

    /// A plan with nothing to do was not shown yet, unless it was made before.
    fn applied(&self, _: &Session, applied: &Applied, is_saved: bool) -> anyhow::Result<()> {
        match applied {
            Applied::Nothing(plan) if !is_saved => self.print(Event::Plan { plan }),
            Applied::Nothing(_) | Applied::Declined | Applied::Ran { .. } => Ok(()),
        }
    }

    /// What is left is in the report.
    fn left(&self, _: &[DeferredItem], _: Timestamp) -> anyhow::Result<()> {
        Ok(())
    }

    fn waiting(&self, until: Timestamp) -> anyhow::Result<()> {
        self.print(Event::Waiting { until })
    }

    /// The exit code of the last event says it.
    fn out_of_time(&self) {}

    fn finished(
        &self,
        ended: &anyhow::Result<Ended>,
        calls: Option<Vec<CallCount>>,
    ) -> anyhow::Result<()> {
        let (exit, error, code) = match ended {
            Ok(ended) => (ended.exit, None, None),
            Err(error) => (Exit::of(error), Some(format!("{error:#}")), problem::code(error)),
        };
        let (exit_code, meaning) = (exit as u8, exit.meaning());
        let finished = Finished { exit_code, meaning, error, code, calls, ..Finished::default() };
        self.print(Event::Finished(match ended {
            Ok(Ended { report: Some(report), .. }) => finished.with_report(report),
            Ok(_) => finished,
            Err(error) => with_error(finished, error),
        }))
    }
}
