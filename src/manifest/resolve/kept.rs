//! Where a project keeps what it must not lose: each in a directory of its own.

use std::path::{Path, PathBuf};

use super::fields::{Scope, other_path};
use crate::{
    diagnostic::{Diagnostic, FieldCode},
    manifest::{raw::Text, reader::Reader, shown::shown, tree::At},
};

/// The directory of the embedded cloud.
const CLOUD: &str = ".keyform/cloud";

/// The directories of a project, normalised, as far as they are known.
pub(in crate::manifest) struct Kept<'a> {
    pub(in crate::manifest) state: Option<&'a Path>,
    pub(in crate::manifest) keys: Option<&'a Path>,
}

impl Kept<'_> {
    /// What is kept where something else is, as a sentence.
    pub(in crate::manifest) fn overlap(&self) -> Option<String> {
        let both = self.state.zip(self.keys);
        if let Some((state, keys)) = both.filter(|(state, keys)| meet(state, keys)) {
            return Some(match state == keys {
                true => "the state and the private keys are kept in one directory".to_owned(),
                false if state.starts_with(keys) => {
                    "the state is kept among the private keys".to_owned()
                }
                false => "the private keys are kept among the state".to_owned(),
            });
        }
        let named = [("state is", self.state), ("private keys are", self.keys)];
        named.into_iter().filter_map(|(what, path)| Some((what, path?))).find_map(|(what, path)| {
            let is_in_git = path.iter().any(|part| part == ".git");
            let place = if is_in_git {
                "`.git`, where git removes and overwrites files"
            } else if path.starts_with(CLOUD) {
                "`.keyform/cloud`, which the embedded cloud writes"
            } else {
                return None;
            };
            Some(format!("the {what} kept in {place}"))
        })
    }
}

const KEPT_HELP: &str = "write the path of a directory of the same git work tree, relative to the project directory, \
     with `/`; only private keys are kept elsewhere, by `--private-keys DIR` or \
     KEYFORM_PRIVATE_KEYS";

/// A directory, which may be elsewhere in the work tree of the project.
pub(super) fn directory(
    scope: &mut Scope<'_>,
    written: Option<&Text>,
    at: At<'_>,
    default: &str,
    reader: &dyn Reader,
) -> Option<PathBuf> {
    let Some(text) = written else { return Some(PathBuf::from(default)) };
    let path = other_path(scope, text, at, KEPT_HELP)?;
    let Err(refused) = reader.is_inside(&path) else { return Some(path) };
    let message = format!("{}: the path {} {}", scope.subject, shown(&text.0), refused.reason);
    scope.problem(
        Diagnostic::error(refused.code, at.place(), message).found(&text.0).help(KEPT_HELP),
    );
    None
}

/// Whether something is kept where something else is; then that is a problem at this place.
pub(super) fn overlaps(scope: &mut Scope<'_>, kept: &Kept<'_>, at: At<'_>) -> bool {
    let Some(problem) = kept.overlap() else { return false };
    let message = format!("{}: {problem}", scope.subject);
    scope.problem(
        Diagnostic::error(FieldCode::DirectoriesOverlap, at.place(), message)
            .help("give each a directory of its own, such as `.keyform/state` and `keys`"),
    );
    true
}

/// Whether one of two directories is the other, or in it.
fn meet(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_directory_of_its_own() {
        let table = [
            (".keyform/state", "keys", false),
            ("../state/web", "../keys/web", false),
            ("keys-state", "keys", false),
            (".keyform/clouds", "keys", false),
            ("kept", "kept", true),
            ("keys/state", "keys", true),
            (".keyform/state", ".keyform/state/keys", true),
            (".keyform/state", ".keyform", true),
            (".keyform/cloud", "keys", true),
            (".keyform/state", ".keyform/cloud/keys", true),
            (".git/state", "keys", true),
            (".keyform/state", "../.git/keys", true),
        ];
        for (state, keys, is_refused) in table {
            let kept = Kept { state: Some(Path::new(state)), keys: Some(Path::new(keys)) };
            assert_eq!(kept.overlap().is_some(), is_refused, "{state}, {keys}");
        }
    }
}
