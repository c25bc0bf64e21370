//! What holds a secret, or could, does not show it to developers: `Debug` is the form in which
//! values get into messages of panics and of tests.

use std::{fmt::Debug, path::Path, sync::Arc};

use keyform::{
    diagnostic::{Diagnostic, FieldCode, Place, Source},
    disk::{Disk, MemoryDisk},
    driver::Environment,
    keys::{KeySource, PooledKeys, PrivateKey},
    manifest,
    model::{CloudName, Fingerprint, ProjectName},
    session::OpenError,
    store::FileStore,
    vault::{
        CommandRun, CommandVault, Commands, Directory, Lender, MemoryVault, PlayedCommands,
        SystemKeys, Vault,
    },
};

use super::Secrets;

/// A disk with a private key, one that is damaged, and a temporary file of one.
fn disk(key: &PrivateKey) -> MemoryDisk {
    let memory = MemoryDisk::new();
    let disk: &dyn Disk = &memory;
    let pem = key.pem();
    disk.ensure_directory(Path::new("keys/retired")).expect("a directory");
    for (path, text) in [
        ("keys/web.pem", &pem[..]),
        ("keys/ops.pem", &pem[..pem.len() - 40]),
        ("keys/.new.pem.keyform-tmp", &pem[..pem.len() / 2]),
    ] {
        disk.create_durable(Path::new(path), text.as_bytes()).expect("a file");
    }
    memory
}

#[test]
fn nothing_of_a_vault_without_files_shows_a_private_key_by_debug() {
    let key = PooledKeys::new(8).generate().expect("a key");
    let pem = key.pem();
    let mut secrets = Secrets::default();
    secrets.add_key("of this test", pem.as_bytes());
    let name = CloudName::new("web");
    let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::new());
    let lender = Arc::new(Lender::new(disk, Some("shm/keyform".into())));
    let in_memory = MemoryVault::new(lender.clone());
    in_memory.put(&name, &key).expect("it is kept");
    let played = Arc::new(PlayedCommands::new());
    let choice = PlayedCommands::choice();
    let of_command = CommandVault::new(choice.clone(), "".as_ref(), played.clone(), lender.clone());
    of_command.put(&name, &key).expect("it is kept");
    let run = CommandRun {
        command: &choice.put,
        arguments: &["web"],
        directory: "".as_ref(),
        timeout: std::time::Duration::ZERO,
        pass_environment: &[],
        input: Some(pem.as_bytes()),
    };
    let failed = played.run(&run).map(drop);
    let environment = Environment::new([("KEY".into(), pem.to_string().into())]);
    let lent = in_memory.lend(&name);
    let shown = format!(
        "{in_memory:?} {lent:?} {lender:?} {of_command:?} {played:?} {run:?} {failed:?} {environment:?}"
    );
    assert_eq!(secrets.find(shown.as_bytes()), None, "{shown}");
}

#[test]
fn nothing_that_holds_a_private_key_shows_it_by_debug() {
    let key = PooledKeys::new(6).generate().expect("a key");
    let other = PooledKeys::new(7).generate().expect("a key");
    let mut secrets = Secrets::default();
    secrets.add_key("of this test", key.pem().as_bytes());
    secrets.add_key("of this test too", other.pem().as_bytes());
    let memory = disk(&key);
    let vault = Directory::new(Arc::new(memory.clone()), "keys".into());
    let name = CloudName::new;
    let source = Arc::new(Source { path: "web.yaml".to_owned(), text: key.pem().to_string() });
    let place = Place { source: source.clone(), line: 1, column: 1, length: 1 };
    let project = ProjectName::new("laws");
    let damaged = key.pem().replace("-----END", "");
    let dynamic: Arc<dyn Disk> = Arc::new(memory.clone());
    let store =
        FileStore::new(dynamic.clone(), ".keyform/state".into(), ".keyform".into(), project);
    let table: [(&str, Box<dyn Debug>); 17] = [
        ("Directory", Box::new(vault.clone())),
        ("what the vault holds", Box::new(vault.inspect(&name("web")))),
        ("what the vault cannot use", Box::new(vault.inspect(&name("ops")))),
        ("a key in the way of another", Box::new(vault.put(&name("web"), &other))),
        ("a damaged key in the way", Box::new(vault.put(&name("ops"), &key))),
        ("a key that cannot be put aside", {
            Box::new(vault.retire(&name("ops"), Fingerprint::from_bytes([0; 16])))
        }),
        ("PrivateKey", Box::new(key)),
        ("PemProblem", Box::new(PrivateKey::from_pem(damaged.as_bytes()))),
        ("PooledKeys", Box::new(PooledKeys::new(6))),
        ("SystemKeys", Box::new(SystemKeys)),
        ("MemoryDisk", Box::new(memory)),
        ("dyn Disk", Box::new(dynamic)),
        ("FileStore", Box::new(store)),
        ("Source", Box::new(source.clone())),
        (
            "Diagnostic",
            Box::new(
                Diagnostic::error(FieldCode::WrongType, place.clone(), "wrong")
                    .related(place, "here"),
            ),
        ),
        ("Loaded", Box::new(manifest::load(vec![source.clone()]))),
        ("OpenError", Box::new(OpenError::Manifests(manifest::load(vec![source]).diagnostics))),
    ];
    for (what, value) in table {
        for shown in [format!("{value:?}"), format!("{value:#?}"), format!("{value:x?}")] {
            assert!(!shown.is_empty());
            assert_eq!(secrets.find(shown.as_bytes()), None, "{what}");
        }
    }
}
