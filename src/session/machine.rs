//! What holds on this machine beyond what the manifests say, and what they may not ask of it.

use std::path::PathBuf;

use super::error::OpenError;
use crate::{
    manifest::{CloudChoice, Desired, DesiredKey, Project, StateChoice},
    model::{Endpoint, VaultChoice, endpoint::TrustedHosts},
};

/// What holds on this machine, beyond what the manifests say.
#[derive(Clone, Debug, Default)]
pub struct HostPolicy {
    /// Whether it is a runner of CI, which may be gone with all its files when its job ends.
    pub is_ci: bool,
    /// The hosts that credentials may be sent to besides those of ECS and STS.
    pub trusted_hosts: TrustedHosts,
    /// Where private keys are kept, if not in the directory that the Project names.
    pub private_keys: Option<PathBuf>,
    /// A directory in memory in which private keys are lent to programs, if this machine has one.
    pub lending: Option<PathBuf>,
}

impl HostPolicy {
    /// Refuses a project that would send credentials to a stranger, or lose private keys or its
    /// state.
    pub(super) fn admit(&self, desired: &Desired) -> Result<(), OpenError> {
        self.admit_choices(&desired.project)?;
        // Of the two, private keys are what nothing can bring back (L2).
        self.admit_keys(desired)?;
        self.admit_state(&desired.project)
    }

    /// Refuses a project that would lose private keys.
    pub(super) fn admit_keys(&self, desired: &Desired) -> Result<(), OpenError> {
        let ends = used_vaults(desired).into_iter().any(ends_with_runner);
        if self.is_ci && is_real(&desired.project.cloud) && ends {
            return Err(OpenError::KeysEndWithRunner);
        }
        Ok(())
    }

    /// Refuses a project that would lose its state.
    pub(super) fn admit_state(&self, project: &Project) -> Result<(), OpenError> {
        let ends = matches!(project.state, StateChoice::File { outlives_runner: false, .. });
        if self.is_ci && is_real(&project.cloud) && ends {
            return Err(OpenError::StateEndsWithRunner);
        }
        Ok(())
    }

    /// Refuses a project that would send credentials to a stranger, or whose private keys are to be in
    /// two places.
    pub(super) fn admit_choices(&self, project: &Project) -> Result<(), OpenError> {
        self.admit_hosts(project)?;
        let is_elsewhere = project.private_keys.directory().is_none();
        if is_elsewhere && self.private_keys.is_some() {
            return Err(OpenError::DirectoryBesideVault);
        }
        Ok(())
    }

    /// Refuses a project that would send credentials to a stranger.
    pub(super) fn admit_hosts(&self, project: &Project) -> Result<(), OpenError> {
        if let CloudChoice::Alicloud { endpoint, sts_endpoint, .. } = &project.cloud {
            let mut named = [endpoint, sts_endpoint].into_iter().flatten();
            if let Some(stranger) = named.find(|named| !self.trusted_hosts.trust(named)) {
                return Err(OpenError::UntrustedHost { host: stranger.host().to_owned() });
            }
        }
        Ok(())
    }
}

/// Whether a cloud outlives this machine: a server on its loopback ends with it.
fn is_real(cloud: &CloudChoice) -> bool {
    match cloud {
        CloudChoice::Emulator { .. } => false,
        CloudChoice::Alicloud { endpoint, .. } => {
            !endpoint.as_ref().is_some_and(Endpoint::is_loopback)
        }
    }
}

/// The vaults in which private keys are kept: that of the project only if a pair has no other.
fn used_vaults(desired: &Desired) -> Vec<&VaultChoice> {
    let made = desired.key_pairs.iter().filter(|pair| !matches!(pair.key, DesiredKey::Given(_)));
    let made: Vec<_> = made.map(|pair| pair.private_keys.as_ref()).collect();
    let is_project_used = made.is_empty() || made.contains(&None);
    let project = is_project_used.then_some(&desired.project.private_keys);
    project.into_iter().chain(made.into_iter().flatten()).collect()
}

fn ends_with_runner(choice: &VaultChoice) -> bool {
    matches!(choice, VaultChoice::Directory { outlives_runner: false, .. })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{diagnostic::Source, manifest};

    fn desired(cloud: &str, keys: &str) -> Desired {
        with_pairs(cloud, keys, "")
    }

    fn with_pairs(cloud: &str, keys: &str, pairs: &str) -> Desired {
        with_state(cloud, keys, "{file: {outlivesRunner: true}}", pairs)
    }

    fn with_state(cloud: &str, keys: &str, state: &str, pairs: &str) -> Desired {
        let text = format!(
            "apiVersion: keyform/v1\nkind: Project\nmetadata: {{name: acme}}\nspec:\n  \
             cloud: {cloud}\n  privateKeys: {keys}\n  state: {state}\n  \
             regions: [cn-hangzhou]\n{pairs}"
        );
        let source = |path: &str, text| Arc::new(Source { path: path.to_owned(), text });
        let inventory = "apiVersion: keyform/v1\nkind: Inventory\nspec: {instances: []}\n";
        let sources =
            vec![source("keyform.yaml", text), source("inventory.yaml", inventory.to_owned())];
        let loaded = manifest::load(sources);
        loaded.desired.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
    }

    const EMULATOR: &str = "{emulator: {inventory: inventory.yaml}}";
    const ALICLOUD: &str = "{alicloud: {account: \"1234567890123456\"}}";
    const SERVER: &str =
        "{alicloud: {account: \"1234567890123456\", endpoint: \"http://127.0.0.1:8080\"}}";

    const BUCKET: &str = "{s3: {bucket: acme, region: eu-west-1}}";

    #[test]
    fn a_runner_of_ci_keeps_no_keys_of_a_real_cloud_unless_they_are_said_to_outlive_it() {
        for (is_ci, cloud, keys, is_refused) in [
            (true, ALICLOUD, "{directory: keys}", true),
            (true, ALICLOUD, "{outlivesRunner: false}", true),
            (true, ALICLOUD, "{directory: keys, outlivesRunner: true}", false),
            (false, ALICLOUD, "{directory: keys}", false),
            (true, EMULATOR, "{directory: keys}", false),
            (true, SERVER, "{directory: keys}", false),
        ] {
            let machine = HostPolicy { is_ci, ..HostPolicy::default() };
            let refused = machine.admit(&desired(cloud, keys)).is_err();
            assert_eq!(refused, is_refused, "{is_ci} {cloud} {keys}");
        }
    }

    #[test]
    fn a_runner_of_ci_keeps_no_state_of_a_real_cloud_unless_it_is_said_to_outlive_it() {
        let (outlives, keys) = ("{outlivesRunner: true}", "{directory: keys}");
        let (files, kept) = ("{file: {directory: state}}", "{file: {outlivesRunner: true}}");
        let lost = "{file: {outlivesRunner: false}}";
        for (is_ci, cloud, keys, state, refused) in [
            (true, ALICLOUD, outlives, files, Some("stateEndsWithRunner")),
            (true, ALICLOUD, outlives, lost, Some("stateEndsWithRunner")),
            (true, ALICLOUD, keys, files, Some("keysEndWithRunner")),
            (true, ALICLOUD, outlives, kept, None),
            (true, ALICLOUD, outlives, "{postgres: {url: \"postgres://k@127.0.0.1/k\"}}", None),
            (true, ALICLOUD, outlives, "{s3: {bucket: acme, region: eu-west-1}}", None),
            (true, ALICLOUD, outlives, "{oss: {bucket: acme, region: cn-hangzhou}}", None),
            (false, ALICLOUD, keys, files, None),
            (true, EMULATOR, keys, files, None),
            (true, SERVER, keys, files, None),
        ] {
            let machine = HostPolicy { is_ci, ..HostPolicy::default() };
            let admitted = machine.admit(&with_state(cloud, keys, state, ""));
            let code = admitted.as_ref().err().map(OpenError::code);
            assert_eq!(code, refused, "{is_ci} {cloud} {keys} {state}");
        }
    }

    #[test]
    fn a_host_is_refused_before_anything_else_unless_the_machine_trusts_it() {
        for field in ["endpoint", "stsEndpoint"] {
            let cloud = format!(
                "{{alicloud: {{account: \"1234567890123456\", {field}: https://gateway.example}}}}"
            );
            let desired = desired(&cloud, "{directory: keys}");
            let mut machine = HostPolicy { is_ci: true, ..HostPolicy::default() };
            let refused =
                |machine: &HostPolicy| machine.admit(&desired).expect_err("refused").code();
            assert_eq!(refused(&machine), "untrustedHostRefused", "{field}");
            machine.trusted_hosts = TrustedHosts::listed("gateway.example");
            assert_eq!(refused(&machine), "keysEndWithRunner", "{field}");
        }
    }

    #[test]
    fn each_vault_that_a_pair_uses_must_outlive_a_runner() {
        let command = "{command: {put: [v], get: [v], retire: [v]}}";
        let pair = |keys: &str| {
            let spec = if keys.is_empty() { String::new() } else { format!("privateKeys: {keys}") };
            format!(
                "---\napiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: web}}\n\
                 spec: {{{spec}}}\n"
            )
        };
        let kept = "{directory: kept, outlivesRunner: true}";
        for (project, own, is_refused) in [
            (command, "", false),
            (command, "{directory: own}", true),
            (command, kept, false),
            ("{directory: keys}", command, false),
            ("{directory: keys}", BUCKET, false),
            (BUCKET, "", false),
            (BUCKET, "{directory: own}", true),
            ("{directory: keys}", "", true),
            (kept, "{directory: own}", true),
        ] {
            let desired = with_pairs(ALICLOUD, project, &pair(own));
            let machine = HostPolicy { is_ci: true, ..HostPolicy::default() };
            assert_eq!(machine.admit(&desired).is_err(), is_refused, "{project} {own}");
        }
    }

    #[test]
    fn a_directory_of_the_machine_does_not_take_the_place_of_another_vault() {
        let machine =
            HostPolicy { private_keys: Some(PathBuf::from("/mnt")), ..HostPolicy::default() };
        for keys in ["{command: {put: [v], get: [v], retire: [v]}}", BUCKET] {
            let refused = machine.admit(&desired(EMULATOR, keys)).expect_err("it is refused");
            assert_eq!(refused.code(), "privateKeysInTwoPlaces", "{keys}");
        }
        assert!(machine.admit(&desired(EMULATOR, "{directory: keys}")).is_ok());
    }
}
