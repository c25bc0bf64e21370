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
    /// A list of instances is not in its form.
    #[error("The specified parameter InstanceIds is not valid.")]
    InstanceIds,
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
            Self::Invalid(_) => (400, "InvalidParameter"),
            Self::InstanceIds => (400, "InvalidInstanceIds.Malformed"),
            Self::Region => (404, "InvalidRegionId.NotFound"),
            Self::TagKeys => (400, "Duplicate.TagKey"),
        }
    }
}
