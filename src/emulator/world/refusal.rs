//! How the service says no.

use crate::ecs::{CallError, Code, ItemResult};

/// An error of the service, for a call or for one item of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A parameter that must be there is missing.
    pub(super) fn missing(parameter: &str) -> Self {
        let message = format!(
            "The input parameter \"{parameter}\" that is mandatory for processing this request is not supplied."
        );
        Self::new(400, Code::MISSING_PARAMETER, message)
    }

    /// A parameter is out of its range.
    pub(super) fn out_of_range(parameter: &str) -> Self {
        let message = format!("The specified parameter \"{parameter}\" is not valid.");
        Self::new(400, Code::PARAMETER, message)
    }

    /// HTTP 400, though other operations answer 404 for the same.
    pub(super) fn no_such_pair() -> Self {
        let message = "The specified KeyPairName does not exist in our records.";
        Self::new(400, Code::KEY_PAIR_NOT_FOUND, message)
    }

    pub(super) fn no_such_instance() -> Self {
        Self::new(404, Code::INSTANCE_NOT_FOUND, "The specified InstanceId does not exist.")
    }

    pub(super) fn wrong_status() -> Self {
        let message = "The current status of the resource does not support this operation.";
        Self::new(403, Code::INSTANCE_STATUS, message)
    }

    pub(super) fn windows() -> Self {
        let message = "The instance creating is windows, cannot use ssh key pair to login";
        Self::new(403, Code::WINDOWS, message)
    }

    /// As the answer to the whole call.
    pub(super) fn into_error(self, operation: &'static str, request_id: String) -> CallError {
        let Self { status, code, message } = self;
        let code = code.to_owned();
        let (retry_after, denied) = (None, None);
        CallError::Service { operation, status, code, message, request_id, retry_after, denied }
    }

    /// As the result of one item: an item has no HTTP status of its own.
    pub(super) fn into_item(self) -> ItemResult {
        ItemResult::Failure { code: self.code.to_owned(), message: self.message }
    }
}
