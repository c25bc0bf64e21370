//! Buckets of OSS, with the credentials that ECS is called with.

use std::{sync::Arc, time::Duration};

use reqsign_aliyun_oss::{Credential, RequestSigner, SigningVersion};
use reqsign_core::{Context, Error, ProvideCredential, Result, Signer, time::Timestamp};
use serde::Deserialize;

use super::{Bucket, BucketAddress, ObjectError, dialect::Dialect};
use crate::{
    alicloud::{CredentialSource, Secret, http::Http},
    model::Endpoint,
    visible,
};

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

/// Refuses a bucket in which creating is not what it has to be. With versioning, also if it is only
/// suspended, OSS lets every creation overwrite. A bucket of another account, whose name is the same
/// because ours was deleted, would be read and written by strangers.
pub(super) fn check(
    bucket: &Bucket,
    account: Option<&str>,
) -> std::result::Result<(), ObjectError> {
    let place = bucket.place("");
    let Versioning { status } = bucket.ask(&[("versioning", "")], "VersioningConfiguration")?;
    if let Some(status) = status {
        return Err(ObjectError::refused(format!(
            "the bucket {place} has versioning ({}), with which OSS overwrites what must only be \
             created; use a bucket that never had it",
            visible::line(&status)
        )));
    }
    let BucketInfo { bucket: Described { owner } } =
        bucket.ask(&[("bucketInfo", "")], "BucketInfo")?;
    match account {
        Some(account) if owner.id != account => Err(ObjectError::refused(format!(
            "the bucket {place} belongs to the account {}, and the project is about {account}; name \
             a bucket of that account",
            visible::line(&owner.id)
        ))),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
struct Versioning {
    #[serde(rename = "Status")]
    status: Option<String>,
}

#[derive(Deserialize)]
struct BucketInfo {
    #[serde(rename = "Bucket")]
    bucket: Described,
}

#[derive(Deserialize)]
struct Described {
    #[serde(rename = "Owner")]
    owner: Owner,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(rename = "ID")]
    id: String,
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
