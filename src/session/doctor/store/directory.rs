//! The directory of a state that is kept in files.

use std::path::Path;

use crate::{
    checkup::{Check, CheckCode},
    disk::{Disk, FileKind},
    session::doctor::opened::{shown, told},
};

/// The bits with which others can write.
const OTHERS_WRITE: u32 = 0o022;

/// On what kind of file system files are, as far as the command line can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileSystem {
    /// On a disk of this machine.
    Local,
    /// On another machine, by this protocol.
    Network(&'static str),
    /// It cannot be told.
    Unknown,
}

/// The checks, and whether the directory is there: the first apply makes it.
pub(super) fn checks(disk: &dyn Disk, path: &Path, on: FileSystem) -> (Vec<Check>, bool) {
    let shown = shown(path);
    match disk.kind(path) {
        Ok(Some(FileKind::Directory)) => {}
        Ok(None) => {
            let finding = format!("{shown} is not there yet; the first apply makes it");
            let check = Check::skipped(CheckCode::StoreDirectory, finding);
            return (
                vec![check.advice(format!("`mkdir -m 700 -p {shown}` lets it be checked"))],
                false,
            );
        }
        Ok(Some(_)) => {
            let finding = format!("{shown} is no directory");
            return (vec![Check::problem(CheckCode::StoreDirectory, finding)], false);
        }
        Err(error) => {
            return (vec![Check::problem(CheckCode::StoreDirectory, told(&error))], false);
        }
    }
    (vec![permissions(disk, path, &shown), links(disk, path), file_system(on)], true)
}

fn permissions(disk: &dyn Disk, path: &Path, shown: &str) -> Check {
    let check = match (disk.permissions(path), disk.is_own(path)) {
        (Err(error), _) | (_, Err(error)) => {
            Check::problem(CheckCode::StoreDirectory, told(&error))
        }
        (Ok(bits), _) if bits & OTHERS_WRITE != 0 => {
            let finding = format!("it has the mode {bits:04o}: other users can replace the state");
            let check = Check::warning(CheckCode::StoreDirectory, finding);
            check.advice(format!("run `chmod go-w {shown}`, unless they apply too"))
        }
        (Ok(_), Ok(false)) => Check::warning(CheckCode::StoreDirectory, "it is of another user")
            .advice("see that this user may write there, and that the other one should"),
        (Ok(bits), Ok(true)) => {
            Check::ok(CheckCode::StoreDirectory, format!("it is yours, with the mode {bits:04o}"))
        }
    };
    check.about("permissions")
}

/// A snapshot gets its name by a link, which never replaces what is there.
fn links(disk: &dyn Disk, path: &Path) -> Check {
    let check = match disk.try_links(path) {
        Ok(()) => Check::ok(CheckCode::StoreDirectory, "files can be made, synced and linked"),
        Err(error) => Check::problem(CheckCode::StoreDirectory, told(&error))
            .advice("keep the state on a file system that has hard links, with room for it"),
    };
    check.about("links")
}

fn file_system(on: FileSystem) -> Check {
    let check = match on {
        FileSystem::Local => Check::ok(CheckCode::StoreDirectory, "it is on this machine"),
        FileSystem::Network(protocol) => {
            let finding = format!(
                "it is reached by {protocol}: what is seen here need not hold between two machines"
            );
            Check::warning(CheckCode::StoreDirectory, finding)
                .advice("use it from one machine, or keep the state in PostgreSQL, S3 or OSS")
        }
        FileSystem::Unknown => {
            Check::skipped(CheckCode::StoreDirectory, "this system does not tell what kind it is")
        }
    };
    check.about("file system")
}
