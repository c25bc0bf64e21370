//! A user's machine: variables, a home directory, a clock, and the servers around it.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use keyform::{
    alicloud::{
        Choice, Client, CredentialError, CredentialSource, Outcome, ProxySettings, ReadFiles,
        Surroundings, Timeouts, Variables,
    },
    disk::RealDisk,
    driver::{Clock, SystemPrograms, VirtualClock},
    model::{Endpoint, Timestamp, TrustedHosts},
};
use serde_json::json;
use tempfile::TempDir;

use super::server::{Reply, Server};
use crate::leaks::Secrets;

/// When the stories of these tests begin.
pub(crate) const NOW: &str = "2026-12-01T08:00:00Z";

/// What is secret in these tests. Each is long enough to be found.
pub(crate) const ID: &str = "LTAI5tWrittenByAPerson01";
pub(crate) const SECRET: &str = "written7VgN2xQw9RbTzY4mLcHs8Jd";
pub(crate) const TOKEN: &str = "writtenCAISq9Zw3VtLx8Rb5NyKm2PcHd7JgFsTe4";
pub(crate) const GIVEN_ID: &str = "STS.NUgGivenByAService02x";
pub(crate) const GIVEN_SECRET: &str = "given3WmJ8yTcX5sRgKf7VhQz2NbLd";
pub(crate) const GIVEN_TOKEN: &str = "givenCAISx4Jr8KpWn2VbQt6ZgYm9LsDc3HfEe7Ua";
const ALL: [&str; 6] = [ID, SECRET, TOKEN, GIVEN_ID, GIVEN_SECRET, GIVEN_TOKEN];

/// The name of a role.
pub(crate) const ROLE: &str = "acs:ram::1234567890123456:role/ci";

pub(crate) struct Scene {
    home: TempDir,
    variables: BTreeMap<String, String>,
    pub(crate) clock: VirtualClock,
    pub(crate) choice: Choice,
    files: Arc<dyn ReadFiles>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let metadata = "ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT".to_owned();
        Self {
            home: tempfile::tempdir().expect("a directory"),
            // Nothing beyond loopback is asked.
            variables: BTreeMap::from([(metadata, Server::nowhere())]),
            clock: VirtualClock::new(Timestamp::parse(NOW).expect("a time")),
            choice: Choice::default(),
            files: Arc::new(RealDisk),
        }
    }

    pub(crate) fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.insert(name.to_owned(), value.to_string());
        self
    }

    pub(crate) fn profile(mut self, name: &str) -> Self {
        self.choice.profile = Some(name.to_owned());
        self
    }

    pub(crate) fn sts(mut self, url: &str) -> Self {
        self.choice.sts_endpoint = Some(Endpoint::parse(url).expect("an endpoint"));
        self
    }

    /// A file below the home directory.
    #[expect(clippy::disallowed_methods, reason = "it sets up what a person wrote")]
    pub(crate) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.home.path().join(path);
        fs::create_dir_all(path.parent().expect("below it")).expect("a directory");
        fs::write(path, text).expect("a file");
        self
    }

    /// Files in the place of those of this machine.
    pub(crate) fn files(mut self, files: impl ReadFiles + 'static) -> Self {
        self.files = Arc::new(files);
        self
    }

    /// The path of a file below the home directory.
    pub(crate) fn path(&self, path: &str) -> String {
        self.home.path().join(path).display().to_string()
    }

    pub(crate) fn source(&self) -> CredentialSource {
        let client = Client::new(ProxySettings::default()).expect("no proxy");
        let clock = self.clock.clone();
        let around = Surroundings {
            variables: Variables::read(|name| self.variables.get(name).cloned()),
            home: Some(self.home.path().to_owned()),
            files: self.files.clone(),
            programs: Arc::new(SystemPrograms),
            http: Arc::new(client),
            now: Arc::new(move || clock.now()),
            random: || Ok([7; 16]),
            trusted: TrustedHosts::default(),
            timeouts: Timeouts {
                sts: Duration::from_millis(300),
                metadata: Duration::from_millis(300),
                uri: Duration::from_millis(300),
                program: Duration::from_millis(300),
            },
        };
        CredentialSource::new(around, self.choice.clone())
    }

    /// What the chain answers: the id of the access key and where it is from, or the code of the
    /// error. Nothing of it shows a secret.
    pub(crate) fn outcome(&self) -> Result<(String, String), String> {
        let source = self.source();
        let found = source.current();
        let mut shown = format!("{source:?} {found:?} {:?}", source.trace());
        let answer = match &found {
            Ok(credentials) => {
                let trace = source.trace();
                let (link, origin) = trace.used().expect("a link");
                shown.push_str(origin);
                Ok((credentials.access_key_id.expose().to_owned(), format!("{link:?}")))
            }
            Err(error) => {
                shown.push_str(&error.to_string());
                Err(named(error))
            }
        };
        shown.push_str(&serde_json::to_string(&source.trace()).expect("JSON"));
        let mut secrets = Secrets::default();
        for secret in ALL {
            secrets.add(format!("the secret {}", &secret[..5]), secret.as_bytes());
        }
        assert_eq!(secrets.find(shown.as_bytes()), None, "L4");
        answer
    }

    /// The code of the error, and what it says.
    #[track_caller]
    pub(crate) fn refused(&self) -> (String, String) {
        let error = self.source().current().expect_err("no credentials");
        (error.code().as_str().to_owned(), error.to_string())
    }

    /// What a link answered, by its words for people, if it was tried.
    pub(crate) fn reason(&self, link: &str) -> Option<String> {
        let source = self.source();
        let _ = source.current();
        let tried =
            source.trace().0.into_iter().find(|tried| format!("{:?}", tried.link) == link)?;
        Some(match tried.outcome {
            Outcome::NotConfigured { reason } | Outcome::Failed { reason, .. } => reason,
            Outcome::Used { origin } => origin,
        })
    }
}

/// The code of an error with the link that it names.
fn named(error: &CredentialError) -> String {
    let code = error.code().as_str();
    match error {
        CredentialError::Failed { link, .. } | CredentialError::Unidentified { link, .. } => {
            format!("{link:?} {code}")
        }
        CredentialError::None { .. } | CredentialError::OtherAccount { .. } => code.to_owned(),
    }
}

/// The five fields of temporary credentials that expire at a time.
pub(crate) fn fields(expiration: &str) -> serde_json::Value {
    json!({
        "Code": "Success",
        "AccessKeyId": GIVEN_ID,
        "AccessKeySecret": GIVEN_SECRET,
        "SecurityToken": GIVEN_TOKEN,
        "Expiration": expiration,
    })
}

/// What STS answers to whoever takes a role.
pub(crate) fn assumed(expiration: &str) -> Reply {
    Reply::ok(json!({"RequestId": "1", "Credentials": fields(expiration)}))
}

/// Wrong answers of a service, by the code that names them.
pub(crate) fn wrong_answers() -> Vec<(Reply, &'static str)> {
    // Services repeat what they refuse.
    let echo = format!("bad {TOKEN} {SECRET} {ID} {GIVEN_TOKEN}");
    let error = |code: &str| json!({"Code": code, "Message": echo, "RequestId": "1"}).to_string();
    vec![
        (Reply::Status(403, error("NoPermission")), "credentialsRefused"),
        (Reply::Status(400, error("SignatureDoesNotMatch")), "credentialsRefused"),
        (Reply::Status(500, echo.clone()), "credentialsRefused"),
        (Reply::Redirect("http://127.0.0.1:1/elsewhere".to_owned()), "credentialsAnswerUnreadable"),
        (Reply::ok(&echo), "credentialsAnswerUnreadable"),
        (Reply::ok("{}"), "credentialsAnswerUnreadable"),
        (Reply::ok(fields("soon")), "credentialsAnswerUnreadable"),
        (Reply::ok(fields("2026-12-01T07:59:59Z")), "credentialsExpired"),
        (Reply::Raw(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()), "credentialsUnreachable"),
        (Reply::Hangup, "credentialsUnreachable"),
        (Reply::Silence, "credentialsSlow"),
    ]
}
