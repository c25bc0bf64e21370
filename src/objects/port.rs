//! What a bucket is to those who keep something in it: a real one, or one in memory.

use std::fmt;

use zeroize::Zeroizing;

use super::{Bucket, ObjectError, PutOutcome};
use crate::model::Encryption;

/// Objects by their names. Each call is one attempt.
pub trait Objects: Send + Sync + fmt::Debug {
    /// Creates an object, durable before the answer, unless there is one of its name. The service
    /// encrypts it as it is asked to, or as the bucket says.
    ///
    /// # Errors
    /// [`ObjectError`].
    fn create(
        &self,
        key: &str,
        content: &[u8],
        encryption: Option<&Encryption>,
    ) -> Result<PutOutcome, ObjectError>;

    /// Reads an object; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`ObjectError`].
    fn get(&self, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ObjectError>;

    /// The names that begin with a prefix, sorted.
    ///
    /// # Errors
    /// [`ObjectError`].
    fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError>;

    /// Removes an object. One that is not there is no error.
    ///
    /// # Errors
    /// [`ObjectError`].
    fn delete(&self, key: &str) -> Result<(), ObjectError>;

    /// Refuses a bucket in which an object cannot be created so that nothing is overwritten, and one
    /// that is not of the account.
    ///
    /// # Errors
    /// [`ObjectError`].
    fn check(&self, account: Option<&str>) -> Result<(), ObjectError>;

    /// Where an object is, as the service's own tools write it.
    fn place(&self, key: &str) -> String;
}

impl Objects for Bucket {
    fn create(
        &self,
        key: &str,
        content: &[u8],
        encryption: Option<&Encryption>,
    ) -> Result<PutOutcome, ObjectError> {
        let headers = encryption.map(|wanted| self.dialect.encryption(wanted)).unwrap_or_default();
        Bucket::create(self, key, content, &headers)
    }

    fn get(&self, key: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ObjectError> {
        Bucket::get(self, key)
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, ObjectError> {
        Bucket::list(self, prefix)
    }

    fn delete(&self, key: &str) -> Result<(), ObjectError> {
        Bucket::delete(self, key)
    }

    fn check(&self, account: Option<&str>) -> Result<(), ObjectError> {
        Bucket::check(self, account)
    }

    fn place(&self, key: &str) -> String {
        Bucket::place(self, key)
    }
}
