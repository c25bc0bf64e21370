//! The buckets of a project: made of what its manifests choose, as far as they are built in.

use std::time::Duration;

use super::{context::Context, error::OpenError};
use crate::{manifest::Project, model::BucketChoice, objects::Bucket};

/// What opens the buckets of a project.
pub(super) struct Buckets<'a> {
    #[cfg_attr(not(feature = "oss"), expect(dead_code, reason = "only OSS asks for the account"))]
    pub(super) project: &'a Project,
    pub(super) context: &'a Context,
    /// The longest that a request may take.
    pub(super) timeout: Duration,
}

impl Buckets<'_> {
    /// A bucket of S3.
    #[cfg(feature = "s3")]
    pub(super) fn s3(
        &self,
        choice: &BucketChoice,
        is_path_style: bool,
    ) -> Result<Bucket, OpenError> {
        use crate::objects::{AwsVariables, BucketAddress, S3Surroundings, s3};
        let around = (self.context.surroundings)()?;
        self.admit(choice)?;
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let s3_around = S3Surroundings {
            variables: AwsVariables::among(around.variables.set().map(owned)),
            home: around.home.clone(),
            files: around.files.clone(),
            http: around.http.clone(),
        };
        let address = BucketAddress::new(&choice.endpoint, &choice.bucket, is_path_style);
        Ok(s3(s3_around, address, &choice.region, self.timeout))
    }

    /// A bucket of S3, which is not built in.
    #[cfg(not(feature = "s3"))]
    pub(super) fn s3(&self, _: &BucketChoice, _: bool) -> Result<Bucket, OpenError> {
        Err(OpenError::NotBuiltIn { feature: "s3" })
    }

    /// A bucket of OSS, with the credentials of the project's cloud, and the account that it has to be
    /// of.
    #[cfg(feature = "oss")]
    pub(super) fn oss(&self, choice: &BucketChoice) -> Result<(Bucket, Option<String>), OpenError> {
        use std::sync::Arc;

        use crate::{alicloud::CredentialSource, objects::oss, session::account::account_of};
        let around = (self.context.surroundings)()?;
        self.admit(choice)?;
        let chosen = account_of(&self.project.cloud);
        let owner = Some(chosen.account).filter(|account| !account.is_empty());
        let http = around.http.clone();
        let source = Arc::new(CredentialSource::new(around, chosen.choice));
        let at = (&choice.endpoint, choice.region.as_str());
        Ok((oss(http, source, at, &choice.bucket, self.timeout), owner))
    }

    /// A bucket of OSS, which is not built in.
    #[cfg(not(feature = "oss"))]
    pub(super) fn oss(&self, _: &BucketChoice) -> Result<(Bucket, Option<String>), OpenError> {
        Err(OpenError::NotBuiltIn { feature: "oss" })
    }

    /// Refuses an endpoint to which no signed requests are sent.
    fn admit(&self, choice: &BucketChoice) -> Result<(), OpenError> {
        if self.context.machine.trusted_hosts.trust_storage(&choice.endpoint) {
            return Ok(());
        }
        Err(OpenError::UntrustedServerHost { host: choice.endpoint.host().to_owned() })
    }
}
