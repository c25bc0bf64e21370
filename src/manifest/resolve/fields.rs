//! Fields that several kinds have.

use std::{
    collections::HashMap,
    path::{Component, Components, Path, PathBuf},
};

use crate::{
    diagnostic::{Diagnostic, FieldCode},
    manifest::{
        raw::{RawDocument, RawMetadata, RawTags, Text},
        shown::{list, sentence, shown},
        suggest::suggest,
        tree::At,
    },
    model::{
        Region, Tags,
        names::check_name,
        tags::{USER_TAGS_MAX, are_alike, check_tag},
    },
    visible,
};

use super::Given;

/// What every resolving function takes: who is spoken of, and where problems go.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    /// Such as "KeyPair `web`".
    pub(super) subject: String,
    pub(super) problems: &'a mut Vec<Diagnostic>,
}

impl Scope<'_> {
    pub(super) fn problem(&mut self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }

    /// Reports a field that must be there, unless its own problem was reported.
    pub(super) fn missing(&mut self, at: At<'_>, field: &str, path: &str, help: &str) {
        if !at.lost(field) {
            let message = format!("{} has no `{path}`", self.subject);
            let place = if at.has(field) { at.key(field).place() } else { at.key_place() };
            self.problem(
                Diagnostic::error(FieldCode::MissingField, place, message).field(path).help(help),
            );
        }
    }
}

/// `metadata.name` as it is written.
pub(super) fn written_name<S>(raw: &RawDocument<S>) -> Option<String> {
    raw.metadata.as_ref()?.name.as_ref().map(|Text(name)| name.clone())
}

/// How a name is written, for those who have none.
pub(in crate::manifest) const NAME_HELP: &str =
    "write metadata: {name: …}, with letters, digits, `:`, `_` and `-`";

/// `metadata.name` by rule R11.
pub(super) fn name(
    scope: &mut Scope<'_>,
    metadata: Option<&RawMetadata>,
    at: At<'_>,
    maximum: usize,
) -> Option<String> {
    let Some(metadata) = metadata else {
        scope.missing(at, "metadata", "metadata.name", NAME_HELP);
        return None;
    };
    let at = at.key("metadata");
    let Some(Text(name)) = &metadata.name else {
        scope.missing(at, "name", "metadata.name", NAME_HELP);
        return None;
    };
    if let Err(problem) = check_name(name, maximum) {
        let message = format!("{} cannot be called so: {problem}", scope.subject);
        scope.problem(
            Diagnostic::error(FieldCode::InvalidName, at.key("name").place(), message)
                .field("metadata.name")
                .found(name)
                .help(format!("a name has 2 to {maximum} characters, a letter first, then letters, digits, `:`, `_` and `-`")),
        );
        return None;
    }
    Some(name.clone())
}

/// One region's id.
pub(super) fn region(scope: &mut Scope<'_>, text: &Text, at: At<'_>) -> Option<Region> {
    if let Some(meant) = Region::meant(&text.0) {
        let what = if text.0.contains(char::is_uppercase) {
            "is not a region: their ids are in lower case"
        } else {
            "is a zone, not a region"
        };
        let message = format!("{}: {} {what}", scope.subject, shown(&text.0));
        scope.problem(
            Diagnostic::error(FieldCode::InvalidRegion, at.place(), message)
                .found(&text.0)
                .suggestion(Some(&meant))
                .help(format!("write `{meant}`")),
        );
        return None;
    }
    match Region::new(&text.0) {
        Ok(region) => Some(region),
        Err(problem) => {
            let message = format!("{}: {}", scope.subject, sentence(&problem));
            scope.problem(
                Diagnostic::error(FieldCode::InvalidRegion, at.place(), message).found(&text.0),
            );
            None
        }
    }
}

/// `regions` below `at`: at least one, each once; in their order.
pub(super) fn regions(
    scope: &mut Scope<'_>,
    raw: Option<&Vec<Text>>,
    at: At<'_>,
) -> Given<Vec<Region>> {
    let broken = at.lost("regions");
    let Some(raw) = raw else { return if broken { Given::Broken } else { Given::Absent } };
    let at = at.key("regions");
    let before = scope.problems.len();
    let mut first: HashMap<&str, usize> = HashMap::new();
    let mut found = Vec::new();
    for (index, text) in raw.iter().enumerate() {
        if let Some(&other) = first.get(text.0.as_str()) {
            let message = format!("{} has region {} twice", scope.subject, shown(&text.0));
            scope.problem(
                Diagnostic::error(FieldCode::DuplicateItem, at.item(index).place(), message)
                    .found(&text.0)
                    .label("and again here")
                    .related(at.item(other).place(), "first here")
                    .help("keep one of the two"),
            );
            continue;
        }
        first.insert(&text.0, index);
        found.extend(region(scope, text, at.item(index)));
    }
    if raw.is_empty() {
        let message = format!("{} has an empty list of regions", scope.subject);
        scope.problem(
            Diagnostic::error(FieldCode::EmptyList, at.place(), message)
                .help("name at least one region, such as cn-hangzhou, or leave `regions` out"),
        );
    }
    if scope.problems.len() > before {
        return Given::Broken;
    }
    Given::Value(found)
}

/// What a tag of a pair may be.
const TAG_HELP: &str = "a key has 1 to 128 characters and does not begin with `acs:`, `aliyun` or \
     `keyform:`; a value has at most 128 and does not begin with `acs:`; neither holds `http://` or \
     `https://`";

/// `tags` below `at`, by the rules for those that people write.
pub(super) fn tags(scope: &mut Scope<'_>, raw: Option<&RawTags>, at: At<'_>) -> Option<Tags> {
    let Some(RawTags(tags)) = raw else {
        return (!at.lost("tags")).then(Tags::new);
    };
    let at = at.key("tags");
    let before = scope.problems.len();
    for (key, value) in tags {
        if let Err(problem) = check_tag(key, value) {
            let message = format!("{}: tag {}: {problem}", scope.subject, shown(key));
            scope.problem(
                Diagnostic::error(FieldCode::InvalidTag, at.key(key).key_place(), message)
                    .found(key)
                    .help(TAG_HELP),
            );
        }
    }
    keys_alike(scope, tags.keys(), tags.keys(), at);
    if tags.len() > USER_TAGS_MAX {
        too_many_tags(scope, tags.len(), at);
    }
    (scope.problems.len() == before).then(|| tags.clone())
}

/// The tags of an object with those that all have; its own value of a key counts.
pub(super) fn merged_tags(
    scope: &mut Scope<'_>,
    own: Tags,
    defaults: &Given<Tags>,
    at: At<'_>,
) -> Option<Tags> {
    let mut merged = match defaults {
        Given::Broken => return None,
        Given::Absent => return Some(own),
        Given::Value(tags) => tags.clone(),
    };
    if keys_alike(scope, own.keys(), merged.keys(), at) {
        return None;
    }
    merged.extend(own);
    if merged.len() > USER_TAGS_MAX {
        too_many_tags(scope, merged.len(), at);
        return None;
    }
    Some(merged)
}

/// Reports each key that differs from an earlier one only in case; answers whether there is one.
fn keys_alike<'a>(
    scope: &mut Scope<'_>,
    keys: impl Iterator<Item = &'a String>,
    others: impl Iterator<Item = &'a String> + Clone,
    at: At<'_>,
) -> bool {
    let mut found = false;
    for key in keys {
        // Of two keys of one mapping the later one is reported, and the earlier one named.
        let mut earlier = others.clone().take_while(|other| *other != key);
        let Some(other) = earlier.find(|other| are_alike(key, other)) else { continue };
        found = true;
        let message = format!(
            "{}: the tags {} and {} differ only in case",
            scope.subject,
            shown(other),
            shown(key)
        );
        scope.problem(
            Diagnostic::error(FieldCode::TagKeysAlike, at.key(key).key_place(), message)
                .found(key)
                .help(
                    "keep one of the two: the service does not keep both on one pair; those of \
                     the Project's `defaults` count too",
                ),
        );
    }
    found
}

fn too_many_tags(scope: &mut Scope<'_>, count: usize, at: At<'_>) {
    let message = format!("{} has {count} tags, and may have {USER_TAGS_MAX}", scope.subject);
    scope.problem(Diagnostic::error(FieldCode::TooManyTags, at.key_place(), message).help(
        "leave some out: the service keeps 20 tags on a pair, and keyform needs 4 to know what it \
         made; those of the Project's `defaults` count too",
    ));
}

/// A relative path that stays in the project; normalised, without `.` parts.
pub(super) fn path(scope: &mut Scope<'_>, text: &Text, at: At<'_>) -> Option<PathBuf> {
    let reason = match inside(&text.0) {
        Ok(path) => return Some(path),
        Err(reason) => reason,
    };
    let message = format!("{}: the path {} {reason}", scope.subject, shown(&text.0));
    scope.problem(
        Diagnostic::error(FieldCode::InvalidPath, at.place(), message)
            .found(&text.0)
            .help("write a path below the project directory, relative to it, with `/`"),
    );
    None
}

fn inside(text: &str) -> Result<PathBuf, &'static str> {
    let mut path = PathBuf::new();
    for component in components(text)? {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => return Err("leaves the project directory by `..`"),
            Component::RootDir | Component::Prefix(_) => return Err("is absolute"),
        }
    }
    if path.as_os_str().is_empty() {
        return Err("names the project directory itself");
    }
    Ok(path)
}

/// A path that is written relative to the directory of its manifest, as one relative to the project
/// directory, normalised. It may leave the project directory; `help` says to what. Whether it stays in
/// the work tree is for whoever reads it to see.
pub(super) fn other_path(
    scope: &mut Scope<'_>,
    text: &Text,
    at: At<'_>,
    help: &str,
) -> Option<PathBuf> {
    let manifest = Path::new(&at.source.path).parent().unwrap_or(Path::new(""));
    let reason = match beside(manifest, &text.0) {
        Ok(path) => return Some(path),
        Err(reason) => reason,
    };
    let message = format!("{}: the path {} {reason}", scope.subject, shown(&text.0));
    scope.problem(
        Diagnostic::error(FieldCode::InvalidPath, at.place(), message).found(&text.0).help(help),
    );
    None
}

fn beside(manifest: &Path, text: &str) -> Result<PathBuf, &'static str> {
    let mut path = manifest.to_owned();
    for component in components(text)? {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            // What is above a name that is there is the directory of that name.
            Component::ParentDir if path.file_name().is_some() => {
                path.pop();
            }
            Component::ParentDir => path.push(".."),
            Component::RootDir | Component::Prefix(_) => return Err("is absolute"),
        }
    }
    if path.as_os_str().is_empty() {
        return Err("names the project directory itself");
    }
    if path == manifest {
        return Err("names the directory of its manifest");
    }
    Ok(path)
}

fn components(text: &str) -> Result<Components<'_>, &'static str> {
    if text.contains(|c| visible::is_unseen(c) || c == '\\') {
        return Err("has a backslash or an invisible character");
    }
    Ok(Path::new(text).components())
}

/// What an optional field says.
pub(super) fn given<T>(raw: Option<T>, at: At<'_>, field: &str) -> Given<T> {
    match raw {
        Some(value) => Given::Value(value),
        None if at.lost(field) => Given::Broken,
        None => Given::Absent,
    }
}

/// One of a few words.
pub(super) fn word<T: Copy>(
    scope: &mut Scope<'_>,
    text: Option<&Text>,
    at: At<'_>,
    field: &str,
    words: &[(&str, T)],
) -> Option<T> {
    let Text(text) = text?;
    if let Some((_, value)) = words.iter().find(|(word, _)| word == text) {
        return Some(*value);
    }
    let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let message = format!("{}: {field} cannot be {}", scope.subject, shown(text));
    let meant = suggest(text, names.iter().copied());
    let help = match meant {
        Some(name) => format!("did you mean `{name}`? It is one of {}", list(&names)),
        None => format!("it is one of {}", list(&names)),
    };
    scope.problem(
        Diagnostic::error(FieldCode::UnknownWord, at.key(field).place(), message)
            .field(field)
            .found(text)
            .expected(&names)
            .suggestion(meant)
            .help(help),
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_other_directories_begin_at_their_manifest_and_are_normalised() {
        for (manifest, text, path) in [
            ("", "../teams", "../teams"),
            ("", "./a/../../b/", "../b"),
            ("", "a/b/..", "a"),
            ("", "../..", "../.."),
            ("../teams", "ops.pub", "../teams/ops.pub"),
            ("../teams", "../ops.pub", "../ops.pub"),
            ("../teams", "../../ops.pub", "../../ops.pub"),
            ("teams/web", "../ops.pub", "teams/ops.pub"),
        ] {
            let found = beside(Path::new(manifest), text);
            assert_eq!(found, Ok(PathBuf::from(path)), "{manifest}, {text}");
        }
        for bad in ["", ".", "a/..", "/etc", "..\\a", "a\0b"] {
            assert!(beside(Path::new(""), bad).is_err(), "{bad}");
            assert!(beside(Path::new("../teams"), bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_are_normalised_and_stay_in_the_project() {
        for (text, path) in [("a.yaml", "a.yaml"), ("./a//b/./c", "a/b/c"), (".k/s/", ".k/s")] {
            assert_eq!(inside(text), Ok(PathBuf::from(path)), "{text}");
        }
        for bad in ["", ".", "./", "..", "a/../../b", "a/..", "/etc", "a\\b", "a\0b"] {
            assert!(inside(bad).is_err(), "{bad}");
        }
    }
}
