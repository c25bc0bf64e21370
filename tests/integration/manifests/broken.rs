//! A table of broken projects, one idea each: `broken/NAME.txt` has the files, and the snapshot of
//! its name all that a person is shown.
//!
//! The snapshots hold the sentences; what kind of problem each project has is told by codes, in
//! `codes_of_broken_projects`.
//!
//! A file begins with `==> PATH <==`. The Project and the inventory are good ones where they are not
//! given.

use std::{collections::BTreeSet, fs, path::Path};

use keyform::diagnostic::{
    CloudCode, DocumentCode, FieldCode, PolicyCode, ReferenceCode, StateCode,
};

use super::{codes, loaded, shown};
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

/// What only directories have, which `on_disk` tries; a text of a megabyte; and what two parsers of
/// YAML would have to read differently, for which no example is known.
const NOT_IN_ONE_TEXT: [&str; 10] = [
    "ambiguousYaml",
    "danglingLink",
    "directoryUnreadable",
    "fileTooLarge",
    "misnamedManifest",
    "notAFile",
    "notUtf8",
    "outsideWorkTree",
    "projectMissing",
    "textTooLong",
];

#[test]
fn every_code_has_a_broken_project_and_every_problem_its_code() {
    let mut met = BTreeSet::new();
    let mut told = String::new();
    for (name, text) in broken() {
        let found = codes(&loaded(&files(&text)));
        told.push_str(&format!("{name}: {}\n", found.join(" ")));
        met.extend(found);
    }
    insta::assert_snapshot!("codes_of_broken_projects", told);
    let all = DocumentCode::ALL
        .iter()
        .map(|code| code.as_str())
        .chain(FieldCode::ALL.iter().map(|code| code.as_str()))
        .chain(CloudCode::ALL.iter().map(|code| code.as_str()))
        .chain(StateCode::ALL.iter().map(|code| code.as_str()))
        .chain(PolicyCode::ALL.iter().map(|code| code.as_str()))
        .chain(ReferenceCode::ALL.iter().map(|code| code.as_str()));
    let not_met: BTreeSet<_> = all.filter(|code| !met.contains(code)).collect();
    assert_eq!(not_met, NOT_IN_ONE_TEXT.into(), "codes without a broken project");
}
