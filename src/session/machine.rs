//! What holds on this machine beyond what the manifests say, and what they may not ask of it.

use std::path::{Path, PathBuf};

use super::error::OpenError;
use crate::{
    manifest::{CloudChoice, Project},
    model::{Endpoint, endpoint::TrustedHosts},
};

/// What holds on this machine, beyond what the manifests say.
#[derive(Clone, Debug, Default)]
pub struct HostPolicy {
    /// Whether it is a runner of CI, which may be gone with all its files when its job ends.
    pub is_ci: bool,
    /// The hosts that credentials may be sent to besides those of ECS and STS.
    pub trusted_hosts: TrustedHosts,
    /// Where private keys are kept, if not where the Project says.
    pub private_keys: Option<PathBuf>,
}

impl HostPolicy {
    /// Refuses a project that would send credentials to a stranger, or lose private keys or its
    /// state.
    pub(super) fn admit(&self, project: &Project) -> Result<(), OpenError> {
        self.admit_hosts(project)?;
        if self.is_ci && is_real(&project.cloud) {
            // Of the two, private keys are what nothing can bring back (L2).
            if !project.keys_outlive_runner {
                return Err(OpenError::KeysEndWithRunner);
            }
            if !project.state_outlives_runner {
                return Err(OpenError::StateEndsWithRunner);
            }
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

    /// The directory of the private keys of a project.
    pub(super) fn private_keys(&self, directory: &Path, project: &Project) -> PathBuf {
        self.private_keys.clone().unwrap_or_else(|| directory.join(&project.private_keys))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{diagnostic::Source, manifest};

    fn project(cloud: &str, keys: &str) -> Project {
        project_with_state(cloud, keys, "{outlivesRunner: true}")
    }

    fn project_with_state(cloud: &str, keys: &str, state: &str) -> Project {
        let text = format!(
            "apiVersion: keyform/v1\nkind: Project\nmetadata: {{name: acme}}\nspec:\n  \
             cloud: {cloud}\n  privateKeys: {keys}\n  state: {{file: {state}}}\n"
        );
        let source = |path: &str, text| Arc::new(Source { path: path.to_owned(), text });
        let inventory = "apiVersion: keyform/v1\nkind: Inventory\nspec: {instances: []}\n";
        let sources =
            vec![source("keyform.yaml", text), source("inventory.yaml", inventory.to_owned())];
        let loaded = manifest::load(sources);
        loaded.desired.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)).project
    }

    const EMULATOR: &str = "{emulator: {inventory: inventory.yaml}}";
    const ALICLOUD: &str = "{alicloud: {account: \"1234567890123456\"}}";
    const SERVER: &str =
        "{alicloud: {account: \"1234567890123456\", endpoint: \"http://127.0.0.1:8080\"}}";

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
            let refused = machine.admit(&project(cloud, keys)).is_err();
            assert_eq!(refused, is_refused, "{is_ci} {cloud} {keys}");
        }
    }

    #[test]
    fn a_runner_of_ci_keeps_no_state_of_a_real_cloud_unless_it_is_said_to_outlive_it() {
        let (outlives, keys) = ("{outlivesRunner: true}", "{directory: keys}");
        for (is_ci, cloud, keys, state, refused) in [
            (true, ALICLOUD, outlives, "{directory: state}", Some("stateEndsWithRunner")),
            (true, ALICLOUD, outlives, "{outlivesRunner: false}", Some("stateEndsWithRunner")),
            (true, ALICLOUD, keys, "{directory: state}", Some("keysEndWithRunner")),
            (true, ALICLOUD, outlives, outlives, None),
            (false, ALICLOUD, keys, "{directory: state}", None),
            (true, EMULATOR, keys, "{directory: state}", None),
            (true, SERVER, keys, "{directory: state}", None),
        ] {
            let machine = HostPolicy { is_ci, ..HostPolicy::default() };
            let admitted = machine.admit(&project_with_state(cloud, keys, state));
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
            let project = project(&cloud, "{directory: keys}");
            let mut machine = HostPolicy { is_ci: true, ..HostPolicy::default() };
            let refused =
                |machine: &HostPolicy| machine.admit(&project).expect_err("refused").code();
            assert_eq!(refused(&machine), "untrustedHostRefused", "{field}");
            machine.trusted_hosts = TrustedHosts::listed("gateway.example");
            assert_eq!(refused(&machine), "keysEndWithRunner", "{field}");
        }
    }

    #[test]
    fn the_directory_of_the_private_keys_is_the_project_s_or_the_machine_s() {
        let project = project(EMULATOR, "{directory: ../keys}");
        let there = Path::new("here");
        let mut machine = HostPolicy::default();
        assert_eq!(machine.private_keys(there, &project), Path::new("here/../keys"));
        machine.private_keys = Some(PathBuf::from("/mnt/keys"));
        assert_eq!(machine.private_keys(there, &project), Path::new("/mnt/keys"));
    }
}
