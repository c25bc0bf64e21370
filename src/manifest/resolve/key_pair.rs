//! `kind: KeyPair`.

use std::{ops::RangeInclusive, sync::Arc};

use crate::{
    diagnostic::{Diagnostic, FieldCode, Place},
    manifest::{
        DesiredKeyPair,
        raw::{RawDocument, RawKeyPair, Whole},
        reader::Reader,
        shown::shown,
        tree::At,
    },
    model::{
        CloudName, KeyPairName, Region, Tags, VaultChoice,
        schedule::{Span, Urgent},
    },
};

use super::{
    Defaults, Given,
    fields::{Scope, given, merged_tags, name, regions, tags, written_name},
    kept::{Kept, overlaps},
    key_source::{KeySource, key_source},
    resource_group::resource_group,
    restart::span,
    schedule::exception,
    vault::vault,
};

/// The most characters of a pair's name: the generation's `-g2` must fit into the service's 128.
pub(in crate::manifest) const PAIR_NAME_MAX: usize = 120;

/// How soon and how late a rotation may be due.
const ROTATE_AFTER: RangeInclusive<Span> = Span::days(1)..=Span::days(3650);

/// A KeyPair as far as it could be resolved.
#[derive(Debug)]
pub(in crate::manifest) struct KeyPairDraft {
    /// The pair, if nothing is wrong with it.
    pub(in crate::manifest) pair: Option<DesiredKeyPair>,
    /// Its name as it is written.
    pub(in crate::manifest) written: Option<String>,
    /// Its regions, if they are known.
    pub(in crate::manifest) regions: Option<Vec<Region>>,
    /// Where the public key was given, of which a person has the private one.
    pub(in crate::manifest) given: Option<Place>,
    /// Where its name was written.
    pub(in crate::manifest) place: Place,
}

/// Resolves a KeyPair of a project with these defaults.
pub(in crate::manifest) fn resolve_key_pair(
    raw: &RawDocument<RawKeyPair>,
    at: At<'_>,
    subject: String,
    defaults: &Defaults,
    reader: &dyn Reader,
    problems: &mut Vec<Diagnostic>,
) -> KeyPairDraft {
    let scope = &mut Scope { subject, problems };
    let name_at = at.key("metadata").key("name");
    let name = name(scope, raw.metadata.as_ref(), at, PAIR_NAME_MAX)
        .filter(|name| without_generation(scope, name, name_at));
    let spec = raw.spec.as_ref();
    // Without a spec all comes from defaults. One that was lost may have said otherwise.
    let spec_lost = at.lost("spec");
    let at = if spec.is_some() { at.key("spec") } else { name_at };
    let own = if spec_lost {
        Given::Broken
    } else {
        regions(scope, spec.and_then(|spec| spec.regions.as_ref()), at)
    };
    let order = own_or_default_regions(scope, own, &defaults.regions, name_at);
    let regions = order.clone().map(|mut regions| {
        regions.sort();
        regions
    });
    let tags_at = if at.has("tags") { at.key("tags") } else { name_at };
    let tags: Option<Tags> = tags(scope, spec.and_then(|spec| spec.tags.as_ref()), at)
        .and_then(|own| merged_tags(scope, own, &defaults.tags, tags_at));
    let KeySource { key, given } = key_source(scope, spec, at, reader, order.unwrap_or_default());
    let resource_group = resource_group(scope, spec, at);
    let timing = urgent(scope, spec, at).zip(rotation(scope, spec, at, &defaults.rotate_after));
    let private_keys = private_keys(scope, spec, at, defaults, reader);
    let cloud_name =
        name.as_deref().and_then(|name| cloud_name(scope, name, &defaults.name_prefix, name_at));
    // One broken field spoils the pair: half of what a person wrote is not what that person meant.
    let pair = match (
        name.zip(cloud_name),
        &regions,
        tags.zip(resource_group),
        key.zip(timing).zip(private_keys),
    ) {
        (
            Some((name, cloud_name)),
            Some(regions),
            Some((tags, resource_group)),
            Some(((key, (urgent, rotate_after)), private_keys)),
        ) => {
            let file: Arc<str> = at.source.path.as_str().into();
            let is_set = |flag: fn(&RawKeyPair) -> Option<bool>| spec.and_then(flag);
            Some(DesiredKeyPair {
                generation: generation(spec, &name, defaults),
                cloud_name,
                name: KeyPairName::new(name),
                keep_previous: is_set(|spec| spec.keep_previous).unwrap_or(true),
                rotate_after,
                protect: is_set(|spec| spec.protect).unwrap_or(false),
                adopt: is_set(|spec| spec.adopt).unwrap_or(false),
                key,
                urgent,
                regions: regions.clone(),
                tags,
                resource_group,
                private_keys,
                origin: name_at.origin(&file),
            })
        }
        _ => None,
    };
    KeyPairDraft { pair, written: written_name(raw), regions, given, place: name_at.place() }
}

/// Where its private key is kept, if it says so; nothing if that is written wrong.
fn private_keys(
    scope: &mut Scope<'_>,
    spec: Option<&RawKeyPair>,
    at: At<'_>,
    defaults: &Defaults,
    reader: &dyn Reader,
) -> Option<Option<VaultChoice>> {
    let written = spec.and_then(|spec| spec.private_keys.as_ref());
    let choice = match vault(scope, written, at, None, reader, &defaults.trusted_hosts) {
        Given::Absent => return Some(None),
        other => other.value()?,
    };
    let kept = Kept { state: defaults.state_directory.as_deref(), keys: choice.directory() };
    (!overlaps(scope, &kept, at.key("privateKeys").key("directory"))).then_some(Some(choice))
}

/// Why its windows are lifted, if they are; nothing if that is written wrong.
fn urgent(scope: &mut Scope<'_>, spec: Option<&RawKeyPair>, at: At<'_>) -> Option<Option<Urgent>> {
    let written = spec.map_or(Given::Absent, |spec| {
        given(spec.urgent.as_ref(), at, "urgent").read(|urgent| {
            exception(scope, urgent, at.key("urgent"), "spec.urgent", &Given::Absent)
        })
    });
    written.read(|(reason, until)| Some(Some(Urgent { reason, until }))).or(None)
}

/// After which time its rotation is due, if it or the Project says so; nothing if that is written
/// wrong.
fn rotation(
    scope: &mut Scope<'_>,
    spec: Option<&RawKeyPair>,
    at: At<'_>,
    default: &Given<Span>,
) -> Option<Option<Span>> {
    let written = spec.map_or(Given::Absent, |spec| rotate_after(scope, spec.rotate_after, at));
    let or_default = if written == Given::Absent { default.clone() } else { written };
    or_default.read(|after| Some(Some(after))).or(None)
}

/// `rotateAfter` below `at`, as far as it is written there.
pub(super) fn rotate_after(scope: &mut Scope<'_>, raw: Option<Span>, at: At<'_>) -> Given<Span> {
    span(scope, raw, at, "rotateAfter", ROTATE_AFTER)
}

/// The generation that is wanted: what the Project says of it counts.
fn generation(spec: Option<&RawKeyPair>, name: &str, defaults: &Defaults) -> u32 {
    let own = spec.and_then(|spec| spec.generation).map_or(1, |Whole(own)| own);
    defaults.generations.get(name).map_or(own, |(generation, _)| *generation)
}

fn own_or_default_regions(
    scope: &mut Scope<'_>,
    own: Given<Vec<Region>>,
    defaults: &Given<Vec<Region>>,
    at: At<'_>,
) -> Option<Vec<Region>> {
    match (own, defaults) {
        (Given::Value(regions), _) => Some(regions),
        (Given::Absent, Given::Value(regions)) => Some(regions.clone()),
        (Given::Absent, Given::Absent) => {
            let message = format!("{} has no region", scope.subject);
            scope.problem(Diagnostic::error(FieldCode::NoRegion, at.place(), message).help(
                "add `regions: [cn-hangzhou]` to its spec, or to the Project's for all key pairs",
            ));
            None
        }
        (Given::Broken, _) | (Given::Absent, Given::Broken) => None,
    }
}

/// The name in the cloud: the written one behind the project's prefix.
fn cloud_name(
    scope: &mut Scope<'_>,
    name: &str,
    prefix: &Given<String>,
    at: At<'_>,
) -> Option<CloudName> {
    let prefix = match prefix {
        Given::Broken => return None,
        Given::Absent => "",
        Given::Value(prefix) => prefix,
    };
    let full = format!("{prefix}{name}");
    if let Some(ending) = generation_ending(&full) {
        let message = format!(
            "{} is called {} with the Project's `namePrefix`, which ends in `{ending}`",
            scope.subject,
            shown(&full)
        );
        scope.problem(
            Diagnostic::error(FieldCode::GenerationSuffix, at.place(), message)
                .found(&full)
                .help(GENERATION_HELP),
        );
        return None;
    }
    let length = full.len();
    if length > PAIR_NAME_MAX {
        let message = format!(
            "{} has a name of {length} characters with the Project's `namePrefix`",
            scope.subject
        );
        scope.problem(
            Diagnostic::error(FieldCode::NameTooLong, at.place(), message)
                .found(&full)
                .help(format!("shorten it: together they may have {PAIR_NAME_MAX}")),
        );
        return None;
    }
    Some(CloudName::new(full))
}

/// A name that looks like another pair's generation would collide with it one day.
fn without_generation(scope: &mut Scope<'_>, name: &str, at: At<'_>) -> bool {
    let Some(ending) = generation_ending(name) else { return true };
    let message = format!("{} cannot be called so: it ends in `{ending}`", scope.subject);
    scope.problem(
        Diagnostic::error(FieldCode::GenerationSuffix, at.place(), message)
            .found(name)
            .help(GENERATION_HELP),
    );
    false
}

const GENERATION_HELP: &str =
    "keyform calls the later generations of a pair by such names: choose another ending";

/// The end of a name that a later generation of another pair could have.
pub(super) fn generation_ending(name: &str) -> Option<&str> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_reserved = stem.len() < name.len() && stem.ends_with("-g");
    is_reserved.then(|| &name[stem.len() - 2..])
}
