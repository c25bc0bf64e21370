use super::*;

/// One key of each importable type, made by OpenSSH 9.2, after the fingerprints that `ssh-keygen -l`
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

#[test]
fn every_importable_type_is_read_and_has_the_fingerprints_of_ssh_keygen() {
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
fn one_line_is_read_and_no_other_form() {
    let (_, _, key) = samples()[0];
    for (text, expected) in [
        (String::new(), PublicKeyProblem::Empty),
        (format!("{key}\n{key}"), PublicKeyProblem::MoreText),
        ("-----BEGIN PUBLIC KEY-----\nMIIB".to_owned(), PublicKeyProblem::MoreText),
        ("---- BEGIN SSH2 PUBLIC KEY ----".to_owned(), PublicKeyProblem::UnknownType),
        (format!("command=\"id\" {key}"), PublicKeyProblem::Options),
        ("ssh-ed25519 AAAA".to_owned(), PublicKeyProblem::NotImportable("ssh-ed25519")),
    ] {
        assert_eq!(PublicKey::parse(&text), Err(expected), "{text:?}");
    }
}

#[test]
fn key_data_is_read_to_its_last_byte_and_is_of_the_type_that_the_line_says() {
    for (_, _, key) in samples() {
        let (name, data) = key.split_once(' ').unwrap();
        let bytes = Base64::decode_vec(data).unwrap();
        let read = |bytes: &[u8]| PublicKey::from_blob(bytes).unwrap_err();
        assert_eq!(read(&bytes[..bytes.len() - 1]), PublicKeyProblem::CutOff);
        assert_eq!(read(&[&bytes[..], b"x"].concat()), PublicKeyProblem::TrailingBytes);
        let other = if name == "ssh-rsa" { "ssh-dss" } else { "ssh-rsa" };
        let said = KeyType::named(other).unwrap();
        let problem = PublicKey::parse(&format!("{other} {data}")).unwrap_err();
        assert_eq!(problem, PublicKeyProblem::TypesDisagree { said });
    }
}

#[test]
fn the_fingerprint_of_a_line_is_that_of_its_key_if_it_has_one() {
    for (_, _, line) in samples() {
        let key = PublicKey::parse(line).expect("a key");
        assert_eq!(line_fingerprint(line), Some(key.fingerprint()));
        let of_another_type = format!("ssh-other {}", line.split(' ').nth(1).expect("its data"));
        assert_eq!(line_fingerprint(&of_another_type), None);
    }
    for line in ["", "ssh-rsa", "ssh-rsa AAAAB3Nza12345678qwertyuudsfsg"] {
        assert_eq!(line_fingerprint(line), None, "{line}");
    }
}
