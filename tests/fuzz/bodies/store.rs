//! A directory of states in memory, of which one file is damaged.

use std::{path::Path, sync::Arc};

use keyform::{
    disk::{Disk, MemoryDisk},
    model::{ProjectName, RunId},
    store::Store,
};

/// Where the only snapshot is, whose serial is 1.
pub(super) const SNAPSHOT: &str = "state/0000000001.state.json";
/// Where a journal is that continues it: one of format 1, and the first part of one of format 2.
const JOURNALS: [&str; 2] =
    ["state/0000000001-abcdef012345.journal", "state/0000000001-000001.journal"];

/// Opens the state: it is an error or a state, and never "no state" (L7). What was read is what is
/// read again when the journal has been folded in.
pub(super) fn open(snapshot: &[u8], journal: &[u8]) {
    JOURNALS.iter().for_each(|name| open_with(snapshot, name, journal));
}

fn open_with(snapshot: &[u8], name: &str, journal: &[u8]) {
    let disk = MemoryDisk::new();
    disk.create_directory(Path::new("state")).expect("an empty disk");
    disk.create_file(Path::new(SNAPSHOT), snapshot).expect("an empty directory");
    disk.create_file(Path::new(name), journal).expect("another name");
    let project = ProjectName::new("acme");
    let store = Store::in_directory(Arc::new(disk), "state".into(), "local".into(), project);
    let run = RunId::from_random([1; 16]);
    match store.load() {
        Ok(None) => panic!("a snapshot is there, and no state was found"),
        Ok(Some(loaded)) => {
            assert!(loaded.has_journals);
            let folded = store.fold(&run).expect("it was read a moment ago").expect("a state");
            assert_eq!(folded.recorded, loaded.state.recorded);
            let again = store.load().expect("it was written a moment ago").expect("a state");
            assert_eq!(again.state, folded);
        }
        Err(error) => {
            let message = error.to_string();
            assert!(!message.contains(char::is_control), "{message:?} commands the terminal");
            store.fold(&run).expect_err("what cannot be read is not written again");
        }
    }
}
