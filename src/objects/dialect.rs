//! What S3 and OSS say differently.

use crate::model::Encryption;

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

    /// The headers that ask the service to encrypt an object on its disks.
    pub(super) fn encryption(self, wanted: &Encryption) -> Vec<(&'static str, &str)> {
        let (algorithm, kms, key_id) = match self {
            #[cfg(feature = "s3")]
            Self::S3 => (
                "x-amz-server-side-encryption",
                "aws:kms",
                "x-amz-server-side-encryption-aws-kms-key-id",
            ),
            #[cfg(feature = "oss")]
            Self::Oss => {
                ("x-oss-server-side-encryption", "KMS", "x-oss-server-side-encryption-key-id")
            }
        };
        match wanted {
            Encryption::Aes256 => vec![(algorithm, "AES256")],
            Encryption::Kms { key } => {
                let key = key.as_deref().map(|key| (key_id, key));
                [(algorithm, kms)].into_iter().chain(key).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_own_words_for_encryption() {
        let kms = Encryption::Kms { key: Some("k-1".to_owned()) };
        let s3 = "x-amz-server-side-encryption";
        assert_eq!(Dialect::S3.encryption(&Encryption::Aes256), [(s3, "AES256")]);
        let key = "x-amz-server-side-encryption-aws-kms-key-id";
        assert_eq!(Dialect::S3.encryption(&kms), [(s3, "aws:kms"), (key, "k-1")]);
        let oss = "x-oss-server-side-encryption";
        assert_eq!(Dialect::Oss.encryption(&Encryption::Kms { key: None }), [(oss, "KMS")]);
        let key = "x-oss-server-side-encryption-key-id";
        assert_eq!(Dialect::Oss.encryption(&kms), [(oss, "KMS"), (key, "k-1")]);
    }
}
