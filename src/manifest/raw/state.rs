//! `state` of a Project.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{RawDirectory, Text, written};
use crate::{manifest::schema, model::schedule::Span};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawState {
    /// Keeps the state in files.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) file: Option<RawDirectory>,
    /// Keeps the state in a database of PostgreSQL.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) postgres: Option<RawPostgres>,
    /// Keeps the state in a bucket of S3, or of a service that is compatible with it.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) s3: Option<RawS3>,
    /// Keeps the state in a bucket of OSS that never had versioning.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) oss: Option<RawOss>,
    /// Keeps the state in a document on a server, by the protocol of Terraform's HTTP backend, such as
    /// that of GitLab or Gitea.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) http: Option<RawHttp>,
    /// For how long a run on a server's state holds its lock without a renewal: from 2s to 1h, by
    /// default 60s. The lock of a document is held until it is given up, so that `http` has no lease.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) lease: Option<Span>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawPostgres {
    /// Where the database is, without a password: that is in PGPASSWORD, in the password file or in
    /// the service file of the user. `sslmode` is `verify-full` (default), `verify-ca`, or, for a
    /// server of this machine, `disable`.
    #[schemars(required, extend(
        "pattern" = "^postgres(ql)?://[^:@/]*(@[^@]*)?(/.*)?$",
        "examples" = ["postgres://keyform@db.example/keyform"]
    ))]
    pub(in crate::manifest) url: Option<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawS3 {
    /// The name of the bucket.
    #[schemars(required, extend("pattern" = schema::BUCKET_PATTERN, "examples" = ["acme-states"]))]
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
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawOss {
    /// The name of the bucket. It is of the account that the project is about.
    #[schemars(required, extend("pattern" = schema::BUCKET_PATTERN, "examples" = ["acme-states"]))]
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
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawHttp {
    /// Where the document is, without a user: `https://` and a host that KEYFORM_TRUSTED_HOSTS names in
    /// the environment, or this machine. The user and the password are in TF_HTTP_USERNAME and
    /// TF_HTTP_PASSWORD.
    #[schemars(required, extend(
        "pattern" = schema::DOCUMENT_PATTERN,
        "examples" = ["https://gitlab.example/api/v4/projects/7/terraform/state/prod"]
    ))]
    pub(in crate::manifest) address: Option<Text>,
    /// Whose server it is, which says where and how the document is locked: `gitlab` or `gitea`. Without
    /// this `lockAddress` says where.
    #[schemars(extend("enum" = ["gitlab", "gitea", null]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) preset: Option<Text>,
    /// Where the document is locked.
    #[schemars(extend("pattern" = schema::DOCUMENT_PATTERN))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) lock_address: Option<Text>,
    /// Where its lock is freed: without this where it is locked.
    #[schemars(extend("pattern" = schema::DOCUMENT_PATTERN))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) unlock_address: Option<Text>,
    /// The method that locks it: without this `LOCK`, or that of the preset.
    #[schemars(extend("enum" = ["DELETE", "LOCK", "POST", "PUT", "UNLOCK", null]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) lock_method: Option<Text>,
    /// The method that frees its lock: without this `UNLOCK`, or that of the preset.
    #[schemars(extend("enum" = ["DELETE", "LOCK", "POST", "PUT", "UNLOCK", null]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) unlock_method: Option<Text>,
    /// The method that writes it: without this `POST`.
    #[schemars(extend("enum" = ["POST", "PUT", null]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) update_method: Option<Text>,
}
