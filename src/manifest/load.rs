//! Sources to what is desired.

use std::{path::Path, sync::Arc};

use crate::{
    diagnostic::{Diagnostic, Place, Source},
    model::inventory::Inventory,
};

use super::{Desired, collect::Loading, decode_inventory, shown::shown};

/// The file that makes a directory a project, and that holds its `kind: Project`.
pub const PROJECT_FILE: &str = "keyform.yaml";

/// What the files of a project mean, and what is wrong with them.
#[derive(Debug)]
pub struct Loaded {
    /// What is desired, if nothing is wrong with any manifest.
    pub desired: Option<Desired>,
    /// What the embedded cloud starts with, if nothing is wrong with it.
    pub inventory: Option<Inventory>,
    /// All problems, by file and line; those without a place come first.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads a project from its files, in any order. The inventory must be among them.
#[must_use]
pub fn load(sources: Vec<Arc<Source>>) -> Loaded {
    let absent = |path: &Path| Err(format!("there is no file {}", shown(&path.to_string_lossy())));
    load_with(sources, Vec::new(), absent)
}

/// As [`load`], with problems that are known before, and a way to read an inventory that is not
/// among the sources.
pub(super) fn load_with(
    mut sources: Vec<Arc<Source>>,
    mut diagnostics: Vec<Diagnostic>,
    read_other: impl FnOnce(&Path) -> Result<Arc<Source>, String>,
) -> Loaded {
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    let Some(own) = sources.iter().position(|source| source.path == PROJECT_FILE) else {
        let message = format!("there is no {PROJECT_FILE}, so this directory is no project");
        diagnostics.push(Diagnostic::without_place(message).help(
            "run `keyform init` to make it one, or name a project's directory with `-C DIR`",
        ));
        return Loaded { desired: None, inventory: None, diagnostics };
    };
    let own = sources.remove(own);
    let mut loading = Loading::new(diagnostics);
    loading.file(&own);
    let project = loading.project(&own);
    let mut inventory_problems = Vec::new();
    let inventory = project.as_ref().and_then(|project| {
        let (path, place) = project.inventory.as_ref()?;
        let found = inventory_source(path, place, &mut sources, read_other);
        found
            .and_then(|source| decode_inventory(&source))
            .map_err(|problems| inventory_problems = problems)
            .ok()
    });
    for source in &sources {
        loading.file(source);
    }
    let (desired, mut diagnostics) = loading.finish(project);
    diagnostics.extend(inventory_problems);
    diagnostics.sort_by_cached_key(|diagnostic| {
        diagnostic.place.as_ref().map(|at| (at.source.path.clone(), at.line, at.column))
    });
    Loaded { desired, inventory, diagnostics }
}

/// Takes the inventory's source out of the others, or reads it.
fn inventory_source(
    path: &Path,
    place: &Place,
    sources: &mut Vec<Arc<Source>>,
    read_other: impl FnOnce(&Path) -> Result<Arc<Source>, String>,
) -> Result<Arc<Source>, Vec<Diagnostic>> {
    if path == Path::new(PROJECT_FILE) {
        let message = format!("{PROJECT_FILE} cannot be the inventory too");
        return Err(vec![
            Diagnostic::error(place.clone(), message)
                .help("give the inventory a file of its own, such as inventory.yaml"),
        ]);
    }
    if let Some(index) = sources.iter().position(|source| Path::new(&source.path) == path) {
        return Ok(sources.remove(index));
    }
    read_other(path).map_err(|problem| {
        let message = format!("the inventory cannot be read: {problem}");
        vec![Diagnostic::error(place.clone(), message).help(
            "write the path of a file below the project directory that has `kind: Inventory`",
        )]
    })
}
