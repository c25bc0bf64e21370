//! What the environment says.

use std::{path::PathBuf, sync::Arc};

use zeroize::Zeroizing;

use super::random::random;
use crate::{
    alicloud::{Client, ProxyProblem, ProxySettings, Surroundings, Timeouts, Variables},
    disk::RealDisk,
    driver::{Clock, SystemClock, SystemPrograms},
    model::TrustedHosts,
    session::HostPolicy,
};

/// A variable of the environment that is not empty.
#[expect(clippy::disallowed_methods, reason = "the environment is read here and passed on")]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The hosts that credentials may be sent to besides those of ECS and STS.
pub(super) fn trusted_hosts() -> TrustedHosts {
    variable("KEYFORM_TRUSTED_HOSTS").map(|text| TrustedHosts::listed(&text)).unwrap_or_default()
}

/// This machine; `private_keys` is the directory that a flag names, which counts more.
pub(super) fn machine(private_keys: Option<PathBuf>) -> HostPolicy {
    HostPolicy {
        is_ci: variable("CI").is_some(),
        trusted_hosts: trusted_hosts(),
        private_keys: private_keys.or_else(|| directory("KEYFORM_PRIVATE_KEYS")),
    }
}

/// The proxies, as curl reads them: a name in lower case counts more than one in capitals.
fn proxies() -> ProxySettings {
    let either = |name: &str| variable(&name.to_ascii_lowercase()).or_else(|| variable(name));
    let proxy = |name: &str| either(name).or_else(|| either("ALL_PROXY")).map(Zeroizing::new);
    ProxySettings {
        https: proxy("HTTPS_PROXY"),
        http: proxy("HTTP_PROXY"),
        exceptions: either("NO_PROXY").unwrap_or_default(),
    }
}

/// What the search for credentials takes from this machine.
pub(super) fn surroundings() -> Result<Surroundings, ProxyProblem> {
    let clock = SystemClock::new();
    Ok(Surroundings {
        variables: Variables::read(variable),
        home: directory("HOME"),
        files: Arc::new(RealDisk),
        programs: Arc::new(SystemPrograms),
        http: Arc::new(Client::new(proxies())?),
        now: Arc::new(move || clock.now()),
        random,
        trusted: trusted_hosts(),
        timeouts: Timeouts::default(),
    })
}

/// A path, which need not be UTF-8.
#[expect(clippy::disallowed_methods, reason = "the environment is read here and passed on")]
fn directory(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
