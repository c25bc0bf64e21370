//! The vaults of a project: made of what its manifests choose.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{context::Context, error::OpenError};
use crate::{
    manifest::{Desired, Project},
    model::{VaultBucket, VaultChoice},
    vault::{CommandVault, Directory, Lender, Vault, VaultByPair},
};

/// The vaults of a project: that of each pair.
///
/// # Errors
/// [`OpenError`], if one of them is a bucket that cannot be asked.
pub(super) fn vault(
    desired: &Desired,
    directory: &Path,
    context: &Context,
) -> Result<Arc<dyn Vault>, OpenError> {
    let lender = Arc::new(Lender::new(context.disk.clone(), context.machine.lending.clone()));
    let choices = Choices { project: &desired.project, directory, context, lender };
    let project = match &context.machine.private_keys {
        Some(elsewhere) => Arc::new(directory_vault(context, elsewhere.clone())),
        None => choices.vault(&desired.project.private_keys)?,
    };
    let own = desired.key_pairs.iter().filter_map(|pair| {
        let vault = choices.vault(pair.private_keys.as_ref()?);
        Some(vault.map(|vault| (pair.cloud_name.clone(), vault)))
    });
    Ok(Arc::new(VaultByPair::new(project, own.collect::<Result<_, _>>()?)))
}

/// The private keys in a directory.
pub(super) fn directory_vault(context: &Context, directory: PathBuf) -> Directory {
    Directory::new(context.disk.clone(), directory)
}

/// What a choice becomes a vault with.
struct Choices<'a> {
    #[cfg_attr(
        not(any(feature = "oss", feature = "s3")),
        expect(dead_code, reason = "only buckets ask whose the project is")
    )]
    project: &'a Project,
    directory: &'a Path,
    context: &'a Context,
    lender: Arc<Lender>,
}

impl Choices<'_> {
    fn vault(&self, choice: &VaultChoice) -> Result<Arc<dyn Vault>, OpenError> {
        match choice {
            VaultChoice::Directory { directory, .. } => {
                Ok(Arc::new(directory_vault(self.context, self.directory.join(directory))))
            }
            VaultChoice::Command(commands) => {
                let (commands, runner) = (commands.clone(), self.context.commands.clone());
                let lender = self.lender.clone();
                Ok(Arc::new(CommandVault::new(commands, self.directory, runner, lender)))
            }
            VaultChoice::Bucket(chosen) => self.in_bucket(chosen),
        }
    }

    #[cfg(any(feature = "oss", feature = "s3"))]
    fn in_bucket(&self, chosen: &VaultBucket) -> Result<Arc<dyn Vault>, OpenError> {
        use std::time::Duration;

        use super::buckets::Buckets;
        use crate::{
            apply::wait_after,
            ecs::FailureKind,
            model::BucketService,
            vault::{BucketPlace, BucketVault, Pause},
        };
        /// The longest that a request may take.
        const REQUEST_MAX: Duration = Duration::from_secs(30);
        let Self { project, context, .. } = *self;
        let buckets = Buckets { project, context, timeout: REQUEST_MAX };
        let VaultBucket { service, bucket: choice, encryption } = chosen;
        let (bucket, account) = match service {
            BucketService::S3 { is_path_style } => (buckets.s3(choice, *is_path_style)?, None),
            BucketService::Oss => buckets.oss(choice)?,
        };
        let at = BucketPlace::new(&choice.prefix, &project.name, account, encryption.clone());
        let clock = context.clock.clone();
        let pause: Pause = Arc::new(move |attempt| {
            clock.sleep(wait_after(&FailureKind::Transient, "vault", attempt));
        });
        Ok(Arc::new(BucketVault::new(Arc::new(bucket), at, pause, self.lender.clone())))
    }

    #[cfg(not(any(feature = "oss", feature = "s3")))]
    fn in_bucket(&self, chosen: &VaultBucket) -> Result<Arc<dyn Vault>, OpenError> {
        use crate::model::BucketService;
        let feature = match chosen.service {
            BucketService::S3 { .. } => "s3",
            BucketService::Oss => "oss",
        };
        Err(OpenError::NotBuiltIn { feature })
    }
}
