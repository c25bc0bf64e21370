//! L7: a damaged state is never used, and the state is never guessed.

mod broken;
mod fencing;
mod leases;

use std::{path::Path, sync::Arc};

use super::*;
use crate::{
    disk::{Disk, MemoryDisk},
    model::{CloudName, Lineage, ProjectName, RunId, Timestamp},
    state::{Entry, Intent, State},
};

/// When all runs begin.
const MOMENT: Timestamp = Timestamp::from_milliseconds(1_764_000_000_000);

fn lineage(byte: u8) -> Lineage {
    Lineage::from_random([byte; 16])
}

/// The id of a run.
fn id(byte: u8) -> RunId {
    RunId::from_random([byte; 16])
}

fn store_of(disk: &MemoryDisk, project: &str) -> Store {
    let project = ProjectName::new(project);
    Store::in_directory(Arc::new(disk.clone()), "states".into(), "local".into(), project)
}

fn store(disk: &MemoryDisk) -> Store {
    store_of(disk, "acme")
}

fn entries(pair: &str) -> [Entry; 2] {
    let address = crate::model::Address::Key(CloudName::new(pair));
    let intent = Entry::Intent {
        step: crate::model::StepId::new(0),
        intents: vec![(address, Intent::Retire)],
    };
    [intent, Entry::Finished]
}

/// A run that comes to its end: its journal is folded.
fn run(store: &Store, pair: &str) -> State {
    let state = store.load().expect("a state").expect("a state").state;
    begin_run(store, &state, pair);
    store.fold(&id(1)).expect("it folds").expect("a state")
}

/// A run that is cut off before its end.
fn begin_run(store: &Store, state: &State, pair: &str) {
    let digest = format!("{pair:0<64}");
    let mut journal = store.journal(state, &digest, &id(1), MOMENT);
    journal.append(&entries(pair)[..1]).expect("the disk has space");
    journal.append(&entries(pair)[1..]).expect("the disk has space");
}

/// Snapshots 1 to 3, of which the third has a journal.
fn three(disk: &MemoryDisk) -> Store {
    let store = store(disk);
    store.create(lineage(7), &id(1)).expect("the disk has space");
    run(&store, "aa");
    let third = run(&store, "bb");
    begin_run(&store, &third, "cc");
    store
}

fn content(disk: &MemoryDisk, path: &str) -> Vec<u8> {
    disk.files().remove(Path::new(path)).unwrap_or_else(|| panic!("{path}: {:?}", names(disk)))
}

fn put(disk: &MemoryDisk, path: &str, bytes: &[u8]) {
    let (path, durable): (_, &dyn Disk) = (Path::new(path), disk);
    durable.ensure_directory(path.parent().expect("a directory")).expect("it is made");
    let _ = disk.remove_file(path);
    disk.create_file(path, bytes).expect("it is gone");
}

fn remove(disk: &MemoryDisk, path: &str) {
    disk.remove_file(Path::new(path)).expect("it is there");
}

fn names(disk: &MemoryDisk) -> Vec<String> {
    let of_state =
        |path: &std::path::PathBuf| path.starts_with("states") && !path.ends_with("lock");
    let states = disk.files().into_keys().filter(of_state);
    states.map(|path| path.strip_prefix("states").expect("below").display().to_string()).collect()
}

/// Damages one byte.
fn change_byte(disk: &MemoryDisk, path: &str, at: usize) {
    let mut bytes = content(disk, path);
    bytes[at] ^= 1;
    put(disk, path, &bytes);
}

/// Gives a snapshot another content, with a checksum that fits.
fn forge(disk: &MemoryDisk, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(content(disk, path)).expect("text");
    let state = text.split_once("\"state\":").expect("a snapshot").1;
    let state = state.trim_end().strip_suffix('}').expect("an object").replace(from, to);
    let sum = snapshot::checksum(None, &state);
    put(disk, path, format!("{{\"checksum\":\"{sum}\",\"state\":{state}}}\n").as_bytes());
}

const FIRST: &str = "states/0000000001.state.json";
const SECOND: &str = "states/0000000002.state.json";
const NEWEST: &str = "states/0000000003.state.json";
const MARK: &str = "local/seen.json";
const JOURNAL: &str = "states/0000000003-000001.journal";

fn forge_header(disk: &MemoryDisk, from: &str, to: &str) {
    let text = String::from_utf8(content(disk, JOURNAL)).expect("text");
    let header = text.lines().next().and_then(|line| line.split_once(' ')).expect("a header").1;
    let rest: String = text.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let header = crate::frame::encode(&header.replace(from, to));
    put(disk, JOURNAL, format!("{header}{rest}").as_bytes());
}

#[test]
fn the_commands_that_an_error_names_recover() {
    let disk = MemoryDisk::new();
    three(&disk);
    let recorded = |serial: u64| store(&disk).snapshot(serial).expect("whole").recorded;
    let (second, third) = (recorded(2), recorded(3));

    let damaged = disk.fork();
    put(&damaged, NEWEST, b"{}");
    put(&damaged, JOURNAL, b"x");
    let restored = store(&damaged).restore(2, &id(3)).expect("2 is whole");
    assert_eq!((restored.state.serial, &restored.state.recorded), (4, &second));
    assert_eq!(restored.left_out, [JOURNAL]);
    assert_eq!(store(&damaged).load().expect("whole").expect("a state").state, restored.state);
    assert_eq!(content(&damaged, NEWEST), b"{}", "what is damaged is kept");
    assert_eq!(content(&damaged, JOURNAL), b"x", "what is damaged is kept");

    let without_journal = disk.fork();
    put(&without_journal, JOURNAL, b"x");
    let restored = store(&without_journal).restore(3, &id(3)).expect("3 is whole");
    assert_eq!((restored.state.serial, &restored.state.recorded), (4, &third));

    let older = disk.fork();
    remove(&older, NEWEST);
    remove(&older, JOURNAL);
    let restored = store(&older).restore(2, &id(3)).expect("2 is whole");
    assert_eq!(restored.state.serial, 4, "above everything that was used here");
    store(&older).load().expect("whole");

    let gone = disk.fork();
    names(&gone).iter().for_each(|name| remove(&gone, &format!("states/{name}")));
    store(&gone).load().expect_err("there was a state");
    remove(&gone, MARK);
    assert_eq!(store(&gone).load().expect("a new beginning"), None);
}

#[test]
fn a_snapshot_is_restored_only_if_it_is_whole_and_of_this_state() {
    let disk = MemoryDisk::new();
    let store = three(&disk);
    put(&disk, FIRST, b"");
    forge(&disk, SECOND, "0707", "0808");
    forge(&disk, NEWEST, "acme", "other");
    let before = disk.files();
    let refused = [
        (1, StoreErrorCode::Damaged, FIRST),
        (2, StoreErrorCode::OtherLineage, SECOND),
        (3, StoreErrorCode::ForeignProject, NEWEST),
        (4, StoreErrorCode::NoSuchSnapshot, "states"),
    ];
    for (serial, code, path) in refused {
        let errors = [
            store.restore(serial, &id(3)).map(|_| ()).expect_err("refused"),
            store.snapshot(serial).map(|_| ()).expect_err("refused"),
        ];
        for error in errors {
            assert_eq!(error.code(), code, "{error}");
            let way_out = (serial == 1).then_some(Recovery::AnotherSnapshot);
            assert_eq!(broken::named(&error), (path.to_owned(), way_out), "{error}");
        }
    }
    assert_eq!(disk.files(), before);
}

#[test]
fn the_history_tells_which_files_are_damaged() {
    let disk = MemoryDisk::new();
    let store = three(&disk);
    put(&disk, SECOND, b"");
    put(&disk, "states/0000000003-dd.journal", b"x");
    put(&disk, "states/0000000009-ee.journal", b"");
    put(&disk, "states/notes.txt", b"mine");
    let history = store.history().expect("the directory can be listed");
    let rows: Vec<_> = history
        .snapshots
        .iter()
        .map(|row| {
            let journals: Vec<_> =
                row.journals.iter().map(|one| (one.entries, one.damage.as_deref())).collect();
            (row.serial, row.is_newest, row.damage.as_deref(), journals)
        })
        .collect();
    let bad_line = "line 1 is damaged: it is not the beginning of a line";
    assert_eq!(
        rows,
        [
            (1, false, None, vec![]),
            (2, false, Some("it is empty"), vec![]),
            (3, true, None, vec![(0, Some(bad_line)), (2, None)]),
            (9, false, Some("it is not here"), vec![(0, None)]),
        ]
    );
}

#[test]
fn a_journal_that_a_crash_left_behind_its_snapshot_is_not_folded_twice() {
    let disk = MemoryDisk::new();
    let left = three(&disk);
    let journal = content(&disk, JOURNAL);
    let folded = left.fold(&id(2)).expect("it folds").expect("a state");
    assert_eq!((folded.serial, names(&disk).len()), (4, 4), "{:?}", names(&disk));
    // The machine stopped before the journal was removed.
    put(&disk, JOURNAL, &journal);
    let loaded = store(&disk).load().expect("whole").expect("a state");
    assert_eq!(loaded, LoadedState { state: folded.clone(), has_journals: false });
    assert_eq!(store(&disk).fold(&id(1)).expect("nothing to fold"), Some(folded));
    put(&disk, JOURNAL, b"x");
    store(&disk).load().expect("a damaged journal of the history is no matter");
}

#[test]
fn a_run_that_could_not_write_its_first_line_leaves_nothing_in_the_way() {
    let begun = MemoryDisk::new();
    three(&begun);
    let whole = content(&begun, JOURNAL);
    let header = whole.iter().position(|&byte| byte == b'\n').expect("a line");
    for cut in 0..header {
        let disk = begun.fork();
        put(&disk, JOURNAL, &whole[..cut]);
        // The same plan again: its journal must not continue a torn line.
        let store = store(&disk);
        let state = store.fold(&id(1)).expect("it folds").expect("a state");
        begin_run(&store, &state, "cc");
        let runs = store.fold(&id(1)).expect("it folds").expect("a state").recorded.runs;
        assert_eq!(runs.len(), 3, "cut at {cut}");
    }
}

#[test]
fn of_two_runs_that_write_the_same_serial_one_is_fenced() {
    let disk = MemoryDisk::new();
    let (first, second) = (three(&disk), store(&disk));
    let ours = first.load().expect("whole").expect("a state").state;
    let next = State { serial: 4, ..ours.clone() };
    second.save(&next, &id(2)).expect("no run was faster");
    let before = disk.files();
    let error = first.save(&next, &id(1)).expect_err("fenced");
    let newer = "states/0000000004.state.json";
    assert!(matches!(&error, StoreError::Fenced { place } if place == newer), "{error}");
    assert_eq!(disk.files(), before, "nothing is overwritten");

    // The other one is further already: the own snapshot comes too late, and is taken back.
    remove(&disk, "states/0000000004.state.json");
    second.save(&State { serial: 5, ..ours }, &id(2)).expect("no run was faster");
    let before = names(&disk);
    assert!(matches!(first.save(&next, &id(1)), Err(StoreError::Fenced { .. })));
    assert_eq!(names(&disk), before);
}

#[test]
fn a_reader_that_is_overtaken_reads_again() {
    let disk = MemoryDisk::new();
    let store = three(&disk);
    let listing = store.list().expect("a directory");
    store.fold(&id(1)).expect("it folds");
    store.load_from(&listing).expect_err("the journal is gone");
    let state = store.load().expect("whole").expect("a state").state;
    assert_eq!(state.serial, 4);
}

#[test]
fn twenty_snapshots_are_kept() {
    let disk = MemoryDisk::new();
    let store = store(&disk);
    store.create(lineage(7), &id(1)).expect("the disk has space");
    (0..30).for_each(|_| {
        run(&store, "aa");
    });
    let names = names(&disk);
    assert_eq!((names.len(), names[0].as_str()), (20, "0000000012.state.json"), "{names:?}");
    store.restore(12, &id(3)).expect("the oldest is whole");
    store.restore(11, &id(3)).expect_err("it is not kept");
}

/// Tries for the lock once.
fn take(disk: &MemoryDisk, holder: &Holder) -> Taken {
    let now = Timestamp::from_milliseconds(0);
    store(disk).lock().contend(holder).try_take(now).expect("the disk is there")
}

/// Who holds the lock, as the try says that meets whoever wants it too.
fn holder_by_try(disk: &MemoryDisk, wants: &Holder) -> Option<Holder> {
    match take(disk, wants) {
        Taken::Held { by, may_be_dead: false } => by.holder().cloned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_lock_tells_who_holds_it_and_is_free_after_them() {
    let disk = MemoryDisk::new();
    let holder = Holder {
        user: "ann".to_owned(),
        host: "build-7".to_owned(),
        pid: 4711,
        command: "keyform apply\u{1b}[2J".to_owned(),
        since: Timestamp::parse("2026-11-23T10:00:00Z").expect("a time"),
        ci_url: Some("https://ci.example/17".to_owned()),
        commit: Some("0a1b2c".to_owned()),
        digest: None,
        run: id(4),
    };
    assert_eq!(store(&disk).locked_by(), None);
    assert_eq!(disk.files().len(), 0, "looking makes no file");
    let Taken::Ours(lock) = take(&disk, &holder) else { panic!("it is free") };
    assert_eq!(store(&disk).locked_by(), Some(HeldBy::Run(holder.clone())));
    assert_eq!(holder_by_try(&disk, &holder), Some(holder.clone()));
    lock.release().expect("the disk is there");
    drop(lock);
    assert_eq!(store(&disk).locked_by(), None);
    assert_eq!(content(&disk, "states/lock"), b"");

    // What stands in a lock is not what holds it.
    put(&disk, "states/lock", b"{\"user\":");
    assert_eq!(store(&disk).locked_by(), None);
    let other = disk.try_lock(Path::new("states/lock")).expect("a lock");
    assert_eq!(store(&disk).locked_by(), Some(HeldBy::Unknown));
    assert_eq!(holder_by_try(&disk, &holder), None);
    drop(other);

    let _crashed = take(&disk, &holder);
    disk.crash();
    let next = take(&disk, &holder);
    assert!(matches!(next, Taken::Ours(_)), "it is free when its holder has died: {next:?}");
    let error = store(&disk).lock().unlock(&id(4), &holder).expect_err("no one can free it");
    assert_eq!(error.code(), StoreErrorCode::FreesItself, "{error}");
}

/// Where a lock is lost, a second run takes the first for dead, folds its journal and goes on from
/// there. Whatever the first one was about to do, it
/// either is in what the second has read, or it stops.
#[test]
fn a_run_whose_journal_another_one_folds_stops_and_nothing_it_was_told_to_keep_is_lost() {
    let begun = |disk: &MemoryDisk| {
        let store = store(disk);
        let state = store.create(lineage(7), &id(1)).expect("the disk has space");
        let mut journal = store.journal(&state, &"aa".repeat(32), &id(1), MOMENT);
        journal.append(&entries("one")[..1]).expect("nobody else is here");
        journal
    };
    let appended = |state: &State| state.recorded.intents.len() == 2;
    let disk = MemoryDisk::new();
    let mut journal = begun(&disk);
    let first = disk.operations();
    journal.append(&entries("two")[..1]).expect("nobody else is here");
    for operation in first..=disk.operations() {
        let disk = MemoryDisk::new();
        let mut journal = begun(&disk);
        disk.meddle_at(operation, |disk| {
            let project = ProjectName::new("acme");
            let other = Store::in_directory(
                Arc::new(disk.clone()),
                "states".into(),
                "other".into(),
                project,
            );
            other.fold(&id(2)).expect("it folds");
        });
        let answer = journal.append(&entries("two")[..1]);
        if answer.is_ok() {
            // The other run came after it, or comes now.
            let _ = store(&disk).fold(&id(1));
        }
        let found = store(&disk).load().expect("a state").expect("a state").state;
        match answer {
            Ok(()) => assert!(appended(&found), "operation {operation}"),
            Err(error) => {
                assert!(matches!(error, StoreError::Fenced { .. }), "{operation}: {error}");
                let again = journal.append(&entries("three")[..1]);
                assert!(matches!(again, Err(StoreError::Fenced { .. })), "{operation}");
            }
        }
        let journals = names(&disk).into_iter().filter(|name| name.contains("journal"));
        assert_eq!(journals.count(), 0, "operation {operation}: {:?}", names(&disk));
    }
}

#[test]
fn a_run_whose_state_is_deleted_says_so_and_blames_no_other_run() {
    let disk = MemoryDisk::new();
    let store = store(&disk);
    let state = store.create(lineage(7), &id(1)).expect("the disk has space");
    let mut journal = store.journal(&state, &"aa".repeat(32), &id(1), MOMENT);
    journal.append(&entries("one")[..1]).expect("the directory is there");
    for path in disk.files().into_keys().filter(|path| path.starts_with("states")) {
        (&disk as &dyn Disk).remove_durable(&path).expect("it is removed");
    }
    let error = journal.append(&entries("two")[..1]).expect_err("there is no journal");
    assert_eq!(error.code(), StoreErrorCode::DeletedMeanwhile, "{error}");
}

#[test]
fn a_restore_removes_nothing_however_far_back_it_goes() {
    let disk = MemoryDisk::new();
    let store = three(&disk);
    let far = store.shelf.snapshots_kept() + 30;
    let mark = format!("{{\"lineage\":\"{}\",\"serial\":{far}}}", lineage(7));
    put(&disk, "local/seen.json", mark.as_bytes());
    let before = names(&disk);
    let restored = store.restore(1, &id(3)).expect("1 is whole");
    assert_eq!(restored.state.serial, far + 1);
    let after = names(&disk);
    assert!(before.iter().all(|name| after.contains(name)), "{before:?}, {after:?}");
}
