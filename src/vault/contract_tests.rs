//! What is true of every vault, tried on each form.

use std::{path::Path, sync::Arc, thread};

use super::{
    BucketPlace, BucketVault, CommandVault, Directory, Lender, Listed, MemoryVault, PlayedCommands,
    Retired, Stored, Vault, VaultByPair, VaultError,
};
use crate::{
    disk::{Disk, MemoryDisk, RealDisk},
    keys::{KeySource, PooledKeys, PrivateKey},
    model::{CloudName, Encryption, Fingerprint, ProjectName, VaultKey},
    objects::MemoryBucket,
};

/// A vault without keys, and the disk on which it lends.
struct Form {
    what: &'static str,
    vault: Arc<dyn Vault>,
    disk: Arc<dyn Disk>,
    /// Whether a lent key is the vault's own file.
    lends_its_own: bool,
    _directory: Option<tempfile::TempDir>,
}

fn lender(disk: &Arc<dyn Disk>) -> Arc<Lender> {
    Arc::new(Lender::new(disk.clone(), Some("shm/keyform".into())))
}

fn played(disk: &Arc<dyn Disk>) -> CommandVault {
    let runner = Arc::new(PlayedCommands::new());
    CommandVault::new(PlayedCommands::choice(), Path::new("."), runner, lender(disk))
}

fn bucket(disk: &Arc<dyn Disk>) -> BucketVault {
    let at = BucketPlace::new("", &ProjectName::new("acme"), None, Encryption::Aes256);
    BucketVault::new(Arc::new(MemoryBucket::new()), at, Arc::new(|_| ()), lender(disk))
}

fn forms() -> Vec<Form> {
    let memory = || -> Arc<dyn Disk> { Arc::new(MemoryDisk::new()) };
    let form = |what, disk: Arc<dyn Disk>, vault: Arc<dyn Vault>| Form {
        what,
        vault,
        disk,
        lends_its_own: what == "directory",
        _directory: None,
    };
    let (one, two, three, four, five) = (memory(), memory(), memory(), memory(), memory());
    let directory = tempfile::tempdir().expect("a directory");
    let real: Arc<dyn Disk> = Arc::new(RealDisk);
    let on_disk = Directory::new(real.clone(), directory.path().join("keys"));
    let own: Vec<(CloudName, Arc<dyn Vault>)> = vec![(name(), Arc::new(played(&four)))];
    let elsewhere = Arc::new(Directory::new(four.clone(), "keys".into()));
    vec![
        form("directory", one.clone(), Arc::new(Directory::new(one.clone(), "keys".into()))),
        Form { _directory: Some(directory), ..form("directory", real, Arc::new(on_disk)) },
        form("command", two.clone(), Arc::new(played(&two))),
        form("bucket", five.clone(), Arc::new(bucket(&five))),
        form("memory", three.clone(), Arc::new(MemoryVault::new(lender(&three)))),
        form("by pair", four, Arc::new(VaultByPair::new(elsewhere, own))),
    ]
}

fn name() -> CloudName {
    CloudName::new("web")
}

fn keys() -> [PrivateKey; 2] {
    let source = PooledKeys::new(0);
    [source.generate().unwrap(), source.generate().unwrap()]
}

fn print(key: &PrivateKey) -> Fingerprint {
    key.public_key().fingerprint()
}

fn listed(key: &PrivateKey, is_retired: bool) -> Listed {
    Listed { name: name(), is_retired, fingerprint: print(key) }
}

#[track_caller]
fn holds(form: &Form, expected: Option<&PrivateKey>) {
    let what = form.what;
    let got = form.vault.get(&name()).unwrap();
    assert_eq!(got.as_ref().map(print), expected.map(print), "{what}");
    match (form.vault.inspect(&name()).unwrap(), expected) {
        (VaultKey::Absent, None) => {}
        (
            VaultKey::Present { fingerprint, public_key, exposed: None, was_read: true },
            Some(key),
        ) => {
            assert_eq!(fingerprint, print(key), "{what}");
            assert_eq!(public_key, key.public_key().openssh(), "{what}");
        }
        (other, _) => panic!("{what}: {other:?}"),
    }
}

#[test]
fn a_vault_without_keys_says_so_everywhere() {
    let [key, _] = keys();
    for form in forms() {
        let Form { what, vault, .. } = &form;
        holds(&form, None);
        assert_eq!(vault.list().unwrap(), [], "{what}");
        assert!(vault.lend(&name()).unwrap().is_none(), "{what}");
        assert_eq!(vault.retire(&name(), print(&key)).unwrap(), Retired::NotHere, "{what}");
        for is_retired in [false, true] {
            let gone = vault.get_listed(&listed(&key, is_retired));
            assert!(matches!(gone, Err(VaultError::Gone { .. })), "{what}: {gone:?}");
        }
        vault.clean().unwrap();
        assert!(!vault.place(&name()).to_string().is_empty(), "{what}");
    }
}

#[test]
fn a_key_that_was_put_is_there_and_stays_itself() {
    let [key, _] = keys();
    for form in forms() {
        let Form { what, vault, .. } = &form;
        assert_eq!(vault.put(&name(), &key).unwrap(), Stored::Created, "{what}");
        holds(&form, Some(&key));
        assert_eq!(vault.put(&name(), &key).unwrap(), Stored::AlreadyThere, "{what}");
        holds(&form, Some(&key));
        assert_eq!(vault.list().unwrap(), [listed(&key, false)], "{what}");
        let again = vault.get_listed(&listed(&key, false)).unwrap();
        assert_eq!(again.public_key(), key.public_key(), "{what}");
    }
}

#[test]
fn no_key_takes_the_place_of_another() {
    let [key, other] = keys();
    for form in forms() {
        let Form { what, vault, .. } = &form;
        vault.make_room(&name()).unwrap();
        vault.put(&name(), &key).unwrap();
        let refused = vault.put(&name(), &other).unwrap_err();
        let is_named = matches!(refused, VaultError::AnotherKey { found, expected, .. }
            if found == print(&key) && expected == print(&other));
        assert!(is_named, "{what}: {refused:?}");
        let taken = vault.make_room(&name()).unwrap_err();
        assert!(matches!(taken, VaultError::Taken { found, .. } if found == print(&key)), "{what}");
        let retired = vault.retire(&name(), print(&other)).unwrap_err();
        assert!(matches!(retired, VaultError::AnotherKey { .. }), "{what}: {retired:?}");
        let given_up = vault.give_up(&listed(&other, false)).unwrap_err();
        assert!(matches!(given_up, VaultError::AnotherKey { .. }), "{what}: {given_up:?}");
        holds(&form, Some(&key));
    }
}

#[test]
fn a_key_that_was_put_aside_frees_its_name_and_is_not_lost() {
    let [key, next] = keys();
    for form in forms() {
        let Form { what, vault, .. } = &form;
        vault.put(&name(), &key).unwrap();
        assert_eq!(vault.retire(&name(), print(&key)).unwrap(), Retired::Moved, "{what}");
        holds(&form, None);
        assert_eq!(vault.retire(&name(), print(&key)).unwrap(), Retired::AlreadyMoved, "{what}");
        assert_eq!(vault.put(&name(), &next).unwrap(), Stored::Created, "{what}");
        assert_eq!(vault.retire(&name(), print(&key)).unwrap(), Retired::AlreadyMoved, "{what}");
        holds(&form, Some(&next));
        assert_eq!(vault.list().unwrap(), [listed(&next, false), listed(&key, true)], "{what}");
        let back = vault.get_listed(&listed(&key, true)).unwrap();
        assert!(*back.pem() == *key.pem(), "{what}: it is the same key");
    }
}

#[test]
fn a_lent_key_is_a_file_until_it_is_given_back() {
    let [key, _] = keys();
    for form in forms() {
        let Form { what, vault, disk, lends_its_own, .. } = &form;
        vault.put(&name(), &key).unwrap();
        let lent = vault.lend(&name()).unwrap().expect("the key is there");
        assert!(disk.read(lent.path()).unwrap() == key.pem().as_bytes(), "{what}: it is the key");
        assert_eq!(lent.sha256(), key.public_key().sha256(), "{what}");
        assert_eq!(disk.permissions(lent.path()).unwrap() & 0o077, 0, "{what}");
        assert_eq!(lent.is_temporary(), !lends_its_own, "{what}");
        let path = lent.path().to_owned();
        drop(lent);
        assert_eq!(disk.kind(&path).unwrap().is_some(), *lends_its_own, "{what}");
        holds(&form, Some(&key));
    }
}

#[test]
fn a_key_that_is_given_up_has_its_name_no_more() {
    let [key, other] = keys();
    for form in forms() {
        let Form { what, vault, .. } = &form;
        vault.put(&name(), &key).unwrap();
        vault.give_up(&listed(&key, false)).unwrap();
        holds(&form, None);
        let again = vault.give_up(&listed(&key, false)).unwrap_err();
        assert!(matches!(again, VaultError::Gone { .. }), "{what}: {again:?}");
        vault.put(&name(), &other).unwrap();
        holds(&form, Some(&other));
    }
}

#[test]
fn of_keys_that_are_put_at_once_one_wins_and_none_is_lost_silently() {
    let source = PooledKeys::new(3);
    let keys: Vec<_> = (0..8).map(|_| source.generate().unwrap()).collect();
    for form in forms() {
        let Form { what, vault, .. } = &form;
        let answers: Vec<_> = thread::scope(|scope| {
            let put = |key| scope.spawn(move || vault.put(&name(), key));
            let threads: Vec<_> = keys.iter().map(put).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let winner = form.vault.get(&name()).unwrap().expect("one of them is kept");
        for (key, answer) in keys.iter().zip(answers) {
            let is_winner = key.public_key() == winner.public_key();
            match answer {
                Ok(_) => assert!(is_winner, "{what}"),
                Err(VaultError::AnotherKey { found, .. }) => {
                    assert!(!is_winner && found == print(&winner), "{what}");
                }
                Err(other) => panic!("{what}: {other:?}"),
            }
        }
    }
}

#[test]
fn nothing_of_a_key_is_in_what_a_vault_shows() {
    let [key, other] = keys();
    for form in forms() {
        let Form { what, vault, .. } = &form;
        vault.put(&name(), &key).unwrap();
        let lent = vault.lend(&name()).unwrap();
        let refused = vault.put(&name(), &other).unwrap_err();
        let shown = format!("{vault:?} {refused} {refused:?} {lent:?} {:?}", vault.list());
        for line in key.pem().lines().chain(other.pem().lines()).filter(|line| line.len() > 24) {
            assert!(!shown.contains(line), "{what}");
        }
    }
}
