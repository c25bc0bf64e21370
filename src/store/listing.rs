//! Which snapshots and journals a shelf holds, by their names.

use super::{Shelf, ShelfError};

const SNAPSHOT_SUFFIX: &str = ".state.json";
const JOURNAL_SUFFIX: &str = ".journal";
/// The highest serial, so that there always is a next one.
pub(super) const SERIAL_MAX: u64 = 999_999_999_999_999_999;
/// The most digits of a part's number. The name of a journal of format 1 has twelve characters of
/// the plan's digest in its place, which can all be digits.
const PART_DIGITS_MAX: usize = 9;

/// Snapshots by their serial and journals by the serial that they continue, both ascending.
/// Anything else on the shelf is not of the state.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) snapshots: Vec<(u64, String)>,
    pub(super) journals: Vec<JournalName>,
}

/// The name of a journal, or of a part of one. They are in the order in which they were written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JournalName {
    /// The serial of the snapshot that it continues.
    pub(super) base: u64,
    /// Which part it is; a whole journal of format 1 has none.
    pub(super) part: Option<u64>,
    pub(super) name: String,
}

impl Listing {
    /// Lists a shelf.
    pub(super) fn read(shelf: &dyn Shelf) -> Result<Self, ShelfError> {
        let mut listing = Self::default();
        for name in shelf.list("")? {
            if let Some(serial) = name.strip_suffix(SNAPSHOT_SUFFIX).and_then(number) {
                listing.snapshots.push((serial, name));
            } else if let Some(journal) = journal(&name) {
                listing.journals.push(journal);
            }
        }
        listing.snapshots.sort();
        listing.journals.sort();
        Ok(listing)
    }

    /// The snapshot with the highest serial.
    pub(super) fn newest(&self) -> Option<(u64, &str)> {
        self.snapshots.last().map(|(serial, name)| (*serial, name.as_str()))
    }

    /// The name of a snapshot, if it is there.
    pub(super) fn snapshot(&self, serial: u64) -> Option<&str> {
        let found = self.snapshots.iter().find(|(found, _)| *found == serial);
        found.map(|(_, name)| name.as_str())
    }

    /// The journals that continue this snapshot.
    pub(super) fn journals_of(&self, base: u64) -> impl Iterator<Item = &JournalName> {
        self.journals.iter().filter(move |journal| journal.base == base)
    }

    /// The highest serial that any name has; 0 without one.
    pub(super) fn highest(&self) -> u64 {
        let snapshots = self.snapshots.iter().map(|(serial, _)| *serial);
        snapshots.chain(self.journals.iter().map(|journal| journal.base)).max().unwrap_or(0)
    }
}

/// The name of a snapshot.
pub(super) fn snapshot_name(serial: u64) -> String {
    format!("{}{SNAPSHOT_SUFFIX}", digits(serial))
}

/// The name of a part of the journal that continues a snapshot. All who write after one snapshot
/// count the same parts, so that each part has one writer.
pub(super) fn part_name(base: u64, part: u64) -> String {
    format!("{}-{part:06}{JOURNAL_SUFFIX}", digits(base))
}

fn journal(name: &str) -> Option<JournalName> {
    let (base, rest) = name.strip_suffix(JOURNAL_SUFFIX)?.split_once('-')?;
    let base = number(base)?;
    let part = rest.parse().ok().filter(|part| part_name(base, *part) == name);
    let part = part.filter(|_| rest.len() <= PART_DIGITS_MAX);
    Some(JournalName { base, part, name: name.to_owned() })
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

    #[test]
    fn parts_of_a_journal_and_journals_of_format_1_are_told_apart_by_their_names() {
        let part = |name: &str| journal(name).map(|journal| (journal.base, journal.part));
        for (name, wanted) in [
            ("0000000003-000001.journal", Some((3, Some(1)))),
            ("0000000003-1234567.journal", Some((3, Some(1_234_567)))),
            ("0000000003-0000001.journal", Some((3, None))),
            ("0000000003-cc0000000000.journal", Some((3, None))),
            ("0000000003-123456789012.journal", Some((3, None))),
            ("3-000001.journal", None),
            ("0000000003.journal", None),
            ("0000000003-000001.state.json", None),
        ] {
            assert_eq!(part(name), wanted, "{name}");
        }
        assert_eq!(part(&part_name(12, 999_999_999)), Some((12, Some(999_999_999))));
    }
}
