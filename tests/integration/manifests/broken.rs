//! A table of broken projects, one idea each: `broken/NAME.txt` has the files, and the snapshot of
//! its name all that a person is shown.
//!
//! A file begins with `==> PATH <==`. The Project and the inventory are good ones where they are not
//! given.

use std::{fs, path::Path};

use super::{loaded, shown};

/// The files of a project that is written in one text.
pub(super) fn files(text: &str) -> Vec<(&str, &str)> {
    text.split("==> ")
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once(" <==\n").expect("a path ends in <=="))
        .collect()
}

#[test]
fn every_problem_is_shown_where_it_stands_and_teaches_what_to_do() {
    let directory =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/manifests/broken");
    let mut paths: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 90, "{} broken projects", paths.len());
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let loaded = loaded(&files(&text));
        assert!(!loaded.diagnostics.is_empty(), "{name} has no problem");
        let inventory_only = name.starts_with("inventory_");
        assert!(loaded.desired.is_none() || inventory_only, "{name} is desired");
        insta::assert_snapshot!(name, shown(&loaded));
    }
}
