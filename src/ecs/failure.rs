//! What kind of failure a call ended with, as far as that matters to whoever made it.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::error::{CallError, Code, is_denied};
use crate::model::schedule::Span;

/// The kind of a failure: what may be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FailureKind {
    /// Too many calls: the same call may succeed later.
    #[serde(rename_all = "camelCase")]
    Throttled {
        /// After how long, if the service said so.
        retry_after: Option<Span>,
    },
    /// The same call may succeed later.
    Transient,
    /// The credentials are missing, wrong or expired.
    Unauthenticated,
    /// The time of the call is not accepted, and correcting it has not helped.
    WrongClock,
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

    /// Whether the service has refused the call with this code.
    #[must_use]
    pub fn is_code(&self, code: &str) -> bool {
        matches!(self, Self::Refused { code: found } if found == code)
    }

    /// Whether a call for several instances may have been refused for one of them. Codes are matched
    /// by prefix; what is about the pair, the caller or the region is no instance's fault, and
    /// neither is what no document says.
    #[must_use]
    pub fn may_be_of_one(&self) -> bool {
        let Self::Refused { code } = self else { return false };
        OF_ONE.iter().any(|prefix| code.starts_with(prefix)) && code != Code::KEY_PAIR_LIMIT
    }

    /// The least wait before the same call; none if the service named none.
    #[must_use]
    pub fn least_wait(&self) -> Duration {
        match self {
            Self::Throttled { retry_after: Some(wait) } => wait.duration(),
            _ => Duration::ZERO,
        }
    }

    /// Whether the operation as such was refused, and not what it was asked for: the service or the
    /// endpoint does not know it, or the caller has no right to it. Another operation that comes to
    /// the same may be taken.
    #[must_use]
    pub fn refuses_operation(&self) -> bool {
        match self {
            Self::Denied { .. } => true,
            Self::Refused { code } => {
                OPERATION_UNKNOWN.iter().any(|beginning| code.starts_with(beginning))
                    || code.contains("NotSupportedEndpoint")
            }
            Self::Throttled { .. } | Self::Transient | Self::Unauthenticated | Self::WrongClock => {
                false
            }
        }
    }
}

/// How the codes begin by which the service says that it does not know an operation.
const OPERATION_UNKNOWN: [&str; 3] = ["InvalidAction", "InvalidApi", "UnsupportedOperation"];

/// How the codes begin by which the service refuses credentials (common errors of the ECS API).
const UNAUTHENTICATED: [&str; 6] = [
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidSecurityToken",
    "MissingAccessKeyId",
    "MissingSecurityToken",
    "SignatureDoesNotMatch",
];
/// How the codes begin by which the service refuses the time of a call.
const WRONG_CLOCK: &str = "InvalidTimeStamp";

/// How the codes begin by which a whole call may be refused for one of its instances (error tables
/// of AttachKeyPair, DetachKeyPair and RebootInstances).
const OF_ONE: [&str; 8] = [
    "Abs.InvalidInstanceIds",
    "DependencyViolation",
    "Disk",
    "IncorrectInstance",
    "Instance",
    "InvalidInstance",
    "InvalidOperation",
    "OperationDenied",
];

impl CallError {
    /// The kind of this failure. Codes are matched by prefix.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            _ if self.is_throttling() => {
                FailureKind::Throttled { retry_after: self.retry_after().map(Span::of) }
            }
            _ if self.is_transient() => FailureKind::Transient,
            Self::NoCredentials { .. } => FailureKind::Unauthenticated,
            Self::Service { code, .. }
                if UNAUTHENTICATED.iter().any(|prefix| code.starts_with(prefix)) =>
            {
                FailureKind::Unauthenticated
            }
            Self::Service { code, .. } if code.starts_with(WRONG_CLOCK) => FailureKind::WrongClock,
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
            retry_after: None,
            denied: None,
        }
    }

    /// A call that the service asks to be made later.
    fn later(status: u16, code: &str, wait: Duration) -> CallError {
        match service(status, code) {
            CallError::Service { operation, status, code, message, request_id, denied, .. } => {
                CallError::Service {
                    operation,
                    status,
                    code,
                    message,
                    request_id,
                    retry_after: Some(wait),
                    denied,
                }
            }
            other => other,
        }
    }

    #[test]
    fn an_answer_that_says_when_to_come_back_is_throttling_and_of_a_server_error_nothing_is_known()
    {
        let wait = Duration::from_millis(2_500);
        for (status, code, is_outcome_unknown) in
            [(400, "Throttling.User", false), (403, "Whatever", false), (503, "Busy", true)]
        {
            let error = later(status, code, wait);
            let retry_after = Some(Span::of(wait));
            assert_eq!(error.kind(), FailureKind::Throttled { retry_after }, "{error}");
            assert_eq!(error.is_outcome_unknown(), is_outcome_unknown, "{error}");
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
            (service(400, "IncompleteSignature"), FailureKind::Unauthenticated),
            (service(400, "InvalidTimeStamp.Expired"), FailureKind::WrongClock),
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
