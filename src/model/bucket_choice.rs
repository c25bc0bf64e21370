//! Which bucket keeps objects, as a manifest chooses it.

use super::Endpoint;

/// A bucket, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketChoice {
    /// Its name.
    pub bucket: String,
    /// What the names of its objects begin with; empty for nothing.
    pub prefix: String,
    /// The region that it is in.
    pub region: String,
    /// Where its service is called.
    pub endpoint: Endpoint,
}

/// Which service has a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketService {
    /// S3, of AWS or compatible with it.
    S3 {
        /// Whether the bucket is named in the path of an address.
        is_path_style: bool,
    },
    /// OSS of Alibaba Cloud.
    Oss,
}

/// How a service encrypts an object on its disks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// AES-256 with a key of the service's own.
    #[default]
    Aes256,
    /// With a key of the service's key management.
    Kms {
        /// Which key; without one, the service's default.
        key: Option<String>,
    },
}
