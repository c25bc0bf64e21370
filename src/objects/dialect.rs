//! What S3 and OSS say differently.

/// The service that has a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// S3, of AWS or compatible with it.
    #[cfg(feature = "s3")]
    S3,
    /// OSS of Alibaba Cloud.
    #[cfg(feature = "oss")]
    Oss,
}

impl Dialect {
    /// The scheme of an address of an object, as its own tools write it.
    pub(super) fn scheme(self) -> &'static str {
        match self {
            #[cfg(feature = "s3")]
            Self::S3 => "s3",
            #[cfg(feature = "oss")]
            Self::Oss => "oss",
        }
    }

    /// The header by which an object is created only if there is none.
    pub(super) fn create_only(self) -> (&'static str, &'static str) {
        match self {
            #[cfg(feature = "s3")]
            Self::S3 => ("if-none-match", "*"),
            #[cfg(feature = "oss")]
            Self::Oss => ("x-oss-forbid-overwrite", "true"),
        }
    }

    /// Whether an answer says that there is an object of the name.
    pub(super) fn is_there(self, status: u16, code: &str) -> bool {
        match self {
            #[cfg(feature = "s3")]
            Self::S3 => status == 412 && code == "PreconditionFailed",
            #[cfg(feature = "oss")]
            Self::Oss => status == 409 && code == "FileAlreadyExists",
        }
    }

    /// Whether an answer says that another request about the same name was under way: this one did
    /// nothing.
    pub(super) fn is_conflict(self, status: u16, code: &str) -> bool {
        match self {
            #[cfg(feature = "s3")]
            Self::S3 => {
                status == 409 && matches!(code, "ConditionalRequestConflict" | "OperationAborted")
            }
            #[cfg(feature = "oss")]
            Self::Oss => status == 409 && code == "OperationAborted",
        }
    }

    /// The header with the SHA-256 of the body, where the signature covers that.
    pub(super) fn content_hash(self) -> Option<&'static str> {
        match self {
            #[cfg(feature = "s3")]
            Self::S3 => Some("x-amz-content-sha256"),
            #[cfg(feature = "oss")]
            Self::Oss => None,
        }
    }
}
