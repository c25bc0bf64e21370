//! The tables of keyform in a database: made, and brought to what this version knows.

use tokio_postgres::{Client, Error};

use crate::database::DatabaseFailure;

/// What brings the tables from one version to the next, the first from none.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE keyform_tables (version integer NOT NULL);
    INSERT INTO keyform_tables VALUES (0);
    CREATE TABLE keyform_blobs (
        project text COLLATE \"C\" NOT NULL,
        name text COLLATE \"C\" NOT NULL,
        content bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (project, name)
    );
    CREATE TABLE keyform_leases (
        project text COLLATE \"C\" PRIMARY KEY,
        token bigint NOT NULL,
        run text NOT NULL,
        holder text NOT NULL,
        is_released boolean NOT NULL,
        expires_at timestamptz NOT NULL
    );
"];

/// The version that this program writes.
const VERSION: usize = MIGRATIONS.len();

/// Who makes or migrates the tables holds this lock: a number that no other program is likely to
/// have.
const MIGRATION_LOCK: i64 = 0x006b_6579_666f_726d;

/// Refuses a server that is not the one to write to, and tables of a newer version.
pub(super) async fn check(client: &mut Client) -> Result<(), DatabaseFailure> {
    let of_statement = |error: Error| DatabaseFailure::of_statement(&error);
    let standby = client.query_typed_one("SELECT pg_is_in_recovery()", &[]).await;
    let is_standby = standby.and_then(|row| row.try_get(0));
    if is_standby.map_err(of_statement)? {
        return Err(DatabaseFailure::refused(
            "the server is a standby, which may be behind; name the primary server",
        ));
    }
    let found = version(client).await.map_err(of_statement)?;
    if found > VERSION {
        return Err(DatabaseFailure::refused(format!(
            "the tables are of version {found}, and this keyform knows {VERSION}; use the version \
             of keyform that made them, or a newer one"
        )));
    }
    Ok(())
}

/// Makes the tables or brings them up to date, if they are not.
pub(super) async fn ensure(client: &mut Client) -> Result<(), Error> {
    if version(client).await? == VERSION {
        return Ok(());
    }
    let transaction = client.transaction().await?;
    // Of those who come at once one makes them, and the others see them when they have the lock.
    transaction.batch_execute(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
    let found = version(transaction.client()).await?;
    for (from, migration) in MIGRATIONS.iter().enumerate().skip(found) {
        transaction.batch_execute(migration).await?;
        let to = from + 1;
        transaction.batch_execute(&format!("UPDATE keyform_tables SET version = {to}")).await?;
    }
    transaction.commit().await
}

/// The version of the tables; 0 without them.
async fn version(client: &Client) -> Result<usize, Error> {
    // Not `to_regclass`: what it has once not found, it does not find later in the transaction
    // either, though another one has made it meanwhile.
    let known = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'keyform_tables' \
                 AND pg_catalog.pg_table_is_visible(oid))";
    let known = client.query_typed_one(known, &[]);
    if !known.await?.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let row = client.query_typed_one("SELECT version FROM keyform_tables", &[]).await?;
    let version: i32 = row.try_get(0)?;
    Ok(version.try_into().unwrap_or_default())
}
