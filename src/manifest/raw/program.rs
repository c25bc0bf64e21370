//! Programs of the user as they are written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{super::schema, RawTags, Text, written};
use crate::model::schedule::Span;

/// A program that runs for one instance.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawProgram {
    /// The program and its arguments, such as `[drain, --wait]`. No shell reads them; where one is
    /// wanted it is the program: `[sh, -c, "…"]`. It runs in the project's directory.
    #[schemars(required, with = "Option<schema::Command>", extend("examples" = [["drain", "--wait"]]))]
    pub(in crate::manifest) command: Option<Vec<Text>>,
    /// After how long it is ended and has failed, `1s` to `1d`. Without this it is `5m`.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) timeout: Option<Span>,
    /// Variables of its environment. They are in plans and states too, so no secret belongs here.
    #[schemars(with = "Option<schema::Environment>", extend("examples" = [{"LB": "lb-1"}]))]
    pub(in crate::manifest) environment: Option<RawTags>,
    /// Variables of keyform's own environment that it gets too, by their names. Without this it gets
    /// PATH, HOME, USER, LANG, LC_*, TZ, TMPDIR and SSH_AUTH_SOCK alone.
    #[schemars(with = "Option<schema::PassedVariables>", extend("examples" = [["KUBECONFIG"]]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) pass_environment: Option<Vec<Text>>,
}

/// The programs of a vault. Each gets the name of the pair and the fingerprint of the key as arguments
/// behind its own; a private key goes in and out by standard input and output.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping")]
pub(in crate::manifest) struct RawVaultCommands {
    /// Keeps the private key that it reads, such as `[vault/age, put]`. It refuses to replace another
    /// key. No shell reads these words; it runs in the project's directory.
    #[schemars(required, with = "Option<schema::Command>", extend("examples" = [["vault/age", "put"]]))]
    pub(in crate::manifest) put: Option<Vec<Text>>,
    /// Prints the private key of the name, or nothing if there is none; with a fingerprint behind the
    /// name, one that was retired.
    #[schemars(required, with = "Option<schema::Command>", extend("examples" = [["vault/age", "get"]]))]
    pub(in crate::manifest) get: Option<Vec<Text>>,
    /// Puts a private key aside, so that its name is free.
    #[schemars(required, with = "Option<schema::Command>", extend("examples" = [["vault/age", "retire"]]))]
    pub(in crate::manifest) retire: Option<Vec<Text>>,
    /// Prints a line for each private key: its name, its fingerprint, and `retired` if it was put
    /// aside. `keyform key list` and `keyform key migrate` need it.
    #[schemars(with = "Option<schema::Command>", extend("examples" = [["vault/age", "list"]]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) list: Option<Vec<Text>>,
    /// After how long each of them is ended and has failed, `1s` to `1h`. Without this it is `1m`.
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) timeout: Option<Span>,
    /// Variables of keyform's own environment that they get too, by their names. Without this they get
    /// PATH, HOME, USER, LANG, LC_*, TZ, TMPDIR and SSH_AUTH_SOCK alone.
    #[schemars(with = "Option<schema::PassedVariables>", extend("examples" = [["VAULT_TOKEN"]]))]
    #[serde(default, deserialize_with = "written")]
    #[schemars(transform = schema::never_null)]
    pub(in crate::manifest) pass_environment: Option<Vec<Text>>,
}
