//! `privateKeys` of a Project or of a KeyPair.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{RawVaultCommands, Text, written};
use crate::manifest::schema;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
#[schemars(extend("not" = schema::two_vaults()))]
pub(in crate::manifest) struct RawPrivateKeys {
    /// A directory in the same git work tree, relative to the project's, with `/`. Elsewhere they
    /// are kept by `--private-keys`.
    #[schemars(with = "Option<schema::OtherPath>", extend("examples" = ["keys"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) directory: Option<Text>,
    /// Whether the directory outlives the machine that runs apply. Without this a runner of CI does
    /// not keep private keys of a real cloud in it.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) outlives_runner: Option<bool>,
    /// Programs of yours that keep the private keys elsewhere.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) command: Option<RawVaultCommands>,
    /// Keeps each private key as an object in a bucket of S3, or of a service that is compatible with
    /// it.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) s3: Option<RawS3Vault>,
    /// Keeps each private key as an object in a bucket of OSS that never had versioning.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) oss: Option<RawOssVault>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawS3Vault {
    /// The name of the bucket.
    #[schemars(required, extend("pattern" = schema::BUCKET_PATTERN, "examples" = ["acme-keys"]))]
    pub(in crate::manifest) bucket: Option<Text>,
    /// What the names of its objects begin with, before that of the project.
    #[schemars(extend("pattern" = schema::PREFIX_PATTERN, "examples" = ["keyform"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) prefix: Option<Text>,
    /// The region that the bucket is in.
    #[schemars(required, extend("pattern" = schema::BUCKET_REGION_PATTERN, "examples" = ["eu-west-1"]))]
    pub(in crate::manifest) region: Option<Text>,
    /// Where the service is, if it is not that of AWS: `https://` and a host that
    /// KEYFORM_TRUSTED_HOSTS names in the environment, or this machine.
    #[schemars(extend(
        "pattern" = r"^https?://[A-Za-z0-9.:\[\]-]+/?$",
        "examples" = ["https://minio.example"]
    ))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) endpoint: Option<Text>,
    /// Whether the bucket is named in the path of an address, and not in its host.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) path_style: Option<bool>,
    /// How the service encrypts the private keys on its disks. Without this it is AES256.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) encryption: Option<RawS3Encryption>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawOssVault {
    /// The name of the bucket. It is of the account that the project is about.
    #[schemars(required, extend("pattern" = schema::BUCKET_PATTERN, "examples" = ["acme-keys"]))]
    pub(in crate::manifest) bucket: Option<Text>,
    /// What the names of its objects begin with, before that of the project.
    #[schemars(extend("pattern" = schema::PREFIX_PATTERN, "examples" = ["keyform"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) prefix: Option<Text>,
    /// The region that the bucket is in. An endpoint of OSS names it too.
    #[schemars(extend("pattern" = schema::BUCKET_REGION_PATTERN, "examples" = ["cn-hangzhou"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) region: Option<Text>,
    /// Where OSS is called, such as inside of a VPC: `https://` and a host of OSS, this machine, or
    /// a host that KEYFORM_TRUSTED_HOSTS names in the environment.
    #[schemars(extend(
        "pattern" = r"^https?://[A-Za-z0-9.:\[\]-]+/?$",
        "examples" = ["https://oss-cn-hangzhou-internal.aliyuncs.com"]
    ))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) endpoint: Option<Text>,
    /// How OSS encrypts the private keys on its disks. Without this it is AES256.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) encryption: Option<RawOssEncryption>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
#[schemars(extend("not" = schema::key_without("aws:kms")))]
pub(in crate::manifest) struct RawS3Encryption {
    /// `AES256`, with a key of the service's own (default), or `aws:kms`, with one of its KMS.
    #[schemars(extend("enum" = ["AES256", "aws:kms"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) algorithm: Option<Text>,
    /// The key of KMS, by its id or its ARN; without this it is the default one of S3.
    #[schemars(extend("pattern" = schema::KMS_KEY_PATTERN, "examples" = ["alias/keyform"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) key_id: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
#[schemars(extend("not" = schema::key_without("KMS")))]
pub(in crate::manifest) struct RawOssEncryption {
    /// `AES256`, with a key of the service's own (default), or `KMS`, with one of its KMS.
    #[schemars(extend("enum" = ["AES256", "KMS"]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) algorithm: Option<Text>,
    /// The key of KMS, by its id; without this it is the default one of OSS.
    #[schemars(extend(
        "pattern" = schema::KMS_KEY_PATTERN,
        "examples" = ["9468da86-3509-4f8d-a61e-6eab1eac0000"]
    ))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) key_id: Option<Text>,
}
