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
}
