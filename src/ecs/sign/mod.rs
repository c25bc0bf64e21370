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

pub use self::{
    claim::{Claim, SignatureVersion, SigningKey},
    problem::SignatureProblem,
};
use super::wire::HttpRequest;
use crate::model::Timestamp;

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

/// Reads what a request says of its signature.
///
/// # Errors
/// [`SignatureProblem`], if something is missing or malformed.
pub fn claim(request: &HttpRequest) -> Result<Claim, SignatureProblem> {
    match request.header("authorization") {
        Some(authorization) => v3::claim(request, authorization),
        None => v1::claim(request),
    }
}

/// Verifies the signature of a request with the secret of its access key, in constant time.
///
/// # Errors
/// [`SignatureProblem`], if the signature is that of another request or secret.
pub fn verify(
    request: &HttpRequest,
    claim: &Claim,
    access_key_secret: &str,
) -> Result<(), SignatureProblem> {
    match claim.version {
        SignatureVersion::V1 => v1::verify(request, claim, access_key_secret),
        SignatureVersion::V3 => v3::verify(request, claim, access_key_secret),
    }
}
