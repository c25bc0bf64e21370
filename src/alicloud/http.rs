//! HTTP as the rest of this module sees it: one attempt of one request, or why there was no answer.
//!
//! [`Http`] is the seam; [`Client`] is the real form over ureq. Nothing here tries again, follows a
//! redirect or takes an answer of 4xx or 5xx for an error: what follows from an answer is decided
//! above.

mod client;
mod failure;
mod proxy;

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

pub use client::Client;
pub use failure::{HttpFailure, NoAnswer, NotSent};
pub use proxy::{ProxyCode, ProxyProblem, ProxySettings};

use crate::{
    ecs::wire,
    model::{Endpoint, Timestamp, endpoint::is_loopback},
};

/// The most bytes of an answer that are read, where a request does not say otherwise.
pub const ANSWER_MAX: usize = 16 * 1024 * 1024;

/// What makes one attempt of one request.
pub trait Http: Send + Sync {
    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// [`HttpFailure`], which says whether the request was surely not sent.
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure>;
}

/// A method of HTTP that is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Asks to do something.
    Post,
    /// Asks the metadata service for a token, or creates an object.
    Put,
    /// Removes an object, or frees a lock.
    Delete,
    /// Asks for a lock.
    Lock,
    /// Frees a lock.
    Unlock,
}

impl Method {
    /// As it is sent and signed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Lock => "LOCK",
            Self::Unlock => "UNLOCK",
        }
    }
}

/// Which connection carries a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// One that is open already, if there is one. The other side may have closed it meanwhile: only
    /// for what can be asked again.
    #[default]
    Reused,
    /// A new one: for writes, so that a failure to send is not the end of an old connection.
    Fresh,
}

/// A host that is spoken to, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpHost {
    /// Whether by TLS.
    pub is_encrypted: bool,
    /// Its name or address; one of IPv6 without its brackets.
    pub name: String,
    /// The port, if it is not that of the scheme.
    pub port: Option<u16>,
}

impl HttpHost {
    /// The host and the port as they stand in an address and in the header `Host`.
    #[must_use]
    pub fn authority(&self) -> String {
        let name = match self.name.contains(':') {
            true => format!("[{}]", self.name),
            false => self.name.clone(),
        };
        let usual = if self.is_encrypted { 443 } else { 80 };
        match self.port.filter(|port| *port != usual) {
            Some(port) => format!("{name}:{port}"),
            None => name,
        }
    }

    /// Whether it is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.name)
    }
}

impl From<&Endpoint> for HttpHost {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            is_encrypted: endpoint.is_encrypted(),
            name: endpoint.host().to_owned(),
            port: endpoint.port(),
        }
    }
}

/// One request. Its `Debug` shows no value of the query, the headers and the body, in which secrets
/// are (L4).
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// What is asked.
    pub method: Method,
    /// Who is asked.
    pub host: HttpHost,
    /// The path as it is sent, which begins with `/`; one that was given whole may have a query.
    pub path: String,
    /// Names and values of the query, not encoded, in the order in which they are sent.
    pub query: Vec<(String, String)>,
    /// Names and values of headers, in the order in which they are sent. `Host`, `User-Agent` and
    /// `Content-Length` are added.
    pub headers: Vec<(String, String)>,
    /// The body; of a GET it is empty.
    pub body: Zeroizing<Vec<u8>>,
    /// How long all of it may take, from the look-up of the name to the end of the answer.
    pub timeout: Duration,
    /// Which connection carries it.
    pub connection: Connection,
    /// The most bytes of its answer that are read.
    pub answer_max: usize,
}

impl HttpRequest {
    /// A request without a query, headers and a body, on any connection.
    #[must_use]
    pub fn new(method: Method, host: HttpHost, path: &str, timeout: Duration) -> Self {
        Self {
            method,
            host,
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Zeroizing::default(),
            timeout,
            connection: Connection::Reused,
            answer_max: ANSWER_MAX,
        }
    }

    /// A request of the API as it was signed. `Host` is that of `host`, which the signature covers.
    #[must_use]
    pub fn carrying(message: wire::HttpRequest, host: HttpHost, timeout: Duration) -> Self {
        let method = match message.method.as_str() {
            "GET" => Method::Get,
            "PUT" => Method::Put,
            _ => Method::Post,
        };
        let headers = message.headers.into_iter().filter(|(name, _)| name != "host");
        Self {
            query: message.query,
            headers: headers.collect(),
            body: Zeroizing::new(message.body),
            ..Self::new(method, host, &message.path, timeout)
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The address with the query, encoded.
    #[must_use]
    pub fn url(&self) -> Zeroizing<String> {
        let scheme = if self.host.is_encrypted { "https" } else { "http" };
        let mut url = Zeroizing::new(format!("{scheme}://{}{}", self.host.authority(), self.path));
        if !self.query.is_empty() {
            url.push(if self.path.contains('?') { '&' } else { '?' });
            url.push_str(&Zeroizing::new(wire::encoded_pairs(&self.query)));
        }
        url
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        let query: Vec<_> = self.query.iter().map(|(name, _)| name).collect();
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("host", &self.host)
            .field("path", &path)
            .field("query", &query)
            .field("headers", &headers)
            .field("timeout", &self.timeout)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

/// An answer, whatever its status. Its `Debug` does not show the body, in which secrets are (L4).
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status, such as 200.
    pub status: u16,
    /// Names, in lower case, and values of headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body, no longer than the request takes.
    pub body: Zeroizing<Vec<u8>>,
}

impl HttpResponse {
    /// The first value of a header, whose name is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// The time at which it was sent, by the clock of who sent it: the header `Date`.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        let date = jiff::fmt::rfc2822::parse(self.header("date")?).ok()?;
        Some(Timestamp::from_milliseconds(date.timestamp().as_millisecond()))
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.body.len();
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("length", &length)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, query: &[(&str, &str)]) -> HttpRequest {
        let host = HttpHost { is_encrypted: true, name: "sts.aliyuncs.com".into(), port: None };
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let query = query.iter().map(owned).collect();
        HttpRequest { query, ..HttpRequest::new(Method::Get, host, path, Duration::from_secs(1)) }
    }

    #[test]
    fn an_address_has_its_query_encoded_in_its_order() {
        for (path, query, url) in [
            ("/", &[][..], "/"),
            (
                "/",
                &[("b", "x y*'()!+~"), ("a", "\u{e9}/")],
                "/?b=x%20y%2A%27%28%29%21%2B~&a=%C3%A9%2F",
            ),
            ("/token?x=1", &[("audience", "sts")], "/token?x=1&audience=sts"),
            ("/", &[("SignatureType", "")], "/?SignatureType="),
        ] {
            let expected = format!("https://sts.aliyuncs.com{url}");
            assert_eq!(request(path, query).url().as_str(), expected);
        }
    }

    #[test]
    fn an_authority_has_a_port_only_if_it_is_not_the_usual_one() {
        for (text, authority) in [
            ("https://ecs.aliyuncs.com:443", "ecs.aliyuncs.com"),
            ("https://ecs.aliyuncs.com:8443", "ecs.aliyuncs.com:8443"),
            ("http://127.0.0.1:80", "127.0.0.1"),
            ("http://[::1]:443", "[::1]:443"),
        ] {
            let endpoint = Endpoint::parse(text).expect(text);
            assert_eq!(HttpHost::from(&endpoint).authority(), authority);
        }
    }

    #[test]
    fn nothing_that_may_be_secret_is_shown_to_developers() {
        let request = request("/a?t=in-the-path", &[("Token", "in-the-query")]);
        let mut request = request.with_header("authorization", "in-a-header");
        request.body = Zeroizing::new(b"in-the-body".to_vec());
        let body = Zeroizing::new(b"in-the-answer".to_vec());
        let headers = vec![("set-cookie".to_owned(), "in-its-header".to_owned())];
        let response = HttpResponse { status: 200, headers, body };
        let shown = format!("{request:?} {response:?}");
        assert!(!shown.contains("in-") && shown.contains("Token"), "{shown}");
    }
}
