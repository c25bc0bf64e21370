//! This machine: its files, and what it allows.

use std::path::{Path, PathBuf};

use super::opened::{Doctor, MachineFacts, shown, told};
use crate::{
    checkup::{Check, CheckCode},
    disk::{Disk, FileKind},
};

/// How many files keyform may need at once: ten calls, a program with its pipes, the journal, and
/// what the libraries hold open.
const OPEN_FILES_MIN: u64 = 256;

pub(super) fn checks(doctor: &Doctor, facts: &MachineFacts) -> Vec<Check> {
    let states = doctor.desired.project.state.directory();
    let states = states.map(|states| doctor.directory.join(states));
    let disk = &*doctor.context.disk;
    let keys = doctor.vault.directories();
    let places = states.iter().chain(&keys);
    let mut checks: Vec<_> = places.map(|place| linked(disk, place)).collect();
    checks.push(open_files(facts.open_files));
    checks.extend(keys.iter().map(|keys| ignored(keys, facts.is_ignored.get(keys).copied())));
    checks
}

/// Whether files can be made and linked in a directory, or where it would be made.
fn linked(disk: &dyn Disk, wanted: &Path) -> Check {
    let place = existing(disk, wanted);
    let found = shown(&place);
    let check = match disk.try_links(&place) {
        Ok(()) => Check::ok(CheckCode::Disk, format!("files can be made and linked in {found}")),
        Err(error) => {
            let error = told(&error);
            Check::problem(
                CheckCode::Disk,
                format!("no file can be made and linked in {found}: {error}"),
            )
            .advice(
                "make it writable for this user, make room, or keep the project on a file \
                     system that has hard links",
            )
        }
    };
    check.about(shown(wanted))
}

/// The directory itself, or the nearest one above it that is there.
fn existing(disk: &dyn Disk, wanted: &Path) -> PathBuf {
    let is_there = |path: &&Path| {
        !path.as_os_str().is_empty() && matches!(disk.kind(path), Ok(Some(FileKind::Directory)))
    };
    wanted.ancestors().find(is_there).unwrap_or(Path::new(".")).to_owned()
}

fn open_files(limit: Option<u64>) -> Check {
    match limit {
        None => Check::ok(CheckCode::OpenFiles, "there is no limit of open files"),
        Some(limit) if limit >= OPEN_FILES_MIN => {
            Check::ok(CheckCode::OpenFiles, format!("{limit} files may be open at once"))
        }
        Some(limit) => {
            let finding = format!(
                "only {limit} files may be open at once, and a run may need {OPEN_FILES_MIN}"
            );
            Check::warning(CheckCode::OpenFiles, finding)
                .advice("raise the limit with `ulimit -n 1024`, or pass a smaller --parallelism")
        }
    }
}

fn ignored(directory: &Path, is_ignored: Option<bool>) -> Check {
    let shown = shown(directory);
    match is_ignored {
        None => Check::skipped(
            CheckCode::GitIgnore,
            "the private keys are in no work tree of git, or there is no git",
        ),
        Some(true) => Check::ok(CheckCode::GitIgnore, format!("git ignores {shown}")),
        Some(false) => Check::problem(
            CheckCode::GitIgnore,
            format!("git does not ignore {shown}, so that a private key could be committed"),
        )
        .advice(format!("add `{shown}/` to .gitignore")),
    }
}
