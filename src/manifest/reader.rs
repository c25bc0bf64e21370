//! What loading asks of whoever reads files.

use std::{path::Path, sync::Arc};

use zeroize::Zeroizing;

use crate::diagnostic::{Diagnostic, DocumentCode, Place, Source};

/// The manifests of a directory, as far as they can be read.
#[derive(Debug)]
pub struct ProjectFiles {
    /// The `*.yaml` files, by name.
    pub sources: Vec<Arc<Source>>,
    /// What is wrong with the others.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a file or a directory that a manifest names is not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// What kind of problem it is.
    pub(super) code: DocumentCode,
    /// What is wrong with it, as a clause or a sentence; see each function of [`Reader`].
    pub(super) reason: String,
    /// Where in the file, if that is known.
    pub(super) place: Option<Place>,
    /// What to do, if there is something better to say than what everybody is told.
    pub(super) help: Option<&'static str>,
}

impl Refused {
    pub(super) fn new(code: DocumentCode, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), place: None, help: None }
    }
}

/// Where files come from that manifests name.
pub(super) trait Reader {
    /// A file by its path below the project directory, or why it cannot be read.
    fn file(&self, path: &Path) -> Result<Arc<Source>, Refused>;

    /// The content of a file that is no manifest, by its path relative to the project directory,
    /// or why it cannot be read. Of a long file it may be the beginning.
    fn content(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Refused>;

    /// Whether a file or a directory, by its path relative to the project directory, is inside of
    /// the work tree of the project, or will be once it is made; or what is wrong with it, as a
    /// clause.
    fn is_inside(&self, path: &Path) -> Result<(), Refused>;

    /// The manifests of another directory, by its path relative to the project directory, or why
    /// it cannot be included.
    fn directory(&self, path: &Path) -> Result<ProjectFiles, Refused>;
}
