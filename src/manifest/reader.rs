//! What loading asks of whoever reads files.

use std::{path::Path, sync::Arc};

use zeroize::Zeroizing;

use crate::diagnostic::{Diagnostic, Source};

/// The manifests of a directory, as far as they can be read.
#[derive(Debug)]
pub struct ProjectFiles {
    /// The `*.yaml` files, by name.
    pub sources: Vec<Arc<Source>>,
    /// What is wrong with the others.
    pub diagnostics: Vec<Diagnostic>,
}

/// Where files come from that manifests name.
pub(super) trait Reader {
    /// A file by its path below the project directory, or why it cannot be read.
    fn file(&self, path: &Path) -> Result<Arc<Source>, String>;

    /// The content of a file that is no manifest, by its path relative to the project directory,
    /// or why it cannot be read. Of a long file it may be the beginning.
    fn content(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, String>;

    /// Whether a file or a directory, by its path relative to the project directory, is inside of
    /// the work tree of the project, or will be once it is made; or what is wrong with it, as a
    /// clause.
    fn is_inside(&self, path: &Path) -> Result<(), String>;

    /// The manifests of another directory, by its path relative to the project directory, or why
    /// it cannot be included.
    fn directory(&self, path: &Path) -> Result<ProjectFiles, String>;
}
