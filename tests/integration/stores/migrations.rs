//! Moving a state between stores: between every two of them, and by the program as users run it.

use std::{path::Path, sync::Arc, time::Duration};

use keyform::{
    disk::{Disk, RealDisk},
    model::{Lineage, RunId, Timestamp},
    store::{DiskShelf, Lock, Mover, Shelf, ShelfLock, Store, StoreError},
};
use tempfile::TempDir;

use super::{
    oss,
    oss_server::OssServer,
    postgres::{self, database},
    project,
    projects::{APPLY, IN_FILES, Shared},
    s3,
    s3_server::S3Server,
};

const MOMENT: Timestamp = Timestamp::from_milliseconds(1_764_000_000_000);

fn run(number: u8) -> RunId {
    RunId::from_random([number; 16])
}

/// A store on a shelf, as a new checkout in `directory` has it.
fn on_shelf(shelf: Arc<dyn Shelf>, directory: &TempDir, checkout: &str) -> Store {
    let lock: Arc<dyn Lock> = Arc::new(ShelfLock::new(shelf.clone(), Duration::from_secs(60)));
    let local = directory.path().join(checkout);
    Store::on_shelf(shelf, lock, Arc::new(RealDisk), local, project()).begun_by_hand()
}

/// What keeps states, one of each form.
struct Stores {
    directory: TempDir,
    s3: S3Server,
    oss: OssServer,
    postgres: u16,
}

const FORMS: [&str; 4] = ["file", "postgres", "s3", "oss"];

impl Stores {
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let objects = directory.path().join("objects");
        let disk: &dyn Disk = &RealDisk;
        disk.ensure_directory(&objects).expect("it is made");
        let s3 = S3Server::atomic(&objects, 0);
        Self { directory, s3, oss: OssServer::start(), postgres: database("migrations").port() }
    }

    /// A shelf of a form.
    fn shelf(&self, form: &str) -> Arc<dyn Shelf> {
        match form {
            "file" => {
                let states = self.directory.path().join("states");
                Arc::new(DiskShelf::new(Arc::new(RealDisk), states))
            }
            "postgres" => Arc::new(postgres::shelf(self.postgres, "migrations")),
            "s3" => Arc::new(s3::shelf(self.s3.port, "states")),
            _ => Arc::new(oss::shelf(self.oss.port())),
        }
    }

    fn store(&self, form: &str) -> Store {
        on_shelf(self.shelf(form), &self.directory, "checkout")
    }

    /// Removes all that a form keeps.
    fn clear(&self, form: &str) {
        let shelf = self.shelf(form);
        for name in shelf.list("").expect("it runs") {
            shelf.remove(&name).expect("it runs");
        }
    }

    /// Forgets which state the checkout has used.
    fn forget(&self) {
        let mark = self.directory.path().join("checkout/seen.json");
        if matches!(RealDisk.kind(&mark), Ok(Some(_))) {
            RealDisk.remove_file(&mark).expect("it is there");
        }
    }
}

#[test]
fn a_state_moves_between_every_two_stores_and_back() {
    let stores = Stores::start();
    let mut number = 0;
    for from in FORMS {
        for to in FORMS.into_iter().filter(|to| *to != from) {
            let pair = format!("{from} to {to}");
            for form in FORMS {
                stores.clear(form);
            }
            stores.forget();
            number += 1;
            let lineage = Lineage::from_random([number; 16]);
            stores.store(from).create(lineage.clone(), &run(1)).expect(&pair);
            stores.store(from).restore(1, &run(1)).expect(&pair);
            for (from, to) in [(from, to), (to, from)] {
                number += 1;
                let before = stores.store(from).load().expect(&pair).expect(&pair).state;
                let by = Mover {
                    run: run(number),
                    user: "ann".to_owned(),
                    host: "build-7".to_owned(),
                    at: MOMENT,
                };
                let moved = stores.store(from).move_to(&stores.store(to), &by, &|| Ok(()));
                let moved = moved.unwrap_or_else(|error| panic!("{pair}: {error}"));
                assert!(moved.snapshots >= 2 && moved.warnings.is_empty(), "{pair}: {moved:?}");
                let after = stores.store(to).load().expect(&pair).expect(&pair).state;
                assert_eq!((after.lineage, after.recorded), (lineage.clone(), before.recorded));
                assert!(after.serial > before.serial, "{pair}");
                let first = |form| stores.shelf(form).read("0000000001.state.json").expect(&pair);
                assert_eq!(first(from), first(to), "{pair}");
                let error = stores.store(from).load().expect_err(&pair);
                assert!(matches!(error, StoreError::Moved { .. }), "{pair}: {error}");
            }
        }
    }
}

/// Moves a project from files to a server and back, by the program.
fn moves_there_and_back(shared: &Shared, server: &str) {
    let project = &shared.project;
    let old = tempfile::tempdir().expect("a directory");
    let earlier = |name: &str| {
        let path = old.path().join(name);
        RealDisk.create_file(&path, project.read("keyform.yaml").as_bytes()).expect("it is new");
        path
    };
    let migrate = |from: &Path| {
        let from = from.to_str().expect("UTF-8");
        shared.run(&["state", "migrate", "--from", from])
    };
    shared.run(&APPLY).expect(0);
    let in_files = earlier("files.yaml");
    project.edit("keyform.yaml", IN_FILES, server);
    assert_eq!(shared.run(&["plan"]).expect(1).error_code(), "stateGone");
    let told = migrate(&project.path(".keyform/state")).expect(0).stdout;
    assert!(told.starts_with("Moved the state from "), "{told}");
    assert!(told.contains("Next: commit keyform.yaml"), "{told}");
    shared.run(&["plan", "--detailed-exitcode"]).expect(0);
    let again = migrate(&in_files).expect(0).stdout;
    assert!(again.starts_with("The state was moved from "), "{again}");
    shared.run(&APPLY).expect(0);

    let on_server = earlier("server.yaml");
    project.edit("keyform.yaml", server, IN_FILES);
    let all: [&[&str]; 6] =
        [&["plan"], &APPLY, &["status"], &["state", "list"], &["state", "init"], &["key", "list"]];
    for arguments in all {
        let outcome = shared.run(arguments).expect(1);
        assert_eq!(outcome.error_code(), "stateMoved", "{arguments:?}");
    }
    migrate(&on_server).expect(0);
    shared.run(&["plan", "--detailed-exitcode"]).expect(0);
    shared.run(&["state", "list"]).expect(0);
    shared.run(&["destroy", "--auto-approve"]).expect(0);
}

#[test]
fn a_project_moves_to_postgres_and_back() {
    let (shared, server) = Shared::for_postgres("project_moves");
    moves_there_and_back(&shared, &server);
}

#[test]
fn a_project_moves_to_s3_and_back() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = S3Server::atomic(directory.path(), 0);
    let (shared, state) = Shared::for_s3(server.port);
    moves_there_and_back(&shared, &state);
}
