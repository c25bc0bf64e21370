//! What files a state's directory holds.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{StoreError, error::io_error};
use crate::disk::Disk;

const SNAPSHOT_SUFFIX: &str = ".state.json";
const JOURNAL_SUFFIX: &str = ".journal";
/// The highest serial, so that there always is a next one.
pub(super) const SERIAL_MAX: u64 = 999_999_999_999_999_999;

/// Snapshots by their serial and journals by the serial that they continue, both ascending.
/// Anything else in the directory is not keyform's.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) snapshots: Vec<(u64, PathBuf)>,
    pub(super) journals: Vec<(u64, PathBuf)>,
}

impl Listing {
    /// Lists a directory; one that does not exist is empty.
    pub(super) fn read(disk: &dyn Disk, directory: &Path) -> Result<Self, StoreError> {
        let mut listing = Self::default();
        let names = match disk.list(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(listing),
            other => other.map_err(io_error("could not list", directory))?,
        };
        for name in names {
            let path = directory.join(&name);
            if let Some(serial) = name.strip_suffix(SNAPSHOT_SUFFIX).and_then(number) {
                listing.snapshots.push((serial, path));
            } else if let Some(base) = name
                .strip_suffix(JOURNAL_SUFFIX)
                .and_then(|name| name.split_once('-'))
                .and_then(|(base, _)| number(base))
            {
                listing.journals.push((base, path));
            }
        }
        listing.snapshots.sort();
        listing.journals.sort();
        Ok(listing)
    }

    /// The snapshot with the highest serial.
    pub(super) fn newest(&self) -> Option<(u64, &Path)> {
        self.snapshots.last().map(|(serial, path)| (*serial, path.as_path()))
    }

    /// The file of a snapshot.
    pub(super) fn snapshot(&self, serial: u64) -> Option<&Path> {
        let found = self.snapshots.iter().find(|(found, _)| *found == serial);
        found.map(|(_, path)| path.as_path())
    }

    /// The journals that continue this snapshot.
    pub(super) fn journals_of(&self, base: u64) -> impl Iterator<Item = &Path> {
        let of_base = self.journals.iter().filter(move |(found, _)| *found == base);
        of_base.map(|(_, path)| path.as_path())
    }

    /// The highest serial that any file names; 0 without files.
    pub(super) fn highest(&self) -> u64 {
        let all = self.snapshots.iter().chain(&self.journals);
        all.map(|(serial, _)| *serial).max().unwrap_or(0)
    }
}

/// The name of a snapshot's file.
pub(super) fn snapshot_name(serial: u64) -> String {
    format!("{}{SNAPSHOT_SUFFIX}", digits(serial))
}

/// The name of the journal of a run that continues a snapshot.
pub(super) fn journal_name(base: u64, digest: &str) -> String {
    let short = digest.get(..12).unwrap_or(digest);
    format!("{}-{short}{JOURNAL_SUFFIX}", digits(base))
}

fn digits(serial: u64) -> String {
    format!("{serial:010}")
}

/// The number that is written exactly so.
fn number(text: &str) -> Option<u64> {
    let number = text.parse().ok()?;
    (digits(number) == text && number <= SERIAL_MAX).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_of_a_serial_is_one() {
        for (text, serial) in [
            ("0000000001", Some(1)),
            ("9999999999", Some(9_999_999_999)),
            ("10000000000", Some(10_000_000_000)),
            ("999999999999999999", Some(SERIAL_MAX)),
            ("1000000000000000000", None),
            ("18446744073709551616", None),
            ("00000000001", None),
            ("1", None),
            ("+000000001", None),
            ("", None),
        ] {
            assert_eq!(number(text), serial, "{text}");
        }
    }
}
