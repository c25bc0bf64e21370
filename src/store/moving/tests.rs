//! L7: at each moment of a move at most one of two places has the state, and nothing of it is lost.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::*;
use crate::{
    disk::MemoryDisk,
    model::{Address, CloudName, ProjectName, StepId},
    state::{Entry, Intent},
    store::{FaultyShelf, MemoryShelf, Shelf, ShelfError, ShelfLock, Trouble},
};

const MOMENT: Timestamp = Timestamp::from_milliseconds(1_764_000_000_000);

fn id(byte: u8) -> RunId {
    RunId::from_random([byte; 16])
}

fn mover(byte: u8) -> Mover {
    Mover { run: id(byte), user: "ann".to_owned(), host: "build-7".to_owned(), at: MOMENT }
}

/// A store on a shelf, as a checkout has it that has the mark on `disk`.
fn store_on(shelf: Arc<dyn Shelf>, disk: &MemoryDisk) -> Store {
    let lock = Arc::new(ShelfLock::new(shelf.clone(), Duration::from_secs(60)));
    let project = ProjectName::new("acme");
    Store::on_shelf(shelf, lock, Arc::new(disk.clone()), "local".into(), project).begun_by_hand()
}

/// A store as a new checkout has it.
fn store(shelf: &MemoryShelf) -> Store {
    store_on(Arc::new(shelf.clone()), &MemoryDisk::new())
}

/// A run that records that it puts a key aside, and is cut off before its end.
fn begin_run(store: &Store, key: &str, run: u8) {
    let state = store.load().expect("a state").expect("a state").state;
    let address = Address::Key(CloudName::new(key));
    let intents = vec![(address, Intent::Retire)];
    let mut journal = store.journal(&state, &format!("{key:0<64}"), &id(run), MOMENT);
    let entry = Entry::Intent { step: StepId::new(0), intents };
    journal.append(&[entry]).expect("it is kept");
}

/// A run that comes to its end.
fn run(store: &Store, key: &str) {
    begin_run(store, key, 2);
    store.fold(&id(2)).expect("it folds").expect("a state");
}

/// Snapshots 1 to 3; the third has a journal.
fn three() -> MemoryShelf {
    let shelf = MemoryShelf::default();
    let store = store(&shelf);
    store.create(Lineage::from_random([7; 16]), &id(1)).expect("it is created");
    run(&store, "aa");
    run(&store, "bb");
    begin_run(&store, "cc", 3);
    shelf
}

/// How many intents are recorded in the state of a place, if a run could go on from there.
fn recorded(shelf: &MemoryShelf) -> Option<usize> {
    store(shelf).load().ok().flatten().map(|loaded| loaded.state.recorded.intents.len())
}

/// Which of two places has the state.
fn places(from: &MemoryShelf, to: &MemoryShelf) -> (Option<usize>, Option<usize>) {
    (recorded(from), recorded(to))
}

fn moved(from: &MemoryShelf, to: &MemoryShelf, by: u8) -> Result<Moved, MoveError> {
    store(from).move_to(&store(to), &mover(by), &|| Ok(()))
}

/// The snapshots of a place by their names, without what is no state.
fn snapshots(shelf: &MemoryShelf) -> BTreeMap<String, Vec<u8>> {
    let mut blobs = shelf.blobs();
    blobs.retain(|name, content| {
        let open = || snapshot::open(name, content);
        name.ends_with(".state.json") && matches!(open(), Ok(Content::State(_)))
    });
    blobs
}

/// Whatever one place had is in the other, byte for byte.
#[track_caller]
fn has_all_of(to: &MemoryShelf, from: &MemoryShelf) {
    let there = snapshots(to);
    for (name, content) in snapshots(from) {
        assert_eq!(there.get(&name), Some(&content), "{name}");
    }
}

#[track_caller]
fn has_arrived(from: &MemoryShelf, to: &MemoryShelf, intents: usize) {
    assert_eq!(places(from, to), (None, Some(intents)));
    has_all_of(to, from);
    let markers = store(to).history().expect("a state").snapshots;
    assert!(markers.iter().all(|row| row.damage.is_none()), "{markers:?}");
    assert!(matches!(store(from).load(), Err(StoreError::Moved { .. })));
}

#[test]
fn a_state_is_moved_with_its_lineage_its_history_and_what_an_unfinished_run_recorded() {
    let (from, to) = (three(), MemoryShelf::default());
    let moved = moved(&from, &to, 9).expect("it is moved");
    has_arrived(&from, &to, 3);
    assert_eq!((moved.snapshots, moved.serial, moved.was_moved_before), (4, 6, false));
    assert!(moved.warnings.is_empty(), "{:?}", moved.warnings);
    let state = store(&to).load().expect("a state").expect("a state").state;
    assert_eq!((state.lineage, state.serial), (Lineage::from_random([7; 16]), 6));
    // The checkout that moved it goes on, and so does another one.
    run(&store(&to), "dd");
    let again = super::tests::moved(&from, &to, 8).expect("it was moved");
    assert_eq!((again.snapshots, again.serial, again.was_moved_before), (4, 7, true));
    assert_eq!(recorded(&to), Some(4));
}

#[test]
fn nothing_can_be_done_any_more_where_the_state_was_or_is_on_its_way() {
    let (from, to) = (three(), MemoryShelf::default());
    moved(&from, &to, 9).expect("it is moved");
    let on_its_way = MemoryShelf::default();
    let arriving =
        |marker: &Marker| Marker { format: ARRIVING_FORMAT.to_owned(), ..marker.clone() };
    let left = store(&from).newest_marker(&store(&from).list().expect("names"));
    let left = left.expect("it can be read").expect("a marker");
    store(&on_its_way).mark(&arriving(&left), &id(4)).expect("it is free");
    for (shelf, code) in [(&from, "stateMoved"), (&on_its_way, "stateArriving")] {
        let store = store(shelf);
        let refused = [
            store.load().map(drop),
            store.serial().map(drop),
            store.fold(&id(5)).map(drop),
            store.history().map(drop),
            store.snapshot(3).map(drop),
            store.restore(3, &id(5)).map(drop),
        ];
        for error in refused.map(|one| one.expect_err("no run may go on")) {
            assert_eq!(error.code().as_str(), code);
            assert!(error.to_string().contains("keyform state migrate --from"), "{error}");
        }
        let before = shelf.blobs();
        store.seal_newest(&id(5)).expect("there is nothing to seal");
        assert_eq!(shelf.blobs(), before);
    }
}

/// Moves a state with trouble at an operation of one of the two shelves; answers whether it came to
/// that.
fn trouble_at(
    (from, to): (&MemoryShelf, &MemoryShelf),
    is_source: bool,
    operation: u64,
    trouble: Trouble,
    by: u8,
) -> bool {
    let (faulty_from, faulty_to) =
        (Arc::new(FaultyShelf::new(from.clone())), Arc::new(FaultyShelf::new(to.clone())));
    let faulty = if is_source { &faulty_from } else { &faulty_to };
    faulty.trouble_at(operation, trouble);
    let disk = MemoryDisk::new();
    let source = store_on(faulty_from.clone(), &disk);
    let done = source.move_to(&store_on(faulty_to.clone(), &disk), &mover(by), &|| Ok(()));
    if let Ok(moved) = &done {
        assert_eq!(places(from, to), (None, Some(3)), "{moved:?}");
    }
    faulty.operations() > operation
}

#[test]
fn a_move_that_is_interrupted_anywhere_leaves_one_state_and_goes_on_with_the_same_command() {
    let mut interrupted = 0;
    for trouble in Trouble::ALL {
        for is_source in [true, false] {
            for operation in 0.. {
                let (from, to) = (three(), MemoryShelf::default());
                if !trouble_at((&from, &to), is_source, operation, trouble, 9) {
                    break;
                }
                interrupted += 1;
                let (left, arrived) = places(&from, &to);
                assert!(left.is_none() || arrived.is_none(), "{trouble:?} {operation}");
                assert!(left.or(arrived).is_none_or(|intents| intents == 3));
                // Also if that is interrupted in turn.
                trouble_at((&from, &to), !is_source, operation / 2, Trouble::StopAfter, 10);
                moved(&from, &to, 11).expect("it goes on");
                assert_eq!(places(&from, &to), (None, Some(3)), "{trouble:?} {operation}");
                if trouble != Trouble::Refuse {
                    has_arrived(&from, &to, 3);
                }
            }
        }
    }
    assert!(interrupted > 200, "{interrupted}");
}

#[test]
fn a_run_may_go_on_where_the_state_is_before_an_interrupted_move_goes_on() {
    for is_source in [true, false] {
        for operation in 0.. {
            let (from, to) = (three(), MemoryShelf::default());
            if !trouble_at((&from, &to), is_source, operation, Trouble::StopBefore, 9) {
                break;
            }
            // As another checkout does: it folds, and goes on.
            let place = if recorded(&from).is_some() { &from } else { &to };
            let mut intents = 3;
            if recorded(place).is_some() {
                store(place).fold(&id(5)).expect("it folds");
                run(&store(place), "dd");
                run(&store(place), "ee");
                intents = 5;
            }
            moved(&from, &to, 10).expect("it goes on");
            has_arrived(&from, &to, intents);
        }
    }
}

#[test]
fn a_state_is_moved_back_and_forth() {
    let places = [three(), MemoryShelf::default(), MemoryShelf::default()];
    let mut intents = 3;
    for (turn, (from, to)) in [(0, 1), (1, 0), (0, 1), (1, 2), (2, 0)].into_iter().enumerate() {
        let by = 20 + u8::try_from(turn).expect("few turns");
        moved(&places[from], &places[to], by).expect("it is moved");
        has_arrived(&places[from], &places[to], intents);
        if turn != 1 {
            run(&store(&places[to]), &format!("k{turn}"));
            intents += 1;
        }
    }
    // An old copy of a place does not come back over what was done since.
    let old = three();
    let refused = moved(&old, &places[2], 30).expect_err("it is older");
    assert!(matches!(refused, MoveError::Occupied { .. }), "{refused}");
}

#[test]
fn nothing_is_moved_from_nowhere_over_another_state_or_twice() {
    let nothing = moved(&MemoryShelf::default(), &MemoryShelf::default(), 9);
    assert_eq!(nothing.expect_err("there is no state").code(), "noStateToMove");
    let (from, to, third) = (three(), three(), MemoryShelf::default());
    assert_eq!(moved(&from, &to, 9).expect_err("a copy").code(), "stateOccupied");
    let other = MemoryShelf::default();
    store(&other).create(Lineage::from_random([8; 16]), &id(1)).expect("it is created");
    assert_eq!(moved(&from, &other, 9).expect_err("another").code(), "stateOccupied");
    assert_eq!((recorded(&from), recorded(&other)), (Some(3), Some(0)));
    let rest = MemoryShelf::default();
    rest.put("0000000003-000001.journal", b"");
    assert_eq!(moved(&from, &rest, 9).expect_err("a journal").code(), "stateOccupied");

    moved(&from, &third, 9).expect("it is moved");
    let free = MemoryShelf::default();
    assert_eq!(moved(&from, &free, 9).expect_err("it is elsewhere").code(), "stateMoved");
    assert_eq!(free.blobs().len(), 0, "nothing was written");
}

#[test]
fn a_run_that_is_faster_than_the_marker_wins_and_the_move_begins_again() {
    let (from, to) = (three(), MemoryShelf::default());
    let is_first = AtomicBool::new(true);
    // The lock was lost without being noticed, and another run has gone on.
    let meanwhile = || {
        if is_first.swap(false, Ordering::SeqCst) {
            store(&from).fold(&id(5)).expect("it folds");
            run(&store(&from), "dd");
        }
        Ok(())
    };
    let lost = store(&from).move_to(&store(&to), &mover(9), &meanwhile);
    assert_eq!(lost.expect_err("it was slower").code(), "stateFenced");
    assert_eq!(places(&from, &to), (Some(4), None));
    moved(&from, &to, 10).expect("it is moved");
    has_arrived(&from, &to, 4);
}

#[test]
fn a_run_that_slept_before_its_first_record_meets_the_seal() {
    let (from, to) = (three(), MemoryShelf::default());
    store(&from).fold(&id(5)).expect("it folds");
    let state = store(&from).load().expect("a state").expect("a state").state;
    let asleep = || {
        let mut journal = store(&from).journal(&state, &"f".repeat(64), &id(6), MOMENT);
        let error = journal.append(&[Entry::Finished]).expect_err("it is sealed");
        assert_eq!(error.code().as_str(), "stateFenced");
        Ok(())
    };
    store(&from).move_to(&store(&to), &mover(9), &asleep).expect("it is moved");
    has_arrived(&from, &to, 3);
}

#[test]
fn a_lock_that_is_lost_ends_the_move_before_what_matters() {
    for calls in [1, 2] {
        let (from, to) = (three(), MemoryShelf::default());
        let left = std::cell::Cell::new(calls);
        let lost = || {
            left.set(left.get() - 1);
            let place = "lock".to_owned();
            if left.get() == 0 { Err(StoreError::LeaseLost { place }) } else { Ok(()) }
        };
        let ended = store(&from).move_to(&store(&to), &mover(9), &lost);
        assert_eq!(ended.expect_err("the lock is lost").code(), "lockLostBefore");
        let there = if calls == 1 { (Some(3), None) } else { (None, None) };
        assert_eq!(places(&from, &to), there);
        moved(&from, &to, 10).expect("it goes on");
        has_arrived(&from, &to, 3);
    }
}

/// A shelf on which something else happens at the first creation, or that keeps other bytes.
#[derive(Debug)]
struct Meddled {
    inner: MemoryShelf,
    begins: AtomicBool,
    spoils: &'static str,
    unreadable: &'static str,
}

impl Meddled {
    fn new(inner: &MemoryShelf) -> Self {
        let begins = AtomicBool::new(false);
        Self { inner: inner.clone(), begins, spoils: "-", unreadable: "-" }
    }
}

impl Shelf for Meddled {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        self.inner.list(prefix)
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        if name.starts_with(self.unreadable) {
            let reason = "a bad sector".to_owned();
            return Err(ShelfError { place: self.place(), reason, kind: ShelfErrorKind::Refused });
        }
        self.inner.read(name)
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        if self.begins.swap(false, Ordering::SeqCst) {
            let begun = store(&self.inner).create(Lineage::from_random([8; 16]), &id(1));
            begun.expect("it is free");
        }
        let spoilt = if name.starts_with(self.spoils) { &content[1..] } else { content };
        self.inner.create(name, spoilt)
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.inner.remove(name)
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

#[test]
fn a_state_that_begins_in_the_new_place_meanwhile_is_left_as_it_is() {
    let (from, to) = (three(), MemoryShelf::default());
    let meddled = Meddled { begins: AtomicBool::new(true), ..Meddled::new(&to) };
    let target = store_on(Arc::new(meddled), &MemoryDisk::new());
    let refused = store(&from).move_to(&target, &mover(9), &|| Ok(()));
    assert_eq!(refused.expect_err("it is occupied").code(), "stateFenced");
    assert_eq!(places(&from, &to), (Some(3), Some(0)));
    assert_eq!(to.blobs().len(), 1);
}

#[test]
fn a_copy_that_reads_back_changed_does_not_become_the_state() {
    let (from, to) = (three(), MemoryShelf::default());
    let target = Meddled { spoils: "0000000002", ..Meddled::new(&to) };
    let target = store_on(Arc::new(target), &MemoryDisk::new());
    let refused = store(&from).move_to(&target, &mover(9), &|| Ok(()));
    assert_eq!(refused.expect_err("it is another content").code(), "stateArrivedChanged");
    assert_eq!(places(&from, &to), (Some(3), None));
}

#[test]
fn history_that_is_damaged_is_copied_and_history_that_cannot_be_read_is_named() {
    let (from, to) = (three(), MemoryShelf::default());
    from.put("0000000002.state.json", b"damaged");
    let source = Meddled { unreadable: "0000000001", ..Meddled::new(&from) };
    let source = store_on(Arc::new(source), &MemoryDisk::new());
    let moved = source.move_to(&store(&to), &mover(9), &|| Ok(())).expect("it is moved");
    assert_eq!(places(&from, &to), (None, Some(3)));
    assert_eq!(to.blobs()["0000000002.state.json"], b"damaged");
    let warnings: Vec<_> = moved.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("0000000001.state.json"), "{warnings:?}");
    // The newest one cannot be left behind.
    let (from, to) = (three(), MemoryShelf::default());
    let source = Meddled { unreadable: "0000000003", ..Meddled::new(&from) };
    let source = store_on(Arc::new(source), &MemoryDisk::new());
    source.move_to(&store(&to), &mover(9), &|| Ok(())).expect_err("the state cannot be read");
    assert_eq!(to.blobs().len(), 0);
}

#[test]
fn the_mark_of_the_checkout_follows_the_state() {
    let disk = MemoryDisk::new();
    let (from, to) = (three(), MemoryShelf::default());
    let source = store_on(Arc::new(from.clone()), &disk);
    source.fold(&id(5)).expect("it folds");
    let target = || store_on(Arc::new(to.clone()), &disk);
    assert!(matches!(target().load(), Err(StoreError::Gone { seen: 4, .. })));
    source.move_to(&target(), &mover(9), &|| Ok(())).expect("it is moved");
    assert_eq!(target().load().expect("a state").expect("a state").state.serial, 6);
    // What was moved cannot be replaced by what it was before.
    for name in to.blobs().keys().filter(|name| name.starts_with("0000000006")) {
        to.remove(name).expect("it is there");
    }
    assert!(matches!(target().load(), Err(StoreError::Older { found: 4, seen: 6, .. })));
}
