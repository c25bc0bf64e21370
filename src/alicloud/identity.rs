//! Whose credentials are, as STS says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CredentialError, CredentialSource, Link, Problem, credentials::sts_host, sts::Sts};

/// Whose credentials are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Identity {
    /// The id of the account.
    pub account_id: String,
    /// The name of the identity in RAM.
    pub arn: String,
    /// What it is, such as `Account`, `RAMUser` or `AssumedRoleUser`.
    pub identity_type: String,
}

/// Asks STS whose the credentials of a source are. They are asked for first, if need be.
///
/// # Errors
/// [`CredentialError`].
pub fn identify(source: &CredentialSource) -> Result<Identity, CredentialError> {
    let credentials = source.current()?;
    let (link, _) = used(source);
    let failed = |problem| CredentialError::Unidentified { link, problem };
    let (around, choice) = source.surroundings();
    let host = sts_host(around, choice, None, false).map_err(failed)?;
    let sts = Sts { around, host };
    let body = sts.caller_identity(&credentials).map_err(failed)?;
    let host = sts.host.authority();
    let action = "GetCallerIdentity";
    let flaw = "does not say whose the credentials are".to_owned();
    serde_json::from_slice(&body).map_err(|_| failed(Problem::Answer { host, action, flaw }))
}

impl Identity {
    /// Refuses an identity of another account than a project names, before anything is read.
    ///
    /// # Errors
    /// [`CredentialError::OtherAccount`].
    pub fn check(&self, account: &str, source: &CredentialSource) -> Result<(), CredentialError> {
        if self.account_id == account {
            return Ok(());
        }
        Err(CredentialError::OtherAccount {
            expected: account.to_owned(),
            found: self.account_id.clone(),
            arn: self.arn.clone(),
            origin: used(source).1,
        })
    }
}

/// The link whose credentials a source uses, and where they are from.
fn used(source: &CredentialSource) -> (Link, String) {
    let trace = source.trace();
    let found = trace.used().map(|(link, origin)| (link, origin.to_owned()));
    found.unwrap_or((Link::Environment, String::new()))
}
