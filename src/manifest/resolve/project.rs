//! `kind: Project`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    diagnostic::{Diagnostic, FieldCode, Place},
    manifest::{
        Origin, Project, ProjectLimits, StateChoice,
        raw::{RawDocument, RawLimits, RawProject, RawState, Text, Whole},
        reader::Reader,
        shown::shown,
        tree::At,
    },
    model::{
        ProjectName, Region, RestartPolicy, Tags, TrustedHosts, VaultChoice,
        names::{NAME_LENGTH_MAX, check_name},
        schedule::Span,
    },
};

use super::{
    Given,
    cloud::{CLOUD_HELP, cloud},
    fields::{Scope, name, other_path, regions, tags},
    kept::{Kept, directory, overlaps},
    key_pair::rotate_after,
    proof::{WrittenProof, proof},
    restart::restart,
    selector::{DefaultTags, default_selector},
    state::{contradicts, on_server},
    vault::vault,
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
    /// The proof of bindings that say nothing of one.
    pub(in crate::manifest) proof: Given<Option<WrittenProof>>,
    /// Tags of all key pairs, unless one has another value for the key.
    pub(in crate::manifest) tags: Given<Tags>,
    /// How old the keys of key pairs may become that say nothing of it.
    pub(in crate::manifest) rotate_after: Given<Span>,
    /// What the names in the cloud begin with.
    pub(in crate::manifest) name_prefix: Given<String>,
    /// Tags of all selectors besides their own.
    pub(in crate::manifest) selector: Given<DefaultTags>,
    /// Generations that count more than what a KeyPair says.
    pub(in crate::manifest) generations: Generations,
    /// Where the state is, as far as it is known: no private keys are kept there.
    pub(in crate::manifest) state_directory: Option<PathBuf>,
    /// The hosts that credentials may be sent to besides those of the services.
    pub(in crate::manifest) trusted_hosts: TrustedHosts,
}

impl Defaults {
    /// Those of a Project that cannot be read: nothing follows from them.
    pub(in crate::manifest) const BROKEN: Self = Self {
        regions: Given::Broken,
        restart: Given::Broken,
        proof: Given::Broken,
        tags: Given::Broken,
        rotate_after: Given::Broken,
        name_prefix: Given::Broken,
        selector: Given::Broken,
        generations: BTreeMap::new(),
        state_directory: None,
        trusted_hosts: TrustedHosts::NONE,
    };

    const ABSENT: Self = Self {
        regions: Given::Absent,
        restart: Given::Absent,
        proof: Given::Absent,
        tags: Given::Absent,
        rotate_after: Given::Absent,
        name_prefix: Given::Absent,
        selector: Given::Absent,
        generations: BTreeMap::new(),
        state_directory: None,
        trusted_hosts: TrustedHosts::NONE,
    };
}

/// Where the state is unless the Project says otherwise.
const STATE_DIRECTORY: &str = ".keyform/state";
/// Where the private keys are unless the Project says otherwise.
const PRIVATE_KEYS: &str = "keys";

/// Resolves a Project; about a cloud elsewhere than at these hosts it warns.
pub(in crate::manifest) fn resolve_project(
    raw: &RawDocument<RawProject>,
    at: At<'_>,
    subject: String,
    reader: &dyn Reader,
    trusted: &TrustedHosts,
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
    draft.defaults = defaults(scope, spec, at, reader);
    draft.include = include(scope, spec.include.as_deref().unwrap_or_default(), at.key("include"));
    let cloud = cloud(scope, spec.cloud.as_ref(), at, trusted);
    draft.inventory = cloud.inventory;
    let state_at = at.key("state").key("file").key("directory");
    let state = state(scope, spec.state.as_ref(), at.key("state"), reader, trusted);
    let state_directory = state.as_ref().and_then(StateChoice::directory).map(Path::to_owned);
    draft.defaults.state_directory.clone_from(&state_directory);
    draft.defaults.trusted_hosts.clone_from(trusted);
    let written = spec.private_keys.as_ref();
    let private_keys = vault(scope, written, at, Some(PRIVATE_KEYS), reader, trusted);
    let private_keys = private_keys.or(VaultChoice::Directory {
        directory: PathBuf::from(PRIVATE_KEYS),
        outlives_runner: false,
    });
    let keys = private_keys.as_ref().and_then(VaultChoice::directory);
    let kept = Kept { state: state_directory.as_deref(), keys };
    let keys_at = at.key("privateKeys").key("directory");
    let is_written = written.is_some_and(|keys| keys.directory.is_some());
    if overlaps(scope, &kept, if is_written { keys_at } else { state_at }) {
        return draft;
    }
    // A default may stand here for a value that decoding took out; then there was a problem, and
    // nothing is desired.
    if let (Some(name), Some(state), Some(private_keys), Some(cloud)) =
        (name, state, private_keys, cloud.choice)
    {
        let file: Arc<str> = at.source.path.as_str().into();
        let origin: Origin = name_at.origin(&file);
        draft.project = Some(Project {
            name: ProjectName::new(name),
            cloud,
            state,
            private_keys,
            limits: spec.limits.as_ref().map(limits).unwrap_or_default(),
            origin,
        });
    }
    draft
}

/// Where the state is kept: in a directory, if nothing else is written.
fn state(
    scope: &mut Scope<'_>,
    raw: Option<&RawState>,
    at: At<'_>,
    reader: &dyn Reader,
    trusted: &TrustedHosts,
) -> Option<StateChoice> {
    if let Some(raw) = raw {
        if contradicts(scope, raw, at) {
            return None;
        }
        let servers =
            [raw.postgres.is_some(), raw.s3.is_some(), raw.oss.is_some(), raw.http.is_some()];
        if servers.contains(&true) {
            return on_server(scope, raw, at, trusted);
        }
    }
    let in_files = raw.and_then(|state| state.file.as_ref());
    let written = in_files.and_then(|files| files.directory.as_ref());
    let at = at.key("file").key("directory");
    let directory = directory(scope, written, at, STATE_DIRECTORY, reader)?;
    let outlives_runner = in_files.and_then(|files| files.outlives_runner).unwrap_or(false);
    Some(StateChoice::File { directory, outlives_runner })
}

fn defaults(scope: &mut Scope<'_>, spec: &RawProject, at: At<'_>, reader: &dyn Reader) -> Defaults {
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
        proof: proof(scope, defaults.proof.as_ref(), at, reader)
            .read(|proof| Some(proof.map(|proof| WrittenProof { by_default: true, ..proof }))),
        tags: tags(scope, defaults.tags.as_ref(), at).map_or(Given::Broken, Given::Value),
        rotate_after: rotate_after(scope, defaults.rotate_after, at),
        name_prefix,
        selector: default_selector(scope, defaults.selector.as_ref(), at),
        generations,
        state_directory: None,
        trusted_hosts: TrustedHosts::NONE,
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
    scope.problem(
        Diagnostic::error(FieldCode::InvalidNamePrefix, at.place(), message)
            .field("spec.namePrefix")
            .found(prefix)
            .help(
                "write a letter, then letters, digits, `:`, `_` and `-`, such as `prod-`; or leave \
         `namePrefix` out",
            ),
    );
    Given::Broken
}

const INCLUDE_HELP: &str = "write the path of another directory of the same git work tree, relative to the project \
     directory, with `/`, such as `../teams`";

/// The directories of further manifests, each once.
fn include(scope: &mut Scope<'_>, raw: &[Text], at: At<'_>) -> Vec<(PathBuf, Place)> {
    let mut found: Vec<(PathBuf, Place)> = Vec::new();
    for (index, text) in raw.iter().enumerate() {
        let at = at.item(index);
        let Some(path) = other_path(scope, text, at, INCLUDE_HELP) else { continue };
        match found.iter().find(|(other, _)| *other == path) {
            Some((_, first)) => {
                let message = format!("{} includes {} twice", scope.subject, shown(&text.0));
                scope.problem(
                    Diagnostic::error(FieldCode::DuplicateItem, at.place(), message)
                        .field("spec.include")
                        .found(&text.0)
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
