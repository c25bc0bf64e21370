//! Why a request has no answer, and whether it can have done anything.

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpFailure {
    /// The request was surely not sent: nothing can have come of it.
    #[error(transparent)]
    NotSent(#[from] NotSent),
    /// The request may have been sent, and what came of it is not known.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
}

impl HttpFailure {
    /// Whether it only took too long.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::NotSent(NotSent::Timeout) | Self::NoAnswer(NoAnswer::Timeout))
    }
}

/// Why a request was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// It has something that cannot be sent, such as a line feed in a header.
    #[error("the request has something that cannot be sent")]
    Unwritable,
    /// The name of the host has no address.
    #[error("the name of the host was not found: {reason}")]
    NameNotFound {
        /// What the resolver says.
        reason: String,
    },
    /// No connection was made.
    #[error("no connection: {reason}")]
    NotConnected {
        /// What the operating system says.
        reason: String,
    },
    /// TLS was not agreed on, or the certificate was refused.
    #[error("no TLS: {reason}")]
    Tls {
        /// What rustls says.
        reason: String,
    },
    /// The proxy did not connect.
    #[error("the proxy did not connect: {reason}")]
    Proxy {
        /// What the proxy said.
        reason: String,
    },
    /// The connection took too long.
    #[error("no connection in time")]
    Timeout,
}

/// Why nothing is known of a request that may have been sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The answer took too long.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer did.
    #[error("the connection ended before the answer: {reason}")]
    Closed {
        /// What the operating system says.
        reason: String,
    },
    /// The answer is not HTTP.
    #[error("the answer is not HTTP: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// The answer is longer than is read.
    #[error("the answer is longer than {} MB", max >> 20)]
    TooLarge {
        /// How many bytes are read.
        max: usize,
    },
}
