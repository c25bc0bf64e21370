//! The two signatures of the API: ACS3-HMAC-SHA256, and HMAC-SHA1 of the vendor's older clients.
//! Both are made and verified here, by the client and by the embedded cloud's server.
//!
//! Source: "Request syntax and signature method V3" and "V2 signature method" of the OpenAPI
//! documentation, and requests of the vendor's own clients.

mod claim;
mod encoding;
mod problem;
#[cfg(test)]
mod tests;
mod v1;
mod v3;

use std::fmt;

pub use self::{
    claim::{Claim, SignatureVersion, claim, verify},
    problem::SignatureProblem,
};
use super::wire::HttpRequest;
use crate::model::Timestamp;

/// An access key that requests are signed with.
#[derive(Clone, Copy)]
pub struct SigningKey<'a> {
    /// The id of the access key.
    pub access_key_id: &'a str,
    /// Its secret.
    pub access_key_secret: &'a str,
    /// The token of credentials that STS gave out.
    pub security_token: Option<&'a str>,
}

impl fmt::Debug for SigningKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Signs a request with ACS3-HMAC-SHA256. Its `host`, `x-acs-action` and `x-acs-version` are there
/// already. `nonce` must be a new one for each attempt.
pub fn sign(request: &mut HttpRequest, key: &SigningKey<'_>, at: Timestamp, nonce: &str) {
    v3::sign(request, key, at, nonce);
}

/// Signs a request with HMAC-SHA1, which STS takes. Its action and version are among its parameters
/// already. `nonce` must be a new one for each attempt.
pub fn sign_v1(request: &mut HttpRequest, key: &SigningKey<'_>, at: Timestamp, nonce: &str) {
    v1::sign(request, key, at, nonce);
}
