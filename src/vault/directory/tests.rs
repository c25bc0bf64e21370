use std::{os::unix::fs::PermissionsExt, process::Command};

use super::{flipping_disk::FlippingDisk, *};
use crate::{
    disk::{MemoryDisk, RealDisk},
    keys::{KeySource, PooledKeys},
    model::{Fingerprint, NameDanger, PemForm, PemProblem},
};

fn key(seed: u64) -> PrivateKey {
    PooledKeys::new(seed).generate().unwrap()
}

fn name() -> CloudName {
    CloudName::new("web")
}

fn vault(disk: &MemoryDisk) -> Directory {
    Directory::new(Arc::new(disk.clone()), PathBuf::from("keys"))
}

fn stored(disk: &MemoryDisk, key: &PrivateKey) -> Directory {
    let vault = vault(disk);
    assert_eq!(vault.put(&name(), key).unwrap(), Stored::Created);
    vault
}

fn put(disk: &MemoryDisk, path: &str, content: &[u8]) {
    let disk: &dyn Disk = disk;
    disk.ensure_directory(Path::new(path).parent().unwrap()).unwrap();
    disk.create_durable(Path::new(path), content).unwrap();
}

fn present(key: &PrivateKey) -> VaultKey {
    let public = key.public_key();
    VaultKey::Present {
        fingerprint: public.fingerprint(),
        public_key: public.openssh().to_owned(),
        exposed: None,
        was_read: true,
    }
}

fn retired_path(key: &PrivateKey) -> PathBuf {
    PathBuf::from(format!("keys/retired/web.{}.pem", key.public_key().short_sha256()))
}

fn fingerprint(key: &PrivateKey) -> Fingerprint {
    key.public_key().fingerprint()
}

#[test]
fn a_vault_without_a_directory_holds_nothing_and_makes_none_to_say_so() {
    let disk = MemoryDisk::new();
    let vault = vault(&disk);
    assert_eq!(vault.inspect(&name()).unwrap(), VaultKey::Absent);
    vault.clean().unwrap();
    assert_eq!(vault.retire(&name(), fingerprint(&key(0))).unwrap(), Retired::NotHere);
    assert_eq!(disk.kind(Path::new("keys")).unwrap(), None);
}

#[test]
fn a_stored_key_is_one_file_with_its_pem_and_nothing_beside_it() {
    let disk = MemoryDisk::new();
    let key = key(0);
    let vault = stored(&disk, &key);
    assert_eq!(vault.inspect(&name()).unwrap(), present(&key));
    let files: Vec<_> = disk.files().into_iter().collect();
    let expected = (PathBuf::from("keys/web.pem"), key.pem().as_bytes().to_vec());
    assert!(files == [expected], "another set of files");
}

#[test]
fn a_key_that_is_there_already_is_not_written_again() {
    let disk = MemoryDisk::new();
    let key = key(0);
    let vault = stored(&disk, &key);
    assert_eq!(vault.put(&name(), &key).unwrap(), Stored::AlreadyThere);
    assert_eq!(disk.files().len(), 1);
}

/// For a key that the service is about to make: its place is tried, and nothing is left in it.
#[test]
fn room_for_a_key_is_tried_before_there_is_one() {
    let disk = MemoryDisk::new();
    let room = vault(&disk);
    room.make_room(&name()).unwrap();
    assert_eq!(disk.files().len(), 0);
    assert_eq!(room.put(&name(), &key(0)).unwrap(), Stored::Created);
    let taken = room.make_room(&name()).unwrap_err();
    assert!(matches!(taken, VaultError::Taken { found, .. } if found == fingerprint(&key(0))));

    let disk = MemoryDisk::new();
    put(&disk, "keys/web.pem", b"no key");
    let refused = vault(&disk).make_room(&name()).unwrap_err();
    assert!(matches!(refused, VaultError::Unusable { .. }));

    let disk = MemoryDisk::new();
    put(&disk, "keys/other.pem", b"");
    disk.make_read_only(Path::new("keys"));
    assert!(matches!(vault(&disk).make_room(&name()).unwrap_err(), VaultError::Io { .. }));
}

#[test]
fn another_key_under_the_name_is_refused_and_stays() {
    let disk = MemoryDisk::new();
    let (here, other) = (key(0), key(1));
    let vault = stored(&disk, &here);
    let error = vault.put(&name(), &other).unwrap_err();
    assert!(matches!(&error, VaultError::AnotherKey { place: Place::File(path), found, expected }
        if path == Path::new("keys/web.pem")
            && *found == fingerprint(&here)
            && *expected == fingerprint(&other)));
    assert_eq!(vault.inspect(&name()).unwrap(), present(&here));
}

#[test]
fn what_is_not_a_key_is_unusable_named_and_never_touched() {
    let contents: [(&[u8], PemProblem); 4] = [
        (b"", PemProblem::NotPem),
        (b"hunter2", PemProblem::NotPem),
        (
            b"-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\n",
            PemProblem::OtherForm { form: PemForm::Pkcs1 },
        ),
        (b"-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n", PemProblem::Damaged),
    ];
    for (content, problem) in contents {
        let disk = MemoryDisk::new();
        put(&disk, "keys/web.pem", content);
        refuses_what_is_there(&disk, &KeyFileProblem::NotAKey { file: file(), problem });
        assert_eq!(disk.files()[Path::new("keys/web.pem")], content);
    }
}

#[test]
fn a_symlink_or_a_directory_in_the_place_of_a_key_is_unusable_and_not_followed() {
    let disk = MemoryDisk::new();
    let directory: &dyn Disk = &disk;
    directory.ensure_directory(Path::new("keys/web.pem")).unwrap();
    let not_a_file = |found| KeyFileProblem::NotAFile { file: file(), found };
    refuses_what_is_there(&disk, &not_a_file(PathKind::Directory));

    let disk = MemoryDisk::new();
    put(&disk, "keys/elsewhere", key(0).pem().as_bytes());
    disk.put_symlink(Path::new("keys/web.pem"));
    refuses_what_is_there(&disk, &not_a_file(PathKind::Symlink));
}

/// Every use of the vault refuses what is there with this problem, in which nothing of it is shown.
fn refuses_what_is_there(disk: &MemoryDisk, expected: &KeyFileProblem) {
    let vault = vault(disk);
    let before = disk.files();
    let errors = [
        vault.put(&name(), &key(0)).unwrap_err(),
        vault.retire(&name(), fingerprint(&key(0))).unwrap_err(),
    ];
    for error in errors {
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        assert!(
            matches!(&error, VaultError::Unusable { problem } if problem == expected),
            "{error:?}"
        );
    }
    let unusable = VaultKey::Unusable { problem: expected.clone() };
    assert_eq!(vault.inspect(&name()).unwrap(), unusable);
    assert!(disk.files() == before, "a file was touched");
}

fn file() -> String {
    "keys/web.pem".to_owned()
}

#[test]
fn a_vault_reached_through_a_symlink_is_refused() {
    let disk = MemoryDisk::new();
    disk.put_symlink(Path::new("keys"));
    let vault = vault(&disk);
    let errors = [
        vault.inspect(&name()).unwrap_err(),
        vault.put(&name(), &key(0)).unwrap_err(),
        vault.retire(&name(), fingerprint(&key(0))).unwrap_err(),
        vault.clean().unwrap_err(),
    ];
    for error in errors {
        assert!(
            matches!(error, VaultError::NotADirectory { found: PathKind::Symlink, .. }),
            "{error}"
        );
    }
}

#[test]
fn a_name_that_leads_out_of_the_directory_is_never_a_file() {
    let disk = MemoryDisk::new();
    let vault = vault(&disk);
    let outside = CloudName::new("../web");
    let error = vault.put(&outside, &key(0)).unwrap_err();
    let problem = KeyFileProblem::Name { name: outside.clone(), danger: NameDanger::LeadingDot };
    assert!(matches!(error, VaultError::Unusable { problem: told } if told == problem));
    assert_eq!(vault.inspect(&outside).unwrap(), VaultKey::Unusable { problem });
    assert!(disk.files().is_empty());
}

#[test]
fn a_retired_key_frees_its_name_for_the_next_as_often_as_wanted() {
    let disk = MemoryDisk::new();
    let (one, two) = (key(1), key(2));
    let vault = stored(&disk, &one);
    assert_eq!(vault.retire(&name(), fingerprint(&one)).unwrap(), Retired::Moved);
    assert_eq!(vault.inspect(&name()).unwrap(), VaultKey::Absent);
    assert_eq!(vault.retire(&name(), fingerprint(&one)).unwrap(), Retired::AlreadyMoved);
    vault.put(&name(), &two).unwrap();
    assert_eq!(vault.retire(&name(), fingerprint(&one)).unwrap(), Retired::AlreadyMoved);
    assert_eq!(vault.retire(&name(), fingerprint(&two)).unwrap(), Retired::Moved);
    let mut expected = [retired_path(&one), retired_path(&two)];
    expected.sort();
    assert!(disk.files().keys().eq(&expected));
}

#[test]
fn retiring_another_key_than_the_one_that_is_there_is_refused() {
    let disk = MemoryDisk::new();
    let here = key(0);
    let vault = stored(&disk, &here);
    let error = vault.retire(&name(), fingerprint(&key(1))).unwrap_err();
    assert!(matches!(error, VaultError::AnotherKey { .. }), "{error}");
    assert_eq!(vault.inspect(&name()).unwrap(), present(&here));
}

#[test]
fn a_foreign_file_among_the_retired_keys_is_not_replaced() {
    let disk = MemoryDisk::new();
    let key = key(0);
    let vault = stored(&disk, &key);
    let path = retired_path(&key);
    put(&disk, path.to_str().unwrap(), b"mine");
    let error = vault.retire(&name(), fingerprint(&key)).unwrap_err();
    assert!(matches!(error, VaultError::Unusable { .. }), "{error}");
    assert_eq!(vault.inspect(&name()).unwrap(), present(&key));
    assert_eq!(disk.files()[&path], b"mine");
}

#[test]
fn a_pair_whose_name_starts_like_another_does_not_take_its_retired_key() {
    let disk = MemoryDisk::new();
    let key = key(0);
    let vault = stored(&disk, &key);
    vault.retire(&name(), fingerprint(&key)).unwrap();
    for other in ["we", "web.", "web-g2"] {
        let answer = vault.retire(&CloudName::new(other), fingerprint(&key));
        assert_eq!(answer.unwrap(), Retired::NotHere, "{other}");
    }
}

#[test]
fn a_key_that_reads_back_differently_is_not_reported_stored() {
    let vault = Directory::new(Arc::new(FlippingDisk::default()), PathBuf::from("keys"));
    let error = vault.put(&name(), &key(0)).unwrap_err();
    assert!(matches!(error, VaultError::ReadBack { .. }), "{error}");
}

#[test]
fn neither_debug_nor_an_error_shows_a_key() {
    let disk = MemoryDisk::new();
    let (key, other) = (key(0), key(1));
    let vault = stored(&disk, &key);
    assert_eq!(format!("{vault:?}"), r#"Directory { directory: "keys", .. }"#);
    let error = vault.put(&name(), &other).unwrap_err();
    let shown = format!("{error} {error:?}");
    for line in key.pem().lines() {
        assert!(!shown.contains(line));
    }
}

#[test]
fn on_a_real_disk_only_the_owner_may_read_and_ssh_opens_the_key_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("deep/keys");
    let vault = Directory::new(Arc::new(RealDisk), directory.clone());
    let key = key(0);
    vault.put(&name(), &key).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = vault.path(&name()).unwrap();
    assert_eq!((mode(&path), mode(&directory)), (0o600, 0o700));
    let output = Command::new("ssh-keygen").arg("-y").arg("-f").arg(&path).output();
    let output = output.expect("this test needs ssh-keygen");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), key.public_key().openssh());

    assert_eq!(vault.retire(&name(), fingerprint(&key)).unwrap(), Retired::Moved);
    let retired = directory.join("retired");
    let moved = retired.join(format!("web.{}.pem", key.public_key().short_sha256()));
    assert_eq!((mode(&moved), mode(&retired)), (0o600, 0o700));
    assert!(!path.exists());
}

#[test]
fn a_directory_that_others_can_write_to_is_refused_by_everything() {
    let key = key(0);
    for bits in [0o777, 0o770, 0o720, 0o702, 0o1777] {
        let disk = MemoryDisk::new();
        let vault = stored(&disk, &key);
        let before = disk.files();
        disk.set_permissions(Path::new("keys"), bits);
        let answers = [
            vault.inspect(&name()).map(|_| ()),
            vault.clean(),
            vault.put(&name(), &key).map(|_| ()),
            vault.retire(&name(), fingerprint(&key)).map(|_| ()),
        ];
        for answer in answers {
            assert!(matches!(answer, Err(VaultError::WritableByOthers { .. })), "{bits:o}");
        }
        assert!(disk.files() == before, "{bits:o}: something was changed");
        disk.set_permissions(Path::new("keys"), 0o755);
        assert_eq!(vault.inspect(&name()).unwrap(), present(&key), "that others look is no harm");
    }
}

#[test]
fn a_key_that_others_can_use_is_told_with_its_file() {
    let disk = MemoryDisk::new();
    let vault = stored(&disk, &key(0));
    let table = [(0o600, None), (0o400, None), (0o640, Some("0640")), (0o604, Some("0604"))];
    for (bits, mode) in table {
        disk.set_permissions(Path::new("keys/web.pem"), bits);
        let VaultKey::Present { exposed, .. } = vault.inspect(&name()).unwrap() else {
            panic!("it is there");
        };
        let expected = mode.map(|mode| ExposedKey { file: file(), mode: mode.to_owned() });
        assert_eq!(exposed, expected, "{bits:o}");
    }
}
