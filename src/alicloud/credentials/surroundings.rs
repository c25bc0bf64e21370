//! What the links take from outside, so that a test can bring its own.

use std::{
    collections::BTreeMap,
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use zeroize::Zeroizing;

use super::Secret;
use crate::{
    alicloud::{endpoint::Network, http::Http},
    disk::RealDisk,
    model::{Endpoint, Timestamp, TrustedHosts},
};

/// Everything that the links take from outside.
#[derive(Clone)]
pub struct Surroundings {
    /// The variables of the environment that the links read.
    pub variables: Variables,
    /// The home directory of the user.
    pub home: Option<PathBuf>,
    /// Where files are.
    pub files: Arc<dyn ReadFiles>,
    /// What runs programs.
    pub programs: Arc<dyn Programs>,
    /// What sends requests.
    pub http: Arc<dyn Http>,
    /// What time it is.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Sixteen random bytes; each signed request needs its own.
    pub random: fn() -> io::Result<[u8; 16]>,
    /// The hosts besides those of ECS and STS that credentials may be sent to.
    pub trusted: TrustedHosts,
    /// How long the links wait.
    pub timeouts: Timeouts,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("variables", &self.variables)
            .field("home", &self.home)
            .field("trusted", &self.trusted)
            .finish_non_exhaustive()
    }
}

impl Surroundings {
    /// The network in which the variables place this machine.
    pub(in crate::alicloud) fn network(&self) -> Network {
        match self.variables.is_true("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED") {
            true => Network::Vpc,
            false => Network::Public,
        }
    }
}

/// What a project chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The profile of this machine that has the credentials.
    pub profile: Option<String>,
    /// Where STS is called.
    pub sts_endpoint: Option<Endpoint>,
}

/// How long the links wait for what they ask.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// STS, and GitHub for a job's token.
    pub sts: Duration,
    /// The metadata service. It is near, or not there.
    pub metadata: Duration,
    /// The credentials URI.
    pub uri: Duration,
    /// The program of a profile of mode External.
    pub program: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            sts: Duration::from_secs(10),
            metadata: Duration::from_secs(1),
            uri: Duration::from_secs(5),
            program: Duration::from_secs(60),
        }
    }
}

/// What reads the files of the user.
pub trait ReadFiles: Send + Sync {
    /// Reads a whole file that is not large. A symlink is followed: a token that Kubernetes
    /// replaces is one.
    ///
    /// # Errors
    /// As the operating system says.
    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>>;
}

/// The most bytes of a file of credentials or of a token.
const FILE_MAX: u64 = 1024 * 1024;

impl ReadFiles for RealDisk {
    fn read(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        self.read_following(path, FILE_MAX)
    }
}

/// What runs the program of a profile of mode External.
pub trait Programs: Send + Sync {
    /// Runs a program and answers what it prints on its standard output.
    ///
    /// # Errors
    /// [`ProgramProblem`].
    fn run(
        &self,
        command: &[String],
        timeout: Duration,
    ) -> Result<Zeroizing<Vec<u8>>, ProgramProblem>;
}

/// Why a program gave nothing. What it printed is not in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramProblem {
    /// It was not started.
    #[error("it could not be started: {reason}")]
    NotStarted {
        /// What the operating system says.
        reason: String,
    },
    /// It ended with a code other than 0.
    #[error("it ended with {code}")]
    Ended {
        /// The code.
        code: i32,
    },
    /// A signal ended it.
    #[error("signal {signal} ended it")]
    Signalled {
        /// The signal.
        signal: i32,
    },
    /// It took too long, and was ended.
    #[error("it took longer than {seconds} s, and was ended")]
    TookTooLong {
        /// How long it could take.
        seconds: u64,
    },
    /// It printed more than credentials.
    #[error("it printed more than 64 KiB")]
    PrintedTooMuch,
}

/// Variables of the environment. Values may be secret: `Debug` shows the names (L4).
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<&'static str, Secret>);

impl Variables {
    /// The variables that the links read, and those that the clients of the servers of states read.
    pub const NAMES: [&'static str; 45] = [
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
        "ALIBABA_CLOUD_CREDENTIALS_FILE",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS",
        "ALIBABA_CLOUD_ECS_METADATA",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
        "ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT",
        "ALIBABA_CLOUD_IMDSV1_DISABLED",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        "ALIBABA_CLOUD_PROFILE",
        "ALIBABA_CLOUD_ROLE_ARN",
        "ALIBABA_CLOUD_ROLE_SESSION_NAME",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "ALIBABA_CLOUD_STS_REGION",
        "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED",
        "AWS_ACCESS_KEY_ID",
        "AWS_CONFIG_FILE",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_DEFAULT_REGION",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "AWS_EXTERNAL_ID",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_STS_REGIONAL_ENDPOINTS",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "PGPASSFILE",
        "PGPASSWORD",
        "PGSERVICE",
        "PGSERVICEFILE",
        "TF_HTTP_PASSWORD",
        "TF_HTTP_USERNAME",
    ];

    /// Reads them; what is empty counts as not set.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let read = |name: &'static str| {
            let value = variable(name).filter(|value| !value.is_empty())?;
            Some((name, Secret::new(value)))
        };
        Self(Self::NAMES.into_iter().filter_map(read).collect())
    }

    /// The value of one, if it is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose)
    }

    /// The names and values of those that are set.
    pub fn set(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.expose()))
    }

    /// Whether one is set to `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
