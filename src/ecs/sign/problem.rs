//! Why the signature of a request is refused.

use thiserror::Error;

/// Why the signature of a request is refused, in the service's words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureProblem {
    /// A parameter or header that a signed request must have.
    #[error("{0} is mandatory for this action.")]
    Missing(&'static str),
    /// The form of the signature is not as documented.
    #[error("The request signature does not conform to Aliyun standards: {0}.")]
    Incomplete(&'static str),
    /// The time of the request is in no known form.
    #[error("Specified time stamp or date value is not well formatted.")]
    TimeFormat,
    /// The signature is that of another request or of another secret. The old Python client looks
    /// for the echo behind the first colon.
    #[error(
        "Specified signature is not matched with our calculation. server string to sign is:{0}"
    )]
    Mismatch(String),
}

impl SignatureProblem {
    /// The service's code; each comes with HTTP 400.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Missing(name) => format!("Missing{name}"),
            Self::Incomplete(_) => "IncompleteSignature".to_owned(),
            Self::TimeFormat => "InvalidTimeStamp.Format".to_owned(),
            Self::Mismatch(_) => "SignatureDoesNotMatch".to_owned(),
        }
    }
}
