//! Objects in a bucket of S3 or OSS: created where there is none, read, listed and deleted.
//!
//! Nothing is overwritten: S3 and OSS create an object only if there is none of its name, each by a
//! header of its own, and [`Bucket::create`] is what both make of it. Requests are signed by reqsign and
//! sent by the one client of HTTP, once each. [`Objects`] is what others see of a bucket; [`MemoryBucket`] is
//! one that forgets everything with its process.

mod address;
mod answer;
mod bucket;
mod check;
mod dialect;
mod error;
mod memory;
#[cfg(feature = "oss")]
mod oss;
#[cfg(feature = "oss")]
mod oss_check;
mod port;
#[cfg(feature = "s3")]
mod s3;
mod sign;
mod wait;

pub use address::BucketAddress;
pub use bucket::{Bucket, PutOutcome};
pub use error::{ObjectError, ObjectErrorKind};
pub use memory::{BucketFailure, MemoryBucket};
#[cfg(feature = "oss")]
pub use oss::oss;
pub use port::Objects;
#[cfg(feature = "s3")]
pub use s3::{AwsVariables, S3Surroundings, s3};
