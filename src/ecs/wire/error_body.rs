//! How the service says no.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lenient::Scalar;
use crate::{
    ecs::{CallError, error::RETRY_AFTER_MAX},
    rights::Denial,
};

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
    /// Which right the caller lacks.
    #[serde(alias = "accessDeniedDetail", skip_serializing_if = "Option::is_none")]
    pub access_denied_detail: Option<AccessDeniedDetail>,
}

/// Which right a caller lacks. Source: the SDKs' models, and the vendor's announcement of September
/// 2025 on queries without permission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AccessDeniedDetail {
    /// Such as `ecs:ImportKeyPair`.
    pub auth_action: String,
    /// The resource, which is documented for the decoded message alone; some answers have it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub auth_resource: String,
    /// The id of the user, or the name of the role and its session.
    pub auth_principal_display_name: String,
    /// The caller's account.
    pub auth_principal_owner_id: String,
    /// `SubUser` or `AssumedRoleUser`.
    pub auth_principal_type: String,
    /// `ImplicitDeny`, or `ExplicitDeny` if a policy denies it.
    pub no_permission_type: String,
    /// The kind of the policy, such as `AccountLevelIdentityBasedPolicy`.
    pub policy_type: String,
}

impl AccessDeniedDetail {
    /// As the client knows it, for an operation whose right is not named.
    fn denial(self, operation: &str) -> Denial {
        let given = |text: String| (!text.is_empty()).then_some(text);
        Denial {
            action: given(self.auth_action).unwrap_or_else(|| format!("ecs:{operation}")),
            resources: given(self.auth_resource).into_iter().collect(),
            account: given(self.auth_principal_owner_id),
            is_explicit: self.no_permission_type == "ExplicitDeny",
        }
    }
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
        #[serde(alias = "accessDeniedDetail")]
        access_denied_detail: serde_json::Value,
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
    // A detail of another form tells nothing, and the refusal stays what it is.
    let detail = serde_json::from_value::<AccessDeniedDetail>(found.access_denied_detail).ok();
    CallError::Service {
        operation,
        status,
        code,
        message,
        request_id: found.request_id.0,
        retry_after: retry_after.and_then(wait),
        denied: detail.map(|detail| Box::new(detail.denial(operation))),
    }
}

fn wait(text: &str) -> Option<Duration> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number too large to be read is as large as the largest wait.
    let milliseconds = is_number.then(|| text.parse().unwrap_or(u64::MAX))?;
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds).min(RETRY_AFTER_MAX))
}
