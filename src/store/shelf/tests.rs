//! Each form of a shelf keeps the contract, and each rule of the contract finds its breach.

use std::{path::PathBuf, sync::Arc};

use super::{contract::Breach, *};
use crate::disk::{Disk, MemoryDisk, RealDisk};

fn on_memory_disk() -> DiskShelf {
    DiskShelf::new(Arc::new(MemoryDisk::new()), PathBuf::from("states"))
}

#[test]
fn each_form_keeps_the_contract() {
    let directory = tempfile::tempdir().expect("a directory");
    let real = DiskShelf::new(Arc::new(RealDisk), directory.path().join("states"));
    let on_disk = on_memory_disk();
    let memory = MemoryShelf::default();
    let wrapped = FaultyShelf::new(memory.clone());
    let forms: [&dyn Shelf; 4] = [&real, &on_disk, &memory, &wrapped];
    for shelf in forms {
        contract::check(shelf).unwrap_or_else(|breach| panic!("{shelf:?}: {breach}"));
        contract::race(&[shelf; 16], 3).unwrap_or_else(|breach| panic!("{shelf:?}: {breach}"));
    }
}

/// A shelf in memory with one mistake.
#[derive(Debug)]
struct Mistaken(MemoryShelf, Mistake);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    Overwrites,
    SaysNewTwice,
    ListsAll,
    ListsBackwards,
    RemovesNothing,
    CutsLarge,
    EmptyIsNone,
    RacesTwoWinners,
}

impl Shelf for Mistaken {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        let mut names = self.0.list(if self.1 == Mistake::ListsAll { "" } else { prefix })?;
        if self.1 == Mistake::ListsBackwards {
            names.reverse();
        }
        Ok(names)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        let read = self.0.read(name)?;
        Ok(match self.1 {
            Mistake::EmptyIsNone => read.filter(|blob| !blob.is_empty()),
            Mistake::CutsLarge => read.map(|blob| blob.into_iter().take(1 << 20).collect()),
            _ => read,
        })
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        let is_race = content.len() > 10_000;
        match self.1 {
            Mistake::Overwrites => self.0.put(name, content),
            Mistake::RacesTwoWinners if is_race => self.0.put(name, content),
            Mistake::SaysNewTwice => drop(self.0.create(name, content)?),
            _ => return self.0.create(name, content),
        }
        Ok(Created::New)
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        if self.1 == Mistake::RemovesNothing { Ok(()) } else { self.0.remove(name) }
    }

    fn place(&self) -> String {
        self.0.place()
    }
}

#[test]
fn the_contract_finds_each_mistake() {
    let rule = |mistake| {
        let shelf = Mistaken(MemoryShelf::default(), mistake);
        shelf.0.put("other", b"x");
        let user: &dyn Shelf = &shelf;
        let found = contract::check(user).and_then(|()| contract::race(&[user; 4], 1));
        match found.expect_err("it is found") {
            Breach::Broken { rule, .. } => rule,
            Breach::Failed(error) => panic!("{error}"),
        }
    };
    let found = [
        (Mistake::Overwrites, "a blob is never overwritten"),
        (Mistake::SaysNewTwice, "a blob is never overwritten"),
        (Mistake::ListsAll, "names are listed by their beginning, in order"),
        (Mistake::ListsBackwards, "names are listed by their beginning, in order"),
        (Mistake::RemovesNothing, "names are listed by their beginning, in order"),
        (Mistake::CutsLarge, "a blob of any length is read whole"),
        (Mistake::EmptyIsNone, "a blob of any length is read whole"),
        (Mistake::RacesTwoWinners, "of those who create one name one wins"),
    ];
    for (mistake, wanted) in found {
        assert_eq!(rule(mistake), wanted, "{mistake:?}");
    }
}

#[test]
fn a_faulty_shelf_does_what_its_kind_of_trouble_says() {
    for trouble in Trouble::ALL {
        let memory = MemoryShelf::default();
        let shelf = FaultyShelf::new(memory.clone());
        shelf.trouble_at(1, trouble);
        assert_eq!(shelf.list(""), Ok(Vec::new()), "{trouble:?}");
        let kind = shelf.create("a", b"x").expect_err("picked").kind;
        let is_done = !memory.blobs().is_empty();
        let (wanted, done) = match trouble {
            Trouble::Unreachable | Trouble::StopBefore => (ShelfErrorKind::Unreachable, false),
            Trouble::LoseRequest => (ShelfErrorKind::Lost, false),
            Trouble::LoseAnswer | Trouble::StopAfter => (ShelfErrorKind::Lost, true),
            Trouble::Refuse => (ShelfErrorKind::Refused, false),
        };
        assert_eq!((kind, is_done), (wanted, done), "{trouble:?}");
        assert_eq!(shelf.read("a").is_err(), trouble.is_stop(), "{trouble:?}");
        let operations = if trouble.is_stop() { 2 } else { 3 };
        assert_eq!(shelf.operations(), operations, "{trouble:?}");
    }
}

#[test]
fn a_directory_shows_its_blobs_and_nothing_else() {
    let disk = MemoryDisk::new();
    let shelf = DiskShelf::new(Arc::new(disk.clone()), PathBuf::from("states"));
    assert_eq!(shelf.list(""), Ok(Vec::new()), "there is no directory yet");
    assert_eq!(shelf.create("lease/7", b"x"), Ok(Created::New));
    for name in [".hidden", ".a.00000001.keyform-tmp", "not a name", "é", "++"] {
        disk.create_file(&PathBuf::from("states").join(name), b"").expect("a free name");
    }
    assert_eq!(shelf.list(""), Ok(vec!["lease/7".to_owned()]));
    let growing = shelf.growing().expect("files grow");
    shelf.clean().expect("it is writable");
    assert_eq!(
        disk.files().keys().filter(|path| path.to_string_lossy().contains("tmp")).count(),
        0
    );
    assert_eq!(growing.append("lease/7", "end", b"y"), Ok(Appended::Done));
    assert_eq!(shelf.read("lease/7"), Ok(Some(b"xy".to_vec())));
    assert_eq!(growing.append("lease/8", "end", b"y"), Ok(Appended::Gone));
    assert_eq!(shelf.create("end", b"z"), Ok(Created::New));
    assert_eq!(growing.append("lease/7", "end", b"y"), Ok(Appended::Ended));
    assert!(MemoryShelf::default().growing().is_none());
}

#[test]
fn a_name_is_plain_on_every_form() {
    for name in ["a", "0000000001.state.json", "lease/7", "lease/7.0001", "A-b.c"] {
        assert!(is_name(name), "{name}");
    }
    for name in ["", "/", "a/", "/a", "a//b", "..", "a/../b", ".hidden", "a b", "a+b", "é", "a_b"]
    {
        assert!(!is_name(name), "{name}");
    }
}
