//! The last link: a service at an address that the environment names, which gives out credentials
//! without being asked for anything.

use super::{Absence, Granted, NotGranted, Problem, Renewal, Surroundings, ask};
use crate::{
    alicloud::{
        http::{HttpHost, HttpRequest, Method},
        sts::{granted, refusal},
    },
    model::{Endpoint, endpoint::is_local_network},
};

const URI: &str = "ALIBABA_CLOUD_CREDENTIALS_URI";

pub(super) fn ask(around: &Surroundings) -> Result<Granted, NotGranted> {
    let Some(uri) = around.variables.get(URI) else {
        return Err(Absence::Unset { names: "ALIBABA_CLOUD_CREDENTIALS_URI is" }.into());
    };
    Ok(get(around, URI, uri)?)
}

/// Asks the service at an address; `named_by` names it.
pub(super) fn get(around: &Surroundings, named_by: &str, uri: &str) -> Result<Granted, Problem> {
    let action = "the request for credentials";
    let Address { host, path } = parse(named_by, uri)?;
    let request = HttpRequest::new(Method::Get, host, &path, around.timeouts.uri);
    let host = request.host.authority();
    let response = ask::ask(&*around.http, &request, action)?;
    if response.status != 200 {
        return Err(refusal(&response, &host, action));
    }
    let credentials = granted(&response.body, &host, action, (around.now)())?;
    let origin = format!("the credentials URI ({host}, named by {named_by})");
    Ok(Granted { credentials, renewal: Renewal::Always, origin })
}

/// An address that was given whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: HttpHost,
    /// With its query.
    pub(super) path: String,
}

/// Reads an address. Without TLS only this machine and its link are spoken to: others could read
/// the credentials on their way, or send their own.
pub(super) fn parse(named_by: &str, text: &str) -> Result<Address, Problem> {
    let refused =
        |flaw: &str| Problem::Address { what: named_by.to_owned(), flaw: flaw.to_owned() };
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(end);
    let path = behind.split('#').next().unwrap_or_default();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let is_plain = |c: char| c.is_ascii_graphic();
    let endpoint = Endpoint::parse(&format!("https://{authority}"))
        .ok()
        .filter(|_| matches!(scheme, "http" | "https") && path.chars().all(is_plain))
        .ok_or_else(|| refused("is not an address such as https://host.example/path"))?;
    let host = HttpHost { is_encrypted: scheme == "https", ..HttpHost::from(&endpoint) };
    let is_near = host.is_loopback() || is_local_network(&host.name);
    if !host.is_encrypted && !is_near {
        return Err(refused("is an address of another machine without TLS"));
    }
    Ok(Address { host, path })
}
