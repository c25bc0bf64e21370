//! What the environment says.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use super::random::random;
use crate::{
    alicloud::{Client, ProxyProblem, ProxySettings, Surroundings, Timeouts, Variables},
    disk::RealDisk,
    driver::{Clock, Environment, SystemClock, SystemPrograms},
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
        lending: lending(),
    }
}

/// What programs may see a part of.
pub(super) fn inherited() -> Environment {
    Environment::new(std::env::vars_os())
}

/// A directory of this user's in memory, for private keys that programs need as files: below
/// XDG_RUNTIME_DIR or /dev/shm, whichever is on a tmpfs.
fn lending() -> Option<PathBuf> {
    let runtime = directory("XDG_RUNTIME_DIR").map(|of_user| of_user.join("keyform"));
    let user = rustix::process::getuid().as_raw();
    let shared = Some(PathBuf::from(format!("/dev/shm/keyform-{user}")));
    [runtime, shared].into_iter().flatten().find(|path| path.parent().is_some_and(is_in_memory))
}

/// Whether a directory is on a tmpfs. Only Linux says so.
#[cfg(target_os = "linux")]
fn is_in_memory(directory: &Path) -> bool {
    // TMPFS_MAGIC of statfs(2), whose type differs between machines.
    rustix::fs::statfs(directory).is_ok_and(|told| told.f_type == 0x0102_1994)
}

#[cfg(not(target_os = "linux"))]
fn is_in_memory(_: &Path) -> bool {
    false
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
