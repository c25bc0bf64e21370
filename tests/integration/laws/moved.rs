//! Moving the state of a project to another place: L1 and L7 hold, wherever it is interrupted.

use std::time::Duration;

use keyform::{
    driver::Clock,
    model::{ProjectName, RunId},
    session::{MigrationError, MigrationSource, SessionError, StateMigrationError, States},
    store::{Holder, Lease, MoveError, Moved, Store, StoreError, Taken},
};

use super::scene::{PROJECT, Scene, bound};

const OLD: &str = ".keyform/state";
const NEW: &str = ".keyform/new";
const IN_NEW: &str = "  state: {file: {directory: .keyform/new}}\n";

/// A project that was applied, and whose manifest names a new place by now.
fn changed() -> Scene {
    let mut scene = Scene::new(&bound("web", "i-1, i-2"));
    scene.apply(false);
    scene.write("keyform.yaml", &format!("{PROJECT}{IN_NEW}"));
    scene
}

fn directory(path: &str) -> MigrationSource {
    MigrationSource::Directory(path.into())
}

fn project(text: &str) -> MigrationSource {
    MigrationSource::Project { path: "old.yaml".into(), text: text.to_owned() }
}

fn moved(scene: &Scene) -> Result<Moved, StateMigrationError> {
    scene.states().migrate(&directory(OLD))
}

fn of_store<T>(result: Result<T, SessionError>) -> StoreError {
    match result.err().expect("it is refused") {
        SessionError::Store(error) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn a_changed_place_is_told_and_the_move_leaves_nothing_to_do() {
    let mut scene = changed();
    let gone = of_store(scene.try_plan(false, false));
    assert!(matches!(gone, StoreError::Gone { .. }), "{gone}");
    for way in ["keyform state migrate --from", "correct `state:`", "from a backup"] {
        assert!(gone.to_string().contains(way), "{gone}");
    }
    let end = scene.end();
    let moved = moved(&scene).expect("it is moved");
    assert!(!moved.was_moved_before && moved.snapshots > 1 && moved.warnings.is_empty());
    assert!(moved.from.ends_with(OLD) && moved.to.ends_with(NEW), "{moved:?}");
    assert!(scene.plan(false).is_empty());
    scene.apply(false);
    assert_eq!(scene.end(), end);

    // A checkout with the old manifest, with and without a mark, and one that is new.
    let old = |scene: &mut Scene| scene.write("keyform.yaml", PROJECT);
    let mut other = scene.fork();
    old(&mut other);
    let elsewhere = of_store(other.try_plan(false, false));
    assert!(matches!(elsewhere, StoreError::Moved { .. }), "{elsewhere}");
    assert!(elsewhere.to_string().contains(NEW), "{elsewhere}");
    other.remove(".keyform/seen.json");
    assert!(matches!(of_store(other.try_plan(false, false)), StoreError::Moved { .. }));
    scene.remove(".keyform/seen.json");
    assert!(scene.plan(false).is_empty());

    // And back, by the manifest that was used meanwhile.
    old(&mut scene);
    let back = scene.states().migrate(&project(&format!("{PROJECT}{IN_NEW}")));
    assert!(back.expect("it is moved back").to.ends_with(OLD));
    scene.apply(false);
    scene.nothing_is_lost();
    assert_eq!(scene.end(), end);
}

#[test]
fn a_machine_that_stops_anywhere_in_a_move_goes_on_with_the_same_command() {
    let before = changed();
    before.crash();
    let end = before.end();
    let whole = before.fork();
    moved(&whole).expect("it is moved");
    let first = before.disk.operations();
    let operations = whole.disk.operations() - first;
    assert!(operations > 50, "{operations}");
    for operation in first..first + operations {
        let mut scene = before.fork();
        scene.disk.stop_at(operation);
        let _ = moved(&scene);
        scene.crash();
        let new = scene.states().newest().is_ok_and(|state| state.is_some());
        scene.write("keyform.yaml", PROJECT);
        let old = scene.states().newest().is_ok_and(|state| state.is_some());
        assert!(!(old && new), "stopped at {operation}: both have the state");
        scene.write("keyform.yaml", &format!("{PROJECT}{IN_NEW}"));
        moved(&scene).unwrap_or_else(|error| panic!("stopped at {operation}: {error}"));
        assert!(scene.plan(false).is_empty(), "stopped at {operation}");
        assert_eq!(scene.end(), end, "stopped at {operation}");
    }
}

#[test]
fn nothing_is_moved_from_a_place_that_is_none_or_the_same() {
    let scene = changed();
    let error = |source: &MigrationSource| scene.states().migrate(source).expect_err("refused");
    let before = scene.disk.files();
    let nowhere = error(&directory("nowhere"));
    assert!(matches!(nowhere, StateMigrationError::Move(MoveError::Nothing { .. })), "{nowhere}");
    let same = project(&format!("{PROJECT}{IN_NEW}"));
    let other = PROJECT.replace("laws", "others");
    for (source, code) in [
        (same, "migrationToItself"),
        (project("a: b"), "migrationSourceUnknown"),
        (project(&other), "migrationSourceUnknown"),
    ] {
        assert_eq!(error(&source).code(), code, "{source:?}");
    }
    assert_eq!(scene.disk.files(), before, "nothing was written, no lock either");
    // By another path, which only the lock shows.
    moved(&scene).expect("it is moved");
    let itself = error(&directory("./.keyform/new"));
    assert!(matches!(itself, StateMigrationError::Source(MigrationError::ToItself(_))), "{itself}");
    assert!(scene.plan(false).is_empty());
}

/// The lock of a place, held by another run.
fn held(scene: &Scene, directory: &str) -> Box<dyn Lease> {
    let holder = Holder {
        user: "bob".to_owned(),
        host: "two".to_owned(),
        pid: 7,
        command: "keyform apply".to_owned(),
        since: scene.clock.now(),
        ci_url: None,
        commit: None,
        digest: None,
        run: RunId::from_random([9; 16]),
    };
    let disk = std::sync::Arc::new(scene.disk.clone());
    let project = ProjectName::new("laws");
    let store = Store::in_directory(disk, directory.into(), ".keyform".into(), project);
    match store.lock().contend(&holder).try_take(scene.clock.now()).expect("a disk") {
        Taken::Ours(lease) => lease,
        Taken::Held { by, .. } => panic!("{by}"),
    }
}

#[test]
fn a_run_that_holds_either_lock_is_shown_and_nothing_is_moved() {
    for place in [OLD, NEW] {
        let scene = changed();
        let lease = held(&scene, place);
        let error = moved(&scene).expect_err("it is held");
        let StateMigrationError::Move(MoveError::Store(StoreError::Locked { by, .. })) = &error
        else {
            panic!("{error}")
        };
        assert_eq!(by.holder().map(|by| by.pid), Some(7), "{error}");
        assert!(error.to_string().contains(place), "{error}");
        drop(lease);
        moved(&scene).expect("it is free");
        scene.pass(Duration::from_secs(1));
        scene.apply(false);
    }
}

#[test]
fn a_state_is_not_moved_to_files_that_end_with_a_runner() {
    let mut scene = changed();
    let cloud = "cloud: {alicloud: {account: \"1234567890123456\"}}";
    let real = PROJECT.replace("cloud: {emulator: {inventory: inventory.yaml}}", cloud);
    scene.write("keyform.yaml", &format!("{real}{IN_NEW}"));
    let mut surroundings = scene.surroundings();
    surroundings.machine.is_ci = true;
    let states: States = scene.states_of(surroundings);
    let refused = states.migrate(&directory(OLD)).expect_err("it would be lost");
    assert_eq!(refused.code(), "stateEndsWithRunner");
}
