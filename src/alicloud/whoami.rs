//! What `keyform whoami` says: whose credentials are used, where they are from, and until when.

use schemars::JsonSchema;
use serde::Serialize;

use super::{CredentialError, CredentialSource, Identity, Link, Trace, identity::identify};
use crate::model::Timestamp;

/// The format of the document, with its version.
pub const WHOAMI_FORMAT: &str = "keyform.whoami/1";

/// Whose credentials are used. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Whoami {
    /// The name of this format, with its version.
    #[schemars(extend("const" = WHOAMI_FORMAT))]
    pub format: &'static str,
    /// Whose they are; nothing if there are none, or if STS did not say so.
    pub identity: Option<Identity>,
    /// The account that the Project names; nothing without a project.
    pub expected_account: Option<String>,
    /// The link of the chain that gave them.
    pub link: Option<Link>,
    /// Where the link has them from.
    pub origin: Option<String>,
    /// When they expire, if they do and if that is known.
    pub expires: Option<Timestamp>,
    /// The moment after which there are none, unless a person does something: a run ends before.
    pub ends_without_renewal: Option<Timestamp>,
    /// Which links were tried, in their order, and what each answered.
    pub tried: Trace,
}

/// Asks for credentials and whose they are; answers what is known, and what is wrong. An account is
/// that which a project names.
pub fn whoami(
    source: &CredentialSource,
    account: Option<&str>,
) -> (Whoami, Result<(), CredentialError>) {
    let identified = identify(source);
    let current = source.current().ok();
    let tried = source.trace();
    let used = tried.used().map(|(link, origin)| (link, origin.to_owned()));
    let (link, origin) = used.unzip();
    let (identity, result) = match identified {
        Ok(identity) => {
            let checked = account.map_or(Ok(()), |account| identity.check(account, source));
            (Some(identity), checked)
        }
        Err(error) => (None, Err(error)),
    };
    let whoami = Whoami {
        format: WHOAMI_FORMAT,
        identity,
        expected_account: account.map(str::to_owned),
        link,
        origin,
        expires: current.and_then(|credentials| credentials.expires),
        ends_without_renewal: source.expires_without_renewal(),
        tried,
    };
    (whoami, result)
}
