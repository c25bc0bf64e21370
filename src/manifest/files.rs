//! Reading the files of a project: the only part that touches the file system.

use std::{
    fs,
    io::{self, Read},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use zeroize::Zeroizing;

use crate::{
    diagnostic::{Diagnostic, DocumentCode, Source},
    model::TrustedHosts,
};

pub use super::reader::ProjectFiles;
use super::{
    LoadedManifests, PROJECT_FILE,
    load::load_with,
    reader::{Reader, Refused},
    resolve::Kept,
    shown::shown,
    tree::Mark,
};

/// Reads and loads the project in a directory. About a cloud elsewhere than at these hosts and those
/// of Alibaba Cloud it warns.
#[must_use]
pub fn load_project(directory: &Path, trusted: &TrustedHosts) -> LoadedManifests {
    load_with(read_project(directory), &Directory(directory), trusted)
}

/// A project directory.
struct Directory<'a>(&'a Path);

impl Reader for Directory<'_> {
    fn file(&self, path: &Path) -> Result<Arc<Source>, Refused> {
        read_inside(self.0, path)
    }

    fn content(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Refused> {
        content_inside(self.0, path)
    }

    fn is_inside(&self, path: &Path) -> Result<(), Refused> {
        let failed = |error: io::Error| {
            Refused::new(DocumentCode::FileUnreadable, format!("cannot be looked up: {error}"))
        };
        let project = fs::canonicalize(self.0).map_err(failed)?;
        let tree = work_tree(&project);
        // What is not there yet will be made below what is there.
        for above in self.0.join(path).ancestors() {
            match fs::canonicalize(above) {
                Ok(real) if real.starts_with(&tree) => return Ok(()),
                Ok(_) if is_kept_by_git(&tree) => {
                    return Err(outside("is outside of the project's git work tree"));
                }
                Ok(_) => {
                    return Err(outside("is outside of the project, which git does not keep"));
                }
                Err(_) if fs::symlink_metadata(above).is_ok() => {
                    let reason = "leads through a symbolic link to nothing";
                    return Err(Refused::new(DocumentCode::DanglingLink, reason));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    fn directory(&self, path: &Path) -> Result<ProjectFiles, Refused> {
        let failed = |error: io::Error| {
            Refused::new(DocumentCode::FileUnreadable, format!("it cannot be read: {error}"))
        };
        let real = fs::canonicalize(self.0.join(path)).map_err(failed)?;
        let project = fs::canonicalize(self.0).map_err(failed)?;
        let tree = work_tree(&project);
        if !real.starts_with(&tree) {
            return Err(not_included(&tree));
        }
        if real == project {
            let reason = "it is the project directory itself";
            return Err(Refused::new(DocumentCode::IncludesProject, reason));
        }
        Ok(read_manifests(self.0, path, names(&real).map_err(failed)?))
    }
}

/// What is kept where something else is, as a sentence, if the state and the private keys of a project
/// are kept in these directories; each is a path from the current directory.
#[must_use]
pub fn overlap(project: &Path, state: &Path, keys: &Path) -> Option<String> {
    let project = real(project);
    let of_project = |path: &Path| {
        let real = real(path);
        real.strip_prefix(&project).map(Path::to_path_buf).unwrap_or(real)
    };
    Kept { state: Some(&of_project(state)), keys: Some(&of_project(keys)) }.overlap()
}

/// Where a path leads, also to something that is not there yet.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut above = path.ancestors();
    let found = above.find_map(|above| Some((fs::canonicalize(above).ok()?, above)));
    match found {
        Some((real, above)) => match path.strip_prefix(above) {
            Ok(below) if !below.as_os_str().is_empty() => normalised(&real.join(below)),
            _ => real,
        },
        None => path,
    }
}

/// Reads the `*.yaml` files of a directory: not those below it, and no dot files. Without a
/// `keyform.yaml` it is no project, and nothing is read.
#[must_use]
pub fn read_project(directory: &Path) -> ProjectFiles {
    let names = match names(directory) {
        Ok(names) => names,
        Err(error) => {
            let message = format!("the directory {} cannot be read: {error}", quoted(directory));
            let problem = Diagnostic::without_place(DocumentCode::DirectoryUnreadable, message)
                .help("name a project's directory with `-C DIR`");
            return ProjectFiles { sources: Vec::new(), diagnostics: vec![problem] };
        }
    };
    if names.iter().any(|name| name == PROJECT_FILE) {
        return read_manifests(directory, Path::new(""), names);
    }
    let is_project_file = |path: &&Path| path.with_extension("yaml") == Path::new(PROJECT_FILE);
    let misnamed = names.iter().map(Path::new).filter(|path| is_misnamed(path));
    let misnamed = misnamed.filter(is_project_file).map(misnamed_as);
    ProjectFiles { sources: Vec::new(), diagnostics: misnamed.collect() }
}

/// Reads those of these files that are manifests; `below` leads from the project directory to them.
fn read_manifests(directory: &Path, below: &Path, names: Vec<String>) -> ProjectFiles {
    let mut files = ProjectFiles { sources: Vec::new(), diagnostics: Vec::new() };
    for path in names.iter().map(|name| below.join(name)) {
        if is_misnamed(&path) {
            let text = fs::read(directory.join(&path)).unwrap_or_default();
            if holds_manifest(&String::from_utf8_lossy(&text)) {
                files.diagnostics.push(misnamed_as(&path));
            }
        } else if path.extension().is_some_and(|end| end == "yaml")
            && !directory.join(&path).is_dir()
        {
            match read_inside(directory, &path) {
                Ok(source) => files.sources.push(source),
                Err(refused) => files.diagnostics.push(Diagnostic {
                    place: refused.place,
                    ..Diagnostic::without_place(refused.code, refused.reason).help(
                        refused.help.unwrap_or("fix it, or move it out of the project directory"),
                    )
                }),
            }
        }
    }
    files
}

/// Whether a line of a text says that a document of ours begins. Other programs have `*.yml` files
/// beside manifests, which are none of our business.
fn holds_manifest(text: &str) -> bool {
    text.lines().any(|line| {
        let key = line.trim_start_matches(['{', '"', '\'', ' ', '\u{feff}']);
        let value = key.strip_prefix("apiVersion").unwrap_or_default();
        value.trim_start_matches(['"', '\'', ' ', ':']).starts_with("keyform/")
    })
}

fn is_misnamed(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "yml")
}

/// The names in a directory that are no dot files, sorted.
fn names(directory: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        // A name that is not UTF-8 is told by its path's replacement form, and then not found.
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn misnamed_as(path: &Path) -> Diagnostic {
    let renamed = path.with_extension("yaml");
    Diagnostic::without_place(
        DocumentCode::MisnamedManifest,
        format!("{} is not read: manifests end in .yaml", quoted(path)),
    )
    .help(format!("rename it to {}", quoted(&renamed)))
}

/// The most bytes of a file that is no manifest; a public key has a few hundred.
const CONTENT_MAX: u64 = 1 << 20;

/// Reads a manifest by its path below the project directory.
fn read_inside(directory: &Path, path: &Path) -> Result<Arc<Source>, Refused> {
    let real = file_inside(directory, path)?;
    let bytes = read_all(&real, path)?;
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let name = parts.join("/");
    match text_of(bytes) {
        Ok(text) => Ok(Arc::new(Source { path: name, text })),
        Err(wrong) => Err(wrong.refused(path, name)),
    }
}

/// Where a file is not UTF-8.
#[derive(Debug, PartialEq, Eq)]
struct WrongEncoding {
    line: usize,
    column: usize,
    is_utf16: bool,
}

impl WrongEncoding {
    fn refused(&self, path: &Path, name: String) -> Refused {
        let encoding = if self.is_utf16 { "UTF-16" } else { "not UTF-8 text" };
        let reason = format!("{} is {encoding}", quoted(path));
        let help = if self.is_utf16 {
            "save it as UTF-8: the `>` of Windows PowerShell and the \"Unicode\" of Notepad write \
             UTF-16; there, pipe into `Out-File -Encoding utf8`"
        } else {
            "save it as UTF-8, or move it out of the project directory"
        };
        // Of a file that is perhaps no manifest nothing is shown but where it is.
        let text = "\n".repeat(self.line - 1) + &" ".repeat(self.column - 1);
        let position = |number| u32::try_from(number).unwrap_or(u32::MAX - 1);
        let (line, column) = (position(self.line), position(self.column));
        let place = Mark { line, column, length: 1 }.place(&Arc::new(Source { path: name, text }));
        Refused {
            place: Some(place),
            help: Some(help),
            ..Refused::new(DocumentCode::NotUtf8, reason)
        }
    }
}

/// The most bytes of any file, such as an inventory of a million instances.
const FILE_MAX: u64 = 512 << 20;

/// Reads a file, unless it is larger than any that is read. A file may claim to be larger than the
/// disk.
fn read_all(real: &Path, path: &Path) -> Result<Vec<u8>, Refused> {
    let failed = |error: io::Error| unreadable(path, &error);
    let file = fs::File::open(real).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut bytes = Vec::new();
    if length <= FILE_MAX {
        bytes.reserve(usize::try_from(length).unwrap_or_default() + 1);
        file.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 <= FILE_MAX {
            return Ok(bytes);
        }
    }
    let reason = format!("{} is larger than {} MiB", quoted(path), FILE_MAX >> 20);
    Err(Refused::new(DocumentCode::FileTooLarge, reason))
}

/// Reads another file. It may be a private key by mistake, so no copy of it stays in memory.
fn content_inside(directory: &Path, path: &Path) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let failed = |error: io::Error| unreadable(path, &error);
    let file = fs::File::open(file_inside(directory, path)?).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len().min(CONTENT_MAX);
    let capacity = usize::try_from(length).unwrap_or_default();
    // With room for one byte more the end is seen without growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity + 1));
    file.take(length).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Where a regular file of the project's work tree really is.
fn file_inside(directory: &Path, path: &Path) -> Result<PathBuf, Refused> {
    let failed = |error: io::Error| unreadable(path, &error);
    let real = fs::canonicalize(directory.join(path)).map_err(failed)?;
    let project = fs::canonicalize(directory).map_err(failed)?;
    let tree = work_tree(&project);
    if !real.starts_with(&tree) {
        return Err(file_outside(&project, path, &tree));
    }
    if !fs::metadata(&real).map_err(failed)?.is_file() {
        let reason = format!("{} is not a regular file", quoted(path));
        return Err(Refused::new(DocumentCode::NotAFile, reason));
    }
    Ok(real)
}

fn unreadable(path: &Path, error: &io::Error) -> Refused {
    let reason = format!("{} cannot be read: {error}", quoted(path));
    Refused::new(DocumentCode::FileUnreadable, reason)
}

/// A directory that is not included, for it is outside of this tree.
fn not_included(tree: &Path) -> Refused {
    if is_kept_by_git(tree) {
        return outside("it is outside of the project's git work tree");
    }
    Refused {
        help: Some(
            "run `git init` in a directory that holds both, or include a directory below the \
             project's",
        ),
        ..outside(
            "it is outside of the project, and the project is in no git work tree, which would \
             say how far manifests may reach",
        )
    }
}

/// A file that is not read, for it is outside of this tree: as it is written, or by a link.
fn file_outside(project: &Path, path: &Path, tree: &Path) -> Refused {
    let is_linked = normalised(&project.join(path)).starts_with(tree);
    outside(match (is_linked, is_kept_by_git(tree)) {
        (true, _) => format!("{} leads out of the project by a symbolic link", quoted(path)),
        (false, true) => format!("{} is outside of the project's git work tree", quoted(path)),
        (false, false) => {
            format!("{} is outside of the project, which is in no git work tree", quoted(path))
        }
    })
}

/// A path without `..`, as far as no link is followed.
fn normalised(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

fn is_kept_by_git(tree: &Path) -> bool {
    tree.join(".git").exists()
}

fn outside(reason: impl Into<String>) -> Refused {
    Refused::new(DocumentCode::OutsideWorkTree, reason)
}

/// The git work tree that a directory is in; the directory itself without one.
fn work_tree(directory: &Path) -> PathBuf {
    let root = directory.ancestors().find(|ancestor| ancestor.join(".git").exists());
    root.unwrap_or(directory).to_path_buf()
}

/// The text of a file, without a byte order mark and with line feeds only; else where it is not
/// UTF-8.
fn text_of(bytes: Vec<u8>) -> Result<String, WrongEncoding> {
    // With its mark, or as plain text that has a zero beside each of its first two characters.
    let marks = [&b"\xff\xfe"[..], b"\xfe\xff"];
    let is_zeroed =
        matches!(bytes[..], [a, b, c, d, ..] if (a == 0) != (b == 0) && (c == 0) != (d == 0));
    if is_zeroed || marks.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(WrongEncoding { line: 1, column: 1, is_utf16: true });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let good = String::from_utf8_lossy(good);
        let line = good.matches('\n').count() + 1;
        let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        WrongEncoding { line, column, is_utf16: false }
    })?;
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    // YAML takes a lone carriage return for a line break too.
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text })
}

fn quoted(path: &Path) -> String {
    shown(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_line_ends_are_made_plain_and_other_encodings_are_refused() {
        let text = |bytes: &[u8]| text_of(bytes.to_vec());
        assert_eq!(text(b"\xef\xbb\xbfa: 1\r\nb: 2\rc\n"), Ok("a: 1\nb: 2\nc\n".to_owned()));
        assert_eq!(text("é\n".as_bytes()), Ok("é\n".to_owned()));
        let wrong = |line, column, is_utf16| Err(WrongEncoding { line, column, is_utf16 });
        assert_eq!(text(b"a\nb\xff\n"), wrong(2, 2, false));
        for utf16 in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"a\0:\0", b"\0a\0:"] {
            assert_eq!(text(utf16), wrong(1, 1, true));
        }
    }

    #[test]
    fn only_what_says_that_it_is_ours_is_a_manifest_of_another_name() {
        for text in [
            "apiVersion: keyform/v1\nkind: KeyPair\n",
            "a: 1\n---\n\"apiVersion\": \"keyform/v2\"\n",
            "{apiVersion: keyform/v1, kind: KeyPair}\n",
        ] {
            assert!(holds_manifest(text), "{text}");
        }
        for text in ["", "on: push\n", "# apiVersion: keyform/v1\n", "apiVersion: apps/v1\n"] {
            assert!(!holds_manifest(text), "{text}");
        }
    }
}
