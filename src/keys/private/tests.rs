use std::{
    io::Write,
    process::{Command, Stdio},
};

use tempfile::NamedTempFile;

use super::*;
use crate::{
    keys::{KeySource, PooledKeys},
    model::{KeyAlgorithm, PemForm},
};

fn key() -> PrivateKey {
    PooledKeys::new(0).generate().unwrap()
}

/// What a program answers to an input; these tests need OpenSSL and OpenSSH.
fn run(program: &str, arguments: &[&str], input: &str) -> String {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| panic!("this test needs {program}: {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn problem(text: &str) -> PemProblem {
    PrivateKey::from_pem(text.as_bytes()).unwrap_err()
}

/// The PEM with other bytes in its DER: those that `from` names become `to`.
fn with_bytes(key: &PrivateKey, from: &[u8], to: &[u8]) -> String {
    let mut der = key.der.to_vec();
    let at = der.windows(from.len()).position(|window| window == from).unwrap();
    der[at..at + to.len()].copy_from_slice(to);
    pem::encode(&der).to_string()
}

#[test]
fn a_key_is_pkcs8_pem_with_lf_and_reads_back_as_itself() {
    let key = key();
    let text = key.pem();
    assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(text.ends_with("\n-----END PRIVATE KEY-----\n"));
    assert!(!text.contains('\r'));
    let again = PrivateKey::from_pem(text.as_bytes()).unwrap();
    assert_eq!(*again.pem(), *text);
    assert_eq!(again.public_key(), key.public_key());
}

#[test]
fn white_space_around_the_key_and_crlf_are_accepted() {
    let key = key();
    let text = key.pem();
    let variants =
        [text.trim_end().to_owned(), format!("\n{}\n\n", *text), text.replace('\n', "\r\n")];
    for variant in variants {
        let read = PrivateKey::from_pem(variant.as_bytes()).unwrap();
        assert_eq!(*read.pem(), *text);
    }
}

#[test]
fn openssl_and_ssh_keygen_open_the_key_as_it_is_and_agree_on_its_public_half() {
    let key = key();
    run("openssl", &["pkey", "-check", "-noout"], &key.pem());
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(key.pem().as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let public = run("ssh-keygen", &["-y", "-f", path], "");
    assert_eq!(public.trim_end(), key.public_key().openssh());
    let fingerprints = [
        ("md5", key.public_key().fingerprint().to_string()),
        ("sha256", key.public_key().sha256()),
    ];
    for (hash, fingerprint) in fingerprints {
        let shown = run("ssh-keygen", &["-l", "-E", hash, "-f", path], "");
        assert_eq!(shown.split(' ').nth(1), Some(fingerprint.as_str()));
    }
}

#[test]
fn a_key_of_openssl_is_read() {
    let text =
        run("openssl", &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "");
    let key = PrivateKey::from_pem(text.as_bytes()).unwrap();
    assert_eq!(*key.pem(), text);
}

#[test]
fn other_keys_of_openssl_are_refused_with_their_reason() {
    let generate = |options: &[&str]| run("openssl", &[&["genpkey"], options].concat(), "");
    let curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let small = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"];
    assert_eq!(
        problem(&generate(&curve)),
        PemProblem::OtherAlgorithm { algorithm: KeyAlgorithm::Ec }
    );
    let edwards = generate(&["-algorithm", "ED25519"]);
    assert_eq!(problem(&edwards), PemProblem::OtherAlgorithm { algorithm: KeyAlgorithm::Ed25519 });
    assert_eq!(problem(&generate(&small)), PemProblem::OtherSize { bits: 1024 });
    let traditional = run("openssl", &["pkey", "-traditional"], &key().pem());
    assert_eq!(problem(&traditional), PemProblem::OtherForm { form: PemForm::Pkcs1 });
    let public = run("openssl", &["pkey", "-pubout"], &key().pem());
    assert_eq!(problem(&public), PemProblem::OtherContent);
    let encrypt = ["pkcs8", "-topk8", "-passout", "pass:none"];
    assert_eq!(problem(&run("openssl", &encrypt, &key().pem())), PemProblem::Encrypted);
}

#[test]
fn what_is_not_the_pem_of_one_key_is_refused_with_its_reason() {
    let key = key();
    let text = key.pem();
    let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    let table = [
        (String::new(), PemProblem::NotPem),
        ("ssh-rsa AAAA".to_owned(), PemProblem::NotPem),
        (format!("a note\n{}", *text), PemProblem::NotPem),
        (openssh.to_owned(), PemProblem::OtherForm { form: PemForm::OpenSsh }),
        (format!("{}a note\n", *text), PemProblem::TrailingText),
        (format!("{}{}", *text, *text), PemProblem::TrailingText),
        (text[..text.len() / 2].to_owned(), PemProblem::Damaged),
        (text.replacen("\nM", "\n!", 1), PemProblem::Damaged),
        (pem::encode(&key.der[..1000]).to_string(), PemProblem::Damaged),
        (pem::encode(&[&key.der[..], b"more"].concat()).to_string(), PemProblem::Damaged),
    ];
    for (text, expected) in table {
        assert_eq!(problem(&text), expected);
    }
    assert_eq!(PrivateKey::from_pem(&[0xff, 0xfe]).unwrap_err(), PemProblem::NotPem);
}

#[test]
fn a_key_whose_primes_do_not_make_its_modulus_is_inconsistent() {
    let key = key();
    // An odd change in the middle of the modulus, and one in the middle of the first prime, which
    // comes after the private exponent of 256 bytes.
    let modulus = key.der[100..110].to_vec();
    let changed: Vec<u8> = modulus.iter().map(|byte| byte ^ 1).collect();
    assert_eq!(problem(&with_bytes(&key, &modulus, &changed)), PemProblem::Inconsistent);
    let prime = key.der[620..630].to_vec();
    let changed: Vec<u8> = prime.iter().map(|byte| byte ^ 1).collect();
    assert_eq!(problem(&with_bytes(&key, &prime, &changed)), PemProblem::Inconsistent);
}

#[test]
fn a_key_shows_its_fingerprint_only() {
    let key = key();
    assert_eq!(format!("{key:?}"), format!("PrivateKey({})", key.public_key().fingerprint()));
    assert_eq!(format!("{key:#?}"), format!("PrivateKey({})", key.public_key().fingerprint()));
}

#[test]
fn no_message_repeats_what_was_read() {
    let key = key();
    let text = key.pem().replace("-----END", "hunter2");
    for text in [text.as_str(), "hunter2", "-----BEGIN hunter2-----"] {
        let message = problem(text).to_string();
        assert!(!message.contains("hunter2") && !message.contains("MII"), "{message}");
    }
}
