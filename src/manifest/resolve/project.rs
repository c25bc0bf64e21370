//! `kind: Project`.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use crate::{
    diagnostic::{Diagnostic, Place},
    manifest::{
        CloudChoice, Origin, Project, ProjectLimits,
        raw::{RawDirectory, RawDocument, RawLimits, RawProject, Text, Whole},
        shown::shown,
        tree::At,
    },
    model::{
        ProjectName, Region, RestartPolicy, Tags,
        names::{NAME_LENGTH_MAX, check_name},
    },
};

use super::{
    Given,
    fields::{Scope, directory_path, name, path, regions, restart, tags},
    selector::{DefaultTags, default_selector},
};

/// Generations of key pairs by their written names, each with the place of that name.
pub(in crate::manifest) type Generations = BTreeMap<String, (u32, Place)>;

/// A Project as far as it could be resolved.
#[derive(Debug)]
pub(in crate::manifest) struct ProjectDraft {
    /// The project, if nothing is wrong with it.
    pub(in crate::manifest) project: Option<Project>,
    /// What holds for all its manifests.
    pub(in crate::manifest) defaults: Defaults,
    /// Directories of further manifests, and where each was named.
    pub(in crate::manifest) include: Vec<(PathBuf, Place)>,
    /// The inventory's file, and where it was named.
    pub(in crate::manifest) inventory: Option<(PathBuf, Place)>,
    /// Where it was written.
    pub(in crate::manifest) place: Place,
}

/// What a Project says for all its manifests, its own and the included ones.
#[derive(Debug)]
pub(in crate::manifest) struct Defaults {
    /// The regions of key pairs that name none.
    pub(in crate::manifest) regions: Given<Vec<Region>>,
    /// The restart policy of bindings that have none.
    pub(in crate::manifest) restart: Given<RestartPolicy>,
    /// Tags of all key pairs, unless one has another value for the key.
    pub(in crate::manifest) tags: Given<Tags>,
    /// What the names in the cloud begin with.
    pub(in crate::manifest) name_prefix: Given<String>,
    /// Tags of all selectors besides their own.
    pub(in crate::manifest) selector: Given<DefaultTags>,
    /// Generations that count more than what a KeyPair says.
    pub(in crate::manifest) generations: Generations,
}

impl Defaults {
    /// Those of a Project that cannot be read: nothing follows from them.
    pub(in crate::manifest) const BROKEN: Self = Self {
        regions: Given::Broken,
        restart: Given::Broken,
        tags: Given::Broken,
        name_prefix: Given::Broken,
        selector: Given::Broken,
        generations: BTreeMap::new(),
    };

    const ABSENT: Self = Self {
        regions: Given::Absent,
        restart: Given::Absent,
        tags: Given::Absent,
        name_prefix: Given::Absent,
        selector: Given::Absent,
        generations: BTreeMap::new(),
    };
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
        defaults: Defaults::ABSENT,
        include: Vec::new(),
        inventory: None,
        place: name_at.place(),
    };
    let Some(spec) = &raw.spec else {
        if at.lost("spec") {
            draft.defaults = Defaults::BROKEN;
        }
        scope.missing(at, "spec", "spec.cloud", CLOUD_HELP);
        return draft;
    };
    let at = at.key("spec");
    draft.defaults = defaults(scope, spec, at);
    draft.include = include(scope, spec.include.as_deref().unwrap_or_default(), at.key("include"));
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
            limits: spec.limits.as_ref().map(limits).unwrap_or_default(),
            origin,
        });
    }
    draft
}

fn defaults(scope: &mut Scope<'_>, spec: &RawProject, at: At<'_>) -> Defaults {
    let regions = regions(scope, spec.regions.as_ref(), at);
    let name_prefix = match &spec.name_prefix {
        None if at.lost("namePrefix") => Given::Broken,
        None => Given::Absent,
        Some(Text(prefix)) => name_prefix(scope, prefix, at.key("namePrefix")),
    };
    let generations = generations(spec, at.key("generations"));
    let Some(defaults) = &spec.defaults else {
        let none = if at.lost("defaults") { Defaults::BROKEN } else { Defaults::ABSENT };
        return Defaults { regions, name_prefix, generations, ..none };
    };
    let at = at.key("defaults");
    Defaults {
        regions,
        restart: restart(scope, defaults.restart.as_ref(), at),
        tags: tags(scope, defaults.tags.as_ref(), at).map_or(Given::Broken, Given::Value),
        name_prefix,
        selector: default_selector(scope, defaults.selector.as_ref(), at),
        generations,
    }
}

fn generations(spec: &RawProject, at: At<'_>) -> Generations {
    let written = spec.generations.iter().flatten();
    written
        .map(|(name, Whole(generation))| (name.clone(), (*generation, at.key(name).key_place())))
        .collect()
}

fn limits(raw: &RawLimits) -> ProjectLimits {
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    ProjectLimits {
        unavailable: raw.unavailable,
        restarts_per_run: raw.restarts_per_run.map(|Whole(most)| number(most)),
        deletes_per_run: raw.deletes_per_run.map(|Whole(most)| number(most)),
    }
}

/// The beginning of names: with the shortest name behind it, it must be one itself (R11).
fn name_prefix(scope: &mut Scope<'_>, prefix: &str, at: At<'_>) -> Given<String> {
    let message = match check_name(&format!("{prefix}xx"), NAME_LENGTH_MAX) {
        Ok(()) if !prefix.is_empty() => return Given::Value(prefix.to_owned()),
        Ok(()) => format!("{}: its `namePrefix` is empty", scope.subject),
        Err(problem) => {
            format!("{}: names cannot begin with {}: {problem}", scope.subject, shown(prefix))
        }
    };
    scope.problem(Diagnostic::error(at.place(), message).help(
        "write a letter, then letters, digits, `:`, `_` and `-`, such as `prod-`; or leave \
         `namePrefix` out",
    ));
    Given::Broken
}

/// The directories of further manifests, each once.
fn include(scope: &mut Scope<'_>, raw: &[Text], at: At<'_>) -> Vec<(PathBuf, Place)> {
    let mut found: Vec<(PathBuf, Place)> = Vec::new();
    for (index, text) in raw.iter().enumerate() {
        let at = at.item(index);
        let Some(path) = directory_path(scope, text, at) else { continue };
        match found.iter().find(|(other, _)| *other == path) {
            Some((_, first)) => {
                let message = format!("{} includes {} twice", scope.subject, shown(&text.0));
                scope.problem(
                    Diagnostic::error(at.place(), message)
                        .label("and again here")
                        .related(first.clone(), "first here")
                        .help("keep one of the two"),
                );
            }
            None => found.push((path, at.place())),
        }
    }
    found
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
