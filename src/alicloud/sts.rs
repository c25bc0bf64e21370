//! STS: temporary credentials for a role, and whose credentials are.
//!
//! Requests are signed by HMAC-SHA1 over all parameters, which the vendor calls version 1.
//! The request that brings a token of OpenID Connect is not signed, and has it in its body.

mod answer;
mod signature;

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use super::{
    Credentials, Problem, Secret, Surroundings,
    credentials::ask::ask,
    http::{HttpHost, HttpRequest, Method, encoded_pairs},
};
use crate::model::{ServiceTime, time::Precision};
pub(super) use answer::{granted, refusal};

/// The version of the API.
const VERSION: &str = "2015-04-01";

/// What a role is taken with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: String,
    pub(super) duration_seconds: Option<u32>,
    pub(super) policy: Option<String>,
    pub(super) external_id: Option<String>,
}

impl Role {
    fn parameters(&self) -> Vec<(String, String)> {
        let duration = self.duration_seconds.map(|seconds| seconds.to_string());
        let all = [
            ("RoleArn", Some(self.arn.clone())),
            ("RoleSessionName", Some(self.session_name.clone())),
            ("DurationSeconds", duration),
            ("Policy", self.policy.clone()),
            ("ExternalId", self.external_id.clone()),
        ];
        let given = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        given.collect()
    }
}

/// STS at one address.
pub(super) struct Sts<'a> {
    pub(super) around: &'a Surroundings,
    pub(super) host: HttpHost,
}

impl fmt::Debug for Sts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sts").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Sts<'_> {
    /// Takes a role with the credentials of somebody who may.
    pub(super) fn assume_role(
        &self,
        by: &Credentials,
        role: &Role,
    ) -> Result<Credentials, Problem> {
        let action = "AssumeRole";
        let body = self.signed(by, action, role.parameters())?;
        granted(&body, &self.host.authority(), action, (self.around.now)())
    }

    /// Takes a role with a token of OpenID Connect.
    pub(super) fn assume_role_with_oidc(
        &self,
        provider_arn: &str,
        token: &Secret,
        role: &Role,
    ) -> Result<Credentials, Problem> {
        let action = "AssumeRoleWithOIDC";
        let mut form = self.common(action);
        form.extend(role.parameters());
        form.push(("OIDCProviderArn".to_owned(), provider_arn.to_owned()));
        form.push(("OIDCToken".to_owned(), token.expose().to_owned()));
        let mut request = HttpRequest::new(Method::Post, self.host.clone(), "/", self.timeout());
        request.headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        request.body = Zeroizing::new(encoded_pairs(&form).as_bytes().to_vec());
        wipe(form);
        let body = self.answered(&request, action)?;
        granted(&body, &self.host.authority(), action, (self.around.now)())
    }

    /// Asks whose credentials they are; answers the body.
    pub(super) fn caller_identity(&self, of: &Credentials) -> Result<Zeroizing<Vec<u8>>, Problem> {
        self.signed(of, "GetCallerIdentity", Vec::new())
    }

    fn signed(
        &self,
        by: &Credentials,
        action: &'static str,
        parameters: Vec<(String, String)>,
    ) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let mut query = self.common(action);
        query.extend(parameters);
        let nonce = (self.around.random)()
            .map_err(|error| Problem::NoRandomness { reason: error.to_string() })?;
        let nonce = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
        signature::sign(Method::Get, &mut query, by, nonce);
        let mut request = HttpRequest::new(Method::Get, self.host.clone(), "/", self.timeout());
        request.query = query;
        let body = self.answered(&request, action);
        wipe(request.query);
        body
    }

    fn common(&self, action: &str) -> Vec<(String, String)> {
        let now = ServiceTime::new((self.around.now)(), Precision::Second).to_string();
        let pairs =
            [("Action", action), ("Version", VERSION), ("Format", "JSON"), ("Timestamp", &now)];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn answered(
        &self,
        request: &HttpRequest,
        action: &'static str,
    ) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let response = ask(&*self.around.http, request, action)?;
        match response.status {
            200 => Ok(response.body),
            _ => Err(refusal(&response, &self.host.authority(), action)),
        }
    }

    fn timeout(&self) -> Duration {
        self.around.timeouts.sts
    }
}

/// Takes what was sent out of memory.
fn wipe(pairs: Vec<(String, String)>) {
    for (_, value) in pairs {
        drop(Zeroizing::new(value));
    }
}
