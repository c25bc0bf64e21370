//! What a request is signed with, and what a signed one says of itself.

use std::fmt;

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

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("version", &self.version)
            .field("access_key_id", &self.access_key_id)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}
