//! STS: temporary credentials for a role, and whose credentials are.
//!
//! Requests are signed by HMAC-SHA1 over all parameters, which the vendor calls version 1.
//! The request that brings a token of OpenID Connect is not signed, and has it in its body.

mod answer;

use std::{collections::BTreeMap, fmt, time::Duration};

use zeroize::Zeroizing;

use super::{
    Credentials, Problem, Secret, Surroundings,
    credentials::ask::ask,
    http::{HttpHost, HttpRequest, HttpResponse, Method},
};
use crate::{
    ecs::{sign::sign_v1, wire},
    model::{ServiceTime, Timestamp, time::Precision},
};
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
    /// Takes a role with credentials that may take it.
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
        let body = self.answered(action, |now| {
            let mut form = common(action);
            form.push((
                "Timestamp".to_owned(),
                ServiceTime::new(now, Precision::Second).to_string(),
            ));
            form.extend(role.parameters());
            form.push(("OIDCProviderArn".to_owned(), provider_arn.to_owned()));
            form.push(("OIDCToken".to_owned(), token.expose().to_owned()));
            let mut request =
                HttpRequest::new(Method::Post, self.host.clone(), "/", self.timeout())
                    .with_header("content-type", "application/x-www-form-urlencoded");
            request.body = Zeroizing::new(wire::encoded_pairs(&form).into_bytes());
            wipe(form);
            Ok(request)
        })?;
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
        self.answered(action, |now| {
            let mut query = common(action);
            query.extend(parameters.clone());
            let nonce = (self.around.random)()
                .map_err(|error| Problem::NoRandomness { reason: error.to_string() })?;
            let nonce: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
            let mut message = wire::HttpRequest {
                method: Method::Get.as_str().to_owned(),
                path: "/".to_owned(),
                query,
                headers: BTreeMap::new(),
                body: Vec::new(),
            };
            sign_v1(&mut message, &by.signing_key(), now, &nonce);
            Ok(HttpRequest::carrying(message, self.host.clone(), self.timeout()))
        })
    }

    /// Sends a request that has the time in it. If STS does not take the time of this machine, it is
    /// sent once more with that of STS: a request that was refused has done nothing.
    fn answered(
        &self,
        action: &'static str,
        request_at: impl Fn(Timestamp) -> Result<HttpRequest, Problem>,
    ) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let send = |now| {
            let request = request_at(now)?;
            let response = ask(&*self.around.http, &request, action);
            wipe(request.query);
            response
        };
        let mut response = send((self.around.now)())?;
        if refuses_time(&response)
            && let Some(theirs) = response.date()
        {
            response = send(theirs)?;
        }
        match response.status {
            200 => Ok(response.body),
            _ => Err(refusal(&response, &self.host.authority(), action)),
        }
    }

    fn timeout(&self) -> Duration {
        self.around.timeouts.sts
    }
}

/// Whether a request was refused for the time in it.
fn refuses_time(response: &HttpResponse) -> bool {
    let refused = || wire::read_error("", response.status, &response.body, None);
    response.status != 200 && refused().code() == Some("InvalidTimeStamp.Expired")
}

/// What each request has among its parameters.
fn common(action: &str) -> Vec<(String, String)> {
    let pairs = [("Action", action), ("Version", VERSION), ("Format", "JSON")];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Takes what was sent out of memory.
fn wipe(pairs: Vec<(String, String)>) {
    for (_, value) in pairs {
        drop(Zeroizing::new(value));
    }
}
