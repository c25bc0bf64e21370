//! The second link: a token of OpenID Connect, exchanged for the credentials of a role. GitLab and
//! Kubernetes put it into a file, GitHub answers a request with it.

use super::{
    Absence, Choice, Granted, NotGranted, Problem, Secret, Surroundings, token::TokenFrom,
};
use crate::alicloud::{
    endpoint::{self, Network},
    http::HttpHost,
    sts::{Role, Sts},
};

const ROLE: &str = "ALIBABA_CLOUD_ROLE_ARN";
const PROVIDER: &str = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN";
const FILE: &str = "ALIBABA_CLOUD_OIDC_TOKEN_FILE";
const GITHUB_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const GITHUB_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// What a token is exchanged with.
pub(super) struct Exchange {
    pub(super) provider_arn: String,
    pub(super) token: TokenFrom,
    pub(super) role: Role,
    pub(super) sts: HttpHost,
}

pub(super) fn ask(around: &Surroundings, choice: &Choice) -> Result<Granted, NotGranted> {
    let variable = |name| around.variables.get(name);
    let (role, provider) = (variable(ROLE), variable(PROVIDER));
    let github = variable(GITHUB_URL).zip(variable(GITHUB_TOKEN));
    let token = match (variable(FILE), github) {
        (Some(file), _) => Some(TokenFrom::File(file.into())),
        (None, Some((url, bearer))) => {
            Some(TokenFrom::GitHub { url: url.to_owned(), bearer: Secret::new(bearer) })
        }
        (None, None) => None,
    };
    // Other tools read the role alone, and each job of GitHub may have a token for many purposes.
    if provider.is_none() && variable(FILE).is_none() {
        let names = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE are";
        return Err(Absence::Unset { names }.into());
    }
    let missing = |missing| Problem::Incomplete { place: "the environment".to_owned(), missing };
    let exchange = Exchange {
        provider_arn: provider.ok_or_else(|| missing(PROVIDER))?.to_owned(),
        token: token.ok_or_else(|| missing(FILE))?,
        role: Role {
            arn: role.ok_or_else(|| missing(ROLE))?.to_owned(),
            session_name: session_name(around, None),
            ..Role::default()
        },
        sts: sts_host(around, choice, None, false)?,
    };
    let origin = match &exchange.token {
        TokenFrom::File(path) => format!("the token in {}", path.display()),
        TokenFrom::GitHub { .. } => "the token of the GitHub job".to_owned(),
    };
    let origin = format!("OIDC ({origin}, as {})", exchange.role.arn);
    Ok(exchange.make(around, origin)?)
}

impl Exchange {
    /// Exchanges the token for credentials.
    pub(super) fn make(self, around: &Surroundings, origin: String) -> Result<Granted, Problem> {
        let token = self.token.get(around)?;
        let sts = Sts { around, host: self.sts };
        let credentials = sts.assume_role_with_oidc(&self.provider_arn, &token.text, &self.role)?;
        Ok(Granted { credentials, renewal: token.renewal, origin })
    }
}

/// The name of the session, which ActionTrail shows.
pub(super) fn session_name(around: &Surroundings, written: Option<&str>) -> String {
    let named = written.filter(|name| !name.is_empty());
    let named = named.or_else(|| around.variables.get("ALIBABA_CLOUD_ROLE_SESSION_NAME"));
    named.unwrap_or("keyform").to_owned()
}

/// Where STS is called; `region` and the network are those of a profile.
pub(in crate::alicloud) fn sts_host(
    around: &Surroundings,
    choice: &Choice,
    region: Option<&str>,
    is_vpc: bool,
) -> Result<HttpHost, Problem> {
    if let Some(endpoint) = choice.sts_endpoint.as_ref().filter(|one| !around.trusted.trust(one)) {
        return Err(Problem::Address {
            what: "stsEndpoint of the Project".to_owned(),
            flaw: format!(
                "leads to {}, which is neither of STS nor named in KEYFORM_TRUSTED_HOSTS",
                endpoint.host()
            ),
        });
    }
    let region = region.filter(|region| !region.is_empty());
    let region = region.or_else(|| around.variables.get("ALIBABA_CLOUD_STS_REGION"));
    let is_region = |region: &&str| {
        region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if let Some(region) = region.filter(|region| !is_region(region)) {
        let flaw = format!("is `{region}`, which is not the id of a region");
        return Err(Problem::Address { what: "the region of STS".to_owned(), flaw });
    }
    let network = if is_vpc { Network::Vpc } else { around.network() };
    Ok(endpoint::sts(choice.sts_endpoint.as_ref(), region, network))
}
