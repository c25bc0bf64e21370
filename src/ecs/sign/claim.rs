//! What a signed request says of itself, and whether its signature is right.

use super::{SignatureProblem, v1, v3};
use crate::{ecs::wire::HttpRequest, model::Timestamp};

/// Which signature a request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVersion {
    /// HMAC-SHA1 over the parameters.
    V1,
    /// ACS3-HMAC-SHA256 over the request.
    V3,
}

/// What a signed request says of itself, before its signature is verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which signature it has.
    pub version: SignatureVersion,
    /// Whose it is.
    pub access_key_id: String,
    /// The token of temporary credentials.
    pub security_token: Option<String>,
    /// When it was signed.
    pub at: Timestamp,
    /// Unique among the requests of this access key.
    pub nonce: String,
    /// As the request gives it.
    pub(super) signature: String,
    /// The headers that it covers; V3 only.
    pub(super) signed_headers: Vec<String>,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claim")
            .field("version", &self.version)
            .field("access_key_id", &self.access_key_id)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
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
