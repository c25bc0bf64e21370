//! Buckets of S3 and of what is compatible with it, with the credentials that AWS's own tools find.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use reqsign_aws_v4::{DefaultCredentialProvider, RequestSigner};
use reqsign_core::{Context, Env, Error, FileRead, HttpSend, Result, Signer};
use zeroize::Zeroizing;

use super::{Bucket, BucketAddress, dialect::Dialect};
use crate::{
    alicloud::{
        ReadFiles, Secret,
        http::{Http, HttpHost, HttpRequest, Method},
    },
    model::endpoint::is_local_network,
};

/// What the search for credentials of S3 takes from this machine.
#[derive(Clone)]
pub struct S3Surroundings {
    /// The variables of the environment that begin with `AWS_`.
    pub variables: AwsVariables,
    /// The home directory of the user.
    pub home: Option<PathBuf>,
    /// Where files are.
    pub files: Arc<dyn ReadFiles>,
    /// What sends requests.
    pub http: Arc<dyn Http>,
}

impl fmt::Debug for S3Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Surroundings").field("variables", &self.variables).finish_non_exhaustive()
    }
}

/// Variables of the environment. Values may be secret: `Debug` shows the names (L4).
#[derive(Clone, Default)]
pub struct AwsVariables(BTreeMap<String, Secret>);

impl AwsVariables {
    /// Takes those that begin with `AWS_` of all; what is empty counts as not set.
    #[must_use]
    pub fn among(all: impl IntoIterator<Item = (String, String)>) -> Self {
        let own =
            all.into_iter().filter(|(name, value)| name.starts_with("AWS_") && !value.is_empty());
        Self(own.map(|(name, value)| (name, Secret::new(value))).collect())
    }
}

impl fmt::Debug for AwsVariables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A bucket of S3 in a region, at its address. Nothing is asked of it yet.
#[must_use]
pub fn s3(
    around: S3Surroundings,
    address: BucketAddress,
    region: &str,
    timeout: Duration,
) -> Bucket {
    let http = around.http.clone();
    let around = Arc::new(around);
    let context = Context::new()
        .with_file_read(Around(around.clone()))
        .with_http_send(Around(around.clone()))
        .with_env(Around(around));
    // A program that gives credentials is not started here.
    let credentials = DefaultCredentialProvider::builder().no_process().build();
    let signer = Signer::new(context, credentials, RequestSigner::new("s3", region));
    Bucket { http, address, dialect: Dialect::S3, signer: Box::new(signer), timeout }
}

/// How long a service that gives credentials may take. One of the machine's own network is near, or
/// not there.
fn timeout(host: &HttpHost) -> Duration {
    Duration::from_secs(if is_local_network(&host.name) { 1 } else { 10 })
}

/// The surroundings as reqsign asks for them.
#[derive(Clone, Debug)]
struct Around(Arc<S3Surroundings>);

impl Env for Around {
    fn var(&self, key: &str) -> Option<String> {
        self.0.variables.0.get(key).map(|value| value.expose().to_owned())
    }

    fn vars(&self) -> HashMap<String, String> {
        let exposed = |(name, value): (&String, &Secret)| (name.clone(), value.expose().to_owned());
        self.0.variables.0.iter().map(exposed).collect()
    }

    fn home_dir(&self) -> Option<PathBuf> {
        self.0.home.clone()
    }
}

impl FileRead for Around {
    async fn file_read(&self, path: &str) -> Result<Vec<u8>> {
        let read = self.0.files.read(Path::new(path));
        let bytes = read.map_err(|error| Error::config_invalid(format!("{path}: {error}")))?;
        Ok(bytes.to_vec())
    }
}

impl HttpSend for Around {
    async fn http_send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>> {
        let sent = sendable(&request)?;
        let host = sent.host.authority();
        let answer = self.0.http.send(&sent).map_err(|failure| {
            Error::unexpected(format!("{host}: {failure}")).set_retryable(true)
        })?;
        let mut builder = http::Response::builder().status(answer.status);
        for (name, value) in &answer.headers {
            builder = builder.header(name, value);
        }
        let answered = builder.body(Bytes::copy_from_slice(&answer.body));
        answered.map_err(|error| Error::unexpected(format!("{host}: {error}")))
    }
}

fn sendable(request: &http::Request<Bytes>) -> Result<HttpRequest> {
    let uri = request.uri();
    let unusable = || Error::request_invalid("a service of credentials has an unusable address");
    let host = HttpHost {
        is_encrypted: uri.scheme_str() == Some("https"),
        name: uri.host().ok_or_else(unusable)?.trim_matches(['[', ']']).to_owned(),
        port: uri.port_u16(),
    };
    let method = match request.method().as_str() {
        "GET" => Method::Get,
        "PUT" => Method::Put,
        "POST" => Method::Post,
        _ => return Err(unusable()),
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let timeout = timeout(&host);
    let mut sent = HttpRequest::new(method, host, path, timeout);
    for (name, value) in request.headers() {
        let value = value.to_str().map_err(|_| unusable())?;
        sent = sent.with_header(name.as_str(), value);
    }
    sent.body = Zeroizing::new(request.body().to_vec());
    Ok(sent)
}
