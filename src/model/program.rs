//! Programs of the user that a run starts: hooks, and proofs of their own making.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule::Span;

/// A program that a run starts for one instance, in the project's directory.
///
/// Besides its environment it is told of its instance by variables that begin with `KEYFORM_`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Program {
    /// The program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// After how long it is ended, and has failed.
    #[serde(default = "default_timeout", skip_serializing_if = "is_default_timeout")]
    pub timeout: Span,
    /// Variables of its environment, which count more than those that it is passed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// Variables of keyform's environment that it gets besides those that all programs get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pass_environment: Vec<String>,
}

impl Program {
    /// After how long a program is ended unless somebody says otherwise.
    pub const TIMEOUT: Span = Span::minutes(5);

    /// A program with the default of everything else.
    #[must_use]
    pub fn new(command: Vec<String>) -> Self {
        Self {
            command,
            timeout: Self::TIMEOUT,
            environment: BTreeMap::new(),
            pass_environment: Vec::new(),
        }
    }
}

fn default_timeout() -> Span {
    Program::TIMEOUT
}

fn is_default_timeout(timeout: &Span) -> bool {
    *timeout == Program::TIMEOUT
}
