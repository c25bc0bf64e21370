//! Buckets of OSS, with the credentials that ECS is called with.

use std::{sync::Arc, time::Duration};

use super::{Bucket, BucketAddress, dialect::Dialect};
use crate::{
    alicloud::{CredentialSource, Secret, http::Http},
    model::Endpoint,
};
use reqsign_aliyun_oss::{Credential, RequestSigner, SigningVersion};
use reqsign_core::{Context, Error, ProvideCredential, Result, Signer, time::Timestamp};

/// A bucket of OSS in a region, at its endpoint. Nothing is asked of it yet.
#[must_use]
pub fn oss(
    http: Arc<dyn Http>,
    source: Arc<CredentialSource>,
    (endpoint, region): (&Endpoint, &str),
    bucket: &str,
    timeout: Duration,
) -> Bucket {
    let signer = RequestSigner::new(bucket).with_region(region);
    let signer = signer.with_signing_version(SigningVersion::V4);
    let signer = Box::new(Signer::new(Context::new(), FromSource(source), signer));
    let address = BucketAddress::new(endpoint, bucket, false);
    Bucket { http, address, dialect: Dialect::Oss, signer, timeout }
}

/// The credentials of a source, which keeps and renews them.
#[derive(Debug)]
struct FromSource(Arc<CredentialSource>);

impl ProvideCredential for FromSource {
    type Credential = Credential;

    async fn provide_credential(&self, _: &Context) -> Result<Option<Credential>> {
        let current = self.0.current().map_err(|error| {
            let is_transient = error.is_transient();
            Error::credential_invalid(error.to_string()).set_retryable(is_transient)
        })?;
        let expires = current.expires.map(|at| Timestamp::from_millisecond(at.milliseconds()));
        Ok(Some(Credential {
            access_key_id: current.access_key_id.expose().to_owned(),
            access_key_secret: current.access_key_secret.expose().to_owned(),
            security_token: current.security_token.as_ref().map(Secret::expose).map(str::to_owned),
            expires_in: expires.transpose()?,
        }))
    }
}
