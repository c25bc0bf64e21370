//! The servers that keep states: made of what a Project chooses, as far as they are built in.

use std::{sync::Arc, time::Duration};

use super::{context::Context, error::OpenError};
use crate::{
    manifest::Project,
    model::{BucketChoice, PostgresUrl},
    store::{Lock, Shelf},
};

/// What keeps the blobs of a project, and what keeps its runs apart.
pub(super) type Kept = (Arc<dyn Shelf>, Arc<dyn Lock>);

/// The longest that a request to a bucket may take; half of a lease is left when a renewal was
/// missed.
#[cfg(any(feature = "oss", feature = "postgres", feature = "s3"))]
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// A server of states.
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "only a database reads files of the project's directory")
)]
pub(super) struct Server<'a> {
    pub(super) project: &'a Project,
    pub(super) directory: &'a std::path::Path,
    pub(super) context: &'a Context,
    /// For how long its lock is held without a renewal.
    pub(super) lease: Duration,
}

impl Server<'_> {
    #[cfg(feature = "postgres")]
    fn around(&self) -> Result<crate::alicloud::Surroundings, OpenError> {
        Ok((self.context.surroundings)()?)
    }

    #[cfg(any(feature = "oss", feature = "postgres", feature = "s3"))]
    fn timeout(&self) -> Duration {
        (self.lease / 2).min(REQUEST_MAX)
    }

    /// A database of PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(super) fn postgres(&self, url: &PostgresUrl) -> Result<Kept, OpenError> {
        use crate::{
            database::{PostgresVariables, Settings, TimeLimits, UserFiles},
            store::{PostgresLeases, PostgresLock, PostgresShelf},
        };
        let around = self.around()?;
        let variable = |name: &str| around.variables.get(name).map(str::to_owned);
        let user = UserFiles {
            variables: PostgresVariables::read(variable),
            home: around.home.clone(),
            project: self.directory.to_owned(),
            files: around.files.clone(),
            trusted: around.trusted.clone(),
        };
        let settings = Settings::resolve(url, &user)?;
        let limits = TimeLimits { answer: self.timeout(), ..TimeLimits::default() };
        let name = &self.project.name;
        let shelf = PostgresShelf::new(settings.clone(), limits, name.clone())?;
        let leases = PostgresLeases::new(settings, limits, (&shelf, name.clone()), self.lease)?;
        Ok((Arc::new(shelf), Arc::new(PostgresLock::new(leases))))
    }

    /// A database of PostgreSQL, which is not built in.
    #[cfg(not(feature = "postgres"))]
    pub(super) fn postgres(&self, _: &PostgresUrl) -> Result<Kept, OpenError> {
        Err(OpenError::NotBuiltIn { feature: "postgres" })
    }

    /// A bucket of S3.
    #[cfg(any(feature = "oss", feature = "s3"))]
    pub(super) fn s3(&self, choice: &BucketChoice, is_path_style: bool) -> Result<Kept, OpenError> {
        let bucket = self.buckets().s3(choice, is_path_style)?;
        Ok(self.kept(bucket, choice, None))
    }

    /// A bucket of OSS, with the credentials and of the account of the project's cloud.
    #[cfg(any(feature = "oss", feature = "s3"))]
    pub(super) fn oss(&self, choice: &BucketChoice) -> Result<Kept, OpenError> {
        let (bucket, owner) = self.buckets().oss(choice)?;
        Ok(self.kept(bucket, choice, owner))
    }

    #[cfg(any(feature = "oss", feature = "s3"))]
    fn buckets(&self) -> super::buckets::Buckets<'_> {
        let (project, context, timeout) = (self.project, self.context, self.timeout());
        super::buckets::Buckets { project, context, timeout }
    }

    /// The blobs and the lock in a bucket.
    #[cfg(any(feature = "oss", feature = "s3"))]
    fn kept(
        &self,
        bucket: crate::objects::Bucket,
        choice: &BucketChoice,
        owner: Option<String>,
    ) -> Kept {
        let name = &self.project.name;
        let shelf = crate::store::ObjectShelf::new(bucket, &choice.prefix, name, owner);
        let shelf: Arc<dyn Shelf> = Arc::new(shelf);
        (shelf.clone(), Arc::new(crate::store::ShelfLock::new(shelf, self.lease)))
    }

    /// A bucket of S3, which is not built in.
    #[cfg(not(any(feature = "oss", feature = "s3")))]
    pub(super) fn s3(&self, _: &BucketChoice, _: bool) -> Result<Kept, OpenError> {
        Err(OpenError::NotBuiltIn { feature: "s3" })
    }

    /// A bucket of OSS, which is not built in.
    #[cfg(not(any(feature = "oss", feature = "s3")))]
    pub(super) fn oss(&self, _: &BucketChoice) -> Result<Kept, OpenError> {
        Err(OpenError::NotBuiltIn { feature: "oss" })
    }
}
