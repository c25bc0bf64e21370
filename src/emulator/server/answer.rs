//! Answers of HTTP, and why a request is refused.

use serde_json::Value;

use crate::ecs::{
    CallError,
    sign::SignatureProblem,
    wire::{self, AccessDeniedDetail, ErrorBody, WireProblem},
};

/// The media type of all answers; XML is not spoken.
const JSON: &str = "application/json;charset=utf-8";

/// What a request is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An answer of HTTP.
    Reply(Reply),
    /// None: the connection ends.
    HangUp,
}

/// An answer of HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

/// Shows no body, which can be that of CreateKeyPair (L4).
impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Answer {
    /// An answer of the API.
    pub(super) fn json(body: &Value, request_id: &str) -> Self {
        Self::reply(200, body, vec![("x-acs-request-id", request_id.to_owned())])
    }

    /// Any answer.
    pub(super) fn reply(
        status: u16,
        body: &Value,
        mut headers: Vec<(&'static str, String)>,
    ) -> Self {
        headers.push(("content-type", JSON.to_owned()));
        Self::Reply(Reply { status, headers, body: body.to_string() })
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: u16,
    code: String,
    message: String,
    /// When to come back, in milliseconds.
    retry_after: Option<u128>,
    /// Which right the caller lacks.
    denied: Option<Box<AccessDeniedDetail>>,
}

impl Problem {
    pub(super) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after: None, denied: None }
    }

    /// A parameter that each request has is missing.
    pub(super) fn mandatory(name: &str) -> Self {
        Self::new(400, format!("Missing{name}"), format!("{name} is mandatory for this action."))
    }

    pub(super) fn no_such_api() -> Self {
        let message = "Specified api is not found, please check your url and method.";
        Self::new(404, "InvalidAction.NotFound", message)
    }

    pub(super) fn with_retry_after(self, milliseconds: Option<u128>) -> Self {
        Self { retry_after: milliseconds, ..self }
    }

    pub(super) fn with_denied(self, detail: AccessDeniedDetail) -> Self {
        Self { denied: Some(Box::new(detail)), ..self }
    }

    pub(super) fn answer(self, host: &str, request_id: &str) -> Answer {
        let page = "https://api.aliyun.com/troubleshoot";
        let body = ErrorBody {
            recommend: format!("{page}?q={}&product=Ecs&requestId={request_id}", self.code),
            request_id: request_id.to_owned(),
            host_id: host.to_owned(),
            code: self.code,
            message: self.message,
            access_denied_detail: self.denied.map(|detail| *detail),
        };
        let mut headers = vec![("x-acs-request-id", request_id.to_owned())];
        headers.extend(self.retry_after.map(|time| (wire::RETRY_AFTER, time.to_string())));
        // A body of texts is an object of JSON.
        Answer::reply(self.status, &serde_json::to_value(body).unwrap_or_default(), headers)
    }
}

impl From<SignatureProblem> for Problem {
    fn from(problem: SignatureProblem) -> Self {
        Self::new(400, problem.code(), problem.to_string())
    }
}

impl From<WireProblem> for Problem {
    fn from(problem: WireProblem) -> Self {
        let (status, code) = problem.code();
        Self::new(status, code, problem.to_string())
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Service { status, code, message, .. } => Self::new(status, code, message),
            // The disk of the log has failed.
            CallError::NoAnswer { .. }
            | CallError::NoCredentials { .. }
            | CallError::NotSent { .. } => {
                let message = "The request processing has failed due to some unknown error.";
                Self::new(500, "InternalError", message)
            }
        }
    }
}
