//! `cloud` of a Project.

use std::path::PathBuf;

use crate::{
    diagnostic::{CloudCode, Diagnostic, Place, Severity},
    manifest::{
        CloudChoice,
        raw::{RawAlicloud, RawCloud, RawEmulator, Text},
        shown::shown,
        tree::At,
    },
    model::endpoint::{Endpoint, TrustedHosts},
    visible,
};

use super::fields::{Scope, path};

/// How a cloud is written, for those who have none or a wrong one.
pub(in crate::manifest) const CLOUD_HELP: &str = "write cloud: {emulator: {inventory: inventory.yaml}}, or cloud: {alicloud: {account: \
     \"1234567890123456\"}} with your own account";

/// A cloud as far as it could be resolved.
#[derive(Debug, Default)]
pub(super) struct CloudDraft {
    /// Which cloud it is, if nothing is wrong with it.
    pub(super) choice: Option<CloudChoice>,
    /// The inventory's file, and where it was named.
    pub(super) inventory: Option<(PathBuf, Place)>,
}

/// Resolves the `cloud` below `at`; about a host that is neither of these nor of ECS and STS it
/// warns.
pub(super) fn cloud(
    scope: &mut Scope<'_>,
    raw: Option<&RawCloud>,
    at: At<'_>,
    trusted: &TrustedHosts,
) -> CloudDraft {
    let Some(raw) = raw else {
        scope.missing(at, "cloud", "spec.cloud", CLOUD_HELP);
        return CloudDraft::default();
    };
    let at = at.key("cloud");
    let (emulator_at, alicloud_at) = (at.key("emulator"), at.key("alicloud"));
    let inventory = raw.emulator.as_ref().and_then(|raw| emulator(scope, raw, emulator_at));
    let alicloud = raw.alicloud.as_ref().and_then(|raw| alicloud(scope, raw, alicloud_at, trusted));
    match (&raw.emulator, &raw.alicloud) {
        (Some(_), Some(_)) => {
            let message = format!("{} is about two clouds", scope.subject);
            scope.problem(
                Diagnostic::error(CloudCode::TwoClouds, alicloud_at.key_place(), message)
                    .related(emulator_at.key_place(), "the other is here")
                    .help("a project is about one cloud: keep one of the two"),
            );
        }
        (None, None) if !at.lost_any() => {
            let message = format!("{} does not say which cloud it is about", scope.subject);
            scope.problem(
                Diagnostic::error(CloudCode::CloudMissing, at.key_place(), message)
                    .help(CLOUD_HELP),
            );
        }
        _ => {}
    }
    let embedded = inventory.as_ref().map(|(inventory, _)| inventory.clone());
    let embedded = embedded.map(|inventory| CloudChoice::Emulator { inventory });
    CloudDraft { choice: embedded.or(alicloud), inventory }
}

fn emulator(scope: &mut Scope<'_>, raw: &RawEmulator, at: At<'_>) -> Option<(PathBuf, Place)> {
    let Some(inventory) = &raw.inventory else {
        scope.missing(
            at,
            "inventory",
            "spec.cloud.emulator.inventory",
            "write cloud: {emulator: {inventory: inventory.yaml}}",
        );
        return None;
    };
    let at = at.key("inventory");
    path(scope, inventory, at).map(|path| (path, at.place()))
}

fn alicloud(
    scope: &mut Scope<'_>,
    raw: &RawAlicloud,
    at: At<'_>,
    trusted: &TrustedHosts,
) -> Option<CloudChoice> {
    let account = account(scope, raw.account.as_ref(), at);
    let before = scope.problems.len();
    let profile = raw.profile.as_ref().map(|Text(text)| text.clone());
    let is_wrong = |text: &&String| text.is_empty() || text.contains(visible::is_unseen);
    if let Some(text) = profile.as_ref().filter(is_wrong) {
        let what = if text.is_empty() { "is empty" } else { "has an invisible character" };
        let message = format!("{}: its `profile` {what}", scope.subject);
        scope.problem(
            Diagnostic::error(CloudCode::InvalidProfile, at.key("profile").place(), message)
                .field("spec.cloud.alicloud.profile")
                .help("write the name of a profile of this machine, or leave `profile` out"),
        );
    }
    let at_endpoints = [(Service::Ecs, &raw.endpoint), (Service::Sts, &raw.sts_endpoint)];
    let [endpoint, sts_endpoint] = at_endpoints
        .map(|(service, written)| endpoint_of(scope, written.as_ref()?, at, service, trusted));
    // All that is wrong is told before this ends, so that one run shows it.
    let is_error = |problem: &Diagnostic| problem.severity == Severity::Error;
    if scope.problems[before..].iter().any(is_error) {
        return None;
    }
    Some(CloudChoice::Alicloud { account: account?, profile, endpoint, sts_endpoint })
}

/// Whose address a field is.
#[derive(Clone, Copy)]
pub(super) enum Service {
    /// That of the cloud.
    Ecs,
    /// That of its credentials.
    Sts,
    /// That of a bucket, with where its fields stand.
    S3(&'static str),
    /// The same.
    Oss(&'static str),
}

/// Reads the address of a service below `at`; about a host that is not of the service it warns.
pub(super) fn endpoint_of(
    scope: &mut Scope<'_>,
    text: &Text,
    at: At<'_>,
    service: Service,
    trusted: &TrustedHosts,
) -> Option<Endpoint> {
    let found = endpoint(scope, text, at, service)?;
    warn_of_stranger(scope, &found, at, service, trusted);
    Some(found)
}

impl Service {
    /// The name of the field, and where it is.
    fn field(self) -> (&'static str, String) {
        match self {
            Self::Ecs => ("endpoint", "spec.cloud.alicloud.endpoint".to_owned()),
            Self::Sts => ("stsEndpoint", "spec.cloud.alicloud.stsEndpoint".to_owned()),
            Self::S3(place) | Self::Oss(place) => ("endpoint", format!("{place}.endpoint")),
        }
    }

    /// Whose hosts credentials go to.
    fn hosts(self) -> &'static str {
        match self {
            Self::Ecs | Self::Sts => "no host of ECS or STS",
            Self::S3(_) => "no host of AWS",
            Self::Oss(_) => "no host of OSS",
        }
    }

    /// Whether credentials may be sent to a host.
    fn trusts(self, trusted: &TrustedHosts, endpoint: &Endpoint) -> bool {
        match self {
            Self::Ecs | Self::Sts => trusted.trust(endpoint),
            Self::S3(_) | Self::Oss(_) => trusted.trust_storage(endpoint),
        }
    }

    /// What to write instead of what is no endpoint.
    fn help(self) -> &'static str {
        match self {
            Self::Ecs => {
                "write `https://` and a host, such as https://ecs.cn-hangzhou.aliyuncs.com, or \
                 leave `endpoint` out"
            }
            Self::S3(_) => {
                "write `https://` and a host, such as https://minio.example, or leave `endpoint` \
                 out for AWS"
            }
            Self::Oss(_) => {
                "write `https://` and a host, such as \
                 https://oss-cn-hangzhou-internal.aliyuncs.com, or leave `endpoint` out"
            }
            Self::Sts => {
                "write `https://` and a host, such as https://sts.cn-hangzhou.aliyuncs.com, or \
                 leave `stsEndpoint` out"
            }
        }
    }
}

/// No error: the environment that trusts the host may be that of another machine, and what reads
/// manifests alone sends no credentials (L4).
fn warn_of_stranger(
    scope: &mut Scope<'_>,
    endpoint: &Endpoint,
    at: At<'_>,
    service: Service,
    trusted: &TrustedHosts,
) {
    if service.trusts(trusted, endpoint) {
        return;
    }
    let (name, field) = service.field();
    let message = format!(
        "{}: credentials would be sent to {}, which is {}",
        scope.subject,
        shown(endpoint.host()),
        service.hosts()
    );
    let warning = Diagnostic::error(CloudCode::UntrustedHost, at.key(name).place(), message)
        .field(field)
        .found(endpoint.host())
        .warning();
    scope.problem(warning.help(
        "a command that connects refuses it, unless KEYFORM_TRUSTED_HOSTS names the host in the \
         environment",
    ));
}

/// The digits of an account's id.
const ACCOUNT_DIGITS: usize = 16;

fn account(scope: &mut Scope<'_>, written: Option<&Text>, at: At<'_>) -> Option<String> {
    let Some(Text(text)) = written else {
        scope.missing(
            at,
            "account",
            "spec.cloud.alicloud.account",
            "write the id of the account in quotes, such as account: \"1234567890123456\": with \
             the credentials of another one nothing is done",
        );
        return None;
    };
    if text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.clone());
    }
    let message = format!("{}: {} is not the id of an account", scope.subject, shown(text));
    scope.problem(
        Diagnostic::error(CloudCode::InvalidAccount, at.key("account").place(), message)
            .field("spec.cloud.alicloud.account")
            .found(text)
            .help("an account's id has 16 digits, in quotes: account: \"1234567890123456\""),
    );
    None
}

fn endpoint(scope: &mut Scope<'_>, text: &Text, at: At<'_>, service: Service) -> Option<Endpoint> {
    let (name, field) = service.field();
    let at = at.key(name);
    match Endpoint::parse(&text.0) {
        Ok(endpoint) => Some(endpoint),
        Err(_) if text.0.split_once('@').is_some_and(|(user, _)| user.matches(':').count() > 1) => {
            let message = format!("{}: its endpoint has a password, not shown here", scope.subject);
            let problem = Diagnostic::error(CloudCode::PasswordInEndpoint, at.place(), message);
            scope.problem(problem.withheld().help(
                "take it out of the file and out of git's history, and change it: credentials are \
                 those of the `profile`, never in a manifest",
            ));
            None
        }
        Err(problem) => {
            let message =
                format!("{}: {} is not an endpoint: {problem}", scope.subject, shown(&text.0));
            let problem = Diagnostic::error(CloudCode::InvalidEndpoint, at.place(), message);
            scope.problem(problem.field(field).help(service.help()));
            None
        }
    }
}
