//! The API on the wire: how requests and answers are written in HTTP, once for the client and for the
//! embedded cloud's server.
//!
//! Source: the ECS API reference, version 2014-05-26, and requests of the vendor's own clients. Answers
//! are read leniently: a missing list is an empty one, a number may be text, and an unknown field is
//! passed over.

mod answer;
mod created;
mod encoding;
mod error_body;
mod http;
mod lenient;
mod parameters;
mod problem;
mod regions;
mod request;
mod served;
mod shapes;
#[cfg(test)]
mod tests;

pub use self::{
    answer::{read_answer, request_id, write_answer},
    encoding::{encoded_pairs, percent_encoded},
    error_body::{AccessDeniedDetail, ErrorBody, RETRY_AFTER, read_error},
    http::HttpRequest,
    parameters::Parameters,
    problem::WireProblem,
    request::{read_request, write_request},
};

/// The version of the API.
pub const VERSION: &str = "2014-05-26";

/// The request of a call to `host`, not signed yet: a POST with all parameters in its query, as the
/// vendor's clients send it.
#[must_use]
pub fn http_request(call: &super::Request, host: &str) -> HttpRequest {
    let headers = [
        ("accept", "application/json"),
        ("host", host),
        ("x-acs-action", call.operation()),
        ("x-acs-version", VERSION),
    ];
    HttpRequest {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: write_request(call).into_pairs(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        body: Vec::new(),
    }
}
