//! Two runs of one state: whatever a run was told to keep is in the state, or the run was told to
//! stop before the call that the record is about.

use std::sync::Mutex;

use super::*;
use crate::model::Address;

/// A shelf on which another run does something right before a chosen operation.
pub(super) struct Meddled {
    inner: MemoryShelf,
    operations: Mutex<u64>,
    meddler: Mutex<Option<(u64, Meddler)>>,
}

type Meddler = Box<dyn FnOnce() + Send>;

impl std::fmt::Debug for Meddled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.fmt(f)
    }
}

impl Meddled {
    pub(super) fn new(inner: MemoryShelf) -> Self {
        Self { inner, operations: Mutex::default(), meddler: Mutex::default() }
    }

    /// Lets another run act right before the operation with this number, counted from 0.
    pub(super) fn meddle_at(&self, operation: u64, act: impl FnOnce() + Send + 'static) {
        *self.meddler.lock().expect("no panic") = Some((operation, Box::new(act)));
    }

    fn operate(&self) -> &MemoryShelf {
        let number = {
            let mut operations = self.operations.lock().expect("no panic");
            *operations += 1;
            *operations - 1
        };
        let meddler = self.meddler.lock().expect("no panic").take_if(|(at, _)| *at == number);
        if let Some((_, act)) = meddler {
            act();
        }
        &self.inner
    }
}

impl Shelf for Meddled {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        self.operate().list(prefix)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        self.operate().read(name)
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        self.operate().create(name, content)
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.operate().remove(name)
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

/// The states on a shelf, as a checkout of its own sees them.
fn on(shelf: impl Shelf + 'static) -> Store {
    of(Arc::new(shelf))
}

/// The same of a shelf that a test has in hand.
fn of(shelf: Arc<dyn Shelf>) -> Store {
    let lock = Arc::new(ShelfLock::new(shelf.clone(), std::time::Duration::from_secs(60)));
    let (disk, project) = (Arc::new(MemoryDisk::new()), ProjectName::new("acme"));
    Store::on_shelf(shelf, lock, disk, "local".into(), project)
}

/// The states in a directory, as a checkout of its own sees them.
fn in_directory(disk: &MemoryDisk, checkout: &str) -> Store {
    let project = ProjectName::new("acme");
    Store::in_directory(Arc::new(disk.clone()), "states".into(), checkout.into(), project)
}

fn intends(state: &State, pair: &str) -> bool {
    state.recorded.intents.contains_key(&Address::Key(CloudName::new(pair)))
}

/// What a run that was appending has heard.
type Heard = Arc<Mutex<Option<Result<(), StoreError>>>>;

/// The run that the other one takes for dead: it has begun its journal, or not yet.
fn paused(store: &Store, has_begun: bool) -> Journal {
    let state = match store.load().expect("whole") {
        Some(loaded) => loaded.state,
        None => store.create(lineage(7), &id(1)).expect("a new state"),
    };
    let mut journal = store.journal(&state, &"aa".repeat(32), &id(1), MOMENT);
    if has_begun {
        journal.append(&entries("one")[..1]).expect("no other run is here");
    }
    journal
}

/// What was appended is in the state if the run may make its call, and the run hears why if not.
fn check(heard: &Heard, store: &Store, what: &str) {
    let heard = heard.lock().expect("no panic").take().expect("it was appended");
    let state = store.fold(&id(3)).expect(what).expect("a state");
    match heard {
        Ok(()) => assert!(intends(&state, "two"), "{what}: lost"),
        Err(error) => assert_eq!(error.code(), StoreErrorCode::Fenced, "{what}: {error}"),
    }
    assert!(intends(&state, "one"), "{what}");
}

/// Before runs sealed journals, an append between the read of a fold and its snapshot passed its
/// check, so that its call was made, and was deleted.
#[test]
fn an_append_at_any_moment_of_a_fold_is_folded_or_refused() {
    let begun = MemoryDisk::new();
    drop(paused(&in_directory(&begun, "local"), true));
    let first = begun.operations();
    let all = begun.fork();
    in_directory(&all, "other").fold(&id(2)).expect("it folds");
    for operation in first..all.operations() {
        let disk = MemoryDisk::new();
        let store = in_directory(&disk, "local");
        let mut journal = paused(&store, true);
        let heard = Heard::default();
        let of_run = heard.clone();
        disk.meddle_at(operation, move |_| {
            *of_run.lock().expect("no panic") = Some(journal.append(&entries("two")[..1]));
        });
        in_directory(&disk, "other").fold(&id(2)).expect("it folds");
        check(&heard, &store, &format!("operation {operation} of a disk"));
    }
    for operation in 0.. {
        let memory = MemoryShelf::default();
        let store = on(memory.clone());
        let mut journal = paused(&store, true);
        let heard = Heard::default();
        let of_run = heard.clone();
        let shelf = Meddled::new(memory);
        let append = move || {
            *of_run.lock().expect("no panic") = Some(journal.append(&entries("two")[..1]));
        };
        shelf.meddle_at(operation, append);
        on(shelf).fold(&id(2)).expect("it folds");
        if heard.lock().expect("no panic").is_none() {
            assert!(operation > 10, "{operation} operations of a fold");
            break;
        }
        check(&heard, &store, &format!("operation {operation} of a shelf"));
    }
}

/// The same the other way round: the fold comes at any moment of an append.
#[test]
fn a_fold_at_any_moment_of_an_append_has_it_or_stops_it() {
    for has_begun in [false, true] {
        for operation in 0.. {
            let memory = MemoryShelf::default();
            drop(paused(&on(memory.clone()), true));
            on(memory.clone()).fold(&id(2)).expect("it folds");
            let shelf = Arc::new(Meddled::new(memory.clone()));
            let store = of(shelf.clone());
            let mut journal = paused(&store, has_begun);
            let other = on(memory.clone());
            let go_on = move || {
                // It folds what is there, and goes on whether there was something or not.
                let state = other.fold(&id(2)).expect("it folds").expect("a state");
                let mut journal = other.journal(&state, &"bb".repeat(32), &id(2), MOMENT);
                journal.append(&entries("three")[..1]).expect("no other run is here");
                other.fold(&id(2)).expect("it folds");
            };
            let now = *shelf.operations.lock().expect("no panic");
            shelf.meddle_at(now + operation, go_on);
            let heard = journal.append(&entries("two")[..1]);
            if shelf.meddler.lock().expect("no panic").is_some() {
                assert!(operation > 1, "{operation} operations of an append");
                break;
            }
            check(&Arc::new(Mutex::new(Some(heard))), &on(memory), &format!("{operation}"));
        }
    }
}

/// Whoever sleeps while the state goes on for more saves than are kept finds neither the seal nor
/// its own journal, and stops all the same.
#[test]
fn a_run_that_sleeps_while_its_journal_is_pruned_is_fenced() {
    for has_begun in [false, true] {
        let (disk, memory) = (MemoryDisk::new(), MemoryShelf::default());
        let forms: [[Store; 2]; 2] = [
            [in_directory(&disk, "local"), in_directory(&disk, "other")],
            [on(memory.clone()), on(memory.clone())],
        ];
        for [store, other] in forms {
            let mut journal = paused(&store, has_begun);
            for number in 0..other.shelf.snapshots_kept() + 5 {
                let state = other.fold(&id(2)).expect("it folds").expect("a state");
                let mut journal = other.journal(&state, &format!("{number:064}"), &id(2), MOMENT);
                journal.append(&entries("three")[..1]).expect("no other run is here");
            }
            let newest = other.fold(&id(2)).expect("it folds").expect("a state");
            let error = journal.append(&entries("two")[..1]).expect_err("it is fenced");
            assert_eq!(error.code(), StoreErrorCode::Fenced, "{store:?}: {error}");
            let loaded = other.load().expect("whole").expect("a state");
            assert_eq!(loaded, LoadedState { state: newest, has_journals: false }, "{store:?}");
        }
    }
}

/// Runs a whole run, and answers which of its records it was told to be durable.
fn whole_run(store: &Store) -> Result<State, StoreError> {
    let state = match store.fold(&id(4))? {
        Some(state) => state,
        None => store.create(lineage(7), &id(4))?,
    };
    let mut journal = store.journal(&state, &"cc".repeat(32), &id(4), MOMENT);
    journal.append(&entries("one")[..1])?;
    journal.append(&entries("two")[..1])?;
    journal.append(&entries("two")[1..])?;
    Ok(store.fold(&id(4))?.expect("it was created"))
}

#[test]
fn a_run_whose_shelf_fails_or_stops_at_any_operation_loses_nothing() {
    let mut settled = 0;
    for trouble in Trouble::ALL {
        for operation in 0.. {
            let memory = MemoryShelf::default();
            let shelf = Arc::new(FaultyShelf::new(memory.clone()));
            shelf.trouble_at(operation, trouble);
            let store = of(shelf.clone());
            let outcome = whole_run(&store);
            if shelf.operations() <= operation {
                assert!(operation > 10, "{operation} operations of a run");
                outcome.expect("nothing went wrong");
                break;
            }
            let what = format!("{trouble:?} at {operation}");
            settled += usize::from(outcome.is_ok());
            // The same run again in another process, which knows nothing of the first.
            let next = on(memory.clone());
            let state = next.fold(&id(5)).expect(&what);
            if let Ok(ended) = outcome {
                assert_eq!(state.expect(&what).recorded, ended.recorded, "{what}");
            }
            let state = whole_run(&next).expect(&what);
            assert!(intends(&state, "one") && intends(&state, "two"), "{what}");
            assert!(!next.load().expect(&what).expect(&what).has_journals, "{what}: {memory:?}");
        }
    }
    assert!(settled > 20, "{settled} troubles were settled");
}

#[test]
fn what_cannot_be_cleared_away_is_a_warning_and_the_state_is_saved() {
    let disk = MemoryDisk::new();
    let whole = disk.fork();
    whole_run(&in_directory(&whole, "local")).expect("it runs");
    let mut warned = 0;
    for operation in 0..whole.operations() {
        let disk = disk.fork();
        let store = in_directory(&disk, "local");
        disk.fail_at(operation);
        let outcome = whole_run(&store);
        let warnings = store.warnings();
        if let Some(warning) = warnings.first() {
            warned += 1;
            assert_eq!(warning.code(), StoreErrorCode::Disk, "{warning}");
            let state = outcome.expect("the state is saved");
            assert!(intends(&state, "two"), "operation {operation}");
            assert_eq!(store.warnings().len(), 0, "they are told once");
        }
    }
    assert!(warned > 2, "{warned} operations clear away");
}

#[test]
fn journals_of_earlier_versions_are_folded() {
    let disk = MemoryDisk::new();
    let store = three(&disk);
    let text = String::from_utf8(content(&disk, JOURNAL)).expect("text");
    let header = format!(
        "{{\"format\":\"keyform.journal/1\",\"lineage\":\"{}\",\"base\":3,\"digest\":\"cc\"}}",
        lineage(7)
    );
    let rest: String = text.lines().skip(1).map(|line| format!("{line}\n")).collect();
    let old = format!("{}{rest}", crate::frame::encode(&header));
    remove(&disk, JOURNAL);
    put(&disk, "states/0000000003-cc0000000000.journal", old.as_bytes());
    // Nor did they write the id of a run into a snapshot.
    forge(&disk, NEWEST, "acme", "acme");
    assert!(content(&disk, NEWEST)[77..].starts_with(b"\",\"state\":"), "it names no run");
    let state = store.fold(&id(2)).expect("it folds").expect("a state");
    assert!(intends(&state, "cc"), "{state:?}");
    assert_eq!(state.serial, 4);
}

/// Whoever seals looks for the last part first. When it creates the next one, another run may have
/// sealed, folded and removed the journal, so that the seal stands where a part of the run has been.
#[test]
fn a_run_is_stopped_where_a_seal_that_came_too_late_is_in_the_place_of_its_part() {
    let memory = MemoryShelf::default();
    let mut journal = paused(&on(memory.clone()), true);
    journal.append(&entries("two")[..1]).expect("no other run is here");
    on(memory.clone()).fold(&id(2)).expect("it folds");
    let seal = crate::store::journal::seal(1, &lineage(7), &id(3), 2);
    memory.put(&crate::store::listing::part_name(1, 2), seal.as_bytes());
    let error = journal.append(&entries("two")[..1]).expect_err("it was folded");
    assert_eq!(error.code(), StoreErrorCode::Fenced, "{error}");
}
