//! The documents of all files, kind by kind, until the Project's defaults are known.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_yaml::Value;

use crate::{
    diagnostic::{Diagnostic, DocumentCode, Severity, Source},
    model::TrustedHosts,
};

use super::{
    Desired, PROJECT_FILE,
    decode::decode,
    document::{self, Document},
    kind::{Kind, kind_of, written_name},
    raw::{RawBinding, RawDocument, RawKeyPair, RawProject, RawRemoval},
    reader::Reader,
    resolve::{
        BindingDraft, Defaults, KeyPairDraft, ProjectDraft, RemovalDraft, resolve_binding,
        resolve_key_pair, resolve_project, resolve_removal,
    },
    shown::shown,
    tree::{At, Mark},
    validate::Drafts,
};

/// The most bytes of a file of manifests: a million ids have room in it.
const FILE_MAX: usize = 32 << 20;
/// The most bytes of all manifests of a project.
const ALL_MAX: usize = 128 << 20;

/// A decoded document that waits to be resolved.
#[derive(Debug)]
struct Waiting<S> {
    document: Document,
    raw: RawDocument<S>,
    subject: String,
}

impl<S> Waiting<S> {
    fn at(&self) -> At<'_> {
        At::root(&self.document.source, &self.document.tree)
    }
}

/// A project while its files are loaded.
#[derive(Debug)]
pub(super) struct Loading {
    problems: Vec<Diagnostic>,
    /// Something could not be read, and nobody knows which objects it declares.
    incomplete: bool,
    /// How many bytes the files had so far.
    size: usize,
    projects: Vec<Waiting<RawProject>>,
    key_pairs: Vec<Waiting<RawKeyPair>>,
    bindings: Vec<Waiting<RawBinding>>,
    removals: Vec<Waiting<RawRemoval>>,
}

impl Loading {
    /// Starts with the problems of files that could not be read.
    pub(super) fn new(problems: Vec<Diagnostic>) -> Self {
        Self {
            incomplete: !problems.is_empty(),
            problems,
            size: 0,
            projects: Vec::new(),
            key_pairs: Vec::new(),
            bindings: Vec::new(),
            removals: Vec::new(),
        }
    }

    /// Something could not be read, for these reasons.
    pub(super) fn problems(&mut self, problems: Vec<Diagnostic>) {
        self.incomplete |= !problems.is_empty();
        self.problems.extend(problems);
    }

    /// Decodes the documents of a file, unless it is too large to be one that a person wrote.
    pub(super) fn file(&mut self, source: &Arc<Source>) {
        self.size = self.size.saturating_add(source.text.len());
        let (is_large, are_large) = (source.text.len() > FILE_MAX, self.size > ALL_MAX);
        if is_large || are_large {
            let file = shown(&source.path);
            let what = if is_large {
                format!("{file} is larger than {} MiB", FILE_MAX >> 20)
            } else {
                format!("with {file} the manifests have more than {} MiB", ALL_MAX >> 20)
            };
            let problem = Diagnostic::without_place(DocumentCode::FileTooLarge, what);
            let help = "select instances by tags in place of listing them, or split the manifests \
                        among projects";
            return self.problems(vec![problem.help(help)]);
        }
        let read = document::read(source, &mut self.problems);
        self.incomplete |= !read.complete;
        for document in read.documents {
            match kind_of(&document) {
                Err(problem) => {
                    self.problems.push(*problem);
                    self.incomplete = true;
                }
                Ok(Kind::Project) => {
                    let waiting = self.decode("Project", document);
                    self.projects.extend(waiting);
                }
                Ok(Kind::KeyPair) => {
                    let waiting = self.decode("KeyPair", document);
                    self.key_pairs.extend(waiting);
                }
                Ok(Kind::Binding) => {
                    let waiting = self.decode("Binding", document);
                    self.bindings.extend(waiting);
                }
                Ok(Kind::Removal) => {
                    let waiting = self.decode("Removal", document);
                    self.removals.extend(waiting);
                }
                // What the embedded cloud starts with is no manifest.
                Ok(Kind::Inventory) => {}
            }
        }
    }

    fn decode<S: DeserializeOwned>(
        &mut self,
        kind: &str,
        mut document: Document,
    ) -> Option<Waiting<S>> {
        let name = written_name(&document.value);
        // Without its name it may be the very object that another one refers to.
        self.incomplete |= name.is_none();
        let subject = match name {
            Some(name) => format!("{kind} {}", shown(name)),
            None => format!("this {kind}"),
        };
        let raw = decode(&mut document, &subject, &mut self.problems);
        // What it says is in `raw` now, and is large where many instances are listed.
        document.value = Value::Null;
        self.incomplete |= raw.is_none();
        Some(Waiting { document, raw: raw?, subject })
    }

    /// Resolves the Project, after its own file and before the others.
    pub(super) fn project(
        &mut self,
        own: &Arc<Source>,
        reader: &dyn Reader,
        trusted: &TrustedHosts,
    ) -> Option<ProjectDraft> {
        let mut found: Option<ProjectDraft> = None;
        for waiting in std::mem::take(&mut self.projects) {
            // Which of two is meant is for a person to say; mistakes inside the second may not
            // matter.
            if let Some(first) = &found {
                let place = waiting.at().key("metadata").key("name").place();
                self.problems.push(
                    Diagnostic::error(
                        DocumentCode::SecondProject,
                        place,
                        format!("{} is a second Project", waiting.subject),
                    )
                    .related(first.place.clone(), "the first is here")
                    .help("a directory is one project: move one of the two to its own"),
                );
                continue;
            }
            let Waiting { document, raw, subject } = waiting;
            let at = At::root(&document.source, &document.tree);
            found = Some(resolve_project(&raw, at, subject, reader, trusted, &mut self.problems));
        }
        // A document that could not be read may be the Project, and is reported itself.
        if found.is_none() && !self.incomplete {
            let place = Mark::START.place(own);
            self.problems.push(
                Diagnostic::error(
                    DocumentCode::ProjectDocumentMissing,
                    place,
                    format!("{PROJECT_FILE} has no `kind: Project`"),
                )
                .help(
                    "add a document with `apiVersion: keyform/v1` and `kind: Project`; `keyform \
                     init` in an empty directory writes one",
                ),
            );
        }
        found
    }

    /// Resolves everything else.
    pub(super) fn finish(
        mut self,
        project: Option<ProjectDraft>,
        reader: &dyn Reader,
    ) -> (Option<Desired>, Vec<Diagnostic>) {
        // Those of the project's own file were taken before, so that these are in other files.
        for waiting in &self.projects {
            let place = waiting.at().key("metadata").key("name").place();
            self.problems.push(
                Diagnostic::error(
                    DocumentCode::ProjectElsewhere,
                    place,
                    format!("{} is not in {PROJECT_FILE}", waiting.subject),
                )
                .help(format!(
                    "a directory is one project, and its Project is in {PROJECT_FILE}: take \
                         this one out, or move it to the {PROJECT_FILE} of another directory"
                )),
            );
        }
        let (project, defaults) = match project {
            Some(draft) => (draft.project, draft.defaults),
            // Broken, not absent: what defaults may give is not reported as missing.
            None => (None, Defaults::BROKEN),
        };
        let key_pairs: Vec<KeyPairDraft> = self
            .key_pairs
            .iter()
            .map(|waiting| {
                let subject = waiting.subject.clone();
                let problems = &mut self.problems;
                let at = waiting.at();
                resolve_key_pair(&waiting.raw, at, subject, &defaults, reader, problems)
            })
            .collect();
        let bindings: Vec<BindingDraft> = self
            .bindings
            .iter()
            .map(|waiting| {
                let subject = waiting.subject.clone();
                let problems = &mut self.problems;
                let at = waiting.at();
                resolve_binding(&waiting.raw, at, subject, &defaults, reader, problems)
            })
            .collect();
        let removals: Vec<RemovalDraft> = self
            .removals
            .iter()
            .map(|waiting| {
                let subject = waiting.subject.clone();
                let (prefix, problems) = (&defaults.name_prefix, &mut self.problems);
                resolve_removal(&waiting.raw, waiting.at(), subject, prefix, problems)
            })
            .collect();
        // A name may be in a document that could not be read, and is not reported as unknown then.
        let drafts = Drafts { key_pairs, bindings, removals, complete: !self.incomplete };
        drafts.validate(&defaults.generations, &mut self.problems);
        let broken = self.problems.iter().any(|problem| problem.severity == Severity::Error);
        let desired = project.filter(|_| !broken).map(|project| drafts.into_desired(project));
        (desired, self.problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_together_are_not_larger_than_a_limit() {
        let text = "# two\n".to_owned();
        for (before, is_refused) in [(ALL_MAX - 6, false), (ALL_MAX - 5, true)] {
            let mut loading = Loading::new(Vec::new());
            loading.size = before;
            loading.file(&Arc::new(Source { path: "web.yaml".to_owned(), text: text.clone() }));
            let codes: Vec<_> = loading.problems.iter().map(|one| one.code.as_str()).collect();
            assert_eq!(codes == ["fileTooLarge"], is_refused, "{before}: {codes:?}");
        }
    }
}
