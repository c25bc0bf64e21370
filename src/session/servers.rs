//! The servers that keep states: made of what a Project chooses, as far as they are built in.

use std::{sync::Arc, time::Duration};

use super::{context::Context, error::OpenError};
use crate::{
    manifest::Project,
    model::{BucketChoice, DocumentChoice, PostgresUrl},
    store::{Lock, Shelf},
};

/// What keeps the blobs of a project, and what keeps its runs apart.
pub(super) type Kept = (Arc<dyn Shelf>, Arc<dyn Lock>);

/// The longest that a request may take; half of a lease is left when a renewal was missed.
#[cfg(any(feature = "http", feature = "oss", feature = "postgres", feature = "s3"))]
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// The longest that a request may take to a server whose lock is held for a lease.
#[cfg(any(feature = "oss", feature = "postgres", feature = "s3"))]
fn timeout(lease: Duration) -> Duration {
    (lease / 2).min(REQUEST_MAX)
}

/// A server of states.
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "only a database reads files of the project's directory")
)]
pub(super) struct Server<'a> {
    pub(super) project: &'a Project,
    pub(super) directory: &'a std::path::Path,
    pub(super) context: &'a Context,
}

impl Server<'_> {
    #[cfg(any(feature = "http", feature = "postgres"))]
    fn around(&self) -> Result<crate::alicloud::Surroundings, OpenError> {
        Ok((self.context.surroundings)()?)
    }

    /// A database of PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(super) fn postgres(&self, url: &PostgresUrl, lease: Duration) -> Result<Kept, OpenError> {
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
        let limits = TimeLimits { answer: timeout(lease), ..TimeLimits::default() };
        let name = &self.project.name;
        let shelf = PostgresShelf::new(settings.clone(), limits, name.clone())?;
        let leases = PostgresLeases::new(settings, limits, (&shelf, name.clone()), lease)?;
        Ok((Arc::new(shelf), Arc::new(PostgresLock::new(leases))))
    }

    /// A database of PostgreSQL, which is not built in.
    #[cfg(not(feature = "postgres"))]
    pub(super) fn postgres(&self, _: &PostgresUrl, _: Duration) -> Result<Kept, OpenError> {
        Err(OpenError::NotBuiltIn { feature: "postgres" })
    }

    /// A bucket of S3.
    #[cfg(any(feature = "oss", feature = "s3"))]
    pub(super) fn s3(
        &self,
        (choice, is_path_style): (&BucketChoice, bool),
        lease: Duration,
    ) -> Result<Kept, OpenError> {
        let bucket = self.buckets(lease).s3(choice, is_path_style)?;
        Ok(self.kept(bucket, choice, None, lease))
    }

    /// A bucket of OSS, with the credentials and of the account of the project's cloud.
    #[cfg(any(feature = "oss", feature = "s3"))]
    pub(super) fn oss(&self, choice: &BucketChoice, lease: Duration) -> Result<Kept, OpenError> {
        let (bucket, owner) = self.buckets(lease).oss(choice)?;
        Ok(self.kept(bucket, choice, owner, lease))
    }

    #[cfg(any(feature = "oss", feature = "s3"))]
    fn buckets(&self, lease: Duration) -> super::buckets::Buckets<'_> {
        let (project, context, timeout) = (self.project, self.context, timeout(lease));
        super::buckets::Buckets { project, context, timeout }
    }

    /// A document on a server of Terraform's states.
    #[cfg(feature = "http")]
    pub(super) fn http(&self, choice: &DocumentChoice) -> Result<Kept, OpenError> {
        use crate::{
            alicloud::Secret,
            documents::{DocumentServer, Login},
            store::{DocumentLock, DocumentShelf, KeptDocument},
        };
        let around = self.around()?;
        let trusted = &self.context.machine.trusted_hosts;
        if let Some(stranger) = choice.endpoints().find(|one| !trusted.trust_named(one)) {
            return Err(OpenError::UntrustedServerHost { host: stranger.host().to_owned() });
        }
        let variable = |name| around.variables.get(name).map(str::to_owned);
        let login = variable("TF_HTTP_USERNAME").map(|user| Login {
            user,
            password: Secret::new(variable("TF_HTTP_PASSWORD").unwrap_or_default()),
        });
        let server = DocumentServer::new(around.http.clone(), choice.clone(), login, REQUEST_MAX);
        let document = Arc::new(KeptDocument::new(server));
        let lock = DocumentLock::new(document.clone());
        Ok((Arc::new(DocumentShelf::new(document)), Arc::new(lock)))
    }

    /// A document on a server, which is not built in.
    #[cfg(not(feature = "http"))]
    pub(super) fn http(&self, _: &DocumentChoice) -> Result<Kept, OpenError> {
        Err(OpenError::NotBuiltIn { feature: "http" })
    }

    /// The blobs and the lock in a bucket.
    #[cfg(any(feature = "oss", feature = "s3"))]
    fn kept(
        &self,
        bucket: crate::objects::Bucket,
        choice: &BucketChoice,
        owner: Option<String>,
        lease: Duration,
    ) -> Kept {
        let name = &self.project.name;
        let shelf = crate::store::ObjectShelf::new(bucket, &choice.prefix, name, owner);
        let shelf: Arc<dyn Shelf> = Arc::new(shelf);
        (shelf.clone(), Arc::new(crate::store::ShelfLock::new(shelf, lease)))
    }

    /// A bucket of S3, which is not built in.
    #[cfg(not(any(feature = "oss", feature = "s3")))]
    pub(super) fn s3(&self, _: (&BucketChoice, bool), _: Duration) -> Result<Kept, OpenError> {
        Err(OpenError::NotBuiltIn { feature: "s3" })
    }

    /// A bucket of OSS, which is not built in.
    #[cfg(not(any(feature = "oss", feature = "s3")))]
    pub(super) fn oss(&self, _: &BucketChoice, _: Duration) -> Result<Kept, OpenError> {
        Err(OpenError::NotBuiltIn { feature: "oss" })
    }
}
