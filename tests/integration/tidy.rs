//! What the code promises about itself: who imports whom, how long files are, what lies where.

mod circles;
mod imports;
mod pages;
mod source;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The most lines of a file of the program.
const FILE_LINES_MAX: usize = 600;
/// The most lines of `main.rs`: everything is in the library.
const MAIN_LINES_MAX: usize = 30;
/// What may lie at the top, besides dot files, files of the licences and what cargo builds.
const TOP: [&str; 16] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "SECURITY.md",
    "benches",
    "clippy.toml",
    "deny.toml",
    "docs",
    "examples",
    "rustfmt.toml",
    "schema",
    "src",
    "tests",
];
/// Words that stand for work left undone. They are split, so that this file does not hold them.
const LEFTOVERS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X"), concat!("db", "g!")];

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository as text.
fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files below a directory with one of these endings, sorted.
pub(crate) fn files(directory: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("a directory of the repository") {
            let path = entry.expect("an entry").path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if path.is_dir() {
                open.push(path);
            } else if ending.is_some_and(|ending| endings.contains(&ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A path as messages name it.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[test]
fn files_of_the_program_stay_short() {
    let too_long: Vec<_> = files(&root().join("src"), &["rs"])
        .into_iter()
        .filter_map(|path| {
            let max = if path.ends_with("src/main.rs") { MAIN_LINES_MAX } else { FILE_LINES_MAX };
            let lines = read(&path).lines().count();
            (lines > max).then(|| format!("{}: {lines} lines, at most {max}", shown(&path)))
        })
        .collect();
    assert!(too_long.is_empty(), "split these:\n{}", too_long.join("\n"));
}

#[test]
fn the_top_holds_nothing_unexpected() {
    let entries = fs::read_dir(root()).expect("the repository");
    let unexpected: BTreeSet<String> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| {
            let known = TOP.contains(&name.as_str()) || name == "target";
            !known && !name.starts_with('.') && !name.starts_with("LICENSE-")
        })
        .collect();
    assert!(unexpected.is_empty(), "these lie at the top and do not belong there: {unexpected:?}");
}

/// Only what stands at a seam logs: pure modules answer with values.
#[test]
fn only_the_seams_log() {
    let seams = ["src/driver/", "src/session/log.rs", "src/alicloud/transport.rs", "src/cli/log"];
    let logging: Vec<_> = files(&root().join("src"), &["rs"])
        .into_iter()
        .filter(|path| {
            let text = read(path);
            text.contains("tracing::") || text.contains("tracing_subscriber::")
        })
        .map(|path| shown(&path))
        .collect();
    let others: Vec<_> =
        logging.iter().filter(|path| !seams.iter().any(|seam| path.starts_with(seam))).collect();
    assert!(others.is_empty(), "these are no seams: {others:?}");
    for seam in seams {
        assert!(logging.iter().any(|path| path.starts_with(seam)), "{seam} logs nothing");
    }
}

#[test]
fn no_work_is_left_for_later_in_a_comment() {
    let mut found = Vec::new();
    for directory in ["src", "tests", "examples"] {
        for path in files(&root().join(directory), &["rs", "yaml", "md"]) {
            for (index, line) in read(&path).lines().enumerate() {
                if LEFTOVERS.iter().any(|word| line.contains(word)) {
                    found.push(format!("{}:{}: {}", shown(&path), index + 1, line.trim()));
                }
            }
        }
    }
    assert!(found.is_empty(), "do these or take them out:\n{}", found.join("\n"));
}
