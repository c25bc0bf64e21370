use base64ct::{Base64Url, Base64UrlUnpadded};
use keyform::keys::PublicKeyProblem;

use super::*;

/// A file of PuTTY, with its body made up.
const PUTTY: &str = "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 1\n\
                     AAAA\nPrivate-Lines: 1\nAAAA\nPrivate-MAC: 00\n";

#[track_caller]
fn assert_recognised(what: &str, bytes: &[u8]) {
    let parsed = GivenKey::parse(bytes);
    assert!(matches!(parsed, Err(PublicKeyProblem::PrivateKeyGiven(_))), "{what}: {parsed:?}");
}

/// A private key in every form that `ssh-keygen` and `openssl` write.
fn files(project: &Project) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (kind, bits) in [("rsa", "2048"), ("ecdsa", "256"), ("ed25519", "256")] {
        make(project, kind, kind, bits);
        files.push((format!("{kind} in OpenSSH"), project.read(kind)));
    }
    for (kind, format) in [("rsa", "PEM"), ("rsa", "PKCS8"), ("ecdsa", "PEM"), ("ecdsa", "PKCS8")] {
        for (passphrase, protection) in [("", "plain"), ("secret", "encrypted")] {
            let copy = format!("{kind}-{format}-{protection}");
            project.write(&copy, project.read(kind));
            output(project, "chmod", &["600", &copy]);
            let convert = ["-q", "-p", "-P", "", "-N", passphrase, "-m", format, "-f", &copy];
            output(project, "ssh-keygen", &convert);
            files.push((copy.clone(), project.read(&copy)));
        }
    }
    files
}

/// Whether the first bytes of a body say that it is private. The traditional encrypted form of
/// OpenSSL has bytes there that look random, and says so only in its boundary.
fn tells_without_boundary(text: &str) -> bool {
    !text.contains("Proc-Type:")
}

#[test]
fn a_private_key_is_recognised_with_and_without_its_boundaries() {
    let project = Project::empty();
    for (what, text) in files(&project) {
        assert_recognised(&what, text.as_bytes());
        assert_recognised(&what, format!("# my key\n\n{text}").as_bytes());
        assert_recognised(&what, format!("ssh-rsa {}", text.replace('\n', " ")).as_bytes());
        let lines: Vec<&str> = text.lines().collect();
        // The end alone, and everything but the end.
        assert_recognised(&what, lines[lines.len() - 3..].join("\n").as_bytes());
        assert_recognised(&what, lines[..lines.len() - 1].join("\n").as_bytes());
        if tells_without_boundary(&text) {
            let body = &lines[1..lines.len() - 1];
            assert_recognised(&what, body.join("\n").as_bytes());
            assert_recognised(&what, body.concat().as_bytes());
            assert_recognised(&what, format!("ssh-rsa {} me", body.concat()).as_bytes());
            assert_recognised(&what, body[0].as_bytes());
        }
    }
}

/// What people paste of a key, by what it is called.
fn pasted(project: &Project) -> Vec<(&'static str, String)> {
    make(project, "key", "rsa", "2048");
    let openssh = project.read("key");
    output(project, "cp", &["key", "pkcs8"]);
    let convert = ["-q", "-p", "-P", "", "-N", "", "-m", "PKCS8", "-f", "pkcs8"];
    output(project, "ssh-keygen", &convert);
    let der = |format: &[&str]| {
        output(project, "openssl", &[&["pkey", "-in", "pkcs8", "-out", "der"], format].concat());
        std::fs::read(project.path("der")).expect("a file")
    };
    let pkcs8 = der(&["-outform", "DER"]);
    let pkcs1 = der(&["-traditional", "-outform", "DER"]);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    vec![
        ("OpenSSH", openssh.clone()),
        ("PEM", project.read("pkcs8")),
        ("escaped line ends", openssh.replace('\n', "\\n")),
        ("base64 of PEM", Base64::encode_string(openssh.as_bytes())),
        ("base64url of PEM", Base64Url::encode_string(format!("{openssh}???").as_bytes())),
        ("base64 of PKCS#8", Base64::encode_string(&pkcs8)),
        ("base64url of PKCS#1", Base64UrlUnpadded::encode_string(&pkcs1)),
        ("base64 of base64", Base64::encode_string(Base64::encode_string(&pkcs8).as_bytes())),
        ("hex", hex(&pkcs1)),
        ("hex of PEM", hex(openssh.as_bytes())),
    ]
}

#[test]
fn the_way_to_the_public_half_that_is_named_leads_there() {
    let project = Project::empty();
    let texts = pasted(&project);
    let public = parsed(&project.read("key.pub"));
    for (what, text) in texts {
        let problem = GivenKey::parse(text.as_bytes()).unwrap_err().to_string();
        project.write("TEXT", &text);
        project.write("FILE", &text);
        output(&project, "chmod", &["600", "FILE"]);
        let mut shown = String::new();
        for command in problem.split('`').skip(1).step_by(2) {
            // An encoding within another one is decoded from what the first gave.
            shown = output(&project, "sh", &["-c", &format!("{command} 2> errors; cp FILE TEXT")]);
        }
        let errors = project.read("errors");
        assert!(!shown.is_empty(), "{what}: {problem}\n{errors}");
        let found = parsed(&shown);
        assert_eq!(found.public_key(), public.public_key(), "{what}: {problem}");
    }
}

#[test]
fn a_private_key_is_recognised_in_other_encodings() {
    let project = Project::empty();
    make(&project, "key", "rsa", "2048");
    let text = project.read("key");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_recognised("UTF-16", &[b"\xff\xfe", &utf16[..]].concat());
    let body = text.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    assert_recognised("the binary form of OpenSSH", &Base64::decode_vec(&body).unwrap());
    project.write("copy", &text);
    output(&project, "chmod", &["600", "copy"]);
    output(&project, "ssh-keygen", &["-q", "-p", "-P", "", "-N", "", "-m", "PEM", "-f", "copy"]);
    for format in [&["-outform", "DER"][..], &["-traditional", "-outform", "DER"]] {
        let convert = ["pkey", "-in", "copy", "-out", "copy.der"];
        output(&project, "openssl", &[&convert, format].concat());
        assert_recognised("DER", &std::fs::read(project.path("copy.der")).unwrap());
    }
}

#[test]
fn a_private_key_of_another_program_is_recognised() {
    assert_recognised("PuTTY", PUTTY.as_bytes());
    let (_, private_part) = PUTTY.split_once("AAAA\n").unwrap();
    assert_recognised("the private part of it", private_part.as_bytes());
    assert_recognised("ssh.com", b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: x\n");
    assert_recognised("OpenPGP", b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ\n");
    assert_recognised("protocol 1", b"SSH PRIVATE KEY FILE FORMAT 1.1\n\0\0\0");
}

#[test]
fn no_public_key_is_taken_for_a_private_one() {
    let project = Project::empty();
    let mut texts = vec![DSA.to_owned(), DSA_PEM.to_owned(), DSA_RFC4716.to_owned()];
    for (kind, bits) in [("rsa", "2048"), ("ecdsa", "256"), ("ecdsa", "521")] {
        texts.push(make(&project, &format!("{kind}{bits}"), kind, bits));
        for format in ["PKCS8", "PEM", "RFC4716"] {
            let file = format!("{kind}{bits}.pub");
            texts.push(output(&project, "ssh-keygen", &["-e", "-m", format, "-f", &file]));
        }
    }
    texts.push(format!("{} my private key, the public half", without_comment(DSA)));
    for text in texts {
        parsed(&text);
    }
}
