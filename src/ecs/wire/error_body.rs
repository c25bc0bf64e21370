//! How the service says no.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lenient::Scalar;
use crate::ecs::{CallError, error::RETRY_AFTER_MAX};

/// The body of an answer with another HTTP status than 200.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ErrorBody {
    /// For the vendor's support.
    #[serde(alias = "requestId")]
    pub request_id: String,
    /// Which endpoint answered.
    #[serde(alias = "hostId")]
    pub host_id: String,
    /// Such as `KeyPair.AlreadyExist`.
    #[serde(alias = "code")]
    pub code: String,
    /// In the service's words.
    #[serde(alias = "message")]
    pub message: String,
    /// A page that helps.
    #[serde(alias = "recommend", skip_serializing_if = "String::is_empty")]
    pub recommend: String,
}

/// What an echo of the request begins with in a message. It holds all parameters, a token among them.
const ECHO: &str = "server string to sign is:";

/// The header by which the service says when to come back: a positive number of milliseconds, as
/// the vendor's clients read it. It names `Retry-After` nowhere.
pub const RETRY_AFTER: &str = "x-acs-retry-after";

/// Reads an error. `retry_after` is what the header [`RETRY_AFTER`] says; what is no positive number
/// there says nothing.
///
/// What is not the service's own form (a proxy's page, an empty body) has the code `Http` and its
/// status, so that it is clear who answered.
#[must_use]
pub fn read_error(
    operation: &'static str,
    status: u16,
    body: &[u8],
    retry_after: Option<&str>,
) -> CallError {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Lenient {
        #[serde(alias = "requestId")]
        request_id: Scalar,
        #[serde(alias = "code")]
        code: Scalar,
        #[serde(alias = "message")]
        message: Scalar,
    }
    let found: Lenient = serde_json::from_slice(body).unwrap_or_default();
    let message = match found.message.0.find(ECHO) {
        Some(at) => format!("{}…", found.message.0[..at].trim_end()),
        None => found.message.0,
    };
    let (code, message) = match found.code.0.is_empty() {
        true => (format!("Http{status}"), "the answer is not one of ECS".to_owned()),
        false => (found.code.0, message),
    };
    let request_id = found.request_id.0;
    let retry_after = retry_after.and_then(wait);
    CallError::Service { operation, status, code, message, request_id, retry_after }
}

fn wait(text: &str) -> Option<Duration> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large to be read is as large as the largest wait.
    let milliseconds = is_number.then(|| text.parse().unwrap_or(u64::MAX))?;
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds).min(RETRY_AFTER_MAX))
}
