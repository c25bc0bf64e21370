//! Whether creating an object is in a bucket what it has to be.

#[cfg(feature = "oss")]
use super::oss_check;
use super::{Bucket, ObjectError, dialect::Dialect};

impl Bucket {
    /// Refuses a bucket in which an object cannot be created so that nothing is overwritten, and one
    /// that is not of the account. Of a bucket of S3 nothing says so beforehand.
    ///
    /// # Errors
    /// [`ObjectError`].
    #[cfg_attr(not(feature = "oss"), expect(unused_variables))]
    pub fn check(&self, account: Option<&str>) -> Result<(), ObjectError> {
        match self.dialect {
            #[cfg(feature = "s3")]
            Dialect::S3 => Ok(()),
            #[cfg(feature = "oss")]
            Dialect::Oss => oss_check::check(self, account),
        }
    }
}
