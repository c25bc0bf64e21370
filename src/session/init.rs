//! A new project that plans and applies as it stands.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    code::codes,
    disk::Disk,
    model::names::{NAME_LENGTH_MAX, NameProblem, check_name},
    schema::Document,
    visible,
};

/// The files of a new project, but for the schemas. `NAME` stands for the project's name.
const FILES: [(&str, &str); 4] = [
    ("keyform.yaml", include_str!("init/keyform.yaml")),
    ("web.yaml", include_str!("init/web.yaml")),
    ("inventory.yaml", include_str!("init/inventory.yaml")),
    (".gitignore", include_str!("init/gitignore")),
];

/// The directory of the schemas in a new project.
const SCHEMAS: &str = "schema";

/// Files that were written, relative to the project's directory.
pub type Written = Vec<PathBuf>;

/// Why no project was made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The directory's name cannot be a project's name.
    #[error(
        "`{}` cannot be the name of a project: {problem}. Give another one with --name",
        visible::line(name)
    )]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: NameProblem,
    },
    /// A file of the new project is there already.
    #[error("{} is there already, and nothing was written; init makes a project in a directory without one", .0.display())]
    Exists(PathBuf),
    /// The operating system refused.
    #[error("{} cannot be written; fix the cause, and run the same command again", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

codes! {
    /// The code of an [`InitError`].
    pub enum InitErrorCode {
        ProjectName = "projectNameRefused" {
            meaning: "The name cannot be the name of a project, so `init` wrote nothing.",
            why: "A project's name is part of tags and files, so it follows the rule for names (R11).",
            fix: "Name the project yourself: `keyform init --name acme-web`.",
        }
        Exists = "projectExists" {
            meaning: "A file that `init` would write exists already, so `init` wrote nothing.",
            why: "keyform never overwrites a file that it did not write.",
            fix: "Run `keyform init` in an empty directory, or move the file away.",
        }
        Disk = "projectNotWritten" {
            meaning: "The operating system refused a file of the new project.",
            why: "`init` checks that each file is on the disk before it goes on.",
            fix: "Fix what the cause names, such as permissions or a full disk, and run the command again.",
        }
    }
}

impl InitError {
    /// Its stable code.
    #[must_use]
    pub fn code(&self) -> InitErrorCode {
        match self {
            Self::Name { .. } => InitErrorCode::ProjectName,
            Self::Exists(_) => InitErrorCode::Exists,
            Self::Disk { .. } => InitErrorCode::Disk,
        }
    }
}

/// Makes a project in a directory, which is made if it is missing.
///
/// An existing `.gitignore` gets the rules added, if they are not in it; every other file must not
/// exist.
///
/// # Errors
/// [`InitError`]; if a file is there already nothing is written.
pub fn init(disk: &dyn Disk, directory: &Path, name: &str) -> Result<Written, InitError> {
    check_name(name, NAME_LENGTH_MAX)
        .map_err(|problem| InitError::Name { name: name.to_owned(), problem })?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| InitError::Disk { path, source }
    };
    disk.ensure_directory(directory).map_err(failed(directory))?;
    let files = files(name);
    for (file, _) in files.iter().filter(|(file, _)| file != Path::new(".gitignore")) {
        let path = directory.join(file);
        if disk.kind(&path).map_err(failed(&path))?.is_some() {
            return Err(InitError::Exists(path));
        }
    }
    let mut written = Vec::new();
    disk.ensure_directory(&directory.join(SCHEMAS)).map_err(failed(&directory.join(SCHEMAS)))?;
    for (file, text) in files {
        let path = directory.join(&file);
        let result = if disk.kind(&path).map_err(failed(&path))?.is_some() {
            add_rules(disk, &path, &text)
        } else {
            disk.create_durable(&path, text.as_bytes()).map(|()| true)
        };
        if result.map_err(failed(&path))? {
            written.push(file);
        }
    }
    Ok(written)
}

/// The files of a new project, the schemas that its manifests name for editors among them.
fn files(name: &str) -> Vec<(PathBuf, String)> {
    let schemas = [Document::Manifest, Document::Inventory].map(|document| {
        let file = Path::new(SCHEMAS).join(document.name()).with_extension("json");
        (file, document.schema())
    });
    FILES
        .into_iter()
        .map(|(file, text)| (PathBuf::from(file), text.replace("NAME", name)))
        .chain(schemas)
        .collect()
}

/// Adds the rules that a `.gitignore` does not have yet; answers whether there were any.
fn add_rules(disk: &dyn Disk, path: &Path, rules: &str) -> io::Result<bool> {
    let present = String::from_utf8_lossy(&disk.read(path)?).into_owned();
    if rules.lines().all(|rule| present.lines().any(|line| line.trim() == rule.trim())) {
        return Ok(false);
    }
    let separator = if present.is_empty() || present.ends_with('\n') { "" } else { "\n" };
    disk.append_durable(path, format!("{separator}{rules}").as_bytes())?;
    Ok(true)
}
