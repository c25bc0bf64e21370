//! Law L2, broken at every operation on the disk in turn: by a failure of that operation, and by a
//! stop of the machine before it.

use super::*;
use crate::{
    disk::{MemoryDisk, TEMPORARY_SUFFIX},
    keys::{KeySource, PooledKeys},
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    Failure,
    Stop,
}

/// What is on the disk before a key is stored.
#[derive(Clone, Copy, Debug)]
enum Before {
    Nothing,
    ADirectory,
    /// And in it the temporary file of a run that died.
    ATemporaryFile,
    /// And in it the same key.
    TheKey,
}

const FOREIGN: &[u8] = b"a file of somebody else";

fn keys() -> (PrivateKey, PrivateKey) {
    let source = PooledKeys::new(0);
    (source.generate().unwrap(), source.generate().unwrap())
}

fn name() -> CloudName {
    CloudName::new("web")
}

fn vault(disk: &MemoryDisk) -> Directory {
    Directory::new(Arc::new(disk.clone()), PathBuf::from("a/keys"))
}

fn put(disk: &MemoryDisk, path: &str, bytes: &[u8]) {
    let disk: &dyn Disk = disk;
    disk.ensure_directory(Path::new("a/keys")).unwrap();
    disk.create_durable(Path::new(path), bytes).unwrap();
}

fn prepared(before: Before, key: &PrivateKey) -> MemoryDisk {
    let disk = MemoryDisk::new();
    match before {
        Before::Nothing => return disk,
        Before::ADirectory => {}
        Before::ATemporaryFile => {
            put(&disk, &format!("a/keys/.web.pem{TEMPORARY_SUFFIX}"), b"-----BEGIN PRIVATE");
        }
        Before::TheKey => put(&disk, "a/keys/web.pem", key.pem().as_bytes()),
    }
    put(&disk, "a/keys/ops.pem", FOREIGN);
    put(&disk, "a/keys/web.pem.old", FOREIGN);
    disk
}

/// Runs `work` on equal disks, once for each of its operations and each kind of trouble with it,
/// and hands the disk over as the next run finds it.
fn with_trouble(
    prepared: impl Fn() -> MemoryDisk,
    work: impl Fn(&Directory) -> Result<(), VaultError>,
    then: impl Fn(&MemoryDisk, &str),
) {
    let disk = prepared();
    let before = disk.operations();
    work(&vault(&disk)).unwrap();
    let count = disk.operations() - before;
    assert!(count > 5, "{count} operations are too few to be durable");
    for number in 0..count {
        for trouble in [Trouble::Failure, Trouble::Stop] {
            let disk = prepared();
            match trouble {
                Trouble::Failure => disk.fail_at(before + number),
                Trouble::Stop => disk.stop_at(before + number),
            }
            let case = format!("{trouble:?} at operation {number} of {count}");
            let error = work(&vault(&disk)).expect_err(&case);
            assert!(!matches!(error, VaultError::AnotherKey { .. }), "{case}: {error}");
            if trouble == Trouble::Stop {
                disk.crash();
            }
            then(&disk, &case);
        }
    }
}

fn foreign_files(disk: &MemoryDisk) -> Vec<PathBuf> {
    let foreign = |(path, content): (PathBuf, Vec<u8>)| (content == FOREIGN).then_some(path);
    disk.files().into_iter().filter_map(foreign).collect()
}

fn has_temporaries(disk: &MemoryDisk) -> bool {
    disk.files().keys().any(|path| path.to_string_lossy().ends_with(TEMPORARY_SUFFIX))
}

#[test]
fn after_any_trouble_the_same_store_again_makes_the_key_durable() {
    let (key, _) = keys();
    for before in [Before::Nothing, Before::ADirectory, Before::ATemporaryFile, Before::TheKey] {
        let foreign = foreign_files(&prepared(before, &key));
        with_trouble(
            || prepared(before, &key),
            |vault| vault.put(&name(), &key).map(drop),
            |disk, case| {
                let vault = vault(disk);
                vault.clean().unwrap();
                assert!(!has_temporaries(disk), "{before:?}, {case}");
                vault.put(&name(), &key).unwrap();
                disk.crash();
                let found = vault.inspect(&name()).unwrap();
                let is_intact = matches!(&found, VaultKey::Present { public_key, .. }
                    if public_key == key.public_key().openssh());
                assert!(is_intact, "{before:?}, {case}: {found:?}");
                vault.clean().unwrap();
                assert!(!has_temporaries(disk), "{before:?}, {case}");
                assert_eq!(foreign_files(disk), foreign, "{before:?}, {case}");
            },
        );
    }
}

#[test]
fn after_any_trouble_the_name_has_the_whole_key_or_nothing() {
    let (key, _) = keys();
    with_trouble(
        || prepared(Before::ATemporaryFile, &key),
        |vault| vault.put(&name(), &key).map(drop),
        |disk, case| {
            let found = vault(disk).inspect(&name()).unwrap();
            assert!(!matches!(found, VaultKey::Unusable { .. }), "{case}: {found:?}");
        },
    );
}

#[test]
fn a_run_that_died_storing_one_key_does_not_keep_the_next_from_using_it() {
    let (key, other) = keys();
    with_trouble(
        || prepared(Before::ADirectory, &key),
        |vault| vault.put(&name(), &key).map(drop),
        |disk, case| {
            let vault = vault(disk);
            let found = vault.inspect(&name()).unwrap();
            let answer = vault.put(&name(), &other);
            match found {
                VaultKey::Absent => assert_eq!(answer.unwrap(), Stored::Created, "{case}"),
                _ => assert!(matches!(answer, Err(VaultError::AnotherKey { .. })), "{case}"),
            }
        },
    );
}

#[test]
fn no_trouble_while_one_key_is_stored_harms_another() {
    let (key, other) = keys();
    let neighbour = CloudName::new("neighbour");
    with_trouble(
        || {
            let disk = prepared(Before::ADirectory, &key);
            vault(&disk).put(&neighbour, &other).unwrap();
            disk
        },
        |vault| vault.put(&name(), &key).map(drop),
        |disk, case| {
            disk.crash();
            let found = vault(disk).inspect(&neighbour).unwrap();
            assert!(matches!(found, VaultKey::Present { .. }), "{case}: {found:?}");
        },
    );
}

/// A disk with the key in its place, and perhaps, in a file of its own, among the retired ones.
fn before_retiring(key: &PrivateKey, is_retired_too: bool) -> MemoryDisk {
    let disk = prepared(Before::ADirectory, key);
    let vault = vault(&disk);
    vault.put(&name(), key).unwrap();
    if is_retired_too {
        vault.retire(&name(), key.public_key().fingerprint()).unwrap();
        vault.put(&name(), key).unwrap();
    }
    disk
}

/// The files that hold this key, whole.
fn files_with(disk: &MemoryDisk, key: &PrivateKey) -> Vec<PathBuf> {
    let holds =
        |(path, content): (PathBuf, Vec<u8>)| (content == key.pem().as_bytes()).then_some(path);
    disk.files().into_iter().filter_map(holds).collect()
}

#[test]
fn after_any_trouble_a_key_that_is_retired_is_whole_and_the_same_again_moves_it() {
    let (key, _) = keys();
    let fingerprint = key.public_key().fingerprint();
    let target = format!("a/keys/retired/web.{}.pem", key.public_key().short_sha256());
    let foreign = foreign_files(&prepared(Before::ADirectory, &key));
    for is_retired_too in [false, true] {
        with_trouble(
            || before_retiring(&key, is_retired_too),
            |vault| vault.retire(&name(), fingerprint).map(drop),
            |disk, case| {
                let case = format!("retired too: {is_retired_too}, {case}");
                assert!(!files_with(disk, &key).is_empty(), "{case}");
                let vault = vault(disk);
                let answer = vault.retire(&name(), fingerprint).unwrap();
                assert_ne!(answer, Retired::NotHere, "{case}");
                disk.crash();
                vault.clean().unwrap();
                assert_eq!(files_with(disk, &key), [PathBuf::from(&target)], "{case}");
                assert_eq!(
                    vault.retire(&name(), fingerprint).unwrap(),
                    Retired::AlreadyMoved,
                    "{case}"
                );
                assert_eq!(foreign_files(disk), foreign, "{case}");
            },
        );
    }
}

#[test]
fn a_failure_while_retiring_and_a_crash_after_it_lose_no_key() {
    let (key, _) = keys();
    let fingerprint = key.public_key().fingerprint();
    for is_retired_too in [false, true] {
        with_trouble(
            || before_retiring(&key, is_retired_too),
            |vault| vault.retire(&name(), fingerprint).map(drop),
            |disk, case| {
                disk.crash();
                assert!(!files_with(disk, &key).is_empty(), "{is_retired_too}, {case}");
            },
        );
    }
}

/// Puts a key where a person could put it, who syncs nothing.
fn put_unsynced(disk: &MemoryDisk, path: &str, key: &PrivateKey) {
    let directory = Path::new(path).parent().unwrap();
    let durable: &dyn Disk = disk;
    durable.ensure_directory(directory).unwrap();
    disk.create_file(Path::new(path), key.pem().as_bytes()).unwrap();
}

#[test]
fn a_key_that_a_person_put_there_is_made_durable_before_it_is_relied_on() {
    let (key, _) = keys();
    let fingerprint = key.public_key().fingerprint();
    let source = "a/keys/web.pem";
    let target = format!("a/keys/retired/web.{}.pem", key.public_key().short_sha256());

    let disk = MemoryDisk::new();
    put_unsynced(&disk, source, &key);
    assert_eq!(vault(&disk).put(&name(), &key).unwrap(), Stored::AlreadyThere);
    disk.crash();
    assert_eq!(files_with(&disk, &key), [PathBuf::from(source)]);

    for there in [&[source] as &[&str], &[target.as_str()], &[source, target.as_str()]] {
        let disk = MemoryDisk::new();
        for path in there {
            put_unsynced(&disk, path, &key);
        }
        vault(&disk).retire(&name(), fingerprint).unwrap();
        disk.crash();
        assert_eq!(files_with(&disk, &key), [PathBuf::from(&target)], "{there:?}");
    }
}
