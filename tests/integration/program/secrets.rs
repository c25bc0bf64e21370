//! No private key is anywhere but in the directory of the private keys (L4). Every project of these
//! tests is searched when it is dropped; here each command that shows something has had its turn.

use keyform::keys::{KeySource, PooledKeys};

use crate::{leaks::Secrets, support::Project};

#[test]
fn a_private_key_is_in_no_file_but_its_own_and_in_no_output() {
    let project = Project::quickstart();
    project.apply();
    for arguments in [
        &["plan", "--destroy", "--format", "json", "-o", "plan.json"][..],
        &["plan", "--destroy"],
        &["status"],
        &["status", "--format", "json"],
        &["show"],
        &["show", "--format", "json"],
        &["show", "plan.json"],
        &["state", "list", "--format", "json"],
        &["state", "show"],
        &["apply", "plan.json"],
    ] {
        project.run(arguments).expect(0);
    }
    assert_eq!(project.leaks(), [""; 0]);
    let contents = project.contents();
    let keys: Vec<_> = contents.keys().filter(|file| file.starts_with("keys/")).collect();
    let [file] = keys[..] else { panic!("one key, put aside: {keys:?}") };
    assert!(file.starts_with("keys/retired/web."), "{file}");
}

#[test]
fn a_private_key_that_is_damaged_or_in_the_wrong_place_is_not_shown() {
    let key = PooledKeys::new(5).generate().expect("a key").pem();
    let mut secrets = Secrets::default();
    secrets.add_key("of this test", key.as_bytes());
    let encoded = key.replace('\n', "\\n");
    let indented = key.replace('\n', "\n    ");
    let manifest = |spec: &str| {
        format!("apiVersion: keyform/v1\nkind: KeyPair\nmetadata: {{name: new}}\nspec: {spec}\n")
    };
    for (file, text) in [
        ("keys/web.pem", key[..key.len() - 100].to_owned()),
        ("keys/web.pem", format!("{}a note", *key)),
        ("new.yaml", key.to_string()),
        ("new.yaml", manifest(&format!("{{publicKey: \"{encoded}\"}}"))),
        ("new.yaml", manifest(&format!("\n  publicKey: |\n    {indented}"))),
        ("new.yaml", manifest(&format!("{{tags: {{team: \"{encoded}\"}}}}"))),
        ("inventory.yaml", key.to_string()),
        ("plan.json", key.to_string()),
        (".keyform/lock", key.to_string()),
    ] {
        let project = Project::quickstart();
        project.write(file, text);
        for arguments in [
            &["validate"][..],
            &["validate", "--format", "json"],
            &["plan"],
            &["plan", "--format", "json"],
            &["status"],
            &["show", "plan.json"],
            &["apply", "plan.json"],
            &["apply", "--auto-approve"],
            &["state", "list"],
        ] {
            let shown = project.run(arguments).shown();
            assert_eq!(secrets.find(shown.as_bytes()), None, "{file}, {arguments:?}");
        }
    }
}
