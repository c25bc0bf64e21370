//! A shelf in a database of PostgreSQL, which may have those of several projects. A blob is a row
//! whose key is unique.

use tokio_postgres::types::Type;

use super::{Created, Shelf, ShelfError};
use crate::{
    database::{DatabaseProblem, Settings, TimeLimits},
    model::ProjectName,
    store::tables::Tables,
};

/// The blobs of one project in a database.
#[derive(Debug)]
pub struct PostgresShelf {
    tables: Tables,
}

impl PostgresShelf {
    /// The blobs of a project. Nothing is asked of the database yet.
    ///
    /// # Errors
    /// [`DatabaseProblem`].
    pub fn new(
        settings: Settings,
        limits: TimeLimits,
        project: ProjectName,
    ) -> Result<Self, DatabaseProblem> {
        Ok(Self { tables: Tables::new(settings, limits, project)? })
    }
}

impl Shelf for PostgresShelf {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        self.tables.ask(async |client, project| {
            let rows = client
                .query_typed(
                    "SELECT name FROM keyform_blobs WHERE project = $1 AND starts_with(name, $2) \
                     ORDER BY name",
                    &[(&project, Type::TEXT), (&prefix, Type::TEXT)],
                )
                .await?;
            rows.iter().map(|row| row.try_get(0)).collect()
        })
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        self.tables.ask(async |client, project| {
            let row = client
                .query_typed_opt(
                    "SELECT content FROM keyform_blobs WHERE project = $1 AND name = $2",
                    &[(&project, Type::TEXT), (&name, Type::TEXT)],
                )
                .await?;
            row.map(|row| row.try_get(0)).transpose()
        })
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        // One statement is one transaction.
        let inserted = self.tables.change(async |client, project| {
            client
                .execute_typed(
                    "INSERT INTO keyform_blobs (project, name, content) VALUES ($1, $2, $3) \
                     ON CONFLICT DO NOTHING",
                    &[(&project, Type::TEXT), (&name, Type::TEXT), (&content, Type::BYTEA)],
                )
                .await
        })?;
        Ok(if inserted > 0 { Created::New } else { Created::Exists })
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.tables.ask(async |client, project| {
            let removed = client
                .execute_typed(
                    "DELETE FROM keyform_blobs WHERE project = $1 AND name = $2",
                    &[(&project, Type::TEXT), (&name, Type::TEXT)],
                )
                .await;
            removed.map(|_| ())
        })
    }

    fn place(&self) -> String {
        self.tables.place()
    }
}
