//! The tables of a database of PostgreSQL, which has the blobs and the leases of several projects.
//!
//! keyform makes them when it first writes to a database, as the user that it connects as, in that
//! user's first schema.

mod migrations;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio_postgres::{Client, Error, error::SqlState};

use super::{ShelfError, ShelfErrorKind};
use crate::{
    database::{Database, DatabaseFailure, DatabaseProblem, FailureKind, Settings, TimeLimits},
    model::ProjectName,
};

/// The rows of one project, over a connection of its own.
#[derive(Debug)]
pub(super) struct Tables {
    database: Database,
    project: ProjectName,
}

impl Tables {
    /// The rows of a project. Nothing is asked of the database yet.
    pub(super) fn new(
        settings: Settings,
        limits: TimeLimits,
        project: ProjectName,
    ) -> Result<Self, DatabaseProblem> {
        let database =
            Database::new(settings, limits, |client| Box::pin(migrations::check(client)))?;
        Ok(Self { database, project })
    }

    /// Asks for something that is in the tables; without them there is nothing.
    pub(super) fn ask<T: Default>(
        &self,
        operation: impl AsyncFnOnce(&mut Client, &str) -> Result<T, Error>,
    ) -> Result<T, ShelfError> {
        let answer = self.database.run(async |client| {
            match operation(client, self.project.as_str()).await {
                Err(error) if has_no_tables(&error) => Ok(T::default()),
                answer => answer,
            }
        });
        answer.map_err(|failure| self.failed(failure))
    }

    /// Changes something, in tables that are made before if they are not there.
    pub(super) fn change<T>(
        &self,
        operation: impl AsyncFn(&mut Client, &str) -> Result<T, Error>,
    ) -> Result<T, ShelfError> {
        let answer = self.database.run(async |client| {
            match operation(client, self.project.as_str()).await {
                Err(error) if has_no_tables(&error) => {
                    migrations::ensure(client).await?;
                    operation(client, self.project.as_str()).await
                }
                answer => answer,
            }
        });
        answer.map_err(|failure| self.failed(failure))
    }

    /// Where they are, without credentials.
    pub(super) fn place(&self) -> String {
        self.database.place()
    }

    fn failed(&self, failure: DatabaseFailure) -> ShelfError {
        let kind = match failure.kind {
            FailureKind::NotDone => ShelfErrorKind::Unreachable,
            FailureKind::Unknown => ShelfErrorKind::Lost,
            FailureKind::Refused => ShelfErrorKind::Refused,
        };
        ShelfError { place: self.place(), reason: failure.reason, kind }
    }
}

fn has_no_tables(error: &Error) -> bool {
    error.code() == Some(&SqlState::UNDEFINED_TABLE)
}

/// The token of the lease that this run holds, if it holds one: each transaction that creates a blob
/// looks whether it is still the newest.
#[derive(Clone, Debug, Default)]
pub(super) struct Fence(Arc<AtomicU64>);

impl Fence {
    /// The token; tokens begin with 1.
    pub(super) fn token(&self) -> Option<u64> {
        Some(self.0.load(Ordering::SeqCst)).filter(|token| *token > 0)
    }

    /// This run has taken a lease.
    pub(super) fn raise(&self, token: u64) {
        self.0.store(token, Ordering::SeqCst);
    }
}
