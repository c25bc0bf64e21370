//! What the environment says.

use std::path::PathBuf;

use crate::{model::TrustedHosts, session::HostPolicy};

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

/// A path, which need not be UTF-8.
#[expect(clippy::disallowed_methods, reason = "the environment is read here and passed on")]
fn directory(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}
