//! No private key is anywhere but in the directory of the private keys (L4). Every project of these
//! tests is searched when it is dropped; here each command that shows something has had its turn.

use std::process::Command;

use base64ct::{Base64, Encoding};
use keyform::keys::{KeySource, PooledKeys, holds_private_key};

use crate::{
    leaks::Secrets,
    support::{Project, run},
};

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
    let body = key.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let base64 = Base64::encode_string(key.as_bytes());
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
        ("new.yaml", manifest(&format!("{{publicKey: {body}}}"))),
        ("new.yaml", manifest(&format!("{{{body}: 1}}"))),
        ("new.yaml", format!("{body}\n")),
        ("new.yaml", manifest(&format!("{{publicKey: {base64}}}"))),
        ("new.yaml", manifest(&format!("{{publicKeyFile: values.yaml, secretKey: {base64}}}"))),
        ("values.yaml", format!("databasePassword: {base64}\n")),
        ("values.yaml", format!("databasePassword: {}\nhost: [\n", &body[400..])),
        ("keyform.yaml", format!("databasePassword: {}\n", &body[400..])),
        ("inventory.yaml", key.to_string()),
        ("inventory.yaml", body.clone()),
        ("plan.json", key.to_string()),
        (".keyform/state/lock", key.to_string()),
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

#[test]
fn private_keys_of_other_programs_are_recognised_without_their_first_line_and_public_keys_are_not()
{
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| directory.path().join(name);
    let openssl = |arguments: &[&str], input: &str, output: &str| {
        let mut command = Command::new("openssl");
        command.args(arguments).arg("-out").arg(path(output));
        if !input.is_empty() {
            command.arg("-in").arg(path(input));
        }
        run(&mut command).expect(0);
    };
    let body = |name: &str| {
        let text = std::fs::read_to_string(path(name)).expect("a key");
        let lines = text.lines().filter(|line| !line.starts_with("--"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let parameters = [
        ("RSA", "rsa_keygen_bits:2048"),
        ("RSA", "rsa_keygen_bits:3072"),
        ("EC", "ec_paramgen_curve:P-256"),
        ("EC", "ec_paramgen_curve:P-384"),
    ];
    for (algorithm, parameter) in parameters {
        openssl(&["genpkey", "-algorithm", algorithm, "-pkeyopt", parameter], "", "key");
        openssl(&["pkey", "-traditional"], "key", "old");
        openssl(&["pkey", "-pubout"], "key", "public");
        for (name, is_private) in [("key", true), ("old", true), ("public", false)] {
            let body = body(name);
            assert_eq!(holds_private_key(&body), is_private, "{parameter}, {name}");
        }
    }
    openssl(&["genpkey", "-algorithm", "ED25519"], "", "key");
    assert!(holds_private_key(&body("key")));
    for (kind, bits) in [("ed25519", "256"), ("rsa", "2048"), ("ecdsa", "521")] {
        let mut generate = Command::new("ssh-keygen");
        generate.args(["-q", "-N", "", "-t", kind, "-b", bits, "-f"]).arg(path(kind));
        run(&mut generate).expect(0);
        assert!(holds_private_key(&body(kind)), "{kind}");
        assert!(!holds_private_key(&body(&format!("{kind}.pub"))), "{kind}");
    }
}
