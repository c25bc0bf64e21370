//! PostgreSQL as Debian packages it, with directories and ports of its own.

#![expect(
    clippy::disallowed_methods,
    reason = "files of a test's server are no files of the program"
)]

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use super::{certificates::ServerCertificate, supervised::Supervised};

/// The password of the server's administrator.
const ADMINISTRATOR: &str = "administrator-secret";
/// The password of the user that keyform connects as.
pub(super) const PASSWORD: &str = "user-secret";

/// A server.
pub(super) struct PostgresServer {
    directory: PathBuf,
    port: u16,
    /// The server, while it runs.
    running: Option<Supervised>,
    /// Whether it and its directory go with the tests.
    is_shared: bool,
}

impl PostgresServer {
    /// The server that tests share which only need a database.
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<PostgresServer> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(None, true))
    }

    /// A server of one test, with TLS if it is given a certificate.
    pub(super) fn own(certificate: Option<&ServerCertificate>) -> Self {
        Self::start(certificate, false)
    }

    fn start(certificate: Option<&ServerCertificate>, is_shared: bool) -> Self {
        let directory = tempfile::tempdir().expect("a directory").keep();
        let mut server = Self { directory, port: free_port(), running: None, is_shared };
        server.make();
        if let Some(certificate) = certificate {
            server.install(certificate);
        }
        server.run();
        server.sql("postgres", &format!("CREATE ROLE keyform LOGIN PASSWORD '{PASSWORD}'"));
        server
    }

    /// Makes the directory of a server, as the user that it runs as: it refuses root.
    fn make(&self) {
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&self.directory));
        }
        let password = self.directory.join("password");
        std::fs::write(&password, ADMINISTRATOR).expect("space");
        let data = self.data();
        let mut arguments = vec!["-U", "postgres", "-A", "scram-sha-256", "-N", "--no-locale"];
        arguments.extend(["-E", "UTF8", "--pwfile", text(&password), "-D", text(&data)]);
        let mut command = as_user(&program("initdb"));
        command.extend(arguments.into_iter().map(str::to_owned));
        run(Command::new(&command[0]).args(&command[1..]).current_dir("/"));
    }

    /// Gives it a certificate, which it has from when it next begins.
    pub(super) fn install(&self, certificate: &ServerCertificate) {
        let files = [(&certificate.certificate, "server.crt"), (&certificate.key, "server.key")];
        for (from, to) in files {
            let to = self.data().join(to);
            let mode = ["-m", "600"];
            let owner: &[&str] = if is_root() { &["-o", "postgres"] } else { &[] };
            run(Command::new("install").args(mode).args(owner).arg(from).arg(to));
        }
    }

    fn run(&mut self) {
        let (data, port) = (self.data(), self.port.to_string());
        let ssl = if data.join("server.key").exists() { "ssl=on" } else { "ssl=off" };
        let mut command = as_user(&program("postgres"));
        let sockets = format!("unix_socket_directories={}", text(&self.directory));
        let settings =
            ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=60", ssl, &sockets];
        command.extend(["-D", text(&data), "-p", &port].map(str::to_owned));
        command.extend(settings.iter().flat_map(|one| ["-c".to_owned(), (*one).to_owned()]));
        let command: Vec<_> = command.iter().map(String::as_str).collect();
        let directory = if self.is_shared { text(&self.directory) } else { "" };
        let is_ready = |line: &str| line.contains("ready to accept connections");
        self.running = Some(Supervised::start(&command, "QUIT", directory, is_ready));
    }

    /// Ends it at once, as a crash does, and begins again.
    pub(super) fn restart(mut self) -> Self {
        self.running = None;
        self.run();
        self
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The directory of its socket.
    pub(super) fn sockets(&self) -> &Path {
        &self.directory
    }

    /// A new database of the user that keyform connects as.
    pub(super) fn database(&self, name: &str) {
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER keyform"));
    }

    /// Runs a statement as the administrator; answers what it gives.
    pub(super) fn sql(&self, database: &str, statement: &str) -> String {
        let mut psql = Command::new("psql");
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres"]);
        psql.args(["-d", database, "-v", "ON_ERROR_STOP=1", "-qAtc", statement]);
        run(psql.env("PGPASSWORD", ADMINISTRATOR))
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.running = None;
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// A program of the server, which Debian does not put into PATH.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("tests/run installs PostgreSQL");
    let mut found: Vec<_> =
        versions.map(|entry| entry.expect("an entry").path().join("bin").join(name)).collect();
    found.sort();
    found.pop().expect("tests/run installs PostgreSQL")
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The beginning of a command that runs a program of the server.
fn as_user(program: &Path) -> Vec<String> {
    let other: &[&str] = match is_root() {
        true => &["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"],
        false => &[],
    };
    other.iter().copied().chain([text(program)]).map(str::to_owned).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is UTF-8")
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("it is installed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}
