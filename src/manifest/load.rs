//! Sources to what is desired.

use std::{path::Path, sync::Arc};

use zeroize::Zeroizing;

use crate::{
    diagnostic::{Diagnostic, DocumentCode, Place, Source},
    model::{TrustedHosts, inventory::Inventory},
};

use super::{
    Desired,
    collect::Loading,
    decode_inventory,
    reader::{ProjectFiles, Reader, Refused},
    shown::shown,
};

/// The file that makes a directory a project, and that holds its `kind: Project`.
pub const PROJECT_FILE: &str = "keyform.yaml";

/// What the files of a project mean, and what is wrong with them.
#[derive(Debug)]
pub struct LoadedManifests {
    /// What is desired, if nothing is wrong with any manifest.
    pub desired: Option<Desired>,
    /// What the embedded cloud starts with, if the project is about it and nothing is wrong with it.
    pub inventory: Option<Inventory>,
    /// All problems, by file and line; those without a place come first.
    pub diagnostics: Vec<Diagnostic>,
}

/// Loads a project from its files, in any order: those of the project directory, among them the
/// inventory, and those of the directories that it includes. No host is trusted but those of Alibaba
/// Cloud and this machine.
#[must_use]
pub fn load(sources: Vec<Arc<Source>>) -> LoadedManifests {
    let is_own = |source: &Arc<Source>| {
        let path = Path::new(&source.path);
        path.parent() == Some(Path::new("")) && path.extension().is_some_and(|end| end == "yaml")
    };
    let (own, others) = sources.into_iter().partition(is_own);
    let files = ProjectFiles { sources: own, diagnostics: Vec::new() };
    load_with(files, &Sources(others), &TrustedHosts::default())
}

/// Files that were read before.
struct Sources(Vec<Arc<Source>>);

impl Reader for Sources {
    fn file(&self, path: &Path) -> Result<Arc<Source>, Refused> {
        let found = self.0.iter().find(|source| Path::new(&source.path) == path);
        let absent = || absent("file", path);
        found.cloned().ok_or_else(absent)
    }

    fn content(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Refused> {
        self.file(path).map(|source| Zeroizing::new(source.text.clone().into_bytes()))
    }

    fn is_inside(&self, _: &Path) -> Result<(), Refused> {
        // There is nothing around them.
        Ok(())
    }

    fn directory(&self, path: &Path) -> Result<ProjectFiles, Refused> {
        let is_there = |source: &&Arc<Source>| {
            let file = Path::new(&source.path);
            file.parent() == Some(path) && file.extension().is_some_and(|end| end == "yaml")
        };
        let sources: Vec<_> = self.0.iter().filter(is_there).cloned().collect();
        if sources.is_empty() {
            return Err(absent("directory", path));
        }
        Ok(ProjectFiles { sources, diagnostics: Vec::new() })
    }
}

fn absent(what: &str, path: &Path) -> Refused {
    let reason = format!("there is no {what} {}", shown(&path.to_string_lossy()));
    Refused::new(DocumentCode::FileUnreadable, reason)
}

/// As [`load`], with what is wrong with the files already, and a way to read others.
pub(super) fn load_with(
    files: ProjectFiles,
    reader: &dyn Reader,
    trusted: &TrustedHosts,
) -> LoadedManifests {
    let ProjectFiles { mut sources, mut diagnostics } = files;
    sources.sort_by(|left, right| left.path.cmp(&right.path));
    let Some(own) = sources.iter().position(|source| source.path == PROJECT_FILE) else {
        // What keeps its manifests from being read is all that is to be said.
        if diagnostics.is_empty() {
            let message = format!("there is no {PROJECT_FILE}, so this directory is no project");
            diagnostics
                .push(Diagnostic::without_place(DocumentCode::ProjectMissing, message).help(
                "run `keyform init` to make it one, or name a project's directory with `-C DIR`",
            ));
        }
        return LoadedManifests { desired: None, inventory: None, diagnostics };
    };
    let own = sources.remove(own);
    let mut loading = Loading::new(diagnostics);
    loading.file(&own);
    let project = loading.project(&own, reader, trusted);
    let mut inventory_problems = Vec::new();
    let inventory = project.as_ref().and_then(|project| {
        let (path, place) = project.inventory.as_ref()?;
        let found = inventory_source(path, place, &mut sources, reader);
        found
            .and_then(|source| decode_inventory(&source))
            .map_err(|problems| inventory_problems = problems)
            .ok()
    });
    for (path, place) in project.iter().flat_map(|project| &project.include) {
        include(path, place, reader, &mut loading);
    }
    for source in &sources {
        loading.file(source);
    }
    let (desired, mut diagnostics) = loading.finish(project, reader);
    diagnostics.extend(inventory_problems);
    diagnostics.sort_by_cached_key(|diagnostic| {
        diagnostic.place.as_ref().map(|at| (at.source.path.clone(), at.line, at.column))
    });
    LoadedManifests { desired, inventory, diagnostics }
}

/// Takes in the manifests of another directory.
fn include(path: &Path, place: &Place, reader: &dyn Reader, loading: &mut Loading) {
    let is_project = |files: &ProjectFiles| {
        files.sources.iter().any(|source| Path::new(&source.path) == path.join(PROJECT_FILE))
    };
    let (refused, help) = match reader.directory(path) {
        Ok(files) if !is_project(&files) => {
            loading.problems(files.diagnostics);
            files.sources.iter().for_each(|source| loading.file(source));
            return;
        }
        Ok(_) => (
            Refused::new(
                DocumentCode::IncludesProject,
                format!("it has a {PROJECT_FILE} and is a project of its own"),
            ),
            "put the manifests that projects share into a directory that is no project",
        ),
        Err(refused) => {
            let help = refused.help.unwrap_or(
                "write the path of another directory of the same git work tree, relative to the \
                 project directory",
            );
            (refused, help)
        }
    };
    let shown = shown(&path.to_string_lossy());
    let message = format!("{shown} cannot be included: {}", refused.reason);
    let problem = Diagnostic::error(refused.code, place.clone(), message).field("spec.include");
    loading.problems(vec![problem.help(help)]);
}

/// Where a Project names its inventory.
const INVENTORY_FIELD: &str = "spec.cloud.emulator.inventory";

/// Takes the inventory's source out of the others, or reads it.
fn inventory_source(
    path: &Path,
    place: &Place,
    sources: &mut Vec<Arc<Source>>,
    reader: &dyn Reader,
) -> Result<Arc<Source>, Vec<Diagnostic>> {
    if path == Path::new(PROJECT_FILE) {
        let message = format!("{PROJECT_FILE} cannot be the inventory too");
        return Err(vec![
            Diagnostic::error(DocumentCode::InventoryIsProject, place.clone(), message)
                .field(INVENTORY_FIELD)
                .help("give the inventory a file of its own, such as inventory.yaml"),
        ]);
    }
    if let Some(index) = sources.iter().position(|source| Path::new(&source.path) == path) {
        return Ok(sources.remove(index));
    }
    reader.file(path).map_err(|refused| {
        let message = format!("the inventory cannot be read: {}", refused.reason);
        let problem = Diagnostic::error(refused.code, place.clone(), message);
        vec![problem.field(INVENTORY_FIELD).help(
            "write the path of a file below the project directory that has `kind: Inventory`",
        )]
    })
}
