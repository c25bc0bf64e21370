//! One connection to a database, which is made when it is needed and made again when it is lost.
//!
//! The client of PostgreSQL is asynchronous. Its runtime of one thread lives here, with the connection,
//! and runs only while something is asked: so each answer can have a time limit.

use std::{
    fmt,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rustls_tokio_postgres::MakeRustlsConnect;
use tokio::{runtime::Runtime, time::timeout};
use tokio_postgres::{Client, Config, NoTls, config::SslMode};

use super::{DatabaseFailure, DatabaseProblem, FailureKind, Settings, failure, verifier};

/// What the server shows of this program in its lists of connections.
const APPLICATION_NAME: &str = concat!("keyform/", env!("CARGO_PKG_VERSION"));

/// How long is waited for what.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimits {
    /// A connection, with TLS and the login.
    pub connect: Duration,
    /// The answer to one operation; the server ends a statement a little earlier.
    pub answer: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(20) }
    }
}

/// What is done with each new connection before it is used.
pub type Prepare =
    for<'a> fn(&'a mut Client) -> Pin<Box<dyn Future<Output = Result<(), DatabaseFailure>> + 'a>>;

/// A database, with at most one connection to it.
pub struct Database {
    settings: Settings,
    limits: TimeLimits,
    prepare: Prepare,
    tls: Option<MakeRustlsConnect>,
    open: Mutex<Option<Open>>,
}

struct Open {
    client: Client,
    runtime: Runtime,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Database {
    /// A database that nothing was asked of yet.
    ///
    /// # Errors
    /// [`DatabaseProblem::Authorities`].
    pub fn new(
        settings: Settings,
        limits: TimeLimits,
        prepare: Prepare,
    ) -> Result<Self, DatabaseProblem> {
        let tls = verifier::config(&settings.tls)?.map(MakeRustlsConnect::new);
        Ok(Self { settings, limits, prepare, tls, open: Mutex::default() })
    }

    /// Where it is, without credentials.
    #[must_use]
    pub fn place(&self) -> String {
        self.settings.place()
    }

    /// Does an operation, on a new connection if there is none; never twice.
    ///
    /// # Errors
    /// [`DatabaseFailure`].
    pub fn run<T>(
        &self,
        operation: impl AsyncFnOnce(&mut Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, DatabaseFailure> {
        let mut held = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Until all went well there is no connection: a panic or an error leaves none behind.
        let mut open = match held.take().and_then(Open::still) {
            Some(open) => open,
            None => self.connect()?,
        };
        let client = &mut open.client;
        let limit = self.limits.answer;
        let answered = open.runtime.block_on(async { timeout(limit, operation(client)).await });
        match answered {
            Ok(Ok(answer)) => {
                *held = Some(open);
                Ok(answer)
            }
            Ok(Err(error)) => {
                if failure::leaves_connection(&error) {
                    *held = Some(open);
                }
                Err(DatabaseFailure::of_statement(&error))
            }
            Err(_) => Err(DatabaseFailure {
                reason: format!("no answer within {limit:?}"),
                kind: FailureKind::Unknown,
            }),
        }
    }

    fn connect(&self) -> Result<Open, DatabaseFailure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| DatabaseFailure {
            reason: format!("could not begin to connect: {error}"),
            kind: FailureKind::NotDone,
        })?;
        let limit = self.limits.connect;
        let connected = runtime.block_on(async {
            timeout(limit, async {
                let mut client = self.client().await?;
                client.batch_execute(&self.session()).await.map_err(|error| not_done(&error))?;
                (self.prepare)(&mut client).await?;
                Ok(client)
            })
            .await
        });
        match connected {
            Ok(client) => Ok(Open { client: client?, runtime }),
            Err(_) => Err(DatabaseFailure {
                reason: format!("no connection within {limit:?}"),
                kind: FailureKind::NotDone,
            }),
        }
    }

    async fn client(&self) -> Result<Client, DatabaseFailure> {
        let config = self.config();
        match &self.tls {
            None => {
                let connected = config.connect(NoTls).await;
                let (client, connection) =
                    connected.map_err(|error| DatabaseFailure::of_connecting(&error))?;
                tokio::spawn(connection);
                Ok(client)
            }
            Some(tls) => {
                let connected = config.connect(tls.clone()).await;
                let (client, connection) =
                    connected.map_err(|error| DatabaseFailure::of_connecting(&error))?;
                tokio::spawn(connection);
                Ok(client)
            }
        }
    }

    fn config(&self) -> Config {
        let Settings { host, port, user, password, database, tls: _ } = &self.settings;
        let mut config = Config::new();
        config.host(host).port(*port).user(user).dbname(database);
        config.application_name(APPLICATION_NAME);
        config.tcp_user_timeout(self.limits.answer);
        if let Some(password) = password {
            config.password(password.as_bytes());
        }
        let mode = if self.tls.is_some() { SslMode::Require } else { SslMode::Disable };
        config.ssl_mode(mode);
        config
    }

    /// What holds for each statement of a connection: the server gives up before this side does, so
    /// that a slow statement is known not to have been done; and a commit is durable, whatever the
    /// server does by default.
    fn session(&self) -> String {
        let milliseconds = (self.limits.answer * 3 / 4).as_millis().max(1);
        format!(
            "SET statement_timeout = {milliseconds}; SET lock_timeout = {milliseconds}; \
             SET idle_in_transaction_session_timeout = {milliseconds}; \
             SELECT set_config('synchronous_commit', 'on', false) \
             WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        )
    }
}

/// A failure of what only prepares: nothing of the operation was done.
fn not_done(error: &tokio_postgres::Error) -> DatabaseFailure {
    let failure = DatabaseFailure::of_statement(error);
    match failure.kind {
        FailureKind::Unknown => DatabaseFailure { kind: FailureKind::NotDone, ..failure },
        FailureKind::NotDone | FailureKind::Refused => failure,
    }
}

impl Open {
    /// The connection, if the server has not closed it meanwhile.
    fn still(self) -> Option<Self> {
        // The runtime stood still since the last answer: it hears now what has come.
        self.runtime.block_on(async {
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        });
        (!self.client.is_closed()).then_some(self)
    }
}
