//! How a run hears that it is to stop.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Asks a run to stop; shared by its clones. It can be asked before the run begins.
#[derive(Clone, Default)]
pub struct StopSwitch(Arc<Mutex<Stage>>);

#[derive(Default)]
enum Stage {
    #[default]
    BeforeRun,
    /// A run goes on, and this wakes it.
    Running(Box<dyn Fn() + Send>),
    Asked,
}

/// What asking a run to stop came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// No run has begun; one that does now starts nothing.
    BeforeRun,
    /// The run was told, and ends when what it has begun is done.
    Told,
    /// It had been asked before.
    Again,
}

impl StopSwitch {
    /// Asks the run to stop.
    #[must_use]
    pub fn ask(&self) -> Asked {
        match std::mem::replace(&mut *self.stage(), Stage::Asked) {
            Stage::BeforeRun => Asked::BeforeRun,
            Stage::Running(wake) => {
                wake();
                Asked::Told
            }
            Stage::Asked => Asked::Again,
        }
    }

    /// A run begins, and `wake` is called when it is to stop. If it was asked to before, `wake` is
    /// never called, and [`StopSwitch::is_asked`] says so.
    pub fn begin(&self, wake: impl Fn() + Send + 'static) {
        let mut stage = self.stage();
        if !matches!(*stage, Stage::Asked) {
            *stage = Stage::Running(Box::new(wake));
        }
    }

    /// The run is over, and what asks from now on asks before the next one.
    pub fn end(&self) {
        let mut stage = self.stage();
        if !matches!(*stage, Stage::Asked) {
            *stage = Stage::BeforeRun;
        }
    }

    /// Whether the run was asked to stop.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        matches!(*self.stage(), Stage::Asked)
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for StopSwitch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StopSwitch").field("is_asked", &self.is_asked()).finish()
    }
}
