//! What OSS says of a bucket, before anything is created in it.

use serde::Deserialize;

use super::{Bucket, ObjectError};
use crate::visible;

/// Refuses a bucket in which creating is not what it has to be. With versioning, also if it is only
/// suspended, OSS lets every creation overwrite. A bucket of another account, whose name is the same
/// because ours was deleted, would be read and written by strangers.
pub(super) fn check(bucket: &Bucket, account: Option<&str>) -> Result<(), ObjectError> {
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
