//! ECS over HTTP: one attempt of one call, signed, and its answer.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use super::{
    CredentialSource, Http, Secret,
    endpoint::{self, Network},
    http::{Connection, HttpFailure, HttpHost, HttpRequest, HttpResponse},
};
use crate::{
    ecs::{CallError, FailureKind, Request, Response, Transport, sign, wire},
    model::{Endpoint, Region, Timestamp},
};

/// How much a clock may differ from the service's. ECS takes fifteen minutes.
const SKEW_MIN: Duration = Duration::from_secs(60);

/// The longest time that any call may take.
pub const CALL_TIMEOUT_MAX: Duration = Duration::from_secs(27);

/// The region whose endpoint answers what is about no region.
const ANY_REGION: &str = "cn-hangzhou";

/// ECS over HTTP.
///
/// It tries nothing again. Credentials that have expired are renewed and a wrong clock is corrected,
/// each once, and the call then counts as not sent: whoever made it decides whether to make it again.
pub struct Ecs {
    http: Arc<dyn Http>,
    source: Arc<CredentialSource>,
    endpoint: Option<Endpoint>,
    network: Network,
    /// The longest time that a call may take.
    timeout: Duration,
    /// How far the service's clock is ahead of this machine's, in milliseconds.
    skew: AtomicI64,
}

impl Ecs {
    /// ECS with the credentials of a source; at the endpoint of a manifest, or at that of each
    /// region.
    #[must_use]
    pub fn new(source: Arc<CredentialSource>, endpoint: Option<Endpoint>) -> Self {
        let (around, _) = source.surroundings();
        let (http, network) = (around.http.clone(), around.network());
        let timeout = CALL_TIMEOUT_MAX;
        Self { http, source, endpoint, network, timeout, skew: AtomicI64::new(0) }
    }

    /// The same with calls that take at most this long.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn host(&self, request: &Request) -> HttpHost {
        match (&self.endpoint, request.region()) {
            (Some(endpoint), _) => endpoint.into(),
            (None, region) => {
                endpoint::ecs(region.map_or(ANY_REGION, Region::as_str), self.network)
            }
        }
    }

    /// The time as the service has it.
    fn now(&self) -> Timestamp {
        let (around, _) = self.source.surroundings();
        let skew = self.skew.load(Ordering::Relaxed);
        Timestamp::from_milliseconds((around.now)().milliseconds().saturating_add(skew))
    }

    /// The signed request of a call, and the id of the access key that it is signed with.
    fn signed(&self, request: &Request) -> Result<(HttpRequest, Secret), CallError> {
        let operation = request.operation();
        let credentials = self
            .source
            .current()
            .map_err(|error| CallError::NoCredentials { operation, reason: error.to_string() })?;
        let (around, _) = self.source.surroundings();
        let nonce = (around.random)().map_err(|error| CallError::NotSent {
            operation,
            reason: format!("the system gives no randomness: {error}"),
        })?;
        let host = self.host(request);
        let mut message = wire::http_request(request, &host.authority());
        let nonce = base16ct::lower::encode_string(&nonce);
        sign::sign(&mut message, &credentials.signing_key(), self.now(), &nonce);
        let mut signed = HttpRequest::carrying(message, host, timeout(request).min(self.timeout));
        if request.writes() {
            signed.connection = Connection::Fresh;
        }
        Ok((signed, credentials.access_key_id.clone()))
    }

    /// What an error of the service is, once what can be put right was put right.
    fn refused(
        &self,
        error: CallError,
        answer: &HttpResponse,
        access_key_id: &Secret,
    ) -> CallError {
        let operation = error.operation();
        let corrected = match error.code() {
            Some("InvalidTimeStamp.Expired") => self.correct_clock(answer),
            Some(code) if code.starts_with("InvalidSecurityToken") => self
                .source
                .renew(access_key_id)
                .then(|| "its credentials had expired, and were renewed".to_owned()),
            _ => None,
        };
        match corrected {
            Some(reason) => CallError::NotSent { operation, reason },
            None => self.with_fix(error),
        }
    }

    /// A refusal of the credentials with where these are from, and what to do.
    fn with_fix(&self, mut error: CallError) -> CallError {
        let fix = match error.kind() {
            FailureKind::Unauthenticated => {
                let trace = self.source.trace();
                let origin = trace.used().map_or_else(String::new, |(link, origin)| {
                    format!(" are those of {link} ({origin}); they")
                });
                format!(
                    "the credentials{origin} are to be renewed, and `keyform whoami` tells more"
                )
            }
            FailureKind::WrongClock => "set the clock of this machine".to_owned(),
            _ => return error,
        };
        if let CallError::Service { message, .. } = &mut error {
            *message = format!("{}; {fix}", message.trim_end_matches(['.', ' ']));
        }
        error
    }

    /// Takes over the clock of the service, which its answer tells, if it is another one.
    fn correct_clock(&self, answer: &HttpResponse) -> Option<String> {
        let off = answer.date()?.milliseconds().saturating_sub(self.now().milliseconds());
        if off.unsigned_abs() < u64::try_from(SKEW_MIN.as_millis()).unwrap_or(u64::MAX) {
            return None;
        }
        let skew = self.skew.fetch_add(off, Ordering::Relaxed).saturating_add(off);
        let (minutes, side) =
            (skew.unsigned_abs() / 60_000, if skew > 0 { "slow" } else { "fast" });
        Some(format!(
            "the clock of this machine is {minutes} min {side}, and was corrected for ECS"
        ))
    }
}

/// How long a call may take, by the vendor's own clients.
fn timeout(request: &Request) -> Duration {
    match request {
        Request::AttachKeyPair { .. } => Duration::from_secs(16),
        Request::RebootInstances { .. } | Request::RebootInstance { .. } => CALL_TIMEOUT_MAX,
        Request::DescribeKeyPairs { .. } => Duration::from_secs(12),
        _ => Duration::from_secs(10),
    }
}

impl Transport for Ecs {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        let operation = request.operation();
        let (http, access_key_id) = self.signed(request)?;
        let answer = self.http.send(&http).map_err(|failure| {
            let reason = failure.to_string();
            match failure {
                HttpFailure::NotSent(_) => CallError::NotSent { operation, reason },
                HttpFailure::NoAnswer(_) => CallError::NoAnswer { operation, reason },
            }
        })?;
        if answer.status != 200 {
            let retry_after = answer.header(wire::RETRY_AFTER);
            let error = wire::read_error(operation, answer.status, &answer.body, retry_after);
            return Err(self.refused(error.about(request), &answer, &access_key_id));
        }
        wire::read_answer(request, &answer.body).map_err(|error| CallError::NoAnswer {
            operation,
            reason: format!("the answer is not as documented: {error}"),
        })
    }
}

impl fmt::Debug for Ecs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ecs").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
