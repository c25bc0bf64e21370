//! A shelf in a database of PostgreSQL, which may have those of several projects. A blob is a row
//! whose key is unique.

use tokio_postgres::{Client, Error, types::Type};

use super::{Created, Shelf, ShelfError, ShelfErrorKind};
use crate::{
    database::{DatabaseProblem, Settings, TimeLimits},
    model::{ProjectName, Timestamp},
    store::tables::{Fence, Tables},
};

/// The blobs of one project in a database.
#[derive(Debug)]
pub struct PostgresShelf {
    tables: Tables,
    fence: Fence,
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
        let tables = Tables::new(settings, limits, project)?;
        Ok(Self { tables, fence: Fence::default() })
    }

    /// What the leases of the same project tell of the one that this run holds.
    pub(in crate::store) fn fence(&self) -> &Fence {
        &self.fence
    }
}

/// What an insertion came to.
struct Inserted {
    is_new: bool,
    is_ours: bool,
}

/// Inserts a blob, in one statement and so in one transaction: if there is a lease, only while it is
/// the newest. Whoever takes it over waits for the row that this statement locks.
async fn insert(
    client: &Client,
    project: &str,
    (name, content): (&str, &[u8]),
    token: Option<i64>,
) -> Result<Inserted, Error> {
    let row = client
        .query_typed_one(
            "WITH lease AS (SELECT FROM keyform_leases WHERE project = $1 AND token = $4 \
                 AND NOT is_released FOR SHARE), \
             held AS (SELECT $4 IS NULL OR EXISTS (SELECT FROM lease) AS is_ours), \
             made AS (INSERT INTO keyform_blobs (project, name, content) \
                 SELECT $1, $2, $3 FROM held WHERE is_ours ON CONFLICT DO NOTHING RETURNING name) \
             SELECT is_ours, EXISTS (SELECT FROM made) FROM held",
            &[
                (&project, Type::TEXT),
                (&name, Type::TEXT),
                (&content, Type::BYTEA),
                (&token, Type::INT8),
            ],
        )
        .await?;
    Ok(Inserted { is_ours: row.try_get(0)?, is_new: row.try_get(1)? })
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
        let token = self.fence.token().and_then(|token| i64::try_from(token).ok());
        let inserted = self.tables.change(async |client, project| {
            insert(client, project, (name, content), token).await
        })?;
        match inserted {
            Inserted { is_ours: false, .. } => Err(ShelfError {
                place: self.place(),
                reason: "another run has taken the lock over".to_owned(),
                kind: ShelfErrorKind::Refused,
            }),
            Inserted { is_new: true, .. } => Ok(Created::New),
            Inserted { is_new: false, .. } => Ok(Created::Exists),
        }
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

    fn server_time(&self) -> Result<Option<Timestamp>, ShelfError> {
        let statement = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        let milliseconds = self.tables.ask(async |client, _| {
            client.query_typed_one(statement, &[]).await?.try_get::<_, i64>(0).map(Some)
        });
        Ok(milliseconds?.map(Timestamp::from_milliseconds))
    }

    fn place(&self) -> String {
        self.tables.place()
    }
}
