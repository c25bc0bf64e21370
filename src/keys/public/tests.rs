use super::*;

/// One key of each importable type, made by OpenSSH 9.2, after the prints that `ssh-keygen -l`
/// shows for it.
const SAMPLES: &str = include_str!("samples.txt");

fn samples() -> Vec<(&'static str, &'static str, &'static str)> {
    let sample = |line: &'static str| {
        let (md5, rest) = line.split_once(' ').unwrap();
        let (sha256, key) = rest.split_once(' ').unwrap();
        (md5, sha256, key)
    };
    SAMPLES.lines().map(sample).collect()
}

fn problem(line: &str) -> PublicKeyProblem {
    PublicKey::parse(line).unwrap_err()
}

#[test]
fn every_importable_type_is_read_and_has_the_prints_of_ssh_keygen() {
    let types: Vec<_> =
        samples().iter().map(|(_, _, key)| key.split(' ').next().unwrap()).collect();
    let importable =
        ["ssh-rsa", "ssh-dss", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
    assert_eq!(types, importable);
    for (md5, sha256, key) in samples() {
        let read = PublicKey::parse(key).unwrap();
        assert_eq!(read.fingerprint().to_string(), md5);
        assert_eq!(read.sha256(), sha256);
        assert_eq!(read.openssh(), key);
    }
}

#[test]
fn comments_and_white_space_do_not_change_the_key() {
    let (_, _, key) = samples()[0];
    let read = PublicKey::parse(key).unwrap();
    let wide = key.replace(' ', " \t ");
    for text in [
        format!("{key} ops@acme"),
        format!("{key} Zoë at work\r\n"),
        format!("\n  {wide}  \n\n"),
        format!("{key} with several words"),
    ] {
        assert_eq!(PublicKey::parse(&text), Ok(read.clone()), "{text:?}");
    }
}

#[test]
fn the_short_print_starts_the_sha256_print() {
    let (_, _, key) = samples()[0];
    // base64 of ab b4 8c 5f is `q7SMXw`, with which the SHA-256 print of this key begins.
    assert_eq!(PublicKey::parse(key).unwrap().short_sha256(), "abb48c5f");
}

#[test]
fn what_is_not_an_importable_key_is_refused_with_its_reason() {
    let (_, _, rsa) = samples()[0];
    let (_, _, ecdsa) = samples()[2];
    let data = rsa.split(' ').nth(1).unwrap();
    let table = [
        (String::new(), PublicKeyProblem::Empty),
        (" \r\n".to_owned(), PublicKeyProblem::Empty),
        (format!("{rsa}\n{ecdsa}"), PublicKeyProblem::SeveralLines),
        ("-----BEGIN PRIVATE KEY-----\nMIIE".to_owned(), PublicKeyProblem::PrivateKey),
        ("-----BEGIN OPENSSH PRIVATE KEY-----".to_owned(), PublicKeyProblem::PrivateKey),
        ("-----BEGIN PUBLIC KEY-----\nMIIB".to_owned(), PublicKeyProblem::Pem),
        (format!("ssh-rsa-cert-v01@openssh.com {data}"), PublicKeyProblem::Certificate),
        (format!("ssh-dss-cert-v00@openssh.com {data}"), PublicKeyProblem::Certificate),
        (format!("ssh-ed25519 {data}"), PublicKeyProblem::NotImportable("ssh-ed25519")),
        (format!("command=\"id\" {rsa}"), PublicKeyProblem::UnknownType),
        (data.to_owned(), PublicKeyProblem::UnknownType),
        ("ssh-rsa".to_owned(), PublicKeyProblem::Damaged),
        ("ssh-rsa AAAA".to_owned(), PublicKeyProblem::Damaged),
        ("ssh-rsa not-base64!".to_owned(), PublicKeyProblem::Damaged),
        (rsa[..rsa.len() - 8].to_owned(), PublicKeyProblem::Damaged),
        (format!("ssh-dss {data}"), PublicKeyProblem::Damaged),
        (format!("ecdsa-sha2-nistp384 {}", &ecdsa[20..]), PublicKeyProblem::Damaged),
    ];
    for (text, expected) in table {
        assert_eq!(problem(&text), expected, "{text:?}");
    }
}

#[test]
fn an_rsa_key_whose_modulus_is_zero_or_negative_is_damaged() {
    // Type, exponent 65537, and a modulus that is empty or has its sign bit set.
    for data in ["AAAAB3NzaC1yc2EAAAADAQABAAAAAA==", "AAAAB3NzaC1yc2EAAAADAQABAAAAAf8="] {
        assert_eq!(problem(&format!("ssh-rsa {data}")), PublicKeyProblem::Damaged);
    }
}

#[test]
fn no_message_repeats_what_was_read() {
    for text in ["hunter2 AAAA", "ssh-rsa hunter2", "-----BEGIN PRIVATE KEY-----hunter2"] {
        assert!(!problem(text).to_string().contains("hunter2"));
    }
}

#[test]
fn the_message_on_a_type_lists_what_is_importable() {
    insta::assert_snapshot!(problem("ssh-ed25519 AAAA"), @"it is of type ssh-ed25519, which ECS does not import; it imports ssh-rsa, ssh-dss and ecdsa-sha2-nistp256, -nistp384 and -nistp521");
}
