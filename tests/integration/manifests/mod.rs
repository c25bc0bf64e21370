//! Manifests through the public API: what is desired, and how what is wrong is shown.

mod agreement;
mod broken;
mod good;
mod inventory;
mod mutated;
mod on_disk;

use std::{path::Path, sync::Arc};

use keyform::{
    diagnostic::{Severity, Source},
    manifest::{LoadedManifests, load},
    render::diagnostics,
};

use crate::schemas;

/// A Project that needs nothing more.
const PROJECT: &str = "\
apiVersion: keyform/v1
kind: Project
metadata: {name: acme-web}
spec:
  regions: [cn-hangzhou]
  cloud: {emulator: {inventory: inventory.yaml}}
  defaults: {restart: {when: now}}
";

/// An inventory with two instances.
const INVENTORY: &str = "\
apiVersion: keyform/v1
kind: Inventory
spec:
  instances:
  - {id: i-1, region: cn-hangzhou}
  - {id: i-2, region: cn-hangzhou}
";

fn source(path: &str, text: &str) -> Arc<Source> {
    Arc::new(Source { path: path.to_owned(), text: text.to_owned() })
}

/// Loads files in memory; the Project and the inventory are added where they are not given. What is
/// valid must be so for the schemas too.
fn loaded(files: &[(&str, &str)]) -> LoadedManifests {
    let mut sources: Vec<_> = files.iter().map(|(path, text)| source(path, text)).collect();
    for (path, text) in [("keyform.yaml", PROJECT), ("inventory.yaml", INVENTORY)] {
        if !files.iter().any(|(given, _)| *given == path) {
            sources.push(source(path, text));
        }
    }
    let loaded = load(sources);
    if loaded.diagnostics.iter().all(|problem| problem.severity != Severity::Error) {
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".yaml")) {
            let refused = schemas::refusals(text);
            assert_eq!(refused, Vec::<String>::new(), "{path} is valid:\n{text}");
        }
    }
    loaded
}

/// What kinds of problems were found, in their order.
fn codes(loaded: &LoadedManifests) -> Vec<&'static str> {
    loaded.diagnostics.iter().map(|problem| problem.code.as_str()).collect()
}

fn shown(loaded: &LoadedManifests) -> String {
    diagnostics::text(&loaded.diagnostics, Path::new("."), false)
}
