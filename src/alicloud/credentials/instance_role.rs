//! The fifth link: the RAM role of the instance that this runs on, from its metadata service.

use super::{
    Absence, Granted, NotGranted, Problem, Renewal, Surroundings,
    ask::ask as send,
    uri::{self, Address},
};
use crate::alicloud::{
    http::{HttpHost, HttpRequest, HttpResponse, Method},
    sts::{granted, refusal},
};

/// Where instances find their metadata.
const SERVICE: &str = "http://100.100.100.200";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
const TTL_HEADER: &str = "x-aliyun-ecs-metadata-token-ttl-seconds";
const TOKEN_HEADER: &str = "x-aliyun-ecs-metadata-token";
const TTL_SECONDS: &str = "21600";

const DISABLED: &str = "ALIBABA_CLOUD_ECS_METADATA_DISABLED";
const ENDPOINT: &str = "ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT";

pub(super) fn ask(around: &Surroundings) -> Result<Granted, NotGranted> {
    if around.variables.is_true(DISABLED) {
        return Err(Absence::TurnedOff { variable: DISABLED }.into());
    }
    get(around, around.variables.get("ALIBABA_CLOUD_ECS_METADATA"))
}

/// Asks for the credentials of a role; without a name, of the role that the instance has.
pub(super) fn get(around: &Surroundings, role: Option<&str>) -> Result<Granted, NotGranted> {
    let service = Service::find(around)?;
    let role = match role {
        Some(role) => role.to_owned(),
        None => service.role()?,
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if role.is_empty() || !role.chars().all(is_name) {
        let flaw = "is no name of a role; write one such as keyform-runner".to_owned();
        return Err(Problem::Malformed { what: "the role of the instance".to_owned(), flaw }.into());
    }
    let action = "the request for credentials";
    let response = service.read(&format!("{ROLES}{role}"), action)?;
    let host = service.host.authority();
    if response.status != 200 {
        return Err(refusal(&response, &host, action).into());
    }
    let credentials = granted(&response.body, &host, action, (around.now)())?;
    let origin = format!("the metadata service (role {role})");
    Ok(Granted { credentials, renewal: Renewal::Always, origin })
}

/// The metadata service, asked with a token (version 2) or, where it has none, without.
struct Service<'a> {
    around: &'a Surroundings,
    host: HttpHost,
    token: Option<String>,
}

impl<'a> Service<'a> {
    fn find(around: &'a Surroundings) -> Result<Self, NotGranted> {
        let text = around.variables.get(ENDPOINT).unwrap_or(SERVICE);
        let Address { host, .. } = uri::parse(ENDPOINT, text)?;
        let action = "the request for a token";
        let timeout = around.timeouts.metadata;
        let request = HttpRequest::new(Method::Put, host.clone(), "/latest/api/token", timeout)
            .with_header(TTL_HEADER, TTL_SECONDS);
        let response = match send(&*around.http, &request, action) {
            Ok(response) => response,
            Err(Problem::Slow { host, .. } | Problem::Unreachable { host, .. }) => {
                return Err(Absence::NoService { host }.into());
            }
            Err(problem) => return Err(problem.into()),
        };
        let text = std::str::from_utf8(&response.body).map(str::trim).unwrap_or_default();
        let is_token = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let token = match response.status {
            200 if is_token => Some(text.to_owned()),
            _ if around.variables.is_true("ALIBABA_CLOUD_IMDSV1_DISABLED") => {
                return Err(refusal(&response, &host.authority(), action).into());
            }
            // A service of version 1 knows no token.
            _ => None,
        };
        Ok(Self { around, host, token })
    }

    /// The name of the instance's role.
    fn role(&self) -> Result<String, NotGranted> {
        let action = "the question for the instance's role";
        let response = self.read(ROLES, action)?;
        match response.status {
            200 => {
                let text = String::from_utf8_lossy(&response.body);
                Ok(text.lines().next().unwrap_or_default().trim().to_owned())
            }
            404 => Err(Absence::NoRole.into()),
            _ => Err(refusal(&response, &self.host.authority(), action).into()),
        }
    }

    fn read(&self, path: &str, action: &'static str) -> Result<HttpResponse, Problem> {
        let timeout = self.around.timeouts.metadata;
        let mut request = HttpRequest::new(Method::Get, self.host.clone(), path, timeout);
        if let Some(token) = &self.token {
            request = request.with_header(TOKEN_HEADER, token);
        }
        send(&*self.around.http, &request, action)
    }
}
