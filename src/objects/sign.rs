//! Requests as reqsign signs them.

use std::fmt;

use http::{HeaderName, HeaderValue, request::Parts};
use reqsign_core::{Signer, SigningCredential};

use super::{ObjectError, wait};
use crate::alicloud::http::HttpRequest;

/// Signs requests.
pub(super) trait Sign: fmt::Debug + Send + Sync {
    /// Adds to a request what shows who sends it.
    fn sign(&self, request: HttpRequest) -> Result<HttpRequest, ObjectError>;
}

impl<K: SigningCredential> Sign for Signer<K> {
    fn sign(&self, mut request: HttpRequest) -> Result<HttpRequest, ObjectError> {
        let unwritable = |_| ObjectError::refused("the request has something that cannot be sent");
        let mut parts = parts(&request).map_err(unwritable)?;
        // Nothing was sent: whether it helps to try again depends on why there are no credentials.
        wait::for_answer(Signer::sign(self, &mut parts, None)).map_err(|error| {
            let reason = format!("there are no credentials: {error}");
            match error.is_retryable() {
                true => ObjectError::not_done(reason),
                false => ObjectError::refused(reason),
            }
        })?;
        let headers = parts.headers.iter().filter(|(name, _)| *name != http::header::HOST);
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        request.headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
        Ok(request)
    }
}

fn parts(request: &HttpRequest) -> Result<Parts, http::Error> {
    let builder = http::Request::builder().method(request.method.as_str());
    let mut parts = builder.uri(request.url().as_str()).body(())?.into_parts().0;
    for (name, value) in &request.headers {
        parts.headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    Ok(parts)
}
