//! Whether private keys could be published: git says whether it would ignore their files.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::visible;

/// What `git check-ignore` ends with for a path of a work tree that it would not ignore; one that it
/// ignores is 0, and outside of a work tree it is an error.
const NOT_IGNORED: i32 = 1;
const IGNORED: i32 = 0;

/// A warning if the directory of the private keys is in a git work tree and not ignored. Without git
/// nobody can say.
pub(super) fn warning(project: &Path, private_keys: &Path) -> Option<String> {
    (is_ignored(project, private_keys) == Some(false)).then(|| {
        let directory = visible::path(private_keys.strip_prefix(".").unwrap_or(private_keys));
        format!(
            "Warning: git does not ignore {directory}, where the private keys are, so that one could \
             be committed; add `{directory}/` to .gitignore"
        )
    })
}

/// Whether git ignores the private keys; nothing outside of a work tree, or without git.
pub(super) fn is_ignored(project: &Path, private_keys: &Path) -> Option<bool> {
    // A name as a private key has it: some rules are about `*.pem`.
    let key = std::path::absolute(private_keys.join("name.pem")).ok()?;
    let asked = Command::new("git")
        .arg("-C")
        .arg(project)
        .args(["check-ignore", "--quiet", "--no-index", "--"])
        .arg(key)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match asked.ok()?.code() {
        Some(IGNORED) => Some(true),
        Some(NOT_IGNORED) => Some(false),
        _ => None,
    }
}
