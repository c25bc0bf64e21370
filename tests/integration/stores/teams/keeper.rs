//! The servers that states are kept on, each as a project chooses it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use keyform::{
    alicloud::{Client, ProxySettings},
    disk::MemoryDisk,
    model::ProjectName,
    store::{Lock, PostgresLock, Shelf, ShelfLock, Store},
};
use tempfile::TempDir;

use crate::{
    alicloud::server::Server,
    documents::{Documents, Kind, PASSWORD as PASSWORD_OF_DOCUMENTS, USER, kept},
    stores::{
        postgres_leases::run_of,
        postgres_server::{PASSWORD, PostgresServer},
        s3,
        s3_server::S3Server,
    },
};

/// For how long a run holds the lock without a renewal.
pub(super) const LEASE: &str = "2s";
/// The database of all these projects.
const DATABASE: &str = "teams";

/// A server that keeps the states of projects.
pub(super) trait Keeper: Send + Sync {
    /// Where it listens.
    fn port(&self) -> u16;

    /// What a project says under `state`, if it reaches the server at a port.
    fn choice(&self, port: u16) -> String;

    /// What a run needs in its environment.
    fn variables(&self) -> Vec<(&'static str, &'static str)>;

    /// The states of a project, for one who only looks.
    fn states(&self, project: &ProjectName) -> Store;

    /// Whether the lock of a run that has died stays until a person frees it.
    fn needs_a_person(&self) -> bool {
        false
    }

    /// Whether a write that was on its way while a person freed the lock is refused.
    fn refuses_late_writes(&self) -> bool {
        true
    }
}

/// A server that can end at once, as a crash does, and begin again.
pub(super) trait Restart: Keeper {
    /// Does so.
    fn restart(&self);
}

/// The states on a shelf, in a checkout that has seen none yet.
fn states_on(shelf: impl Shelf + 'static, lock: Option<Arc<dyn Lock>>, of: &ProjectName) -> Store {
    let shelf: Arc<dyn Shelf> = Arc::new(shelf);
    let lock = lock.unwrap_or_else(|| Arc::new(ShelfLock::new(shelf.clone(), MINUTE)));
    Store::on_shelf(shelf, lock, Arc::new(MemoryDisk::new()), "looking".into(), of.clone())
}

/// Whoever only looks takes no lease.
const MINUTE: Duration = Duration::from_secs(60);

/// A server of PostgreSQL, with a database for all these projects.
pub(super) struct InPostgres {
    port: u16,
    server: Mutex<Option<PostgresServer>>,
}

impl InPostgres {
    pub(super) fn start() -> Self {
        let server = PostgresServer::own(None);
        server.database(DATABASE);
        Self { port: server.port(), server: Mutex::new(Some(server)) }
    }
}

impl Keeper for InPostgres {
    fn port(&self) -> u16 {
        self.port
    }

    fn choice(&self, port: u16) -> String {
        let url = format!("postgres://keyform@127.0.0.1:{port}/{DATABASE}");
        format!("{{postgres: {{url: \"{url}\"}}, lease: {LEASE}}}")
    }

    fn variables(&self) -> Vec<(&'static str, &'static str)> {
        vec![("PGPASSWORD", PASSWORD)]
    }

    fn states(&self, project: &ProjectName) -> Store {
        let run = run_of(self.port(), DATABASE, project);
        states_on(run.shelf, Some(Arc::new(PostgresLock::new(run.leases))), project)
    }
}

impl Restart for InPostgres {
    fn restart(&self) {
        let mut server = self.server.lock().expect("no panic");
        *server = server.take().map(PostgresServer::restart);
    }
}

/// A server of S3, which keeps its objects in a directory.
pub(super) struct InS3 {
    port: u16,
    server: Mutex<Option<S3Server>>,
    directory: TempDir,
}

impl InS3 {
    pub(super) fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let server = S3Server::atomic(directory.path(), 0);
        Self { port: server.port, server: Mutex::new(Some(server)), directory }
    }
}

impl Keeper for InS3 {
    fn port(&self) -> u16 {
        self.port
    }

    fn choice(&self, port: u16) -> String {
        format!(
            "{{s3: {{bucket: states, prefix: teams, region: eu-west-1, pathStyle: true, endpoint: \
             \"http://127.0.0.1:{port}\"}}, lease: {LEASE}}}"
        )
    }

    fn variables(&self) -> Vec<(&'static str, &'static str)> {
        let [(id, key), (name, secret)] = s3::KEY;
        vec![(id, key), (name, secret), ("AWS_EC2_METADATA_DISABLED", "true")]
    }

    fn states(&self, project: &ProjectName) -> Store {
        states_on(s3::shelf_of(self.port(), "teams", project), None, project)
    }
}

impl Restart for InS3 {
    fn restart(&self) {
        let mut server = self.server.lock().expect("no panic");
        drop(server.take());
        *server = Some(S3Server::atomic(self.directory.path(), self.port));
    }
}

/// A server with the document of one project.
pub(super) struct InDocument {
    kind: Kind,
    documents: Documents,
    server: Server,
}

impl InDocument {
    pub(super) fn start(kind: Kind) -> Self {
        let documents = Documents::new(kind);
        let server = documents.listen();
        Self { kind, documents, server }
    }
}

impl Keeper for InDocument {
    fn port(&self) -> u16 {
        self.server.address().port()
    }

    fn choice(&self, port: u16) -> String {
        let written = self.documents.written(&format!("http://127.0.0.1:{port}"));
        written.trim_start_matches("state: ").to_owned()
    }

    fn variables(&self) -> Vec<(&'static str, &'static str)> {
        vec![("TF_HTTP_USERNAME", USER), ("TF_HTTP_PASSWORD", PASSWORD_OF_DOCUMENTS)]
    }

    fn states(&self, project: &ProjectName) -> Store {
        let client = Arc::new(Client::new(ProxySettings::default()).expect("no proxy"));
        let choice = self.documents.choice(&self.server.url());
        let (shelf, lock) = kept(client, choice, PASSWORD_OF_DOCUMENTS);
        states_on(shelf, Some(Arc::new(lock)), project)
    }

    fn needs_a_person(&self) -> bool {
        true
    }

    /// A server that checks neither the lock nor the serial overwrites, as docs/stores.md says.
    fn refuses_late_writes(&self) -> bool {
        self.kind == Kind::GitLab
    }
}
