//! Opening the project that a command is about.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    arguments::{DoctorOptions, Format, KeysOption},
    environment, gitignore,
    problem::ProblemsShown,
    random::random,
    runner, terminal,
};
use crate::{
    alicloud::Surroundings,
    diagnostic::Diagnostic,
    disk::RealDisk,
    driver::{Clock, StopSwitch, SystemClock, SystemCommands},
    model::TraceParent,
    render,
    session::{
        self, Asked, Context, Doctor, Engine, Invoker, LockWait, OpenError, Session, States,
    },
    store::HeldBy,
    vault::SystemKeys,
};

/// How many calls run at once where no flag says so.
const PARALLELISM: usize = 10;

/// How a run goes on.
pub(super) struct RunSettings {
    /// What time it is.
    pub(super) clock: SystemClock,
    /// How many calls run at once.
    pub(super) threads: usize,
    /// What asks it to stop.
    pub(super) stop: StopSwitch,
    /// From now.
    pub(super) deadline: Option<Duration>,
    /// How long another run's lock is waited for.
    pub(super) lock_timeout: Duration,
    /// Where private keys are kept, if a flag says so.
    pub(super) private_keys: Option<PathBuf>,
    /// The trace that it is a part of.
    pub(super) trace_parent: Option<TraceParent>,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            clock: SystemClock::new(),
            threads: PARALLELISM,
            stop: StopSwitch::default(),
            deadline: None,
            lock_timeout: Duration::ZERO,
            private_keys: None,
            trace_parent: None,
        }
    }
}

/// This machine: its disk, its clock, its randomness.
pub(super) fn context(run: RunSettings) -> Context {
    let environment = environment::inherited();
    Context {
        disk: Arc::new(RealDisk),
        deadline: run.deadline.map(|after| run.clock.now().plus(after)),
        clock: Arc::new(run.clock),
        keys: Arc::new(SystemKeys),
        commands: Arc::new(SystemCommands::new(environment.clone())),
        environment,
        random,
        run_id: random,
        engine: Engine::Threads(run.threads),
        is_paced: false,
        stop: run.stop,
        runner: Invoker { trace_parent: run.trace_parent, ..runner::runner() },
        lock_wait: LockWait { timeout: run.lock_timeout, on_wait: report_waiting },
        machine: environment::machine(run.private_keys),
        surroundings: environment::surroundings,
    }
}

fn report_waiting(by: &HeldBy) {
    terminal::eprint(&format!("Waiting for the lock that another run holds: {by}"));
}

/// Tells that a run goes on, of which what is shown may be a part.
pub(super) fn report_lock(locked_by: Option<&HeldBy>) {
    if let Some(by) = locked_by {
        terminal::eprint(&format!(
            "Note: a run is going on, and what is shown here may change: {by}"
        ));
    }
}

/// Opens the project in a directory for reading; a run that goes on is told.
pub(super) fn open(directory: &Path, keys: &KeysOption, format: Format) -> anyhow::Result<Session> {
    let private_keys = keys.private_keys.clone();
    let run = RunSettings { private_keys, ..RunSettings::default() };
    let session = open_with(directory, run, format)?;
    report_lock(session.locked_by().as_ref());
    Ok(session)
}

/// Opens the project in a directory for reading, and tells nothing that is no error.
pub(super) fn open_again(directory: &Path, keys: &KeysOption) -> anyhow::Result<Session> {
    let private_keys = keys.private_keys.clone();
    let run = RunSettings { private_keys, ..RunSettings::default() };
    Ok(Session::open(context(run), directory)?.0)
}

/// Opens the project in a directory; problems and warnings of the manifests are told.
pub(super) fn open_with(
    directory: &Path,
    run: RunSettings,
    problems_as: Format,
) -> anyhow::Result<Session> {
    let session = report_warnings(Session::open(context(run), directory), directory, problems_as)?;
    for keys in session.private_keys() {
        if let Some(warning) = gitignore::warning(directory, &keys) {
            terminal::eprint(&warning);
        }
    }
    Ok(session)
}

/// Opens the states of the project in a directory.
pub(super) fn open_states(
    directory: &Path,
    lock_timeout: Duration,
    problems_as: Format,
) -> anyhow::Result<States> {
    let run = RunSettings { lock_timeout, ..RunSettings::default() };
    report_warnings(States::open(context(run), directory), directory, problems_as)
}

/// Asks whose credentials the project in a directory is worked on with.
pub(super) fn ask_whoami(
    directory: &Path,
    around: Surroundings,
    problems_as: Format,
) -> anyhow::Result<Asked> {
    let context = context(RunSettings::default());
    report_warnings(session::ask_whoami(&context, directory, around), directory, problems_as)
}

/// Opens the project in a directory for looking at it, whether it can be worked on or not.
pub(super) fn open_doctor(
    directory: &Path,
    run: RunSettings,
    options: &DoctorOptions,
) -> anyhow::Result<Doctor> {
    let opened = Doctor::open(context(run), directory, options.record.is_some());
    report_warnings(opened, directory, options.format.format)
}

pub(super) fn report_warnings<T>(
    opened: Result<(T, Vec<Diagnostic>), OpenError>,
    directory: &Path,
    problems_as: Format,
) -> anyhow::Result<T> {
    match opened {
        Ok((opened, warnings)) => {
            if !warnings.is_empty() {
                let shown = render::diagnostics::text(&warnings, directory, true);
                terminal::eprint(shown.trim_end());
            }
            Ok(opened)
        }
        Err(OpenError::Manifests(diagnostics)) => {
            match problems_as {
                // A program reads standard output, and finds there what `validate` prints.
                Format::Json => {
                    let document = render::diagnostics::document(&diagnostics);
                    terminal::print(&format!("{document:#}\n"))?;
                }
                Format::Text => {
                    let shown = render::diagnostics::text(&diagnostics, directory, true);
                    terminal::eprint(&format!("{}\n", shown.trim_end()));
                }
            }
            Err(ProblemsShown.into())
        }
        Err(error) => Err(error.into()),
    }
}
