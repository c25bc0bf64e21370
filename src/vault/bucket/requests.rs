//! Requests to a bucket, made again where that can help.
//!
//! Each of them may be made twice: an object is only created, and whoever creates one reads it
//! afterwards.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::super::{Place, VaultError};
use crate::{
    model::Encryption,
    objects::{ObjectError, ObjectErrorKind, Objects, PutOutcome},
};

/// How often a request is made.
const ATTEMPTS_MAX: u32 = 4;

/// Waits before a request is made again, after this attempt, from 1.
pub type Pause = Arc<dyn Fn(u32) + Send + Sync>;

/// What asks a bucket.
pub(super) struct Requests {
    objects: Arc<dyn Objects>,
    pause: Pause,
}

impl Requests {
    pub(super) fn new(objects: Arc<dyn Objects>, pause: Pause) -> Self {
        Self { objects, pause }
    }

    pub(super) fn place(&self, object: &str) -> Place {
        Place::Object { address: self.objects.place(object) }
    }

    /// Creates an object where there is none. After an answer that was lost, one that was created is
    /// said to exist.
    pub(super) fn create(
        &self,
        object: &str,
        content: &[u8],
        encryption: Option<&Encryption>,
    ) -> Result<PutOutcome, VaultError> {
        self.ask(object, || self.objects.create(object, content, encryption))
    }

    pub(super) fn get(&self, object: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.ask(object, || self.objects.get(object))
    }

    pub(super) fn list(&self, beginning: &str) -> Result<Vec<String>, VaultError> {
        self.ask(beginning, || self.objects.list(beginning))
    }

    pub(super) fn delete(&self, object: &str) -> Result<(), VaultError> {
        self.ask(object, || self.objects.delete(object))
    }

    pub(super) fn check(&self, root: &str, account: Option<&str>) -> Result<(), VaultError> {
        self.ask(root, || self.objects.check(account))
    }

    fn ask<T>(
        &self,
        object: &str,
        request: impl Fn() -> Result<T, ObjectError>,
    ) -> Result<T, VaultError> {
        let mut attempt = 1;
        loop {
            match request() {
                Ok(answer) => return Ok(answer),
                Err(error) if error.kind != ObjectErrorKind::Refused && attempt < ATTEMPTS_MAX => {
                    (self.pause)(attempt);
                    attempt += 1;
                }
                Err(ObjectError { reason, .. }) => {
                    return Err(VaultError::Bucket { place: self.place(object), reason });
                }
            }
        }
    }
}
