//! Why a request cannot be read.

use thiserror::Error;

/// Why a request cannot be read, in the service's words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WireProblem {
    /// No such operation.
    #[error("Specified api is not found, please check your url and method.")]
    Action,
    /// A parameter that must be there is missing or empty.
    #[error(
        "The input parameter \"{0}\" that is mandatory for processing this request is not supplied."
    )]
    Missing(&'static str),
    /// A parameter is not in its form.
    #[error("The specified parameter \"{0}\" is not valid.")]
    Invalid(&'static str),
    /// A parameter that the service knows and this does not.
    #[error("The parameter \"{0}\" is not served here: keyform emulator would answer too much.")]
    NotServed(&'static str),
    /// A status that no instance can have.
    #[error("The specified Status is not found.")]
    Status,
    /// Resources of another kind than pairs.
    #[error("The ResourceType provided does not exist in our records.")]
    ResourceType,
    /// A list of instances to describe is not in its form.
    #[error("The specified parameter InstanceIds is not valid.")]
    InstanceIds,
    /// A list of instances to bind or unbind is not in its form.
    #[error("The specified parameter InstanceIds is not valid.")]
    InstanceIdsToBind,
    /// A list of pairs to delete is not in its form.
    #[error("The specified parameter \"KeyPairNames\" is not valid.")]
    KeyPairNames,
    /// What stands for a region can be none.
    #[error("The RegionId provided does not exist in our records.")]
    Region,
    /// Two tags of one call have one key.
    #[error("The Tag.N.Key contain duplicate key.")]
    TagKeys,
}

impl WireProblem {
    /// The HTTP status and the service's code.
    #[must_use]
    pub fn code(&self) -> (u16, &'static str) {
        match self {
            Self::Action => (404, "InvalidAction.NotFound"),
            Self::Missing(_) => (400, "MissingParameter"),
            Self::Invalid(_) | Self::NotServed(_) => (400, "InvalidParameter"),
            Self::Status => (404, "InvalidStatus.NotFound"),
            Self::ResourceType => (404, "InvalidResourceType.NotFound"),
            Self::InstanceIds => (400, "InvalidInstanceIds.Malformed"),
            Self::InstanceIdsToBind => (400, "InvalidInstanceIds.ValueNotSupported"),
            Self::KeyPairNames => (400, "InvalidKeyPairNames.ValueNotSupported"),
            Self::Region => (404, "InvalidRegionId.NotFound"),
            Self::TagKeys => (400, "Duplicate.TagKey"),
        }
    }
}
