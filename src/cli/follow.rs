//! An apply from its plan to its end, and on to the work that it has deferred, shown as a
//! [`Reporter`] does it.

use std::{io, path::Path};

use anyhow::Context as _;

use super::{
    arguments::{Format, RunOptions},
    deferred,
    events::Events,
    exit_code::Exit,
    mode::{ApplyMode, due},
    people::People,
    project::{self, RunSettings},
    reporter::{Ended, Reporter},
    stopping, terminal,
};
use crate::{
    driver::SystemClock,
    render,
    rights::RightsReport,
    session::{Applied, ApplyRequest, Planned, RightsCheck, Session},
};

/// Applies a wish, unless there is an error instead of one: shows, asks where that is wanted, and
/// tells what became of it.
pub(super) fn apply(
    directory: &Path,
    wish: anyhow::Result<ApplyRequest>,
    options: &RunOptions,
    mode: ApplyMode<'_>,
) -> anyhow::Result<Exit> {
    let clock = SystemClock::new();
    let reporter: Box<dyn Reporter + '_> = match options.format {
        Format::Text => Box::new(People::new(directory, clock)),
        Format::Json => Box::new(Events::new(clock)),
    };
    let settings = |before_run| settings(options, clock, before_run);
    let mut calls = None;
    let ended = wish.and_then(|wish| {
        let session = match open(directory, mode, &settings, &*reporter)? {
            Ok(session) => session,
            Err(ended) => return Ok(ended),
        };
        let check = options.check_permissions.then_some(RightsCheck { on_checked });
        let session = session.checking_rights(check);
        let ended = run(&session, wish, options, mode, &*reporter);
        report_warnings(&session);
        calls = options.verbose.is_verbose.then(|| session.calls());
        ended
    });
    reporter.finished(&ended, calls)?;
    ended.map(|ended| ended.exit)
}

/// What went wrong beside the run itself.
fn report_warnings(session: &Session) {
    for problem in session.store_warnings() {
        let problem = anyhow::Error::from(problem);
        terminal::eprint(&format!(
            "Warning: the state is saved, and what is too old of it stays for now: {problem:#}"
        ));
    }
}

/// Opens the project, unless no one has approved and no one can be asked.
fn open(
    directory: &Path,
    mode: ApplyMode<'_>,
    settings: &dyn Fn(Exit) -> io::Result<RunSettings>,
    reporter: &dyn Reporter,
) -> anyhow::Result<Result<Session, Ended>> {
    if !mode.is_approved
        && let Some(reason) = reporter.cannot_ask()
    {
        terminal::eprint(reason);
        return Ok(Err(Ended { exit: Exit::NotApproved, report: None }));
    }
    let before_run = if mode.is_approved { Exit::Stopped } else { Exit::NotApproved };
    let settings = settings(before_run).context(
        "the system starts no thread to listen for signals, so nothing was done; run the same \
         command again once it does",
    )?;
    Ok(Ok(project::open_with(directory, settings, Format::Text)?))
}

fn run(
    session: &Session,
    wish: ApplyRequest,
    options: &RunOptions,
    mode: ApplyMode<'_>,
    reporter: &dyn Reporter,
) -> anyhow::Result<Ended> {
    let question = (!mode.is_approved).then_some(mode.question);
    let first = once(session, wish, question, reporter)?;
    if deferred::is_over(&first, mode) {
        return Ok(Ended::of(Exit::of_applied(&first), first));
    }
    loop {
        let left = session.deferred()?;
        reporter.left(&left, session.now())?;
        let Some(next) = deferred::next(session, mode, &left) else {
            return Ok(Ended::of(deferred::exit_after(session, mode, &first, &left)?, first));
        };
        reporter.waiting(next)?;
        if !session.wait_until(next) {
            reporter.out_of_time();
            return Ok(Ended::of(Exit::Stopped, first));
        }
        // What is due was approved with the plan that left it.
        let applied = once(session, due(options), None, reporter)?;
        if deferred::is_over(&applied, mode) {
            return Ok(Ended::of(Exit::of_applied(&applied), applied));
        }
    }
}

/// Applies one wish and tells of it.
fn once(
    session: &Session,
    wish: ApplyRequest,
    question: Option<&str>,
    reporter: &dyn Reporter,
) -> anyhow::Result<Applied> {
    let is_saved = match &wish {
        ApplyRequest::Saved(plan) => {
            reporter.saved(session, plan)?;
            true
        }
        ApplyRequest::Fresh(_) => false,
    };
    let mut not_shown = None;
    let mut approve = |planned: &Planned| match reporter.planned(&planned.plan, question) {
        Ok(is_approved) => is_approved,
        Err(error) => {
            not_shown = Some(error);
            false
        }
    };
    let applied = session
        .apply(wish, &mut approve, &mut |plan, at, progress| reporter.progress(plan, at, progress));
    reporter.ran();
    let applied = applied?;
    // A plan that was not seen was not declined either.
    if let Some(error) = not_shown {
        return Err(error.context("the plan could not be shown, so nothing was done"));
    }
    reporter.applied(session, &applied, is_saved)?;
    Ok(applied)
}

/// Tells what was found out about the caller's rights when none is missing.
fn on_checked(report: &RightsReport) {
    terminal::eprint(&render::rights::report(report));
}

/// How a run goes on; before it begins a signal ends the program with `before_run`.
fn settings(options: &RunOptions, clock: SystemClock, before_run: Exit) -> io::Result<RunSettings> {
    Ok(RunSettings {
        clock,
        threads: usize::from(options.parallelism),
        stop: stopping::on_signals(before_run)?,
        deadline: options.deadline,
        lock_timeout: options.lock.timeout,
        private_keys: options.keys.private_keys.clone(),
    })
}
