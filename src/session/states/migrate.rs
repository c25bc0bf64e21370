//! Moving the state to where the manifests say now.

use super::States;
use crate::{
    manifest::Desired,
    session::{
        backends,
        error::OpenError,
        lock::take_lock,
        migration::{MigrationError, MigrationSource, Moving, earlier},
    },
    store::{HeldBy, MoveError, Moved, Mover, Store, StoreError},
};

/// Why a state was not moved to where the manifests say.
#[derive(Debug, thiserror::Error)]
pub enum StateMigrationError {
    /// There is no place to move it from.
    #[error(transparent)]
    Source(#[from] MigrationError),
    /// One of the two places cannot be asked, or may not be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The move itself.
    #[error(transparent)]
    Move(#[from] MoveError),
}

impl From<StoreError> for StateMigrationError {
    fn from(error: StoreError) -> Self {
        Self::Move(error.into())
    }
}

impl StateMigrationError {
    /// The stable code of its cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code().as_str(),
            Self::Open(error) => error.code(),
            Self::Move(error) => error.code(),
        }
    }
}

impl States {
    /// Moves the state from another place to this one, with its lineage and its history, under the
    /// locks of both. A move that was interrupted goes on.
    ///
    /// # Errors
    /// [`StateMigrationError`]; nothing is lost, and at most one of the two places has the state.
    pub fn migrate(&self, source: &MigrationSource) -> Result<Moved, StateMigrationError> {
        self.context.machine.admit_state(&self.desired.project)?;
        let from = self.source(source)?;
        // Before the lock, which makes the directory of a path that is wrong.
        if from.is_vacant()? {
            return Err(MoveError::Nothing { place: from.place() }.into());
        }
        let holding = take_lock(&self.store, &self.context, None)?;
        // A path and an address tell little of whether two places are one; a lock does.
        let by = from.lock().held_by()?;
        if by.as_ref().and_then(HeldBy::holder).is_some_and(|by| by.run == holding.run) {
            return Err(MigrationError::ToItself(Moving::State).into());
        }
        let leaving = take_lock(&from, &self.context, None)?;
        let check_locks = || holding.check(&self.store).and_then(|()| leaving.check(&from));
        let runner = &self.context.runner;
        let by = Mover {
            run: holding.run.clone(),
            user: runner.user.clone(),
            host: runner.host.clone(),
            at: self.context.clock.now(),
        };
        Ok(from.move_to(&self.store, &by, &check_locks)?)
    }

    fn source(&self, source: &MigrationSource) -> Result<Store, StateMigrationError> {
        let (context, directory) = (&self.context, &self.directory);
        match source {
            MigrationSource::Directory(states) => {
                let name = &self.desired.project.name;
                Ok(backends::store_in(states.clone(), name, directory, context))
            }
            MigrationSource::Project { path, text } => {
                let Desired { project, .. } = earlier(&self.desired, path, text)?;
                if project.state == self.desired.project.state {
                    return Err(MigrationError::ToItself(Moving::State).into());
                }
                Ok(backends::store(&project, directory, context)?)
            }
        }
    }
}
