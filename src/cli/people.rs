//! An apply as people follow it: text, with a question where that is wanted.

use std::{
    cell::{Cell, RefCell},
    path::Path,
    sync::Arc,
    time::Duration,
};

use super::{
    reporter::{Ended, Reporter},
    screen::Screen,
    terminal,
};
use crate::{
    apply::Progress,
    driver::SystemClock,
    model::{CloudName, Timestamp},
    plan::Plan,
    render,
    session::{Applied, CallCount, Session},
    state::DeferredItem,
};

/// Results go to standard output, all else to standard error: on a terminal with a display below
/// it, and elsewhere with the seconds in front.
pub(super) struct People<'a> {
    /// The path of the project's directory.
    project: &'a Path,
    clock: SystemClock,
    /// When the run began.
    began: Cell<Option<Timestamp>>,
    screen: RefCell<Option<Screen>>,
}

impl<'a> People<'a> {
    pub(super) fn new(project: &'a Path, clock: SystemClock) -> Self {
        Self { project, clock, began: Cell::new(None), screen: RefCell::new(None) }
    }

    /// A run begins.
    fn begin(&self, plan: &Plan, at: Timestamp) {
        self.began.set(Some(at));
        if terminal::has_display() {
            let screen = Screen::begin(plan, at, Arc::new(self.clock));
            terminal::set_display(Some(screen.bar().clone()));
            self.screen.replace(Some(screen));
        }
    }
}

impl Reporter for People<'_> {
    fn cannot_ask(&self) -> Option<&'static str> {
        (!terminal::can_ask()).then_some(
            "Not approved: there is no terminal to ask on. Pass --auto-approve, or make a plan \
             with `keyform plan -o FILE`, have it reviewed, and pass that.",
        )
    }

    /// Whoever passes a plan has seen it, but perhaps not that a private key is gone since.
    fn saved(&self, session: &Session, _: &Plan) -> anyhow::Result<()> {
        let missing = session.missing_keys()?;
        Ok(terminal::print(&render::plan::first(&missing, self.project))?)
    }

    fn planned(&self, plan: &Plan, question: Option<&str>) -> anyhow::Result<bool> {
        terminal::print(&render::plan::text(plan, self.project))?;
        let is_approved = question.is_none_or(terminal::ask);
        // A blank line between the plan and what goes on.
        terminal::eprint("");
        Ok(is_approved)
    }

    fn progress(&self, plan: &Plan, at: Timestamp, progress: &Progress) {
        if matches!(progress, Progress::Begun { .. }) {
            self.begin(plan, at);
        }
        let elapsed = self.began.get().map_or(Duration::ZERO, |began| at.since(began));
        let line = render::progress::line(plan, progress)
            .map(|line| render::progress::timed(&line, elapsed));
        let screen = self.screen.borrow();
        let Some(screen) = screen.as_ref() else {
            return line.iter().for_each(|line| terminal::eprint(line));
        };
        screen.hear(plan, at, progress);
        // The display shows what is still awaited.
        if !matches!(progress, Progress::Still { .. }) {
            line.iter().for_each(|line| screen.say(line));
        }
    }

    fn ran(&self) {
        terminal::set_display(None);
        self.screen.replace(None);
    }

    fn applied(&self, session: &Session, applied: &Applied, _: bool) -> anyhow::Result<()> {
        match applied {
            Applied::Nothing(plan) => terminal::print(&render::plan::text(plan, self.project))?,
            Applied::Declined => terminal::eprint("Not approved, so nothing was done."),
            Applied::Ran { plan, report } => {
                let key_place = |name: &CloudName| Some(session.private_key_place(name));
                let text = render::report::text(plan, report, &key_place);
                terminal::print(&format!("\n{text}"))?;
            }
        }
        Ok(())
    }

    fn left(&self, left: &[DeferredItem], now: Timestamp) -> anyhow::Result<()> {
        Ok(terminal::print(&render::deferred::text(left, now))?)
    }

    fn waiting(&self, until: Timestamp) -> anyhow::Result<()> {
        terminal::eprint(&format!("Waiting until {}.", render::deferred::moment(until)));
        Ok(())
    }

    fn out_of_time(&self) {
        terminal::eprint("The deadline comes before that, so nothing more is done.");
    }

    /// All else was told, and an error is told as that of any command.
    fn finished(
        &self,
        _: &anyhow::Result<Ended>,
        calls: Option<Vec<CallCount>>,
    ) -> anyhow::Result<()> {
        if let Some(calls) = calls {
            terminal::eprint(render::calls::text(&calls).trim_end());
        }
        Ok(())
    }
}
