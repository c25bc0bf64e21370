//! The files of a project, written in one text as in `tests/integration/manifests/broken`.

use std::{path::Path, sync::Arc};

use keyform::{
    diagnostic::{Place, Severity, Source},
    manifest::{CloudChoice, Desired, LoadedManifests, load},
    render::diagnostics,
};

/// A Project that needs nothing more, where the text has none.
const PROJECT: &str = "\
apiVersion: keyform/v1
kind: Project
metadata: {name: acme-web}
spec:
  regions: [cn-hangzhou]
  cloud: {emulator: {inventory: inventory.yaml}}
  defaults: {restart: {when: now}}
";
/// An inventory, where the text has none.
const INVENTORY: &str = "\
apiVersion: keyform/v1
kind: Inventory
spec: {instances: [{id: i-1, region: cn-hangzhou}, {id: i-2, region: cn-hangzhou}]}
";

/// Loads and shows the project: it means something or has an error, and every place is in its file.
pub(super) fn run(bytes: &[u8]) {
    // Whoever reads files refuses what is not UTF-8 before anything else.
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let loaded = load(sources(text));
    check(&loaded);
    let shown = diagnostics::text(&loaded.diagnostics, Path::new("."), false);
    assert_eq!(shown.is_empty(), loaded.diagnostics.is_empty());
    let listed = diagnostics::json(&loaded.diagnostics).to_string();
    assert!(!listed.contains('\n'), "JSON escapes what a person wrote");
}

fn check(loaded: &LoadedManifests) {
    for diagnostic in &loaded.diagnostics {
        let related = diagnostic.related.iter().map(|(place, _)| place);
        for place in diagnostic.place.iter().chain(related) {
            assert!(is_inside(place), "{place} of {:?}", place.source.text);
        }
        assert!(!diagnostic.message.contains('\n'), "{:?} is one line", diagnostic.message);
    }
    let has_error = loaded.diagnostics.iter().any(|found| found.severity == Severity::Error);
    let is_embedded =
        |desired: &Desired| matches!(desired.project.cloud, CloudChoice::Emulator { .. });
    let is_whole = loaded
        .desired
        .as_ref()
        .is_some_and(|desired| loaded.inventory.is_some() || !is_embedded(desired));
    assert_eq!(has_error, !is_whole, "{:?}", loaded.diagnostics);
}

/// The files of a text: each begins with a line `==> PATH <==`.
fn sources(text: &str) -> Vec<Arc<Source>> {
    let mut files: Vec<(String, String)> = Vec::new();
    for part in text.split("==> ").filter(|part| !part.is_empty()) {
        let (path, content) = part.split_once(" <==\n").unwrap_or(("web.yaml", part));
        // A directory has one file of a name; names are not what is tried here.
        if !path.contains(char::is_control) && files.iter().all(|(other, _)| other != path) {
            files.push((path.to_owned(), content.to_owned()));
        }
    }
    for (path, content) in [("keyform.yaml", PROJECT), ("inventory.yaml", INVENTORY)] {
        if files.iter().all(|(other, _)| other != path) {
            files.push((path.to_owned(), content.to_owned()));
        }
    }
    files.into_iter().map(|(path, text)| Arc::new(Source { path, text })).collect()
}

fn is_inside(place: &Place) -> bool {
    let line = place.source.text.split('\n').nth(place.line - 1);
    line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&place.column))
}
