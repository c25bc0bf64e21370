//! How a call fails.

use std::time::Duration;

use thiserror::Error;

use super::Request;
use crate::rights::Denial;

/// The longest wait that the service may ask for: that of the vendor's own clients between two
/// attempts. A larger value is taken for this one, so that a mistaken one holds up no run.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(120);

/// A call that was not answered with a result.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    /// The service answered with an error.
    #[error(
        "{operation} was refused by the service: {code}: {message} (HTTP {status}, request \
         {request_id}){}",
        lacking(operation, code, denied.as_deref())
    )]
    Service {
        /// Which operation.
        operation: &'static str,
        /// The HTTP status.
        status: u16,
        /// Such as `KeyPair.AlreadyExist`.
        code: String,
        /// In the service's words.
        message: String,
        /// For the vendor's support.
        request_id: String,
        /// The least wait before the same call, if the service named one: at most
        /// [`RETRY_AFTER_MAX`].
        retry_after: Option<Duration>,
        /// Which right the caller lacks, as far as the service or the request tells.
        denied: Option<Box<Denial>>,
    },
    /// No answer came: it is unknown whether the call took effect.
    #[error("{operation} was not answered: {reason}")]
    NoAnswer {
        /// Which operation.
        operation: &'static str,
        /// What happened on the way.
        reason: String,
    },
    /// There are no credentials to sign the call with, so that it was not sent.
    #[error("{operation} was not sent, since there are no credentials: {reason}")]
    NoCredentials {
        /// Which operation.
        operation: &'static str,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The call could not be sent, so that it surely took no effect.
    #[error("{operation} could not be sent: {reason}")]
    NotSent {
        /// Which operation.
        operation: &'static str,
        /// What happened.
        reason: String,
    },
}

/// The codes that the client tells apart, and those that only the embedded cloud answers with: to
/// the client each of the latter is a refusal like any.
pub struct Code;

impl Code {
    /// ImportKeyPair: the name is taken.
    pub const KEY_PAIR_EXISTS: &str = "KeyPair.AlreadyExist";
    /// AttachKeyPair and DetachKeyPair: no such pair. HTTP 400, not 404.
    pub const KEY_PAIR_NOT_FOUND: &str = "InvalidKeyPairName.NotFound";
    /// DeleteKeyPairs: an instance is bound to it.
    pub const KEY_PAIR_BOUND: &str = "InvalidParameter.KeypairAlreadyAttachedInstance";
    /// ImportKeyPair and CreateKeyPair: 500 pairs are there (R5).
    pub const KEY_PAIR_QUOTA: &str = "QuotaExceed.KeyPair";
    /// ImportKeyPair: the key is of no importable type (R9).
    pub const PUBLIC_KEY_MALFORMED: &str = "InvalidPublicKeyBody.Malformed";
    /// The instance is Windows (R1).
    pub const WINDOWS: &str = "DependencyViolation.WindowsInstance";
    /// The instance is not I/O optimized (R8).
    pub const IO_OPTIMIZED: &str = "DependencyViolation.IoOptimize";
    /// The instance is in a status in which this cannot be done.
    pub const INSTANCE_STATUS: &str = "IncorrectInstanceStatus";
    /// No such instance.
    pub const INSTANCE_NOT_FOUND: &str = "InvalidInstanceId.NotFound";
    /// A parameter that must be there is empty or missing.
    pub const MISSING_PARAMETER: &str = "MissingParameter";
    /// A parameter is out of its range. The code of this is documented for no operation used here.
    pub const PARAMETER: &str = "InvalidParameter";
    /// ImportKeyPair: the name breaks the service's rule for names.
    pub const KEY_PAIR_NAME_MALFORMED: &str = "InvalidKeyPairName.Malformed";
    /// AttachKeyPair and DetachKeyPair: the list of instances is of no use, such as an empty one.
    pub const INSTANCE_IDS_UNSUPPORTED: &str = "InvalidInstanceIds.ValueNotSupported";
    /// DescribeInstances: the list of instances cannot be read, or has more than 100 ids.
    pub const INSTANCE_IDS_MALFORMED: &str = "InvalidInstanceIds.Malformed";
    /// AttachKeyPair and DetachKeyPair: more than 50 instances; DeleteKeyPairs: more than 100 names.
    pub const KEY_PAIR_LIMIT: &str = "InstanceKeyPairLimitExceeded";
    /// RebootInstances: more than 100 instances.
    pub const TOO_MANY_INSTANCES: &str = "InvalidParameter.TooManyInstanceIds";
    /// A token that no page before has told. Documented for ListTagResources.
    pub const NEXT_TOKEN: &str = "Invalid.NextToken";
    /// TagResources and UntagResources: no such resource.
    pub const RESOURCE_NOT_FOUND: &str = "InvalidResourceId.NotFound";
    /// TagResources and UntagResources: no resource is named.
    pub const MISSING_RESOURCE_IDS: &str = "MissingParameter.ResourceIds";
    /// TagResources and UntagResources: no tag is named.
    pub const MISSING_TAGS: &str = "MissingParameter.Tags";
    /// TagResources and UntagResources: more than 50 resources.
    pub const TOO_MANY_RESOURCES: &str = "NumberExceed.ResourceIds";
    /// TagResources and UntagResources: more than 20 tags in one call.
    pub const TOO_MANY_TAGS: &str = "NumberExceed.Tags";
    /// The resource would have more than 20 tags.
    pub const TAG_QUOTA: &str = "QuotaExceed.Tags";
    /// Two tags of one call have one key.
    pub const TAG_KEY_DUPLICATE: &str = "Duplicate.TagKey";
    /// TagResources: the resource has a tag whose key differs only in case.
    pub const TAG_KEY_CLASH: &str = "TagKey.Duplication";
    /// A tag's key breaks the service's rule.
    pub const TAG_KEY_MALFORMED: &str = "InvalidTagKey.Malformed";
    /// A tag's value breaks the service's rule.
    pub const TAG_VALUE_MALFORMED: &str = "InvalidTagValue.Malformed";
    /// The caller may make this call, which was asked for with `DryRun=true`.
    pub const DRY_RUN: &str = "DryRunOperation";
    /// A batch could be done, which was asked for with `DryRun=true`.
    pub const DRY_RUN_BATCH: &str = "DRYRUN.SUCCESS";
    /// RebootInstances and its like: one of the instances does not exist.
    pub const INSTANCE_IDS_NOT_FOUND: &str = "InvalidInstanceIds.NotFound";
    /// No such resource group.
    pub const RESOURCE_GROUP_NOT_FOUND: &str = "InvalidResourceGroup.NotFound";
    /// No such region.
    pub const REGION_NOT_FOUND: &str = "InvalidRegionId.NotFound";
    /// DescribeInstanceStatus: no such zone.
    pub const ZONE_NOT_FOUND: &str = "InvalidZoneId.NotFound";
    /// ListTagResources: neither resources nor tags are named.
    pub const TAGS_AND_RESOURCES_EMPTY: &str = "BothEmpty.TagsAndResources";
    /// UntagResources: both `All` and keys of tags.
    pub const PARAMETER_CONFLICT: &str = "Param.Conflict";
    /// DeleteKeyPairs: no such pair, as older versions of the service answered.
    pub const DELETED_PAIR_NOT_FOUND: &str = "InvalidKeyPair.NotFound";
    /// The service has failed.
    pub const INTERNAL_ERROR: &str = "InternalError";
    /// Too many calls; one of several codes that start so.
    pub const THROTTLING: &str = "Throttling.User";
}

/// How the codes begin by which the service refuses a caller without permission.
const DENIED: [&str; 4] =
    ["Forbidden", "NoPermission", "Unauthorized", "InvalidOperation.NoPermission"];
/// Those of them that no policy of RAM changes.
const DENIED_OTHERWISE: [&str; 2] = ["Forbidden.RiskControl", "Forbidden.AccessKeyDisabled"];

/// Whether a code says that the caller has no permission.
pub(super) fn is_denied(code: &str) -> bool {
    DENIED.iter().any(|prefix| code.starts_with(prefix))
}

/// The right that a refusal is about; none if it is about no right.
fn denial(operation: &'static str, code: &str, denied: Option<&Denial>) -> Option<Denial> {
    let by_rights = is_denied(code) && !DENIED_OTHERWISE.contains(&code);
    by_rights.then(|| denied.cloned().unwrap_or_else(|| Denial::of_operation(operation)))
}

/// The end of the sentence on a refusal: what the caller lacks.
fn lacking(operation: &'static str, code: &str, denied: Option<&Denial>) -> String {
    denial(operation, code, denied).map_or_else(String::new, |denial| format!("; {denial}"))
}

impl CallError {
    /// The right that the caller lacks, if the call was refused for that.
    #[must_use]
    pub fn denial(&self) -> Option<Denial> {
        match self {
            Self::Service { operation, code, denied, .. } => {
                denial(operation, code, denied.as_deref())
            }
            Self::NoAnswer { .. } | Self::NoCredentials { .. } | Self::NotSent { .. } => None,
        }
    }

    /// The same error of a call whose request is known: with the resources that it needed a
    /// right for, where the service has not named one.
    #[must_use]
    pub fn about(mut self, request: &Request) -> Self {
        if let Some(denial) = self.denial()
            && let Self::Service { denied, .. } = &mut self
        {
            *denied = Some(Box::new(denial.about(&request.needed())));
        }
        self
    }

    /// Whether the service asks to come back later. A throttled call took no effect, unless
    /// [`CallError::is_outcome_unknown`].
    ///
    /// Codes are matched by prefix: `Throttling`, `Throttling.User`, `Throttling.Api`,
    /// `Rejected.Throttling`; HTTP 429 counts whatever the code, and so does an answer that says
    /// when to come back, as for the vendor's clients.
    #[must_use]
    pub fn is_throttling(&self) -> bool {
        match self {
            Self::Service { status, code, retry_after, .. } => {
                *status == 429
                    || code.starts_with("Throttling")
                    || code == "Rejected.Throttling"
                    || retry_after.is_some()
            }
            Self::NoAnswer { .. } | Self::NoCredentials { .. } | Self::NotSent { .. } => false,
        }
    }

    /// Whether the call may have taken effect although it failed: no answer, or a server's error.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Service { status, .. } => *status >= 500,
            Self::NoAnswer { .. } => true,
            Self::NoCredentials { .. } | Self::NotSent { .. } => false,
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.is_throttling() || self.is_outcome_unknown() || matches!(self, Self::NotSent { .. })
    }

    /// The least wait before the same call, if the service named one.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Service { retry_after, .. } => *retry_after,
            Self::NoAnswer { .. } | Self::NoCredentials { .. } | Self::NotSent { .. } => None,
        }
    }

    /// The service's code, if it answered.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Service { code, .. } => Some(code),
            Self::NoAnswer { .. } | Self::NoCredentials { .. } | Self::NotSent { .. } => None,
        }
    }

    /// Which operation failed.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Service { operation, .. }
            | Self::NoAnswer { operation, .. }
            | Self::NoCredentials { operation, .. }
            | Self::NotSent { operation, .. } => operation,
        }
    }
}
