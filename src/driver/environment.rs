//! What programs see of the environment in which keyform was started: little, and what is named.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt,
    process::Command,
    sync::Arc,
};

/// What every program needs to be found, to speak, and to know whose it is. Secrets have other names:
/// keyform's credentials of the cloud are for keyform alone (L4).
const ALWAYS: [&str; 7] = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "SSH_AUTH_SOCK"];
/// The beginning of the variables by which a program knows its language.
const LOCALE: &str = "LC_";

/// The variables with which keyform was started.
#[derive(Clone, Default)]
pub struct Environment(Arc<BTreeMap<OsString, OsString>>);

impl Environment {
    /// These variables.
    #[must_use]
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(Arc::new(variables.into_iter().collect()))
    }

    /// Gives a program what all get and what is named, and nothing else.
    pub(super) fn pass_to(&self, command: &mut Command, named: &[String]) {
        let is_passed = |name: &OsStr| {
            name.to_str().is_some_and(|name| {
                ALWAYS.contains(&name)
                    || name.starts_with(LOCALE)
                    || named.iter().any(|one| one == name)
            })
        };
        command.env_clear();
        command.envs(self.0.iter().filter(|(name, _)| is_passed(name)));
    }
}

impl fmt::Debug for Environment {
    /// Without the values, which may be secrets (L4).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_get_what_all_need_and_what_is_named() {
        let names = ["PATH", "HOME", "LC_ALL", "LC_TIME", "VAULT_TOKEN", "SECRET", "LCX", "USERS"];
        let environment = Environment::new(names.map(|name| (name.into(), "x".into())));
        let mut command = Command::new("true");
        command.env("EARLIER", "x");
        environment.pass_to(&mut command, &["VAULT_TOKEN".to_owned(), "ABSENT".to_owned()]);
        let passed: Vec<_> = command.get_envs().filter_map(|(name, _)| name.to_str()).collect();
        assert_eq!(passed, ["HOME", "LC_ALL", "LC_TIME", "PATH", "VAULT_TOKEN"]);
        assert_eq!(format!("{environment:?}"), "Environment(8)");
    }
}
