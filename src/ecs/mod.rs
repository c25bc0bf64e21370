//! The ECS API as data: what can be asked, what is answered, and how it fails.
//!
//! Shared by the client (`cloud`) and the emulator, so that the embedded cloud and the real one run
//! the same code. Source of all facts: the ECS API reference, version 2014-05-26.

pub mod calls;
pub mod error;
mod failure;
mod needed;
pub use crate::model::limits;
pub mod operations;
pub mod parameters;
pub mod responses;
pub mod sign;
pub mod tally;
pub mod wire;

pub use calls::{
    CloudRead, CloudWrite, CreatedPair, ItemResults, NewPair, ReadAnswer, Refusal, SingleAnswers,
    SingleReboots, WriteAnswer,
};
pub use error::{CallError, Code};
pub use failure::FailureKind;
pub use operations::{DescribeInstances, Request};
pub use parameters::{BatchOptions, InstanceFilters, NumberedPage, PairOptions, TagFilter};
pub use responses::{
    BatchItem, Instance, InstancePage, ItemResult, KeyPair, KeyPairPage, PrivateKeyBody, RegionRow,
    Response, StatusPage, TagPage,
};
pub use tally::{CallCount, Counted, Tally};

/// The one seam between keyform and a cloud: a request in, a response or a [`CallError`] out.
///
/// An implementation makes one attempt. Retries, batches and pages belong to its callers.
pub trait Transport: Send + Sync {
    /// Makes one attempt of one call.
    ///
    /// # Errors
    /// [`CallError::Service`] if the service refused, [`CallError::NoAnswer`] if nothing is known
    /// about whether the call took effect.
    fn call(&self, request: &Request) -> Result<Response, CallError>;
}

impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    fn call(&self, request: &Request) -> Result<Response, CallError> {
        (**self).call(request)
    }
}
