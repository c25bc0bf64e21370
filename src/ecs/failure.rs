//! What kind of failure a call ended with, as far as that matters to whoever made it.

use schemars::JsonSchema;
use serde::Serialize;

use super::error::{CallError, is_denied};
use crate::model::schedule::Span;

/// The kind of a failure: what may be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FailureKind {
    /// Too many calls: it took no effect, and the same call may succeed later.
    #[serde(rename_all = "camelCase")]
    Throttled {
        /// After how long, if the service said so.
        retry_after: Option<Span>,
    },
    /// The same call may succeed later.
    Transient,
    /// The credentials are missing, wrong or expired.
    Unauthenticated,
    /// The caller has no permission.
    Denied {
        /// For which action of RAM, such as `ecs:ImportKeyPair`.
        action: String,
    },
    /// The same call will be refused again.
    Refused {
        /// The code of the service, or keyform's own code of an error of this machine.
        code: String,
    },
}

impl FailureKind {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Transient)
    }
}

/// How the codes begin by which the service refuses credentials (common errors of the ECS API).
const UNAUTHENTICATED: [&str; 5] = [
    "InvalidAccessKeyId",
    "InvalidSecurityToken",
    "MissingAccessKeyId",
    "MissingSecurityToken",
    "SignatureDoesNotMatch",
];

impl CallError {
    /// The kind of this failure. Codes are matched by prefix.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            _ if self.is_throttling() => FailureKind::Throttled { retry_after: None },
            _ if self.is_transient() => FailureKind::Transient,
            Self::NoCredentials { .. } => FailureKind::Unauthenticated,
            Self::Service { code, .. }
                if UNAUTHENTICATED.iter().any(|prefix| code.starts_with(prefix)) =>
            {
                FailureKind::Unauthenticated
            }
            Self::Service { operation, code, .. } if is_denied(code) => {
                FailureKind::Denied { action: format!("ecs:{operation}") }
            }
            Self::Service { code, .. } => FailureKind::Refused { code: code.clone() },
            Self::NoAnswer { .. } | Self::NotSent { .. } => FailureKind::Transient,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(status: u16, code: &str) -> CallError {
        CallError::Service {
            operation: "ImportKeyPair",
            status,
            code: code.to_owned(),
            message: String::new(),
            request_id: String::new(),
            denied: None,
        }
    }

    #[test]
    fn a_failure_is_of_the_kind_that_says_what_may_be_done() {
        let refused = |code: &str| FailureKind::Refused { code: code.to_owned() };
        let denied = || FailureKind::Denied { action: "ecs:ImportKeyPair".to_owned() };
        let throttled = || FailureKind::Throttled { retry_after: None };
        for (error, kind) in [
            (service(400, "Throttling.User"), throttled()),
            (service(429, "Whatever"), throttled()),
            (service(500, "InternalError"), FailureKind::Transient),
            (service(404, "InvalidAccessKeyId.NotFound"), FailureKind::Unauthenticated),
            (service(400, "SignatureDoesNotMatch"), FailureKind::Unauthenticated),
            (service(403, "Forbidden.RAM"), denied()),
            (service(403, "NoPermission"), denied()),
            (service(400, "KeyPair.AlreadyExist"), refused("KeyPair.AlreadyExist")),
            (
                CallError::NoAnswer { operation: "ImportKeyPair", reason: String::new() },
                FailureKind::Transient,
            ),
            (
                CallError::NotSent { operation: "ImportKeyPair", reason: String::new() },
                FailureKind::Transient,
            ),
        ] {
            assert_eq!(error.kind(), kind, "{error}");
            assert_eq!(kind.is_transient(), error.is_transient(), "{error}");
        }
    }
}
