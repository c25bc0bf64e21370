//! HTTP over ureq.

mod stage;

use std::{io::Read, sync::Arc, time::Duration};

use ureq::{
    Agent, Body, Proxy, RequestExt,
    config::Config,
    http::{Request, Response},
    tls::{RootCerts, TlsConfig},
};
use zeroize::Zeroizing;

use super::{
    Connection, Http, HttpFailure, HttpRequest, HttpResponse, Method, NoAnswer, NotSent,
    ProxyProblem, ProxySettings,
};
use stage::Stage;

/// How long a connection that carries nothing is kept: shorter than the service keeps it.
const IDLE: Duration = Duration::from_secs(15);

/// How many connections are kept: as many as calls may run at once.
const KEPT: usize = 256;

/// What the other side learns of this program.
const USER_AGENT: &str = concat!("keyform/", env!("CARGO_PKG_VERSION"));

/// The one client of HTTP: TLS by rustls with the roots of the platform, connections that are kept
/// for reads, no redirects and no second attempt.
#[derive(Clone)]
pub struct Client {
    proxies: Arc<ProxySettings>,
    direct: Agents,
    by_https_proxy: Option<Agents>,
    by_http_proxy: Option<Agents>,
}

/// The clients of one way to the network.
#[derive(Clone)]
struct Agents {
    /// Keeps connections.
    reusing: Agent,
    /// Keeps none.
    fresh: Agent,
}

impl Client {
    /// A client that goes through these proxies. It connects to nothing yet.
    ///
    /// # Errors
    /// [`ProxyProblem`].
    pub fn new(proxies: ProxySettings) -> Result<Self, ProxyProblem> {
        let through = |address: &Option<Zeroizing<String>>, scheme, variable| match address {
            None => Ok(None),
            Some(address) => match Proxy::new(address) {
                Ok(proxy) => Ok(Some(Agents::new(Some(&proxy)))),
                Err(_) => Err(ProxyProblem { scheme, variable }),
            },
        };
        let by_https_proxy = through(&proxies.https, "https", "HTTPS_PROXY or ALL_PROXY")?;
        let by_http_proxy = through(&proxies.http, "http", "HTTP_PROXY or ALL_PROXY")?;
        let direct = Agents::new(None);
        Ok(Self { proxies: Arc::new(proxies), direct, by_https_proxy, by_http_proxy })
    }

    fn agent(&self, request: &HttpRequest) -> &Agent {
        let by_proxy = match request.host.is_encrypted {
            true => self.by_https_proxy.as_ref(),
            false => self.by_http_proxy.as_ref(),
        };
        let is_direct = by_proxy.is_none() || self.proxies.is_direct(&request.host);
        let agents = by_proxy.filter(|_| !is_direct).unwrap_or(&self.direct);
        match request.connection {
            Connection::Reused => &agents.reusing,
            Connection::Fresh => &agents.fresh,
        }
    }
}

impl Agents {
    fn new(proxy: Option<&Proxy>) -> Self {
        let agent = |kept| stage::agent(config(proxy.cloned(), kept));
        Self { reusing: agent(KEPT), fresh: agent(0) }
    }
}

/// `kept` is how many connections are kept.
fn config(proxy: Option<Proxy>, kept: usize) -> Config {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    Agent::config_builder()
        .tls_config(tls)
        // Named also if it is none: otherwise ureq reads the environment.
        .proxy(proxy)
        .user_agent(USER_AGENT)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // LOCK and UNLOCK, with which some servers lock a document.
        .allow_non_standard_methods(true)
        .max_idle_age(IDLE)
        .max_idle_connections(kept)
        .max_idle_connections_per_host(kept)
        .build()
}

impl Http for Client {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        stage::begin();
        let sent = run(self.agent(request), request);
        let sent = sent.and_then(|response| read(response, request.answer_max));
        sent.map_err(|error| failure(&error, stage::reached()))
    }
}

fn run(agent: &Agent, request: &HttpRequest) -> Result<Response<Body>, ureq::Error> {
    let mut builder = Request::builder().method(request.method.as_str());
    builder = builder.uri(request.url().as_str());
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let timeout = Some(request.timeout);
    let may_have_none = matches!(request.method, Method::Get | Method::Delete);
    if may_have_none && request.body.is_empty() {
        let request = builder.body(())?.with_agent(agent);
        return request.configure().timeout_global(timeout).run();
    }
    let request = builder.body(&request.body[..])?.with_agent(agent);
    request.configure().timeout_global(timeout).run()
}

/// Reads an answer to its end, if it is not too long.
fn read(response: Response<Body>, max: usize) -> Result<HttpResponse, ureq::Error> {
    let (parts, body) = response.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    let expected = body.content_length().and_then(|length| usize::try_from(length).ok());
    // With room for all of it, no copy of a secret is left behind by a buffer that grows.
    let room = expected.unwrap_or_default().min(max) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let limit = max as u64 + 1;
    body.into_reader().take(limit).read_to_end(&mut bytes).map_err(ureq::Error::from)?;
    if bytes.len() > max {
        return Err(ureq::Error::BodyExceedsLimit(max as u64));
    }
    Ok(HttpResponse { status: parts.status.as_u16(), headers, body: bytes })
}

fn failure(error: &ureq::Error, stage: Stage) -> HttpFailure {
    let is_timeout = matches!(error, ureq::Error::Timeout(_))
        || matches!(error, ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut);
    let reason = || plain(error);
    let not_sent = match stage {
        Stage::Open => return no_answer(error, is_timeout, reason()),
        _ if is_timeout => NotSent::Timeout,
        Stage::Begun => NotSent::Unwritable,
        Stage::Unresolved => NotSent::NameNotFound { reason: reason() },
        Stage::NotConnected => match error {
            ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => {
                NotSent::Proxy { reason: reason() }
            }
            ureq::Error::HostNotFound => NotSent::NameNotFound { reason: reason() },
            error if is_tls(error) => NotSent::Tls { reason: reason() },
            _ => NotSent::NotConnected { reason: reason() },
        },
    };
    not_sent.into()
}

fn no_answer(error: &ureq::Error, is_timeout: bool, reason: String) -> HttpFailure {
    let no_answer = match error {
        _ if is_timeout => NoAnswer::Timeout,
        ureq::Error::BodyExceedsLimit(max) => NoAnswer::TooLarge { max: *max as usize },
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) | ureq::Error::Http(_) => {
            NoAnswer::Malformed { reason }
        }
        _ => NoAnswer::Closed { reason },
    };
    no_answer.into()
}

fn is_tls(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::TlsRequired => true,
        // What rustls refuses in the midst of a handshake comes as an error of reading.
        ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        _ => false,
    }
}

/// What ureq says, without its own words for the kind.
fn plain(error: &ureq::Error) -> String {
    let text = match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Tls(text) => (*text).to_owned(),
        ureq::Error::Rustls(error) => error.to_string(),
        ureq::Error::ConnectProxyFailed(text) => text.clone(),
        error => error.to_string(),
    };
    match text.rsplit_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
