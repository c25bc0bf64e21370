//! Which server, which database, and as whom: an address, with a service and what the environment
//! says.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use super::{
    DatabaseProblem, Tls,
    password_file::{self, Wanted},
    service_file::{self, Service},
};
use crate::{
    alicloud::{ReadFiles, Secret},
    model::{
        TrustedHosts,
        postgres_url::{PostgresUrl, SslMode, is_on_this_machine},
    },
};

/// The port of PostgreSQL.
const PORT: u16 = 5432;

/// The variables of the environment that are read. Values may be secret: `Debug` shows none (L4).
#[derive(Clone, Default)]
pub struct PostgresVariables {
    /// PGPASSWORD.
    pub password: Option<Secret>,
    /// PGPASSFILE.
    pub password_file: Option<String>,
    /// PGSERVICE.
    pub service: Option<String>,
    /// PGSERVICEFILE.
    pub service_file: Option<String>,
}

impl PostgresVariables {
    /// Reads them; what is empty counts as not set.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let given = |name| variable(name).filter(|value| !value.is_empty());
        Self {
            password: given("PGPASSWORD").map(Secret::new),
            password_file: given("PGPASSFILE"),
            service: given("PGSERVICE"),
            service_file: given("PGSERVICEFILE"),
        }
    }
}

impl fmt::Debug for PostgresVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresVariables").finish_non_exhaustive()
    }
}

/// What of the user's machine says how to connect.
#[derive(Clone)]
pub struct UserFiles {
    /// The variables of the environment.
    pub variables: PostgresVariables,
    /// The home directory of the user.
    pub home: Option<PathBuf>,
    /// The directory of the project, to which a relative `sslrootcert` belongs.
    pub project: PathBuf,
    /// Where files are.
    pub files: Arc<dyn ReadFiles>,
    /// The hosts besides this machine that credentials may be sent to.
    pub trusted: TrustedHosts,
}

impl fmt::Debug for UserFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserFiles").field("home", &self.home).finish_non_exhaustive()
    }
}

/// How to connect. Its `Debug` does not show the password (L4).
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The host, or the directory of its socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user.
    pub user: String,
    /// The password, if one is known.
    pub password: Option<Zeroizing<String>>,
    /// The database.
    pub database: String,
    /// How the server is verified.
    pub tls: Tls,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("place", &self.place()).finish_non_exhaustive()
    }
}

impl Settings {
    /// What an address, the service that it names and the environment come to.
    ///
    /// # Errors
    /// [`DatabaseProblem`].
    pub fn resolve(url: &PostgresUrl, user: &UserFiles) -> Result<Self, DatabaseProblem> {
        let named = url.service.as_ref().or(user.variables.service.as_ref());
        let service = named.map(|name| service(name, user)).transpose()?.unwrap_or_default();
        // A host that a manifest names could be anyone's; the service file is the user's own.
        if let Some(host) = &url.host
            && !is_on_this_machine(host)
            && !user.trusted.names(host)
        {
            return Err(DatabaseProblem::UntrustedHost { host: host.clone() });
        }
        let from = service.url;
        let host = url.host.clone().or(from.host);
        let host = host.ok_or(DatabaseProblem::Missing { what: "host" })?;
        let name = url.user.clone().or(from.user);
        let name = name.ok_or(DatabaseProblem::Missing { what: "user" })?;
        let port = url.port.or(from.port).unwrap_or(PORT);
        let database = url.database.clone().or(from.database).unwrap_or_else(|| name.clone());
        let certificates = url.ssl_root_certificate.clone().or(from.ssl_root_certificate);
        let mode = url.ssl_mode.or(from.ssl_mode);
        let tls = tls(&host, mode, certificates, user)?;
        let mut settings = Self { host, port, user: name, password: None, database, tls };
        settings.password = match (&user.variables.password, service.password) {
            (Some(password), _) => Some(Zeroizing::new(password.expose().to_owned())),
            (None, Some(password)) => Some(password),
            (None, None) => settings.password_of_file(service.password_file, user)?,
        };
        Ok(settings)
    }

    /// Where it is, without credentials.
    #[must_use]
    pub fn place(&self) -> String {
        let Self { host, port, database, .. } = self;
        match host.contains(':') {
            true => format!("postgres://[{host}]:{port}/{database}"),
            false => format!("postgres://{host}:{port}/{database}"),
        }
    }

    fn password_of_file(
        &self,
        named: Option<String>,
        user: &UserFiles,
    ) -> Result<Option<Zeroizing<String>>, DatabaseProblem> {
        let (path, named_by) = match (named, &user.variables.password_file, &user.home) {
            (Some(path), ..) => (path.into(), "the service"),
            (None, Some(path), _) => (path.into(), "PGPASSFILE"),
            (None, None, Some(home)) => (home.join(".pgpass"), "the home directory"),
            (None, None, None) => return Ok(None),
        };
        let text = match read(user, &path, named_by) {
            Ok(text) => text,
            // Whoever needs no password has no such file.
            Err(Unreadable { is_missing: true, .. }) => return Ok(None),
            Err(unreadable) => return Err(unreadable.problem),
        };
        let host = if self.host.starts_with('/') { "localhost" } else { &self.host };
        let wanted = Wanted { host, port: self.port, database: &self.database, user: &self.user };
        Ok(password_file::find(&text, &wanted))
    }
}

/// The service of a name, in the user's service file.
fn service(name: &str, user: &UserFiles) -> Result<Service, DatabaseProblem> {
    let (path, named_by) = match (&user.variables.service_file, &user.home) {
        (Some(path), _) => (PathBuf::from(path), "PGSERVICEFILE"),
        (None, Some(home)) => (home.join(".pg_service.conf"), "the home directory"),
        (None, None) => return Err(DatabaseProblem::Missing { what: "service file" }),
    };
    let text = read(user, &path, named_by).map_err(|unreadable| unreadable.problem)?;
    let service = name.to_owned();
    match service_file::find(&text, name) {
        None => Err(DatabaseProblem::NoSuchService { path, service }),
        Some(found) => found.map_err(|problem| DatabaseProblem::Service { path, service, problem }),
    }
}

fn tls(
    host: &str,
    mode: Option<SslMode>,
    certificates: Option<String>,
    user: &UserFiles,
) -> Result<Tls, DatabaseProblem> {
    let is_here = is_on_this_machine(host);
    let authorities = match certificates.as_deref() {
        None | Some("system") => None,
        Some(path) => {
            let path = user.project.join(path);
            let text = read(user, &path, "sslrootcert");
            Some(text.map_err(|unreadable| unreadable.problem)?.to_string())
        }
    };
    match (mode, authorities) {
        (Some(SslMode::Disable), _) if !is_here => {
            Err(DatabaseProblem::Unencrypted { host: host.to_owned() })
        }
        (Some(SslMode::Disable), _) => Ok(Tls::None),
        (None, None) if is_here => Ok(Tls::None),
        (Some(SslMode::VerifyCa), Some(authorities)) => Ok(Tls::Authority { authorities }),
        (_, Some(authorities)) => Ok(Tls::Full { authorities: Some(authorities) }),
        (_, None) => Ok(Tls::Full { authorities: None }),
    }
}

/// A file that cannot be read.
struct Unreadable {
    is_missing: bool,
    problem: DatabaseProblem,
}

fn read(
    user: &UserFiles,
    path: &Path,
    named_by: &'static str,
) -> Result<Zeroizing<String>, Unreadable> {
    let bytes = user.files.read(path).map_err(|error| Unreadable {
        is_missing: error.kind() == std::io::ErrorKind::NotFound,
        problem: DatabaseProblem::File {
            path: path.to_owned(),
            named_by,
            reason: error.to_string(),
        },
    })?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Unreadable {
        is_missing: false,
        problem: DatabaseProblem::File {
            path: path.to_owned(),
            named_by,
            reason: "it is not UTF-8".to_owned(),
        },
    })?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests;
