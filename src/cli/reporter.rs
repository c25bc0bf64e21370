//! What a run shows, whatever the format: each format is one implementation.

use super::exit_code::Exit;
use crate::{
    apply::{Progress, Report},
    model::Timestamp,
    plan::Plan,
    session::{Applied, CallCount, Session},
    state::DeferredItem,
};

/// How an apply ended.
pub(super) struct Ended {
    pub(super) exit: Exit,
    /// That of the run that says so, if there was one.
    pub(super) report: Option<Report>,
}

impl Ended {
    /// By what became of one apply.
    pub(super) fn of(exit: Exit, applied: Applied) -> Self {
        let report = match applied {
            Applied::Ran { report, .. } => Some(report),
            Applied::Nothing(_) | Applied::Declined => None,
        };
        Self { exit, report }
    }
}

/// Shows a run to whoever follows it.
pub(super) trait Reporter {
    /// Why no approval can be asked for, if none can.
    fn cannot_ask(&self) -> Option<&'static str>;

    /// A plan was made before, and is about to be applied.
    fn saved(&self, session: &Session, plan: &Plan) -> anyhow::Result<()>;

    /// A plan was made now. Answers whether it is approved; what cannot be shown is an error. Unless
    /// `question` is asked, whatever is shown is approved.
    fn planned(&self, plan: &Plan, question: Option<&str>) -> anyhow::Result<bool>;

    /// Something was done.
    fn progress(&self, plan: &Plan, at: Timestamp, progress: &Progress);

    /// No more progress comes of an apply, whatever became of it.
    fn ran(&self) {}

    /// What became of an apply. `is_saved` says whether its plan was made before.
    fn applied(&self, session: &Session, applied: &Applied, is_saved: bool) -> anyhow::Result<()>;

    /// The deferred work after an apply.
    fn left(&self, left: &[DeferredItem], now: Timestamp) -> anyhow::Result<()>;

    /// A moment is waited for.
    fn waiting(&self, until: Timestamp) -> anyhow::Result<()>;

    /// The deadline comes before the moment that would be waited for.
    fn out_of_time(&self);

    /// It is over, whatever it was. `calls` is how often the service was called, if that is wanted.
    fn finished(
        &self,
        ended: &anyhow::Result<Ended>,
        calls: Option<Vec<CallCount>>,
    ) -> anyhow::Result<()>;
}
