//! `kind: Project`.

use std::{path::PathBuf, sync::Arc};

use crate::{
    diagnostic::{Diagnostic, Place},
    manifest::{
        CloudChoice, Origin, Project,
        raw::{RawDirectory, RawDocument, RawProject},
        tree::At,
    },
    model::{ProjectName, Region, RestartPolicy, names::NAME_LENGTH_MAX},
};

use super::{
    Given,
    fields::{Scope, name, path, regions, restart},
};

/// A Project as far as it could be resolved.
#[derive(Debug)]
pub(in crate::manifest) struct ProjectDraft {
    /// The project, if nothing is wrong with it.
    pub(in crate::manifest) project: Option<Project>,
    /// The regions of key pairs that name none.
    pub(in crate::manifest) regions: Given<Vec<Region>>,
    /// The restart policy of bindings that have none.
    pub(in crate::manifest) restart: Given<RestartPolicy>,
    /// The inventory's file, and where it was named.
    pub(in crate::manifest) inventory: Option<(PathBuf, Place)>,
    /// Where it was written.
    pub(in crate::manifest) place: Place,
}

/// Where the state is unless the Project says otherwise.
const STATE_DIRECTORY: &str = ".keyform/state";
/// Where the private keys are unless the Project says otherwise.
const PRIVATE_KEYS: &str = "keys";

/// Resolves a Project.
pub(in crate::manifest) fn resolve_project(
    raw: &RawDocument<RawProject>,
    at: At<'_>,
    subject: String,
    problems: &mut Vec<Diagnostic>,
) -> ProjectDraft {
    let scope = &mut Scope { subject, problems };
    let name = name(scope, raw.metadata.as_ref(), at, NAME_LENGTH_MAX);
    let name_at = at.key("metadata").key("name");
    let mut draft = ProjectDraft {
        project: None,
        regions: Given::Absent,
        restart: Given::Absent,
        inventory: None,
        place: name_at.place(),
    };
    let Some(spec) = &raw.spec else {
        if at.lost("spec") {
            draft.regions = Given::Broken;
            draft.restart = Given::Broken;
        }
        scope.missing(at, "spec", "spec.cloud", CLOUD_HELP);
        return draft;
    };
    let at = at.key("spec");
    draft.regions = regions(scope, spec.regions.as_ref(), at);
    draft.restart = match &spec.defaults {
        None if at.lost("defaults") => Given::Broken,
        None => Given::Absent,
        Some(defaults) => restart(scope, defaults.restart.as_ref(), at.key("defaults")),
    };
    draft.inventory = inventory(scope, spec, at);
    let state = spec.state.as_ref().and_then(|state| state.file.as_ref());
    let state_directory = directory(scope, state, at.key("state").key("file"), STATE_DIRECTORY);
    let keys = spec.private_keys.as_ref();
    let private_keys = directory(scope, keys, at.key("privateKeys"), PRIVATE_KEYS);
    // A default may stand here for a value that decoding took out; then there was a problem, and
    // nothing is desired.
    if let (Some(name), Some(state_directory), Some(private_keys), Some((inventory, _))) =
        (name, state_directory, private_keys, &draft.inventory)
    {
        let file: Arc<str> = at.source.path.as_str().into();
        let origin: Origin = name_at.origin(&file);
        draft.project = Some(Project {
            name: ProjectName::new(name),
            cloud: CloudChoice::Emulator { inventory: inventory.clone() },
            state_directory,
            private_keys,
            origin,
        });
    }
    draft
}

const CLOUD_HELP: &str = "write cloud: {emulator: {inventory: inventory.yaml}}";

fn inventory(scope: &mut Scope<'_>, spec: &RawProject, at: At<'_>) -> Option<(PathBuf, Place)> {
    let Some(cloud) = &spec.cloud else {
        scope.missing(at, "cloud", "spec.cloud", CLOUD_HELP);
        return None;
    };
    let at = at.key("cloud");
    let Some(emulator) = &cloud.emulator else {
        scope.missing(at, "emulator", "spec.cloud.emulator", CLOUD_HELP);
        return None;
    };
    let at = at.key("emulator");
    let Some(inventory) = &emulator.inventory else {
        scope.missing(at, "inventory", "spec.cloud.emulator.inventory", CLOUD_HELP);
        return None;
    };
    let at = at.key("inventory");
    path(scope, inventory, at).map(|path| (path, at.place()))
}

fn directory(
    scope: &mut Scope<'_>,
    raw: Option<&RawDirectory>,
    at: At<'_>,
    default: &str,
) -> Option<PathBuf> {
    match raw.and_then(|raw| raw.directory.as_ref()) {
        None => Some(PathBuf::from(default)),
        Some(text) => path(scope, text, at.key("directory")),
    }
}
