//! The lease of a project in a database of PostgreSQL: one row, and the server's time.
//!
//! The row has a token that grows with each run that takes the lease. Whoever holds it has it until a
//! moment of the server's clock, and puts that further off with each renewal. The transaction that
//! creates a blob looks at the token: a run whose lease is gone writes nothing, whatever it believes.

use std::time::Duration;

use tokio_postgres::{
    Client, Error, GenericClient,
    types::{ToSql, Type},
};

use super::{
    PostgresShelf, ShelfError,
    tables::{Fence, Tables},
};
use crate::{
    database::{DatabaseProblem, Settings, TimeLimits},
    model::ProjectName,
};

/// The leases of a project, over a connection of their own: a renewal does not wait for a large blob.
#[derive(Debug)]
pub struct PostgresLeases {
    tables: Tables,
    fence: Fence,
    time_to_live: Duration,
}

/// What claiming a lease came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Claim {
    /// It is held by the run that claimed it.
    Ours {
        /// A number that is larger than those of all leases before.
        token: u64,
        /// Whether the run before has not given it up, and may still believe that it has it.
        takes_over: bool,
    },
    /// Another run holds it.
    Held(ClaimedBy),
}

/// Who holds a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedBy {
    /// The token of its lease.
    pub token: u64,
    /// The id of the run.
    pub run: String,
    /// What the run said of itself.
    pub holder: String,
    /// Until when it is held, in microseconds of the server's clock: later after each renewal.
    pub expires: i64,
}

/// The row of a project, as of a moment of the server's clock.
struct Row {
    by: ClaimedBy,
    is_released: bool,
    has_expired: bool,
}

impl Row {
    fn is_held(&self) -> bool {
        !self.is_released && !self.has_expired
    }
}

impl PostgresLeases {
    /// The leases beside the blobs of a project, each held for this long after it was taken or
    /// renewed. Nothing is asked of the database yet.
    ///
    /// # Errors
    /// [`DatabaseProblem`].
    pub fn new(
        settings: Settings,
        limits: TimeLimits,
        (shelf, project): (&PostgresShelf, ProjectName),
        time_to_live: Duration,
    ) -> Result<Self, DatabaseProblem> {
        let tables = Tables::new(settings, limits, project)?;
        Ok(Self { tables, fence: shelf.fence().clone(), time_to_live })
    }

    /// Where they are, without credentials.
    #[must_use]
    pub fn place(&self) -> String {
        self.tables.place()
    }

    /// For how long a lease is held after it was taken or renewed.
    #[must_use]
    pub fn time_to_live(&self) -> Duration {
        self.time_to_live
    }

    /// Takes the lease for a run if no other one holds it by the server's clock. From then on what the
    /// shelf creates is created only while this lease is the newest. A run that claims again, since
    /// an answer was lost, has the lease that it took.
    ///
    /// # Errors
    /// [`ShelfError`].
    pub fn claim(&self, run: &str, holder: &str) -> Result<Claim, ShelfError> {
        let milliseconds = self.milliseconds();
        let claim = self.tables.change(async |client, project| {
            take(client, project, (run, holder), milliseconds).await
        })?;
        if let Claim::Ours { token, .. } = claim {
            self.fence.raise(token);
        }
        Ok(claim)
    }

    /// Holds a lease for another time to live; answers whether it is still the newest.
    ///
    /// # Errors
    /// [`ShelfError`].
    pub fn renew(&self, token: u64) -> Result<bool, ShelfError> {
        let statement = "UPDATE keyform_leases \
             SET expires_at = clock_timestamp() + $3 * interval '1 millisecond' \
             WHERE project = $1 AND token = $2 AND NOT is_released";
        let (token, milliseconds) = (number(token), self.milliseconds());
        let renewed = self.tables.change(async |client, project| {
            let parameters: [(&(dyn ToSql + Sync), Type); 3] =
                [(&project, Type::TEXT), (&token, Type::INT8), (&milliseconds, Type::INT8)];
            client.execute_typed(statement, &parameters).await
        });
        Ok(renewed? > 0)
    }

    /// Gives a lease up, if it is still the newest.
    ///
    /// # Errors
    /// [`ShelfError`]: then others wait until its time is over.
    pub fn release(&self, token: u64) -> Result<(), ShelfError> {
        let statement = "UPDATE keyform_leases SET is_released = true \
             WHERE project = $1 AND token = $2";
        let token = number(token);
        let released = self.tables.change(async |client, project| {
            let parameters: [(&(dyn ToSql + Sync), Type); 2] =
                [(&project, Type::TEXT), (&token, Type::INT8)];
            client.execute_typed(statement, &parameters).await
        });
        released.map(|_| ())
    }

    /// Takes the lease from the run with this id and gives it up at once, on behalf of another run;
    /// answers whether that run had it.
    ///
    /// # Errors
    /// [`ShelfError`].
    pub fn free(&self, run: &str, by: (&str, &str)) -> Result<bool, ShelfError> {
        self.tables.change(async |client, project| {
            let transaction = client.transaction().await?;
            let row = read(&transaction, project, "FOR UPDATE").await?;
            let row = row.filter(|row| row.by.run == run && !row.is_released);
            if let Some(row) = &row {
                let (by_run, by_holder) = by;
                let token = number(row.by.token + 1);
                write(&transaction, project, (token, by_run, by_holder), 0).await?;
            }
            transaction.commit().await?;
            Ok(row.is_some())
        })
    }

    /// Who holds the lease by the server's clock, if a run does. Changes nothing.
    ///
    /// # Errors
    /// [`ShelfError`].
    pub fn held_by(&self) -> Result<Option<ClaimedBy>, ShelfError> {
        let row = self.tables.ask(async |client, project| read(&*client, project, "").await)?;
        Ok(row.filter(Row::is_held).map(|row| row.by))
    }

    fn milliseconds(&self) -> i64 {
        i64::try_from(self.time_to_live.as_millis()).unwrap_or(i64::MAX)
    }
}

/// A token as the database has it.
fn number(token: u64) -> i64 {
    i64::try_from(token).unwrap_or(i64::MAX)
}

/// Reads the row of a project; `locking` keeps it as it is until the transaction ends.
async fn read(
    client: &impl GenericClient,
    project: &str,
    locking: &str,
) -> Result<Option<Row>, Error> {
    let statement = format!(
        "SELECT token, run, holder, is_released, \
         (extract(epoch FROM expires_at) * 1000000)::bigint, expires_at <= clock_timestamp() \
         FROM keyform_leases WHERE project = $1 {locking}"
    );
    let rows = client.query_typed(&statement, &[(&project, Type::TEXT)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let token: i64 = row.try_get(0)?;
    let by = ClaimedBy {
        token: token.unsigned_abs(),
        run: row.try_get(1)?,
        holder: row.try_get(2)?,
        expires: row.try_get(4)?,
    };
    Ok(Some(Row { by, is_released: row.try_get(3)?, has_expired: row.try_get(5)? }))
}

/// Writes the row of a project: a lease for some milliseconds, or one that is given up if these are
/// none.
async fn write(
    client: &impl GenericClient,
    project: &str,
    (token, run, holder): (i64, &str, &str),
    milliseconds: i64,
) -> Result<(), Error> {
    let statement = "UPDATE keyform_leases SET token = $2, run = $3, holder = $4, \
         is_released = $5 = 0, expires_at = clock_timestamp() + $5 * interval '1 millisecond' \
         WHERE project = $1";
    let parameters: [(&(dyn ToSql + Sync), Type); 5] = [
        (&project, Type::TEXT),
        (&token, Type::INT8),
        (&run, Type::TEXT),
        (&holder, Type::TEXT),
        (&milliseconds, Type::INT8),
    ];
    client.execute_typed(statement, &parameters).await.map(|_| ())
}

/// Takes the lease if it is free. Whoever comes first of all makes the row; from then on each locks it
/// for its turn.
async fn take(
    client: &mut Client,
    project: &str,
    (run, holder): (&str, &str),
    milliseconds: i64,
) -> Result<Claim, Error> {
    let transaction = client.transaction().await?;
    let first = "INSERT INTO keyform_leases VALUES ($1, 0, '', '', true, clock_timestamp()) \
         ON CONFLICT DO NOTHING";
    transaction.execute_typed(first, &[(&project, Type::TEXT)]).await?;
    let row = read(&transaction, project, "FOR UPDATE").await?;
    let claim = match row {
        // The answer to an earlier claim was lost.
        Some(row) if row.by.run == run && !row.is_released => {
            Claim::Ours { token: row.by.token, takes_over: false }
        }
        Some(row) if row.is_held() => Claim::Held(row.by),
        Some(row) => Claim::Ours { token: row.by.token + 1, takes_over: !row.is_released },
        None => Claim::Ours { token: 1, takes_over: false },
    };
    if let Claim::Ours { token, .. } = claim {
        write(&transaction, project, (number(token), run, holder), milliseconds).await?;
    }
    transaction.commit().await?;
    Ok(claim)
}
