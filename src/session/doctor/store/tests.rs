//! Each mistake of a store is found, and nothing of a check stays.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{trial, *};
use crate::{
    checkup::Outcome,
    disk::{Disk, MemoryDisk},
    driver::{Clock, Environment, StopSwitch, VirtualClock},
    keys::PooledKeys,
    manifest::StateChoice,
    model::{RunId, Timestamp},
    session::{Engine, HostPolicy, Invoker, LockWait, lock::holder, servers::Kept},
    store::{
        Created, DiskShelf, FileLock, Lease, Lock, MemoryShelf, ScratchShelf, Shelf, ShelfError,
        ShelfErrorKind, ShelfLock, Taken,
    },
    vault::PlayedCommands,
};

fn context(clock: &VirtualClock) -> Context {
    Context {
        disk: Arc::new(MemoryDisk::new()),
        clock: Arc::new(clock.clone()),
        keys: Arc::new(PooledKeys::new(1)),
        commands: Arc::new(PlayedCommands::default()),
        environment: Environment::default(),
        random: || Ok([1; 16]),
        run_id: random,
        engine: Engine::Inline(clock.clone()),
        is_paced: false,
        stop: StopSwitch::default(),
        deadline: None,
        runner: Invoker { user: "ann".to_owned(), ..Invoker::default() },
        lock_wait: LockWait { timeout: Duration::ZERO, on_wait: |_| {} },
        machine: HostPolicy::default(),
        surroundings: || panic!("what is in memory asks for no credentials"),
    }
}

/// Sixteen bytes that differ each time.
fn random() -> std::io::Result<[u8; 16]> {
    static NEXT: Mutex<u128> = Mutex::new(1);
    let mut next = NEXT.lock().expect("no panic");
    *next += 1;
    Ok(next.to_be_bytes())
}

/// A shelf in memory with one mistake.
#[derive(Clone, Debug)]
struct Mistaken {
    inner: MemoryShelf,
    mistake: Option<Mistake>,
    /// What a listing that lags has answered before.
    listed: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mistake {
    Overwrites,
    ListLags,
    RefusesList,
    RefusesCreate,
    RefusesRead,
    RefusesRemove,
    IsAway,
}

impl Mistaken {
    fn new(inner: &MemoryShelf, mistake: Option<Mistake>) -> Self {
        Self { inner: inner.clone(), mistake, listed: Arc::default() }
    }

    fn refuse(&self, mistake: Mistake) -> Result<(), ShelfError> {
        let error = |reason: &str, kind| {
            Err(ShelfError { place: self.place(), reason: reason.to_owned(), kind })
        };
        match self.mistake {
            Some(Mistake::IsAway) => error("it did not answer", ShelfErrorKind::Unreachable),
            Some(own) if own == mistake => error("access denied", ShelfErrorKind::Refused),
            _ => Ok(()),
        }
    }
}

impl Shelf for Mistaken {
    fn list(&self, prefix: &str) -> Result<Vec<String>, ShelfError> {
        self.refuse(Mistake::RefusesList)?;
        let now = self.inner.list(prefix)?;
        if self.mistake != Some(Mistake::ListLags) {
            return Ok(now);
        }
        let mut listed = self.listed.lock().expect("no panic");
        Ok(listed.insert(prefix.to_owned(), now).unwrap_or_default())
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ShelfError> {
        self.refuse(Mistake::RefusesRead)?;
        self.inner.read(name)
    }

    fn create(&self, name: &str, content: &[u8]) -> Result<Created, ShelfError> {
        self.refuse(Mistake::RefusesCreate)?;
        if self.mistake == Some(Mistake::Overwrites) {
            self.inner.put(name, content);
            return Ok(Created::New);
        }
        self.inner.create(name, content)
    }

    fn remove(&self, name: &str) -> Result<(), ShelfError> {
        self.refuse(Mistake::RefusesRemove)?;
        self.inner.remove(name)
    }

    fn server_time(&self) -> Result<Option<Timestamp>, ShelfError> {
        Ok(Some(Timestamp::from_milliseconds(90_000)))
    }

    fn place(&self) -> String {
        self.inner.place()
    }
}

fn choice() -> StateChoice {
    StateChoice::File { directory: "states".into(), outlives_runner: false }
}

/// The checks of a store, whose scratch part `open` opens.
fn examined(clock: &VirtualClock, open: &dyn Fn() -> Kept) -> Vec<Check> {
    let (open, choice, context) = (|| Ok(open()), choice(), context(clock));
    trial::checks(&Bench { open: &open, choice: &choice, context: &context })
}

fn of_shelf(shelf: &MemoryShelf, mistake: Option<Mistake>) -> Vec<Check> {
    let clock = VirtualClock::new(Timestamp::from_milliseconds(0));
    let mistaken = Mistaken::new(shelf, mistake);
    examined(&clock, &|| scratch(&mistaken))
}

fn scratch(shelf: &Mistaken) -> Kept {
    let shelf: Arc<dyn Shelf> = Arc::new(ScratchShelf::new(shelf.clone()));
    (shelf.clone(), Arc::new(ShelfLock::new(shelf, Duration::from_secs(10))))
}

/// What is not well, by code and what it is about.
fn wrong(checks: &[Check]) -> Vec<(CheckCode, &str, Outcome)> {
    let wrong = checks.iter().filter(|check| check.outcome != Outcome::Ok);
    wrong.map(|check| (check.code, check.subject.as_str(), check.outcome)).collect()
}

#[test]
fn a_store_in_order_has_no_problem_and_nothing_stays() {
    let shelf = MemoryShelf::default();
    shelf.put("0000000001.state.json", b"a state");
    shelf.put("lease/0000000001", b"the lock of a run that goes on");
    let before = shelf.blobs();
    let checks = of_shelf(&shelf, None);
    // The clock of the server is ninety seconds ahead.
    assert_eq!(wrong(&checks), [(CheckCode::StoreClock, "", Outcome::Warning)], "{checks:#?}");
    let latency = checks.iter().find(|check| check.code == CheckCode::StoreLatency);
    assert!(latency.is_some_and(|check| check.finding.contains(" ms")), "{checks:#?}");
    assert_eq!(shelf.blobs(), before);
}

#[test]
fn each_mistake_is_found_and_says_what_to_do() {
    use CheckCode::{StoreClock, StoreCreation, StoreLock, StoreRights};
    use Outcome::{NotChecked, Problem, Warning};
    let clock = (StoreClock, "", Warning);
    let no_creation = (StoreCreation, "", NotChecked);
    type Found = (CheckCode, &'static str, Outcome);
    let table: [(Mistake, &[Found]); 6] = [
        (
            Mistake::Overwrites,
            &[(StoreCreation, "rules", Problem), (StoreCreation, "race", Problem), clock],
        ),
        (Mistake::RefusesList, &[(StoreRights, "list", Problem), no_creation]),
        (Mistake::RefusesCreate, &[(StoreRights, "create", Problem), no_creation]),
        (Mistake::RefusesRead, &[(StoreRights, "read", Problem), no_creation]),
        (Mistake::RefusesRemove, &[(StoreRights, "remove", Problem), no_creation, clock]),
        (Mistake::ListLags, &[(StoreCreation, "rules", Problem)]),
    ];
    for (mistake, wanted) in table {
        let checks = of_shelf(&MemoryShelf::default(), Some(mistake));
        let found = wrong(&checks);
        for one in wanted {
            assert!(found.contains(one), "{mistake:?}: {one:?}: {checks:#?}");
        }
        for check in checks.iter().filter(|check| check.outcome == Problem) {
            assert!(check.advice.is_some(), "{mistake:?}: {check:?}");
        }
        let is_lock_wrong = found.contains(&(StoreLock, "", Problem));
        let needs_all = matches!(mistake, Mistake::RefusesList | Mistake::RefusesCreate);
        assert!(is_lock_wrong || !needs_all, "{mistake:?}: {checks:#?}");
    }
    let away = of_shelf(&MemoryShelf::default(), Some(Mistake::IsAway));
    assert!(wrong(&away).contains(&(StoreRights, "create", Problem)), "{away:#?}");
}

#[test]
fn what_a_killed_doctor_left_is_cleared_away_and_no_state_is_mistaken_for_it() {
    let shelf = MemoryShelf::default();
    let mistaken = Mistaken::new(&shelf, None);
    let clock = VirtualClock::new(Timestamp::from_milliseconds(0));
    // It was killed in the race, with its lock.
    let (left, lock) = scratch(&mistaken);
    let _lease = taken(&*lock, &clock);
    for name in ["probe/1", "contract/race-1", "contract/0000000001.state.json"] {
        assert_eq!(left.create(name, b"x"), Ok(Created::New));
    }
    let project = crate::model::ProjectName::new("acme");
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let of_project = Arc::new(ShelfLock::new(Arc::new(shelf.clone()), Duration::from_secs(10)));
    let store = Store::on_shelf(Arc::new(shelf.clone()), of_project, disk, "local".into(), project);
    assert!(store.is_vacant().expect("it can be listed"));
    assert!(store.locked_by().is_none());

    let checks = examined(&clock, &|| scratch(&mistaken));
    let clocks = (CheckCode::StoreClock, "", Outcome::Warning);
    assert!(wrong(&checks).iter().all(|one| *one == clocks), "{checks:#?}");
    assert_eq!(shelf.blobs().len(), 0);
}

/// Another doctor, which holds the lock of the scratch part.
fn taken(lock: &dyn Lock, clock: &VirtualClock) -> Box<dyn Lease> {
    let run = RunId::from_random([9; 16]);
    let holder = holder(&Invoker::default(), clock.now(), &run, None);
    match lock.contend(&holder).try_take(clock.now()).expect("it can be asked") {
        Taken::Ours(lease) => lease,
        Taken::Held { by, .. } => panic!("{by}"),
    }
}

/// The scratch part of a directory on a disk.
fn of_files(disk: &MemoryDisk) -> Kept {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let shelf = ScratchShelf::new(DiskShelf::new(disk.clone(), "states".into()));
    (Arc::new(shelf), Arc::new(FileLock::scratch(disk, "states".into())))
}

#[test]
fn a_directory_is_tried_beside_a_run_that_goes_on_and_one_doctor_at_a_time() {
    let disk = MemoryDisk::new();
    let clock = VirtualClock::new(Timestamp::from_milliseconds(0));
    let of_run = FileLock::new(Arc::new(disk.clone()), "states".into());
    let lease = taken(&of_run, &clock);
    let before = disk.files();
    let checks = examined(&clock, &|| of_files(&disk));
    let no_clock = (CheckCode::StoreClock, "", Outcome::NotChecked);
    assert_eq!(wrong(&checks), [no_clock], "{checks:#?}");
    assert_eq!(disk.files(), before);

    let (_, lock) = of_files(&disk);
    let other = taken(&*lock, &clock);
    let checks = examined(&clock, &|| of_files(&disk));
    assert_eq!(wrong(&checks), [(CheckCode::StoreLock, "", Outcome::NotChecked)], "{checks:#?}");
    assert_eq!(checks.len(), 1);
    drop((other, lease));
}

#[test]
fn a_lock_that_two_runs_can_hold_is_found() {
    let clock = VirtualClock::new(Timestamp::from_milliseconds(0));
    let shelf = Mistaken::new(&MemoryShelf::default(), None);
    // Each contender has a lock of its own, which the others do not see.
    let checks = examined(&clock, &|| {
        let (scratch, _) = scratch(&shelf);
        let apart = Arc::new(MemoryShelf::default());
        (scratch, Arc::new(ShelfLock::new(apart, Duration::from_secs(10))))
    });
    let lock = (CheckCode::StoreLock, "", Outcome::Problem);
    assert!(wrong(&checks).contains(&lock), "{checks:#?}");
}
