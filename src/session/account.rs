//! Which account of Alibaba Cloud a project is about, and where its credentials are from.

use crate::{alicloud::Choice, manifest::CloudChoice, model::Endpoint};

/// What a project of Alibaba Cloud chooses.
pub(super) struct AccountChoice {
    /// The id of the account.
    pub(super) account: String,
    /// Where its credentials are from.
    pub(super) choice: Choice,
    /// Where ECS is called, if not where it is for each region.
    pub(super) endpoint: Option<Endpoint>,
}

/// What a project of Alibaba Cloud chooses; one of the embedded cloud chooses nothing.
pub(super) fn account_of(cloud: &CloudChoice) -> AccountChoice {
    let (account, profile, endpoint, sts_endpoint) = match cloud.clone() {
        CloudChoice::Alicloud { account, profile, endpoint, sts_endpoint } => {
            (account, profile, endpoint, sts_endpoint)
        }
        CloudChoice::Emulator { .. } => (String::new(), None, None, None),
    };
    // A server of this machine is ECS and STS in one. Any other endpoint is that of ECS alone.
    let of_both = || endpoint.clone().filter(Endpoint::is_loopback);
    let sts_endpoint = sts_endpoint.or_else(of_both);
    AccountChoice { account, choice: Choice { profile, sts_endpoint }, endpoint }
}
