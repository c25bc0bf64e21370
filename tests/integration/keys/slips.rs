//! What people paste that is nearly a public key: the mistake is named by its code, and the line is
//! told as it should be.

use keyform::keys::PublicKeyProblem;

use super::*;

/// A key of 256 bits, whose key data needs its padding and has both signs of base64.
const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU= ann@acme";

fn problem(text: &str) -> PublicKeyProblem {
    GivenKey::parse(text.as_bytes()).expect_err(text)
}

/// Fails unless a text is refused with this code, and with this line as what was meant.
#[track_caller]
fn assert_slip(text: &str, code: &str, line: Option<&str>) {
    let problem = problem(text);
    assert_eq!((problem.code().as_str(), problem.line()), (code, line), "{problem}: {text}");
    assert!(!problem.to_string().contains("make a new"), "{problem}");
    if let Some(line) = line {
        assert_eq!(parsed(line).line(), line, "{text}");
    }
}

fn wrapped(text: &str, width: usize, end: &str) -> String {
    let pieces = text.as_bytes().chunks(width).map(|piece| String::from_utf8_lossy(piece));
    pieces.collect::<Vec<_>>().join(end)
}

#[test]
fn a_key_that_is_nearly_right_is_told_as_it_should_be() {
    let rsa = make(&Project::empty(), "rsa", "rsa", "3072");
    let rsa = rsa.trim();
    for line in [rsa, DSA.trim(), ECDSA] {
        let plain = without_comment(line);
        let (kind, data) = plain.split_once(' ').expect("a type");
        let comment = line.strip_prefix(&plain).expect("a comment");
        let base64 = |text: &str| Base64::encode_string(text.as_bytes());
        for (text, code, line) in [
            (base64(line), "publicKeyEncoded", line),
            (wrapped(&base64(&format!("{line}\n")), 76, "\n"), "publicKeyEncoded", line),
            (format!("{plain}\\n"), "publicKeyEscaped", &plain),
            (line.replace('/', "\\/") + "\\r\\n", "publicKeyEscaped", line),
            (line.replace(' ', "%20").replace('+', "%2B"), "publicKeyEscaped", line),
            (data.to_owned(), "publicKeyTypeMissing", &plain),
            (format!("{data}{comment}"), "publicKeyTypeMissing", line),
            (format!("{kind}{data}{comment}"), "publicKeySpaceMissing", line),
            (format!("\"{line}\""), "publicKeyQuoted", line),
            (format!("'{plain}'"), "publicKeyQuoted", &plain),
            (format!("[\"{line}\"],"), "publicKeyQuoted", line),
            (format!("\u{201c}{line}\u{201d}"), "publicKeyQuoted", line),
            (format!("- {line}"), "publicKeyQuoted", line),
            (format!("from=\"10.0.0.0/8,*.acme\",no-pty {line}"), "publicKeyOptions", line),
            (format!("command=\"echo ssh\" {line}"), "publicKeyOptions", line),
            (format!("restrict {line}"), "publicKeyOptions", line),
            (format!("{kind} {}{comment}", wrapped(data, 64, "\n")), "publicKeyWrapped", line),
            (format!("{kind} {}", wrapped(data, 70, "\r\n  ")), "publicKeyWrapped", &plain),
            (format!("{kind} {}{comment}", wrapped(data, 60, " ")), "publicKeyWrapped", line),
            (format!("{kind} {}", wrapped(data, 60, "\\\n")), "publicKeyEscaped", &plain),
            (format!("{kind}\n{data}{comment}"), "publicKeyWrapped", line),
            (
                format!("{kind} {}\u{200b}{}", &data[..40], &data[40..]),
                "publicKeyInvisibleCharacter",
                &plain,
            ),
            (
                format!("{}{comment} {data}", kind.to_uppercase()).replace(comment, ""),
                "publicKeyTypeMisspelled",
                &plain,
            ),
            (format!("{} {data}", kind.replace('-', "_")), "publicKeyTypeMisspelled", &plain),
            (format!("rsa-sha2-256 {data}"), "publicKeyTypeMisspelled", &plain),
            (format!("publicKey: {line}"), "textAroundPublicKey", line),
            (format!("ann:{line}"), "textAroundPublicKey", line),
            (format!("# the key of ann\n{line}"), "textAroundPublicKey", line),
            (format!("{line}\nand nothing else"), "textAroundPublicKey", line),
            (format!("$ cat ~/.ssh/id_rsa.pub\n{line}\n$"), "textAroundPublicKey", line),
        ] {
            assert_slip(&text, code, Some(line));
        }
    }
}

#[test]
fn key_data_that_was_altered_is_told_as_it_was() {
    let plain = without_comment(ECDSA);
    assert_slip(plain.trim_end_matches('='), "publicKeyAltered", Some(&plain));
    let of_urls = plain.replace('+', "-").replace('/', "_").replace("ecdsa_", "ecdsa-");
    let of_urls = of_urls.replace("nistp256_", "nistp256 ");
    assert_slip(&of_urls, "publicKeyAltered", Some(&plain));
}

#[test]
fn a_block_whose_ends_are_damaged_is_told_as_one_line() {
    let plain = without_comment(DSA);
    let cut = |text: &str, from: usize| text.lines().skip(from).collect::<Vec<_>>().join("\n");
    for text in [
        DSA_RFC4716.replace("---- ", "--- "),
        DSA_RFC4716.replace("---- BEGIN", "-----BEGIN"),
        DSA_RFC4716.replace(" ----\n", "\n"),
        DSA_RFC4716.replace("---- END SSH2 PUBLIC KEY ----", ""),
        cut(DSA_RFC4716, 1),
        DSA_PEM.replace("-----", "----"),
        DSA_PEM.replace("-----BEGIN PUBLIC KEY-----", "-----BEGIN PUBLIC KEY----"),
        DSA_PEM.replace("-----END PUBLIC KEY-----", ""),
        cut(DSA_PEM, 1),
    ] {
        assert_slip(&text, "publicKeyEndsDamaged", Some(&plain));
    }
    let commented = parsed(DSA_RFC4716).line();
    assert_slip(&format!("My key\n{DSA_RFC4716}"), "textAroundPublicKey", Some(&commented));
    assert_slip(&format!("{DSA_PEM}and more"), "textAroundPublicKey", Some(&plain));
}

#[test]
fn what_people_take_for_a_key_is_told_from_one() {
    let plain = without_comment(ECDSA);
    for host in ["web1", "web1.acme.example,10.0.0.7", "[10.0.0.7]:2222", "|1|F1E1=|k3R="] {
        assert_slip(&format!("{host} {plain}"), "hostKeyGiven", None);
    }
    assert_slip(&format!("@cert-authority *.acme.example {plain}"), "hostKeyGiven", None);
    for text in [
        "SHA256:bl2x/1AJFFzvX0YEDbMJpVTFN9prOfGUrryvrKY+G+I",
        "3072 SHA256:bl2x/1AJFFzvX0YEDbMJpVTFN9prOfGUrryvrKY+G+I ann@acme (RSA)",
        "MD5:3f:2e:82:56:94:4e:5b:92:13:a5:80:50:a5:22:d4:c1",
        "3f:2e:82:56:94:4e:5b:92:13:a5:80:50:a5:22:d4:c1",
    ] {
        assert_slip(text, "fingerprintGiven", None);
    }
    assert_slip("https://acme.example/ann.keys", "urlGiven", None);
    assert_slip("ssh-rsa AAAAB3NzaC1yc2EAAAADAQ...q1w2 ann@acme", "publicKeyShortened", None);
    assert_slip("ssh-rsa AAAAB3NzaC1yc2EAAAADAQ…q1w2", "publicKeyShortened", None);
    assert_slip("~/.ssh/id_rsa.pub", "notAPublicKey", None);
}

#[test]
fn a_key_that_cannot_be_imported_says_so_whatever_stands_around_it() {
    let key = line("ssh-ed25519", &fields("ssh-ed25519", &[&[7; 32]]));
    for text in [format!("\"{key}\""), format!("from=\"*\" {key}"), key.replace(' ', "")] {
        assert_slip(&text, "unsupportedKeyType", None);
    }
}
