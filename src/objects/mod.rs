//! Objects in a bucket of S3 or OSS: created where there is none, read, listed and deleted.
//!
//! Nothing is overwritten: S3 and OSS create an object only if there is none of its name, each by a
//! header of its own, and [`Bucket::create`] is what both make of it. Requests are signed by reqsign and
//! sent by the one client of HTTP, once each.

mod address;
mod answer;
mod bucket;
mod check;
mod dialect;
mod error;
#[cfg(feature = "oss")]
mod oss;
#[cfg(feature = "oss")]
mod oss_check;
#[cfg(feature = "s3")]
mod s3;
mod sign;
mod wait;

pub use address::BucketAddress;
pub use bucket::{Bucket, PutOutcome};
pub use error::{ObjectError, ObjectErrorKind};
#[cfg(feature = "oss")]
pub use oss::oss;
#[cfg(feature = "s3")]
pub use s3::{AwsVariables, S3Surroundings, s3};
