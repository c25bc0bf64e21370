//! A shelf in a bucket of S3 or OSS, which may have those of several projects.

use super::{Created, Shelf, ShelfError, ShelfErrorKind};
use crate::{
    model::{ProjectName, Timestamp},
    objects::{Bucket, ObjectError, ObjectErrorKind, PutOutcome},
};

/// What the names of leases begin with. Each lock creates one, and its holder creates more.
const LEASES: &str = "lease/";

/// The blobs of one project in a bucket.
///
/// With each lease it is asked again whether creating an object is in this bucket what it has to be:
/// OSS overwrites where versioning was turned on.
#[derive(Debug)]
pub struct ObjectShelf {
    bucket: Bucket,
    /// Whose the bucket has to be.
    account: Option<String>,
    /// What the keys of its objects begin with: it ends with a slash.
    root: String,
}

impl ObjectShelf {
    /// The blobs of a project, below a prefix, in a bucket of an account. Nothing is asked of the
    /// bucket yet.
    #[must_use]
    pub fn new(
        bucket: Bucket,
        prefix: &str,
        project: &ProjectName,
        account: Option<String>,
    ) -> Self {
        let prefix = prefix.trim_matches('/');
        let root = match prefix.is_empty() {
            true => format!("{project}/"),
            false => format!("{prefix}/{project}/"),
        };
        Self { bucket, account, root }
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.root)
    }

    fn failed(&self, error: ObjectError) -> ShelfError {
        let kind = match error.kind {
            ObjectErrorKind::NotDone => ShelfErrorKind::Unreachable,
            ObjectErrorKind::Unknown => ShelfErrorKind::Lost,
            ObjectErrorKind::Refused => ShelfErrorKind::Refused,
        };
        ShelfError { place: self.place(), reason: error.reason, kind }
    }
}

impl Shelf for ObjectShelf {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        let keys = self.bucket.list(&self.key(prefix)).map_err(|error| self.failed(error))?;
        let names = keys.iter().filter_map(|key| key.strip_prefix(&self.root));
        Ok(names.map(str::to_owned).collect())
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        let read = self.bucket.get(&self.key(name)).map_err(|error| self.failed(error))?;
        Ok(read.map(|content| content.to_vec()))
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        if name.starts_with(LEASES) {
            let checked = self.bucket.check(self.account.as_deref());
            checked.map_err(|error| self.failed(error))?;
        }
        let created = self.bucket.create(&self.key(name), content, &[]);
        Ok(match created.map_err(|error| self.failed(error))? {
            PutOutcome::New => Created::New,
            PutOutcome::Exists => Created::Exists,
        })
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.bucket.delete(&self.key(name)).map_err(|error| self.failed(error))
    }

    fn server_time(&self) -> Result<Option<Timestamp>, ShelfError> {
        self.bucket.time(&self.root).map_err(|error| self.failed(error))
    }

    fn place(&self) -> String {
        self.bucket.place(&self.root)
    }
}
