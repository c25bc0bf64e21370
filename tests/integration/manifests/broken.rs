//! A table of broken projects, one idea each: `broken/NAME.txt` has the files, and the snapshot of
//! its name all that a person is shown.
//!
//! A file begins with `==> PATH <==`. The Project and the inventory are good ones where they are not
//! given.

use std::{fs, path::Path};

use super::{loaded, shown};
use crate::schemas;

/// The files of a project that is written in one text.
pub(super) fn files(text: &str) -> Vec<(&str, &str)> {
    text.split("==> ")
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once(" <==\n").expect("a path ends in <=="))
        .collect()
}

/// Every broken project: its name and its text.
fn broken() -> Vec<(String, String)> {
    let directory =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/manifests/broken");
    let entries = fs::read_dir(directory).expect("the broken projects");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let name = |path: &Path| path.file_stem().expect("a name").display().to_string();
    let text = |path: &Path| fs::read_to_string(path).expect("UTF-8");
    paths.iter().map(|path| (name(path), text(path))).collect()
}

#[test]
fn schemas_refuse_what_is_wrong_in_one_document() {
    let (mut refused, mut accepted) = (Vec::new(), Vec::new());
    for (name, text) in broken() {
        let mut manifests = files(&text).into_iter().filter(|(path, _)| path.ends_with(".yaml"));
        let is_refused = manifests.any(|(_, text)| !schemas::refusals(text).is_empty());
        if is_refused { &mut refused } else { &mut accepted }.push(name);
    }
    insta::assert_snapshot!(
        "schemas_and_broken_projects",
        format!(
            "Schemas refuse:\n{}\n\nNot YAML, or wrong by a rule that no schema can say:\n{}",
            refused.join("\n"),
            accepted.join("\n")
        )
    );
}

#[test]
fn every_problem_is_shown_where_it_stands_and_teaches_what_to_do() {
    let broken = broken();
    assert!(broken.len() >= 150, "{} broken projects", broken.len());
    for (name, text) in broken {
        let loaded = loaded(&files(&text));
        assert!(!loaded.diagnostics.is_empty(), "{name} has no problem");
        let inventory_only = name.starts_with("inventory_");
        assert!(loaded.desired.is_none() || inventory_only, "{name} is desired");
        insta::assert_snapshot!(name, shown(&loaded));
    }
}
